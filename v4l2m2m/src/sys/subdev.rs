//! Formats at the pads of a sub-device.

use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use super::{call, lp64::*};

/// What goes through a pad, as the kernel gave it, to be given to the next pad. Colours, fields and what else it says travel along.
#[derive(Clone, Copy)]
pub(crate) struct PadFormat(v4l2_mbus_framefmt);

impl PadFormat {
    /// The code of the media bus: what pixels look like on their way.
    pub(crate) fn code(&self) -> u32 {
        self.0.code
    }

    /// The same in another code.
    pub(crate) fn with_code(mut self, code: u32) -> Self {
        self.0.code = code;
        self
    }

    /// Width and height.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.0.width, self.0.height)
    }
}

fn ask(pad: u32, format: v4l2_mbus_framefmt) -> v4l2_subdev_format {
    v4l2_subdev_format { which: V4L2_SUBDEV_FORMAT_ACTIVE, pad, format, ..Default::default() }
}

pub(crate) fn format(fd: BorrowedFd<'_>, pad: u32) -> Result<PadFormat, Errno> {
    let mut f = ask(pad, v4l2_mbus_framefmt::default());
    call::subdev_g_fmt(fd, &mut f)?;
    Ok(PadFormat(f.format))
}

/// Asks a pad for a format; the answer is what the driver made of it.
pub(crate) fn set_format(fd: BorrowedFd<'_>, pad: u32, format: PadFormat) -> Result<PadFormat, Errno> {
    let mut f = ask(pad, format.0);
    call::subdev_s_fmt(fd, &mut f)?;
    Ok(PadFormat(f.format))
}
