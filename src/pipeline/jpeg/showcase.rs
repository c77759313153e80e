//! The newest JPEG, for everybody who wants one, and who that is.
//!
//! What must always hold: pictures appear in the order they were captured, and one that was overtaken never appears; a viewer
//! holds no more than the picture it is being sent; all viewers share one piece of memory.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use memsink::{FORMAT_JPEG, FrameInfo, Micros, Writer};
use tokio::sync::{Notify, watch};
use v4l2m2m::Size;

use super::super::rates::Rate;
use super::super::shared::{Delay, Delays};
use super::glances::Glances;
use crate::error;
use crate::source::Meta;
use crate::source::components::Components;

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
    newest: watch::Sender<Option<Arc<Jpeg>>>,
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
    /// What the JPEG shown was made from, where identical ones are left out.
    source: Option<Components>,
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

/// What to do with a picture.
pub enum Verdict {
    /// It is a new one: encode it.
    Encode,
    /// It is the one shown: show its JPEG again.
    Again(Bytes),
    /// It is left out, and counted.
    LeaveOut,
}

impl Showcase {
    /// Nothing is shown yet. At most `identical` pictures in a row are left out because they are like the one before.
    pub fn new(writer: Option<Writer>, identical: u32) -> Showcase {
        let sink = writer.map(|writer| Mutex::new(Sink { writer, first_done: false, failing: false }));
        Showcase {
            newest: watch::Sender::new(None),
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
        let newest = self.newest.subscribe();
        Viewer { showcase: Arc::clone(self), newest, since: Micros::now(), seen: None }
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
        self.newest.borrow().clone()
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

    /// What to do with a picture made ready for encoding.
    pub(super) fn judge(&self, ticket: u64, meta: &Meta, picture: &Components) -> Verdict {
        let mut order = lock(&self.order);
        if self.identical == 0 || !meta.online || order.source.as_ref() != Some(picture) {
            return Verdict::Encode;
        }
        self.leave_out(&mut order, ticket, meta)
    }

    /// What to do with a JPEG, when it has been made or has come as one.
    fn judge_jpeg(&self, order: &mut Order, ticket: u64, meta: &Meta, framed: &Bytes) -> Verdict {
        let same = |newest: &Arc<Jpeg>| newest.meta.online && newest.framed == *framed;
        if self.identical == 0 || !meta.online || !self.newest.borrow().as_ref().is_some_and(same) {
            return Verdict::Encode;
        }
        self.leave_out(order, ticket, meta)
    }

    fn leave_out(&self, order: &mut Order, ticket: u64, meta: &Meta) -> Verdict {
        if ticket <= order.ticket {
            self.counts.overtaken.fetch_add(1, Relaxed);
            return Verdict::LeaveOut;
        }
        if order.dropped >= self.identical {
            let framed = self.newest.borrow().as_ref().map(|newest| newest.framed.clone());
            return framed.map_or(Verdict::Encode, Verdict::Again);
        }
        (order.ticket, order.dropped) = (ticket, order.dropped + 1);
        self.counts.identical.fetch_add(1, Relaxed);
        self.current.fetch_max(meta.captured.0, Relaxed);
        self.confirmed.notify_waiters();
        Verdict::LeaveOut
    }

    /// Shows a JPEG, unless a newer one was shown already. `source` is what it was made from; what comes back is memory to use
    /// for the next one.
    pub(super) fn expose(
        &self,
        ticket: u64,
        (framed, size, meta): (Bytes, Size, Meta),
        encode_begin: Micros,
        source: Option<Components>,
        again: bool,
    ) -> Option<Components> {
        let mut order = lock(&self.order);
        if !again && matches!(self.judge_jpeg(&mut order, ticket, &meta, &framed), Verdict::LeaveOut) {
            return source;
        }
        if ticket <= order.ticket {
            self.counts.overtaken.fetch_add(1, Relaxed);
            return source;
        }
        let now = Micros::now();
        let dropped = std::mem::take(&mut order.dropped);
        order.ticket = ticket;
        let jpeg = Jpeg { framed, size, meta, encode_begin, encode_end: now, exposed: now, dropped };
        order.rate.tick(now);
        if meta.online {
            order.delays.note(now.since(meta.captured));
        }
        self.to_sink(&jpeg);
        self.current.fetch_max(meta.captured.0, Relaxed);
        self.counts.exposed.fetch_add(1, Relaxed);
        self.newest.send_replace(Some(Arc::new(jpeg)));
        if self.identical == 0 { source } else { std::mem::replace(&mut order.source, source) }
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
    newest: watch::Receiver<Option<Arc<Jpeg>>>,
    since: Micros,
    seen: Option<Arc<Jpeg>>,
}

impl Viewer {
    /// Waits for a picture that this viewer has not seen: the newest, whatever was shown meanwhile. Can be given up at any time.
    pub async fn next(&mut self) -> Arc<Jpeg> {
        loop {
            let newest = self.newest.borrow_and_update().clone();
            if let Some(jpeg) = newest.filter(|jpeg| self.is_news(jpeg)) {
                self.seen = Some(Arc::clone(&jpeg));
                return jpeg;
            }
            self.changed().await;
        }
    }

    /// Waits for a picture of what the source shows now, or the one that stands in for it.
    pub async fn fresh(&mut self) -> Arc<Jpeg> {
        let showcase = Arc::clone(&self.showcase);
        let since = showcase.glances.asked(self.since);
        loop {
            let mut confirmed = std::pin::pin!(showcase.confirmed.notified());
            confirmed.as_mut().enable();
            let newest = self.newest.borrow_and_update().clone();
            let current = Micros(showcase.current.load(Relaxed)) >= since;
            if let Some(jpeg) = newest.filter(|jpeg| self.stands_in(jpeg) || current && jpeg.meta.online) {
                return jpeg;
            }
            tokio::select! {
                () = confirmed => {}
                () = self.changed() => {}
            }
        }
    }

    async fn changed(&mut self) {
        if self.newest.changed().await.is_err() {
            // Nothing will ever come; whoever waits has a time limit.
            std::future::pending::<()>().await;
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
mod tests {
    use super::*;
    use std::future::Future;
    use std::task::{Context, Poll, Waker};

    const SIZE: Size = Size { width: 4, height: 2 };

    fn meta(captured: u64, online: bool) -> Meta {
        Meta { captured: Micros(captured), dequeued: Micros(captured), sequence: 0, online }
    }

    fn framed(text: &str) -> Bytes {
        [text.as_bytes(), BOUNDARY].concat().into()
    }

    fn picture(luma: u8) -> Components {
        Components { width: 4, height: 2, bytes: vec![luma; 12], ..Components::default() }
    }

    impl Showcase {
        /// As a worker does it: whether the picture was shown.
        fn show(&self, ticket: u64, captured: u64, luma: u8) -> bool {
            let (meta, before) = (meta(captured, true), self.counts().exposed);
            let source = picture(luma);
            let (framed, again) = match self.judge(ticket, &meta, &source) {
                Verdict::LeaveOut => return false,
                Verdict::Again(framed) => (framed, true),
                Verdict::Encode => (framed(&luma.to_string()), false),
            };
            self.expose(ticket, (framed, SIZE, meta), Micros(0), Some(source), again);
            self.counts().exposed > before
        }
    }

    /// What a future has when it is asked once.
    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    #[test]
    fn what_was_overtaken_never_appears() {
        let showcase = Showcase::new(None, 0);
        assert!(showcase.show(1, 100, 1) && showcase.show(3, 300, 3));
        assert!(!showcase.show(2, 200, 2), "it took longer than the one after it");
        assert!(showcase.show(4, 400, 3), "an identical one is shown where that was not forbidden");
        let counts = showcase.counts();
        assert_eq!((counts.exposed, counts.overtaken, counts.identical), (3, 1, 0));
        assert_eq!(showcase.newest().unwrap().data(), "3");
    }

    #[test]
    fn identical_pictures_are_left_out_up_to_a_limit() {
        let showcase = Showcase::new(None, 2);
        let shown: Vec<bool> =
            (1..=8).map(|n| showcase.show(n, n * 100, if n < 8 { 7 } else { 8 })).collect();
        assert_eq!(shown, [true, false, false, true, false, false, true, true]);
        assert_eq!(showcase.counts().identical, 4);
        assert_eq!(showcase.newest().unwrap().dropped, 0);
        assert!(!showcase.show(9, 900, 8));
        assert!(showcase.show(10, 1000, 9));
        assert_eq!(showcase.newest().unwrap().dropped, 1);
        // Different pictures may make the same JPEG.
        let (meta, again) = (meta(1100, true), framed("9"));
        showcase.expose(11, (again, SIZE, meta), Micros(0), Some(picture(10)), false);
        assert_eq!(showcase.counts().identical, 6);
        // One that stands in for the source is always shown.
        let meta = Meta { online: false, ..meta };
        assert!(matches!(showcase.judge(12, &meta, &picture(9)), Verdict::Encode));
    }

    #[test]
    fn a_viewer_skips_what_it_was_too_slow_for() {
        let showcase = Arc::new(Showcase::new(None, 0));
        let start = Micros::now().0;
        let mut viewer = showcase.watch();
        assert_eq!(showcase.viewers(), 1);
        assert!(now(viewer.next()).is_none(), "nothing was shown yet");
        for n in 1..=5 {
            showcase.show(n, start + n, n as u8);
        }
        assert_eq!(now(viewer.next()).unwrap().data(), "5");
        assert!(now(viewer.next()).is_none(), "once");
        drop(viewer);
        assert_eq!(showcase.viewers(), 0);
    }

    #[test]
    fn who_comes_gets_nothing_stale() {
        let showcase = Arc::new(Showcase::new(None, 0));
        showcase.show(1, Micros::now().0 - 2 * STALE_US, 1);
        let mut viewer = showcase.watch();
        assert!(now(viewer.next()).is_none());
        let stand_in = (framed("no signal"), SIZE, meta(5, false));
        showcase.stands_in(true);
        showcase.expose(2, stand_in, Micros(0), None, false);
        assert_eq!(now(showcase.watch().next()).unwrap().data(), "no signal", "it is never stale");
        assert_eq!(now(showcase.watch().fresh()).unwrap().data(), "no signal");
        showcase.stands_in(false);
        assert!(now(showcase.watch().next()).is_none(), "the source is back");
        assert!(now(showcase.watch().fresh()).is_none());
    }

    #[test]
    fn a_snapshot_is_of_what_was_captured_after_it_was_asked_for() {
        let showcase = Arc::new(Showcase::new(None, 9));
        let start = Micros::now().0;
        showcase.show(1, start, 1);
        let mut viewer = showcase.watch();
        assert!(now(viewer.fresh()).is_none(), "it was captured before");
        assert!(!showcase.show(2, Micros::now().0 + 1, 1), "identical, so left out");
        assert_eq!(now(viewer.fresh()).unwrap().data(), "1", "but the source still shows just that");
    }

    #[test]
    fn memory_comes_back() {
        let showcase = Showcase::new(None, 0);
        let back = showcase.expose(1, (framed("1"), SIZE, meta(1, true)), Micros(0), Some(picture(1)), false);
        assert_eq!(back, Some(picture(1)));
        let showcase = Showcase::new(None, 1);
        let expose = |n: u8| {
            let framed = framed(&n.to_string());
            showcase.expose(n.into(), (framed, SIZE, meta(1, true)), Micros(0), Some(picture(n)), false)
        };
        assert_eq!(expose(1), None);
        assert_eq!(expose(2), Some(picture(1)));
    }
}
