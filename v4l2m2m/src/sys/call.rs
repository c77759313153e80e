//! One function for each ioctl. The request number contains the structure's size, so a wrong structure is an ENOTTY, never
//! memory written past its end.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

use super::lp64::*;

/// For ioctls whose structure holds no pointer (or none the kernel follows, given how this module's siblings fill it).
macro_rules! calls {
    ($($name:ident($structure:ty) = $macro:ident $magic:literal $number:literal;)*) => {
        mod raw {
            use super::*;
            $(nix::$macro!($name, $magic, $number, $structure);)*
        }
        $(pub(super) fn $name(fd: BorrowedFd<'_>, argument: &mut $structure) -> Result<(), Errno> {
            // SAFETY: the descriptor is open, the structure is initialised and of the size the request number names;
            // the kernel reads and writes it alone.
            unsafe { raw::$name(fd.as_raw_fd(), argument) }.map(drop)
        })*
        /// Each call's name and request number, for the check against the headers.
        #[cfg(test)]
        pub(super) const REQUESTS: &[(&str, u64)] = &[
            $((stringify!($name), calls!(@request $macro $magic $number $structure)),)*
        ];
    };
    (@request ioctl_read $m:literal $n:literal $s:ty) => { nix::request_code_read!($m, $n, size_of::<$s>()) as u64 };
    (@request ioctl_write_ptr $m:literal $n:literal $s:ty) => { nix::request_code_write!($m, $n, size_of::<$s>()) as u64 };
    (@request ioctl_readwrite $m:literal $n:literal $s:ty) => { nix::request_code_readwrite!($m, $n, size_of::<$s>()) as u64 };
}

calls! {
    querycap(v4l2_capability) = ioctl_read b'V' 0;
    enum_fmt(v4l2_fmtdesc) = ioctl_readwrite b'V' 2;
    g_fmt(v4l2_format) = ioctl_readwrite b'V' 4;
    s_fmt(v4l2_format) = ioctl_readwrite b'V' 5;
    reqbufs(v4l2_requestbuffers) = ioctl_readwrite b'V' 8;
    expbuf(v4l2_exportbuffer) = ioctl_readwrite b'V' 16;
    streamon(i32) = ioctl_write_ptr b'V' 18;
    streamoff(i32) = ioctl_write_ptr b'V' 19;
    g_parm(v4l2_streamparm) = ioctl_readwrite b'V' 21;
    s_parm(v4l2_streamparm) = ioctl_readwrite b'V' 22;
    s_std(u64) = ioctl_write_ptr b'V' 24;
    g_ctrl(v4l2_control) = ioctl_readwrite b'V' 27;
    s_ctrl(v4l2_control) = ioctl_readwrite b'V' 28;
    queryctrl(v4l2_queryctrl) = ioctl_readwrite b'V' 36;
    querymenu(v4l2_querymenu) = ioctl_readwrite b'V' 37;
    s_input(i32) = ioctl_readwrite b'V' 39;
    enum_framesizes(v4l2_frmsizeenum) = ioctl_readwrite b'V' 74;
    s_dv_timings(v4l2_dv_timings) = ioctl_readwrite b'V' 87;
    g_dv_timings(v4l2_dv_timings) = ioctl_readwrite b'V' 88;
    dqevent(v4l2_event) = ioctl_read b'V' 89;
    subscribe_event(v4l2_event_subscription) = ioctl_write_ptr b'V' 90;
    query_dv_timings(v4l2_dv_timings) = ioctl_read b'V' 99;
    encoder_cmd(v4l2_encoder_cmd) = ioctl_readwrite b'V' 77;
    dma_buf_sync(dma_buf_sync) = ioctl_write_ptr b'b' 0;
    dma_heap_alloc(dma_heap_allocation_data) = ioctl_readwrite b'H' 0;
    // Of a sub-device; its timings, EDID, controls and events are asked for as a video node's.
    subdev_g_fmt(v4l2_subdev_format) = ioctl_readwrite b'V' 4;
    subdev_s_fmt(v4l2_subdev_format) = ioctl_readwrite b'V' 5;
    setup_link(media_link_desc) = ioctl_readwrite b'|' 3;
    // This one carries pointers to lists: only `media` calls it, with lists as long as it says.
    g_topology(media_v2_topology) = ioctl_readwrite b'|' 4;
    // These two carry a pointer to blocks: only `edid` calls them, with as many as they say.
    g_edid(v4l2_edid) = ioctl_readwrite b'V' 40;
    s_edid(v4l2_edid) = ioctl_readwrite b'V' 41;
    // These three carry a pointer to planes: only `buffer` calls them, with planes on its own stack.
    querybuf(v4l2_buffer) = ioctl_readwrite b'V' 9;
    qbuf(v4l2_buffer) = ioctl_readwrite b'V' 15;
    dqbuf(v4l2_buffer) = ioctl_readwrite b'V' 17;
}
