//! The newest JPEG, for everybody who wants one, and who that is.
//!
//! What must always hold: pictures appear in the order they were captured, and one that was overtaken never appears; a viewer
//! holds no more than the picture it is being sent; all viewers share one piece of memory.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use memsink::{FORMAT_JPEG, FrameInfo, Micros, Writer};
use tokio::sync::Notify;
use v4l2m2m::Size;

use super::super::rates::Rate;
use super::super::shared::{Delay, Delays};
use super::glances::Glances;
use crate::error;
use crate::source::Meta;

/// What ends a picture in a multipart stream. It lies behind each JPEG in memory, so that a viewer's part is one piece of it.
pub const BOUNDARY: &[u8] = b"\r\n--boundarydonotcross\r\n";

/// A picture seen for the first time is not older than this, µs.
const STALE_US: u64 = 1_000_000;

/// A JPEG and what is known of it.
#[derive(Debug, Clone)]
pub struct Jpeg {
    /// It, and [`BOUNDARY`].
    framed: Bytes,
    /// Size in pixels.
    pub size: Size,
    /// What is known of the picture it was made from.
    pub meta: Meta,
    /// When encoding began.
    pub encode_begin: Micros,
    /// When encoding ended.
    pub encode_end: Micros,
    /// When it was shown.
    pub exposed: Micros,
    /// Identical pictures that were left out before it.
    pub dropped: u32,
}

impl Jpeg {
    /// The JPEG alone.
    pub fn data(&self) -> Bytes {
        self.framed.slice(..self.framed.len() - BOUNDARY.len())
    }

    /// The JPEG with [`BOUNDARY`] behind it.
    pub fn framed(&self) -> Bytes {
        self.framed.clone()
    }
}

/// How many JPEGs there were and what was left out, by cause.
#[derive(Debug, Default)]
pub struct Counts {
    /// JPEGs shown.
    pub exposed: AtomicU64,
    /// Replaced by a newer one before a worker was free.
    pub replaced: AtomicU64,
    /// Ready only after a newer one.
    pub overtaken: AtomicU64,
    /// Identical to the one before.
    pub identical: AtomicU64,
    /// Could not be encoded.
    pub failed: AtomicU64,
    /// Not in the sink: a reader kept its lock, it was too large, or the sink cannot be written.
    pub sink: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct JpegCounts {
    /// JPEGs shown since the start.
    #[serde(skip)]
    pub exposed: u64,
    /// Replaced by a newer one before a worker was free.
    pub replaced: u64,
    /// Ready only after a newer one.
    pub overtaken: u64,
    /// Identical to the one before.
    pub identical: u64,
    /// Could not be encoded.
    pub failed: u64,
    /// Not in the JPEG sink.
    pub sink: u64,
}

/// What is shown, and to whom.
pub struct Showcase {
    newest: Mutex<Option<Arc<Jpeg>>>,
    /// A worker says that there is another one; the viewers hear it from [`Showcase::tell`].
    shown: Notify,
    told: Notify,
    /// Somebody learns that the newest is still what the source gives.
    confirmed: Notify,
    /// When the newest was last what the source gave, µs.
    current: AtomicU64,
    viewers: AtomicUsize,
    glances: Glances,
    /// What is shown stands in for a source that gives nothing.
    stand_in: AtomicBool,
    order: Mutex<Order>,
    sink: Option<Mutex<Sink>>,
    sink_has_clients: AtomicBool,
    /// At most so many identical pictures are left out in a row.
    identical: u32,
    pub(super) counts: Counts,
}

/// What came last.
#[derive(Default)]
struct Order {
    ticket: u64,
    /// Left out in a row because they were identical.
    dropped: u32,
    rate: Rate,
    delays: Delays,
}

struct Sink {
    writer: Writer,
    /// µStreamer's readers show themselves only once there is a first frame.
    first_done: bool,
    /// The log knows that it cannot be written.
    failing: bool,
}

impl Showcase {
    /// Nothing is shown yet. At most `identical` pictures in a row are left out because they are like the one before.
    pub fn new(writer: Option<Writer>, identical: u32) -> Showcase {
        let sink = writer.map(|writer| Mutex::new(Sink { writer, first_done: false, failing: false }));
        Showcase {
            newest: Mutex::default(),
            shown: Notify::new(),
            told: Notify::new(),
            confirmed: Notify::new(),
            current: AtomicU64::new(0),
            viewers: AtomicUsize::new(0),
            glances: Glances::default(),
            stand_in: AtomicBool::new(false),
            order: Mutex::default(),
            sink,
            sink_has_clients: AtomicBool::new(false),
            identical,
            counts: Counts::default(),
        }
    }

