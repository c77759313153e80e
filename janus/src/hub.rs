//! All viewers and what each is owed: a pure state machine. Events and the time come in, actions and units for viewers
//! come out.
//!
//! What must always hold: a viewer receives nothing before its first key frame, nor after `stop` or a hang-up; every
//! `watch` has one answer, an offer or 503, at most [`PATIENCE`] later; no key frame is asked for while those who
//! wait for one can begin with what is kept; a key that is not attached changes nothing.

use crate::message::{Event, Request};
use crate::rtcp::{Heard, Said};
use crate::source::{Sight, Source};
pub use crate::viewer::{Action, Delivery};
use crate::viewer::{Viewer, Waiting};
use memsink::{Gop, Idle, Joining, Micros, Serial, SinkName, Weighed, Wish};
use rtp::{Congestion, Feedback, KeyRequests, Level, Packets, Reason, Way};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest time between `watch` and its answer, in µs.
pub const PATIENCE: u64 = 900_000;

/// What `query_session` shows of a viewer and of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Pictures are going to this viewer.
    pub playing: bool,
    /// It is connected and waits for a key frame.
    pub joining: bool,
    /// Packets given to the core for it.
    pub packets: u64,
    /// Key frames asked of the encoder, for all viewers.
    pub key_requests: u64,
    /// Access units that were replaced in the sink before they were taken.
    pub missed: u64,
    /// Access units taken from the sink.
    pub frames: u64,
    /// All viewers.
    pub viewers: usize,
    /// The sink, in one word.
    pub sink: &'static str,
    /// How often this viewer has said what of its way.
    pub heard: Heard,
    /// Packets on their way to it that were lost lately, in percent.
    pub loss: u32,
    /// The last round trip to it, in µs.
    pub round_trip: Option<u64>,
    /// What its way bears, in kbit/s, once there was reason to know.
    pub bears: Option<u32>,
    /// What the stream has, in kbit/s.
    pub kbps: u32,
    /// What the streamer was last asked for because of all viewers' ways.
    pub wish: Option<Wish>,
}

/// The viewers, by `K`, with their handles `H`.
#[derive(Debug)]
pub struct Hub<K, H> {
    viewers: BTreeMap<K, Viewer<H>>,
    source: Source,
    gop: Gop<Packets>,
    keys: KeyRequests,
    congestion: Congestion<K>,
    wish: Option<Wish>,
    /// Of the last key frame.
    level: Level,
    key_requests: u64,
    missed: u64,
    frames: u64,
    sessions: u64,
}

impl<K: Ord + Clone, H: Clone> Hub<K, H> {
    /// One without viewers.
    pub fn new(sink: SinkName) -> Hub<K, H> {
        Hub {
            viewers: BTreeMap::new(),
            source: Source::new(sink),
            gop: Gop::default(),
            keys: KeyRequests::default(),
            congestion: Congestion::default(),
            wish: None,
            level: Level::HD,
            key_requests: 0,
            missed: 0,
            frames: 0,
            sessions: 0,
        }
    }

    /// Whether nobody is attached.
    pub fn is_empty(&self) -> bool {
        self.viewers.is_empty()
    }

    /// Whether something will be due at any moment, not only with the next frame.
    pub fn is_urgent(&self, now: Micros) -> bool {
        self.viewers.values().any(|viewer| viewer.is_urgent(&self.gop, now))
    }

    /// Somebody comes.
    ///
    /// # Errors
    /// The handle, if this key is attached already.
    pub fn attach(&mut self, key: K, handle: H, now: Micros) -> Result<(), H> {
        if self.viewers.contains_key(&key) {
            return Err(handle);
        }
        self.sessions += 1;
        self.viewers.insert(key, Viewer::new(handle, self.sessions, now));
        Ok(())
    }

    /// Somebody goes; `None` if nobody of that key was there.
    pub fn detach(&mut self, key: &K) -> Option<H> {
        self.congestion.leave(key);
        self.viewers.remove(key).map(|viewer| viewer.handle)
    }

