//! Formats, frame sizes and frame rates of a queue.

use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use super::{Queue, call, lp64::*, text};

/// What a queue's buffers hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Format {
    pub(crate) fourcc: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Bytes from row to row, of the first plane.
    pub(crate) stride: u32,
    /// Bytes of a buffer.
    pub(crate) sizeimage: u32,
    /// `enum v4l2_colorspace`; 0: the driver's choice.
    pub(crate) colorspace: u32,
    /// How many separate memories a picture has.
    pub(crate) planes: u32,
}

pub(crate) fn get(fd: BorrowedFd<'_>, queue: Queue) -> Result<Format, Errno> {
    let mut f = v4l2_format { type_: queue.code(), ..Default::default() };
    call::g_fmt(fd, &mut f)?;
    Ok(unpack(queue, &f))
}

/// Asks for a format; the answer is what the driver made of it.
pub(crate) fn set(fd: BorrowedFd<'_>, queue: Queue, want: &Format) -> Result<Format, Errno> {
    let mut f = v4l2_format { type_: queue.code(), ..Default::default() };
    if queue.planes() {
        let mut pix = v4l2_pix_format_mplane {
            width: want.width,
            height: want.height,
            pixelformat: want.fourcc,
            field: V4L2_FIELD_ANY,
            colorspace: want.colorspace,
            num_planes: 1,
            ..Default::default()
        };
        pix.plane_fmt[0] = v4l2_plane_pix_format {
            bytesperline: want.stride,
            sizeimage: want.sizeimage,
            ..Default::default()
        };
        f.fmt.pix_mp = pix;
    } else {
        f.fmt.pix = v4l2_pix_format {
            width: want.width,
            height: want.height,
            pixelformat: want.fourcc,
            field: V4L2_FIELD_ANY,
            bytesperline: want.stride,
            sizeimage: want.sizeimage,
            colorspace: want.colorspace,
            ..Default::default()
        };
    }
    call::s_fmt(fd, &mut f)?;
    Ok(unpack(queue, &f))
}

fn unpack(queue: Queue, f: &v4l2_format) -> Format {
    if queue.planes() {
        // SAFETY: plain integers, zeroed before the kernel wrote them.
        let pix = unsafe { f.fmt.pix_mp };
        let plane = pix.plane_fmt[0];
        Format {
            fourcc: pix.pixelformat,
            width: pix.width,
            height: pix.height,
            stride: plane.bytesperline,
            sizeimage: plane.sizeimage,
            colorspace: pix.colorspace,
            planes: u32::from(pix.num_planes),
        }
    } else {
        // SAFETY: as above.
        let pix = unsafe { f.fmt.pix };
        Format {
            fourcc: pix.pixelformat,
            width: pix.width,
            height: pix.height,
            stride: pix.bytesperline,
            sizeimage: pix.sizeimage,
            colorspace: pix.colorspace,
            planes: 1,
        }
    }
}

/// The `index`-th format of a queue: its code and the driver's words for it. EINVAL: there are no more.
pub(crate) fn enumerate(fd: BorrowedFd<'_>, queue: Queue, index: u32) -> Result<(u32, String), Errno> {
    let mut d = v4l2_fmtdesc { index, type_: queue.code(), ..Default::default() };
    call::enum_fmt(fd, &mut d)?;
    Ok((d.pixelformat, text(&d.description)))
}

/// The `index`-th frame size of a format, or range of them: smallest, largest, step; each width and height.
pub(crate) fn frame_sizes(fd: BorrowedFd<'_>, fourcc: u32, index: u32) -> Result<[(u32, u32); 3], Errno> {
    let mut s = v4l2_frmsizeenum { index, pixel_format: fourcc, ..Default::default() };
    call::enum_framesizes(fd, &mut s)?;
    if s.type_ == V4L2_FRMSIZE_TYPE_DISCRETE {
        // SAFETY: plain integers, zeroed before the kernel wrote them.
        let d = unsafe { s.__bindgen_anon_1.discrete };
        Ok([(d.width, d.height), (d.width, d.height), (1, 1)])
    } else {
        // SAFETY: as above.
        let r = unsafe { s.__bindgen_anon_1.stepwise };
        Ok([(r.min_width, r.min_height), (r.max_width, r.max_height), (r.step_width, r.step_height)])
    }
}

/// Frames in seconds, as a fraction (frames, seconds); `None`: the driver does not say.
pub(crate) fn rate(fd: BorrowedFd<'_>, queue: Queue) -> Result<Option<(u32, u32)>, Errno> {
    let mut p = v4l2_streamparm { type_: queue.code(), ..Default::default() };
    call::g_parm(fd, &mut p)?;
    Ok(unpack_rate(queue, &p))
}

/// Asks for `frames` in `seconds`; the answer is what the driver made of it.
pub(crate) fn set_rate(
    fd: BorrowedFd<'_>,
    queue: Queue,
    frames: u32,
    seconds: u32,
) -> Result<Option<(u32, u32)>, Errno> {
    let mut p = v4l2_streamparm { type_: queue.code(), ..Default::default() };
    let timeperframe = v4l2_fract { numerator: seconds, denominator: frames };
    if queue.is_output() {
        p.parm.output = v4l2_outputparm { timeperframe, ..Default::default() };
    } else {
        p.parm.capture = v4l2_captureparm { timeperframe, ..Default::default() };
    }
    call::s_parm(fd, &mut p)?;
    Ok(unpack_rate(queue, &p))
}

fn unpack_rate(queue: Queue, p: &v4l2_streamparm) -> Option<(u32, u32)> {
    let time = if queue.is_output() {
        // SAFETY: plain integers, zeroed before the kernel wrote them.
        unsafe { p.parm.output.timeperframe }
    } else {
        // SAFETY: as above.
        unsafe { p.parm.capture.timeperframe }
    };
    (time.numerator > 0 && time.denominator > 0).then_some((time.denominator, time.numerator))
}
