//! Waiting for a signal while there is no session to tell of it.
//!
//! Invariant: a change after [`SignalWatch::open`] makes the descriptor ready, so who probes after opening misses none.

use std::os::fd::BorrowedFd;
use std::path::Path;

use nix::errno::Errno;

use crate::sys::{self, lp64};
use crate::{Device, Error};

/// A receiver's announcements of changes at its input.
#[derive(Debug)]
pub struct SignalWatch {
    device: Device,
}

impl SignalWatch {
    /// Listens to a receiver, which another session may have open.
    ///
    /// # Errors
    /// [`crate::Kind::Unsupported`] when the device announces nothing: it can only be asked again and again.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let device = Device::open(path)?;
        sys::subscribe(device.fd(), lp64::V4L2_EVENT_SOURCE_CHANGE)
            .map_err(|errno| device.error("subscribing to changes of the signal", errno))?;
        Ok(Self { device })
    }

    /// `POLLPRI`: something has changed; call [`Self::take`].
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.device.fd()
    }

    /// Takes all announcements made so far; whether there were any.
    ///
    /// # Errors
    /// [`crate::Kind::Gone`] when the device is.
    pub fn take(&mut self) -> Result<bool, Error> {
        let mut any = false;
        loop {
            match sys::dequeue_event(self.device.fd()) {
                Ok(_) => any = true,
                Err(Errno::ENOENT | Errno::EAGAIN) => return Ok(any),
                Err(errno) => return Err(self.device.error("taking an event", errno)),
            }
        }
    }
}
