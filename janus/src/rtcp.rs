//! What a viewer says in RTCP that concerns us: that it cannot go on without a key frame, and how its way is.
//!
//! The core reads all of it and answers NACKs itself, which it takes out. The rest it passes on as it came, in 1.1.2 and in
//! 1.4.1 alike: reports, the feedback on transport-wide sequence numbers, which the core itself puts into what it sends and
//! makes nothing of, and, by its source, REMB, which was never seen.
//!
//! What must always hold: what is not RTCP, or is cut off, says nothing; a loss that was told in two ways counts once.

use rtp::Feedback;
use serde::Serialize;

/// Sender and receiver reports (RFC 3550 6.4).
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
/// Transport-layer feedback (RFC 4585).
const RTPFB: u8 = 205;
/// Payload-specific feedback (RFC 4585).
const PSFB: u8 = 206;
/// Picture loss indication (RFC 4585 6.3.1).
const PLI: u8 = 1;
/// Full intra request (RFC 5104 4.3.1).
const FIR: u8 = 4;
/// Transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01).
const TRANSPORT_CC: u8 = 15;
/// Application layer feedback: REMB (draft-alvestrand-rmcat-remb-03).
const APPLICATION: u8 = 15;
/// No way there and back takes so long, in 1/65536 s: what says so comes from another clock.
const IMPLAUSIBLE: u32 = 10 << 16;

/// What a viewer says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Said {
    /// It needs a key frame.
    KeyWanted,
    /// How its way is.
    Way(Feedback),
}

/// How often a viewer has said what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Heard {
    /// Reports on what it received.
    pub reports: u64,
    /// Feedback on transport-wide sequence numbers.
    pub transport_cc: u64,
    /// Estimates of its way.
    pub remb: u64,
    /// Requests for a key frame.
    pub keys: u64,
    /// Times that the core found its way slow.
    pub slow_link: u64,
}

/// Listens to one viewer.
#[derive(Debug, Default)]
pub struct Ear {
    /// The highest sequence number of the last report.
    highest: Option<u32>,
    /// How often what was said.
    pub heard: Heard,
}

impl Ear {
    /// Takes a compound packet that came when the core's wall clock showed `ntp` (the middle 32 bits of an NTP time).
    pub fn hear(&mut self, mut compound: &[u8], ntp: u32, mut said: impl FnMut(Said)) {
        while let &[first, kind, high, low, ..] = compound {
            let length = 4 * (usize::from(u16::from_be_bytes([high, low])) + 1);
            let Some((packet, rest)) = compound.split_at_checked(length).filter(|_| first >> 6 == 2) else {
                return;
            };
            match (kind, first & 0x1f) {
                (SENDER_REPORT, blocks) if blocks > 0 => self.report(packet.get(28..52), ntp, &mut said),
                // The first one is on the video; a second one would be on what is sent again.
                (RECEIVER_REPORT, blocks) if blocks > 0 => self.report(packet.get(8..32), ntp, &mut said),
                // Both have at least the sender's and the media's SSRC.
                (PSFB, PLI | FIR) if length >= 12 => {
                    self.heard.keys += 1;
                    said(Said::KeyWanted);
                }
                (PSFB, APPLICATION) => {
                    if let Some(kbps) = remb(packet) {
                        self.heard.remb += 1;
                        said(Said::Way(Feedback::Estimate(kbps)));
                    }
                }
                (RTPFB, TRANSPORT_CC) => {
                    if let Some((received, lost)) = arrivals(packet) {
                        self.heard.transport_cc += 1;
                        said(Said::Way(Feedback::Arrivals { received, lost }));
                    }
                }
                _ => {}
            }
            compound = rest;
        }
    }

