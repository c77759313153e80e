//! Fewer frames than the source gives: which ones to leave out.

use std::time::Duration;

use memsink::Micros;

use crate::config::Fps;

/// Lets through at most so many frames a second, evenly.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    period_us: u64,
    due: Micros,
}

impl Pace {
    /// `None` lets everything through.
    pub fn new(fps: Option<Fps>) -> Pace {
        let period = fps.map_or(Duration::ZERO, |fps| Duration::from_secs(1) / fps.get());
        Pace { period_us: period.as_micros() as u64, due: Micros(0) }
    }

    /// Whether the frame captured at this time is one of those to keep.
    pub fn keep(&mut self, captured: Micros) -> bool {
        // Sources jitter: an eighth of a period early is in time.
        if captured.0 + self.period_us / 8 < self.due.0 {
            return false;
        }
        // After a pause the beat starts anew instead of making up for what was missed.
        self.due = Micros((self.due.0 + self.period_us).max(captured.0.saturating_sub(self.period_us)));
        if self.due.0 <= captured.0 {
            self.due = Micros(captured.0 + self.period_us);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Bounded;

    /// How many of ten seconds' frames are kept, by the second.
    fn kept(from: u64, to: Option<u32>) -> f64 {
        let mut pace = Pace::new(to.map(|fps| Fps::new(fps).unwrap()));
        let jitter = |n: u64| n * 7919 % 1500;
        let frames =
            (0..from * 10).filter(|&n| pace.keep(Micros(5_000_000 + n * 1_000_000 / from + jitter(n))));
        frames.count() as f64 / 10.0
    }

    #[test]
    fn the_rate_is_what_was_asked_for() {
        assert_eq!(kept(60, None), 60.0);
        for (from, to) in [(60, 30), (60, 25), (60, 10), (30, 30), (30, 60), (50, 30), (30, 1)] {
            let got = kept(from, Some(to));
            let expected = f64::from(to).min(from as f64);
            assert!((got - expected).abs() <= expected / 20.0 + 0.1, "{from} to {to}: {got}");
        }
    }

    #[test]
    fn a_pause_is_not_made_up_for() {
        let mut pace = Pace::new(Fps::new(10));
        assert!(pace.keep(Micros(0)));
        assert!(pace.keep(Micros(10_000_000)));
        assert!(!pace.keep(Micros(10_050_000)));
        assert!(pace.keep(Micros(10_100_000)));
    }
}
