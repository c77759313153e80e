//! H.264 in RTP: RFC 6184, packetization-mode 1 (single NAL unit, STAP-A, FU-A), in RFC 3550's packets.
//!
//! What must always hold: no packet is longer than the limit; all packets of an access unit have one timestamp, the
//! next access unit a later one, and only the last has the marker. Packets are made once for all viewers; what each
//! viewer has of its own, the SSRC and the sequence number, is zero in them and filled in on the way out.

use crate::nal::{Level, NalKind, nals};
use memsink::{Micros, Weighed};
use std::ops::Range;

/// The longest packet, RTP header included. Header extensions, SRTP, UDP and a VPN's own headers still fit into
/// 1280 bytes, the least that every IPv6 path carries.
pub const MAX_PACKET: usize = 1150;
/// The payload type of our offer.
pub const PAYLOAD_TYPE: u8 = 96;

const HEADER: usize = 12;
const SEQUENCE: Range<usize> = 2..4;
const TIMESTAMP: Range<usize> = 4..8;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;
const MARKER: u8 = 0x80;
/// SPS, PPS and a few SEI: more are sent in a second aggregate.
const AGGREGATE: usize = 8;

/// A capture time further from now is no capture time, in µs.
const PLAUSIBLE: u64 = 10_000_000;

/// When a picture was captured: as it says, or now, if that cannot be.
pub fn captured_at(said: Micros, now: Micros) -> Micros {
    let plausible = said <= now && now.since(said) < PLAUSIBLE;
    if plausible { said } else { now }
}

/// A moment on the 90 kHz clock of H.264 streams, modulo 2^32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp(pub u32);

impl Timestamp {
    /// The moment of capture.
    pub fn of(captured: Micros) -> Timestamp {
        Timestamp(Ticks::of(captured).0 as u32)
    }
}

/// A moment on the same clock before it wraps: after a night without viewers, 32 bits do not tell later from earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ticks(u64);

impl Ticks {
    fn of(captured: Micros) -> Ticks {
        Ticks((u128::from(captured.0) * 9 / 100) as u64)
    }
}

/// Gives a packet its sequence number.
pub fn set_sequence(packet: &mut [u8], number: u16) {
    if let Some(place) = packet.get_mut(SEQUENCE) {
        place.copy_from_slice(&number.to_be_bytes());
    }
}

/// The packets of one access unit.
#[derive(Debug, Default)]
pub struct Packets {
    bytes: Vec<u8>,
    spans: Vec<Range<usize>>,
    level: Option<Level>,
}

impl Packets {
    /// The level that the unit names: a key frame's.
    pub fn level(&self) -> Option<Level> {
        self.level
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// All of them, in order, header included.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.spans.iter().map(|span| &self.bytes[span.clone()])
    }

    /// What each carries, in order, for who writes headers of its own. The last one's has the marker.
    pub fn payloads(&self) -> impl Iterator<Item = &[u8]> {
        self.iter().map(|packet| &packet[HEADER..])
    }

    /// The time that all of them have; `None` if there are none.
    pub fn timestamp(&self) -> Option<Timestamp> {
        let first = self.iter().next()?;
        first
            .get(TIMESTAMP)
            .and_then(|bytes| bytes.try_into().ok())
            .map(|bytes| Timestamp(u32::from_be_bytes(bytes)))
    }

    /// Room for the packets of a unit of so many bytes, so that they need not be moved while they grow.
    fn with_room(unit: usize, limit: usize) -> Packets {
        let count = unit / (limit - HEADER - 2) + 4;
        let bytes = Vec::with_capacity(unit + count * (HEADER + 2));
        Packets { bytes, spans: Vec::with_capacity(count), level: None }
    }
}

impl Weighed for Packets {
    fn weight(&self) -> usize {
        self.bytes.capacity() + self.spans.capacity() * size_of::<Range<usize>>()
    }
}

/// Makes packets of access units; one for the life of a stream.
#[derive(Debug)]
pub struct Packetizer {
    limit: usize,
    last: Option<Ticks>,
}

impl Default for Packetizer {
    fn default() -> Packetizer {
        Packetizer { limit: MAX_PACKET, last: None }
    }
}