    /// Somebody comes to watch. While the viewer lives, JPEGs are made.
    pub fn watch(self: &Arc<Self>) -> Viewer {
        self.viewers.fetch_add(1, Relaxed);
        Viewer { showcase: Arc::clone(self), since: Micros::now(), seen: None }
    }

    /// Tells the viewers of each picture; runs for ever, where they run. So a worker wakes one task there and not every viewer, each by a
    /// system call.
    pub async fn tell(&self) {
        loop {
            self.shown.notified().await;
            self.told.notify_waiters();
        }
    }

    /// How many watch.
    pub fn viewers(&self) -> usize {
        self.viewers.load(Relaxed)
    }

    /// Somebody reads the sink.
    pub fn sink_has_clients(&self) -> bool {
        self.sink_has_clients.load(Relaxed)
    }

    /// The counts at this moment.
    pub fn counts(&self) -> JpegCounts {
        let counts = &self.counts;
        JpegCounts {
            exposed: counts.exposed.load(Relaxed),
            replaced: counts.replaced.load(Relaxed),
            overtaken: counts.overtaken.load(Relaxed),
            identical: counts.identical.load(Relaxed),
            failed: counts.failed.load(Relaxed),
            sink: counts.sink.load(Relaxed),
        }
    }

    /// JPEGs shown in the last whole second.
    pub fn fps(&self) -> u32 {
        lock(&self.order).rate.per_second(Micros::now())
    }

    /// From capture to the moment they were shown; `None` before the first one.
    pub fn delay(&self) -> Option<Delay> {
        lock(&self.order).delays.summary()
    }

    /// The newest JPEG.
    pub fn newest(&self) -> Option<Arc<Jpeg>> {
        lock(&self.newest).clone()
    }

    /// Whether somebody wants JPEGs now.
    pub(super) fn wanted(&self, now: Micros) -> bool {
        let mut wanted = self.viewers.load(Relaxed) > 0 || self.glances.expected(now);
        if let Some(sink) = &self.sink {
            let mut sink = lock(sink);
            let has_clients = sink.writer.demand(now).has_clients;
            self.sink_has_clients.store(has_clients, Relaxed);
            wanted |= has_clients || !sink.first_done;
        }
        wanted
    }

    /// Whether what is shown stands in for a source that gives nothing.
    pub(super) fn stands_in(&self, stand_in: bool) {
        self.stand_in.store(stand_in, Relaxed);
    }

    /// Shows a JPEG, with [`BOUNDARY`] behind it; unless a newer one was shown already, or it is to be left out because it is like the one
    /// shown.
    pub(super) fn expose(&self, ticket: u64, framed: Bytes, size: Size, meta: Meta, encode_begin: Micros) {
        let mut order = lock(&self.order);
        if ticket <= order.ticket {
            self.counts.overtaken.fetch_add(1, Relaxed);
            return;
        }
        order.ticket = ticket;
        self.current.fetch_max(meta.captured.0, Relaxed);
        if self.identical > order.dropped && meta.online && self.shows(&framed) {
            order.dropped += 1;
            self.counts.identical.fetch_add(1, Relaxed);
            self.confirmed.notify_waiters();
            return;
        }
        let now = Micros::now();
        let dropped = std::mem::take(&mut order.dropped);
        let jpeg = Jpeg { framed, size, meta, encode_begin, encode_end: now, exposed: now, dropped };
        order.rate.tick(now);
        if meta.online {
            order.delays.note(now.since(meta.captured));
        }
        self.to_sink(&jpeg);
        self.counts.exposed.fetch_add(1, Relaxed);
        *lock(&self.newest) = Some(Arc::new(jpeg));
        self.shown.notify_one();
    }

