//! Packets written out by hand from RFC 3550 and RFC 6184, and what holds for any access unit.

use super::*;
use proptest::prelude::*;

fn pack(packetizer: &mut Packetizer, unit: &[u8], captured: u64) -> (bool, Vec<Vec<u8>>) {
    let (key, packets) = packetizer.pack(unit, Micros(captured));
    (key, packets.iter().map(<[u8]>::to_vec).collect())
}

#[test]
fn golden_single_nal() {
    // 1 s = 90000 = 0x00015f90; marker and type 96 = 0xe0.
    let (key, packets) = pack(&mut Packetizer::default(), &[0, 0, 0, 1, 0x41, 0x9a, 0x01], 1_000_000);
    assert!(!key);
    assert_eq!(packets, [[0x80, 0xe0, 0, 0, 0x00, 0x01, 0x5f, 0x90, 0, 0, 0, 0, 0x41, 0x9a, 0x01]]);
    let (_, packets) = Packetizer::default().pack(&[0, 0, 0, 1, 0x41, 0x9a, 0x01], Micros(1_000_000));
    assert_eq!(packets.payloads().collect::<Vec<_>>(), [[0x41, 0x9a, 0x01]]);
    assert_eq!((packets.timestamp(), Packets::default().timestamp()), (Some(Timestamp(90_000)), None));
}

#[test]
fn golden_stap_a_before_the_idr() {
    // Delimiter (dropped), SPS (NRI 3), PPS (NRI 2), SEI (NRI 0), IDR: STAP-A 24 with NRI 3 = 0x78, then the IDR.
    let unit = [
        0, 0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0, 0, 0, 1, 0x48, 0xce, 0, 0, 1, 0x06, 0x05, 0,
        0, 1, 0x65, 0x88, 0x84,
    ];
    let (key, packets) = pack(&mut Packetizer::default(), &unit, 0);
    assert!(key);
    assert_eq!(
        packets,
        [
            &[
                0x80, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x78, 0, 3, 0x67, 0x42, 0xc0, 0, 2, 0x48, 0xce, 0,
                2, 0x06, 0x05
            ][..],
            &[0x80, 0xe0, 0x00, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0x65, 0x88, 0x84],
        ]
    );
}

#[test]
fn golden_fu_a() {
    // Limit 18: 4 bytes of body each. IDR 0x65: indicator 0x60|28 = 0x7c, headers 0x85, 0x05, 0x45.
    let mut packetizer = Packetizer { limit: 18, ..Packetizer::default() };
    let (key, packets) = pack(&mut packetizer, &[0, 0, 1, 0x65, 1, 2, 3, 4, 5, 6, 7, 8, 9], 100);
    assert!(key);
    assert_eq!(
        packets,
        [
            &[0x80, 0x60, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0x7c, 0x85, 1, 2, 3, 4][..],
            &[0x80, 0x60, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0x7c, 0x05, 5, 6, 7, 8],
            &[0x80, 0xe0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0x7c, 0x45, 9],
        ]
    );
}

#[test]
fn one_header_unit_goes_alone_and_a_full_aggregate_is_followed_by_another() {
    let (_, packets) = pack(&mut Packetizer::default(), &[0, 0, 1, 0x67, 1, 0, 0, 1, 0x41, 1], 0);
    assert_eq!(packets.iter().map(|packet| packet[12] & 0x1f).collect::<Vec<_>>(), [7, 1]);
    let unit = [0, 0, 1, 0x06, 5].repeat(AGGREGATE + 1);
    let (_, packets) = pack(&mut Packetizer::default(), &unit, 0);
    assert_eq!(packets.iter().map(|packet| packet[12] & 0x1f).collect::<Vec<_>>(), [24, 6]);
}

#[test]
fn the_clock_wraps_and_never_stands() {
    // 2^32 / 90000 s = 47721.858844 s.
    assert_eq!(Timestamp::of(Micros(47_721_858_844)), Timestamp(u32::MAX));
    assert_eq!(Timestamp::of(Micros(47_721_858_845)), Timestamp(0));
    let mut packetizer = Packetizer::default();
    let stamp = |packetizer: &mut Packetizer, captured| {
        let (_, packets) = pack(packetizer, &[0, 0, 1, 0x41, 1], captured);
        u32::from_be_bytes(packets[0][4..8].try_into().unwrap())
    };
    assert_eq!(stamp(&mut packetizer, 47_721_858_844), u32::MAX);
    assert_eq!(stamp(&mut packetizer, 47_721_858_844), 0, "the same moment again");
    assert_eq!(stamp(&mut packetizer, 47_721_850_000), 1, "a source whose clock went back");
    assert_eq!(stamp(&mut packetizer, 47_721_958_844), 8999);
}

