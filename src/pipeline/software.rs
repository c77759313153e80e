//! The thread of the software encoder: takes the newest frame, encodes it, publishes it.
//!
//! What must always hold: a captured frame goes back to its driver before it is encoded, as soon as its pixels are
//! converted; a frame left out after it was to become a key frame leaves that debt behind; a still screen is not encoded over
//! and over.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use memsink::Micros;
use v4l2m2m::Size;

use super::mailbox::Mailbox;
use super::publisher::{Publisher, Stream, Unit};
use super::shared::Shared;
use super::still::Still;
use crate::encode::{Settings, Software};
use crate::source::convert::{self, Layout};
use crate::source::picture::Colour;
use crate::source::{Frame, Picture, Pixels};
use crate::{error, info};

/// A frame to encode.
struct Job {
    frame: Frame,
    key: bool,
    stream: Stream,
    settings: Settings,
}

/// The encoder thread and the way to it.
pub struct SoftwareEncoder {
    mailbox: Mailbox<Job>,
    publisher: Arc<Publisher>,
    shared: Arc<Shared>,
}

impl SoftwareEncoder {
    pub(super) fn new(publisher: Arc<Publisher>, shared: Arc<Shared>) -> SoftwareEncoder {
        SoftwareEncoder { mailbox: Mailbox::default(), publisher, shared }
    }

    /// Gives it a frame; one that still waits is replaced.
    pub fn put(&self, frame: Frame, key: bool, stream: Stream, settings: Settings) {
        if let Some(replaced) = self.mailbox.put(Job { frame, key, stream, settings }) {
            self.shared.replaced.fetch_add(1, Relaxed);
            if replaced.key && replaced.stream == stream {
                self.publisher.owe_key();
            }
        }
    }

    /// Ends the thread.
    pub fn close(&self) {
        self.mailbox.close();
    }

    /// The thread's work, until closed.
    pub fn run(&self, mut encoder: Software) {
        let mut unit = Vec::with_capacity(256 << 10);
        // A captured picture, and the one before it if that was captured, too.
        let [mut converted, mut last] = [(); 2].map(|()| Picture::new(Size::default(), Colour::BLACK));
        let (mut still, mut in_row) = (Still::default(), false);
        let mut failing = false;
        while let Some(Job { frame, key, stream, settings }) = self.mailbox.take() {
            let meta = frame.meta;
            let encode_begin = Micros::now();
            let key = self.publisher.take_debt(meta.captured) | key;
            let picture = readable(frame, &mut converted).map_err(|why| why.to_string());
            if let Ok(None) = picture {
                let same = std::mem::replace(&mut in_row, true) && converted == last;
                if !still.worth(meta.captured, same, key) {
                    self.shared.unchanged.fetch_add(1, Relaxed);
                    continue;
                }
            } else {
                in_row = false;
            }
            let encoded = picture.and_then(|picture| {
                let picture = picture.as_deref().unwrap_or(&converted);
                let size = Size { width: picture.width() as u32, height: picture.height() as u32 };
                encoder
                    .ask(settings)
                    .and_then(|()| encoder.encode(picture, key, &mut unit))
                    .map(|key| (key, size))
                    .map_err(|why| why.to_string())
            });
            std::mem::swap(&mut converted, &mut last);
            match encoded {
                Ok((key, size)) => {
                    if std::mem::replace(&mut failing, false) {
                        info!("H264: The encoder works again");
                    }
                    let (captured, dequeued, online) = (meta.captured, meta.dequeued, meta.online);
                    let unit = Unit {
                        size,
                        online,
                        key,
                        captured,
                        dequeued,
                        encode_begin,
                        encode_end: Micros::now(),
                        data: &unit,
                    };
                    self.publisher.publish(stream, &unit);
                }
                Err(why) => {
                    self.shared.encoder_failed.fetch_add(1, Relaxed);
                    self.publisher.owe_key();
                    if !std::mem::replace(&mut failing, true) {
                        error!("H264: {why}");
                    }
                }
            }
        }
    }
}

/// Why a frame's pixels cannot be had.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error(transparent)]
    Device(#[from] v4l2m2m::Error),
    #[error(transparent)]
    Format(#[from] convert::Error),
}

/// The frame as planar 4:2:0: its own picture, or `None` when it was converted into `into`. Its buffer is let go.
fn readable(frame: Frame, into: &mut Picture) -> Result<Option<Arc<Picture>>, Unreadable> {
    match frame.pixels {
        Pixels::Drawn(picture) => Ok(Some(picture)),
        Pixels::Captured(captured) => {
            let layout = captured.layout();
            let layout = Layout::from(layout);
            convert::convert(layout, &captured.map()?, into)?;
            Ok(None)
        }
    }
}
