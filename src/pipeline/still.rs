//! Which of many identical pictures are worth encoding again. Pure: it is told what came and when.
//!
//! What must always hold: what has changed is encoded at once; after the last change the picture is sharpened for a while; then one
//! picture a second says that the source still shows the same, whatever its rate.

use memsink::Micros;

/// So long identical pictures are encoded after a change: each makes the picture better, within the bitrate.
const SHARPEN: u64 = 1_000_000;
/// Afterwards the pause between two of them. (An eighth less than a second: sources jitter.)
const PAUSE: u64 = 875_000;

/// What was encoded last, and when the picture last changed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Still {
    changed: Micros,
    encoded: Micros,
}

impl Still {
    /// Whether to encode the picture captured at this time: `same`, it is like the one before; `key`, a key frame is wanted.
    pub fn worth(&mut self, at: Micros, same: bool, key: bool) -> bool {
        if !same {
            self.changed = at;
        }
        let worth = !same || key || at.since(self.changed) < SHARPEN || at.since(self.encoded) >= PAUSE;
        if worth {
            self.encoded = at;
        }
        worth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pictures of each second are encoded, of a source that gives 60.
    fn encoded(same: impl Fn(u64) -> bool, key: impl Fn(u64) -> bool) -> Vec<usize> {
        let mut still = Still::default();
        let worth: Vec<bool> =
            (0..300).map(|n| still.worth(Micros(1_000_000 + n * 16_667), same(n), key(n))).collect();
        worth.chunks(60).map(|second| second.iter().filter(|worth| **worth).count()).collect()
    }

    #[test]
    fn a_still_screen_is_sharpened_and_then_costs_one_picture_a_second() {
        assert_eq!(encoded(|n| n > 0, |_| false), [60, 1, 1, 1, 1]);
    }

    #[test]
    fn whatever_moves_is_encoded() {
        assert_eq!(encoded(|_| false, |_| false), [60; 5]);
        // A cursor that blinks once a second is sharpened all the time.
        assert_eq!(encoded(|n| n % 60 > 0, |_| false), [60; 5]);
    }

    #[test]
    fn a_wish_for_a_key_frame_is_fulfilled_at_once() {
        let with = encoded(|n| n > 0, |n| n == 100 || n == 101);
        // The next of its kind comes a pause later.
        assert_eq!(with[..3], [60, 2, 1]);
    }
}
