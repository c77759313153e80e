//! The wish to end, as a descriptor: whoever sleeps in `poll` is woken by it, now and later.

use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::eventfd::{EfdFlags, EventFd};

/// Tells the media thread to end.
#[derive(Debug)]
pub struct Stop(EventFd);

impl Stop {
    /// Not requested yet.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn new() -> Result<Stop, Errno> {
        EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC).map(Stop)
    }

    /// Readable from now on, for ever.
    pub fn request(&self) {
        // Only a full counter or a closed descriptor can fail: neither is possible.
        let _ = self.0.write(1);
    }

    /// Readable once the end was requested. Never read from it.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
