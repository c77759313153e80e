//! The sink for pictures as they are captured: a thread of its own copies the newest one there.
//!
//! What must always hold: while nobody reads, a frame costs one look at the sink's header; the media thread never waits for a copy;
//! a frame too large for the sink is counted, and told once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use memsink::{FrameInfo, Micros, Writer};
use v4l2m2m::FourCc;

use super::mailbox::Mailbox;
use crate::source::jpeg::is_jpeg;
use crate::source::{Frame, Meta, Pixels};
use crate::{error, info};

/// How many pictures there were and what was left out, by cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct RawCounts {
    /// In the sink since the start.
    pub published: u64,
    /// Replaced by a newer one before the copy could begin.
    pub replaced: u64,
    /// Larger than the sink.
    pub too_large: u64,
    /// A reader kept the sink's lock, or the sink or the picture cannot be had; the log says which.
    pub failed: u64,
}

#[derive(Default)]
struct Counts {
    published: AtomicU64,
    replaced: AtomicU64,
    too_large: AtomicU64,
    failed: AtomicU64,
}

/// The thread, the way to it, and its sink.
pub struct RawSink {
    mailbox: Mailbox<Frame>,
    sink: Mutex<Sink>,
    has_clients: AtomicBool,
    counts: Counts,
}

struct Sink {
    writer: Writer,
    /// µStreamer's readers show themselves only once there is a first frame.
    first_done: bool,
    /// What the log knows.
    told_size: bool,
    failing: bool,
}

/// Why a picture is not in the sink.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Device(#[from] v4l2m2m::Error),
    #[error(transparent)]
    Sink(#[from] memsink::Error),
}

impl RawSink {
    pub(super) fn new(writer: Writer) -> RawSink {
        RawSink {
            mailbox: Mailbox::default(),
            sink: Mutex::new(Sink { writer, first_done: false, told_size: false, failing: false }),
            has_clients: AtomicBool::new(false),
            counts: Counts::default(),
        }
    }

    fn sink(&self) -> MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody reads it.
    pub fn has_clients(&self) -> bool {
        self.has_clients.load(Relaxed)
    }

    /// The counts at this moment.
    pub fn counts(&self) -> RawCounts {
        let Counts { published, replaced, too_large, failed } = &self.counts;
        RawCounts {
            published: published.load(Relaxed),
            replaced: replaced.load(Relaxed),
            too_large: too_large.load(Relaxed),
            failed: failed.load(Relaxed),
        }
    }

    /// Whether a frame captured at this time is wanted: ask before making one.
    pub(super) fn want(&self, captured: Micros) -> bool {
        // A copy in progress holds the sink: then somebody reads, and the newest frame waits.
        let Ok(mut sink) = self.sink.try_lock() else { return true };
        let has_clients = sink.writer.demand(captured).has_clients;
        self.has_clients.store(has_clients, Relaxed);
        has_clients || !sink.first_done
    }

    /// Gives a frame to the thread; one that still waits is replaced.
    pub(super) fn put(&self, frame: Frame) {
        if self.mailbox.put(frame).is_some() {
            self.counts.replaced.fetch_add(1, Relaxed);
        }
    }

    /// Ends the thread.
    pub(super) fn close(&self) {
        self.mailbox.close();
    }

    /// The thread's work, until closed.
    pub(super) fn run(&self) {
        while let Some(frame) = self.mailbox.take() {
            let published = self.publish(&frame);
            drop(frame);
            self.note(published);
        }
    }

    fn publish(&self, frame: &Frame) -> Result<(), Failure> {
        match &frame.pixels {
            Pixels::Drawn(picture) => self.write(frame, picture.bytes())?,
            Pixels::Captured(captured) => self.write(frame, &captured.map()?)?,
        }
        Ok(())
    }

