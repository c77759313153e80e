//! Those who ask for a single picture again and again: for them JPEGs are made between two askings, so that the next finds one ready.
//!
//! What must always hold: who asks seldom costs one JPEG an asking and gets a picture captured afterwards; who asks often gets one
//! that is no older than [`YOUNG`].

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use memsink::Micros;

/// Askings no further apart are often, µs.
const OFTEN: u64 = 250_000;
/// A picture so young is what the source shows now, µs: some frames of a slow camera.
const YOUNG: u64 = 60_000;

/// When it was asked.
#[derive(Debug, Default)]
pub struct Glances {
    last: AtomicU64,
    /// JPEGs are made until then.
    until: AtomicU64,
}

impl Glances {
    /// Somebody asks now: the oldest capture time that will do.
    pub fn asked(&self, now: Micros) -> Micros {
        let last = self.last.swap(now.0, Relaxed);
        if now.since(Micros(last)) > OFTEN {
            return now;
        }
        self.until.store(now.0 + OFTEN, Relaxed);
        Micros(now.0.saturating_sub(YOUNG))
    }

    /// Whether to make JPEGs for one who will ask soon.
    pub fn expected(&self, now: Micros) -> bool {
        now.0 < self.until.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1000;

    #[test]
    fn who_asks_seldom_gets_what_comes_next_and_nothing_more() {
        let glances = Glances::default();
        for now in [5_000 * MS, 5_300 * MS, 6_000 * MS] {
            assert_eq!(glances.asked(Micros(now)), Micros(now));
            assert!(!glances.expected(Micros(now + 1)));
        }
    }

    #[test]
    fn who_asks_often_finds_pictures_ready_until_it_stops() {
        let glances = Glances::default();
        glances.asked(Micros(5_000 * MS));
        assert_eq!(glances.asked(Micros(5_100 * MS)), Micros(5_040 * MS));
        assert!(glances.expected(Micros(5_200 * MS)) && !glances.expected(Micros(5_350 * MS)));
        assert_eq!(glances.asked(Micros(5_400 * MS)), Micros(5_400 * MS), "it was away");
    }
}
