//! Where the media thread's frames go: to the best encoder that works, of the kernel's or our own.
//!
//! What must always hold: a frame is made only when somebody wants it; a frame that an encoder refuses goes to the next
//! one down the ladder at once; and an encoder that failed is tried again beside the one that works, which goes on until
//! the other has given something. So a broken encoder costs no more than the frames inside it, once.

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
use super::relief::Reliever;
use super::shared::Shared;
use super::software::SoftwareEncoder;
use super::tuning::Follower;
use crate::config::{Bounded, Fps, Gop, H264Config, Kbps};
use crate::encode::Settings;
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
    /// No more than this is encoded: by the settings alone, and with viewers' ways.
    set_most: Option<Fps>,
    most: Option<Fps>,
    follow: Follower,
    /// What is set, and what viewers' ways leave of it.
    set: Wish,
    wish: Wish,
    reliever: Reliever,
    /// What the source gives, and how much of it is encoded.
    given: Fps,
    fps: Fps,
    /// What the pace is set to.
    paced: Option<Fps>,
    /// Whose stream is being published, and the software encoder's.
    rung: Option<Rung>,
    stream: Stream,
    /// An encoder has failed since one last worked.
    hurt: bool,
    /// The fault that the log and `/state` tell of.
    told: String,
    /// µStreamer's readers show themselves only once there is a first frame.
    first_done: bool,
}

