//! Sound, both ways: what a card captures to all viewers who listen, and viewers' microphones to a card.
//!
//! What must always hold: two threads at most, however many viewers there are; a device is open only while somebody
//! listens, or speaks; whatever becomes of a device, pictures go on and it is tried again.

pub mod alsa;
pub mod bridge;
mod capture;
pub mod encoder;
mod mic;
pub mod mixer;
pub mod packet;

pub(crate) use capture::CaptureThread;
pub(crate) use mic::{Inbox, MicThread};

use crate::abi::core::{Level, log};
use crate::config::Sound;
use crate::message::Features;
use std::time::Duration;

/// Between two tries of a device that fails, at first and at most.
const RETRY: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(5)];

/// Which of the devices are there now.
pub fn features(sound: &Sound) -> Features {
    let there =
        |device: Option<&String>, direction| device.is_some_and(|name| alsa::is_there(name, direction));
    Features {
        audio: there(sound.capture.as_ref().map(|capture| &capture.device), alsa::Direction::Capture),
        mic: there(sound.playback.as_ref(), alsa::Direction::Playback),
    }
}

/// The troubles of one device: says each once, and makes pauses longer while they last.
#[derive(Debug, Default)]
struct Troubles {
    last: Option<String>,
    pause: Duration,
}

impl Troubles {
    /// It works.
    fn over(&mut self) {
        *self = Troubles::default();
    }

    /// It does not; how long to wait before the next try.
    fn note(&mut self, trouble: String) -> Duration {
        if self.last.as_ref() != Some(&trouble) {
            log(Level::Warning, &trouble);
            self.last = Some(trouble);
        }
        self.pause = (2 * self.pause).clamp(RETRY[0], RETRY[1]);
        self.pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_begin_anew_when_it_works() {
        let mut troubles = Troubles::default();
        let pauses: Vec<u128> = (0..6).map(|_| troubles.note("x".into()).as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 5000, 5000]);
        troubles.over();
        assert_eq!(troubles.note("x".into()), RETRY[0]);
    }

    #[test]
    fn what_is_not_configured_is_not_there() {
        assert_eq!(features(&Sound::default()), Features::default());
    }
}
