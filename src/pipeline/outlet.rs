//! Where the media thread's frames go: to the best encoder that works, of the kernel's or our own.
//!
//! What must always hold: a frame is made only when somebody wants it; a frame that an encoder refuses goes to the next
//! one down the ladder at once, so a broken encoder costs no more than the frames inside it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use memsink::Micros;
use v4l2m2m::Size;

use super::hardware::{Fault, Hardware};
use super::key_policy::KeyPolicy;
use super::ladder::{Ladder, Reach, Rung};
use super::pace::Pace;
use super::passthrough::{Coded, Passthrough};
use super::publisher::{Publisher, Stream};
use super::shared::Shared;
use super::software::SoftwareEncoder;
use crate::config::{Bounded, Fps, H264Config};
use crate::info;
use crate::source::{Frame, Pixels};

/// The media thread's end.
pub struct Outlet {
    publisher: Arc<Publisher>,
    software: Arc<SoftwareEncoder>,
    hardware: Hardware,
    passthrough: Passthrough,
    shared: Arc<Shared>,
    ladder: Ladder,
    policy: KeyPolicy,
    pace: Pace,
    /// No more than this is encoded, by configuration.
    most: Option<Fps>,
    /// What the source gives.
    fps: Fps,
    /// What the pace is set to.
    paced: Option<Fps>,
    /// Where the last frame went, and the software encoder's stream.
    rung: Option<Rung>,
    stream: Stream,
    /// The fault that the log and `/state` tell of.
    told: String,
    /// µStreamer's readers show themselves only once there is a first frame.
    first_done: bool,
}

/// Somebody wants a frame.
#[derive(Debug, Clone, Copy)]
pub struct Want {
    /// As a key frame.
    pub(super) key: bool,
}

impl Outlet {
    pub(super) fn new(
        publisher: Arc<Publisher>,
        software: Arc<SoftwareEncoder>,
        shared: Arc<Shared>,
        wish: H264Config,
        most: Option<Fps>,
    ) -> Outlet {
        Outlet {
            hardware: Hardware::new(Arc::clone(&publisher), Arc::clone(&shared), wish),
            passthrough: Passthrough::new(Arc::clone(&publisher), Arc::clone(&shared)),
            publisher,
            software,
            shared,
            ladder: Ladder::default(),
            policy: KeyPolicy::default(),
            pace: Pace::new(most),
            most,
            fps: most.unwrap_or_default(),
            paced: most,
            rung: None,
            stream: Stream::default(),
            told: String::new(),
            first_done: false,
        }
    }

    /// The encoder in hardware, to be waited for.
    pub fn hardware(&self) -> &Hardware {
        &self.hardware
    }

    /// Other pictures come from now on, so many a second.
    pub fn source_begins(&mut self, fps: Fps) {
        self.fps = self.most.map_or(fps, |most| most.min(fps));
        self.ladder.forgive();
        self.source_ends();
        self.passthrough.begin();
        self.rung.take_if(|rung| *rung == Rung::Source);
    }

    /// No more of these pictures come: the encoder lets go of them.
    pub fn source_ends(&mut self) {
        self.hardware.close();
    }

    /// Whether a frame captured at this time is wanted: ask before making one.
    pub fn want(&mut self, captured: Micros) -> Option<Want> {
        let demand = self.publisher.demand(captured);
        let wanted = demand.has_clients || !self.first_done;
        (wanted && self.pace.keep(captured)).then_some(Want { key: demand.key_wanted })
    }

