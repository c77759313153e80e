//! The sink and the tap, as both encoders publish to them: the kernel's from the media thread, openh264's from a thread of its own.
//!
//! What must always hold: what readers get can be decoded. Access units of one stream only are published at a time; a unit
//! that depends on a lost one is held back; and whoever makes frames is told that a key frame is owed until one is published.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memsink::{Demand, FORMAT_H264, FrameInfo, Micros, Wish, Writer};
use v4l2m2m::Size;

use super::shared::Shared;
use super::tap::Tap;
use crate::config::Gop;
use crate::error;

/// One encoder's run, from its first key frame to the moment another encoder takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stream(u32);

/// An access unit, in Annex B form.
#[derive(Debug, Clone, Copy)]
pub struct Unit<'a> {
    /// Size of its picture.
    pub size: Size,
    /// False for a picture that stands in for a missing source.
    pub online: bool,
    /// Decoding can begin here.
    pub key: bool,
    /// When its picture was captured.
    pub captured: Micros,
    /// When that picture was in our hands.
    pub dequeued: Micros,
    /// When encoding began.
    pub encode_begin: Micros,
    /// When it was done.
    pub encode_end: Micros,
    /// The bitstream.
    pub data: &'a [u8],
}

/// What both encoders share.
pub struct Publisher {
    sink: Mutex<Sink>,
    shared: Arc<Shared>,
    gop: AtomicU32,
    tap: Arc<Tap>,
}

struct Sink {
    writer: Option<Writer>,
    stream: Stream,
    health: Health,
    /// The log knows that it cannot be written.
    failing: bool,
    /// The log knows that a unit was too large for it.
    told_size: bool,
}

/// Whether the next unit can be decoded with those that were published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Whole,
    /// One was lost; nobody has been told to make a key frame.
    Broken,
    /// The picture captured at this time is to become a key frame.
    Promised(Micros),
}

impl Publisher {
    /// Without a `writer`, for our own viewers alone.
    pub(super) fn new(writer: Option<Writer>, shared: Arc<Shared>, gop: Gop) -> Publisher {
        let (stream, health) = (Stream::default(), Health::Whole);
        let sink = Sink { writer, stream, health, failing: false, told_size: false };
        Publisher { sink: Mutex::new(sink), shared, gop: AtomicU32::new(gop.get()), tap: Arc::default() }
    }

    /// What viewers of this program read.
    pub fn tap(&self) -> Arc<Tap> {
        Arc::clone(&self.tap)
    }

    fn sink(&self) -> MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the sink's readers and our own viewers want now.
    pub fn demand(&self, now: Micros) -> Demand {
        let nobody = Demand { has_clients: false, key_wanted: false };
        let sink = self.sink().writer.as_mut().map_or(nobody, |writer| writer.demand(now));
        self.shared.has_clients.store(sink.has_clients, Relaxed);
        Demand {
            has_clients: sink.has_clients || self.tap.viewers() > 0,
            key_wanted: sink.key_wanted || self.tap.key_wanted(),
        }
    }

    /// The lowest bitrate that a reader of the sink, or a viewer of our own, wishes for.
    pub fn wish(&self, now: Micros) -> Option<Wish> {
        let readers = self.sink().writer.as_ref().and_then(|writer| writer.wish(now));
        [readers, self.tap.wished()].into_iter().flatten().min_by_key(|wish| wish.kbps)
    }

    /// The encoders' key frame distance from now on.
    pub fn set_gop(&self, gop: Gop) {
        self.gop.store(gop.get(), Relaxed);
    }

    /// Another encoder takes over, with a key frame: what the one before still gives comes too late.
    pub fn switch(&self) -> Stream {
        let mut sink = self.sink();
        sink.health = Health::Broken;
        sink.stream = Stream(sink.stream.0.wrapping_add(1));
        sink.stream
    }

    /// A frame that was to become a key frame, or one that others depend on, was lost on its way.
    pub fn owe_key(&self) {
        self.sink().health = Health::Broken;
    }

    /// Whether the picture captured at this time must become a key frame because one is owed. It is then promised.
    pub fn take_debt(&self, captured: Micros) -> bool {
        let mut sink = self.sink();
        let owed = sink.health == Health::Broken;
        if owed {
            sink.health = Health::Promised(captured);
        }
        owed
    }

