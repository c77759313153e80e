//! The thread that has JPEGs made by the kernel's encoder, and hands on to the workers what that cannot do.
//!
//! It owns its device wholly and waits for it, one picture at a time: a JPEG needs no other one, so there is no order to keep, and what cannot
//! be encoded here is simply somebody else's to encode.
//!
//! What must always hold: the pictures never stop for a broken encoder. One that has failed is tried again beside the workers, which make all
//! JPEGs until it has given one; no failure is for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use memsink::Micros;

use super::super::ladder::{Ladder, Reach, Rung};
use super::super::mailbox::Mailbox;
use super::super::shared::{JpegMaker, Shared};
use super::super::stop::Stop;
use super::super::tuning::Follower;
use super::session::{Fault, Outcome, Session};
use super::showcase::Showcase;
use super::workers::{Job, Workers};
use crate::config::{KernelJpeg, Quality};
use crate::info;
use crate::source::jpeg::{self, Repair, Rules};
use crate::source::{Frame, Pixels};

/// So many JPEGs prove that an encoder works.
const PROOF: u32 = 100;
/// So many damaged pictures in a row are no accident.
const MOST_DAMAGED: u32 = 3;
/// Why pictures are not imported where there is an H.264 stream.
const OF_H264: &str = "the H.264 encoder may import the same pictures";
/// Frames are the kernel's encoder's alone; see [`KernelEncoder::again`].
const TRUSTED: u64 = 0;
/// It is tried with the next frame.
const AT_ONCE: u64 = 1;

/// What the thread is told.
enum Order {
    /// Make a JPEG of it.
    Picture(Job),
    /// See whether the encoder makes one of it; the workers have it, too.
    Trial(Job),
    /// The source has ended: let go of its pictures.
    LetGo,
}

/// The way to the thread.
pub struct KernelEncoder {
    orders: Mailbox<Order>,
    workers: Arc<Workers>,
    showcase: Arc<Showcase>,
    /// [`TRUSTED`], or else the workers get all frames, and from this time on (µs) the thread gets them as well, to try.
    again: AtomicU64,
}

/// What the thread works with.
pub struct Bench {
    /// Which encoder is asked for.
    pub wish: KernelJpeg,
    /// Pictures may be imported. Not where the H.264 encoder may import the same ones: two at one picture crash kernels of the Raspberry Pi
    /// (raspberrypi/linux#4764).
    pub imports: bool,
    /// For the quality.
    pub follow: Follower,
    /// Where it is told who makes JPEGs.
    pub shared: Arc<Shared>,
    /// The end.
    pub stop: Arc<Stop>,
}

/// The thread.
struct Thread<'a> {
    kernel: &'a KernelEncoder,
    bench: Bench,
    quality: Quality,
    repair: Repair,
    session: Option<Session>,
    ladder: Ladder,
    /// Why pictures are not imported in any case.
    copies_because: Option<String>,
    /// An encoder has failed since one last proved itself.
    hurt: bool,
    made: u32,
    damaged: u32,
    /// The fault that the log and `/state` tell of.
    told: String,
    /// The way that `/state` tells of, and who makes JPEGs by the log.
    announced: Option<Rung>,
    logged: String,
}

impl KernelEncoder {
    /// What it cannot do is these workers'.
    pub fn new(workers: Arc<Workers>, showcase: Arc<Showcase>) -> KernelEncoder {
        KernelEncoder { orders: Mailbox::default(), workers, showcase, again: AtomicU64::new(TRUSTED) }
    }

    /// Gives a frame to the thread, to the workers, or to both; one that still waits is replaced.
    pub(super) fn put(&self, job: Job) {
        if !worth_it(&job.frame) {
            return self.workers.put(job);
        }
        match self.again.load(Relaxed) {
            TRUSTED => {
                if let Some(Order::Picture(_)) = self.orders.put(Order::Picture(job)) {
                    self.showcase.counts.replaced.fetch_add(1, Relaxed);
                }
            }
            again => {
                if job.frame.meta.dequeued.0 >= again {
                    self.orders.put(Order::Trial(job.clone()));
                }
                self.workers.put(job);
            }
        }
    }