    /// Gives a frame to an encoder.
    pub fn send(&mut self, want: Want, mut frame: Frame) {
        self.first_done = true;
        let Size { width, height } = frame.layout().size;
        let key =
            self.policy.decide(frame.meta.captured, want.key, frame.meta.online, Size { width, height });
        let reach = reach(&frame);
        loop {
            let rung = self.ladder.best(reach, Micros::now());
            if rung == Rung::Software {
                if self.rung.replace(rung) != Some(rung) {
                    self.hardware.close();
                    self.stream = self.publisher.switch();
                    self.settle("openh264 (software)".to_owned());
                }
                return self.software.put(frame, key, self.stream, self.fps);
            }
            match self.hardware.submit(rung, frame, key, self.fps) {
                Ok(()) => {
                    if self.rung.replace(rung) != Some(rung) {
                        let name = self.hardware.name().unwrap_or_default();
                        self.settle(name);
                    }
                    return;
                }
                Err(refused) => {
                    frame = refused.frame;
                    self.fell(rung, &refused.why);
                }
            }
        }
    }

    /// The source has lost something of what it encoded itself.
    pub fn gap(&self) {
        self.passthrough.gap();
    }

    /// Publishes what the source has encoded itself, if it is wanted. True: the source is to make a key frame.
    pub fn pass(&mut self, coded: &Coded<'_>) -> bool {
        let demand = self.publisher.demand(coded.meta.captured);
        if self.rung.replace(Rung::Source) != Some(Rung::Source) {
            self.hardware.close();
            self.stream = self.publisher.switch();
            self.told.clear();
            self.settle("the camera itself".to_owned());
        }
        let watched = demand.has_clients || !self.first_done;
        let passed = self.passthrough.pass(coded, self.stream, watched, demand.key_wanted);
        self.first_done |= passed.key;
        passed.ask
    }

    /// Publishes what the kernel's encoder has ready.
    pub fn drain(&mut self) {
        let now = Micros::now();
        if let Err(why) = self.hardware.drain(now) {
            let rung = self.rung.unwrap_or(Rung::Copy);
            self.fell(rung, &why);
        } else if let Some(rung) = self.hardware.proved() {
            self.ladder.proved(rung);
            self.told.clear();
        }
    }

    /// A rung of the ladder broke.
    fn fell(&mut self, rung: Rung, why: &Fault) {
        let lost = self.hardware.close();
        self.shared.encoder_failed.fetch_add(lost as u64, Relaxed);
        self.rung = None;
        let now = Micros::now();
        let pause = self.ladder.broke(rung, now);
        if matches!(why, Fault::None) {
            self.ladder.broke(Rung::DmaBuf, now);
            self.ladder.broke(Rung::Copy, now);
        }
        let words = why.to_string();
        if self.told == words {
            return;
        }
        match (why, rung) {
            (Fault::None, _) => info!("H264: {words}"),
            (_, Rung::DmaBuf) => {
                info!(
                    "H264: {words}; DMA-BUF is tried again in {} s, copies are used meanwhile",
                    pause.as_secs()
                );
            }
            _ => {
                info!("H264: {words}; it is tried again in {} s, software is used meanwhile", pause.as_secs())
            }
        }
        self.told = words;
    }

    /// An encoder has been chosen.
    fn settle(&mut self, name: String) {
        let able = self.hardware.rate().and_then(Fps::new);
        let most = match (self.most, able) {
            (Some(most), Some(able)) => Some(most.min(able)),
            (most, able) => most.or(able),
        };
        if most != self.paced {
            self.paced = most;
            self.pace = Pace::new(most);
        }
        let why = if self.told.is_empty() { "the best there is".to_owned() } else { self.told.clone() };
        self.shared.update(|status| {
            if status.encoder != name {
                info!("H264: encoding with {name}");
            }
            status.encoder = name;
            status.why = why;
        });
    }
}

/// Which encoders could take this frame.
fn reach(frame: &Frame) -> Reach {
    match &frame.pixels {
        // One picture a second that says why there is no other: not worth the hardware, which may be what is broken.
        Pixels::Drawn(_) if !frame.meta.online => Reach::Software,
        Pixels::Drawn(_) => Reach::Readable,
        Pixels::Captured(captured) if captured.dmabuf().is_some() => Reach::Shareable,
        Pixels::Captured(_) => Reach::Readable,
    }
}
