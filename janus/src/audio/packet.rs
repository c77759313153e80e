//! Opus in RTP (RFC 7587): one Opus packet in each RTP packet, on a clock of 48 kHz whatever the sound's own rate is.
//!
//! What must always hold: whatever a viewer sends, reading it stays inside the packet.

use memsink::Micros;

/// The payload type of our offer.
pub const PAYLOAD_TYPE: u8 = 111;
/// Frames a second of Opus, and of its RTP clock.
pub const RATE: u32 = 48_000;
/// Frames in a packet of ours: 10 ms. (The browser holds back a few packets at least, and the picture with them.)
pub const FRAMES: usize = 480;

const HEADER: usize = 12;
/// Larger than any packet of ours at our bitrate.
const PAYLOAD: usize = 1000;

/// A moment on the clock of sound, modulo 2^32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp(pub u32);

impl Timestamp {
    /// The moment of capture.
    pub fn of(captured: Micros) -> Timestamp {
        Timestamp((u128::from(captured.0) * u128::from(RATE) / 1_000_000) as u32)
    }

    /// So many frames later, or earlier.
    #[must_use]
    pub fn plus(self, frames: i32) -> Timestamp {
        Timestamp(self.0.wrapping_add_signed(frames))
    }

    /// Frames since the other.
    pub fn since(self, other: Timestamp) -> i32 {
        self.0.wrapping_sub(other.0) as i32
    }
}

/// One packet being made, used again and again. Sequence number and SSRC are zero, as in those of video.
#[derive(Debug)]
pub struct Packet {
    bytes: [u8; HEADER + PAYLOAD],
    length: usize,
}

impl Default for Packet {
    fn default() -> Packet {
        Packet { bytes: [0; HEADER + PAYLOAD], length: 0 }
    }
}

impl Packet {
    /// Where the payload is written.
    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[HEADER..]
    }

    /// Writes the header; the payload has so many bytes. The first packet of a stretch of sound has the marker.
    pub fn finish(&mut self, payload: usize, time: Timestamp, first: bool) {
        self.bytes[0] = 0x80;
        self.bytes[1] = PAYLOAD_TYPE | if first { 0x80 } else { 0 };
        self.bytes[4..8].copy_from_slice(&time.0.to_be_bytes());
        self.length = HEADER + payload.min(PAYLOAD);
    }

    /// The whole packet.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The sequence number and the payload of a viewer's packet; `None` if it is not RTP of our payload type.
pub fn read(packet: &[u8]) -> Option<(u16, &[u8])> {
    let (head, mut rest) = packet.split_at_checked(HEADER)?;
    let [flags, kind, high, low, ..] = *head else { return None };
    if flags >> 6 != 2 || kind & 0x7f != PAYLOAD_TYPE {
        return None;
    }
    rest = rest.get(4 * usize::from(flags & 0x0f)..)?;
    if flags & 0x10 != 0 {
        let words = usize::from(u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]));
        rest = rest.get(4 + 4 * words..)?;
    }
    if flags & 0x20 != 0 {
        let padding = usize::from(*rest.last()?);
        rest = rest.get(..rest.len().checked_sub(padding)?)?;
    }
    Some((u16::from_be_bytes([high, low]), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_packet_as_the_rfc_has_it() {
        let mut packet = Packet::default();
        packet.payload_mut()[..3].copy_from_slice(b"abc");
        packet.finish(3, Timestamp(0x0102_0304), true);
        assert_eq!(packet.bytes(), [0x80, 0x80 | 111, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, b'a', b'b', b'c']);
        packet.finish(2, Timestamp(1), false);
        assert_eq!(packet.bytes()[1], 111);
        assert_eq!(read(packet.bytes()), Some((0, &b"ab"[..])));
    }

    #[test]
    fn what_is_around_a_payload_is_left_out() {
        let head = [0x80 | 0x20 | 0x10 | 1, 111, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0];
        let packet = [&head[..], &[9; 4], &[0xbe, 0xde, 0, 1, 1, 2, 3, 4], b"sound", &[0, 2]].concat();
        assert_eq!(read(&packet), Some((0x1234, &b"sound"[..])));
        let other = [&[0x80, 96][..], &packet[2..]].concat();
        assert_eq!(read(&other), None, "another payload type");
        assert_eq!(read(&packet[..20]), None, "cut off");
    }

    #[test]
    fn time_is_that_of_capture_also_after_many_days() {
        assert_eq!(Timestamp::of(Micros(1_000_000)), Timestamp(48_000));
        let days = 10 * 86_400;
        assert_eq!(Timestamp::of(Micros(days * 1_000_000)), Timestamp((days * 48_000) as u32));
        assert_eq!(Timestamp(5).since(Timestamp(u32::MAX)), 6);
        assert_eq!(Timestamp(5).plus(-6), Timestamp(u32::MAX));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some((_, payload)) = read(&bytes) {
                prop_assert!(payload.len() <= bytes.len() - 12);
            }
        }
    }
}
