//! From all viewers' ways to one wish for the stream, which they share: what goes to everybody is what the narrow ways bear.
//!
//! The rule: the worst way counts, but down to half of what one viewer in four needs it does so alone. So a viewer who is
//! one of up to four gets what it bears; one bad way among many costs the others no more than half of their bitrate, and is
//! itself served as well as that allows.
//!
//! What must always hold: without trouble there is no wish; a wish ends with the viewers it was for; one bitrate comes out,
//! whatever feedback comes in.

use crate::way::{Feedback, LEAST, Way};
use memsink::{Micros, Wish};
use std::collections::BTreeMap;

/// The bitrate of what is sent is measured over this long, in µs.
const METER: u64 = 1_000_000;
/// One in so many viewers counts fully.
const QUARTER: usize = 4;

/// The ways to all viewers, by `K`.
#[derive(Debug)]
pub struct Congestion<K> {
    ways: BTreeMap<K, Way>,
    meter: Meter,
    /// What the stream had when nobody limited it, in kbit/s.
    free: u32,
    /// For [`Congestion::wish`], to be used again.
    limits: Vec<u32>,
}

impl<K> Default for Congestion<K> {
    fn default() -> Self {
        Congestion { ways: BTreeMap::new(), meter: Meter::default(), free: 0, limits: vec![] }
    }
}

impl<K: Ord> Congestion<K> {
    /// A viewer's way begins, or begins anew.
    pub fn join(&mut self, key: K) {
        self.ways.insert(key, Way::default());
    }

    /// A viewer's way ends.
    pub fn leave(&mut self, key: &K) {
        self.ways.remove(key);
    }

    /// An access unit of so many bytes is on its way to everybody.
    pub fn sent(&mut self, bytes: usize, now: Micros) {
        self.meter.count(bytes, now);
        let kbps = self.meter.kbps();
        if self.ways.values().all(|way| way.limit().is_none()) {
            // A still picture takes less for a while; what it took before is not forgotten at once.
            self.free = self.free.saturating_sub(self.free / 2000).max(kbps);
        }
    }

    /// A viewer says how its way is.
    pub fn hear(&mut self, key: &K, feedback: Feedback, now: Micros) {
        if let Some(way) = self.ways.get_mut(key) {
            way.hear(feedback, self.meter.kbps(), now);
        }
    }

    /// The way to a viewer.
    pub fn way(&self, key: &K) -> Option<&Way> {
        self.ways.get(key)
    }

    /// What the stream has now, in kbit/s.
    pub fn kbps(&self) -> u32 {
        self.meter.kbps()
    }

    /// Time has passed: what the stream is wished to have at most.
    pub fn wish(&mut self, now: Micros) -> Option<Wish> {
        for way in self.ways.values_mut() {
            way.tick(self.free, now);
        }
        let (worst, cause) = self.ways.values().filter_map(Way::limit).min_by_key(|&(kbps, _)| kbps)?;
        // The limit that one in four is at or below; who has none bears what the stream has.
        let open = self.free.max(LEAST);
        self.limits.clear();
        self.limits.extend(self.ways.values().map(|way| way.limit().map_or(open, |(kbps, _)| kbps)));
        let at = (self.limits.len() - 1) / QUARTER;
        let (_, needed, _) = self.limits.select_nth_unstable(at);
        Some(Wish { kbps: worst.max(*needed / 2), cause })
    }
}

/// How much is sent.
#[derive(Debug, Default)]
struct Meter {
    since: Micros,
    bytes: usize,
    kbps: u32,
}

impl Meter {
    fn count(&mut self, bytes: usize, now: Micros) {
        let elapsed = now.since(self.since);
        if elapsed >= METER {
            // After a pause this is little, as it was.
            self.kbps = u32::try_from(self.bytes as u64 * 8000 / elapsed).unwrap_or(u32::MAX);
            (self.since, self.bytes) = (now, 0);
        }
        self.bytes += bytes;
    }

    fn kbps(&self) -> u32 {
        self.kbps
    }
}

#[cfg(test)]
#[path = "congestion_tests.rs"]
mod tests;