    /// Everybody goes.
    pub fn clear(&mut self) -> Vec<H> {
        self.congestion = Congestion::default();
        std::mem::take(&mut self.viewers).into_values().map(|viewer| viewer.handle).collect()
    }

    /// A page asks for something; `None` if it is answered later or not at all.
    pub fn request(
        &mut self,
        key: &K,
        request: Request,
        transaction: String,
        now: Micros,
    ) -> Option<Action<H>> {
        let flows = self.source.flows(now);
        let viewer = self.viewers.get_mut(key)?;
        match request {
            // Which devices there are is not the hub's knowledge: see `tell`.
            Request::Features => None,
            Request::Watch(wishes) => {
                viewer.start();
                viewer.wishes = wishes;
                let answer = if flows {
                    viewer.waiting = None;
                    Some(viewer.offer(transaction, self.level, now))
                } else {
                    // Of many requests the last one is answered, no later than the first would have been.
                    let until =
                        viewer.waiting.take().map_or(Micros(now.0 + PATIENCE), |waiting| waiting.until);
                    viewer.waiting = Some(Waiting { transaction, until });
                    None
                };
                // It is there when the connection is.
                if self.beginning(Joining::Coming).is_none() {
                    self.keys.want(Reason::Joining);
                }
                answer
            }
            Request::Start => {
                viewer.start();
                if viewer.joins() {
                    self.congestion.join(key.clone());
                }
                Some(viewer.reply(transaction, Event::Started))
            }
            Request::Stop => {
                viewer.stop();
                self.congestion.leave(key);
                Some(viewer.reply(transaction, Event::Stopped))
            }
            Request::KeyRequired => {
                self.keys.want(Reason::Refresh);
                None
            }
        }
    }

    fn beginning(&self, joining: Joining) -> Option<Serial> {
        self.gop.beginning_of(joining, !self.viewers.values().any(Viewer::plays))
    }

    /// A page is told something that the hub does not decide.
    pub fn tell(&self, key: &K, event: Event, transaction: String) -> Option<Action<H>> {
        Some(self.viewers.get(key)?.reply(transaction, event))
    }

    /// A viewer is connected.
    pub fn media_up(&mut self, key: &K) {
        if let Some(viewer) = self.viewers.get_mut(key) {
            viewer.media_up();
            self.congestion.join(key.clone());
        }
    }

    /// A viewer is not connected any more.
    pub fn media_down(&mut self, key: &K) {
        if let Some(viewer) = self.viewers.get_mut(key) {
            viewer.media_down();
            self.congestion.leave(key);
        }
    }

    /// A viewer says something in RTCP, when the core's clock shows `ntp` (see [`rtcp::Ear::hear`](crate::rtcp::Ear::hear)).
    pub fn feedback(&mut self, key: &K, compound: &[u8], ntp: u32, now: Micros) {
        let Some(viewer) = self.viewers.get_mut(key) else { return };
        viewer.ear.hear(compound, ntp, |said| match said {
            Said::KeyWanted => self.keys.want(Reason::Refresh),
            Said::Way(feedback) => self.congestion.hear(key, feedback, now),
        });
    }

    /// The core says that it has to send this viewer much again.
    pub fn slow_link(&mut self, key: &K, now: Micros) {
        if let Some(viewer) = self.viewers.get_mut(key) {
            viewer.ear.heard.slow_link += 1;
            self.congestion.hear(key, Feedback::Slow, now);
        }
    }

    /// What all viewers' ways leave of the stream: what the streamer is asked for.
    pub fn wish(&mut self, now: Micros) -> Option<Wish> {
        self.wish = self.congestion.wish(now);
        self.wish
    }

    /// A look at the sink showed no frame.
    pub fn no_frame(&mut self, sight: Sight, now: Micros) {
        self.source.seen(sight, now);
    }