/// What an encoder is asked for that can be changed while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Rate to aim at.
    pub bitrate: Kbps,
    /// Key frame distance.
    pub gop: Gop,
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
        (most, follow): (Option<Fps>, Follower),
    ) -> Outlet {
        let own = Wish { bitrate: wish.bitrate, gop: wish.gop };
        Outlet {
            hardware: Hardware::new(Arc::clone(&publisher), Arc::clone(&shared), wish),
            passthrough: Passthrough::new(Arc::clone(&publisher), Arc::clone(&shared)),
            publisher,
            software,
            shared,
            ladder: Ladder::default(),
            policy: KeyPolicy::default(),
            pace: Pace::new(most),
            set_most: most,
            most,
            follow,
            set: own,
            wish: own,
            reliever: Reliever::default(),
            given: Fps::default(),
            fps: most.unwrap_or_default(),
            paced: most,
            rung: None,
            stream: Stream::default(),
            hurt: false,
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
        self.given = fps;
        self.count_frames();
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
        self.retune();
        self.relieve(captured);
        let demand = self.publisher.demand(captured);
        let wanted = demand.has_clients || !self.first_done;
        let kept = wanted && self.pace.keep(captured);
        kept.then(|| Want { key: self.follow.take_key() | demand.key_wanted })
    }

    /// Whether somebody wants frames now.
    pub fn watched(&self, now: Micros) -> bool {
        self.publisher.demand(now).has_clients || !self.first_done
    }

    /// Carries out what was changed since the last time.
    fn retune(&mut self) {
        let Some(settings) = self.follow.news() else { return };
        self.set_most = settings.fps;
        if let Some((bitrate, gop)) = settings.h264 {
            self.set = Wish { bitrate, gop };
            self.publisher.set_gop(gop);
        }
        self.aim();
    }

    /// Follows what readers wish for because viewers' ways are narrow.
    fn relieve(&mut self, now: Micros) {
        if !self.reliever.due(now) {
            return;
        }
        let wish = self.publisher.wish(now);
        if wish.is_none() && self.reliever.relief().is_none() {
            return;
        }
        let Size { width, height } = self.shared.snapshot_size();
        let fps = self.set_most.map_or(self.given, |most| most.min(self.given));
        let pixels = u64::from(width) * u64::from(height) * u64::from(fps.get());
        if !self.reliever.hear(wish, self.set.bitrate, pixels) {
            return;
        }
        let relief = self.reliever.relief();
        self.shared.update(|status| {
            match (&status.relief, &relief) {
                (None, Some(relief)) => {
                    let (kbps, why) = (relief.bitrate.get(), relief.wish.cause.word());
                    info!("H264: a viewer's way is narrow ({why}): {kbps} kbit/s from now on, see /state");
                }
                (Some(_), None) => info!("H264: the viewers' ways bear all of the set bitrate again"),
                _ => {}
            }
            status.relief = relief;
        });
        self.aim();
    }

    /// Tells the encoders what is set, or what viewers' ways leave of it.
    fn aim(&mut self) {
        let relief = self.reliever.relief();
        let bitrate = relief.map_or(self.set.bitrate, |relief| relief.bitrate.min(self.set.bitrate));
        self.wish = Wish { bitrate, ..self.set };
        self.most = [self.set_most, relief.and_then(|relief| relief.fps)].into_iter().flatten().min();
        self.count_frames();
        self.hardware.retune(self.wish);
        self.keep_pace();
    }

    /// How many frames a second an encoder is to expect.
    fn count_frames(&mut self) {
        self.fps = self.most.map_or(self.given, |most| most.min(self.given));
    }

    /// Gives a frame to an encoder.
    pub fn send(&mut self, want: Want, mut frame: Frame) {
        self.first_done = true;
        let key = self.policy.decide(frame.meta.captured, want.key, frame.meta.online, frame.layout().size);
        let (reach, now) = (reach(&frame), frame.meta.dequeued);
        loop {
            let rung = self.ladder.best(reach, now);
            if rung == Rung::Software {
                self.hardware.close();
                return self.by_software(frame, key);
            }
            // After a failure nobody waits for an encoder that may fail as well: software goes on until it has given something.
            let spare = (self.hurt || self.rung == Some(Rung::Software)).then(|| frame.clone());
            match self.hardware.submit(rung, frame, key, self.fps) {
                Ok(()) => {
                    self.keep_pace();
                    if let Some(frame) = spare.filter(|_| self.hardware.on_trial()) {
                        self.by_software(frame, key);
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

    fn by_software(&mut self, frame: Frame, key: bool) {
        if self.rung.replace(Rung::Software) != Some(Rung::Software) {
            self.stream = self.publisher.switch();
            self.keep_pace();
            self.announce("openh264 (software)".to_owned());
        }
        let Wish { bitrate, gop } = self.wish;
        self.software.put(frame, key, self.stream, Settings { bitrate, gop, fps: self.fps });
    }

    /// The source has lost something of what it encoded itself.
    pub fn gap(&self) {
        self.passthrough.gap();
    }

    /// Publishes what the source has encoded itself, if it is wanted. True: the source is to make a key frame.
    pub fn pass(&mut self, coded: &Coded<'_>) -> bool {
        self.retune();
        let mut demand = self.publisher.demand(coded.meta.captured);
        demand.key_wanted |= demand.has_clients && self.follow.take_key();
        if self.rung.replace(Rung::Source) != Some(Rung::Source) {
            self.hardware.close();
            self.stream = self.publisher.switch();
            self.told.clear();
            self.keep_pace();
            self.announce("the camera itself".to_owned());
        }
        let watched = demand.has_clients || !self.first_done;
        let passed = self.passthrough.pass(coded, self.stream, watched, demand.key_wanted);
        self.first_done |= passed.key;
        passed.ask
    }

    /// Time has passed: whether the kernel's encoder has had a picture for too long, which [`Outlet::drain`] does something about.
    pub fn look(&mut self, now: Micros) -> bool {
        self.hardware.look(now)
    }

    /// Publishes what the kernel's encoder has ready.
    pub fn drain(&mut self, now: Micros) {
        if let Err(why) = self.hardware.drain(now) {
            let rung = self.hardware.rung().unwrap_or(Rung::Copy);
            return self.fell(rung, &why);
        }
        let Some(rung) = self.hardware.streaming() else { return };
        // Once it has proved itself, what was told of earlier failures is past.
        let mut news = self.rung.replace(rung) != Some(rung);
        if self.hardware.proved() {
            self.ladder.proved(rung);
            news |= !std::mem::take(&mut self.told).is_empty();
        }
        if news {
            self.hurt = false;
            let name = self.hardware.name().unwrap_or_default();
            self.announce(name);
        }
    }

    /// A rung of the ladder broke.
    fn fell(&mut self, rung: Rung, why: &Fault) {
        let streaming = self.hardware.streaming().is_some();
        let lost = self.hardware.close();
        if streaming {
            self.shared.encoder_failed.fetch_add(lost as u64, Relaxed);
            self.rung = None;
        }
        self.hurt = true;
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
        let again = pause.as_secs();
        match (why, rung) {
            (Fault::None, _) => info!("H264: {words}"),
            (_, Rung::DmaBuf) => {
                info!("H264: {words}; DMA-BUF is tried again in {again} s, copies before that")
            }
            _ => info!("H264: {words}; it is tried again in {again} s, software before that"),
        }
        self.told = words;
    }

    /// No more frames are made than the encoder in use is able to take.
    fn keep_pace(&mut self) {
        let able = self.hardware.rate().and_then(Fps::new);
        let most = match (self.most, able) {
            (Some(most), Some(able)) => Some(most.min(able)),
            (most, able) => most.or(able),
        };
        if most != self.paced {
            self.paced = most;
            self.pace = Pace::new(most);
        }
    }

    /// Tells which encoder's stream is being published, and why this one's.
    fn announce(&self, name: String) {
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