    /// No more of these pictures come.
    pub(super) fn let_go(&self) {
        self.orders.put(Order::LetGo);
    }

    /// Ends the thread.
    pub fn close(&self) {
        self.orders.close();
    }

    /// The thread's work, until closed.
    pub fn run(&self, bench: Bench) {
        let repair = match Repair::new(Rules::default()) {
            Ok(repair) => repair,
            Err(why) => return self.give_up(&bench, &why),
        };
        let copies_because = (!bench.imports).then(|| OF_H264.to_owned());
        if let Some(why) = &copies_because {
            info!("JPEG: the kernel's encoder gets copies: {why}, and two at one picture crash some kernels");
        }
        let mut thread = Thread {
            kernel: self,
            quality: bench.follow.settings().quality,
            bench,
            repair,
            session: None,
            ladder: Ladder::default(),
            copies_because,
            hurt: false,
            made: 0,
            damaged: 0,
            told: String::new(),
            announced: None,
            logged: String::new(),
        };
        while let Some(order) = self.orders.take() {
            match order {
                Order::Picture(job) => thread.work(job, false),
                Order::Trial(job) => thread.work(job, true),
                Order::LetGo => {
                    thread.session = None;
                    // What did not work for those before may work for others.
                    thread.ladder.forgive();
                    if self.again.load(Relaxed) != TRUSTED {
                        self.again.store(AT_ONCE, Relaxed);
                    }
                }
            }
        }
    }

    fn give_up(&self, bench: &Bench, why: &jpeg::Error) {
        info!("JPEG: {why}; JPEGs are made in software");
        self.again.store(u64::MAX, Relaxed);
        bench.shared.update(|status| status.jpeg = JpegMaker::Software(Some(why.to_string())));
    }
}

