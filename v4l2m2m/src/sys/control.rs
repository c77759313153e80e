//! Controls: small whole numbers, and the range the driver allows.

use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use super::{call, lp64::*, text};

/// What the driver says of a control.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) minimum: i32,
    pub(crate) maximum: i32,
    pub(crate) step: i32,
    pub(crate) usable: bool,
}

pub(crate) fn describe(fd: BorrowedFd<'_>, id: u32) -> Result<Description, Errno> {
    let mut q = v4l2_queryctrl { id, ..Default::default() };
    call::queryctrl(fd, &mut q)?;
    Ok(Description {
        name: text(&q.name),
        minimum: q.minimum,
        maximum: q.maximum,
        step: q.step,
        usable: q.flags & V4L2_CTRL_FLAG_DISABLED == 0,
    })
}

pub(crate) fn get(fd: BorrowedFd<'_>, id: u32) -> Result<i32, Errno> {
    let mut c = v4l2_control { id, value: 0 };
    call::g_ctrl(fd, &mut c)?;
    Ok(c.value)
}

pub(crate) fn set(fd: BorrowedFd<'_>, id: u32, value: i32) -> Result<(), Errno> {
    call::s_ctrl(fd, &mut v4l2_control { id, value })
}
