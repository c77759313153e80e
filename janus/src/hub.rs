//! All viewers and what each is owed: a pure state machine. Events and the time come in, actions and the viewers of
//! a frame come out.
//!
//! What must always hold: a viewer receives nothing before its first key frame, nor after `stop` or a hang-up; every
//! `watch` has one answer, an offer or 503, at most [`PATIENCE`] later; a key that is not attached changes nothing.

use crate::keys::{KeyRequests, Reason};
use crate::message::{Event, Request};
use crate::sdp::Origin;
use crate::source::{Sight, Source};
use memsink::{Idle, Micros, SinkName};
use std::collections::BTreeMap;

/// The longest time between `watch` and its answer, in µs.
pub const PATIENCE: u64 = 900_000;

/// What is to be done for a viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action<H> {
    /// The viewer.
    pub handle: H,
    /// Of the request that is answered.
    pub transaction: String,
    /// The event to send.
    pub event: Event,
    /// The offer to send with it.
    pub offer: Option<Origin>,
}

/// Whether media can reach a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Media {
    /// Not connected.
    Down,
    /// Connected, and waiting for a key frame.
    Joining,
    /// Connected, and in the middle of the stream.
    Playing,
}

/// A `watch` without its answer yet.
#[derive(Debug)]
struct Waiting {
    transaction: String,
    until: Micros,
}

#[derive(Debug)]
struct Viewer<H> {
    handle: H,
    session: u64,
    offers: u64,
    /// The last offer has led to no connection yet.
    offered: bool,
    waiting: Option<Waiting>,
    media: Media,
    stopped: bool,
    packets: u64,
}

impl<H: Clone> Viewer<H> {
    /// Another offer, as the answer to this request.
    fn offer(&mut self, transaction: String) -> Action<H> {
        self.offers += 1;
        self.offered = true;
        let origin = Origin { session: self.session, version: self.offers };
        Action { handle: self.handle.clone(), transaction, event: Event::Started, offer: Some(origin) }
    }

    fn wants_key_frame(&self) -> bool {
        self.media == Media::Joining && !self.stopped
    }
}

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
    /// Access units taken from the sink.
    pub frames: u64,
    /// All viewers.
    pub viewers: usize,
    /// The sink, in one word.
    pub sink: &'static str,
}

/// The viewers, by `K`, with their handles `H`.
#[derive(Debug)]
pub struct Hub<K, H> {
    viewers: BTreeMap<K, Viewer<H>>,
    source: Source,
    keys: KeyRequests,
    key_requests: u64,
    frames: u64,
    sessions: u64,
}

impl<K: Ord, H: Clone> Hub<K, H> {
    /// One without viewers.
    pub fn new(sink: SinkName) -> Hub<K, H> {
        Hub {
            viewers: BTreeMap::new(),
            source: Source::new(sink),
            keys: KeyRequests::default(),
            key_requests: 0,
            frames: 0,
            sessions: 0,
        }
    }

    /// Whether nobody is attached.
    pub fn is_empty(&self) -> bool {
        self.viewers.is_empty()
    }

    /// Whether somebody's connection is being set up, so that a key frame will be wanted any moment.
    pub fn expects_company(&self) -> bool {
        self.viewers.values().any(|viewer| viewer.media == Media::Down && viewer.offered)
    }

    /// Somebody comes.
    ///
    /// # Errors
    /// The handle, if this key is attached already.
    pub fn attach(&mut self, key: K, handle: H) -> Result<(), H> {
        if self.viewers.contains_key(&key) {
            return Err(handle);
        }
        self.sessions += 1;
        let viewer = Viewer {
            handle,
            session: self.sessions,
            offers: 0,
            offered: false,
            waiting: None,
            media: Media::Down,
            stopped: false,
            packets: 0,
        };
        self.viewers.insert(key, viewer);
        Ok(())
    }

    /// Somebody goes; `None` if nobody of that key was there.
    pub fn detach(&mut self, key: &K) -> Option<H> {
        self.viewers.remove(key).map(|viewer| viewer.handle)
    }

