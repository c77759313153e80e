//! The V4L2 bindings' recipe: which structures and constants of the kernel's headers the `v4l2m2m` crate uses.
//!
//! The result is a file in the repository, `v4l2m2m/src/sys/lp64.rs`, so that building needs no libclang; the test here
//! keeps it equal to what the recipe gives. It is valid for every target with 64-bit `long` and pointers: bindgen's output
//! for x86-64 and aarch64 is the same. 32-bit targets do not compile: the file asserts each size.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

const HEADERS: &str = "#include <linux/videodev2.h>\n#include <linux/dma-buf.h>\n#include <linux/dma-heap.h>\n\
                       #include <linux/media.h>\n#include <linux/v4l2-subdev.h>\n#include <linux/media-bus-format.h>\n";

const STRUCTURES: &[&str] = &[
    "v4l2_capability",
    "v4l2_fmtdesc",
    "v4l2_frmsizeenum",
    "v4l2_format",
    "v4l2_requestbuffers",
    "v4l2_buffer",
    "v4l2_plane",
    "v4l2_exportbuffer",
    "v4l2_streamparm",
    "v4l2_queryctrl",
    "v4l2_querymenu",
    "v4l2_control",
    "v4l2_dv_timings",
    "v4l2_event",
    "v4l2_event_subscription",
    "v4l2_edid",
    "v4l2_encoder_cmd",
    "dma_buf_sync",
    "dma_heap_allocation_data",
    "media_v2_topology",
    "media_v2_entity",
    "media_v2_interface",
    "media_v2_pad",
    "media_v2_link",
    "media_link_desc",
    "v4l2_subdev_format",
];

const CONSTANTS: &[&str] = &[
    "V4L2_CAP_(VIDEO_CAPTURE|VIDEO_CAPTURE_MPLANE|VIDEO_M2M|VIDEO_M2M_MPLANE|STREAMING|IO_MC|DEVICE_CAPS|TIMEPERFRAME)",
    "V4L2_BUF_FLAG_(KEYFRAME|ERROR|LAST|TIMESTAMP_MASK|TIMESTAMP_MONOTONIC|TIMESTAMP_COPY)",
    "V4L2_CTRL_FLAG_(DISABLED|READ_ONLY|NEXT_CTRL)",
    "V4L2_CID_MPEG_VIDEO_(BITRATE|BITRATE_MODE|REPEAT_SEQ_HEADER|FORCE_KEY_FRAME|H264_(I_PERIOD|LEVEL|PROFILE|MIN_QP|MAX_QP))",
    "V4L2_CID_JPEG_COMPRESSION_QUALITY",
    "V4L2_CID_DV_RX_POWER_PRESENT",
    "V4L2_CID_USER_TC358743_BASE",
    "V4L2_ENC_CMD_(START|STOP)",
    "V4L2_EVENT_(SOURCE_CHANGE|EOS)",
    "V4L2_EVENT_SRC_CH_RESOLUTION",
    "DMA_BUF_SYNC_(READ|WRITE|START|END)",
    "VIDEO_MAX_(FRAME|PLANES)",
    "MEDIA_INTF_T_V4L_SUBDEV",
    "MEDIA_PAD_FL_SINK",
    "MEDIA_LNK_FL_(ENABLED|IMMUTABLE|LINK_TYPE|DATA_LINK|INTERFACE_LINK)",
    "MEDIA_BUS_FMT_(UYVY8|VYUY8|YUYV8|YVYU8|RGB565)_1X16",
    "MEDIA_BUS_FMT_(RGB888_1X24|BGR888_1X24|Y8_1X8)",
];

const ENUMS: &[&str] = &[
    "v4l2_buf_type",
    "v4l2_memory",
    "v4l2_field",
    "v4l2_colorspace",
    "v4l2_frmsizetypes",
    "v4l2_mpeg_video_h264_level",
    "v4l2_mpeg_video_h264_profile",
    "v4l2_mpeg_video_bitrate_mode",
    "v4l2_subdev_format_whence",
];

/// Where the result belongs.
pub fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/sys/lp64.rs")
}

/// What the kernel headers of this machine give, formatted as the repository is.
pub fn generate() -> Result<String, bindgen::BindgenError> {
    let mut builder = bindgen::Builder::default()
        .header_contents("v4l2m2m.h", HEADERS)
        .rust_target(bindgen::RustTarget::stable(82, 0).unwrap_or_default())
        .rustfmt_configuration_file(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rustfmt.toml").canonicalize().ok(),
        )
        .raw_line("// Made by `make bindings` from <linux/videodev2.h>, <linux/dma-buf.h>, <linux/dma-heap.h>, <linux/media.h> and <linux/v4l2-subdev.h>. Do not edit.")
        .raw_line(headers())
        .disable_header_comment()
        .derive_default(true)
        .derive_debug(false)
        .prepend_enum_name(false)
        .generate_comments(false)
        .layout_tests(true);
    for item in STRUCTURES {
        builder = builder.allowlist_type(item);
    }
    for item in CONSTANTS {
        builder = builder.allowlist_var(item);
    }
    for item in ENUMS {
        builder = builder.allowlist_type(item);
    }
    Ok(builder.generate()?.to_string())
}

/// Which kernel's headers this machine has (`LINUX_VERSION_CODE`), as a line of the result.
fn headers() -> String {
    let text = std::fs::read_to_string("/usr/include/linux/version.h").unwrap_or_default();
    let code = text.lines().find_map(|line| line.strip_prefix("#define LINUX_VERSION_CODE "));
    format!("// Headers of LINUX_VERSION_CODE {}", code.unwrap_or("unknown").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Someone changed the recipe, or the kernel's interface, without `make bindings`; or edited the file. Headers of another kernel
    /// may have more: then every constant must still be there with its value. (Layouts are compared by `v4l2m2m`'s own tests, with
    /// the C compiler.)
    #[test]
    fn the_committed_file_is_what_the_headers_give() {
        let fresh = generate().unwrap();
        let committed = std::fs::read_to_string(committed()).unwrap();
        if committed.contains(&headers()) {
            let differing = fresh.lines().zip(committed.lines()).find(|(a, b)| a != b);
            assert_eq!(differing, None, "run `make bindings` (left: the headers, right: the repository)");
            assert_eq!(fresh.lines().count(), committed.lines().count(), "run `make bindings`");
            return;
        }
        let constants = |text: &str| -> Vec<String> {
            text.lines().filter(|line| line.starts_with("pub const ")).map(str::to_owned).collect()
        };
        let (known, there) = (constants(&committed), constants(&fresh));
        assert!(known.len() > 50, "{}", known.len());
        let gone: Vec<_> = known.iter().filter(|line| !there.contains(line)).collect();
        assert!(gone.is_empty(), "not in this machine's headers: {gone:?}");
    }
}