    /// What is known of the sink.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// An access unit has come, `key` if decoding can begin with it. Appends to `actions` who was waiting for it.
    pub fn frame(&mut self, key: bool, unit: Arc<Packets>, now: Micros, actions: &mut Vec<Action<H>>) {
        self.frames += 1;
        if !self.source.flows(now) {
            // What comes now may be another stream, which cannot be decoded from its middle.
            self.interrupted();
        }
        self.source.seen(Sight::Frame, now);
        self.congestion.sent(unit.weight(), now);
        self.level = unit.level().unwrap_or(self.level);
        self.gop.push(key, unit);
        if key {
            self.keys.arrived();
        }
        for viewer in self.viewers.values_mut() {
            if let Some(waiting) = viewer.waiting.take() {
                actions.push(viewer.offer(waiting.transaction, self.level, now));
            }
        }
    }

    /// The reader was late: so many units were published before the next one that it never saw.
    pub fn missed(&mut self, units: u32) {
        self.missed += u64::from(units);
        if units > 0 {
            self.interrupted();
        }
    }

    /// Units are missing before the next one. The one place for this: nobody goes on, or begins, before the next key
    /// frame.
    pub fn interrupted(&mut self) {
        self.gop.interrupt();
    }

    /// Appends to `to` what viewers are to have now; what goes to one of them is in order.
    pub fn deliver(&mut self, now: Micros, to: &mut Vec<Delivery<H>>) {
        let beginning = self.beginning(Joining::Connected).filter(|_| self.source.flows(now));
        for viewer in self.viewers.values_mut() {
            if !viewer.deliver(&self.gop, beginning, to) {
                self.keys.want(Reason::Joining);
            }
        }
    }

    /// Time has passed. Appends to `actions` who has waited too long; true if a key frame is to be requested now.
    pub fn tick(&mut self, now: Micros, actions: &mut Vec<Action<H>>) -> bool {
        for viewer in self.viewers.values_mut() {
            if let Some(waiting) = viewer.waiting.take_if(|waiting| now >= waiting.until) {
                actions.push(viewer.reply(waiting.transaction, Event::NoVideo(self.source.why_no_video())));
            }
        }
        // Without a writer the wish is kept for the next one.
        let due = self.source.flows(now) && self.keys.due(now);
        self.key_requests += u64::from(due);
        due
    }

    /// Nobody reads the sink any more.
    pub fn reading_ends(&mut self) {
        self.source.forget();
        self.interrupted();
        self.keys = KeyRequests::default();
    }

    /// Whether somebody wants sound.
    pub fn is_listened_to(&self) -> bool {
        self.viewers.values().any(Viewer::listens)
    }

    /// Appends to `to` who is to have the next packet of sound, and its number there.
    pub fn listeners(&mut self, to: &mut Vec<(H, u16)>) {
        let listening = self.viewers.values_mut().filter(|viewer| viewer.listens());
        to.extend(listening.map(|viewer| (viewer.handle.clone(), viewer.next_sound())));
    }

    /// Whether a viewer's microphone is to be played.
    pub fn speaks(&self, key: &K) -> bool {
        self.viewers.get(key).is_some_and(Viewer::speaks)
    }

    /// What is known of a viewer.
    pub fn report(&self, key: &K, now: Micros) -> Option<Report> {
        let viewer = self.viewers.get(key)?;
        let way = self.congestion.way(key);
        Some(Report {
            playing: viewer.plays(),
            joining: viewer.joins(),
            packets: viewer.packets(),
            key_requests: self.key_requests,
            missed: self.missed,
            frames: self.frames,
            viewers: self.viewers.len(),
            sink: self.source.state(now),
            heard: viewer.ear.heard,
            loss: way.map_or(0, Way::loss),
            round_trip: way.and_then(Way::round_trip),
            bears: way.and_then(Way::limit).map(|(kbps, _)| kbps),
            kbps: self.congestion.kbps(),
            wish: self.wish,
        })
    }
}

/// A look at the sink without a frame.
impl From<Idle> for Sight {
    fn from(idle: Idle) -> Sight {
        Sight::Idle(idle)
    }
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
