//! An access unit into RTP packets, and back by the rules of RFC 6184: what is not dropped by its kind arrives.
//!
//! The first two bytes say how often the unit is repeated, up to 16 times, so that it is larger than a packet.

use memsink::Micros;
use rtp::{MAX_PACKET, NalKind, PAYLOAD_TYPE, Packetizer, nals};

const HEADER: usize = 12;

pub fn run(input: &[u8]) {
    let [often, stretch, unit @ ..] = input else { return };
    let mut unit = unit.repeat(usize::from(often % 16) + 1);
    unit.extend(std::iter::repeat_n(0x5a, usize::from(*stretch) * 16));
    let mut packetizer = Packetizer::default();
    let (key, packets) = packetizer.pack(&unit, Micros(1_000_000));
    let sent: Vec<&[u8]> = nals(&unit).filter(|nal| NalKind::of(nal) != NalKind::Dropped).collect();
    assert_eq!(key, sent.iter().any(|nal| nal[0] & 0x1f == 5));
    let last = packets.len().wrapping_sub(1);
    let mut arrived: Vec<Vec<u8>> = vec![];
    for (index, packet) in packets.iter().enumerate() {
        assert!(packet.len() <= MAX_PACKET && packet.len() > HEADER + 1, "{} bytes", packet.len());
        assert_eq!((packet[0], packet[1] & 0x7f), (0x80, PAYLOAD_TYPE));
        assert_eq!(packet[1] & 0x80 != 0, index == last, "the marker is the last one's");
        unpack(&packet[HEADER..], &mut arrived);
    }
    assert_eq!(arrived, sent);
}

fn unpack(payload: &[u8], nals: &mut Vec<Vec<u8>>) {
    match payload[0] & 0x1f {
        24 => {
            let mut rest = &payload[1..];
            while let [high, low, more @ ..] = rest {
                let (nal, behind) = more.split_at(usize::from(u16::from_be_bytes([*high, *low])));
                nals.push(nal.to_vec());
                rest = behind;
            }
        }
        28 => {
            if payload[1] & 0x80 != 0 {
                nals.push(vec![payload[0] & 0xe0 | payload[1] & 0x1f]);
            }
            nals.last_mut().expect("a fragment has a beginning").extend_from_slice(&payload[2..]);
        }
        _ => nals.push(payload.to_vec()),
    }
}
