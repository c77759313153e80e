//! One viewer: how far its connection is, and which part of the stream it has had.
//!
//! What must always hold: a viewer's first unit is a key frame; after it comes each unit in order, once, or a later
//! key frame; its sequence numbers go on without a gap whatever it was not sent; its time never goes back as long as
//! its connection lasts.

use crate::message::{Event, Wishes};
use crate::rtcp::Ear;
use crate::sdp::{Offer, Origin};
use memsink::{Gop, Micros, Serial, Weighed};
use rtp::{Level, Packets};
use std::sync::Arc;

/// How much of what a viewer has to catch up with goes out at once, in bytes: more than that, and a burst of packets
/// is larger than what a browser's socket holds.
const PORTION: usize = 32 << 10;
/// For this long after its coming or its last offer a viewer's connection is expected any moment, in µs.
const SOON: u64 = 2_000_000;

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
    pub offer: Option<Offer>,
}

/// A unit that goes to a viewer.
#[derive(Debug, Clone)]
pub struct Delivery<H> {
    /// The viewer.
    pub handle: H,
    /// What it gets.
    pub unit: Arc<Packets>,
    /// The first packet's sequence number.
    pub sequence: u16,
    /// How the viewer wants it turned, in degrees; `None` for not at all.
    pub rotation: Option<i16>,
    /// The viewer hears sound, too, with which it is to be shown together.
    pub sounds: bool,
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
pub(crate) struct Waiting {
    pub(crate) transaction: String,
    pub(crate) until: Micros,
}

#[derive(Debug)]
pub(crate) struct Viewer<H> {
    pub(crate) handle: H,
    session: u64,
    offers: u64,
    /// Until when its connection is expected any moment.
    soon: Micros,
    pub(crate) waiting: Option<Waiting>,
    pub(crate) wishes: Wishes,
    media: Media,
    stopped: bool,
    /// What its connection has not had: this unit and those behind it.
    next: Serial,
    sequence: u16,
    /// The same for its sound.
    sound_sequence: u16,
    packets: u64,
    pub(crate) ear: Ear,
}

impl<H: Clone> Viewer<H> {
    pub(crate) fn new(handle: H, session: u64, now: Micros) -> Viewer<H> {
        // RFC 3711 3.3.1: the first one in the lower half, or a loss at the start desynchronizes the ciphers.
        let first = (session.wrapping_mul(0x9e37_79b9) >> 16) as u16 & 0x7fff;
        Viewer {
            handle,
            session,
            offers: 0,
            soon: Micros(now.0 + SOON),
            waiting: None,
            wishes: Wishes::default(),
            media: Media::Down,
            stopped: false,
            next: Serial::default(),
            sequence: first,
            sound_sequence: first,
            packets: 0,
            ear: Ear::default(),
        }
    }

    /// An event for it.
    pub(crate) fn reply(&self, transaction: String, event: Event) -> Action<H> {
        Action { handle: self.handle.clone(), transaction, event, offer: None }
    }

    /// Another offer, as the answer to this request.
    pub(crate) fn offer(&mut self, transaction: String, level: Level, now: Micros) -> Action<H> {
        self.offers += 1;
        self.soon = Micros(now.0 + SOON);
        let origin = Origin { session: self.session, version: self.offers };
        let offer = Offer { origin, wishes: self.wishes, level };
        Action { offer: Some(offer), ..self.reply(transaction, Event::Started) }
    }

    /// It wants pictures.
    pub(crate) fn start(&mut self) {
        self.stopped = false;
    }

    /// It wants none.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
        self.waiting = None;
        if self.media == Media::Playing {
            self.media = Media::Joining;
        }
    }

    /// Its connection is up.
    pub(crate) fn media_up(&mut self) {
        self.media = Media::Joining;
        self.ear = Ear::default();
    }

    /// Its connection is gone; the next one is another stream to its receiver.
    pub(crate) fn media_down(&mut self) {
        self.media = Media::Down;
        self.next = Serial::default();
        self.soon = Micros::default();
    }

    /// It gets pictures.
    pub(crate) fn plays(&self) -> bool {
        self.media == Media::Playing
    }

    /// It is connected and waits for a key frame.
    pub(crate) fn joins(&self) -> bool {
        self.media == Media::Joining && !self.stopped
    }

    /// It is connected and has asked for sound.
    pub(crate) fn listens(&self) -> bool {
        self.wishes.audio && self.media != Media::Down && !self.stopped
    }

    /// It is connected and may speak.
    pub(crate) fn speaks(&self) -> bool {
        self.wishes.mic && self.media != Media::Down && !self.stopped
    }

    /// The number of its next packet of sound.
    pub(crate) fn next_sound(&mut self) -> u16 {
        let number = self.sound_sequence;
        self.sound_sequence = number.wrapping_add(1);
        self.packets += 1;
        number
    }

    /// Packets given to the core for it.
    pub(crate) fn packets(&self) -> u64 {
        self.packets
    }

    /// Something will be due for it at any moment, not only with the next frame.
    pub(crate) fn is_urgent(&self, gop: &Gop<Packets>, now: Micros) -> bool {
        match self.media {
            Media::Down => now < self.soon,
            Media::Joining => false,
            Media::Playing => self.next < gop.end(),
        }
    }

    /// Appends what it is to have next to `to`, `beginning` being where it may begin; false if it needs a key frame.
    pub(crate) fn deliver(
        &mut self,
        gop: &Gop<Packets>,
        beginning: Option<Serial>,
        to: &mut Vec<Delivery<H>>,
    ) -> bool {
        if self.plays() && self.next < gop.first() {
            self.media = Media::Joining;
        }
        if self.joins() {
            // A key frame that it has had, before it said `stop`, would take it back in time.
            let Some(key) = beginning.filter(|&key| key >= self.next) else { return false };
            self.next = key;
            self.media = Media::Playing;
        }
        let mut room = PORTION;
        while self.plays()
            && room > 0
            && let Some(unit) = gop.get(self.next)
        {
            let count = unit.len();
            to.push(Delivery {
                handle: self.handle.clone(),
                unit: Arc::clone(unit),
                sequence: self.sequence,
                rotation: self.wishes.orientation.rotation(),
                sounds: self.wishes.audio,
            });
            self.sequence = self.sequence.wrapping_add(count as u16);
            self.packets += count as u64;
            self.next = self.next.next();
            room = room.saturating_sub(unit.weight());
        }
        true
    }
}
