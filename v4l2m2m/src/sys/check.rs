//! The generated structures and the request numbers against the target's own kernel headers, by the target's C compiler.
//!
//! The C program is nothing but assertions, so compiling it is the check and it need not run: it also works for a
//! foreign target. `CC_<target>` (as in `CC_aarch64_unknown_linux_gnu`) names the compiler where the defaults do not suit.

use std::fmt::Write as _;
use std::process::Command;

use super::{call, lp64::*};

/// (C expression, the value here) for each structure's size and fields, and for constants.
fn facts() -> Vec<(String, u64)> {
    let mut facts = Vec::new();
    macro_rules! layout {
        ($($structure:ident { $($field:ident $(= $c:literal)?),* })*) => { $(
            facts.push((format!("sizeof(struct {})", stringify!($structure)), size_of::<$structure>() as u64));
            $(
                #[allow(unused_mut, unused_assignments)]
                let mut c = stringify!($field);
                $(c = $c;)?
                facts.push((
                    format!("offsetof(struct {}, {c})", stringify!($structure)),
                    std::mem::offset_of!($structure, $field) as u64,
                ));
            )*
        )* };
    }
    layout! {
        v4l2_capability { driver, card, bus_info, version, capabilities, device_caps, reserved }
        v4l2_fmtdesc { index, type_ = "type", flags, description, pixelformat, mbus_code }
        v4l2_frmsizeenum { index, pixel_format, type_ = "type", __bindgen_anon_1 = "discrete" }
        v4l2_frmsize_discrete { width, height }
        v4l2_frmsize_stepwise { min_width, max_width, step_width, min_height, max_height, step_height }
        v4l2_format { type_ = "type", fmt }
        v4l2_pix_format { width, height, pixelformat, field, bytesperline, sizeimage, colorspace, priv_ = "priv", flags, quantization, xfer_func }
        v4l2_pix_format_mplane { width, height, pixelformat, field, colorspace, plane_fmt, num_planes, flags, quantization, xfer_func }
        v4l2_plane_pix_format { sizeimage, bytesperline, reserved }
        v4l2_requestbuffers { count, type_ = "type", memory, capabilities }
        v4l2_buffer { index, type_ = "type", bytesused, flags, field, timestamp, timecode, sequence, memory, m, length, reserved2 }
        v4l2_plane { bytesused, length, m, data_offset }
        v4l2_exportbuffer { type_ = "type", index, plane, flags, fd }
        v4l2_streamparm { type_ = "type", parm }
        v4l2_captureparm { capability, capturemode, timeperframe }
        v4l2_outputparm { capability, outputmode, timeperframe }
        v4l2_fract { numerator, denominator }
        v4l2_queryctrl { id, type_ = "type", name, minimum, maximum, step, default_value, flags }
        v4l2_querymenu { id, index, __bindgen_anon_1 = "name", reserved }
        v4l2_control { id, value }
        v4l2_dv_timings { type_ = "type", __bindgen_anon_1 = "bt" }
        v4l2_bt_timings { width, height, interlaced, pixelclock, hfrontporch, hsync, hbackporch, vfrontporch, vsync, vbackporch, il_vfrontporch, il_vsync, il_vbackporch }
        v4l2_event { type_ = "type", u, pending, sequence, timestamp, id }
        v4l2_event_src_change { changes }
        v4l2_event_subscription { type_ = "type", id, flags }
        v4l2_edid { pad, start_block, blocks, reserved, edid }
        dma_buf_sync { flags }
        dma_heap_allocation_data { len, fd, fd_flags, heap_flags }
        v4l2_encoder_cmd { cmd, flags, __bindgen_anon_1 = "raw" }
        media_v2_topology { topology_version, num_entities, ptr_entities, num_interfaces, ptr_interfaces, num_pads, ptr_pads, num_links, ptr_links }
        media_v2_entity { id, name, function, flags }
        media_v2_interface { id, intf_type, flags, __bindgen_anon_1 = "devnode" }
        media_v2_intf_devnode { major, minor }
        media_v2_pad { id, entity_id, flags, index }
        media_v2_link { id, source_id, sink_id, flags }
        media_link_desc { source, sink, flags }
        media_pad_desc { entity, index, flags }
        v4l2_subdev_format { which, pad, format }
        v4l2_mbus_framefmt { width, height, code, field, colorspace }
    }
    macro_rules! constants {
        ($($name:ident)*) => { $(facts.push((concat!("(unsigned int)", stringify!($name)).to_owned(), u64::from($name)));)* };
    }
    facts.push(("V4L2_CTRL_TYPE_MENU".to_owned(), u64::from(super::control::TYPE_MENU)));
    constants! {
        V4L2_CAP_VIDEO_CAPTURE V4L2_CAP_VIDEO_CAPTURE_MPLANE V4L2_CAP_VIDEO_M2M V4L2_CAP_VIDEO_M2M_MPLANE
        V4L2_CAP_STREAMING V4L2_CAP_IO_MC V4L2_CAP_DEVICE_CAPS
        V4L2_BUF_FLAG_KEYFRAME V4L2_BUF_FLAG_ERROR V4L2_BUF_FLAG_LAST
        V4L2_BUF_FLAG_TIMESTAMP_MASK V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
        V4L2_BUF_TYPE_VIDEO_CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE V4L2_BUF_TYPE_VIDEO_OUTPUT V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
        V4L2_MEMORY_MMAP V4L2_MEMORY_DMABUF V4L2_FIELD_ANY V4L2_FRMSIZE_TYPE_DISCRETE
        V4L2_CTRL_FLAG_DISABLED
        V4L2_CID_MPEG_VIDEO_BITRATE V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME
        V4L2_CID_MPEG_VIDEO_H264_I_PERIOD V4L2_CID_MPEG_VIDEO_H264_LEVEL V4L2_CID_MPEG_VIDEO_H264_PROFILE
        V4L2_CID_MPEG_VIDEO_H264_MIN_QP V4L2_CID_MPEG_VIDEO_H264_MAX_QP V4L2_CID_DV_RX_POWER_PRESENT
        V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE V4L2_MPEG_VIDEO_H264_LEVEL_1_0 V4L2_MPEG_VIDEO_H264_LEVEL_5_1
        V4L2_COLORSPACE_SMPTE170M V4L2_EVENT_SOURCE_CHANGE V4L2_EVENT_EOS V4L2_EVENT_SRC_CH_RESOLUTION
        V4L2_ENC_CMD_START V4L2_ENC_CMD_STOP
        DMA_BUF_SYNC_READ DMA_BUF_SYNC_WRITE DMA_BUF_SYNC_START DMA_BUF_SYNC_END
        VIDEO_MAX_FRAME VIDEO_MAX_PLANES V4L2_CID_USER_TC358743_BASE V4L2_SUBDEV_FORMAT_ACTIVE
        MEDIA_INTF_T_V4L_SUBDEV MEDIA_PAD_FL_SINK MEDIA_LNK_FL_ENABLED MEDIA_LNK_FL_IMMUTABLE MEDIA_LNK_FL_LINK_TYPE
        MEDIA_LNK_FL_DATA_LINK MEDIA_LNK_FL_INTERFACE_LINK
        MEDIA_BUS_FMT_UYVY8_1X16 MEDIA_BUS_FMT_VYUY8_1X16 MEDIA_BUS_FMT_YUYV8_1X16 MEDIA_BUS_FMT_YVYU8_1X16
        MEDIA_BUS_FMT_RGB565_1X16 MEDIA_BUS_FMT_RGB888_1X24 MEDIA_BUS_FMT_BGR888_1X24 MEDIA_BUS_FMT_Y8_1X8
    }
    for (name, code) in call::REQUESTS {
        let c = match *name {
            "dma_buf_sync" => "DMA_BUF_IOCTL_SYNC".to_owned(),
            "dma_heap_alloc" => "DMA_HEAP_IOCTL_ALLOC".to_owned(),
            "g_topology" | "setup_link" => format!("MEDIA_IOC_{}", name.to_uppercase()),
            name => format!("VIDIOC_{}", name.to_uppercase()),
        };
        facts.push((format!("(unsigned int)({c})"), *code));
    }
    facts
}

