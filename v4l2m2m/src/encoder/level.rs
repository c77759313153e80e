//! The stream's rate and level: what an encoder of the Raspberry Pi's kind is told it must keep up with.

use crate::Size;
use crate::sys::lp64::{
    V4L2_MPEG_VIDEO_H264_LEVEL_4_0, V4L2_MPEG_VIDEO_H264_LEVEL_4_2, V4L2_MPEG_VIDEO_H264_LEVEL_5_1,
};

/// Levels worth naming, with the macroblocks they allow a second and in a picture (H.264 table A-1). Lower ones gain nothing.
const LEVELS: [(u32, u32, u32); 3] = [
    (V4L2_MPEG_VIDEO_H264_LEVEL_4_0, 245_760, 8_192),
    (V4L2_MPEG_VIDEO_H264_LEVEL_4_2, 522_240, 8_704),
    (V4L2_MPEG_VIDEO_H264_LEVEL_5_1, 983_040, 36_864),
];

/// Pictures a second to plan for, 30 or 60. The hardware's specification ends at 720p60 and 1080p30; `boost` is for clocked-up
/// chips. Not less than 30, and never 0: the firmware then makes damaged pictures after a while.
pub(super) fn rate(size: Size, boost: bool, source_fps: Option<f64>) -> u32 {
    let able = boost || size.width * size.height <= 1280 * 720;
    let wanted = source_fps.is_none_or(|fps| fps > 31.0);
    if able && wanted { 60 } else { 30 }
}

/// The lowest level that holds such a stream, as the kernel numbers levels.
pub(super) fn level(size: Size, rate: u32) -> u32 {
    let macroblocks = size.width.div_ceil(16) * size.height.div_ceil(16);
    LEVELS
        .into_iter()
        .find(|&(_, per_second, in_picture)| macroblocks * rate <= per_second && macroblocks <= in_picture)
        .map_or(V4L2_MPEG_VIDEO_H264_LEVEL_5_1, |(level, ..)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_level_of_common_signals() {
        let of = |width, height, boost, fps| {
            let size = Size { width, height };
            let rate = rate(size, boost, Some(fps));
            (rate, level(size, rate))
        };
        assert_eq!(of(1280, 720, false, 60.0), (60, V4L2_MPEG_VIDEO_H264_LEVEL_4_0));
        assert_eq!(of(1280, 720, false, 30.0), (30, V4L2_MPEG_VIDEO_H264_LEVEL_4_0));
        assert_eq!(of(1920, 1080, false, 60.0), (30, V4L2_MPEG_VIDEO_H264_LEVEL_4_0));
        assert_eq!(of(1920, 1080, true, 50.0), (60, V4L2_MPEG_VIDEO_H264_LEVEL_4_2));
        assert_eq!(of(1920, 1200, false, 60.0), (30, V4L2_MPEG_VIDEO_H264_LEVEL_5_1));
        assert_eq!(of(1920, 1200, true, 60.0), (60, V4L2_MPEG_VIDEO_H264_LEVEL_5_1));
        assert_eq!(of(1680, 1050, false, 60.0), (30, V4L2_MPEG_VIDEO_H264_LEVEL_4_0));
    }

    #[test]
    fn a_source_that_does_not_say_its_rate_may_be_fast() {
        assert_eq!(rate(Size { width: 640, height: 480 }, false, None), 60);
        assert_eq!(rate(Size { width: 640, height: 480 }, false, Some(0.0)), 30);
    }
}
