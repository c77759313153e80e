//! What is left of the stream where viewers' ways are narrow: fewer bits, and where these are too few for a picture, fewer frames, too.
//!
//! What must always hold: never more than what was set; never less than a [`FLOOR`]th of it; without a wish all of it.

use memsink::{Micros, Wish};

use crate::config::{Bounded, Fps, Kbps};

/// The sink is asked for its readers' wishes this often, in µs.
const LOOK: u64 = 250_000;
/// The smallest part of the set bitrate that the worst way can bring the stream down to.
const FLOOR: u32 = 20;
/// With less than a bit for so many pixels there are at most so many frames a second: a few clear ones are better than many that are mush.
const FEWER: [(u64, u32); 2] = [(200, 8), (100, 15)];
/// An encoder is told of another bitrate when it differs by such a part.
const STEP: u32 = 20;

/// What viewers' ways leave of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relief {
    /// What was wished for, and why.
    pub wish: Wish,
    /// The bitrate that is aimed at.
    pub bitrate: Kbps,
    /// At most so many frames a second; `None`: as many as without.
    pub fps: Option<Fps>,
}

impl Relief {
    /// What this wish leaves of a set bitrate, where a second has so many pixels; `None`: all of it.
    fn of(wish: Wish, set: Kbps, pixels: u64) -> Option<Relief> {
        let floor = (set.get() / FLOOR).max(*Kbps::RANGE.start());
        let bitrate = Kbps::new(wish.kbps.max(floor)).filter(|&bitrate| bitrate < set)?;
        let bits = u64::from(bitrate.get()) * 1000;
        let few = FEWER.into_iter().find(|&(share, _)| bits < pixels / share);
        Some(Relief { wish, bitrate, fps: few.and_then(|(_, fps)| Fps::new(fps)) })
    }
}

/// Follows the readers' wishes.
#[derive(Debug, Default)]
pub struct Reliever {
    due: Micros,
    relief: Option<Relief>,
}

impl Reliever {
    /// Whether it is time for another look at the wishes.
    pub fn due(&mut self, now: Micros) -> bool {
        let due = now >= self.due;
        if due {
            self.due = Micros(now.0 + LOOK);
        }
        due
    }

    /// What is so now.
    pub fn relief(&self) -> Option<Relief> {
        self.relief
    }

    /// This is wished, and so much is set for so many pixels a second; true if the encoders have to hear of it.
    pub fn hear(&mut self, wish: Option<Wish>, set: Kbps, pixels: u64) -> bool {
        let relief = wish.and_then(|wish| Relief::of(wish, set, pixels));
        let worth = match (&self.relief, &relief) {
            (Some(old), Some(new)) => {
                let (old_kbps, new_kbps) = (old.bitrate.get(), new.bitrate.get());
                old_kbps.abs_diff(new_kbps) * STEP >= old_kbps || old.fps != new.fps
            }
            (None, None) => false,
            _ => true,
        };
        if worth {
            self.relief = relief;
        }
        worth
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memsink::Cause;
    use proptest::prelude::*;

    fn kbps(kbps: u32) -> Kbps {
        Kbps::new(kbps).unwrap()
    }

    fn wish(kbps: u32) -> Option<Wish> {
        Some(Wish { kbps, cause: Cause::Loss })
    }

    /// 720p30.
    const PIXELS: u64 = 1280 * 720 * 30;

    /// Bitrate and frames that this wish leaves of 5000 kbit/s.
    fn left(of: u32) -> (u32, Option<u32>) {
        let relief = wish(of).and_then(|wish| Relief::of(wish, kbps(5000), PIXELS));
        relief.map_or((5000, None), |relief| (relief.bitrate.get(), relief.fps.map(Fps::get)))
    }

    #[test]
    fn bits_go_first_and_then_frames_down_to_the_floor() {
        assert_eq!(left(9000), (5000, None));
        assert_eq!(left(5000), (5000, None));
        assert_eq!(left(277), (277, None));
        assert_eq!(left(276), (276, Some(15)));
        assert_eq!(left(0), (250, Some(15)));
        let few = Relief::of(Wish { kbps: 138, cause: Cause::Loss }, kbps(1000), PIXELS);
        assert_eq!(few.and_then(|few| few.fps).map(Fps::get), Some(8));
    }

    #[test]
    fn small_steps_are_not_worth_a_word() {
        let mut reliever = Reliever::default();
        assert!(!reliever.hear(None, kbps(5000), PIXELS));
        assert!(reliever.hear(wish(2000), kbps(5000), PIXELS));
        assert!(!reliever.hear(wish(2050), kbps(5000), PIXELS));
        assert!(reliever.hear(wish(2100), kbps(5000), PIXELS));
        assert_eq!(reliever.relief().map(|relief| relief.bitrate), Some(kbps(2100)));
        assert!(reliever.hear(None, kbps(5000), PIXELS));
        assert!(!reliever.hear(None, kbps(5000), PIXELS) && reliever.relief().is_none());
    }

    #[test]
    fn wishes_are_looked_at_four_times_a_second() {
        let mut reliever = Reliever::default();
        let looks = (0..60).filter(|frame| reliever.due(Micros(1_000_000 + frame * 16_667)));
        assert_eq!(looks.count(), 4);
    }

    proptest! {
        #[test]
        fn no_wish_brings_more_than_is_set_nor_nothing(of: u32, set in 25..=20_000u32, pixels in 0..1u64 << 40) {
            if let Some(relief) = wish(of).and_then(|wish| Relief::of(wish, kbps(set), pixels)) {
                prop_assert!(relief.bitrate.get() < set && relief.bitrate.get() >= set / FLOOR);
            }
        }
    }
}
