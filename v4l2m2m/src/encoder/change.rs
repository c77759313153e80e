//! What can be changed of an encoder: the stream that runs, or all of it.
//!
//! Invariant: a change for which buffers would have to be others consumes the encoder, and gives one back only when it is ready.

use super::{Encoder, EncoderConfig, codec};
use crate::Error;
use crate::control::Note;

impl Encoder {
    /// Makes the encoder ready for other pictures, of another size, format or capture session, on the descriptor it has. What is
    /// inside is thrown away ([`Self::drain`] first where that matters); the new stream begins with a key frame. The counters go on.
    ///
    /// # Errors
    /// As [`Self::open`]; the device is closed then.
    pub fn reconfigure(mut self, config: &EncoderConfig) -> Result<Self, Error> {
        self.ledger.finish();
        let counters = self.counters();
        let Self { input, output, in_flight, copies, device, .. } = self;
        // The queues first, which takes the pictures from the driver.
        drop((input, output));
        drop((in_flight, copies));
        Ok(Self { counters, ..Self::set_up(device, config)? })
    }

    /// Another bitrate from the next picture on; the stream goes on. `Some`: what the driver made of it.
    ///
    /// # Errors
    /// When the device failed.
    pub fn set_bitrate(&mut self, kbps: u32) -> Result<Option<Note>, Error> {
        codec::change(&self.device, codec::bitrate(kbps))
    }

    /// So many pictures from one key frame to the next, 0: only when forced; the stream goes on. `Some`: what the driver made of it.
    ///
    /// # Errors
    /// When the device failed.
    pub fn set_gop(&mut self, pictures: u32) -> Result<Option<Note>, Error> {
        codec::change(&self.device, codec::gop(pictures))
    }

    /// Another quality of JPEGs, in per cent, from the next picture on. `Some`: what the driver made of it.
    ///
    /// # Errors
    /// When the device failed.
    pub fn set_quality(&mut self, percent: u32) -> Result<Option<Note>, Error> {
        codec::change(&self.device, codec::quality(percent))
    }
}
