//! The wish to end, and sleep that it cuts short.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// Tells threads to end.
#[derive(Default)]
pub struct Stop {
    requested: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Ends all sleeping, now and later.
    pub fn request(&self) {
        *self.requested.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Sleeps until `moment`; true when it is time to end instead.
    pub fn sleep_until(&self, moment: Instant) -> bool {
        let mut requested = self.requested.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = moment.saturating_duration_since(Instant::now());
            if *requested || left.is_zero() {
                return *requested;
            }
            requested = self.changed.wait_timeout(requested, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
