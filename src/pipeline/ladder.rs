//! Which encoder a frame goes to: the ladder, tried from the top. Pure: it is told what happened and when.
//!
//! What must always hold: no failure is for ever. A rung that broke is left out for a while, longer each time it
//! breaks again, and then tried once more; the lowest rung is always there.

use std::time::Duration;

use memsink::Micros;

/// The first pause after a failure, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// A way to encode, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// The kernel's encoder reads the captured buffer itself.
    DmaBuf,
    /// The kernel's encoder gets a copy of the picture.
    Copy,
    /// openh264 on the CPU.
    Software,
    /// None: the source gives H.264. Never chosen here.
    Source,
}

/// Which rungs a frame could use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of them: the frame lies in a buffer that other devices can import.
    Shareable,
    /// Those that read it by the CPU.
    Readable,
    /// Software only: there is no encoder in hardware, or the frame is not worth one.
    Software,
}

impl Reach {
    /// The best rung in it.
    pub fn best(self) -> Rung {
        match self {
            Reach::Shareable => Rung::DmaBuf,
            Reach::Readable => Rung::Copy,
            Reach::Software => Rung::Software,
        }
    }
}

/// What is known of the rungs.
#[derive(Debug, Default)]
pub struct Ladder {
    broken: [Option<Broken>; 2],
}

#[derive(Debug, Clone, Copy)]
struct Broken {
    until: Micros,
    pause: Duration,
}

impl Ladder {
    /// The best rung for a frame at this time.
    pub fn best(&self, reach: Reach, now: Micros) -> Rung {
        let usable = |rung: Rung| self.broken[rung as usize].is_none_or(|broken| now >= broken.until);
        match reach {
            Reach::Shareable if usable(Rung::DmaBuf) => Rung::DmaBuf,
            Reach::Shareable | Reach::Readable if usable(Rung::Copy) => Rung::Copy,
            _ => Rung::Software,
        }
    }

    /// When the first of the rungs in reach that are left out may be tried again; 0: none is left out.
    pub fn again(&self, reach: Reach) -> Micros {
        let rungs = match reach {
            Reach::Shareable => &self.broken[..],
            Reach::Readable => &self.broken[Rung::Copy as usize..],
            Reach::Software => &[],
        };
        rungs.iter().flatten().map(|broken| broken.until).min().unwrap_or_default()
    }

    /// A rung broke: returns for how long it is left out.
    pub fn broke(&mut self, rung: Rung, now: Micros) -> Duration {
        let Some(state) = self.broken.get_mut(rung as usize) else { return Duration::ZERO };
        let pause = state.map_or(PAUSES.0, |broken| (broken.pause * 2).min(PAUSES.1));
        *state = Some(Broken { until: Micros(now.0 + pause.as_micros() as u64), pause });
        pause
    }

    /// A rung has been working for a while: its next failure counts as the first.
    pub fn proved(&mut self, rung: Rung) {
        if let Some(state) = self.broken.get_mut(rung as usize) {
            *state = None;
        }
    }

    /// Another kind of pictures: what did not work for those before may work for these.
    pub fn forgive(&mut self) {
        *self = Ladder::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Micros {
        Micros(seconds * 1_000_000)
    }

    #[test]
    fn the_reach_limits_the_rung() {
        let ladder = Ladder::default();
        for (reach, best) in [
            (Reach::Shareable, Rung::DmaBuf),
            (Reach::Readable, Rung::Copy),
            (Reach::Software, Rung::Software),
        ] {
            assert_eq!((ladder.best(reach, at(0)), reach.best()), (best, best));
        }
    }

    #[test]
    fn a_broken_rung_is_left_out_and_tried_again() {
        let mut ladder = Ladder::default();
        assert_eq!(ladder.broke(Rung::DmaBuf, at(10)), Duration::from_secs(1));
        assert_eq!(ladder.best(Reach::Shareable, at(10)), Rung::Copy);
        ladder.broke(Rung::Copy, at(10));
        assert_eq!(ladder.best(Reach::Shareable, at(10)), Rung::Software);
        assert_eq!(ladder.again(Reach::Shareable), at(11));
        assert_eq!(ladder.best(Reach::Shareable, at(11)), Rung::DmaBuf);
        assert_eq!(ladder.broke(Rung::DmaBuf, at(11)), Duration::from_secs(2));
        assert_eq!(ladder.best(Reach::Shareable, at(12)), Rung::Copy);
        assert_eq!(ladder.best(Reach::Shareable, at(13)), Rung::DmaBuf);
        assert_eq!(ladder.again(Reach::Readable), at(11));
        assert_eq!(ladder.again(Reach::Software), at(0));
    }

    #[test]
    fn pauses_grow_to_a_limit_and_shrink_when_it_works() {
        let mut ladder = Ladder::default();
        let longest = (0..20).map(|n| ladder.broke(Rung::Copy, at(n * 1000))).max();
        assert_eq!(longest, Some(PAUSES.1));
        ladder.proved(Rung::Copy);
        assert_eq!(ladder.broke(Rung::Copy, at(0)), PAUSES.0);
        ladder.forgive();
        assert_eq!(ladder.best(Reach::Readable, at(0)), Rung::Copy);
    }

    #[test]
    fn software_never_breaks() {
        let mut ladder = Ladder::default();
        assert_eq!(ladder.broke(Rung::Software, at(0)), Duration::ZERO);
        assert_eq!(ladder.best(Reach::Software, at(0)), Rung::Software);
    }
}