    fn report(&mut self, block: Option<&[u8]>, ntp: u32, said: &mut impl FnMut(Said)) {
        let Some(
            &[_, _, _, _, fraction, _, _, _, h0, h1, h2, h3, _, _, _, _, l0, l1, l2, l3, d0, d1, d2, d3],
        ) = block
        else {
            return;
        };
        self.heard.reports += 1;
        let highest = u32::from_be_bytes([h0, h1, h2, h3]);
        let expected = self.highest.replace(highest).map_or(0, |before| highest.wrapping_sub(before));
        if self.heard.transport_cc == 0 && (1..1 << 16).contains(&expected) {
            let lost = expected * u32::from(fraction) / 256;
            said(Said::Way(Feedback::Arrivals { received: expected - lost, lost }));
        }
        // RFC 3550 6.4.1: when our last report left, and how long it lay there.
        let (left, lay) = (u32::from_be_bytes([l0, l1, l2, l3]), u32::from_be_bytes([d0, d1, d2, d3]));
        let trip = ntp.wrapping_sub(left).wrapping_sub(lay);
        if left != 0 && trip < IMPLAUSIBLE {
            said(Said::Way(Feedback::RoundTrip((u64::from(trip) * 1_000_000) >> 16)));
        }
    }
}

/// The bitrate of a REMB, in kbit/s.
fn remb(packet: &[u8]) -> Option<u32> {
    let &[b'R', b'E', b'M', b'B', _, scale, middle, low] = packet.get(12..20)? else { return None };
    let mantissa = u64::from(u32::from_be_bytes([0, scale & 3, middle, low]));
    let bits = mantissa.checked_shl(u32::from(scale >> 2)).filter(|bits| bits >> (scale >> 2) == mantissa)?;
    Some(u32::try_from(bits / 1000).unwrap_or(u32::MAX))
}

