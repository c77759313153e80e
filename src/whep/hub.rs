//! All viewers, and the stream that they share. No socket, no clock: what comes in and what time it is are told, what is to be sent is handed
//! out.
//!
//! What must always hold: packets are made once, however many viewers there are; at most [`VIEWERS`] are there; what comes from nobody known
//! changes nothing.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use memsink::{Gop, Joining, Micros, Serial, Wish};
use rtp::{Congestion, Packetizer, Reason, captured_at};
use str0m::crypto::dtls::DtlsCert;
use str0m::net::{Protocol, Receive, Transmit};
use str0m::{Candidate, Input};

use super::session::{Refusal, Report, Session};
use super::unit::Unit;

/// The most viewers there are at a time.
pub const VIEWERS: usize = 64;
/// Without any viewer.
const IDLE: Duration = Duration::from_secs(3600);

/// A viewer's name: as hard to guess as a password, as whoever knows it may end the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(u128);

impl Name {
    /// Of a random number.
    pub fn new(random: u128) -> Name {
        Name(random)
    }

    /// As it stands in the session's URL.
    pub fn parse(text: &str) -> Option<Name> {
        let plain =
            text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        plain.then(|| u128::from_str_radix(text, 16).ok().map(Name)).flatten()
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Counted since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Viewers that came.
    pub sessions: u64,
    /// Packets of media given to viewers that have gone.
    packets: u64,
    /// Datagrams and frames that came from nobody known, or that nobody could read.
    pub strange: u64,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum NoSession {
    /// The offer is not taken.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// There are enough.
    #[error("{VIEWERS} viewers are here already; ask again when one has left")]
    Full,
}

/// The viewers.
pub struct Hub {
    /// (Boxed, as the map moves them, and keeps room for more than there are.)
    viewers: BTreeMap<Name, Box<Session>>,
    gop: Gop<Unit>,
    packetizer: Packetizer,
    certificate: DtlsCert,
    kbps: u32,
    /// Somebody will be connected soon and has no key frame to begin with.
    key_wanted: bool,
    congestion: Congestion<Name>,
    counts: Counts,
}

impl Hub {
    /// One without viewers, which proves itself to them with this certificate, and whose stream is set to so many kbit/s.
    pub fn new(certificate: DtlsCert, kbps: u32) -> Hub {
        Hub {
            viewers: BTreeMap::new(),
            gop: Gop::default(),
            packetizer: Packetizer::default(),
            certificate,
            kbps,
            key_wanted: false,
            congestion: Congestion::default(),
            counts: Counts::default(),
        }
    }

    /// How many there are, connected or about to be.
    pub fn len(&self) -> usize {
        self.viewers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.viewers.is_empty()
    }

    /// Counted since the start.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Packets of media given to viewers since the start.
    pub fn packets(&self) -> u64 {
        self.counts.packets + self.viewers.values().map(|viewer| viewer.report().packets).sum::<u64>()
    }

    /// What `/state` shows of each, and what the way to each bears.
    pub fn reports(&self) -> impl Iterator<Item = Report> + '_ {
        self.viewers.values().map(|viewer| viewer.report())
    }

    /// Somebody comes with an offer; the answer.
    ///
    /// # Errors
    /// Why it cannot stay.
    pub fn watch(
        &mut self,
        name: Name,
        offer: &str,
        candidates: Vec<Candidate>,
        now: Instant,
    ) -> Result<String, NoSession> {
        if self.viewers.len() >= VIEWERS {
            return Err(NoSession::Full);
        }
        let seed = name.0 as u64;
        let (session, answer) =
            Session::accept(offer, candidates, self.certificate.clone(), self.kbps, seed, now)?;
        self.viewers.insert(name, Box::new(session));
        self.congestion.join(name);
        self.counts.sessions += 1;
        // It is there when the connection is.
        self.key_wanted |= self.beginning(Joining::Coming).is_none();
        Ok(answer)
    }

    /// Somebody goes; false if nobody of that name was there.
    pub fn leave(&mut self, name: Name, now: Instant, out: &mut impl Extend<Transmit>) -> bool {
        let Some(mut viewer) = self.viewers.remove(&name) else { return false };
        self.counts.packets += viewer.report().packets;
        self.congestion.leave(&name);
        viewer.close(now, out);
        true
    }

    /// Everybody goes.
    pub fn clear(&mut self, now: Instant, out: &mut impl Extend<Transmit>) {
        for name in self.viewers.keys().copied().collect::<Vec<_>>() {
            self.leave(name, now, out);
        }
        self.gop.interrupt();
    }

    /// The next unit of the stream, in Annex B form; `key` if decoding can begin with it. After a gap one comes that is a key frame.
    pub fn unit(&mut self, key: bool, captured: Micros, data: &[u8], now: Micros) {
        let captured = captured_at(captured, now);
        let (_, packets) = self.packetizer.pack(data, captured);
        self.congestion.sent(data.len(), now);
        if let Some(unit) = Unit::new(&packets, captured) {
            self.gop.push(key, Arc::new(unit));
        }
    }

    /// What the ways to all viewers leave of the stream; `None`: all of it.
    pub fn wish(&mut self, now: Micros) -> Option<Wish> {
        for (name, viewer) in &mut self.viewers {
            for feedback in viewer.take_heard() {
                self.congestion.hear(name, feedback, now);
            }
        }
        self.congestion.wish(now)
    }

    /// Something came from the network.
    pub fn receive(
        &mut self,
        protocol: Protocol,
        (source, destination): (SocketAddr, SocketAddr),
        bytes: &[u8],
        now: Instant,
        out: &mut impl Extend<Transmit>,
    ) {
        let viewer = Receive::new(protocol, source, destination, bytes).ok().and_then(|received| {
            let input = Input::Receive(now, received);
            let viewer = self.viewers.values_mut().find(|viewer| viewer.accepts(&input))?;
            Some((viewer, input))
        });
        match viewer {
            Some((viewer, input)) => viewer.receive(input, now, out),
            None => self.counts.strange += 1,
        }
    }

    fn beginning(&self, joining: Joining) -> Option<Serial> {
        self.gop.beginning_of(joining, !self.viewers.values().any(|viewer| viewer.plays()))
    }

    /// Sends what is due: to all if there is something `new` in the stream, else to those who wanted to be driven by now. Why a key frame is
    /// wanted, if one is.
    pub fn drive(&mut self, new: bool, now: Instant, out: &mut impl Extend<Transmit>) -> Option<Reason> {
        let beginning = self.beginning(Joining::Connected);
        let mut wanted = std::mem::take(&mut self.key_wanted).then_some(Reason::Joining);
        for viewer in self.viewers.values_mut() {
            if (new || viewer.due() <= now) && !viewer.drive(&self.gop, beginning, now, out) {
                wanted = Some(Reason::Joining);
            }
            if viewer.take_key_wanted() && wanted.is_none() {
                wanted = Some(Reason::Refresh);
            }
        }
        let counts = &mut self.counts;
        let congestion = &mut self.congestion;
        self.viewers.retain(|name, viewer| {
            if viewer.ended() {
                counts.packets += viewer.report().packets;
                congestion.leave(name);
            }
            !viewer.ended()
        });
        if self.viewers.is_empty() {
            // What is kept is no beginning for who comes later.
            self.gop.interrupt();
        }
        wanted
    }

    /// When somebody is to be driven again.
    pub fn due(&self, now: Instant) -> Instant {
        self.viewers.values().map(|viewer| viewer.due()).min().unwrap_or(now + IDLE)
    }
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