#[test]
fn a_unit_without_content_uses_up_nothing() {
    let mut packetizer = Packetizer::default();
    assert_eq!(pack(&mut packetizer, &[0, 0, 1, 0x09, 0x10], 0), (false, vec![]));
    let (_, packets) = pack(&mut packetizer, &[0, 0, 1, 0x41, 1], 0);
    assert_eq!(packets[0][4..8], [0; 4], "its moment neither");
}

#[test]
fn a_sequence_number_goes_into_its_place_and_nowhere_else() {
    let (_, mut packets) = pack(&mut Packetizer::default(), &[0, 0, 1, 0x41, 0x9a], 1_000_000);
    set_sequence(&mut packets[0], 0x1234);
    assert_eq!(packets[0], [0x80, 0xe0, 0x12, 0x34, 0x00, 0x01, 0x5f, 0x90, 0, 0, 0, 0, 0x41, 0x9a]);
    set_sequence(&mut [0x80], 1);
}

/// RFC 6184's receiver: the NAL units of these packets.
fn unpack(packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut nals: Vec<Vec<u8>> = vec![];
    for packet in packets {
        let payload = &packet[HEADER..];
        match payload[0] & 0x1f {
            STAP_A => {
                let mut rest = &payload[1..];
                while !rest.is_empty() {
                    let size = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
                    nals.push(rest[2..2 + size].to_vec());
                    rest = &rest[2 + size..];
                }
            }
            FU_A => {
                if payload[1] & FU_START != 0 {
                    nals.push(vec![payload[0] & 0xe0 | payload[1] & 0x1f]);
                }
                nals.last_mut().unwrap().extend_from_slice(&payload[2..]);
            }
            _ => nals.push(payload.to_vec()),
        }
    }
    nals
}

/// A NAL unit of any kind; what no NAL unit can hold (a start code, a zero at the end) is left out.
fn nal() -> impl Strategy<Value = Vec<u8>> {
    let size = prop_oneof![1usize..6, 1usize..80, 1100usize..1180, 2000usize..6000];
    (any::<u8>(), size, any::<u8>()).prop_map(|(header, size, seed)| {
        let body = (0..size).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed) | 2);
        std::iter::once(header).chain(body).collect()
    })
}

proptest! {
    #[test]
    fn unpacked_is_what_was_packed(
        nals in prop::collection::vec(nal(), 0..12), limit in 40usize..1300, captured in any::<u32>()
    ) {
        let unit: Vec<u8> = nals.iter().flat_map(|nal| [&[0, 0, 0, 1][..], nal].concat()).collect();
        let mut packetizer = Packetizer { limit, ..Packetizer::default() };
        let (key, packets) = pack(&mut packetizer, &unit, captured.into());
        let sent: Vec<Vec<u8>> = nals.into_iter().filter(|nal| NalKind::of(nal) != NalKind::Dropped).collect();
        prop_assert_eq!(key, sent.iter().any(|nal| nal[0] & 0x1f == 5));
        prop_assert_eq!(unpack(&packets), sent);
        for (index, packet) in packets.iter().enumerate() {
            prop_assert!(packet.len() <= limit);
            prop_assert_eq!(packet[0], 0x80);
            prop_assert_eq!(packet[1] & 0x7f, PAYLOAD_TYPE);
            prop_assert_eq!(packet[1] & MARKER != 0, index + 1 == packets.len());
            prop_assert_eq!(&packet[2..4], &[0, 0]);
            prop_assert_eq!(&packet[4..8], &packets[0][4..8]);
        }
    }

    #[test]
    fn any_bytes_make_no_packet_too_long(unit in prop::collection::vec(prop_oneof![Just(0u8), Just(1u8), any::<u8>()], 0..4000)) {
        let (_, packets) = pack(&mut Packetizer::default(), &unit, 0);
        prop_assert!(packets.iter().all(|packet| packet.len() <= MAX_PACKET && packet.len() > HEADER + 1));
    }
}

#[test]
fn after_a_night_without_viewers_the_clock_is_right_again() {
    let mut packetizer = Packetizer::default();
    let unit = [0, 0, 1, 0x41, 1];
    for captured in [1_000_000, 8 * 3_600_000_000, 8 * 3_600_000_000 + 33_333].map(Micros) {
        let (_, packets) = packetizer.pack(&unit, captured);
        let packet = packets.iter().next().unwrap();
        assert_eq!(packet[4..8], Timestamp::of(captured).0.to_be_bytes(), "{captured:?}");
    }
}

#[test]
fn a_capture_time_that_cannot_be_is_now() {
    let now = Micros(20_000_000);
    for (said, taken) in [
        (20_000_000, 20_000_000),
        (19_990_000, 19_990_000),
        (20_000_001, 20_000_000),
        (u64::MAX, 20_000_000),
        (0, 20_000_000),
    ] {
        assert_eq!(captured_at(Micros(said), now), Micros(taken), "{said}");
    }
}
