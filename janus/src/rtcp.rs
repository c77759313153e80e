//! What a viewer says in RTCP that concerns us: that it cannot go on without a key frame.

/// Payload-specific feedback (RFC 4585).
const PSFB: u8 = 206;
/// Picture loss indication (RFC 4585 6.3.1).
const PLI: u8 = 1;
/// Full intra request (RFC 5104 4.3.1).
const FIR: u8 = 4;

/// Whether a compound packet asks for a key frame. What is not RTCP asks for nothing.
pub fn asks_for_key(mut compound: &[u8]) -> bool {
    while let &[first, kind, high, low, ..] = compound {
        let length = 4 * (usize::from(u16::from_be_bytes([high, low])) + 1);
        if first >> 6 != 2 || length > compound.len() {
            return false;
        }
        // Both have at least the sender's and the media's SSRC.
        if kind == PSFB && matches!(first & 0x1f, PLI | FIR) && length >= 12 {
            return true;
        }
        compound = &compound[length..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RECEIVER_REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 1];
    const PLI_PACKET: [u8; 12] = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    const FIR_PACKET: [u8; 20] = [0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 7, 0, 0, 0];
    const REMB_PACKET: [u8; 20] =
        [0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B', 1, 0, 0, 1];

    #[test]
    fn pli_and_fir_are_found_alone_and_behind_a_report() {
        assert!(asks_for_key(&PLI_PACKET));
        assert!(asks_for_key(&FIR_PACKET));
        assert!(asks_for_key(&[&RECEIVER_REPORT[..], &PLI_PACKET].concat()));
    }

    #[test]
    fn nothing_else_asks() {
        assert!(!asks_for_key(&[]));
        assert!(!asks_for_key(&RECEIVER_REPORT));
        assert!(!asks_for_key(&REMB_PACKET));
        assert!(!asks_for_key(&PLI_PACKET[..11]), "cut off");
        assert!(!asks_for_key(&[0x81, 206, 0, 0]), "without its SSRCs");
        assert!(!asks_for_key(&[&[0x41], &PLI_PACKET[1..]].concat()), "version 1");
        assert!(!asks_for_key(&[&RECEIVER_REPORT[..4], &PLI_PACKET].concat()), "a length that leads astray");
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            asks_for_key(&bytes);
        }
    }
}