    /// Publishes a unit of this stream, or counts why not.
    pub fn publish(&self, stream: Stream, unit: &Unit<'_>) {
        let mut sink = self.sink();
        if sink.stream != stream {
            self.shared.replaced.fetch_add(1, Relaxed);
            return;
        }
        if sink.health != Health::Whole && !unit.key {
            // Whether the encoder heard of the promise or not: the picture that was to be a key frame is none.
            if matches!(sink.health, Health::Promised(captured) if unit.captured >= captured) {
                sink.health = Health::Broken;
            }
            self.shared.undecodable.fetch_add(1, Relaxed);
            return;
        }
        if sink.health != Health::Whole {
            self.tap.interrupt();
        }
        self.tap.put(unit);
        let info = FrameInfo {
            width: unit.size.width,
            height: unit.size.height,
            format: FORMAT_H264,
            stride: 0,
            online: unit.online,
            key: unit.key,
            gop: self.gop.load(Relaxed),
            grab_begin: unit.captured,
            grab_end: unit.dequeued,
            encode_begin: unit.encode_begin,
            encode_end: unit.encode_end,
        };
        let written =
            sink.writer.as_mut().map_or(Ok(()), |writer| writer.publish(&info, unit.data).map(drop));
        let lost = match written {
            Ok(()) => {
                sink.failing = false;
                sink.health = Health::Whole;
                return self.shared.delivered(Micros::now().since(unit.captured));
            }
            Err(error @ memsink::Error::TooLarge { .. }) => {
                if !std::mem::replace(&mut sink.told_size, true) {
                    error!("H264: {error}");
                }
                &self.shared.too_large
            }
            Err(memsink::Error::LockBusy(_)) => &self.shared.sink_busy,
            Err(error) => {
                if !std::mem::replace(&mut sink.failing, true) {
                    error!("H264: {error}");
                }
                &self.shared.sink_failed
            }
        };
        lost.fetch_add(1, Relaxed);
        sink.health = Health::Broken;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Bounded;
    use memsink::{Frame, Read, Reader, SinkName, WriterOptions};

    struct Bench {
        publisher: Publisher,
        reader: Reader,
        name: SinkName,
        time: u64,
    }

    impl Bench {
        fn new(test: &str) -> Bench {
            let name: SinkName = format!("publisher.{}.{test}::h264", std::process::id()).parse().unwrap();
            let options = WriterOptions { remove_on_drop: true, ..WriterOptions::new(name.clone()) };
            let writer = Writer::create(options).unwrap();
            let publisher = Publisher::new(Some(writer), Arc::default(), Gop::new(0).unwrap());
            Bench {
                publisher,
                reader: Reader::new(name.clone(), Duration::from_secs(1)),
                name,
                time: Micros::now().0,
            }
        }

        /// Publishes a unit and reads it back; whether it came.
        fn unit(&mut self, stream: Stream, key: bool) -> bool {
            self.time += 1;
            let at = Micros(self.time);
            self.publisher.publish(stream, &Unit { key, captured: at, ..unit(&[u8::from(key)]) });
            let mut frame = Frame::default();
            let came = self.reader.read(&mut frame, Duration::ZERO).unwrap() == Read::Frame;
            assert!(!came || (frame.info.grab_begin == at && frame.info.key == key));
            came
        }

        /// Publishes a unit while a reader keeps the sink's lock: it is lost.
        fn lose(&mut self, stream: Stream, key: bool) {
            let stuck = std::fs::File::open(format!("/dev/shm/{}", self.name)).unwrap();
            stuck.lock().unwrap();
            self.time += 1;
            self.publisher.publish(stream, &Unit { key, captured: Micros(self.time), ..unit(b"x") });
        }
    }

    fn unit(data: &[u8]) -> Unit<'_> {
        Unit {
            size: Size { width: 640, height: 480 },
            online: true,
            key: false,
            captured: Micros(0),
            dequeued: Micros(0),
            encode_begin: Micros(0),
            encode_end: Micros(0),
            data,
        }
    }

    #[test]
    fn after_a_loss_nothing_comes_but_a_key_frame() {
        let mut bench = Bench::new("loss");
        let stream = bench.publisher.switch();
        assert!(bench.unit(stream, true) && bench.unit(stream, false));
        assert!(!bench.publisher.take_debt(Micros(0)), "nothing is owed while all is well");
        bench.lose(stream, false);
        assert!(!bench.unit(stream, false), "it was in the encoder already");
        let due = Micros(bench.time + 2);
        assert!(bench.publisher.take_debt(due));
        assert!(!bench.publisher.take_debt(due), "one is enough");
        assert!(!bench.unit(stream, false));
        assert!(!bench.publisher.take_debt(due), "it is still on its way");
        assert!(bench.unit(stream, true) && bench.unit(stream, false));
        assert_eq!(bench.publisher.shared.snapshot().drops.undecodable, 2);
    }

    #[test]
    fn a_promise_that_is_not_kept_is_renewed() {
        let mut bench = Bench::new("promise");
        let stream = bench.publisher.switch();
        bench.lose(stream, true);
        assert!(bench.publisher.take_debt(Micros(bench.time + 1)));
        assert!(!bench.unit(stream, false), "the encoder did not listen");
        assert!(bench.publisher.take_debt(Micros(bench.time + 1)));
        bench.lose(stream, true);
        assert!(bench.publisher.take_debt(Micros(bench.time + 1)), "the key frame itself was lost");
    }

    #[test]
    fn the_encoder_before_comes_too_late() {
        let mut bench = Bench::new("late");
        let before = bench.publisher.switch();
        assert!(bench.unit(before, true));
        let now = bench.publisher.switch();
        assert!(bench.publisher.take_debt(Micros(0)), "another stream begins with a key frame");
        assert!(!bench.unit(now, false));
        assert!(bench.unit(now, true));
        assert!(!bench.unit(before, false) && !bench.unit(before, true));
        assert!(bench.unit(now, false));
        assert_eq!(bench.publisher.shared.snapshot().drops.replaced, 2);
    }
}
