//! DV timings: what an HDMI source sends, as the receiver measures it.

use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use super::{call, lp64::*};

/// Timings as the kernel gave them, to be given back to it.
#[derive(Clone, Copy)]
pub(crate) struct Raw(v4l2_dv_timings);

/// The numbers of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) interlaced: bool,
    /// Pixels a second, blanking included.
    pub(crate) pixel_clock: u64,
    /// Width of a line, blanking included.
    pub(crate) total_width: u32,
    /// Lines of a frame, blanking included.
    pub(crate) total_height: u32,
}

impl Raw {
    pub(crate) fn numbers(&self) -> Numbers {
        // SAFETY: plain integers, zeroed before the kernel wrote them.
        let bt = unsafe { self.0.__bindgen_anon_1.bt };
        Numbers {
            width: bt.width,
            height: bt.height,
            interlaced: bt.interlaced != 0,
            pixel_clock: bt.pixelclock,
            total_width: bt
                .width
                .saturating_add(bt.hfrontporch)
                .saturating_add(bt.hsync)
                .saturating_add(bt.hbackporch),
            total_height: [bt.height, bt.vfrontporch, bt.vsync, bt.vbackporch]
                .into_iter()
                .chain([bt.il_vfrontporch, bt.il_vsync, bt.il_vbackporch])
                .fold(0, u32::saturating_add),
        }
    }
}

/// What arrives now. ENOLINK: nothing; ENOLCK: something unstable; ERANGE: something the receiver cannot take.
pub(crate) fn query(fd: BorrowedFd<'_>) -> Result<Raw, Errno> {
    let mut t = v4l2_dv_timings::default();
    call::query_dv_timings(fd, &mut t)?;
    Ok(Raw(t))
}

/// Whether the device has DV timings at all, whatever arrives. Nothing is measured for it.
pub(crate) fn supported(fd: BorrowedFd<'_>) -> bool {
    let mut t = v4l2_dv_timings::default();
    call::g_dv_timings(fd, &mut t) != Err(Errno::ENOTTY)
}

pub(crate) fn set(fd: BorrowedFd<'_>, timings: &Raw) -> Result<(), Errno> {
    let mut t = timings.0;
    call::s_dv_timings(fd, &mut t)
}
