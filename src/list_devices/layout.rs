//! The one table from V4L2's pixel format codes to DRM's, which name a DMA-BUF's layout to GPUs and displays.
//!
//! The two count differently for RGB: V4L2 names the bytes in memory, DRM the bits of a little-endian word. So
//! `RGB3` (R, G, B in memory) is DRM's `BG24`, and the other way round.

use drm_fourcc::DrmFourcc;

/// A V4L2 pixel format without a layout that DRM knows: compressed, or unknown to this table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoLayout;

/// A V4L2 pixel format code, as the four letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct V4l2Code(pub [u8; 4]);

impl TryFrom<V4l2Code> for DrmFourcc {
    type Error = NoLayout;

    fn try_from(V4l2Code(code): V4l2Code) -> Result<Self, NoLayout> {
        Ok(match &code {
            b"YUYV" => Self::Yuyv,
            b"YVYU" => Self::Yvyu,
            b"UYVY" => Self::Uyvy,
            b"VYUY" => Self::Vyuy,
            b"NV12" => Self::Nv12,
            b"NV21" => Self::Nv21,
            b"NV16" => Self::Nv16,
            b"NV61" => Self::Nv61,
            b"NV24" => Self::Nv24,
            b"NV42" => Self::Nv42,
            b"YU12" => Self::Yuv420,
            b"YV12" => Self::Yvu420,
            b"422P" => Self::Yuv422,
            b"444P" => Self::Yuv444,
            b"GREY" => Self::R8,
            b"RGBP" => Self::Rgb565,
            b"RGB3" => Self::Bgr888,
            b"BGR3" => Self::Rgb888,
            b"XR24" => Self::Xrgb8888,
            b"AR24" => Self::Argb8888,
            b"XB24" => Self::Xbgr8888,
            b"AB24" => Self::Abgr8888,
            _ => return Err(NoLayout),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_names_are_the_same_in_both_worlds() {
        for code in [b"YUYV", b"UYVY", b"NV12", b"NV16", b"NV24", b"YU12", b"YV12", b"XR24"] {
            let drm = DrmFourcc::try_from(V4l2Code(*code)).expect("a layout");
            assert_eq!((drm as u32).to_le_bytes(), *code);
        }
    }

    #[test]
    fn rgb_is_named_the_other_way_round() {
        // linux/videodev2.h: RGB3 is R-G-B in memory; drm_fourcc.h: BG24 is [23:0] B:G:R little endian, the same.
        assert_eq!(
            DrmFourcc::try_from(V4l2Code(*b"RGB3")).map(|drm| (drm as u32).to_le_bytes()),
            Ok(*b"BG24")
        );
        assert_eq!(
            DrmFourcc::try_from(V4l2Code(*b"BGR3")).map(|drm| (drm as u32).to_le_bytes()),
            Ok(*b"RG24")
        );
        assert_eq!(
            DrmFourcc::try_from(V4l2Code(*b"RGBP")).map(|drm| (drm as u32).to_le_bytes()),
            Ok(*b"RG16")
        );
    }

    #[test]
    fn compressed_formats_have_no_layout() {
        for code in [b"MJPG", b"JPEG", b"H264"] {
            assert_eq!(DrmFourcc::try_from(V4l2Code(*code)), Err(NoLayout));
        }
    }
}