/// The first compiler that says it makes code for the architecture this test was built for.
fn compiler() -> String {
    let named = std::env::vars().find(|(k, _)| k.starts_with(&format!("CC_{}", std::env::consts::ARCH)));
    let cross = format!("{}-linux-gnu-gcc", std::env::consts::ARCH);
    named
        .map(|(_, compiler)| compiler)
        .into_iter()
        .chain(["cc".to_owned(), cross])
        .find(|compiler| {
            let answer = Command::new(compiler).arg("-dumpmachine").output();
            answer.is_ok_and(|o| o.stdout.starts_with(std::env::consts::ARCH.as_bytes()))
        })
        .expect("a C compiler for this architecture: install gcc, or name it in CC_<target>")
}

/// Whether the headers agree, with the compiler's complaints.
fn compile(facts: &[(String, u64)]) -> (bool, String) {
    let mut c = "#include <stddef.h>\n#include <linux/videodev2.h>\n#include <linux/dma-buf.h>\n\
                     #include <linux/dma-heap.h>\n#include <linux/media.h>\n#include <linux/v4l2-subdev.h>\n"
        .to_owned();
    for (expression, value) in facts {
        writeln!(c, "_Static_assert({expression} == {value}ull, \"{expression} is not {value}\");").unwrap();
    }
    let folder = std::env::temp_dir().join(format!("v4l2m2m-check-{}-{}", std::process::id(), facts.len()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("check.c"), c).unwrap();
    let output =
        Command::new(compiler()).args(["-fsyntax-only", "check.c"]).current_dir(&folder).output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_targets_own_headers_agree() {
    let facts = facts();
    assert!(facts.len() > 200, "only {} facts", facts.len());
    let (agree, complaints) = compile(&facts);
    assert!(agree, "{complaints}");
}

/// The check can fail: one number changed is found, and named.
#[test]
fn a_wrong_number_is_found() {
    let mut facts = facts();
    facts[9].1 += 1;
    let name = facts[9].0.clone();
    facts.truncate(20);
    let (agree, complaints) = compile(&facts);
    assert!(!agree);
    assert!(complaints.contains(&name), "{complaints}");
}
