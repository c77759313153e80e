//! The end of a stream, in order: what is inside comes out, to the last picture (kernel documentation, "Drain").
//!
//! Invariant: a [`Draining`] is not an [`Encoder`], so no picture can get in before it is one again.

use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;

use super::{Encoded, Encoder, EncoderConfig, EncoderCounters};
use crate::sys::{self, Command};
use crate::{Error, Micros};

/// An encoder that takes no more pictures and hands out what it has.
pub struct Draining {
    encoder: Encoder,
    /// The driver marks the end by itself. One that cannot be told to has none: there it is known by the last picture's piece.
    marks_end: bool,
    finished: bool,
}

impl Encoder {
    /// Ends the stream: nothing of what was given to the encoder is lost.
    ///
    /// # Errors
    /// When the device failed; it is closed then.
    pub fn drain(self) -> Result<Draining, Error> {
        let marks_end = match sys::command_encoder(self.device.fd(), Command::Stop) {
            Ok(()) => true,
            Err(Errno::ENOTTY | Errno::EINVAL) => false,
            Err(errno) => return Err(self.device.error("draining the encoder", errno)),
        };
        Ok(Draining { encoder: self, marks_end, finished: false })
    }
}

impl Draining {
    /// The descriptor to wait for, by `POLLIN`, until [`Self::is_finished`].
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.encoder.device.fd.as_fd()
    }

    /// The next piece of bitstream; `None`: none is ready, or there is none any more.
    #[allow(clippy::should_implement_trait)] // An iterator could not lend.
    pub fn next(&mut self) -> Result<Option<Encoded<'_>>, Error> {
        if self.finished {
            return Ok(None);
        }
        if let Some((buffer, record)) = self.encoder.take(true)? {
            return self.encoder.lend(buffer, record).map(Some);
        }
        let ended = if self.marks_end { self.encoder.ended } else { self.encoder.ledger.is_empty() };
        if ended && self.encoder.in_flight() == 0 {
            self.encoder.ledger.finish();
            self.finished = true;
        }
        Ok(None)
    }

    /// Whether every picture is given back, and all bitstream was handed out. [`Self::next`] finds out. An encoder that hangs never
    /// finishes: the caller knows how long is too long.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// When the oldest picture inside was submitted.
    pub fn oldest_submit(&self) -> Option<Micros> {
        self.encoder.oldest_submit()
    }

    /// What happened so far.
    pub fn counters(&self) -> EncoderCounters {
        self.encoder.counters()
    }

    /// Takes pictures again. Once finished, the stream goes on as if nothing had been; before that, what is inside is thrown
    /// away, and a new stream begins with a key frame.
    ///
    /// # Errors
    /// When the device failed; it is closed then.
    pub fn resume(self) -> Result<Encoder, Error> {
        let mut encoder = self.encoder;
        if !self.finished {
            encoder.restart()?;
        } else if self.marks_end {
            sys::command_encoder(encoder.device.fd(), Command::Start)
                .map_err(|errno| encoder.device.error("resuming the encoder", errno))?;
        }
        encoder.ended = false;
        Ok(encoder)
    }

    /// As [`Encoder::reconfigure`].
    pub fn reconfigure(self, config: &EncoderConfig) -> Result<Encoder, Error> {
        self.encoder.reconfigure(config)
    }
}
