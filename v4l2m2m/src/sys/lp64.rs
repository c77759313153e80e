// Made by `make bindings` from <linux/videodev2.h>, <linux/dma-buf.h>, <linux/dma-heap.h>, <linux/media.h> and <linux/v4l2-subdev.h>. Do not edit.
// Headers of LINUX_VERSION_CODE 393659

pub const V4L2_CID_USER_TC358743_BASE: u32 = 9968000;
pub const V4L2_CID_MPEG_VIDEO_BITRATE_MODE: u32 = 10029518;
pub const V4L2_CID_MPEG_VIDEO_BITRATE: u32 = 10029519;
pub const V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER: u32 = 10029538;
pub const V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME: u32 = 10029541;
pub const V4L2_CID_MPEG_VIDEO_H264_MIN_QP: u32 = 10029665;
pub const V4L2_CID_MPEG_VIDEO_H264_MAX_QP: u32 = 10029666;
pub const V4L2_CID_MPEG_VIDEO_H264_I_PERIOD: u32 = 10029670;
pub const V4L2_CID_MPEG_VIDEO_H264_LEVEL: u32 = 10029671;
pub const V4L2_CID_MPEG_VIDEO_H264_PROFILE: u32 = 10029675;
pub const V4L2_CID_JPEG_COMPRESSION_QUALITY: u32 = 10291459;
pub const V4L2_CID_DV_RX_POWER_PRESENT: u32 = 10488164;
pub const VIDEO_MAX_FRAME: u32 = 32;
pub const VIDEO_MAX_PLANES: u32 = 8;
pub const V4L2_CAP_VIDEO_CAPTURE: u32 = 1;
pub const V4L2_CAP_VIDEO_CAPTURE_MPLANE: u32 = 4096;
pub const V4L2_CAP_VIDEO_M2M_MPLANE: u32 = 16384;
pub const V4L2_CAP_VIDEO_M2M: u32 = 32768;
pub const V4L2_CAP_STREAMING: u32 = 67108864;
pub const V4L2_CAP_IO_MC: u32 = 536870912;
pub const V4L2_CAP_DEVICE_CAPS: u32 = 2147483648;
pub const V4L2_BUF_FLAG_KEYFRAME: u32 = 8;
pub const V4L2_BUF_FLAG_ERROR: u32 = 64;
pub const V4L2_BUF_FLAG_TIMESTAMP_MASK: u32 = 57344;
pub const V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC: u32 = 8192;
pub const V4L2_BUF_FLAG_TIMESTAMP_COPY: u32 = 16384;
pub const V4L2_BUF_FLAG_LAST: u32 = 1048576;
pub const V4L2_CAP_TIMEPERFRAME: u32 = 4096;
pub const V4L2_CTRL_FLAG_DISABLED: u32 = 1;
pub const V4L2_CTRL_FLAG_READ_ONLY: u32 = 4;
pub const V4L2_CTRL_FLAG_NEXT_CTRL: u32 = 2147483648;
pub const V4L2_ENC_CMD_START: u32 = 0;
pub const V4L2_ENC_CMD_STOP: u32 = 1;
pub const V4L2_EVENT_EOS: u32 = 2;
pub const V4L2_EVENT_SOURCE_CHANGE: u32 = 5;
pub const V4L2_EVENT_SRC_CH_RESOLUTION: u32 = 1;
pub const DMA_BUF_SYNC_READ: u32 = 1;
pub const DMA_BUF_SYNC_WRITE: u32 = 2;
pub const DMA_BUF_SYNC_START: u32 = 0;
pub const DMA_BUF_SYNC_END: u32 = 4;
pub const MEDIA_PAD_FL_SINK: u32 = 1;
pub const MEDIA_LNK_FL_ENABLED: u32 = 1;
pub const MEDIA_LNK_FL_IMMUTABLE: u32 = 2;
pub const MEDIA_LNK_FL_LINK_TYPE: u32 = 4026531840;
pub const MEDIA_LNK_FL_DATA_LINK: u32 = 0;
pub const MEDIA_LNK_FL_INTERFACE_LINK: u32 = 268435456;
pub const MEDIA_INTF_T_V4L_SUBDEV: u32 = 515;
pub const MEDIA_BUS_FMT_RGB565_1X16: u32 = 4119;
pub const MEDIA_BUS_FMT_BGR888_1X24: u32 = 4115;
pub const MEDIA_BUS_FMT_RGB888_1X24: u32 = 4106;
pub const MEDIA_BUS_FMT_Y8_1X8: u32 = 8193;
pub const MEDIA_BUS_FMT_UYVY8_1X16: u32 = 8207;
pub const MEDIA_BUS_FMT_VYUY8_1X16: u32 = 8208;
pub const MEDIA_BUS_FMT_YUYV8_1X16: u32 = 8209;
pub const MEDIA_BUS_FMT_YVYU8_1X16: u32 = 8210;
pub type __time_t = ::std::os::raw::c_long;
pub type __suseconds_t = ::std::os::raw::c_long;
pub type __syscall_slong_t = ::std::os::raw::c_long;
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct timeval {
    pub tv_sec: __time_t,
    pub tv_usec: __suseconds_t,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of timeval"][::std::mem::size_of::<timeval>() - 16usize];
    ["Alignment of timeval"][::std::mem::align_of::<timeval>() - 8usize];
    ["Offset of field: timeval::tv_sec"][::std::mem::offset_of!(timeval, tv_sec) - 0usize];
    ["Offset of field: timeval::tv_usec"][::std::mem::offset_of!(timeval, tv_usec) - 8usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct timespec {
    pub tv_sec: __time_t,
    pub tv_nsec: __syscall_slong_t,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of timespec"][::std::mem::size_of::<timespec>() - 16usize];
    ["Alignment of timespec"][::std::mem::align_of::<timespec>() - 8usize];
    ["Offset of field: timespec::tv_sec"][::std::mem::offset_of!(timespec, tv_sec) - 0usize];
    ["Offset of field: timespec::tv_nsec"][::std::mem::offset_of!(timespec, tv_nsec) - 8usize];
};
pub type __u8 = ::std::os::raw::c_uchar;
pub type __u16 = ::std::os::raw::c_ushort;
pub type __s32 = ::std::os::raw::c_int;
pub type __u32 = ::std::os::raw::c_uint;
pub type __s64 = ::std::os::raw::c_longlong;
pub type __u64 = ::std::os::raw::c_ulonglong;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_edid {
    pub pad: __u32,
    pub start_block: __u32,
    pub blocks: __u32,
    pub reserved: [__u32; 5usize],
    pub edid: *mut __u8,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_edid"][::std::mem::size_of::<v4l2_edid>() - 40usize];
    ["Alignment of v4l2_edid"][::std::mem::align_of::<v4l2_edid>() - 8usize];
    ["Offset of field: v4l2_edid::pad"][::std::mem::offset_of!(v4l2_edid, pad) - 0usize];
    ["Offset of field: v4l2_edid::start_block"][::std::mem::offset_of!(v4l2_edid, start_block) - 4usize];
    ["Offset of field: v4l2_edid::blocks"][::std::mem::offset_of!(v4l2_edid, blocks) - 8usize];
    ["Offset of field: v4l2_edid::reserved"][::std::mem::offset_of!(v4l2_edid, reserved) - 12usize];
    ["Offset of field: v4l2_edid::edid"][::std::mem::offset_of!(v4l2_edid, edid) - 32usize];
};
impl Default for v4l2_edid {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const V4L2_MPEG_VIDEO_BITRATE_MODE_VBR: v4l2_mpeg_video_bitrate_mode = 0;
pub const V4L2_MPEG_VIDEO_BITRATE_MODE_CBR: v4l2_mpeg_video_bitrate_mode = 1;
pub const V4L2_MPEG_VIDEO_BITRATE_MODE_CQ: v4l2_mpeg_video_bitrate_mode = 2;
pub type v4l2_mpeg_video_bitrate_mode = ::std::os::raw::c_uint;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_1_0: v4l2_mpeg_video_h264_level = 0;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_1B: v4l2_mpeg_video_h264_level = 1;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_1_1: v4l2_mpeg_video_h264_level = 2;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_1_2: v4l2_mpeg_video_h264_level = 3;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_1_3: v4l2_mpeg_video_h264_level = 4;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_2_0: v4l2_mpeg_video_h264_level = 5;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_2_1: v4l2_mpeg_video_h264_level = 6;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_2_2: v4l2_mpeg_video_h264_level = 7;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_3_0: v4l2_mpeg_video_h264_level = 8;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_3_1: v4l2_mpeg_video_h264_level = 9;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_3_2: v4l2_mpeg_video_h264_level = 10;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_4_0: v4l2_mpeg_video_h264_level = 11;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_4_1: v4l2_mpeg_video_h264_level = 12;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_4_2: v4l2_mpeg_video_h264_level = 13;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_5_0: v4l2_mpeg_video_h264_level = 14;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_5_1: v4l2_mpeg_video_h264_level = 15;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_5_2: v4l2_mpeg_video_h264_level = 16;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_6_0: v4l2_mpeg_video_h264_level = 17;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_6_1: v4l2_mpeg_video_h264_level = 18;
pub const V4L2_MPEG_VIDEO_H264_LEVEL_6_2: v4l2_mpeg_video_h264_level = 19;
pub type v4l2_mpeg_video_h264_level = ::std::os::raw::c_uint;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE: v4l2_mpeg_video_h264_profile = 0;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE: v4l2_mpeg_video_h264_profile = 1;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_MAIN: v4l2_mpeg_video_h264_profile = 2;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_EXTENDED: v4l2_mpeg_video_h264_profile = 3;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_HIGH: v4l2_mpeg_video_h264_profile = 4;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10: v4l2_mpeg_video_h264_profile = 5;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_422: v4l2_mpeg_video_h264_profile = 6;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_444_PREDICTIVE: v4l2_mpeg_video_h264_profile = 7;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10_INTRA: v4l2_mpeg_video_h264_profile = 8;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_422_INTRA: v4l2_mpeg_video_h264_profile = 9;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_444_INTRA: v4l2_mpeg_video_h264_profile = 10;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_CAVLC_444_INTRA: v4l2_mpeg_video_h264_profile = 11;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_SCALABLE_BASELINE: v4l2_mpeg_video_h264_profile = 12;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_SCALABLE_HIGH: v4l2_mpeg_video_h264_profile = 13;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_SCALABLE_HIGH_INTRA: v4l2_mpeg_video_h264_profile = 14;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_STEREO_HIGH: v4l2_mpeg_video_h264_profile = 15;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_MULTIVIEW_HIGH: v4l2_mpeg_video_h264_profile = 16;
pub const V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_HIGH: v4l2_mpeg_video_h264_profile = 17;
pub type v4l2_mpeg_video_h264_profile = ::std::os::raw::c_uint;
pub const V4L2_FIELD_ANY: v4l2_field = 0;
pub const V4L2_FIELD_NONE: v4l2_field = 1;
pub const V4L2_FIELD_TOP: v4l2_field = 2;
pub const V4L2_FIELD_BOTTOM: v4l2_field = 3;
pub const V4L2_FIELD_INTERLACED: v4l2_field = 4;
pub const V4L2_FIELD_SEQ_TB: v4l2_field = 5;
pub const V4L2_FIELD_SEQ_BT: v4l2_field = 6;
pub const V4L2_FIELD_ALTERNATE: v4l2_field = 7;
pub const V4L2_FIELD_INTERLACED_TB: v4l2_field = 8;
pub const V4L2_FIELD_INTERLACED_BT: v4l2_field = 9;
pub type v4l2_field = ::std::os::raw::c_uint;
pub const V4L2_BUF_TYPE_VIDEO_CAPTURE: v4l2_buf_type = 1;
pub const V4L2_BUF_TYPE_VIDEO_OUTPUT: v4l2_buf_type = 2;
pub const V4L2_BUF_TYPE_VIDEO_OVERLAY: v4l2_buf_type = 3;
pub const V4L2_BUF_TYPE_VBI_CAPTURE: v4l2_buf_type = 4;
pub const V4L2_BUF_TYPE_VBI_OUTPUT: v4l2_buf_type = 5;
pub const V4L2_BUF_TYPE_SLICED_VBI_CAPTURE: v4l2_buf_type = 6;
pub const V4L2_BUF_TYPE_SLICED_VBI_OUTPUT: v4l2_buf_type = 7;
pub const V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY: v4l2_buf_type = 8;
pub const V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE: v4l2_buf_type = 9;
pub const V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE: v4l2_buf_type = 10;
pub const V4L2_BUF_TYPE_SDR_CAPTURE: v4l2_buf_type = 11;
pub const V4L2_BUF_TYPE_SDR_OUTPUT: v4l2_buf_type = 12;
pub const V4L2_BUF_TYPE_META_CAPTURE: v4l2_buf_type = 13;
pub const V4L2_BUF_TYPE_META_OUTPUT: v4l2_buf_type = 14;
pub const V4L2_BUF_TYPE_PRIVATE: v4l2_buf_type = 128;
pub type v4l2_buf_type = ::std::os::raw::c_uint;
pub const V4L2_MEMORY_MMAP: v4l2_memory = 1;
pub const V4L2_MEMORY_USERPTR: v4l2_memory = 2;
pub const V4L2_MEMORY_OVERLAY: v4l2_memory = 3;
pub const V4L2_MEMORY_DMABUF: v4l2_memory = 4;
pub type v4l2_memory = ::std::os::raw::c_uint;
pub const V4L2_COLORSPACE_DEFAULT: v4l2_colorspace = 0;
pub const V4L2_COLORSPACE_SMPTE170M: v4l2_colorspace = 1;
pub const V4L2_COLORSPACE_SMPTE240M: v4l2_colorspace = 2;
pub const V4L2_COLORSPACE_REC709: v4l2_colorspace = 3;
pub const V4L2_COLORSPACE_BT878: v4l2_colorspace = 4;
pub const V4L2_COLORSPACE_470_SYSTEM_M: v4l2_colorspace = 5;
pub const V4L2_COLORSPACE_470_SYSTEM_BG: v4l2_colorspace = 6;
pub const V4L2_COLORSPACE_JPEG: v4l2_colorspace = 7;
pub const V4L2_COLORSPACE_SRGB: v4l2_colorspace = 8;
pub const V4L2_COLORSPACE_OPRGB: v4l2_colorspace = 9;
pub const V4L2_COLORSPACE_BT2020: v4l2_colorspace = 10;
pub const V4L2_COLORSPACE_RAW: v4l2_colorspace = 11;
pub const V4L2_COLORSPACE_DCI_P3: v4l2_colorspace = 12;
pub type v4l2_colorspace = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_rect {
    pub left: __s32,
    pub top: __s32,
    pub width: __u32,
    pub height: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_rect"][::std::mem::size_of::<v4l2_rect>() - 16usize];
    ["Alignment of v4l2_rect"][::std::mem::align_of::<v4l2_rect>() - 4usize];
    ["Offset of field: v4l2_rect::left"][::std::mem::offset_of!(v4l2_rect, left) - 0usize];
    ["Offset of field: v4l2_rect::top"][::std::mem::offset_of!(v4l2_rect, top) - 4usize];
    ["Offset of field: v4l2_rect::width"][::std::mem::offset_of!(v4l2_rect, width) - 8usize];
    ["Offset of field: v4l2_rect::height"][::std::mem::offset_of!(v4l2_rect, height) - 12usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_fract {
    pub numerator: __u32,
    pub denominator: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_fract"][::std::mem::size_of::<v4l2_fract>() - 8usize];
    ["Alignment of v4l2_fract"][::std::mem::align_of::<v4l2_fract>() - 4usize];
    ["Offset of field: v4l2_fract::numerator"][::std::mem::offset_of!(v4l2_fract, numerator) - 0usize];
    ["Offset of field: v4l2_fract::denominator"][::std::mem::offset_of!(v4l2_fract, denominator) - 4usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_capability {
    pub driver: [__u8; 16usize],
    pub card: [__u8; 32usize],
    pub bus_info: [__u8; 32usize],
    pub version: __u32,
    pub capabilities: __u32,
    pub device_caps: __u32,
    pub reserved: [__u32; 3usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_capability"][::std::mem::size_of::<v4l2_capability>() - 104usize];
    ["Alignment of v4l2_capability"][::std::mem::align_of::<v4l2_capability>() - 4usize];
    ["Offset of field: v4l2_capability::driver"][::std::mem::offset_of!(v4l2_capability, driver) - 0usize];
    ["Offset of field: v4l2_capability::card"][::std::mem::offset_of!(v4l2_capability, card) - 16usize];
    ["Offset of field: v4l2_capability::bus_info"]
        [::std::mem::offset_of!(v4l2_capability, bus_info) - 48usize];
    ["Offset of field: v4l2_capability::version"][::std::mem::offset_of!(v4l2_capability, version) - 80usize];
    ["Offset of field: v4l2_capability::capabilities"]
        [::std::mem::offset_of!(v4l2_capability, capabilities) - 84usize];
    ["Offset of field: v4l2_capability::device_caps"]
        [::std::mem::offset_of!(v4l2_capability, device_caps) - 88usize];
    ["Offset of field: v4l2_capability::reserved"]
        [::std::mem::offset_of!(v4l2_capability, reserved) - 92usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_pix_format {
    pub width: __u32,
    pub height: __u32,
    pub pixelformat: __u32,
    pub field: __u32,
    pub bytesperline: __u32,
    pub sizeimage: __u32,
    pub colorspace: __u32,
    pub priv_: __u32,
    pub flags: __u32,
    pub __bindgen_anon_1: v4l2_pix_format__bindgen_ty_1,
    pub quantization: __u32,
    pub xfer_func: __u32,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_pix_format__bindgen_ty_1 {
    pub ycbcr_enc: __u32,
    pub hsv_enc: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_pix_format__bindgen_ty_1"]
        [::std::mem::size_of::<v4l2_pix_format__bindgen_ty_1>() - 4usize];
    ["Alignment of v4l2_pix_format__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_pix_format__bindgen_ty_1>() - 4usize];
    ["Offset of field: v4l2_pix_format__bindgen_ty_1::ycbcr_enc"]
        [::std::mem::offset_of!(v4l2_pix_format__bindgen_ty_1, ycbcr_enc) - 0usize];
    ["Offset of field: v4l2_pix_format__bindgen_ty_1::hsv_enc"]
        [::std::mem::offset_of!(v4l2_pix_format__bindgen_ty_1, hsv_enc) - 0usize];
};
impl Default for v4l2_pix_format__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_pix_format"][::std::mem::size_of::<v4l2_pix_format>() - 48usize];
    ["Alignment of v4l2_pix_format"][::std::mem::align_of::<v4l2_pix_format>() - 4usize];
    ["Offset of field: v4l2_pix_format::width"][::std::mem::offset_of!(v4l2_pix_format, width) - 0usize];
    ["Offset of field: v4l2_pix_format::height"][::std::mem::offset_of!(v4l2_pix_format, height) - 4usize];
    ["Offset of field: v4l2_pix_format::pixelformat"]
        [::std::mem::offset_of!(v4l2_pix_format, pixelformat) - 8usize];
    ["Offset of field: v4l2_pix_format::field"][::std::mem::offset_of!(v4l2_pix_format, field) - 12usize];
    ["Offset of field: v4l2_pix_format::bytesperline"]
        [::std::mem::offset_of!(v4l2_pix_format, bytesperline) - 16usize];
    ["Offset of field: v4l2_pix_format::sizeimage"]
        [::std::mem::offset_of!(v4l2_pix_format, sizeimage) - 20usize];
    ["Offset of field: v4l2_pix_format::colorspace"]
        [::std::mem::offset_of!(v4l2_pix_format, colorspace) - 24usize];
    ["Offset of field: v4l2_pix_format::priv_"][::std::mem::offset_of!(v4l2_pix_format, priv_) - 28usize];
    ["Offset of field: v4l2_pix_format::flags"][::std::mem::offset_of!(v4l2_pix_format, flags) - 32usize];
    ["Offset of field: v4l2_pix_format::quantization"]
        [::std::mem::offset_of!(v4l2_pix_format, quantization) - 40usize];
    ["Offset of field: v4l2_pix_format::xfer_func"]
        [::std::mem::offset_of!(v4l2_pix_format, xfer_func) - 44usize];
};
impl Default for v4l2_pix_format {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_fmtdesc {
    pub index: __u32,
    pub type_: __u32,
    pub flags: __u32,
    pub description: [__u8; 32usize],
    pub pixelformat: __u32,
    pub mbus_code: __u32,
    pub reserved: [__u32; 3usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_fmtdesc"][::std::mem::size_of::<v4l2_fmtdesc>() - 64usize];
    ["Alignment of v4l2_fmtdesc"][::std::mem::align_of::<v4l2_fmtdesc>() - 4usize];
    ["Offset of field: v4l2_fmtdesc::index"][::std::mem::offset_of!(v4l2_fmtdesc, index) - 0usize];
    ["Offset of field: v4l2_fmtdesc::type_"][::std::mem::offset_of!(v4l2_fmtdesc, type_) - 4usize];
    ["Offset of field: v4l2_fmtdesc::flags"][::std::mem::offset_of!(v4l2_fmtdesc, flags) - 8usize];
    ["Offset of field: v4l2_fmtdesc::description"]
        [::std::mem::offset_of!(v4l2_fmtdesc, description) - 12usize];
    ["Offset of field: v4l2_fmtdesc::pixelformat"]
        [::std::mem::offset_of!(v4l2_fmtdesc, pixelformat) - 44usize];
    ["Offset of field: v4l2_fmtdesc::mbus_code"][::std::mem::offset_of!(v4l2_fmtdesc, mbus_code) - 48usize];
    ["Offset of field: v4l2_fmtdesc::reserved"][::std::mem::offset_of!(v4l2_fmtdesc, reserved) - 52usize];
};
pub const V4L2_FRMSIZE_TYPE_DISCRETE: v4l2_frmsizetypes = 1;
pub const V4L2_FRMSIZE_TYPE_CONTINUOUS: v4l2_frmsizetypes = 2;
pub const V4L2_FRMSIZE_TYPE_STEPWISE: v4l2_frmsizetypes = 3;
pub type v4l2_frmsizetypes = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_frmsize_discrete {
    pub width: __u32,
    pub height: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_frmsize_discrete"][::std::mem::size_of::<v4l2_frmsize_discrete>() - 8usize];
    ["Alignment of v4l2_frmsize_discrete"][::std::mem::align_of::<v4l2_frmsize_discrete>() - 4usize];
    ["Offset of field: v4l2_frmsize_discrete::width"]
        [::std::mem::offset_of!(v4l2_frmsize_discrete, width) - 0usize];
    ["Offset of field: v4l2_frmsize_discrete::height"]
        [::std::mem::offset_of!(v4l2_frmsize_discrete, height) - 4usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_frmsize_stepwise {
    pub min_width: __u32,
    pub max_width: __u32,
    pub step_width: __u32,
    pub min_height: __u32,
    pub max_height: __u32,
    pub step_height: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_frmsize_stepwise"][::std::mem::size_of::<v4l2_frmsize_stepwise>() - 24usize];
    ["Alignment of v4l2_frmsize_stepwise"][::std::mem::align_of::<v4l2_frmsize_stepwise>() - 4usize];
    ["Offset of field: v4l2_frmsize_stepwise::min_width"]
        [::std::mem::offset_of!(v4l2_frmsize_stepwise, min_width) - 0usize];
    ["Offset of field: v4l2_frmsize_stepwise::max_width"]
        [::std::mem::offset_of!(v4l2_frmsize_stepwise, max_width) - 4usize];
    ["Offset of field: v4l2_frmsize_stepwise::step_width"]
        [::std::mem::offset_of!(v4l2_frmsize_stepwise, step_width) - 8usize];
    ["Offset of field: v4l2_frmsize_stepwise::min_height"]
        [::std::mem::offset_of!(v4l2_frmsize_stepwise, min_height) - 12usize];
    ["Offset of field: v4l2_frmsize_stepwise::max_height"]
        [::std::mem::offset_of!(v4l2_frmsize_stepwise, max_height) - 16usize];
    ["Offset of field: v4l2_frmsize_stepwise::step_height"]
        [::std::mem::offset_of!(v4l2_frmsize_stepwise, step_height) - 20usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_frmsizeenum {
    pub index: __u32,
    pub pixel_format: __u32,
    pub type_: __u32,
    pub __bindgen_anon_1: v4l2_frmsizeenum__bindgen_ty_1,
    pub reserved: [__u32; 2usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_frmsizeenum__bindgen_ty_1 {
    pub discrete: v4l2_frmsize_discrete,
    pub stepwise: v4l2_frmsize_stepwise,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_frmsizeenum__bindgen_ty_1"]
        [::std::mem::size_of::<v4l2_frmsizeenum__bindgen_ty_1>() - 24usize];
    ["Alignment of v4l2_frmsizeenum__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_frmsizeenum__bindgen_ty_1>() - 4usize];
    ["Offset of field: v4l2_frmsizeenum__bindgen_ty_1::discrete"]
        [::std::mem::offset_of!(v4l2_frmsizeenum__bindgen_ty_1, discrete) - 0usize];
    ["Offset of field: v4l2_frmsizeenum__bindgen_ty_1::stepwise"]
        [::std::mem::offset_of!(v4l2_frmsizeenum__bindgen_ty_1, stepwise) - 0usize];
};
impl Default for v4l2_frmsizeenum__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_frmsizeenum"][::std::mem::size_of::<v4l2_frmsizeenum>() - 44usize];
    ["Alignment of v4l2_frmsizeenum"][::std::mem::align_of::<v4l2_frmsizeenum>() - 4usize];
    ["Offset of field: v4l2_frmsizeenum::index"][::std::mem::offset_of!(v4l2_frmsizeenum, index) - 0usize];
    ["Offset of field: v4l2_frmsizeenum::pixel_format"]
        [::std::mem::offset_of!(v4l2_frmsizeenum, pixel_format) - 4usize];
    ["Offset of field: v4l2_frmsizeenum::type_"][::std::mem::offset_of!(v4l2_frmsizeenum, type_) - 8usize];
    ["Offset of field: v4l2_frmsizeenum::reserved"]
        [::std::mem::offset_of!(v4l2_frmsizeenum, reserved) - 36usize];
};
impl Default for v4l2_frmsizeenum {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_timecode {
    pub type_: __u32,
    pub flags: __u32,
    pub frames: __u8,
    pub seconds: __u8,
    pub minutes: __u8,
    pub hours: __u8,
    pub userbits: [__u8; 4usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_timecode"][::std::mem::size_of::<v4l2_timecode>() - 16usize];
    ["Alignment of v4l2_timecode"][::std::mem::align_of::<v4l2_timecode>() - 4usize];
    ["Offset of field: v4l2_timecode::type_"][::std::mem::offset_of!(v4l2_timecode, type_) - 0usize];
    ["Offset of field: v4l2_timecode::flags"][::std::mem::offset_of!(v4l2_timecode, flags) - 4usize];
    ["Offset of field: v4l2_timecode::frames"][::std::mem::offset_of!(v4l2_timecode, frames) - 8usize];
    ["Offset of field: v4l2_timecode::seconds"][::std::mem::offset_of!(v4l2_timecode, seconds) - 9usize];
    ["Offset of field: v4l2_timecode::minutes"][::std::mem::offset_of!(v4l2_timecode, minutes) - 10usize];
    ["Offset of field: v4l2_timecode::hours"][::std::mem::offset_of!(v4l2_timecode, hours) - 11usize];
    ["Offset of field: v4l2_timecode::userbits"][::std::mem::offset_of!(v4l2_timecode, userbits) - 12usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_requestbuffers {
    pub count: __u32,
    pub type_: __u32,
    pub memory: __u32,
    pub capabilities: __u32,
    pub flags: __u8,
    pub reserved: [__u8; 3usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_requestbuffers"][::std::mem::size_of::<v4l2_requestbuffers>() - 20usize];
    ["Alignment of v4l2_requestbuffers"][::std::mem::align_of::<v4l2_requestbuffers>() - 4usize];
    ["Offset of field: v4l2_requestbuffers::count"]
        [::std::mem::offset_of!(v4l2_requestbuffers, count) - 0usize];
    ["Offset of field: v4l2_requestbuffers::type_"]
        [::std::mem::offset_of!(v4l2_requestbuffers, type_) - 4usize];
    ["Offset of field: v4l2_requestbuffers::memory"]
        [::std::mem::offset_of!(v4l2_requestbuffers, memory) - 8usize];
    ["Offset of field: v4l2_requestbuffers::capabilities"]
        [::std::mem::offset_of!(v4l2_requestbuffers, capabilities) - 12usize];
    ["Offset of field: v4l2_requestbuffers::flags"]
        [::std::mem::offset_of!(v4l2_requestbuffers, flags) - 16usize];
    ["Offset of field: v4l2_requestbuffers::reserved"]
        [::std::mem::offset_of!(v4l2_requestbuffers, reserved) - 17usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_plane {
    pub bytesused: __u32,
    pub length: __u32,
    pub m: v4l2_plane__bindgen_ty_1,
    pub data_offset: __u32,
    pub reserved: [__u32; 11usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_plane__bindgen_ty_1 {
    pub mem_offset: __u32,
    pub userptr: ::std::os::raw::c_ulong,
    pub fd: __s32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_plane__bindgen_ty_1"][::std::mem::size_of::<v4l2_plane__bindgen_ty_1>() - 8usize];
    ["Alignment of v4l2_plane__bindgen_ty_1"][::std::mem::align_of::<v4l2_plane__bindgen_ty_1>() - 8usize];
    ["Offset of field: v4l2_plane__bindgen_ty_1::mem_offset"]
        [::std::mem::offset_of!(v4l2_plane__bindgen_ty_1, mem_offset) - 0usize];
    ["Offset of field: v4l2_plane__bindgen_ty_1::userptr"]
        [::std::mem::offset_of!(v4l2_plane__bindgen_ty_1, userptr) - 0usize];
    ["Offset of field: v4l2_plane__bindgen_ty_1::fd"]
        [::std::mem::offset_of!(v4l2_plane__bindgen_ty_1, fd) - 0usize];
};
impl Default for v4l2_plane__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_plane"][::std::mem::size_of::<v4l2_plane>() - 64usize];
    ["Alignment of v4l2_plane"][::std::mem::align_of::<v4l2_plane>() - 8usize];
    ["Offset of field: v4l2_plane::bytesused"][::std::mem::offset_of!(v4l2_plane, bytesused) - 0usize];
    ["Offset of field: v4l2_plane::length"][::std::mem::offset_of!(v4l2_plane, length) - 4usize];
    ["Offset of field: v4l2_plane::m"][::std::mem::offset_of!(v4l2_plane, m) - 8usize];
    ["Offset of field: v4l2_plane::data_offset"][::std::mem::offset_of!(v4l2_plane, data_offset) - 16usize];
    ["Offset of field: v4l2_plane::reserved"][::std::mem::offset_of!(v4l2_plane, reserved) - 20usize];
};
impl Default for v4l2_plane {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_buffer {
    pub index: __u32,
    pub type_: __u32,
    pub bytesused: __u32,
    pub flags: __u32,
    pub field: __u32,
    pub timestamp: timeval,
    pub timecode: v4l2_timecode,
    pub sequence: __u32,
    pub memory: __u32,
    pub m: v4l2_buffer__bindgen_ty_1,
    pub length: __u32,
    pub reserved2: __u32,
    pub __bindgen_anon_1: v4l2_buffer__bindgen_ty_2,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_buffer__bindgen_ty_1 {
    pub offset: __u32,
    pub userptr: ::std::os::raw::c_ulong,
    pub planes: *mut v4l2_plane,
    pub fd: __s32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_buffer__bindgen_ty_1"][::std::mem::size_of::<v4l2_buffer__bindgen_ty_1>() - 8usize];
    ["Alignment of v4l2_buffer__bindgen_ty_1"][::std::mem::align_of::<v4l2_buffer__bindgen_ty_1>() - 8usize];
    ["Offset of field: v4l2_buffer__bindgen_ty_1::offset"]
        [::std::mem::offset_of!(v4l2_buffer__bindgen_ty_1, offset) - 0usize];
    ["Offset of field: v4l2_buffer__bindgen_ty_1::userptr"]
        [::std::mem::offset_of!(v4l2_buffer__bindgen_ty_1, userptr) - 0usize];
    ["Offset of field: v4l2_buffer__bindgen_ty_1::planes"]
        [::std::mem::offset_of!(v4l2_buffer__bindgen_ty_1, planes) - 0usize];
    ["Offset of field: v4l2_buffer__bindgen_ty_1::fd"]
        [::std::mem::offset_of!(v4l2_buffer__bindgen_ty_1, fd) - 0usize];
};
impl Default for v4l2_buffer__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_buffer__bindgen_ty_2 {
    pub request_fd: __s32,
    pub reserved: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_buffer__bindgen_ty_2"][::std::mem::size_of::<v4l2_buffer__bindgen_ty_2>() - 4usize];
    ["Alignment of v4l2_buffer__bindgen_ty_2"][::std::mem::align_of::<v4l2_buffer__bindgen_ty_2>() - 4usize];
    ["Offset of field: v4l2_buffer__bindgen_ty_2::request_fd"]
        [::std::mem::offset_of!(v4l2_buffer__bindgen_ty_2, request_fd) - 0usize];
    ["Offset of field: v4l2_buffer__bindgen_ty_2::reserved"]
        [::std::mem::offset_of!(v4l2_buffer__bindgen_ty_2, reserved) - 0usize];
};
impl Default for v4l2_buffer__bindgen_ty_2 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_buffer"][::std::mem::size_of::<v4l2_buffer>() - 88usize];
    ["Alignment of v4l2_buffer"][::std::mem::align_of::<v4l2_buffer>() - 8usize];
    ["Offset of field: v4l2_buffer::index"][::std::mem::offset_of!(v4l2_buffer, index) - 0usize];
    ["Offset of field: v4l2_buffer::type_"][::std::mem::offset_of!(v4l2_buffer, type_) - 4usize];
    ["Offset of field: v4l2_buffer::bytesused"][::std::mem::offset_of!(v4l2_buffer, bytesused) - 8usize];
    ["Offset of field: v4l2_buffer::flags"][::std::mem::offset_of!(v4l2_buffer, flags) - 12usize];
    ["Offset of field: v4l2_buffer::field"][::std::mem::offset_of!(v4l2_buffer, field) - 16usize];
    ["Offset of field: v4l2_buffer::timestamp"][::std::mem::offset_of!(v4l2_buffer, timestamp) - 24usize];
    ["Offset of field: v4l2_buffer::timecode"][::std::mem::offset_of!(v4l2_buffer, timecode) - 40usize];
    ["Offset of field: v4l2_buffer::sequence"][::std::mem::offset_of!(v4l2_buffer, sequence) - 56usize];
    ["Offset of field: v4l2_buffer::memory"][::std::mem::offset_of!(v4l2_buffer, memory) - 60usize];
    ["Offset of field: v4l2_buffer::m"][::std::mem::offset_of!(v4l2_buffer, m) - 64usize];
    ["Offset of field: v4l2_buffer::length"][::std::mem::offset_of!(v4l2_buffer, length) - 72usize];
    ["Offset of field: v4l2_buffer::reserved2"][::std::mem::offset_of!(v4l2_buffer, reserved2) - 76usize];
};
impl Default for v4l2_buffer {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_exportbuffer {
    pub type_: __u32,
    pub index: __u32,
    pub plane: __u32,
    pub flags: __u32,
    pub fd: __s32,
    pub reserved: [__u32; 11usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_exportbuffer"][::std::mem::size_of::<v4l2_exportbuffer>() - 64usize];
    ["Alignment of v4l2_exportbuffer"][::std::mem::align_of::<v4l2_exportbuffer>() - 4usize];
    ["Offset of field: v4l2_exportbuffer::type_"][::std::mem::offset_of!(v4l2_exportbuffer, type_) - 0usize];
    ["Offset of field: v4l2_exportbuffer::index"][::std::mem::offset_of!(v4l2_exportbuffer, index) - 4usize];
    ["Offset of field: v4l2_exportbuffer::plane"][::std::mem::offset_of!(v4l2_exportbuffer, plane) - 8usize];
    ["Offset of field: v4l2_exportbuffer::flags"][::std::mem::offset_of!(v4l2_exportbuffer, flags) - 12usize];
    ["Offset of field: v4l2_exportbuffer::fd"][::std::mem::offset_of!(v4l2_exportbuffer, fd) - 16usize];
    ["Offset of field: v4l2_exportbuffer::reserved"]
        [::std::mem::offset_of!(v4l2_exportbuffer, reserved) - 20usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_clip {
    pub c: v4l2_rect,
    pub next: *mut v4l2_clip,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_clip"][::std::mem::size_of::<v4l2_clip>() - 24usize];
    ["Alignment of v4l2_clip"][::std::mem::align_of::<v4l2_clip>() - 8usize];
    ["Offset of field: v4l2_clip::c"][::std::mem::offset_of!(v4l2_clip, c) - 0usize];
    ["Offset of field: v4l2_clip::next"][::std::mem::offset_of!(v4l2_clip, next) - 16usize];
};
impl Default for v4l2_clip {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_window {
    pub w: v4l2_rect,
    pub field: __u32,
    pub chromakey: __u32,
    pub clips: *mut v4l2_clip,
    pub clipcount: __u32,
    pub bitmap: *mut ::std::os::raw::c_void,
    pub global_alpha: __u8,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_window"][::std::mem::size_of::<v4l2_window>() - 56usize];
    ["Alignment of v4l2_window"][::std::mem::align_of::<v4l2_window>() - 8usize];
    ["Offset of field: v4l2_window::w"][::std::mem::offset_of!(v4l2_window, w) - 0usize];
    ["Offset of field: v4l2_window::field"][::std::mem::offset_of!(v4l2_window, field) - 16usize];
    ["Offset of field: v4l2_window::chromakey"][::std::mem::offset_of!(v4l2_window, chromakey) - 20usize];
    ["Offset of field: v4l2_window::clips"][::std::mem::offset_of!(v4l2_window, clips) - 24usize];
    ["Offset of field: v4l2_window::clipcount"][::std::mem::offset_of!(v4l2_window, clipcount) - 32usize];
    ["Offset of field: v4l2_window::bitmap"][::std::mem::offset_of!(v4l2_window, bitmap) - 40usize];
    ["Offset of field: v4l2_window::global_alpha"]
        [::std::mem::offset_of!(v4l2_window, global_alpha) - 48usize];
};
impl Default for v4l2_window {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_captureparm {
    pub capability: __u32,
    pub capturemode: __u32,
    pub timeperframe: v4l2_fract,
    pub extendedmode: __u32,
    pub readbuffers: __u32,
    pub reserved: [__u32; 4usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_captureparm"][::std::mem::size_of::<v4l2_captureparm>() - 40usize];
    ["Alignment of v4l2_captureparm"][::std::mem::align_of::<v4l2_captureparm>() - 4usize];
    ["Offset of field: v4l2_captureparm::capability"]
        [::std::mem::offset_of!(v4l2_captureparm, capability) - 0usize];
    ["Offset of field: v4l2_captureparm::capturemode"]
        [::std::mem::offset_of!(v4l2_captureparm, capturemode) - 4usize];
    ["Offset of field: v4l2_captureparm::timeperframe"]
        [::std::mem::offset_of!(v4l2_captureparm, timeperframe) - 8usize];
    ["Offset of field: v4l2_captureparm::extendedmode"]
        [::std::mem::offset_of!(v4l2_captureparm, extendedmode) - 16usize];
    ["Offset of field: v4l2_captureparm::readbuffers"]
        [::std::mem::offset_of!(v4l2_captureparm, readbuffers) - 20usize];
    ["Offset of field: v4l2_captureparm::reserved"]
        [::std::mem::offset_of!(v4l2_captureparm, reserved) - 24usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_outputparm {
    pub capability: __u32,
    pub outputmode: __u32,
    pub timeperframe: v4l2_fract,
    pub extendedmode: __u32,
    pub writebuffers: __u32,
    pub reserved: [__u32; 4usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_outputparm"][::std::mem::size_of::<v4l2_outputparm>() - 40usize];
    ["Alignment of v4l2_outputparm"][::std::mem::align_of::<v4l2_outputparm>() - 4usize];
    ["Offset of field: v4l2_outputparm::capability"]
        [::std::mem::offset_of!(v4l2_outputparm, capability) - 0usize];
    ["Offset of field: v4l2_outputparm::outputmode"]
        [::std::mem::offset_of!(v4l2_outputparm, outputmode) - 4usize];
    ["Offset of field: v4l2_outputparm::timeperframe"]
        [::std::mem::offset_of!(v4l2_outputparm, timeperframe) - 8usize];
    ["Offset of field: v4l2_outputparm::extendedmode"]
        [::std::mem::offset_of!(v4l2_outputparm, extendedmode) - 16usize];
    ["Offset of field: v4l2_outputparm::writebuffers"]
        [::std::mem::offset_of!(v4l2_outputparm, writebuffers) - 20usize];
    ["Offset of field: v4l2_outputparm::reserved"]
        [::std::mem::offset_of!(v4l2_outputparm, reserved) - 24usize];
};
#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct v4l2_bt_timings {
    pub width: __u32,
    pub height: __u32,
    pub interlaced: __u32,
    pub polarities: __u32,
    pub pixelclock: __u64,
    pub hfrontporch: __u32,
    pub hsync: __u32,
    pub hbackporch: __u32,
    pub vfrontporch: __u32,
    pub vsync: __u32,
    pub vbackporch: __u32,
    pub il_vfrontporch: __u32,
    pub il_vsync: __u32,
    pub il_vbackporch: __u32,
    pub standards: __u32,
    pub flags: __u32,
    pub picture_aspect: v4l2_fract,
    pub cea861_vic: __u8,
    pub hdmi_vic: __u8,
    pub reserved: [__u8; 46usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_bt_timings"][::std::mem::size_of::<v4l2_bt_timings>() - 124usize];
    ["Alignment of v4l2_bt_timings"][::std::mem::align_of::<v4l2_bt_timings>() - 1usize];
    ["Offset of field: v4l2_bt_timings::width"][::std::mem::offset_of!(v4l2_bt_timings, width) - 0usize];
    ["Offset of field: v4l2_bt_timings::height"][::std::mem::offset_of!(v4l2_bt_timings, height) - 4usize];
    ["Offset of field: v4l2_bt_timings::interlaced"]
        [::std::mem::offset_of!(v4l2_bt_timings, interlaced) - 8usize];
    ["Offset of field: v4l2_bt_timings::polarities"]
        [::std::mem::offset_of!(v4l2_bt_timings, polarities) - 12usize];
    ["Offset of field: v4l2_bt_timings::pixelclock"]
        [::std::mem::offset_of!(v4l2_bt_timings, pixelclock) - 16usize];
    ["Offset of field: v4l2_bt_timings::hfrontporch"]
        [::std::mem::offset_of!(v4l2_bt_timings, hfrontporch) - 24usize];
    ["Offset of field: v4l2_bt_timings::hsync"][::std::mem::offset_of!(v4l2_bt_timings, hsync) - 28usize];
    ["Offset of field: v4l2_bt_timings::hbackporch"]
        [::std::mem::offset_of!(v4l2_bt_timings, hbackporch) - 32usize];
    ["Offset of field: v4l2_bt_timings::vfrontporch"]
        [::std::mem::offset_of!(v4l2_bt_timings, vfrontporch) - 36usize];
    ["Offset of field: v4l2_bt_timings::vsync"][::std::mem::offset_of!(v4l2_bt_timings, vsync) - 40usize];
    ["Offset of field: v4l2_bt_timings::vbackporch"]
        [::std::mem::offset_of!(v4l2_bt_timings, vbackporch) - 44usize];
    ["Offset of field: v4l2_bt_timings::il_vfrontporch"]
        [::std::mem::offset_of!(v4l2_bt_timings, il_vfrontporch) - 48usize];
    ["Offset of field: v4l2_bt_timings::il_vsync"]
        [::std::mem::offset_of!(v4l2_bt_timings, il_vsync) - 52usize];
    ["Offset of field: v4l2_bt_timings::il_vbackporch"]
        [::std::mem::offset_of!(v4l2_bt_timings, il_vbackporch) - 56usize];
    ["Offset of field: v4l2_bt_timings::standards"]
        [::std::mem::offset_of!(v4l2_bt_timings, standards) - 60usize];
    ["Offset of field: v4l2_bt_timings::flags"][::std::mem::offset_of!(v4l2_bt_timings, flags) - 64usize];
    ["Offset of field: v4l2_bt_timings::picture_aspect"]
        [::std::mem::offset_of!(v4l2_bt_timings, picture_aspect) - 68usize];
    ["Offset of field: v4l2_bt_timings::cea861_vic"]
        [::std::mem::offset_of!(v4l2_bt_timings, cea861_vic) - 76usize];
    ["Offset of field: v4l2_bt_timings::hdmi_vic"]
        [::std::mem::offset_of!(v4l2_bt_timings, hdmi_vic) - 77usize];
    ["Offset of field: v4l2_bt_timings::reserved"]
        [::std::mem::offset_of!(v4l2_bt_timings, reserved) - 78usize];
};
impl Default for v4l2_bt_timings {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct v4l2_dv_timings {
    pub type_: __u32,
    pub __bindgen_anon_1: v4l2_dv_timings__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_dv_timings__bindgen_ty_1 {
    pub bt: v4l2_bt_timings,
    pub reserved: [__u32; 32usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_dv_timings__bindgen_ty_1"]
        [::std::mem::size_of::<v4l2_dv_timings__bindgen_ty_1>() - 128usize];
    ["Alignment of v4l2_dv_timings__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_dv_timings__bindgen_ty_1>() - 4usize];
    ["Offset of field: v4l2_dv_timings__bindgen_ty_1::bt"]
        [::std::mem::offset_of!(v4l2_dv_timings__bindgen_ty_1, bt) - 0usize];
    ["Offset of field: v4l2_dv_timings__bindgen_ty_1::reserved"]
        [::std::mem::offset_of!(v4l2_dv_timings__bindgen_ty_1, reserved) - 0usize];
};
impl Default for v4l2_dv_timings__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_dv_timings"][::std::mem::size_of::<v4l2_dv_timings>() - 132usize];
    ["Alignment of v4l2_dv_timings"][::std::mem::align_of::<v4l2_dv_timings>() - 1usize];
    ["Offset of field: v4l2_dv_timings::type_"][::std::mem::offset_of!(v4l2_dv_timings, type_) - 0usize];
};
impl Default for v4l2_dv_timings {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_control {
    pub id: __u32,
    pub value: __s32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_control"][::std::mem::size_of::<v4l2_control>() - 8usize];
    ["Alignment of v4l2_control"][::std::mem::align_of::<v4l2_control>() - 4usize];
    ["Offset of field: v4l2_control::id"][::std::mem::offset_of!(v4l2_control, id) - 0usize];
    ["Offset of field: v4l2_control::value"][::std::mem::offset_of!(v4l2_control, value) - 4usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_queryctrl {
    pub id: __u32,
    pub type_: __u32,
    pub name: [__u8; 32usize],
    pub minimum: __s32,
    pub maximum: __s32,
    pub step: __s32,
    pub default_value: __s32,
    pub flags: __u32,
    pub reserved: [__u32; 2usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_queryctrl"][::std::mem::size_of::<v4l2_queryctrl>() - 68usize];
    ["Alignment of v4l2_queryctrl"][::std::mem::align_of::<v4l2_queryctrl>() - 4usize];
    ["Offset of field: v4l2_queryctrl::id"][::std::mem::offset_of!(v4l2_queryctrl, id) - 0usize];
    ["Offset of field: v4l2_queryctrl::type_"][::std::mem::offset_of!(v4l2_queryctrl, type_) - 4usize];
    ["Offset of field: v4l2_queryctrl::name"][::std::mem::offset_of!(v4l2_queryctrl, name) - 8usize];
    ["Offset of field: v4l2_queryctrl::minimum"][::std::mem::offset_of!(v4l2_queryctrl, minimum) - 40usize];
    ["Offset of field: v4l2_queryctrl::maximum"][::std::mem::offset_of!(v4l2_queryctrl, maximum) - 44usize];
    ["Offset of field: v4l2_queryctrl::step"][::std::mem::offset_of!(v4l2_queryctrl, step) - 48usize];
    ["Offset of field: v4l2_queryctrl::default_value"]
        [::std::mem::offset_of!(v4l2_queryctrl, default_value) - 52usize];
    ["Offset of field: v4l2_queryctrl::flags"][::std::mem::offset_of!(v4l2_queryctrl, flags) - 56usize];
    ["Offset of field: v4l2_queryctrl::reserved"][::std::mem::offset_of!(v4l2_queryctrl, reserved) - 60usize];
};
#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct v4l2_querymenu {
    pub id: __u32,
    pub index: __u32,
    pub __bindgen_anon_1: v4l2_querymenu__bindgen_ty_1,
    pub reserved: __u32,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_querymenu__bindgen_ty_1 {
    pub name: [__u8; 32usize],
    pub value: __s64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_querymenu__bindgen_ty_1"][::std::mem::size_of::<v4l2_querymenu__bindgen_ty_1>() - 32usize];
    ["Alignment of v4l2_querymenu__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_querymenu__bindgen_ty_1>() - 8usize];
    ["Offset of field: v4l2_querymenu__bindgen_ty_1::name"]
        [::std::mem::offset_of!(v4l2_querymenu__bindgen_ty_1, name) - 0usize];
    ["Offset of field: v4l2_querymenu__bindgen_ty_1::value"]
        [::std::mem::offset_of!(v4l2_querymenu__bindgen_ty_1, value) - 0usize];
};
impl Default for v4l2_querymenu__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_querymenu"][::std::mem::size_of::<v4l2_querymenu>() - 44usize];
    ["Alignment of v4l2_querymenu"][::std::mem::align_of::<v4l2_querymenu>() - 1usize];
    ["Offset of field: v4l2_querymenu::id"][::std::mem::offset_of!(v4l2_querymenu, id) - 0usize];
    ["Offset of field: v4l2_querymenu::index"][::std::mem::offset_of!(v4l2_querymenu, index) - 4usize];
    ["Offset of field: v4l2_querymenu::reserved"][::std::mem::offset_of!(v4l2_querymenu, reserved) - 40usize];
};
impl Default for v4l2_querymenu {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_encoder_cmd {
    pub cmd: __u32,
    pub flags: __u32,
    pub __bindgen_anon_1: v4l2_encoder_cmd__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_encoder_cmd__bindgen_ty_1 {
    pub raw: v4l2_encoder_cmd__bindgen_ty_1__bindgen_ty_1,
}
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_encoder_cmd__bindgen_ty_1__bindgen_ty_1 {
    pub data: [__u32; 8usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_encoder_cmd__bindgen_ty_1__bindgen_ty_1"]
        [::std::mem::size_of::<v4l2_encoder_cmd__bindgen_ty_1__bindgen_ty_1>() - 32usize];
    ["Alignment of v4l2_encoder_cmd__bindgen_ty_1__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_encoder_cmd__bindgen_ty_1__bindgen_ty_1>() - 4usize];
    ["Offset of field: v4l2_encoder_cmd__bindgen_ty_1__bindgen_ty_1::data"]
        [::std::mem::offset_of!(v4l2_encoder_cmd__bindgen_ty_1__bindgen_ty_1, data) - 0usize];
};
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_encoder_cmd__bindgen_ty_1"]
        [::std::mem::size_of::<v4l2_encoder_cmd__bindgen_ty_1>() - 32usize];
    ["Alignment of v4l2_encoder_cmd__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_encoder_cmd__bindgen_ty_1>() - 4usize];
    ["Offset of field: v4l2_encoder_cmd__bindgen_ty_1::raw"]
        [::std::mem::offset_of!(v4l2_encoder_cmd__bindgen_ty_1, raw) - 0usize];
};
impl Default for v4l2_encoder_cmd__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_encoder_cmd"][::std::mem::size_of::<v4l2_encoder_cmd>() - 40usize];
    ["Alignment of v4l2_encoder_cmd"][::std::mem::align_of::<v4l2_encoder_cmd>() - 4usize];
    ["Offset of field: v4l2_encoder_cmd::cmd"][::std::mem::offset_of!(v4l2_encoder_cmd, cmd) - 0usize];
    ["Offset of field: v4l2_encoder_cmd::flags"][::std::mem::offset_of!(v4l2_encoder_cmd, flags) - 4usize];
};
impl Default for v4l2_encoder_cmd {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_vbi_format {
    pub sampling_rate: __u32,
    pub offset: __u32,
    pub samples_per_line: __u32,
    pub sample_format: __u32,
    pub start: [__s32; 2usize],
    pub count: [__u32; 2usize],
    pub flags: __u32,
    pub reserved: [__u32; 2usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_vbi_format"][::std::mem::size_of::<v4l2_vbi_format>() - 44usize];
    ["Alignment of v4l2_vbi_format"][::std::mem::align_of::<v4l2_vbi_format>() - 4usize];
    ["Offset of field: v4l2_vbi_format::sampling_rate"]
        [::std::mem::offset_of!(v4l2_vbi_format, sampling_rate) - 0usize];
    ["Offset of field: v4l2_vbi_format::offset"][::std::mem::offset_of!(v4l2_vbi_format, offset) - 4usize];
    ["Offset of field: v4l2_vbi_format::samples_per_line"]
        [::std::mem::offset_of!(v4l2_vbi_format, samples_per_line) - 8usize];
    ["Offset of field: v4l2_vbi_format::sample_format"]
        [::std::mem::offset_of!(v4l2_vbi_format, sample_format) - 12usize];
    ["Offset of field: v4l2_vbi_format::start"][::std::mem::offset_of!(v4l2_vbi_format, start) - 16usize];
    ["Offset of field: v4l2_vbi_format::count"][::std::mem::offset_of!(v4l2_vbi_format, count) - 24usize];
    ["Offset of field: v4l2_vbi_format::flags"][::std::mem::offset_of!(v4l2_vbi_format, flags) - 32usize];
    ["Offset of field: v4l2_vbi_format::reserved"]
        [::std::mem::offset_of!(v4l2_vbi_format, reserved) - 36usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_sliced_vbi_format {
    pub service_set: __u16,
    pub service_lines: [[__u16; 24usize]; 2usize],
    pub io_size: __u32,
    pub reserved: [__u32; 2usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_sliced_vbi_format"][::std::mem::size_of::<v4l2_sliced_vbi_format>() - 112usize];
    ["Alignment of v4l2_sliced_vbi_format"][::std::mem::align_of::<v4l2_sliced_vbi_format>() - 4usize];
    ["Offset of field: v4l2_sliced_vbi_format::service_set"]
        [::std::mem::offset_of!(v4l2_sliced_vbi_format, service_set) - 0usize];
    ["Offset of field: v4l2_sliced_vbi_format::service_lines"]
        [::std::mem::offset_of!(v4l2_sliced_vbi_format, service_lines) - 2usize];
    ["Offset of field: v4l2_sliced_vbi_format::io_size"]
        [::std::mem::offset_of!(v4l2_sliced_vbi_format, io_size) - 100usize];
    ["Offset of field: v4l2_sliced_vbi_format::reserved"]
        [::std::mem::offset_of!(v4l2_sliced_vbi_format, reserved) - 104usize];
};
#[repr(C, packed)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_plane_pix_format {
    pub sizeimage: __u32,
    pub bytesperline: __u32,
    pub reserved: [__u16; 6usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_plane_pix_format"][::std::mem::size_of::<v4l2_plane_pix_format>() - 20usize];
    ["Alignment of v4l2_plane_pix_format"][::std::mem::align_of::<v4l2_plane_pix_format>() - 1usize];
    ["Offset of field: v4l2_plane_pix_format::sizeimage"]
        [::std::mem::offset_of!(v4l2_plane_pix_format, sizeimage) - 0usize];
    ["Offset of field: v4l2_plane_pix_format::bytesperline"]
        [::std::mem::offset_of!(v4l2_plane_pix_format, bytesperline) - 4usize];
    ["Offset of field: v4l2_plane_pix_format::reserved"]
        [::std::mem::offset_of!(v4l2_plane_pix_format, reserved) - 8usize];
};
#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct v4l2_pix_format_mplane {
    pub width: __u32,
    pub height: __u32,
    pub pixelformat: __u32,
    pub field: __u32,
    pub colorspace: __u32,
    pub plane_fmt: [v4l2_plane_pix_format; 8usize],
    pub num_planes: __u8,
    pub flags: __u8,
    pub __bindgen_anon_1: v4l2_pix_format_mplane__bindgen_ty_1,
    pub quantization: __u8,
    pub xfer_func: __u8,
    pub reserved: [__u8; 7usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_pix_format_mplane__bindgen_ty_1 {
    pub ycbcr_enc: __u8,
    pub hsv_enc: __u8,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_pix_format_mplane__bindgen_ty_1"]
        [::std::mem::size_of::<v4l2_pix_format_mplane__bindgen_ty_1>() - 1usize];
    ["Alignment of v4l2_pix_format_mplane__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_pix_format_mplane__bindgen_ty_1>() - 1usize];
    ["Offset of field: v4l2_pix_format_mplane__bindgen_ty_1::ycbcr_enc"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane__bindgen_ty_1, ycbcr_enc) - 0usize];
    ["Offset of field: v4l2_pix_format_mplane__bindgen_ty_1::hsv_enc"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane__bindgen_ty_1, hsv_enc) - 0usize];
};
impl Default for v4l2_pix_format_mplane__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_pix_format_mplane"][::std::mem::size_of::<v4l2_pix_format_mplane>() - 192usize];
    ["Alignment of v4l2_pix_format_mplane"][::std::mem::align_of::<v4l2_pix_format_mplane>() - 1usize];
    ["Offset of field: v4l2_pix_format_mplane::width"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, width) - 0usize];
    ["Offset of field: v4l2_pix_format_mplane::height"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, height) - 4usize];
    ["Offset of field: v4l2_pix_format_mplane::pixelformat"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, pixelformat) - 8usize];
    ["Offset of field: v4l2_pix_format_mplane::field"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, field) - 12usize];
    ["Offset of field: v4l2_pix_format_mplane::colorspace"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, colorspace) - 16usize];
    ["Offset of field: v4l2_pix_format_mplane::plane_fmt"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, plane_fmt) - 20usize];
    ["Offset of field: v4l2_pix_format_mplane::num_planes"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, num_planes) - 180usize];
    ["Offset of field: v4l2_pix_format_mplane::flags"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, flags) - 181usize];
    ["Offset of field: v4l2_pix_format_mplane::quantization"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, quantization) - 183usize];
    ["Offset of field: v4l2_pix_format_mplane::xfer_func"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, xfer_func) - 184usize];
    ["Offset of field: v4l2_pix_format_mplane::reserved"]
        [::std::mem::offset_of!(v4l2_pix_format_mplane, reserved) - 185usize];
};
impl Default for v4l2_pix_format_mplane {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C, packed)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_sdr_format {
    pub pixelformat: __u32,
    pub buffersize: __u32,
    pub reserved: [__u8; 24usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_sdr_format"][::std::mem::size_of::<v4l2_sdr_format>() - 32usize];
    ["Alignment of v4l2_sdr_format"][::std::mem::align_of::<v4l2_sdr_format>() - 1usize];
    ["Offset of field: v4l2_sdr_format::pixelformat"]
        [::std::mem::offset_of!(v4l2_sdr_format, pixelformat) - 0usize];
    ["Offset of field: v4l2_sdr_format::buffersize"]
        [::std::mem::offset_of!(v4l2_sdr_format, buffersize) - 4usize];
    ["Offset of field: v4l2_sdr_format::reserved"]
        [::std::mem::offset_of!(v4l2_sdr_format, reserved) - 8usize];
};
#[repr(C, packed)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_meta_format {
    pub dataformat: __u32,
    pub buffersize: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_meta_format"][::std::mem::size_of::<v4l2_meta_format>() - 8usize];
    ["Alignment of v4l2_meta_format"][::std::mem::align_of::<v4l2_meta_format>() - 1usize];
    ["Offset of field: v4l2_meta_format::dataformat"]
        [::std::mem::offset_of!(v4l2_meta_format, dataformat) - 0usize];
    ["Offset of field: v4l2_meta_format::buffersize"]
        [::std::mem::offset_of!(v4l2_meta_format, buffersize) - 4usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_format {
    pub type_: __u32,
    pub fmt: v4l2_format__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_format__bindgen_ty_1 {
    pub pix: v4l2_pix_format,
    pub pix_mp: v4l2_pix_format_mplane,
    pub win: v4l2_window,
    pub vbi: v4l2_vbi_format,
    pub sliced: v4l2_sliced_vbi_format,
    pub sdr: v4l2_sdr_format,
    pub meta: v4l2_meta_format,
    pub raw_data: [__u8; 200usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_format__bindgen_ty_1"][::std::mem::size_of::<v4l2_format__bindgen_ty_1>() - 200usize];
    ["Alignment of v4l2_format__bindgen_ty_1"][::std::mem::align_of::<v4l2_format__bindgen_ty_1>() - 8usize];
    ["Offset of field: v4l2_format__bindgen_ty_1::pix"]
        [::std::mem::offset_of!(v4l2_format__bindgen_ty_1, pix) - 0usize];
    ["Offset of field: v4l2_format__bindgen_ty_1::pix_mp"]
        [::std::mem::offset_of!(v4l2_format__bindgen_ty_1, pix_mp) - 0usize];
    ["Offset of field: v4l2_format__bindgen_ty_1::win"]
        [::std::mem::offset_of!(v4l2_format__bindgen_ty_1, win) - 0usize];
    ["Offset of field: v4l2_format__bindgen_ty_1::vbi"]
        [::std::mem::offset_of!(v4l2_format__bindgen_ty_1, vbi) - 0usize];
    ["Offset of field: v4l2_format__bindgen_ty_1::sliced"]
        [::std::mem::offset_of!(v4l2_format__bindgen_ty_1, sliced) - 0usize];
    ["Offset of field: v4l2_format__bindgen_ty_1::sdr"]
        [::std::mem::offset_of!(v4l2_format__bindgen_ty_1, sdr) - 0usize];
    ["Offset of field: v4l2_format__bindgen_ty_1::meta"]
        [::std::mem::offset_of!(v4l2_format__bindgen_ty_1, meta) - 0usize];
    ["Offset of field: v4l2_format__bindgen_ty_1::raw_data"]
        [::std::mem::offset_of!(v4l2_format__bindgen_ty_1, raw_data) - 0usize];
};
impl Default for v4l2_format__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_format"][::std::mem::size_of::<v4l2_format>() - 208usize];
    ["Alignment of v4l2_format"][::std::mem::align_of::<v4l2_format>() - 8usize];
    ["Offset of field: v4l2_format::type_"][::std::mem::offset_of!(v4l2_format, type_) - 0usize];
    ["Offset of field: v4l2_format::fmt"][::std::mem::offset_of!(v4l2_format, fmt) - 8usize];
};
impl Default for v4l2_format {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_streamparm {
    pub type_: __u32,
    pub parm: v4l2_streamparm__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_streamparm__bindgen_ty_1 {
    pub capture: v4l2_captureparm,
    pub output: v4l2_outputparm,
    pub raw_data: [__u8; 200usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_streamparm__bindgen_ty_1"]
        [::std::mem::size_of::<v4l2_streamparm__bindgen_ty_1>() - 200usize];
    ["Alignment of v4l2_streamparm__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_streamparm__bindgen_ty_1>() - 4usize];
    ["Offset of field: v4l2_streamparm__bindgen_ty_1::capture"]
        [::std::mem::offset_of!(v4l2_streamparm__bindgen_ty_1, capture) - 0usize];
    ["Offset of field: v4l2_streamparm__bindgen_ty_1::output"]
        [::std::mem::offset_of!(v4l2_streamparm__bindgen_ty_1, output) - 0usize];
    ["Offset of field: v4l2_streamparm__bindgen_ty_1::raw_data"]
        [::std::mem::offset_of!(v4l2_streamparm__bindgen_ty_1, raw_data) - 0usize];
};
impl Default for v4l2_streamparm__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_streamparm"][::std::mem::size_of::<v4l2_streamparm>() - 204usize];
    ["Alignment of v4l2_streamparm"][::std::mem::align_of::<v4l2_streamparm>() - 4usize];
    ["Offset of field: v4l2_streamparm::type_"][::std::mem::offset_of!(v4l2_streamparm, type_) - 0usize];
    ["Offset of field: v4l2_streamparm::parm"][::std::mem::offset_of!(v4l2_streamparm, parm) - 4usize];
};
impl Default for v4l2_streamparm {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C, packed)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_event_vsync {
    pub field: __u8,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_event_vsync"][::std::mem::size_of::<v4l2_event_vsync>() - 1usize];
    ["Alignment of v4l2_event_vsync"][::std::mem::align_of::<v4l2_event_vsync>() - 1usize];
    ["Offset of field: v4l2_event_vsync::field"][::std::mem::offset_of!(v4l2_event_vsync, field) - 0usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_event_ctrl {
    pub changes: __u32,
    pub type_: __u32,
    pub __bindgen_anon_1: v4l2_event_ctrl__bindgen_ty_1,
    pub flags: __u32,
    pub minimum: __s32,
    pub maximum: __s32,
    pub step: __s32,
    pub default_value: __s32,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_event_ctrl__bindgen_ty_1 {
    pub value: __s32,
    pub value64: __s64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_event_ctrl__bindgen_ty_1"]
        [::std::mem::size_of::<v4l2_event_ctrl__bindgen_ty_1>() - 8usize];
    ["Alignment of v4l2_event_ctrl__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_event_ctrl__bindgen_ty_1>() - 8usize];
    ["Offset of field: v4l2_event_ctrl__bindgen_ty_1::value"]
        [::std::mem::offset_of!(v4l2_event_ctrl__bindgen_ty_1, value) - 0usize];
    ["Offset of field: v4l2_event_ctrl__bindgen_ty_1::value64"]
        [::std::mem::offset_of!(v4l2_event_ctrl__bindgen_ty_1, value64) - 0usize];
};
impl Default for v4l2_event_ctrl__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_event_ctrl"][::std::mem::size_of::<v4l2_event_ctrl>() - 40usize];
    ["Alignment of v4l2_event_ctrl"][::std::mem::align_of::<v4l2_event_ctrl>() - 8usize];
    ["Offset of field: v4l2_event_ctrl::changes"][::std::mem::offset_of!(v4l2_event_ctrl, changes) - 0usize];
    ["Offset of field: v4l2_event_ctrl::type_"][::std::mem::offset_of!(v4l2_event_ctrl, type_) - 4usize];
    ["Offset of field: v4l2_event_ctrl::flags"][::std::mem::offset_of!(v4l2_event_ctrl, flags) - 16usize];
    ["Offset of field: v4l2_event_ctrl::minimum"][::std::mem::offset_of!(v4l2_event_ctrl, minimum) - 20usize];
    ["Offset of field: v4l2_event_ctrl::maximum"][::std::mem::offset_of!(v4l2_event_ctrl, maximum) - 24usize];
    ["Offset of field: v4l2_event_ctrl::step"][::std::mem::offset_of!(v4l2_event_ctrl, step) - 28usize];
    ["Offset of field: v4l2_event_ctrl::default_value"]
        [::std::mem::offset_of!(v4l2_event_ctrl, default_value) - 32usize];
};
impl Default for v4l2_event_ctrl {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_event_frame_sync {
    pub frame_sequence: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_event_frame_sync"][::std::mem::size_of::<v4l2_event_frame_sync>() - 4usize];
    ["Alignment of v4l2_event_frame_sync"][::std::mem::align_of::<v4l2_event_frame_sync>() - 4usize];
    ["Offset of field: v4l2_event_frame_sync::frame_sequence"]
        [::std::mem::offset_of!(v4l2_event_frame_sync, frame_sequence) - 0usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_event_src_change {
    pub changes: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_event_src_change"][::std::mem::size_of::<v4l2_event_src_change>() - 4usize];
    ["Alignment of v4l2_event_src_change"][::std::mem::align_of::<v4l2_event_src_change>() - 4usize];
    ["Offset of field: v4l2_event_src_change::changes"]
        [::std::mem::offset_of!(v4l2_event_src_change, changes) - 0usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_event_motion_det {
    pub flags: __u32,
    pub frame_sequence: __u32,
    pub region_mask: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_event_motion_det"][::std::mem::size_of::<v4l2_event_motion_det>() - 12usize];
    ["Alignment of v4l2_event_motion_det"][::std::mem::align_of::<v4l2_event_motion_det>() - 4usize];
    ["Offset of field: v4l2_event_motion_det::flags"]
        [::std::mem::offset_of!(v4l2_event_motion_det, flags) - 0usize];
    ["Offset of field: v4l2_event_motion_det::frame_sequence"]
        [::std::mem::offset_of!(v4l2_event_motion_det, frame_sequence) - 4usize];
    ["Offset of field: v4l2_event_motion_det::region_mask"]
        [::std::mem::offset_of!(v4l2_event_motion_det, region_mask) - 8usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_event {
    pub type_: __u32,
    pub u: v4l2_event__bindgen_ty_1,
    pub pending: __u32,
    pub sequence: __u32,
    pub timestamp: timespec,
    pub id: __u32,
    pub reserved: [__u32; 8usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_event__bindgen_ty_1 {
    pub vsync: v4l2_event_vsync,
    pub ctrl: v4l2_event_ctrl,
    pub frame_sync: v4l2_event_frame_sync,
    pub src_change: v4l2_event_src_change,
    pub motion_det: v4l2_event_motion_det,
    pub data: [__u8; 64usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_event__bindgen_ty_1"][::std::mem::size_of::<v4l2_event__bindgen_ty_1>() - 64usize];
    ["Alignment of v4l2_event__bindgen_ty_1"][::std::mem::align_of::<v4l2_event__bindgen_ty_1>() - 8usize];
    ["Offset of field: v4l2_event__bindgen_ty_1::vsync"]
        [::std::mem::offset_of!(v4l2_event__bindgen_ty_1, vsync) - 0usize];
    ["Offset of field: v4l2_event__bindgen_ty_1::ctrl"]
        [::std::mem::offset_of!(v4l2_event__bindgen_ty_1, ctrl) - 0usize];
    ["Offset of field: v4l2_event__bindgen_ty_1::frame_sync"]
        [::std::mem::offset_of!(v4l2_event__bindgen_ty_1, frame_sync) - 0usize];
    ["Offset of field: v4l2_event__bindgen_ty_1::src_change"]
        [::std::mem::offset_of!(v4l2_event__bindgen_ty_1, src_change) - 0usize];
    ["Offset of field: v4l2_event__bindgen_ty_1::motion_det"]
        [::std::mem::offset_of!(v4l2_event__bindgen_ty_1, motion_det) - 0usize];
    ["Offset of field: v4l2_event__bindgen_ty_1::data"]
        [::std::mem::offset_of!(v4l2_event__bindgen_ty_1, data) - 0usize];
};
impl Default for v4l2_event__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_event"][::std::mem::size_of::<v4l2_event>() - 136usize];
    ["Alignment of v4l2_event"][::std::mem::align_of::<v4l2_event>() - 8usize];
    ["Offset of field: v4l2_event::type_"][::std::mem::offset_of!(v4l2_event, type_) - 0usize];
    ["Offset of field: v4l2_event::u"][::std::mem::offset_of!(v4l2_event, u) - 8usize];
    ["Offset of field: v4l2_event::pending"][::std::mem::offset_of!(v4l2_event, pending) - 72usize];
    ["Offset of field: v4l2_event::sequence"][::std::mem::offset_of!(v4l2_event, sequence) - 76usize];
    ["Offset of field: v4l2_event::timestamp"][::std::mem::offset_of!(v4l2_event, timestamp) - 80usize];
    ["Offset of field: v4l2_event::id"][::std::mem::offset_of!(v4l2_event, id) - 96usize];
    ["Offset of field: v4l2_event::reserved"][::std::mem::offset_of!(v4l2_event, reserved) - 100usize];
};
impl Default for v4l2_event {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct v4l2_event_subscription {
    pub type_: __u32,
    pub id: __u32,
    pub flags: __u32,
    pub reserved: [__u32; 5usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_event_subscription"][::std::mem::size_of::<v4l2_event_subscription>() - 32usize];
    ["Alignment of v4l2_event_subscription"][::std::mem::align_of::<v4l2_event_subscription>() - 4usize];
    ["Offset of field: v4l2_event_subscription::type_"]
        [::std::mem::offset_of!(v4l2_event_subscription, type_) - 0usize];
    ["Offset of field: v4l2_event_subscription::id"]
        [::std::mem::offset_of!(v4l2_event_subscription, id) - 4usize];
    ["Offset of field: v4l2_event_subscription::flags"]
        [::std::mem::offset_of!(v4l2_event_subscription, flags) - 8usize];
    ["Offset of field: v4l2_event_subscription::reserved"]
        [::std::mem::offset_of!(v4l2_event_subscription, reserved) - 12usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct dma_buf_sync {
    pub flags: __u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dma_buf_sync"][::std::mem::size_of::<dma_buf_sync>() - 8usize];
    ["Alignment of dma_buf_sync"][::std::mem::align_of::<dma_buf_sync>() - 8usize];
    ["Offset of field: dma_buf_sync::flags"][::std::mem::offset_of!(dma_buf_sync, flags) - 0usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct dma_heap_allocation_data {
    pub len: __u64,
    pub fd: __u32,
    pub fd_flags: __u32,
    pub heap_flags: __u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dma_heap_allocation_data"][::std::mem::size_of::<dma_heap_allocation_data>() - 24usize];
    ["Alignment of dma_heap_allocation_data"][::std::mem::align_of::<dma_heap_allocation_data>() - 8usize];
    ["Offset of field: dma_heap_allocation_data::len"]
        [::std::mem::offset_of!(dma_heap_allocation_data, len) - 0usize];
    ["Offset of field: dma_heap_allocation_data::fd"]
        [::std::mem::offset_of!(dma_heap_allocation_data, fd) - 8usize];
    ["Offset of field: dma_heap_allocation_data::fd_flags"]
        [::std::mem::offset_of!(dma_heap_allocation_data, fd_flags) - 12usize];
    ["Offset of field: dma_heap_allocation_data::heap_flags"]
        [::std::mem::offset_of!(dma_heap_allocation_data, heap_flags) - 16usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct media_pad_desc {
    pub entity: __u32,
    pub index: __u16,
    pub flags: __u32,
    pub reserved: [__u32; 2usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of media_pad_desc"][::std::mem::size_of::<media_pad_desc>() - 20usize];
    ["Alignment of media_pad_desc"][::std::mem::align_of::<media_pad_desc>() - 4usize];
    ["Offset of field: media_pad_desc::entity"][::std::mem::offset_of!(media_pad_desc, entity) - 0usize];
    ["Offset of field: media_pad_desc::index"][::std::mem::offset_of!(media_pad_desc, index) - 4usize];
    ["Offset of field: media_pad_desc::flags"][::std::mem::offset_of!(media_pad_desc, flags) - 8usize];
    ["Offset of field: media_pad_desc::reserved"][::std::mem::offset_of!(media_pad_desc, reserved) - 12usize];
};
#[repr(C)]
#[derive(Default, Copy, Clone)]
pub struct media_link_desc {
    pub source: media_pad_desc,
    pub sink: media_pad_desc,
    pub flags: __u32,
    pub reserved: [__u32; 2usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of media_link_desc"][::std::mem::size_of::<media_link_desc>() - 52usize];
    ["Alignment of media_link_desc"][::std::mem::align_of::<media_link_desc>() - 4usize];
    ["Offset of field: media_link_desc::source"][::std::mem::offset_of!(media_link_desc, source) - 0usize];
    ["Offset of field: media_link_desc::sink"][::std::mem::offset_of!(media_link_desc, sink) - 20usize];
    ["Offset of field: media_link_desc::flags"][::std::mem::offset_of!(media_link_desc, flags) - 40usize];
    ["Offset of field: media_link_desc::reserved"]
        [::std::mem::offset_of!(media_link_desc, reserved) - 44usize];
};
#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct media_v2_entity {
    pub id: __u32,
    pub name: [::std::os::raw::c_char; 64usize],
    pub function: __u32,
    pub flags: __u32,
    pub reserved: [__u32; 5usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of media_v2_entity"][::std::mem::size_of::<media_v2_entity>() - 96usize];
    ["Alignment of media_v2_entity"][::std::mem::align_of::<media_v2_entity>() - 1usize];
    ["Offset of field: media_v2_entity::id"][::std::mem::offset_of!(media_v2_entity, id) - 0usize];
    ["Offset of field: media_v2_entity::name"][::std::mem::offset_of!(media_v2_entity, name) - 4usize];
    ["Offset of field: media_v2_entity::function"]
        [::std::mem::offset_of!(media_v2_entity, function) - 68usize];
    ["Offset of field: media_v2_entity::flags"][::std::mem::offset_of!(media_v2_entity, flags) - 72usize];
    ["Offset of field: media_v2_entity::reserved"]
        [::std::mem::offset_of!(media_v2_entity, reserved) - 76usize];
};
impl Default for media_v2_entity {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C, packed)]
#[derive(Default, Copy, Clone)]
pub struct media_v2_intf_devnode {
    pub major: __u32,
    pub minor: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of media_v2_intf_devnode"][::std::mem::size_of::<media_v2_intf_devnode>() - 8usize];
    ["Alignment of media_v2_intf_devnode"][::std::mem::align_of::<media_v2_intf_devnode>() - 1usize];
    ["Offset of field: media_v2_intf_devnode::major"]
        [::std::mem::offset_of!(media_v2_intf_devnode, major) - 0usize];
    ["Offset of field: media_v2_intf_devnode::minor"]
        [::std::mem::offset_of!(media_v2_intf_devnode, minor) - 4usize];
};
#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct media_v2_interface {
    pub id: __u32,
    pub intf_type: __u32,
    pub flags: __u32,
    pub reserved: [__u32; 9usize],
    pub __bindgen_anon_1: media_v2_interface__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union media_v2_interface__bindgen_ty_1 {
    pub devnode: media_v2_intf_devnode,
    pub raw: [__u32; 16usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of media_v2_interface__bindgen_ty_1"]
        [::std::mem::size_of::<media_v2_interface__bindgen_ty_1>() - 64usize];
    ["Alignment of media_v2_interface__bindgen_ty_1"]
        [::std::mem::align_of::<media_v2_interface__bindgen_ty_1>() - 4usize];
    ["Offset of field: media_v2_interface__bindgen_ty_1::devnode"]
        [::std::mem::offset_of!(media_v2_interface__bindgen_ty_1, devnode) - 0usize];
    ["Offset of field: media_v2_interface__bindgen_ty_1::raw"]
        [::std::mem::offset_of!(media_v2_interface__bindgen_ty_1, raw) - 0usize];
};
impl Default for media_v2_interface__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of media_v2_interface"][::std::mem::size_of::<media_v2_interface>() - 112usize];
    ["Alignment of media_v2_interface"][::std::mem::align_of::<media_v2_interface>() - 1usize];
    ["Offset of field: media_v2_interface::id"][::std::mem::offset_of!(media_v2_interface, id) - 0usize];
    ["Offset of field: media_v2_interface::intf_type"]
        [::std::mem::offset_of!(media_v2_interface, intf_type) - 4usize];
    ["Offset of field: media_v2_interface::flags"]
        [::std::mem::offset_of!(media_v2_interface, flags) - 8usize];
    ["Offset of field: media_v2_interface::reserved"]
        [::std::mem::offset_of!(media_v2_interface, reserved) - 12usize];
};
impl Default for media_v2_interface {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C, packed)]
#[derive(Default, Copy, Clone)]
pub struct media_v2_pad {
    pub id: __u32,
    pub entity_id: __u32,
    pub flags: __u32,
    pub index: __u32,
    pub reserved: [__u32; 4usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of media_v2_pad"][::std::mem::size_of::<media_v2_pad>() - 32usize];
    ["Alignment of media_v2_pad"][::std::mem::align_of::<media_v2_pad>() - 1usize];
    ["Offset of field: media_v2_pad::id"][::std::mem::offset_of!(media_v2_pad, id) - 0usize];
    ["Offset of field: media_v2_pad::entity_id"][::std::mem::offset_of!(media_v2_pad, entity_id) - 4usize];
    ["Offset of field: media_v2_pad::flags"][::std::mem::offset_of!(media_v2_pad, flags) - 8usize];
    ["Offset of field: media_v2_pad::index"][::std::mem::offset_of!(media_v2_pad, index) - 12usize];
    ["Offset of field: media_v2_pad::reserved"][::std::mem::offset_of!(media_v2_pad, reserved) - 16usize];
};
#[repr(C, packed)]
#[derive(Default, Copy, Clone)]
pub struct media_v2_link {
    pub id: __u32,
    pub source_id: __u32,
    pub sink_id: __u32,
    pub flags: __u32,
    pub reserved: [__u32; 6usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of media_v2_link"][::std::mem::size_of::<media_v2_link>() - 40usize];
    ["Alignment of media_v2_link"][::std::mem::align_of::<media_v2_link>() - 1usize];
    ["Offset of field: media_v2_link::id"][::std::mem::offset_of!(media_v2_link, id) - 0usize];
    ["Offset of field: media_v2_link::source_id"][::std::mem::offset_of!(media_v2_link, source_id) - 4usize];
    ["Offset of field: media_v2_link::sink_id"][::std::mem::offset_of!(media_v2_link, sink_id) - 8usize];
    ["Offset of field: media_v2_link::flags"][::std::mem::offset_of!(media_v2_link, flags) - 12usize];
    ["Offset of field: media_v2_link::reserved"][::std::mem::offset_of!(media_v2_link, reserved) - 16usize];
};
#[repr(C, packed)]
#[derive(Default, Copy, Clone)]
pub struct media_v2_topology {
    pub topology_version: __u64,
    pub num_entities: __u32,
    pub reserved1: __u32,
    pub ptr_entities: __u64,
    pub num_interfaces: __u32,
    pub reserved2: __u32,
    pub ptr_interfaces: __u64,
    pub num_pads: __u32,
    pub reserved3: __u32,
    pub ptr_pads: __u64,
    pub num_links: __u32,
    pub reserved4: __u32,
    pub ptr_links: __u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of media_v2_topology"][::std::mem::size_of::<media_v2_topology>() - 72usize];
    ["Alignment of media_v2_topology"][::std::mem::align_of::<media_v2_topology>() - 1usize];
    ["Offset of field: media_v2_topology::topology_version"]
        [::std::mem::offset_of!(media_v2_topology, topology_version) - 0usize];
    ["Offset of field: media_v2_topology::num_entities"]
        [::std::mem::offset_of!(media_v2_topology, num_entities) - 8usize];
    ["Offset of field: media_v2_topology::reserved1"]
        [::std::mem::offset_of!(media_v2_topology, reserved1) - 12usize];
    ["Offset of field: media_v2_topology::ptr_entities"]
        [::std::mem::offset_of!(media_v2_topology, ptr_entities) - 16usize];
    ["Offset of field: media_v2_topology::num_interfaces"]
        [::std::mem::offset_of!(media_v2_topology, num_interfaces) - 24usize];
    ["Offset of field: media_v2_topology::reserved2"]
        [::std::mem::offset_of!(media_v2_topology, reserved2) - 28usize];
    ["Offset of field: media_v2_topology::ptr_interfaces"]
        [::std::mem::offset_of!(media_v2_topology, ptr_interfaces) - 32usize];
    ["Offset of field: media_v2_topology::num_pads"]
        [::std::mem::offset_of!(media_v2_topology, num_pads) - 40usize];
    ["Offset of field: media_v2_topology::reserved3"]
        [::std::mem::offset_of!(media_v2_topology, reserved3) - 44usize];
    ["Offset of field: media_v2_topology::ptr_pads"]
        [::std::mem::offset_of!(media_v2_topology, ptr_pads) - 48usize];
    ["Offset of field: media_v2_topology::num_links"]
        [::std::mem::offset_of!(media_v2_topology, num_links) - 56usize];
    ["Offset of field: media_v2_topology::reserved4"]
        [::std::mem::offset_of!(media_v2_topology, reserved4) - 60usize];
    ["Offset of field: media_v2_topology::ptr_links"]
        [::std::mem::offset_of!(media_v2_topology, ptr_links) - 64usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_mbus_framefmt {
    pub width: __u32,
    pub height: __u32,
    pub code: __u32,
    pub field: __u32,
    pub colorspace: __u32,
    pub __bindgen_anon_1: v4l2_mbus_framefmt__bindgen_ty_1,
    pub quantization: __u16,
    pub xfer_func: __u16,
    pub flags: __u16,
    pub reserved: [__u16; 10usize],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union v4l2_mbus_framefmt__bindgen_ty_1 {
    pub ycbcr_enc: __u16,
    pub hsv_enc: __u16,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_mbus_framefmt__bindgen_ty_1"]
        [::std::mem::size_of::<v4l2_mbus_framefmt__bindgen_ty_1>() - 2usize];
    ["Alignment of v4l2_mbus_framefmt__bindgen_ty_1"]
        [::std::mem::align_of::<v4l2_mbus_framefmt__bindgen_ty_1>() - 2usize];
    ["Offset of field: v4l2_mbus_framefmt__bindgen_ty_1::ycbcr_enc"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt__bindgen_ty_1, ycbcr_enc) - 0usize];
    ["Offset of field: v4l2_mbus_framefmt__bindgen_ty_1::hsv_enc"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt__bindgen_ty_1, hsv_enc) - 0usize];
};
impl Default for v4l2_mbus_framefmt__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_mbus_framefmt"][::std::mem::size_of::<v4l2_mbus_framefmt>() - 48usize];
    ["Alignment of v4l2_mbus_framefmt"][::std::mem::align_of::<v4l2_mbus_framefmt>() - 4usize];
    ["Offset of field: v4l2_mbus_framefmt::width"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt, width) - 0usize];
    ["Offset of field: v4l2_mbus_framefmt::height"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt, height) - 4usize];
    ["Offset of field: v4l2_mbus_framefmt::code"][::std::mem::offset_of!(v4l2_mbus_framefmt, code) - 8usize];
    ["Offset of field: v4l2_mbus_framefmt::field"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt, field) - 12usize];
    ["Offset of field: v4l2_mbus_framefmt::colorspace"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt, colorspace) - 16usize];
    ["Offset of field: v4l2_mbus_framefmt::quantization"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt, quantization) - 22usize];
    ["Offset of field: v4l2_mbus_framefmt::xfer_func"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt, xfer_func) - 24usize];
    ["Offset of field: v4l2_mbus_framefmt::flags"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt, flags) - 26usize];
    ["Offset of field: v4l2_mbus_framefmt::reserved"]
        [::std::mem::offset_of!(v4l2_mbus_framefmt, reserved) - 28usize];
};
impl Default for v4l2_mbus_framefmt {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const V4L2_SUBDEV_FORMAT_TRY: v4l2_subdev_format_whence = 0;
pub const V4L2_SUBDEV_FORMAT_ACTIVE: v4l2_subdev_format_whence = 1;
pub type v4l2_subdev_format_whence = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct v4l2_subdev_format {
    pub which: __u32,
    pub pad: __u32,
    pub format: v4l2_mbus_framefmt,
    pub reserved: [__u32; 8usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of v4l2_subdev_format"][::std::mem::size_of::<v4l2_subdev_format>() - 88usize];
    ["Alignment of v4l2_subdev_format"][::std::mem::align_of::<v4l2_subdev_format>() - 4usize];
    ["Offset of field: v4l2_subdev_format::which"]
        [::std::mem::offset_of!(v4l2_subdev_format, which) - 0usize];
    ["Offset of field: v4l2_subdev_format::pad"][::std::mem::offset_of!(v4l2_subdev_format, pad) - 4usize];
    ["Offset of field: v4l2_subdev_format::format"]
        [::std::mem::offset_of!(v4l2_subdev_format, format) - 8usize];
    ["Offset of field: v4l2_subdev_format::reserved"]
        [::std::mem::offset_of!(v4l2_subdev_format, reserved) - 56usize];
};
impl Default for v4l2_subdev_format {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