    /// Everybody goes.
    pub fn clear(&mut self) -> Vec<H> {
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
        let reply = |viewer: &Viewer<H>, event| {
            Some(Action {
                handle: viewer.handle.clone(),
                transaction: transaction.clone(),
                event,
                offer: None,
            })
        };
        match request {
            Request::Features => reply(viewer, Event::Features),
            Request::Watch => {
                viewer.stopped = false;
                if viewer.wants_key_frame() {
                    self.keys.want(Reason::Joining);
                }
                if flows {
                    viewer.waiting = None;
                    return Some(viewer.offer(transaction));
                }
                // Of many requests the last one is answered, no later than the first would have been.
                let until = viewer.waiting.take().map_or(Micros(now.0 + PATIENCE), |waiting| waiting.until);
                viewer.waiting = Some(Waiting { transaction, until });
                None
            }
            Request::Start => {
                viewer.stopped = false;
                if viewer.wants_key_frame() {
                    self.keys.want(Reason::Joining);
                }
                reply(viewer, Event::Started)
            }
            Request::Stop => {
                viewer.stopped = true;
                viewer.waiting = None;
                if viewer.media == Media::Playing {
                    viewer.media = Media::Joining;
                }
                reply(viewer, Event::Stopped)
            }
            Request::KeyRequired => {
                self.keys.want(Reason::Refresh);
                None
            }
        }
    }

    /// A page asks for something that is refused.
    pub fn refuse(&self, key: &K, event: Event, transaction: String) -> Option<Action<H>> {
        let viewer = self.viewers.get(key)?;
        Some(Action { handle: viewer.handle.clone(), transaction, event, offer: None })
    }

    /// A viewer is connected.
    pub fn media_up(&mut self, key: &K) {
        if let Some(viewer) = self.viewers.get_mut(key) {
            viewer.media = Media::Joining;
            if viewer.wants_key_frame() {
                self.keys.want(Reason::Joining);
            }
        }
    }

    /// A viewer is not connected any more.
    pub fn media_down(&mut self, key: &K) {
        if let Some(viewer) = self.viewers.get_mut(key) {
            viewer.media = Media::Down;
            viewer.offered = false;
        }
    }

    /// A viewer has lost its picture.
    pub fn picture_lost(&mut self, key: &K) {
        if self.viewers.contains_key(key) {
            self.keys.want(Reason::Refresh);
        }
    }

    /// A look at the sink showed no frame.
    pub fn no_frame(&mut self, sight: Sight, now: Micros) {
        self.source.seen(sight, now);
    }

    /// What is known of the sink.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// A frame of so many packets has come. Appends who gets it to `to`, and to `actions` who was waiting for it.
    pub fn frame(
        &mut self,
        key: bool,
        packets: u64,
        now: Micros,
        to: &mut Vec<H>,
        actions: &mut Vec<Action<H>>,
    ) {
        self.frames += 1;
        let resumed = !self.source.flows(now);
        self.source.seen(Sight::Frame, now);
        if key {
            self.keys.arrived();
        }
        for viewer in self.viewers.values_mut() {
            if let Some(waiting) = viewer.waiting.take() {
                actions.push(viewer.offer(waiting.transaction));
            }
            if viewer.media == Media::Playing && resumed && !key {
                // What comes now may be another stream, which cannot be decoded from its middle.
                viewer.media = Media::Joining;
            }
            if viewer.wants_key_frame() {
                if !key {
                    self.keys.want(Reason::Joining);
                    continue;
                }
                viewer.media = Media::Playing;
            }
            if viewer.media == Media::Playing {
                viewer.packets += packets;
                to.push(viewer.handle.clone());
            }
        }
    }

    /// Time has passed. Appends to `actions` who has waited too long; true if a key frame is to be requested now.
    pub fn tick(&mut self, now: Micros, actions: &mut Vec<Action<H>>) -> bool {
        for viewer in self.viewers.values_mut() {
            if let Some(waiting) = viewer.waiting.take_if(|waiting| now >= waiting.until) {
                actions.push(Action {
                    handle: viewer.handle.clone(),
                    transaction: waiting.transaction,
                    event: Event::NoVideo(self.source.why_no_video()),
                    offer: None,
                });
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
        self.keys = KeyRequests::default();
    }

    /// What is known of a viewer.
    pub fn report(&self, key: &K, now: Micros) -> Option<Report> {
        let viewer = self.viewers.get(key)?;
        Some(Report {
            playing: viewer.media == Media::Playing && !viewer.stopped,
            joining: viewer.wants_key_frame(),
            packets: viewer.packets,
            key_requests: self.key_requests,
            frames: self.frames,
            viewers: self.viewers.len(),
            sink: self.source.state(now),
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