    fn write(&self, frame: &Frame, bytes: &[u8]) -> Result<(), memsink::Error> {
        let (layout, Meta { captured, dequeued, online, .. }) = (frame.layout(), frame.meta);
        let compressed = is_jpeg(layout.format) || layout.format == FourCc::H264;
        let info = FrameInfo {
            width: layout.size.width,
            height: layout.size.height,
            format: layout.format.0,
            stride: if compressed { 0 } else { layout.stride },
            online,
            key: false,
            gop: 0,
            grab_begin: captured,
            grab_end: dequeued,
            // Nothing is encoded.
            encode_begin: dequeued,
            encode_end: dequeued,
        };
        self.sink().writer.publish(&info, bytes).map(drop)
    }

    fn note(&self, published: Result<(), Failure>) {
        let mut sink = self.sink();
        let Err(why) = published else {
            self.counts.published.fetch_add(1, Relaxed);
            sink.first_done = true;
            if std::mem::take(&mut sink.failing) {
                info!("RAW: the sink can be written again");
            }
            return;
        };
        let (count, told) = match &why {
            Failure::Sink(memsink::Error::TooLarge { .. }) => {
                // It is as good as a first frame: trying each frame until a small one comes helps nobody.
                sink.first_done = true;
                (&self.counts.too_large, &mut sink.told_size)
            }
            // A reader that keeps the lock is an everyday matter.
            Failure::Sink(memsink::Error::LockBusy(_)) => (&self.counts.failed, &mut true),
            _ => (&self.counts.failed, &mut sink.failing),
        };
        count.fetch_add(1, Relaxed);
        if !std::mem::replace(told, true) {
            error!("RAW: {why}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Picture;
    use crate::source::picture::Colour;
    use memsink::{Abi, Read, Reader, SinkName, WriterOptions};
    use std::sync::Arc;
    use std::time::Duration;
    use v4l2m2m::Size;

    fn drawn(width: u32, height: u32) -> Frame {
        let now = Micros::now();
        let meta = Meta { captured: now, dequeued: now, sequence: 1, online: true };
        Frame::drawn(meta, Arc::new(Picture::new(Size { width, height }, Colour::WHITE)))
    }

    fn bench(test: &str, abi: Abi) -> (RawSink, Reader) {
        let name: SinkName = format!("raw.{}.{test}::raw", std::process::id()).parse().unwrap();
        let options = WriterOptions { remove_on_drop: true, abi, ..WriterOptions::new(name.clone()) };
        (RawSink::new(Writer::create(options).unwrap()), Reader::new(name, Duration::from_secs(1)))
    }

    #[test]
    fn a_picture_is_in_the_sink_with_its_format_and_stride() {
        let (raw, mut reader) = bench("format", Abi::V10);
        let frame = drawn(64, 48);
        assert!(raw.want(frame.meta.captured), "readers show themselves only once there is a first one");
        raw.note(raw.publish(&frame));
        let mut got = memsink::Frame::default();
        assert_eq!(reader.read(&mut got, Duration::ZERO).unwrap(), Read::Frame);
        let info = got.info;
        assert_eq!((info.width, info.height, info.stride), (64, 48, 64));
        assert_eq!((info.format, got.data.len()), (FourCc::YUV420.0, 64 * 48 * 3 / 2));
        assert_eq!(got.data[0], Colour::WHITE.0);
        assert_eq!(raw.counts(), RawCounts { published: 1, ..RawCounts::default() });
    }

    #[test]
    fn what_is_too_large_is_counted_and_told_once() {
        // This layout's sink takes 1920x1200 in three bytes a pixel.
        let (raw, _) = bench("large", Abi::V7b);
        for _ in 0..3 {
            raw.note(raw.publish(&drawn(3840, 2160)));
        }
        assert_eq!(raw.counts(), RawCounts { too_large: 3, ..RawCounts::default() });
        assert!(raw.sink().told_size && !raw.sink().failing);
        assert!(!raw.want(Micros::now()), "nobody reads");
    }

    #[test]
    fn the_newest_wins() {
        let (raw, _) = bench("newest", Abi::V10);
        raw.put(drawn(64, 48));
        raw.put(drawn(32, 16));
        assert_eq!(raw.counts().replaced, 1);
        let newest = raw.mailbox.take().unwrap();
        assert_eq!(newest.layout().size, Size { width: 32, height: 16 });
        raw.note(raw.publish(&newest));
        assert_eq!(raw.counts().published, 1);
    }
}
