//! The kernel's interface: generated structures, the ioctls on them, and nothing that can be misused from outside.
//!
//! Functions here are safe: what they hand to the kernel is built here, so no caller can give it a wrong structure or
//! pointer. Unions are read here and leave as plain values. Errors are bare [`nix::errno::Errno`]; meaning is given above.
#![allow(unsafe_code)]

pub(crate) mod buffer;
mod call;
#[cfg(test)]
mod check;
pub(crate) mod control;
pub(crate) mod dma_buf;
pub(crate) mod edid;
pub(crate) mod format;
pub(crate) mod media;
pub(crate) mod subdev;
pub(crate) mod timings;

/// What bindgen made of the kernel's headers (`make bindings`), valid where `long` has 64 bits.
#[allow(non_camel_case_types, missing_docs, dead_code, clippy::undocumented_unsafe_blocks)]
pub(crate) mod lp64;

use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use lp64::*;

/// Which of a device's queues a call is about: the direction, and whether the driver speaks of planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    Capture { planes: bool },
    Output { planes: bool },
}

impl Queue {
    pub(crate) fn planes(self) -> bool {
        match self {
            Self::Capture { planes } | Self::Output { planes } => planes,
        }
    }

    pub(crate) fn is_output(self) -> bool {
        matches!(self, Self::Output { .. })
    }

    /// The kernel's number for it (`enum v4l2_buf_type`).
    fn code(self) -> u32 {
        match self {
            Self::Capture { planes: false } => V4L2_BUF_TYPE_VIDEO_CAPTURE,
            Self::Capture { planes: true } => V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
            Self::Output { planes: false } => V4L2_BUF_TYPE_VIDEO_OUTPUT,
            Self::Output { planes: true } => V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE,
        }
    }
}

/// Who a device says it is: VIDIOC_QUERYCAP.
pub(crate) struct Identity {
    pub(crate) driver: String,
    pub(crate) card: String,
    pub(crate) bus: String,
    /// The opened node's own capabilities (`V4L2_CAP_*`).
    pub(crate) capabilities: u32,
}

pub(crate) fn query_capability(fd: BorrowedFd<'_>) -> Result<Identity, Errno> {
    let mut c = v4l2_capability::default();
    call::querycap(fd, &mut c)?;
    Ok(Identity {
        driver: text(&c.driver),
        card: text(&c.card),
        bus: text(&c.bus_info),
        capabilities: if c.capabilities & V4L2_CAP_DEVICE_CAPS != 0 { c.device_caps } else { c.capabilities },
    })
}

pub(crate) fn set_input(fd: BorrowedFd<'_>, input: u32) -> Result<(), Errno> {
    let mut number = i32::try_from(input).map_err(|_| Errno::EINVAL)?;
    call::s_input(fd, &mut number)
}

pub(crate) fn set_standard(fd: BorrowedFd<'_>, mut standards: u64) -> Result<(), Errno> {
    call::s_std(fd, &mut standards)
}

/// What VIDIOC_DQEVENT gave.
pub(crate) struct RawEvent {
    pub(crate) kind: u32,
    /// For `V4L2_EVENT_SOURCE_CHANGE`: what changed.
    pub(crate) changes: u32,
}

pub(crate) fn subscribe(fd: BorrowedFd<'_>, kind: u32) -> Result<(), Errno> {
    call::subscribe_event(fd, &mut v4l2_event_subscription { type_: kind, ..Default::default() })
}

/// The oldest pending event; ENOENT: none.
pub(crate) fn dequeue_event(fd: BorrowedFd<'_>) -> Result<RawEvent, Errno> {
    let mut event = v4l2_event::default();
    call::dqevent(fd, &mut event)?;
    // SAFETY: every bit pattern is a valid u32, and the union was zeroed before the kernel wrote it.
    let changes = unsafe { event.u.src_change.changes };
    Ok(RawEvent { kind: event.type_, changes })
}

/// What an encoder is told: VIDIOC_ENCODER_CMD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Takes pictures again.
    Start,
    /// Finishes what it was given, and marks the last piece.
    Stop,
}

pub(crate) fn command_encoder(fd: BorrowedFd<'_>, command: Command) -> Result<(), Errno> {
    let cmd = if command == Command::Start { V4L2_ENC_CMD_START } else { V4L2_ENC_CMD_STOP };
    call::encoder_cmd(fd, &mut v4l2_encoder_cmd { cmd, ..Default::default() })
}

/// A fixed field of the kernel's, up to its first zero byte.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|&b| b == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}
