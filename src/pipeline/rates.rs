//! Counts turned into rates, once a second.

use std::sync::atomic::Ordering::Relaxed;

use memsink::Micros;

use super::shared::Shared;

/// How often something happens, by whole seconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rate {
    second: u64,
    count: u32,
    before: u32,
}

impl Rate {
    /// It has happened.
    pub fn tick(&mut self, now: Micros) {
        self.turn(now);
        self.count += 1;
    }

    /// How often it happened in the last whole second.
    pub fn per_second(&mut self, now: Micros) -> u32 {
        self.turn(now);
        self.before
    }

    fn turn(&mut self, now: Micros) {
        let second = now.0 / 1_000_000;
        if second != self.second {
            self.before = if second == self.second + 1 { self.count } else { 0 };
            (self.second, self.count) = (second, 0);
        }
    }
}

/// The counts as they were when this second began.
pub struct Rates {
    start: Micros,
    captured: u64,
    encoded: u64,
}

impl Rates {
    /// A second that begins at this time.
    pub fn new(shared: &Shared, start: Micros) -> Rates {
        let (captured, encoded) = (shared.captured.load(Relaxed), shared.encoded.load(Relaxed));
        Rates { start, captured, encoded }
    }

    /// It is `now`: publishes the rates when the second is over.
    pub fn tick(&mut self, shared: &Shared, now: Micros) {
        let elapsed = now.since(self.start);
        if elapsed < 1_000_000 {
            return;
        }
        let now = Rates::new(shared, now);
        let rate = |count: u64| (count as f64 * 1e6 / elapsed as f64).round() as u32;
        shared.captured_fps.store(rate(now.captured - self.captured), Relaxed);
        shared.h264_fps.store(rate(now.encoded - self.encoded), Relaxed);
        *self = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_whole_second() {
        let mut rate = Rate::default();
        for n in 0..25 {
            rate.tick(Micros(5_000_000 + n * 40_000));
        }
        assert_eq!(rate.per_second(Micros(5_999_999)), 0, "the second is not over");
        assert_eq!(rate.per_second(Micros(6_000_000)), 25);
        rate.tick(Micros(6_500_000));
        assert_eq!(rate.per_second(Micros(6_900_000)), 25);
        assert_eq!(rate.per_second(Micros(7_100_000)), 1);
        assert_eq!(rate.per_second(Micros(9_000_000)), 0, "nothing for more than a second");
    }
}
