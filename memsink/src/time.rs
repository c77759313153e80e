//! The one clock of the sink: CLOCK_MONOTONIC, in microseconds.

use nix::time::{ClockId, clock_gettime};

/// A moment on CLOCK_MONOTONIC, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Micros(pub u64);

impl Micros {
    /// The present moment; 0 on a system without that clock, which Linux never is.
    pub fn now() -> Micros {
        clock_gettime(ClockId::CLOCK_MONOTONIC)
            .map(|t| Micros(t.tv_sec() as u64 * 1_000_000 + t.tv_nsec() as u64 / 1_000))
            .unwrap_or_default()
    }

    /// Microseconds from `earlier` to this moment; 0 when it is not earlier.
    pub fn since(self, earlier: Micros) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
