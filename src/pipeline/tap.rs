//! The H.264 stream for viewers of this very program (`/h264`, `/whep`), beside the sink for those of others.
//!
//! What must always hold: without a viewer nothing is copied and nothing kept; a unit is copied once, however many viewers there are;
//! a viewer begins with a key frame and gets each unit after it, or, when it was too slow for what is kept ([`Gop`]), begins anew with
//! another one; whoever waits for a key frame has one asked for.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use memsink::{Gop, Micros, Serial, Weighed, Wish};
use rtp::{KeyRequests, Reason};
use tokio::sync::Notify;

use super::publisher::Unit;

/// The version of [`head`].
const VERSION: u8 = 1;
const KEY: u8 = 1;
const ONLINE: u8 = 2;
/// Bytes of [`head`].
const HEAD: usize = 16;

/// An access unit as a message for viewers: sixteen bytes that tell what it is, then the bitstream in Annex B form.
#[derive(Debug, Clone)]
pub struct Message {
    bytes: Bytes,
    key: bool,
    captured: Micros,
}

impl Message {
    /// What goes before the bitstream, numbers with their highest byte first: version (1 byte), flags (1: a key frame, 2: the source is
    /// there), width and height (2 each), 2 bytes that are 0, the capture time in µs of the streamer's monotonic clock (8).
    fn of(unit: &Unit<'_>) -> Self {
        let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
        let flags = if unit.key { KEY } else { 0 } | if unit.online { ONLINE } else { 0 };
        let mut bytes = BytesMut::with_capacity(HEAD + unit.data.len());
        bytes.put_u8(VERSION);
        bytes.put_u8(flags);
        bytes.put_u16(side(unit.size.width));
        bytes.put_u16(side(unit.size.height));
        bytes.put_u16(0);
        bytes.put_u64(unit.captured.0);
        bytes.put_slice(unit.data);
        Self { bytes: bytes.freeze(), key: unit.key, captured: unit.captured }
    }

    /// All of it, shared.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Decoding can begin here.
    pub fn key(&self) -> bool {
        self.key
    }

    /// When its picture was captured.
    pub fn captured(&self) -> Micros {
        self.captured
    }

    /// The bitstream alone.
    pub fn unit(&self) -> &[u8] {
        &self.bytes[HEAD..]
    }
}

impl Weighed for Message {
    fn weight(&self) -> usize {
        self.bytes.len()
    }
}

/// What the publisher writes to and viewers read.
#[derive(Default)]
pub struct Tap {
    viewers: AtomicUsize,
    key_wanted: AtomicBool,
    stream: Mutex<Stream>,
    /// What the ways to viewers leave of the stream.
    wished: Mutex<Option<Wish>>,
    /// A unit has come: for [`Tap::tell`], so that the encoder's thread wakes one task, however many viewers there are.
    news: Notify,
    told: Notify,
}

#[derive(Default)]
struct Stream {
    gop: Gop<Message>,
    keys: KeyRequests,
}

