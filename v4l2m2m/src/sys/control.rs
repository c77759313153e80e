//! Controls: small whole numbers, and the range the driver allows.

use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use super::{call, lp64::*, text};

/// `V4L2_CTRL_TYPE_MENU`. By hand: the kernel adds to its enumeration with every release, so bindings of it would differ from
/// machine to machine. Checked against the headers with all others.
pub(crate) const TYPE_MENU: u32 = 3;

/// What the driver says of a control.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    pub(crate) id: u32,
    pub(crate) is_menu: bool,
    pub(crate) name: String,
    pub(crate) minimum: i32,
    pub(crate) maximum: i32,
    pub(crate) step: i32,
    pub(crate) default: i32,
    pub(crate) usable: bool,
}

pub(crate) fn describe(fd: BorrowedFd<'_>, id: u32) -> Result<Description, Errno> {
    let mut q = v4l2_queryctrl { id, ..Default::default() };
    call::queryctrl(fd, &mut q)?;
    Ok(Description {
        id: q.id,
        is_menu: q.type_ == TYPE_MENU,
        name: text(&q.name),
        minimum: q.minimum,
        maximum: q.maximum,
        step: q.step,
        default: q.default_value,
        usable: q.flags & V4L2_CTRL_FLAG_DISABLED == 0,
    })
}

/// The control with the next higher number; EINVAL: there is none.
pub(crate) fn describe_next(fd: BorrowedFd<'_>, after: u32) -> Result<Description, Errno> {
    describe(fd, after | V4L2_CTRL_FLAG_NEXT_CTRL)
}

/// The name of a menu's item; EINVAL: it has no such item.
pub(crate) fn menu_item(fd: BorrowedFd<'_>, id: u32, index: u32) -> Result<String, Errno> {
    let mut q = v4l2_querymenu { id, index, ..Default::default() };
    call::querymenu(fd, &mut q)?;
    // SAFETY: a menu's item is a name; every byte is valid and the union was zeroed before the kernel wrote it.
    let name = unsafe { q.__bindgen_anon_1.name };
    Ok(text(&name))
}

pub(crate) fn get(fd: BorrowedFd<'_>, id: u32) -> Result<i32, Errno> {
    let mut c = v4l2_control { id, value: 0 };
    call::g_ctrl(fd, &mut c)?;
    Ok(c.value)
}

/// The value that the control has then: one beyond its range is made to fit.
pub(crate) fn set(fd: BorrowedFd<'_>, id: u32, value: i32) -> Result<i32, Errno> {
    let mut c = v4l2_control { id, value };
    call::s_ctrl(fd, &mut c)?;
    Ok(c.value)
}
