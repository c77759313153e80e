//! H.264 of a camera's own, a buffer after the other: each passes whole, and only a key frame gets anything added.
//!
//! Buffers are told apart by eight zeros, which no buffer need have.

use rustreamer::source::h264::{Piece, Stream};

pub fn run(input: &[u8]) {
    let mut stream = Stream::default();
    let mut rest = input;
    while !rest.is_empty() {
        let end = rest.windows(8).position(|bytes| bytes == [0; 8]);
        let unit = &rest[..end.unwrap_or(rest.len())];
        rest = end.map_or(&[], |end| &rest[end + 8..]);
        let Piece::Unit { key, data } = stream.next(unit) else { continue };
        assert!(data.len() >= unit.len(), "bytes are missing");
        let added = data.len() - unit.len();
        assert!(key || added == 0, "something was added that is no key frame's");
        // An SPS and a PPS, of 4096 bytes each at most.
        assert!(added <= 2 * 4097, "{added} bytes were added");
        let common = data.iter().zip(unit).take_while(|(a, b)| a == b).count();
        let inserted = |at: usize| data[at + added..] == unit[at..];
        assert!(added == 0 || (0..=common).rev().any(inserted), "the unit's own bytes were changed");
    }
}
