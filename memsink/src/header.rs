//! One frame's description, and how it stands in an object's header, whichever version that has.

use crate::abi::{AT_ID, AT_MAGIC, AT_USED, AT_VERSION, Layout};
use crate::long_double;
use crate::region::Region;
use crate::time::Micros;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// V4L2's code of H.264, `H264`.
pub const FORMAT_H264: u32 = u32::from_le_bytes(*b"H264");
/// V4L2's code of JPEG, `JPEG`.
pub const FORMAT_JPEG: u32 = u32::from_le_bytes(*b"JPEG");

/// What is known of a frame beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrameInfo {
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// V4L2 pixel format.
    pub format: u32,
    /// Bytes from one row to the next for raw pictures, otherwise 0.
    pub stride: u32,
    /// False for a picture that stands in for a missing source.
    pub online: bool,
    /// H.264: this access unit is a key frame.
    pub key: bool,
    /// H.264: frames from one key frame to the next, as configured; version 2 lacks it.
    pub gop: u32,
    /// When the driver began to fill the buffer.
    pub grab_begin: Micros,
    /// When the buffer was dequeued; versions below 7b lack it.
    pub grab_end: Micros,
    /// When encoding began.
    pub encode_begin: Micros,
    /// When encoding ended.
    pub encode_end: Micros,
}

/// Bytes of the longest header.
const LONGEST: usize = 160;

/// A private copy of an object's header, so that what was checked is what is used.
pub(crate) struct Header {
    /// Zero beyond `len`.
    bytes: [u8; LONGEST],
    len: usize,
}

impl Header {
    /// Copies the header, or as much of it as there is.
    pub fn read(file: &File) -> io::Result<Header> {
        let mut bytes = [0; LONGEST];
        let len = file.read_at(&mut bytes, 0)?;
        Ok(Header { bytes, len })
    }

    /// Bytes that were there.
    pub fn len(&self) -> usize {
        self.len
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        std::array::from_fn(|n| self.bytes[at + n])
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.array(at))
    }

    fn time(&self, at: usize) -> Micros {
        long_double::decode(self.array(at))
    }

    /// What tells a sink from anything else.
    pub fn magic(&self) -> u64 {
        u64::from_le_bytes(self.array(AT_MAGIC))
    }

    /// The number of the ABI's version.
    pub fn version(&self) -> u32 {
        self.number(AT_VERSION)
    }

    /// The frame's mark.
    pub fn id(&self) -> u64 {
        u64::from_le_bytes(self.array(AT_ID))
    }

    /// The payload's size in bytes, as the header says it, which need not be true.
    pub fn used(&self) -> u64 {
        u64::from_le_bytes(self.array(AT_USED))
    }

    /// The frame's description.
    pub fn info(&self, layout: &Layout) -> FrameInfo {
        let at = layout.geometry;
        let grab_begin = self.time(layout.grab_begin);
        FrameInfo {
            width: self.number(at),
            height: self.number(at + 4),
            format: self.number(at + 8),
            stride: self.number(at + 12),
            online: self.bytes[layout.online] != 0,
            key: self.bytes[layout.key] != 0,
            gop: layout.gop.map_or(0, |at| self.number(at)),
            grab_begin,
            grab_end: layout.grab_end.map_or(grab_begin, |at| self.time(at)),
            encode_begin: self.time(layout.encode_begin),
            encode_end: self.time(layout.encode_end),
        }
    }
}

/// Writes the description and the payload's size.
pub(crate) fn write(region: &Region, layout: &Layout, info: &FrameInfo, used: usize) {
    region.write(AT_USED, &(used as u64).to_le_bytes());
    for (n, value) in [info.width, info.height, info.format, info.stride].into_iter().enumerate() {
        region.write(layout.geometry + 4 * n, &value.to_le_bytes());
    }
    region.store_u8(layout.online, info.online.into());
    region.store_u8(layout.key, info.key.into());
    if let Some(at) = layout.gop {
        region.write(at, &info.gop.to_le_bytes());
    }
    region.write(layout.grab_begin, &long_double::encode(info.grab_begin));
    if let Some(at) = layout.grab_end {
        region.write(at, &long_double::encode(info.grab_end));
    }
    region.write(layout.encode_begin, &long_double::encode(info.encode_begin));
    region.write(layout.encode_end, &long_double::encode(info.encode_end));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Abi;
    use proptest::prelude::*;

    #[test]
    fn the_longest_header_is_that() {
        assert_eq!(Abi::ALL.map(|abi| abi.layout().data).into_iter().max(), Some(LONGEST));
    }

    proptest! {
        /// Whatever the bytes are, in whichever version: a description, in which each time is one that can be kept.
        #[test]
        fn any_bytes_are_some_description(
            bytes in prop::array::uniform32(prop::array::uniform5(any::<u8>())),
            len in 0..=LONGEST,
        ) {
            let mut all = [0; LONGEST];
            all[..len].copy_from_slice(&bytes.as_flattened()[..len]);
            let header = Header { bytes: all, len };
            for abi in Abi::ALL {
                let info = header.info(abi.layout());
                for time in [info.grab_begin, info.grab_end, info.encode_begin, info.encode_end] {
                    let again = long_double::decode(long_double::encode(time));
                    prop_assert!(time.0 >= 1 << 53 || again == time);
                }
            }
        }
    }
}
