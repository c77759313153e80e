//! A JPEG's segments: what lies before its picture (ITU-T T.81, annex B).
//!
//! What must always hold: whatever the bytes are, the walk goes forward and ends; a segment's place may reach beyond them.

use std::ops::Range;

use super::START;

/// Huffman tables (`DHT`).
pub const DEFINE_HUFFMAN_TABLES: u8 = 0xc4;
/// How the picture's data is to be read (`SOS`); that data follows.
pub const START_OF_SCAN: u8 = 0xda;
/// After how many units restart markers come (`DRI`).
pub const DEFINE_RESTART_INTERVAL: u8 = 0xdd;
/// Size and components of a baseline picture (`SOF0`).
pub const START_OF_FRAME: u8 = 0xc0;

/// The segments of a JPEG up to its first scan: each one's marker and place.
pub fn segments(jpeg: &[u8]) -> impl Iterator<Item = (u8, Range<usize>)> + '_ {
    let mut next = START.len();
    std::iter::from_fn(move || {
        let start = next;
        let [0xff, marker, high, low] = *jpeg.get(start..start + 4)? else { return None };
        // A marker may be padded with any number of 0xff.
        let (marker, length) = match marker {
            0xff => {
                next = start + 1;
                return Some((0xff, start..next));
            }
            marker => (marker, usize::from(u16::from_be_bytes([high, low]))),
        };
        next = if marker == START_OF_SCAN { jpeg.len() } else { start + 2 + length.max(2) };
        Some((marker, start..next))
    })
}