impl Tap {
    fn stream(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many watch.
    pub fn viewers(&self) -> usize {
        self.viewers.load(Relaxed)
    }

    /// Whether somebody waits for a key frame.
    pub(super) fn key_wanted(&self) -> bool {
        self.key_wanted.load(Relaxed)
    }

    /// The stream is to have no more than this; `None`: there is no reason for a limit (any more).
    pub fn wish(&self, wish: Option<Wish>) {
        *self.wished.lock().unwrap_or_else(PoisonError::into_inner) = wish;
    }

    /// What was wished for last.
    pub(super) fn wished(&self) -> Option<Wish> {
        *self.wished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next unit of the stream, in order.
    pub(super) fn put(&self, unit: &Unit<'_>) {
        if self.viewers() == 0 {
            return;
        }
        let message = Arc::new(Message::of(unit));
        let mut stream = self.stream();
        if unit.key {
            self.key_wanted.store(false, Relaxed);
            stream.keys.arrived();
        }
        stream.gop.push(unit.key, message);
        // What was asked for too early may be due now.
        self.ask(&mut stream, Micros::now());
        drop(stream);
        self.news.notify_one();
    }

    /// A unit is missing before the next one, or that is of another stream.
    pub(super) fn interrupt(&self) {
        if self.viewers() > 0 {
            self.stream().gop.interrupt();
        }
    }

    /// Somebody watches, as long as what is returned lives.
    pub fn watch(self: &Arc<Self>) -> TapViewer {
        if self.viewers.fetch_add(1, Relaxed) == 0 {
            // What is left of an earlier viewer's time is no beginning, nor has anybody asked for one.
            let mut stream = self.stream();
            stream.gop.interrupt();
            stream.keys = KeyRequests::default();
        }
        TapViewer { tap: Arc::clone(self), next: None }
    }

    /// Passes the news on to all viewers. Never returns.
    pub async fn tell(&self) {
        loop {
            self.news.notified().await;
            self.told.notify_waiters();
        }
    }

    fn ask(&self, stream: &mut Stream, now: Micros) {
        if stream.keys.due(now) {
            self.key_wanted.store(true, Relaxed);
        }
    }
}

/// Somebody who watches.
pub struct TapViewer {
    tap: Arc<Tap>,
    /// The unit that comes next; `None`: a key frame.
    next: Option<Serial>,
}

impl TapViewer {
    /// The next unit, as soon as it is there.
    pub async fn next(&mut self) -> Arc<Message> {
        let tap = Arc::clone(&self.tap);
        loop {
            let mut told = std::pin::pin!(tap.told.notified());
            told.as_mut().enable();
            if let Some(unit) = self.take(Micros::now()) {
                return unit;
            }
            told.await;
        }
    }

    /// The next unit, if it is there.
    fn take(&mut self, now: Micros) -> Option<Arc<Message>> {
        let mut stream = self.tap.stream();
        if self.next.is_some_and(|next| next < stream.gop.first()) {
            self.next = None;
        }
        if self.next.is_none() {
            self.next = stream.gop.beginning();
        }
        let Some(next) = self.next else {
            stream.keys.want(Reason::Joining);
            self.tap.ask(&mut stream, now);
            return None;
        };
        let unit = stream.gop.get(next).cloned()?;
        self.next = Some(next.next());
        Some(unit)
    }

    /// It has lost its picture: a key frame is to come.
    pub fn lost(&mut self) {
        self.want_key(Reason::Refresh);
    }

    /// A key frame is to come.
    pub fn want_key(&mut self, reason: Reason) {
        let mut stream = self.tap.stream();
        stream.keys.want(reason);
        self.tap.ask(&mut stream, Micros::now());
    }
}

impl Drop for TapViewer {
    fn drop(&mut self) {
        if self.tap.viewers.fetch_sub(1, Relaxed) == 1 {
            self.tap.stream().gop.interrupt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use v4l2m2m::Size;

    const AT: Micros = Micros(0x0102_0304_0506);
    const UNIT: Unit<'_> = Unit {
        size: Size { width: 1920, height: 1080 },
        online: true,
        key: true,
        captured: AT,
        dequeued: AT,
        encode_begin: AT,
        encode_end: AT,
        data: &[0, 0, 0, 1, 0x67],
    };

    fn put(tap: &Tap, key: bool, data: &[u8]) {
        tap.put(&Unit { key, data, ..UNIT });
    }

    /// What it gets now, each unit by its first byte.
    fn got(viewer: &mut TapViewer) -> Vec<u8> {
        std::iter::from_fn(|| viewer.take(Micros::now())).map(|unit| unit.unit()[0]).collect()
    }

    #[test]
    fn a_message_is_a_head_and_the_bitstream() {
        let expected = [1, 3, 7, 0x80, 4, 0x38, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 1, 0x67];
        assert_eq!(Message::of(&UNIT).bytes[..], expected);
        assert_eq!(Message::of(&Unit { key: false, online: false, ..UNIT }).bytes[1], 0);
    }

    #[test]
    fn without_a_viewer_nothing_is_kept() {
        let tap = Arc::<Tap>::default();
        put(&tap, true, &[1]);
        assert!(tap.stream().gop.is_empty());
        let mut viewer = tap.watch();
        assert_eq!((got(&mut viewer), tap.key_wanted()), (vec![], true));
        put(&tap, true, &[2]);
        assert!(!tap.key_wanted(), "there it is");
        drop(viewer);
        assert!(tap.stream().gop.is_empty());
        assert_eq!(tap.viewers(), 0);
    }

    #[test]
    fn a_viewer_begins_with_a_key_frame_and_misses_nothing_after_it() {
        let tap = Arc::<Tap>::default();
        let mut first = tap.watch();
        put(&tap, false, &[1]);
        assert!(got(&mut first).is_empty());
        put(&tap, true, &[2]);
        put(&tap, false, &[3]);
        assert_eq!(got(&mut first), [2, 3]);
        let mut late = tap.watch();
        assert_eq!((got(&mut late), tap.key_wanted()), (vec![2, 3], false), "at once, with what is kept");
        put(&tap, false, &[4]);
        assert_eq!((got(&mut first), got(&mut late)), (vec![4], vec![4]));
    }

    #[test]
    fn after_a_gap_it_goes_on_with_a_key_frame_that_is_asked_for() {
        let tap = Arc::<Tap>::default();
        let mut viewer = tap.watch();
        put(&tap, true, &[1]);
        assert_eq!(got(&mut viewer), [1]);
        tap.interrupt();
        put(&tap, false, &[2]);
        assert_eq!((got(&mut viewer), tap.key_wanted()), (vec![], true));
        put(&tap, true, &[3]);
        assert_eq!(got(&mut viewer), [3]);
    }

    #[test]
    fn who_is_too_slow_skips_to_a_key_frame_and_holds_nothing_up() {
        let tap = Arc::<Tap>::default();
        let mut viewer = tap.watch();
        put(&tap, true, &[1]);
        assert_eq!(got(&mut viewer), [1]);
        for _ in 0..2 * memsink::GOP_UNITS {
            put(&tap, false, &[2]);
        }
        assert!(tap.stream().gop.len() <= memsink::GOP_UNITS);
        assert_eq!((got(&mut viewer), tap.key_wanted()), (vec![], true));
        put(&tap, true, &[3]);
        put(&tap, false, &[4]);
        assert_eq!(got(&mut viewer), [3, 4]);
    }
}
