//! H.264 and JPEG from pictures.

pub mod jpeg;
mod quiet;
pub mod software;

pub use software::Software;

use crate::config::{Fps, Gop, Kbps};

/// What an encoder is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Rate to aim at.
    pub bitrate: Kbps,
    /// Key frame distance in frames; 0: only on request.
    pub gop: Gop,
    /// Frames per second to expect, for the rate control.
    pub fps: Fps,
}

/// Why an encoder failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The software encoder refused.
    #[error(
        "the software H.264 encoder (openh264) failed at {what}: {why}; it takes pictures of up to 3840x2160"
    )]
    Software {
        /// What was asked of it.
        what: &'static str,
        /// Its own words.
        why: String,
    },
    /// libjpeg-turbo refused.
    #[error("the JPEG encoder failed: {0}")]
    Jpeg(String),
}
