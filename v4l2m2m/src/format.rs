//! Names of things about pictures: pixel formats and sizes.

use std::fmt;

/// A V4L2 pixel format: four characters, first in the lowest byte (kernel documentation, "Image Formats").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FourCc(pub u32);

macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        impl FourCc {
            $($(#[$doc])* pub const $name: FourCc = FourCc(u32::from_le_bytes(*$code));)*
        }
    };
}

formats! {
    /// Packed 4:2:2, Y0 U Y1 V.
    YUYV = b"YUYV";
    /// Packed 4:2:2, Y0 V Y1 U.
    YVYU = b"YVYU";
    /// Packed 4:2:2, U Y0 V Y1.
    UYVY = b"UYVY";
    /// Packed 4:2:2, V Y0 U Y1.
    VYUY = b"VYUY";
    /// Planar 4:2:0, Y then U then V.
    YUV420 = b"YU12";
    /// Planar 4:2:0, Y then V then U.
    YVU420 = b"YV12";
    /// Two planes 4:2:0, Y then UV interleaved.
    NV12 = b"NV12";
    /// As NV12, with VU interleaved.
    NV21 = b"NV21";
    /// Two planes 4:2:2.
    NV16 = b"NV16";
    /// Two planes 4:4:4.
    NV24 = b"NV24";
    /// 5, 6 and 5 bits in two bytes.
    RGB565 = b"RGBP";
    /// Three bytes, R first.
    RGB24 = b"RGB3";
    /// Three bytes, B first.
    BGR24 = b"BGR3";
    /// Luma alone.
    GREY = b"GREY";
    /// Motion JPEG.
    MJPEG = b"MJPG";
    /// JPEG.
    JPEG = b"JPEG";
    /// H.264, Annex B.
    H264 = b"H264";
}

impl FourCc {
    /// Whether a picture of this format is a bitstream, without rows.
    pub fn is_compressed(self) -> bool {
        matches!(self, Self::MJPEG | Self::JPEG | Self::H264)
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.to_le_bytes() {
            write!(f, "{}", byte.escape_ascii())?;
        }
        Ok(())
    }
}

/// A picture's size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Size {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}