    /// Whether the newest is the source's picture and the same as this one.
    fn shows(&self, framed: &Bytes) -> bool {
        lock(&self.newest).as_ref().is_some_and(|newest| newest.meta.online && newest.framed == framed)
    }

    /// The newest goes to the sink once more if somebody reads it.
    pub(super) fn repeat_to_sink(&self, now: Micros) {
        if self.sink.is_none() || !self.wanted(now) {
            return;
        }
        let Some(newest) = self.newest() else { return };
        let meta = Meta { captured: now, dequeued: now, ..newest.meta };
        self.to_sink(&Jpeg { meta, encode_begin: now, encode_end: now, ..(*newest).clone() });
    }

    fn to_sink(&self, jpeg: &Jpeg) {
        let Some(sink) = &self.sink else { return };
        let mut sink = lock(sink);
        let info = FrameInfo {
            width: jpeg.size.width,
            height: jpeg.size.height,
            format: FORMAT_JPEG,
            stride: 0,
            online: jpeg.meta.online,
            key: false,
            gop: 0,
            grab_begin: jpeg.meta.captured,
            grab_end: jpeg.meta.dequeued,
            encode_begin: jpeg.encode_begin,
            encode_end: jpeg.encode_end,
        };
        match sink.writer.publish(&info, &jpeg.data()) {
            Ok(_) => (sink.first_done, sink.failing) = (true, false),
            Err(why) => {
                self.counts.sink.fetch_add(1, Relaxed);
                // A reader that keeps the lock is an everyday matter.
                let busy = matches!(why, memsink::Error::LockBusy(_));
                if !busy && !std::mem::replace(&mut sink.failing, true) {
                    error!("JPEG: {why}");
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody who watches.
pub struct Viewer {
    showcase: Arc<Showcase>,
    since: Micros,
    seen: Option<Arc<Jpeg>>,
}

impl Viewer {
    /// Waits for a picture that this viewer has not seen: the newest, whatever was shown meanwhile. Can be given up at any time.
    pub async fn next(&mut self) -> Arc<Jpeg> {
        let showcase = Arc::clone(&self.showcase);
        loop {
            let mut told = std::pin::pin!(showcase.told.notified());
            told.as_mut().enable();
            if let Some(jpeg) = showcase.newest().filter(|jpeg| self.is_news(jpeg)) {
                self.seen = Some(Arc::clone(&jpeg));
                return jpeg;
            }
            told.await;
        }
    }

    /// Waits for a picture of what the source shows now, or the one that stands in for it.
    pub async fn fresh(&mut self) -> Arc<Jpeg> {
        let showcase = Arc::clone(&self.showcase);
        let since = showcase.glances.asked(self.since);
        loop {
            let mut told = std::pin::pin!(showcase.told.notified());
            let mut confirmed = std::pin::pin!(showcase.confirmed.notified());
            told.as_mut().enable();
            confirmed.as_mut().enable();
            let current = Micros(showcase.current.load(Relaxed)) >= since;
            let wanted = |jpeg: &Arc<Jpeg>| self.stands_in(jpeg) || current && jpeg.meta.online;
            if let Some(jpeg) = showcase.newest().filter(wanted) {
                return jpeg;
            }
            tokio::select! {
                () = confirmed => {}
                () = told => {}
            }
        }
    }

    fn stands_in(&self, jpeg: &Jpeg) -> bool {
        !jpeg.meta.online && self.showcase.stand_in.load(Relaxed)
    }

    fn is_news(&self, jpeg: &Arc<Jpeg>) -> bool {
        match &self.seen {
            Some(seen) => !Arc::ptr_eq(seen, jpeg),
            None => self.stands_in(jpeg) || jpeg.meta.captured.0 + STALE_US >= self.since.0,
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.showcase.viewers.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests;
