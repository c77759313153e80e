//! The clock that capture drivers stamp pictures with.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Microseconds of CLOCK_MONOTONIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micros(pub u64);

impl Micros {
    /// The time now.
    pub fn now() -> Self {
        // Linux cannot refuse this clock; if it did, time would stand still rather than the program stop.
        let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from);
        Self(now.as_micros() as u64)
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}
