//! One frame's description, and how it stands in an object's header, whichever version that has.

use crate::abi::{AT_ID, AT_USED, Abi, Layout};
use crate::long_double;
use crate::region::Region;
use crate::time::Micros;

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
    /// H.264: frames from one key frame to the next, as configured; versions 2 lacks it.
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

fn number(region: &Region, at: usize) -> u32 {
    u32::from_le_bytes(region.array(at))
}

fn time(region: &Region, at: usize) -> Micros {
    long_double::decode(region.array(at))
}

/// Reads the frame's description.
pub(crate) fn read(region: &Region, layout: &Layout) -> FrameInfo {
    let at = layout.geometry;
    let grab_begin = time(region, layout.grab_begin);
    FrameInfo {
        width: number(region, at),
        height: number(region, at + 4),
        format: number(region, at + 8),
        stride: number(region, at + 12),
        online: region.load_u8(layout.online) != 0,
        key: region.load_u8(layout.key) != 0,
        gop: layout.gop.map_or(0, |at| number(region, at)),
        grab_begin,
        grab_end: layout.grab_end.map_or(grab_begin, |at| time(region, at)),
        encode_begin: time(region, layout.encode_begin),
        encode_end: time(region, layout.encode_end),
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

/// The payload's size as the header says it, when that lies inside the object.
pub(crate) fn used(region: &Region, abi: Abi) -> Option<usize> {
    let used = usize::try_from(region.load_u64(AT_USED)).ok()?;
    (used <= region.len().saturating_sub(abi.layout().data)).then_some(used)
}

/// The frame's mark: different for each frame, nothing else.
pub(crate) fn id(region: &Region) -> u64 {
    region.load_u64(AT_ID)
}