impl Thread<'_> {
    /// Makes a JPEG of a frame by the best way that works. `trial`: the workers make one, too, which is the one that is shown.
    fn work(&mut self, Job { ticket, mut frame }: Job, mut trial: bool) {
        self.retune();
        let begin = Micros::now();
        let (meta, size) = (frame.meta, frame.layout().size);
        loop {
            let reach = self.reach(&frame);
            let rung = self.ladder.best(reach, Micros::now());
            if rung == Rung::Software {
                self.session = None;
                self.announce(rung);
                self.kernel.again.store(self.ladder.again(reach).0.max(AT_ONCE), Relaxed);
                if !trial {
                    self.kernel.workers.put(Job { ticket, frame });
                }
                return;
            }
            let opens = !self.session.as_ref().is_some_and(|session| session.fits(rung, &frame));
            if opens && self.hurt && !trial {
                // Nobody waits for an encoder that may fail as well.
                trial = true;
                self.kernel.again.store(AT_ONCE, Relaxed);
                self.kernel.workers.put(Job { ticket, frame: frame.clone() });
            }
            // An encoder that imports it holds it anyway. One that gets a copy is to give its buffer back before it encodes; not the first
            // time, since it may not even open.
            let spare = (rung == Rung::DmaBuf || opens).then(|| frame.clone());
            match self.encode(rung, frame, opens) {
                Ok(Outcome::Made(framed)) => {
                    if !trial {
                        self.kernel.showcase.expose(ticket, framed, size, meta, begin);
                    }
                    return self.succeeded(rung, reach);
                }
                Ok(Outcome::Damaged) => {
                    self.kernel.showcase.counts.failed.fetch_add(1, Relaxed);
                    if let Some(frame) = spare.filter(|_| !trial) {
                        self.kernel.workers.put(Job { ticket, frame });
                    }
                    return;
                }
                Ok(Outcome::Stopped) => return,
                Err(why) => {
                    self.fell(rung, &why);
                    match spare {
                        Some(spare) => frame = spare,
                        // The next frame finds another way.
                        None => {
                            self.kernel.showcase.counts.failed.fetch_add(1, Relaxed);
                            return;
                        }
                    }
                }
            }
        }
    }

    fn encode(&mut self, rung: Rung, frame: Frame, opens: bool) -> Result<Outcome, Fault> {
        let session = match &mut self.session {
            Some(session) if !opens => session,
            place => {
                // The old one first: a device may have only one place.
                *place = None;
                self.made = 0;
                let session = place.insert(Session::open(&self.bench.wish, rung, &frame, self.quality)?);
                for note in session.notes() {
                    info!("JPEG: {}: {note}", session.path().display());
                }
                session
            }
        };
        let outcome = session.encode(frame, &self.repair, self.bench.stop.fd())?;
        if matches!(outcome, Outcome::Damaged) {
            self.damaged += 1;
            if self.damaged >= MOST_DAMAGED {
                return Err(Fault::Damages(session.path().to_owned()));
            }
        }
        Ok(outcome)
    }

    /// An encoder has given a JPEG.
    fn succeeded(&mut self, rung: Rung, reach: Reach) {
        self.damaged = 0;
        self.made = self.made.saturating_add(1);
        if self.made == PROOF {
            self.ladder.proved(rung);
            if rung == reach.best() {
                // What was told of earlier failures is past.
                self.hurt = false;
                self.told.clear();
                self.announced = None;
            }
        }
        self.announce(rung);
        self.kernel.again.store(TRUSTED, Relaxed);
        if let Some(session) = &mut self.session
            && let Err(why) = session.settle(self.bench.stop.fd())
        {
            self.fell(rung, &why);
        }
    }

    /// A rung of the ladder broke.
    fn fell(&mut self, rung: Rung, why: &Fault) {
        self.session = None;
        self.damaged = 0;
        if matches!(why, Fault::CopiesOnly(_)) {
            info!("JPEG: {why}; it gets copies");
            self.copies_because = Some(why.to_string());
            return;
        }
        self.hurt = true;
        let now = Micros::now();
        let again = self.ladder.broke(rung, now).as_secs();
        let then = match (why, rung) {
            (Fault::None(_), _) => {
                self.ladder.broke(Rung::DmaBuf, now);
                self.ladder.broke(Rung::Copy, now);
                "JPEGs are made in software".to_owned()
            }
            (_, Rung::DmaBuf) => format!("DMA-BUF is tried again in {again} s, copies before that"),
            _ => format!("it is tried again in {again} s, software before that"),
        };
        self.tell(why.to_string(), &then);
    }

    /// Tells of a fault, once.
    fn tell(&mut self, why: String, then: &str) {
        if self.told != why {
            info!("JPEG: {why}; {then}");
            self.told = why;
            self.announced = None;
        }
    }

    /// Carries out what was changed since the last time.
    fn retune(&mut self) {
        let Some(settings) = self.bench.follow.news() else { return };
        if std::mem::replace(&mut self.quality, settings.quality) == settings.quality {
            return;
        }
        match self.session.as_mut().map(|session| session.set_quality(settings.quality)) {
            Some(Ok(Some(note))) => info!("JPEG: the kernel's encoder: {note}"),
            // What has broken down shows with the picture.
            Some(Err(why)) => info!("JPEG: {why}"),
            _ => {}
        }
    }

    /// Tells who makes JPEGs, and why they do, when that is news.
    fn announce(&mut self, rung: Rung) {
        if self.announced.replace(rung) == Some(rung) {
            return;
        }
        let (name, maker) = match &self.session {
            None => ("libjpeg-turbo (software)".to_owned(), JpegMaker::Software(Some(self.told.clone()))),
            Some(session) => {
                let why = match &self.copies_because {
                    _ if !self.told.is_empty() => &self.told,
                    Some(why) => why,
                    None => "the best there is",
                };
                (session.name(), JpegMaker::Kernel(format!("{}: {why}", session.name())))
            }
        };
        if self.logged != name {
            info!("JPEG: encoding with {name}");
            self.logged = name;
        }
        self.bench.shared.update(|status| status.jpeg = maker);
    }

    fn reach(&self, frame: &Frame) -> Reach {
        match &frame.pixels {
            Pixels::Captured(captured) if self.copies_because.is_none() && captured.dmabuf().is_some() => {
                Reach::Shareable
            }
            _ => Reach::Readable,
        }
    }
}

/// A JPEG of a camera's own is one, and a picture that says why there is no other is not worth the hardware, which may be what is broken.
fn worth_it(frame: &Frame) -> bool {
    frame.meta.online && !frame.layout().format.is_compressed()
}
