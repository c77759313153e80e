//! The one thread that takes frames from the sink and gives them to all viewers.
//!
//! What must always hold: the sink is read only while somebody is attached, and [`LINGER`] longer, so that a
//! streamer nobody watches can rest; a frame is packed once, whoever gets it; nobody else relays pictures, so what
//! goes to a viewer is in order; whatever becomes of the sink, the thread goes on.

use crate::abi::core::{Core, Level, log};
use crate::abi::handle::{Gateway, Handle, Marks, Medium, RtpEnvelope};
use crate::hub::{Action, Delivery};
use crate::ntp::Clocks;
use crate::plugin::{Shared, perform};
use crate::source::Sight;
use memsink::{FORMAT_H264, Frame, Kind, Micros, Read, Reader, SinkName};
use rtp::{Packetizer, captured_at};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// Reading goes on for this long after the last viewer, in µs: a page that is loaded again plays at once.
const LINGER: u64 = 5_000_000;
/// The longest wait for a frame, and so for anything else.
const SLICE: Duration = Duration::from_millis(20);
/// The same while something will be due at any moment: a connection is being set up, or a viewer catches up.
const SHORT_SLICE: Duration = Duration::from_millis(1);
/// Between tries of a sink that cannot be read.
const RETRY: Duration = Duration::from_millis(100);
/// The longest wait for the sink's lock, which its holders keep for microseconds.
const LOCK: Duration = Duration::from_millis(20);

pub(crate) struct ReaderThread {
    gateway: Gateway,
    shared: Arc<Shared>,
    reader: Reader,
    frame: Frame,
    packetizer: Packetizer,
    envelope: RtpEnvelope,
    deliveries: Vec<Delivery<Arc<Handle>>>,
    actions: Vec<Action<Arc<Handle>>>,
    lonely_since: Option<Micros>,
    /// The state of the sink that the log knows.
    logged: &'static str,
}

impl ReaderThread {
    pub(crate) fn new(
        core: &'static Core,
        gateway: Gateway,
        shared: Arc<Shared>,
        sink: SinkName,
    ) -> ReaderThread {
        ReaderThread {
            gateway,
            shared,
            reader: Reader::new(sink, LOCK),
            frame: Frame::with_capacity(Kind::H264),
            packetizer: Packetizer::default(),
            envelope: RtpEnvelope::new(core),
            deliveries: vec![],
            actions: vec![],
            lonely_since: None,
            logged: "",
        }
    }

    /// Works until the plugin ends.
    pub(crate) fn run(mut self) {
        while !self.shared.ending.load(Ordering::Acquire) {
            let step = catch_unwind(AssertUnwindSafe(|| {
                if self.somebody_watches() {
                    self.step();
                }
            }));
            if step.is_err() {
                log(Level::Error, "a frame was lost in a panic; going on with the next one");
                self.shared.sleep(RETRY);
            }
        }
    }

    /// Sleeps while nobody is there; false at the end.
    fn somebody_watches(&mut self) -> bool {
        let mut hub = self.shared.hub();
        if !hub.is_empty() {
            self.lonely_since = None;
            return true;
        }
        let now = Micros::now();
        if now.since(*self.lonely_since.get_or_insert(now)) < LINGER && self.reader.abi().is_some() {
            return true;
        }
        hub.reading_ends();
        self.reader.close();
        self.logged = "";
        while hub.is_empty() && !self.shared.ending.load(Ordering::Acquire) {
            hub = self.shared.changed.wait(hub).unwrap_or_else(PoisonError::into_inner);
        }
        self.lonely_since = None;
        !self.shared.ending.load(Ordering::Acquire)
    }

    /// Waits for a frame for a short while, and does what is due.
    fn step(&mut self) {
        let slice = if self.shared.hub().is_urgent(Micros::now()) { SHORT_SLICE } else { SLICE };
        match self.reader.read(&mut self.frame, slice) {
            Ok(Read::Frame) if self.frame.info.format == FORMAT_H264 => self.take(),
            Ok(Read::Frame) => {
                let format = self.frame.info.format;
                self.broken(format!("the sink's frames are {format:#010x}, not H.264; look at its writer"));
            }
            Ok(Read::Nothing(idle)) => self.shared.hub().no_frame(idle.into(), Micros::now()),
            Err(error) => self.broken(error.to_string()),
        }
        let now = Micros::now();
        let (key_due, wish, state) = {
            let mut hub = self.shared.hub();
            hub.deliver(now, &mut self.deliveries);
            (hub.tick(now, &mut self.actions), hub.wish(now), hub.source().state(now))
        };
        self.relay();
        if key_due {
            self.reader.request_key();
        }
        self.reader.wish(wish);
        for action in self.actions.drain(..) {
            perform(&self.gateway, action);
        }
        self.log_state(state);
    }

    /// Packs the frame and puts it into the stream.
    fn take(&mut self) {
        let now = Micros::now();
        let captured = self.frame.info.grab_begin;
        let captured = captured_at(captured, now);
        let (key, unit) = self.packetizer.pack(&self.frame.data, captured);
        self.shared.abi.store(self.reader.abi().map_or(0, memsink::Abi::number), Ordering::Relaxed);
        let mut hub = self.shared.hub();
        hub.missed(self.frame.missed);
        hub.frame(key, Arc::new(unit), now, &mut self.actions);
    }

    /// Sends what is due to whom it is due, with the hub unlocked.
    fn relay(&mut self) {
        if self.deliveries.is_empty() {
            return;
        }
        let clocks = self.gateway.tells_capture_time().then(Clocks::now);
        for Delivery { handle, unit, mut sequence, rotation, sounds } in self.deliveries.drain(..) {
            for (index, packet) in unit.iter().enumerate() {
                let captured = clocks.filter(|_| index == 0).and_then(|clocks| clocks.capture_of(packet));
                let rotation = rotation.filter(|_| index + 1 == unit.len());
                let marks = Marks { at_once: !sounds, rotation, captured };
                self.gateway.relay(&mut self.envelope, packet, sequence, Medium::Video(marks), &handle);
                sequence = sequence.wrapping_add(1);
            }
        }
    }

    fn broken(&mut self, why: String) {
        self.shared.hub().no_frame(Sight::Broken(why), Micros::now());
        self.shared.sleep(RETRY);
    }

    /// Tells the log when the sink is in another state than before.
    fn log_state(&mut self, state: &'static str) {
        if state == self.logged {
            return;
        }
        self.logged = state;
        if state == "flowing" {
            let abi = self.shared.abi.load(Ordering::Relaxed);
            log(Level::Info, &format!("video flows from the sink {} (ABI {abi})", self.reader.name()));
        } else {
            let why = self.shared.hub().source().why_no_video();
            log(Level::Info, &why);
        }
    }
}
