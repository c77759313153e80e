//! What each fault of a capture device means: one table, no side effects.

use std::time::Duration;

use v4l2m2m::Kind;

/// A pause short enough that a viewer hardly sees it, long enough not to keep a receiver's bus busy.
const SHORT: Duration = Duration::from_millis(100);

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The signal is another one now, or its end was announced.
    SourceChanged,
    /// No frame for the configured time, though nothing failed.
    NoFrames,
    /// An operation on the device failed.
    Failed(Kind),
}

/// How far the device has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is opened for the first time.
    Starting {
        /// A device that is not there is no error: wait for it.
        persistent: bool,
    },
    /// It was there, or is being waited for.
    Running {
        /// A failure of the device is the end.
        end_on_error: bool,
    },
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Open it after this pause; until it works, show a picture that says why.
    OpenAfter(Duration),
    /// End the process: whoever started it must see that it cannot work.
    GiveUp,
}

/// The table. `delay` is the configured pause between two attempts to open a device.
pub fn reaction(fault: Fault, phase: Phase, delay: Duration) -> Reaction {
    use Fault::{Failed, NoFrames, SourceChanged};
    match (fault, phase) {
        (SourceChanged | NoFrames, _) => Reaction::OpenAfter(Duration::ZERO),
        // The device is well. Pictures are to be back at once when the signal is.
        (Failed(Kind::NoSignal(_)), _) => Reaction::OpenAfter(SHORT.min(delay)),
        (Failed(_), Phase::Starting { persistent: false }) => Reaction::GiveUp,
        (Failed(_), Phase::Running { end_on_error: true }) => Reaction::GiveUp,
        (Failed(Kind::Corrupt), _) => Reaction::OpenAfter(SHORT.min(delay)),
        (Failed(Kind::Gone | Kind::Busy | Kind::Unsupported | Kind::Other), _) => Reaction::OpenAfter(delay),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use v4l2m2m::SignalFault;

    #[test]
    fn the_whole_table() {
        const DELAY: Duration = Duration::from_secs(1);
        let [now, soon, later] = [Duration::ZERO, SHORT, DELAY].map(Reaction::OpenAfter);
        let give_up = Reaction::GiveUp;
        let signal = |fault| Fault::Failed(Kind::NoSignal(fault));
        // Fault; at the start, at the start when persistent, later.
        for (fault, expected) in [
            (Fault::SourceChanged, [now, now, now]),
            (Fault::NoFrames, [now, now, now]),
            (signal(SignalFault::NoCable), [soon, soon, soon]),
            (signal(SignalFault::NoSignal), [soon, soon, soon]),
            (signal(SignalFault::NoLock), [soon, soon, soon]),
            (signal(SignalFault::OutOfRange), [soon, soon, soon]),
            (signal(SignalFault::TooManyLanes), [soon, soon, soon]),
            (Fault::Failed(Kind::Corrupt), [give_up, soon, soon]),
            (Fault::Failed(Kind::Gone), [give_up, later, later]),
            (Fault::Failed(Kind::Busy), [give_up, later, later]),
            (Fault::Failed(Kind::Unsupported), [give_up, later, later]),
            (Fault::Failed(Kind::Other), [give_up, later, later]),
        ] {
            let phases = [false, true]
                .map(|persistent| Phase::Starting { persistent })
                .into_iter()
                .chain([Phase::Running { end_on_error: false }]);
            let reactions: Vec<_> = phases.map(|phase| reaction(fault, phase, DELAY)).collect();
            assert_eq!(reactions, expected, "{fault:?}");
            // --exit-on-device-error: what fails is the end, what only is not there for a while is not.
            let strict = reaction(fault, Phase::Running { end_on_error: true }, DELAY);
            assert_eq!(strict == give_up, expected[0] == give_up, "{fault:?}");
        }
    }
}
