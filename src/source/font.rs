//! Letters for the pictures that we make ourselves.

use font8x8::legacy::BASIC_LEGACY;

/// Eight rows, lowest bit left; a character outside ASCII is a filled block.
pub fn glyph(character: char) -> [u8; 8] {
    BASIC_LEGACY.get(character as usize).copied().unwrap_or([0x7f; 8])
}

/// The largest scale at which `characters` fit into `width` pixels, at least 1.
pub fn scale_to_fit(characters: usize, width: usize) -> usize {
    (width / (8 * characters.max(1))).max(1)
}
