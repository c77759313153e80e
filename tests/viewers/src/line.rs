//! The way from Janus to one viewer, as narrow and as bad as a test wants it.
//!
//! What must always hold: packets leave in the order in which they came, none before its time; what the queue has no room
//! for is lost, as on a real one.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What a line is like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quality {
    /// Lost by chance, in percent.
    pub loss: f64,
    /// What it bears, in kbit/s; 0: anything.
    pub kbps: u32,
    /// How long a packet waits at most before it is lost, in ms.
    pub queue_ms: u32,
    /// How long it takes beside, in ms.
    pub delay_ms: u32,
}

/// A datagram, and where it comes from.
pub type Packet = (SocketAddr, Vec<u8>);

/// A line, with what is on it.
#[derive(Debug)]
pub struct Line {
    quality: Quality,
    seed: u64,
    /// When the last packet on it will be through.
    free: Instant,
    queue: VecDeque<(Instant, Packet)>,
}

impl Line {
    /// A line whose chance begins at `seed`.
    pub fn new(quality: Quality, seed: u64) -> Line {
        Line {
            quality,
            seed: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            free: Instant::now(),
            queue: VecDeque::new(),
        }
    }

    /// It is a good one from now on; what waits comes in its time.
    pub fn mend(&mut self) {
        self.quality = Quality::default();
    }

    /// A packet enters.
    pub fn enter(&mut self, from: SocketAddr, packet: &[u8], now: Instant) {
        if self.chance() < self.quality.loss {
            return;
        }
        if self.quality.kbps > 0 {
            let waits = self.free.saturating_duration_since(now);
            if waits > Duration::from_millis(self.quality.queue_ms.into()) {
                return;
            }
            let takes = Duration::from_micros(packet.len() as u64 * 8000 / u64::from(self.quality.kbps));
            self.free = now.max(self.free) + takes;
        } else {
            // Behind what may still wait.
            self.free = now.max(self.free);
        }
        let delay = Duration::from_millis(self.quality.delay_ms.into());
        self.queue.push_back((self.free + delay, (from, packet.to_vec())));
    }

    /// The next packet that is through by now.
    pub fn leave(&mut self, now: Instant) -> Option<Packet> {
        let through = self.due().is_some_and(|due| due <= now);
        through.then(|| self.queue.pop_front()).flatten().map(|(_, packet)| packet)
    }

    /// When the next one will be.
    pub fn due(&self) -> Option<Instant> {
        self.queue.front().map(|&(due, _)| due)
    }

    /// A number below 100 (xorshift64*).
    fn chance(&mut self) -> f64 {
        self.seed ^= self.seed >> 12;
        self.seed ^= self.seed << 25;
        self.seed ^= self.seed >> 27;
        (self.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f64 * 100.0 / f64::from(1 << 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9);

    #[test]
    fn a_narrow_line_takes_its_time_and_loses_what_does_not_fit() {
        let start = Instant::now();
        let mut line = Line::new(Quality { kbps: 800, queue_ms: 50, ..Quality::default() }, 1);
        line.free = start;
        for number in 0..10u8 {
            line.enter(FROM, &[number; 1000], start);
        }
        assert_eq!(line.leave(start + Duration::from_millis(9)), None);
        let through: Vec<u8> = std::iter::from_fn(|| line.leave(start + Duration::from_secs(1)))
            .map(|(_, packet)| packet[0])
            .collect();
        assert_eq!(through, [0, 1, 2, 3, 4, 5], "10 ms each, and a queue of 50 ms");
    }

    #[test]
    fn a_long_line_holds_more_than_one_at_a_time() {
        let start = Instant::now();
        let mut line = Line::new(Quality { delay_ms: 150, ..Quality::default() }, 1);
        line.free = start;
        for at in [0, 100] {
            line.enter(FROM, &[at], start + Duration::from_millis(at.into()));
        }
        let mut through = |ms| line.leave(start + Duration::from_millis(ms)).map(|(_, packet)| packet[0]);
        assert_eq!([149, 150, 249, 250].map(&mut through), [None, Some(0), None, Some(100)]);
    }

    #[test]
    fn chance_takes_its_share() {
        let mut line = Line::new(Quality { loss: 5.0, ..Quality::default() }, 7);
        let now = Instant::now();
        (0..10_000).for_each(|_| line.enter(FROM, &[0], now));
        let through = std::iter::from_fn(|| line.leave(now)).count();
        assert!((9_400..9_600).contains(&through), "{through}");
    }
}
