//! Order, identical pictures, and who gets which.

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

impl Showcase {
    /// As a worker does it: whether the picture was shown.
    fn show(&self, ticket: u64, captured: u64, text: u8) -> bool {
        let before = self.counts().exposed;
        self.expose(ticket, framed(&text.to_string()), SIZE, meta(captured, true), Micros(0));
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
    let shown: Vec<bool> = (1..=8).map(|n| showcase.show(n, n * 100, if n < 8 { 7 } else { 8 })).collect();
    assert_eq!(shown, [true, false, false, true, false, false, true, true]);
    assert_eq!(showcase.counts().identical, 4);
    assert_eq!(showcase.newest().unwrap().dropped, 0);
    assert!(!showcase.show(9, 900, 8));
    assert!(showcase.show(10, 1000, 9));
    assert_eq!(showcase.newest().unwrap().dropped, 1);
    // One that stands in for the source is always shown.
    for n in [11, 12] {
        showcase.expose(n, framed("no signal"), SIZE, meta(1100, false), Micros(0));
    }
    assert_eq!((showcase.counts().exposed, showcase.counts().identical), (7, 5));
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
    showcase.stands_in(true);
    showcase.expose(2, framed("no signal"), SIZE, meta(5, false), Micros(0));
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