impl Packetizer {
    /// The packets of this access unit, and whether it has an IDR picture, where a viewer can begin.
    pub fn pack(&mut self, unit: &[u8], captured: Micros) -> (bool, Packets) {
        let ticks = self.next_ticks(Ticks::of(captured));
        let timestamp = Timestamp(ticks.0 as u32);
        let packets = Packets::with_room(unit.len(), self.limit);
        let mut out = Out { packets, limit: self.limit, timestamp };
        let mut key = false;
        let mut pending = Aggregate::default();
        for nal in nals(unit) {
            match NalKind::of(nal) {
                NalKind::Dropped => {}
                NalKind::Header => {
                    out.packets.level = out.packets.level.or(Level::of(nal));
                    if !pending.takes(nal, self.limit) {
                        out.aggregate(&mut pending);
                    }
                    if pending.takes(nal, self.limit) {
                        pending.push(nal);
                    } else {
                        out.alone(nal);
                    }
                }
                kind => {
                    key |= kind == NalKind::Idr;
                    out.aggregate(&mut pending);
                    out.alone(nal);
                }
            }
        }
        out.aggregate(&mut pending);
        let mut packets = out.packets;
        if let Some(last) = packets.spans.last() {
            packets.bytes[last.start + 1] |= MARKER;
            self.last = Some(ticks);
        }
        (key, packets)
    }

    /// Two pictures with one timestamp would be taken for one.
    fn next_ticks(&self, wanted: Ticks) -> Ticks {
        self.last.map_or(wanted, |last| wanted.max(Ticks(last.0 + 1)))
    }
}

/// Small NAL units waiting to share a packet.
#[derive(Default)]
struct Aggregate<'a> {
    nals: [&'a [u8]; AGGREGATE],
    count: usize,
    /// Of the packet they would make.
    size: usize,
}

impl<'a> Aggregate<'a> {
    fn takes(&self, nal: &[u8], limit: usize) -> bool {
        self.count < AGGREGATE && self.size.max(HEADER + 1) + 2 + nal.len() <= limit
    }

    fn push(&mut self, nal: &'a [u8]) {
        self.nals[self.count] = nal;
        self.count += 1;
        self.size = self.size.max(HEADER + 1) + 2 + nal.len();
    }
}

/// Where packets are being written.
struct Out {
    packets: Packets,
    limit: usize,
    timestamp: Timestamp,
}

impl Out {
    /// Writes one packet; the SSRC is filled in for each viewer.
    fn packet<'p>(&mut self, payload: impl IntoIterator<Item = &'p [u8]>) {
        let bytes = &mut self.packets.bytes;
        let start = bytes.len();
        bytes.extend_from_slice(&[0x80, PAYLOAD_TYPE]);
        bytes.extend_from_slice(&[0; SEQUENCE.end - SEQUENCE.start]);
        bytes.extend_from_slice(&self.timestamp.0.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        for part in payload {
            bytes.extend_from_slice(part);
        }
        self.packets.spans.push(start..bytes.len());
    }

    /// A NAL unit in a packet of its own (RFC 6184 5.6), or in as many as it needs (5.8).
    fn alone(&mut self, nal: &[u8]) {
        if HEADER + nal.len() <= self.limit {
            return self.packet([nal]);
        }
        let [header, body @ ..] = nal else { return };
        let indicator = header & 0xe0 | FU_A;
        let room = self.limit - HEADER - 2;
        let last = body.len().div_ceil(room) - 1;
        for (index, part) in body.chunks(room).enumerate() {
            let start = if index == 0 { FU_START } else { 0 };
            let end = if index == last { FU_END } else { 0 };
            self.packet([&[indicator, header & 0x1f | start | end][..], part]);
        }
    }

    /// What was waiting, in one packet (RFC 6184 5.7.1), whose importance is its most important part's.
    fn aggregate(&mut self, pending: &mut Aggregate<'_>) {
        let Aggregate { nals, count, .. } = std::mem::take(pending);
        match &nals[..count] {
            [] => {}
            [nal] => self.packet([*nal]),
            nals => {
                let forbidden = nals.iter().fold(0, |bits, nal| bits | nal[0] & 0x80);
                let importance = nals.iter().map(|nal| nal[0] & 0x60).max().unwrap_or(0);
                let mut sizes = [[0; 2]; AGGREGATE];
                for (size, nal) in sizes.iter_mut().zip(nals) {
                    *size = u16::try_from(nal.len()).unwrap_or(0).to_be_bytes();
                }
                let header = [forbidden | importance | STAP_A];
                let parts = sizes.iter().zip(nals).flat_map(|(size, nal)| [&size[..], nal]);
                self.packet(std::iter::once(&header[..]).chain(parts));
            }
        }
    }
}

#[cfg(test)]
#[path = "packets_tests.rs"]
mod tests;
