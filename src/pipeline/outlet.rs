//! The way into the sink: the media thread's end ([`Outlet`]), the encoder thread's end ([`Works`]).
//!
//! What must always hold: a frame lost after a key frame was promised renews the promise, so that a viewer never
//! waits for a picture that was dropped.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use memsink::{FORMAT_H264, FrameInfo, Micros, Writer};
use v4l2m2m::Size;

use super::key_policy::KeyPolicy;
use super::mailbox::Mailbox;
use super::shared::Shared;
use crate::config::Gop;
use crate::encode::Software;
use crate::source::Frame;
use crate::{error, info};

/// A frame to encode.
struct Job {
    frame: Frame,
    key: bool,
}

/// What both ends share.
pub struct Works {
    writer: Mutex<Writer>,
    mailbox: Mailbox<Job>,
    shared: Arc<Shared>,
    gop: Gop,
    /// The stream is broken until the next key frame.
    key_owed: AtomicBool,
}

impl Works {
    pub(super) fn new(writer: Mutex<Writer>, shared: Arc<Shared>, gop: Gop) -> Works {
        Works { writer, mailbox: Mailbox::default(), shared, gop, key_owed: AtomicBool::new(false) }
    }

    /// Ends the encoder thread.
    pub fn close(&self) {
        self.mailbox.close();
    }

    /// The encoder thread: encodes what is newest, publishes it, until closed.
    pub fn run(&self, mut encoder: Software) {
        let mut unit = Vec::with_capacity(256 << 10);
        let mut failing = false;
        while let Some(Job { frame, key }) = self.mailbox.take() {
            let encode_begin = Micros::now();
            match encoder.encode(&frame.picture, key, &mut unit) {
                Ok(key) => {
                    if std::mem::replace(&mut failing, false) {
                        info!("H264: The encoder works again");
                    }
                    self.publish(&frame, key, encode_begin, &unit);
                }
                Err(why) => {
                    self.shared.encoder_failed.fetch_add(1, Relaxed);
                    self.key_owed.store(true, Relaxed);
                    if !std::mem::replace(&mut failing, true) {
                        error!("H264: {why}");
                    }
                }
            }
        }
    }

    fn publish(&self, frame: &Frame, key: bool, encode_begin: Micros, unit: &[u8]) {
        let info = FrameInfo {
            width: frame.picture.width() as u32,
            height: frame.picture.height() as u32,
            format: FORMAT_H264,
            stride: 0,
            online: frame.meta.online,
            key,
            gop: self.gop.get(),
            grab_begin: frame.meta.captured,
            grab_end: frame.meta.dequeued,
            encode_begin,
            encode_end: Micros::now(),
        };
        let published = self.writer.lock().unwrap_or_else(PoisonError::into_inner).publish(&info, unit);
        let lost = match published {
            Ok(_) => return self.shared.delivered(Micros::now().since(frame.meta.captured)),
            Err(memsink::Error::TooLarge { .. }) => &self.shared.too_large,
            Err(_) => &self.shared.sink_busy,
        };
        lost.fetch_add(1, Relaxed);
        self.key_owed.store(true, Relaxed);
    }
}

/// The media thread's end.
pub struct Outlet {
    works: Arc<Works>,
    policy: KeyPolicy,
    /// µStreamer's readers show themselves only once there is a first frame.
    first_done: bool,
}

/// Somebody wants a frame.
#[derive(Debug, Clone, Copy)]
pub struct Want {
    key: bool,
}

impl Outlet {
    pub(super) fn new(works: Arc<Works>) -> Outlet {
        Outlet { works, policy: KeyPolicy::default(), first_done: false }
    }

    /// Whether a frame is wanted now: ask before making one.
    pub fn want(&mut self, now: Micros) -> Option<Want> {
        let demand = self.works.writer.lock().unwrap_or_else(PoisonError::into_inner).demand(now);
        self.works.shared.has_clients.store(demand.has_clients, Relaxed);
        (demand.has_clients || !self.first_done).then_some(Want { key: demand.key_wanted })
    }

    /// Gives a frame to the encoder.
    pub fn send(&mut self, want: Want, frame: Frame) {
        self.first_done = true;
        let size = Size { width: frame.picture.width() as u32, height: frame.picture.height() as u32 };
        let owed = self.works.key_owed.swap(false, Relaxed);
        let key = self.policy.decide(frame.meta.captured, want.key || owed, frame.meta.online, size);
        if let Some(replaced) = self.works.mailbox.put(Job { frame, key }) {
            self.works.shared.replaced.fetch_add(1, Relaxed);
            if replaced.key && !key {
                self.works.key_owed.store(true, Relaxed);
            }
        }
    }
}
