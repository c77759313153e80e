//! Counts turned into rates, once a second.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::shared::Shared;

/// The counts as they were when this second began.
pub struct Rates {
    start: Instant,
    captured: u64,
    encoded: u64,
}

impl Rates {
    /// A second that begins now.
    pub fn new(shared: &Shared) -> Rates {
        let (captured, encoded) = (shared.captured.load(Relaxed), shared.encoded.load(Relaxed));
        Rates { start: Instant::now(), captured, encoded }
    }

    /// Time has passed: publishes the rates when the second is over.
    pub fn tick(&mut self, shared: &Shared) {
        let elapsed = self.start.elapsed();
        if elapsed < Duration::from_secs(1) {
            return;
        }
        let now = Rates::new(shared);
        let rate = |count: u64| (count as f64 / elapsed.as_secs_f64()).round() as u32;
        shared.captured_fps.store(rate(now.captured - self.captured), Relaxed);
        shared.h264_fps.store(rate(now.encoded - self.encoded), Relaxed);
        *self = now;
    }
}
