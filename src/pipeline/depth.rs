//! How many pictures to keep inside the kernel's encoder: two, or one where two only make each wait for the other.
//!
//! An encoder that works on one picture at a time gains nothing from a second one inside: the newest picture had better wait outside,
//! where a newer one can still replace it. One that works on two at once (as the Raspberry Pi's does in part) gives up to twice the
//! pictures. Which kind it is shows when it is busy. Pure: it is told what happened and when.

use memsink::Micros;
use v4l2m2m::MAX_IN_FLIGHT;

/// So many measurements of each kind before judging.
const ENOUGH: u32 = 8;
/// Two inside are worth it when a piece then comes at least this much sooner than a picture alone takes, in per cent.
const GAIN: u64 = 20;

/// Measured while an encoder runs.
#[derive(Debug, Clone, Default)]
pub struct Depth {
    /// From giving a picture to an empty encoder to its piece.
    alone: Mean,
    /// From piece to piece while another picture is inside.
    pair: Mean,
    /// When the picture was given that found the encoder empty.
    lonely: Option<Micros>,
    /// When the last piece came, if another picture was inside then.
    busy_since: Option<Micros>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    us: u64,
    count: u32,
}

impl Mean {
    /// The newest eight or so count.
    fn add(&mut self, us: u64) {
        self.us = if self.count == 0 { us } else { (self.us * 7 + us) / 8 };
        self.count = self.count.saturating_add(1);
    }
}

impl Depth {
    /// How many pictures may be inside.
    pub fn limit(&self) -> usize {
        if self.pair.count < ENOUGH {
            return MAX_IN_FLIGHT;
        }
        // A busy encoder is never empty: to know how long a picture alone takes, some have to be alone.
        let known = self.alone.count >= ENOUGH;
        if known && self.pair.us * 100 <= self.alone.us * (100 - GAIN) { MAX_IN_FLIGHT } else { 1 }
    }

    /// A picture was given to the encoder at this time; `inside`: how many were in it before.
    pub fn submitted(&mut self, at: Micros, inside: usize) {
        if inside == 0 {
            self.lonely = Some(at);
        }
    }

    /// The piece of the picture that was given at `begin` came at this time; `inside`: how many pictures are left in the encoder.
    pub fn completed(&mut self, begin: Micros, at: Micros, inside: usize) {
        if self.lonely.take_if(|lonely| *lonely == begin).is_some() {
            self.alone.add(at.since(begin));
        }
        if let Some(before) = self.busy_since {
            self.pair.add(at.since(before));
        }
        self.busy_since = (inside > 0).then_some(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An encoder that takes `work` µs for a picture and works on so many at once, fed each `period` µs; the limit in the end.
    fn settled(work: u64, units: usize, period: u64) -> usize {
        let mut depth = Depth::default();
        // When each unit is free, and what is inside: (given, done). One picture waits outside.
        let mut free = vec![0u64; units];
        let mut inside: Vec<(u64, u64)> = Vec::new();
        let mut waiting = false;
        for now in 0..2_000_000 {
            while let Some(at) = inside.first().map(|first| first.1).filter(|done| *done <= now) {
                let (given, _) = inside.remove(0);
                depth.completed(Micros(given), Micros(at), inside.len());
            }
            waiting |= now % period == 0;
            if waiting && inside.len() < depth.limit() {
                waiting = false;
                depth.submitted(Micros(now), inside.len());
                let unit = (0..units).min_by_key(|unit| free[*unit]).unwrap();
                free[unit] = free[unit].max(now) + work;
                inside.push((now, free[unit]));
            }
        }
        depth.limit()
    }

    #[test]
    fn an_encoder_that_keeps_up_is_not_judged() {
        assert_eq!(settled(5_000, 1, 16_667), 2);
        assert_eq!(settled(5_000, 2, 16_667), 2);
    }

    #[test]
    fn one_that_works_on_two_at_once_gets_two() {
        assert_eq!(settled(30_000, 2, 16_667), 2);
    }

    #[test]
    fn one_that_does_not_gets_one() {
        assert_eq!(settled(20_000, 1, 16_667), 1);
        assert_eq!(settled(60_000, 1, 16_667), 1);
    }
}
