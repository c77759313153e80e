//! An EDID's file: what is taken is whole, and reads the same from either of its forms.

use v4l2m2m::Edid;

pub fn run(content: &[u8]) {
    // Checksums are hard to guess: the input also counts as the bytes to which they belong.
    let mut whole = content.to_vec();
    for block in whole.chunks_exact_mut(128) {
        let sum = block[..127].iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        block[127] = sum.wrapping_neg();
    }
    for content in [content, &whole] {
        let Ok(edid) = Edid::parse(content) else { continue };
        let sums =
            edid.bytes().chunks(128).map(|block| block.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)));
        assert!(sums.into_iter().all(|sum| sum == 0), "a checksum is wrong");
        assert!(edid.bytes().len().is_multiple_of(128) && edid.bytes().starts_with(&[0, 255, 255]));
        assert_eq!(Edid::parse(edid.bytes()).as_ref(), Ok(&edid));
        assert_eq!(Edid::parse(edid.to_string().as_bytes()).as_ref(), Ok(&edid));
    }
}
