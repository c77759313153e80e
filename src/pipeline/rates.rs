//! Counts turned into rates, once a second.

use std::sync::atomic::Ordering::Relaxed;

use memsink::Micros;

use super::shared::Shared;

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
