//! The marks (`id`) that a writer of ours gives its frames. The ABI asks only that a mark is unlike the one before,
//! and µStreamer's readers only compare for equality; ours are made so that our own readers can also count by them.
//!
//! A mark's high half is drawn when a writer begins, its low half goes up by one with each frame. What must always
//! hold: no mark is 0, a mark's low half, which readers sleep on, is unlike its predecessor's, and two marks are
//! counted between only when their high halves say that they are of one row.

use crate::time::Micros;

fn high(mark: u64) -> u32 {
    (mark >> 32) as u32
}

/// The mark after `found`, the object's present one. `own` is the last mark this writer gave: if another is found,
/// somebody else wrote meanwhile, or nothing was written yet, and a new row begins.
pub(crate) fn next(own: Option<u64>, found: u64, now: impl FnOnce() -> Micros) -> u64 {
    let row = if own == Some(found) { high(found) } else { new_row(high(found), now()) };
    u64::from(row) << 32 | u64::from((found as u32).wrapping_add(1))
}

/// A row unlike `old`, and hardly like an earlier one: the clock, mixed (the factor is 2^64 by the golden ratio).
fn new_row(old: u32, now: Micros) -> u32 {
    let drawn = high(now.0.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    [drawn, 1, 2].into_iter().find(|&row| row != 0 && row != old).unwrap_or(1)
}

/// Frames between two marks of one row; 0 when they are not, or when `newer` is not the newer one.
pub(crate) fn between(older: u64, newer: u64) -> u32 {
    let step = (newer as u32).wrapping_sub(older as u32);
    if high(older) == high(newer) && step < 1 << 31 { step.saturating_sub(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Marks at the ends of their halves as often as anywhere.
    fn mark() -> impl Strategy<Value = u64> {
        let half = || prop_oneof![Just(0u32), 1u32..4, Just(u32::MAX), any::<u32>()];
        (half(), half()).prop_map(|(high, low)| u64::from(high) << 32 | u64::from(low))
    }

    proptest! {
        #[test]
        fn a_mark_is_unlike_the_one_before_in_both_ways_that_count(
            alone: bool, found in mark(), us in prop_oneof![Just(0u64), any::<u64>()],
        ) {
            let own = alone.then_some(found).filter(|&found| high(found) != 0);
            let next = next(own, found, || Micros(us));
            prop_assert_ne!(next, 0);
            prop_assert_ne!(next as u32, found as u32);
            // Also when the drawn row is the old one.
            prop_assert!(own.is_some() || high(next) != high(found));
            prop_assert_eq!(between(found, next), 0);
        }

        #[test]
        fn frames_between_are_counted_in_a_row_only(first in mark(), us: u64, count in 0u32..50) {
            let first = next(None, first, || Micros(us));
            let last = (0..=count).fold(first, |mark, _| next(Some(mark), mark, || Micros(us)));
            prop_assert_eq!(between(first, last), count);
            prop_assert_eq!(between(last, first), 0);
            let successor = next(None, last, || Micros(us));
            prop_assert_eq!((between(first, successor), between(last, successor)), (0, 0));
        }
    }
}
