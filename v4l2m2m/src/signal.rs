//! Waiting for a signal while there is no session to tell of it.
//!
//! Invariant: a change after [`SignalWatch::open`] makes the descriptor ready, so who probes after opening misses none.

use std::os::fd::BorrowedFd;
use std::path::Path;

use crate::receiver::Receiver;
use crate::{Device, Error};

/// A receiver's announcements of changes at its input.
#[derive(Debug)]
pub struct SignalWatch {
    receiver: Receiver,
}

impl SignalWatch {
    /// Listens to a receiver, which another session may have open.
    ///
    /// # Errors
    /// [`crate::Kind::Unsupported`] when the device announces nothing: it can only be asked again and again.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let receiver = Receiver::of(&Device::open(path)?)?;
        receiver.subscribe()?;
        Ok(Self { receiver })
    }

    /// `POLLPRI`: something has changed; call [`Self::take`].
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.receiver.fd()
    }

    /// Takes all announcements made so far; whether there were any.
    ///
    /// # Errors
    /// [`crate::Kind::Gone`] when the device is.
    pub fn take(&mut self) -> Result<bool, Error> {
        let mut any = false;
        while self.receiver.take_event()?.is_some() {
            any = true;
        }
        Ok(any)
    }
}