/// How many packets arrived and how many did not, of those that a transport-wide feedback is on.
fn arrivals(packet: &[u8]) -> Option<(u32, u32)> {
    let &[_, _, high, low, ..] = packet.get(12..20)? else { return None };
    let count = u32::from(u16::from_be_bytes([high, low]));
    let (mut received, mut seen) = (0, 0);
    for chunk in packet.get(20..)?.chunks_exact(2) {
        if seen >= count {
            break;
        }
        let chunk = u16::from_be_bytes([chunk[0], chunk[1]]);
        let arrived = |symbol: u16| u32::from(symbol != 0);
        match (chunk >> 15, (chunk >> 14) & 1) {
            (0, _) => {
                let run = u32::from(chunk & 0x1fff).min(count - seen);
                received += run * arrived((chunk >> 13) & 3);
                seen += run;
            }
            (_, wide) => {
                let bits = 1 + u32::from(wide);
                let symbols = (14 / bits).min(count - seen);
                received += (0..symbols)
                    .map(|at| arrived((chunk >> (14 - bits * (at + 1))) & ((1 << bits) - 1)))
                    .sum::<u32>();
                seen += symbols;
            }
        }
    }
    // Cut off: what is not said of a packet is not a loss.
    (seen == count && count > 0).then_some((received, seen - received))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RECEIVER_REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 1];
    const PLI_PACKET: [u8; 12] = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    const FIR_PACKET: [u8; 20] = [0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 7, 0, 0, 0];
    /// 2^(9) * 0x10001 bit/s.
    const REMB_PACKET: [u8; 24] =
        [0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B', 1, (9 << 2) | 1, 0, 1, 0, 0, 0, 2];

    fn said(ear: &mut Ear, packet: &[u8], ntp: u32) -> Vec<Said> {
        let mut all = vec![];
        ear.hear(packet, ntp, |one| all.push(one));
        all
    }

    fn once(packet: &[u8]) -> Vec<Said> {
        said(&mut Ear::default(), packet, 0)
    }

    /// A report with one block.
    fn report(fraction: u8, highest: u32, left: u32, lay: u32) -> Vec<u8> {
        let mut packet = vec![0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, fraction, 0, 0, 9];
        for field in [highest, 0, left, lay] {
            packet.extend(field.to_be_bytes());
        }
        packet
    }

    /// Feedback on so many packets.
    fn transport_cc(count: u16, chunks: &[u16]) -> Vec<u8> {
        let mut packet = vec![0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7];
        packet.extend(count.to_be_bytes());
        packet.extend([0, 0, 0, 0]);
        packet.extend(chunks.iter().flat_map(|chunk| chunk.to_be_bytes()));
        packet.resize(packet.len().next_multiple_of(4), 0);
        packet[3] = (packet.len() / 4 - 1) as u8;
        packet
    }

    fn arrived(received: u32, lost: u32) -> Said {
        Said::Way(Feedback::Arrivals { received, lost })
    }

    #[test]
    fn pli_and_fir_are_found_alone_and_behind_a_report() {
        for packet in [&PLI_PACKET[..], &FIR_PACKET, &[&RECEIVER_REPORT[..], &PLI_PACKET].concat()] {
            assert_eq!(once(packet), [Said::KeyWanted]);
        }
    }

    #[test]
    fn what_is_none_of_it_says_nothing() {
        for packet in [
            &[][..],
            &RECEIVER_REPORT,
            &PLI_PACKET[..11],
            &[0x81, 206, 0, 0],
            &[&[0x41], &PLI_PACKET[1..]].concat(),
            &[&RECEIVER_REPORT[..4], &PLI_PACKET].concat(),
            &report(0, 0, 0, 0)[..28],
            &transport_cc(20, &[(1 << 13) | 10]),
            &transport_cc(0, &[]),
        ] {
            assert_eq!(once(packet), [], "{packet:?}");
        }
    }

    #[test]
    fn a_remb_is_an_estimate() {
        assert_eq!(once(&REMB_PACKET), [Said::Way(Feedback::Estimate(33_554))]);
        let mut endless = REMB_PACKET;
        endless[17] |= 63 << 2;
        assert_eq!(once(&endless), [], "more than can be");
    }

    #[test]
    fn reports_tell_losses_since_the_last_one_and_the_round_trip() {
        let mut ear = Ear::default();
        let trip = Said::Way(Feedback::RoundTrip(250_000));
        assert_eq!(said(&mut ear, &report(128, 1000, 0x1_0000, 0x8000), 0x1_c000), [trip], "no interval yet");
        assert_eq!(said(&mut ear, &report(64, 1100, 0, 0), 0), [arrived(75, 25)]);
        assert_eq!(
            said(&mut ear, &report(0, 1100, 0x1_0000, 0), 0),
            [],
            "nothing new, and from another clock"
        );
        assert_eq!(said(&mut ear, &transport_cc(10, &[(1 << 13) | 10]), 0), [arrived(10, 0)]);
        assert_eq!(said(&mut ear, &report(64, 1200, 0, 0), 0), [], "told already, packet by packet");
        assert_eq!(ear.heard, Heard { reports: 4, transport_cc: 1, ..Heard::default() });
    }

    #[test]
    fn transport_wide_feedback_counts_what_arrived() {
        for (count, chunks, expected) in [
            (5, &[(1 << 13) | 5][..], (5, 0)),
            (5, &[(2 << 13) | 3, 2], (3, 2)),
            (14, &[0x8000 | 0b10_1010_1010_1010], (7, 7)),
            (7, &[0xc000 | 0b01_00_10_00_01_00_00], (3, 4)),
            (3, &[0x8000 | 0b11_1000_0000_0000], (3, 0)),
            (20, &[(1 << 13) | 8191], (20, 0)),
        ] {
            assert_eq!(once(&transport_cc(count, chunks)), [arrived(expected.0, expected.1)], "{chunks:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..100), ntp: u32) {
            let mut ear = Ear::default();
            ear.hear(&bytes, ntp, |_| ());
        }

        #[test]
        fn any_feedback_counts_what_it_is_on(count: u16, chunks in prop::collection::vec(any::<u16>(), 0..40)) {
            for one in once(&transport_cc(count, &chunks)) {
                let Said::Way(Feedback::Arrivals { received, lost }) = one else { panic!("{one:?}") };
                prop_assert_eq!(received + lost, u32::from(count));
            }
        }
    }
}
