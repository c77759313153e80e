//! What flows from a source to the sinks.

use std::sync::Arc;

use memsink::Micros;
use v4l2m2m::{FourCc, PixelLayout, Size};

use super::Picture;

/// What is known of a frame beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// The moment of capture.
    pub captured: Micros,
    /// When the frame was in our hands.
    pub dequeued: Micros,
    /// The source's own count; gaps are frames that never reached us.
    pub sequence: u32,
    /// False for a picture that stands in for a missing source.
    pub online: bool,
}

/// Where a frame's pixels are.
#[derive(Debug, Clone)]
pub enum Pixels {
    /// In our own memory, which goes back to the source's pool with the last clone.
    Drawn(Arc<Picture>),
    /// In the capture driver's buffer, which goes back to the driver with the last clone.
    Captured(v4l2m2m::Frame),
}

/// One picture on its way. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Frame {
    /// What is known of it.
    pub meta: Meta,
    /// Its pixels.
    pub pixels: Pixels,
}

impl Frame {
    /// A picture of our own making.
    pub fn drawn(meta: Meta, picture: Arc<Picture>) -> Frame {
        Frame { meta, pixels: Pixels::Drawn(picture) }
    }

    /// A picture that the driver has just given.
    pub fn captured(frame: v4l2m2m::Frame) -> Frame {
        let meta = Meta {
            captured: Micros(frame.timestamp().0),
            dequeued: Micros(frame.dequeued().0),
            sequence: frame.sequence(),
            online: true,
        };
        Frame { meta, pixels: Pixels::Captured(frame) }
    }

    /// How the pixels lie in memory.
    pub fn layout(&self) -> PixelLayout {
        match &self.pixels {
            Pixels::Captured(frame) => frame.layout(),
            Pixels::Drawn(picture) => PixelLayout::packed(
                FourCc::YUV420,
                Size { width: picture.width() as u32, height: picture.height() as u32 },
            ),
        }
    }
}
