//! H.264 that the source has encoded itself, on its way to the sink as it is.
//!
//! What must always hold: what depends on a lost unit is held back until a key frame, and then nobody waits for one longer
//! than the camera makes them: it is asked, again and again but not with every picture.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use memsink::Micros;

use super::publisher::{Publisher, Stream, Unit};
use super::shared::Shared;
use crate::error;
use crate::source::Meta;
use crate::source::h264::{self, Piece};
use v4l2m2m::Size;

/// The pause between two requests for a key frame: cameras take a few pictures to make one.
const PATIENCE_US: u64 = 500_000;

/// A buffer of the camera's.
pub struct Coded<'a> {
    /// What is known of it.
    pub meta: Meta,
    /// Size of the pictures.
    pub size: Size,
    /// The bitstream.
    pub data: &'a [u8],
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    /// A key frame went to the sink.
    pub key: bool,
    /// The camera is to make a key frame.
    pub ask: bool,
}

/// The stream's state.
pub struct Passthrough {
    publisher: Arc<Publisher>,
    shared: Arc<Shared>,
    stream: h264::Stream,
    wanted: bool,
    asked: Option<Micros>,
    failing: bool,
}

impl Passthrough {
    pub(super) fn new(publisher: Arc<Publisher>, shared: Arc<Shared>) -> Passthrough {
        let stream = h264::Stream::default();
        Passthrough { publisher, shared, stream, wanted: false, asked: None, failing: false }
    }

    /// Another stream comes from now on.
    pub fn begin(&mut self) {
        self.stream = h264::Stream::default();
        (self.wanted, self.asked) = (false, None);
    }

    /// Something has been lost on its way here.
    pub fn gap(&self) {
        self.publisher.owe_key();
    }

    /// Publishes a buffer's content when it is watched. With `wanted`, a reader asks for a key frame.
    pub fn pass(&mut self, coded: &Coded<'_>, to: Stream, watched: bool, wanted: bool) -> Passed {
        let Coded { meta, size, data } = *coded;
        self.wanted |= wanted;
        let (key, data) = match self.stream.next(data) {
            Piece::Unit { key, data } => (key, data),
            Piece::NoPicture => return Passed::default(),
            Piece::Foreign => {
                self.shared.capture_errors.fetch_add(1, Relaxed);
                self.publisher.owe_key();
                if !std::mem::replace(&mut self.failing, true) {
                    error!("H264: what the camera gives is not H.264 in Annex B");
                }
                return Passed::default();
            }
        };
        self.failing = false;
        if !watched {
            // Whoever comes next must not begin with what depends on this.
            self.publisher.owe_key();
            return Passed::default();
        }
        let owed = self.publisher.take_debt(meta.captured);
        let unit = Unit {
            size,
            online: meta.online,
            key,
            captured: meta.captured,
            dequeued: meta.dequeued,
            encode_begin: meta.dequeued,
            encode_end: meta.dequeued,
            data,
        };
        self.publisher.publish(to, &unit);
        if key {
            (self.wanted, self.asked) = (false, None);
            return Passed { key, ask: false };
        }
        let patient = self.asked.is_some_and(|then| meta.dequeued.since(then) < PATIENCE_US);
        let ask = (owed || self.wanted) && !patient;
        if ask {
            self.asked = Some(meta.dequeued);
        }
        Passed { key, ask }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Bounded, Gop};
    use memsink::{Frame, Read, Reader, SinkName, Writer, WriterOptions};
    use std::time::Duration;

    const KEY: &[u8] = &[0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 1, 0, 0, 0, 1, 0x65, 1];
    const DELTA: &[u8] = &[0, 0, 0, 1, 0x41, 1];

    struct Bench {
        pass: Passthrough,
        to: Stream,
        reader: Reader,
        time: u64,
    }

    impl Bench {
        fn new(test: &str) -> Bench {
            let name: SinkName = format!("passthrough.{}.{test}::h264", std::process::id()).parse().unwrap();
            let options = WriterOptions { remove_on_drop: true, ..WriterOptions::new(name.clone()) };
            let shared = Arc::<Shared>::default();
            let writer = Writer::create(options).unwrap();
            let publisher = Arc::new(Publisher::new(Some(writer), Arc::clone(&shared), Gop::new(0).unwrap()));
            let to = publisher.switch();
            let reader = Reader::new(name, Duration::from_secs(1));
            Bench { pass: Passthrough::new(publisher, shared), to, reader, time: Micros::now().0 }
        }

        /// Passes a buffer 33 ms after the one before: whether it could be read, and whether the camera is asked for a key frame.
        fn next(&mut self, data: &[u8], watched: bool, wanted: bool, gap: bool) -> (bool, bool) {
            self.time += 33_000;
            let at = Micros(self.time);
            let meta = Meta { captured: at, dequeued: at, sequence: 0, online: true };
            let coded = Coded { meta, size: Size { width: 640, height: 480 }, data };
            if gap {
                self.pass.gap();
            }
            let Passed { ask, .. } = self.pass.pass(&coded, self.to, watched, wanted);
            let mut frame = Frame::default();
            let came = self.reader.read(&mut frame, Duration::ZERO).unwrap() == Read::Frame;
            assert!(!came || frame.data == data, "untouched");
            (came, ask)
        }
    }

    #[test]
    fn units_pass_from_the_first_key_frame_on() {
        let mut bench = Bench::new("begin");
        assert_eq!(bench.next(DELTA, true, false, false), (false, true), "it is asked for a beginning");
        assert_eq!(bench.next(DELTA, true, false, false), (false, false), "once");
        assert_eq!(bench.next(KEY, true, false, false), (true, false));
        assert_eq!(bench.next(DELTA, true, false, false), (true, false));
        assert_eq!(bench.next(DELTA, true, true, false), (true, true), "a reader asks");
        assert_eq!(bench.next(b"no H.264", true, false, false), (false, false));
        assert_eq!(bench.next(DELTA, true, false, false), (false, false), "asked already");
        assert_eq!(bench.pass.shared.snapshot().drops.capture_errors, 1);
    }

    #[test]
    fn after_a_gap_or_a_pause_nothing_comes_but_a_key_frame() {
        let mut bench = Bench::new("gap");
        assert_eq!(bench.next(KEY, true, false, false), (true, false));
        assert_eq!(bench.next(DELTA, true, false, true), (false, true));
        assert_eq!(bench.next(KEY, true, false, false), (true, false));
        assert_eq!(bench.next(DELTA, false, false, false), (false, false), "nobody watches");
        assert_eq!(bench.next(DELTA, true, false, false), (false, true));
        assert_eq!(bench.next(KEY, true, false, true), (true, false), "a key frame mends the gap before it");
    }

    #[test]
    fn a_camera_that_does_not_listen_is_asked_twice_a_second() {
        let mut bench = Bench::new("deaf");
        let asked = (0..90).filter(|_| bench.next(DELTA, true, false, false).1).count();
        assert_eq!(asked, 6);
    }
}
