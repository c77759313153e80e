//! The kernel's encoder, as the media thread works it: opened for the frames that come, fed, emptied, given up on.
//!
//! An encoder that has just been opened is on trial: it takes over the stream with the first piece it gives, not before.
//!
//! What must always hold: nothing here waits. A frame that finds the encoder full stays in one slot, where a newer one
//! replaces it; an encoder that does not answer within [`PATIENCE`] is an error, not a silence.

use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use memsink::Micros;
use v4l2m2m::{
    Codec, Encoder, EncoderConfig, Error, FourCc, HEAP_PAYS, Input, Kind, PixelLayout, Refusal, Rejected,
    Size, find_encoders,
};

use super::depth::Depth;
use super::ladder::Rung;
use super::outlet::Wish;
use super::patience::{PATIENCE, Patience};
use super::publisher::{Publisher, Stream, Unit};
use super::shared::Shared;
use crate::config::{Fps, H264Config};
use crate::source::{Frame, Pixels};
use crate::{info, verbose};

/// Pictures taken in a row without a piece of bitstream: its rate control is not that strict, it is broken.
const MOST_UNANSWERED: u32 = 60;
/// So many access units prove that an encoder works.
const PROOF: u64 = 100;

/// Why the kernel's encoder cannot go on, or cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is none.
    #[error("no H.264 encoder in hardware was found")]
    None,
    /// It, or its driver, failed.
    #[error(transparent)]
    Device(#[from] Error),
    /// It has taken pictures and gives nothing back.
    #[error("{}: the encoder has not answered for {} ms", .0.display(), PATIENCE.as_millis())]
    Hangs(PathBuf),
    /// Another capture session began while it was open for this one's pictures.
    #[error("the pictures are not those that the encoder was opened for")]
    Foreign,
    /// It gives pictures back uncoded.
    #[error("{}: the encoder has left out {MOST_UNANSWERED} pictures in a row", .0.display())]
    Swallows(PathBuf),
}

/// A frame that was not taken, and why.
pub struct Refused {
    /// The frame.
    pub frame: Frame,
    /// The reason.
    pub why: Fault,
}

/// The encoder in use, if any, and what to ask of one.
pub struct Hardware {
    publisher: Arc<Publisher>,
    shared: Arc<Shared>,
    wish: H264Config,
    session: Option<Session>,
}

/// An opened encoder.
struct Session {
    encoder: Encoder,
    rung: Rung,
    layout: PixelLayout,
    /// Its stream, once it has given a piece.
    stream: Option<Stream>,
    /// The newest frame that found it full; `true`: it is to become a key frame.
    waiting: Option<(Frame, bool)>,
    encoded: u64,
    depth: Depth,
    /// Pieces of bitstream that came out damaged, as far as they are counted.
    corrupt: u64,
    patience: Patience,
}

impl Hardware {
    pub(super) fn new(publisher: Arc<Publisher>, shared: Arc<Shared>, wish: H264Config) -> Hardware {
        Hardware { publisher, shared, wish, session: None }
    }

    /// The descriptor to wait for, while it has pictures inside.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.session.as_ref().filter(|s| s.encoder.in_flight() > 0).map(|s| s.encoder.fd())
    }

    /// When to look at it again even if its descriptor says nothing.
    pub fn deadline(&self) -> Option<Micros> {
        let session = self.session.as_ref()?;
        session.patience.next(session.oldest())
    }

    /// Time has passed: true: it has had a picture for too long.
    pub fn look(&mut self, now: Micros) -> bool {
        self.session.as_mut().is_some_and(|session| session.look(now))
    }

    /// Pictures a second that it can take; `None` while no encoder is open.
    pub fn rate(&self) -> Option<u32> {
        self.session.as_ref().and_then(|s| s.encoder.rate())
    }

    /// Whether it has been opened and has given nothing yet.
    pub fn on_trial(&self) -> bool {
        self.session.as_ref().is_some_and(|s| s.stream.is_none())
    }

    /// The rung whose stream is being published, if one is.
    pub fn streaming(&self) -> Option<Rung> {
        self.session.as_ref().filter(|s| s.stream.is_some()).map(|s| s.rung)
    }

    /// How pictures get into it.
    pub fn rung(&self) -> Option<Rung> {
        self.session.as_ref().map(|s| s.rung)
    }

    /// Whether it has worked for a while.
    pub fn proved(&self) -> bool {
        self.session.as_ref().is_some_and(|s| s.encoded >= PROOF)
    }

    /// Who encodes and how, in words.
    pub fn name(&self) -> Option<String> {
        let session = self.session.as_ref()?;
        let device = session.encoder.device();
        let how = if session.rung == Rung::DmaBuf { "DMA-BUF" } else { "copies" };
        Some(format!("{} ({}), {how}", device.driver(), device.path().display()))
    }

    /// Lets the encoder go, and the frames in it; how many those were.
    pub fn close(&mut self) -> usize {
        let Some(session) = self.session.take() else { return 0 };
        self.shared.update(|status| status.refused.clear());
        self.shared.swallowed.fetch_add(session.encoder.counters().swallowed, Relaxed);
        session.encoder.in_flight() + usize::from(session.waiting.is_some())
    }

    /// Asks for another bitrate or key frame distance, of the open encoder at once, of those to come from their start.
    pub fn retune(&mut self, wish: Wish) {
        let before = Wish { bitrate: self.wish.bitrate, gop: self.wish.gop };
        (self.wish.bitrate, self.wish.gop) = (wish.bitrate, wish.gop);
        let Some(Session { encoder, .. }) = &mut self.session else { return };
        let bitrate = (wish.bitrate != before.bitrate).then(|| encoder.set_bitrate(wish.bitrate.get()));
        let gop = (wish.gop != before.gop).then(|| encoder.set_gop(wish.gop.get()));
        if bitrate.is_none() && gop.is_none() {
            return;
        }
        let mut notes = Vec::new();
        for asked in [bitrate, gop].into_iter().flatten() {
            match asked {
                Ok(note) => notes.extend(note),
                // What has broken down shows with the next picture.
                Err(why) => info!("H264: {why}"),
            }
        }
        self.shared.tell_refused(encoder.device().path(), &notes);
    }

    /// Gives the encoder a frame; it is opened first when it is not, or was opened for other frames.
    ///
    /// # Errors
    /// The frame comes back; the encoder is to be closed.
    pub fn submit(&mut self, rung: Rung, frame: Frame, key: bool, fps: Fps) -> Result<(), Box<Refused>> {
        let layout = frame.layout();
        if !self.session.as_ref().is_some_and(|s| (s.rung, s.layout) == (rung, layout)) {
            self.close();
            match self.open(rung, &frame, fps) {
                Ok(session) => self.session = Some(session),
                Err(why) => return Err(Box::new(Refused { frame, why })),
            }
        }
        let Some(session) = &mut self.session else {
            return Err(Box::new(Refused { frame, why: Fault::None }));
        };
        session.put(frame, key, &self.publisher, &self.shared)
    }

    fn open(&self, rung: Rung, frame: &Frame, fps: Fps) -> Result<Session, Fault> {
        let path = match &self.wish.device {
            Some(path) => path.clone(),
            None => find_encoders(FourCc::H264).into_iter().next().ok_or(Fault::None)?,
        };
        let layout = frame.layout();
        let config = EncoderConfig {
            layout,
            input: if rung == Rung::DmaBuf { Input::DmaBuf } else { Input::Copy },
            buffers: match &frame.pixels {
                Pixels::Captured(frame) => frame.buffers(),
                Pixels::Drawn(_) => 1,
            },
            codec: Codec::H264 {
                bitrate_kbps: self.wish.bitrate.get(),
                gop: self.wish.gop.get(),
                boost: self.wish.boost,
                fps: Some(f64::from(fps.get())),
            },
            heap: HEAP_PAYS,
        };
        let encoder = Encoder::open(&path, &config)?;
        self.shared.tell_refused(&path, encoder.notes());
        let memory = encoder.bitstream_memory();
        verbose!(
            "H264: {} is open for {} {}, bitstream in {memory}",
            path.display(),
            layout.size,
            layout.format
        );
        Ok(Session {
            encoder,
            rung,
            layout,
            stream: None,
            waiting: None,
            encoded: 0,
            depth: Depth::default(),
            corrupt: 0,
            patience: Patience::default(),
        })
    }

    /// Publishes what has come out, and puts in what waits.
    ///
    /// # Errors
    /// The encoder is to be closed.
    pub fn drain(&mut self, now: Micros) -> Result<(), Fault> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let size = Size { width: session.layout.size.width & !1, height: session.layout.size.height & !1 };
        loop {
            let Some(piece) = session.encoder.next()? else { break };
            session.encoded += 1;
            let stream = *session.stream.get_or_insert_with(|| self.publisher.switch());
            self.publisher.publish(
                stream,
                &Unit {
                    size,
                    online: true,
                    key: piece.key,
                    captured: Micros(piece.timestamp.0),
                    dequeued: Micros(piece.dequeued.0),
                    encode_begin: Micros(piece.begin.0),
                    encode_end: now,
                    data: piece.data(),
                },
            );
            let begin = Micros(piece.begin.0);
            drop(piece);
            session.depth.completed(begin, now, session.encoder.in_flight());
        }
        let corrupt = session.encoder.counters().corrupt;
        if corrupt > session.corrupt {
            self.shared.encoder_failed.fetch_add(corrupt - session.corrupt, Relaxed);
            if session.stream.is_some() {
                self.publisher.owe_key();
            }
            session.corrupt = corrupt;
        }
        if let Some((frame, key)) = session.waiting.take() {
            session.put(frame, key, &self.publisher, &self.shared).map_err(|refused| refused.why)?;
        }
        if session.encoder.unanswered() > MOST_UNANSWERED {
            return Err(Fault::Swallows(session.path()));
        }
        if session.look(now) { Err(Fault::Hangs(session.path())) } else { Ok(()) }
    }
}

impl Session {
    /// When the encoder was given the oldest picture that it holds.
    fn oldest(&self) -> Option<Micros> {
        self.encoder.oldest_submit().map(|begin| Micros(begin.0))
    }

    fn path(&self) -> PathBuf {
        self.encoder.device().path().to_owned()
    }

    fn look(&mut self, now: Micros) -> bool {
        let oldest = self.oldest();
        self.patience.look(oldest, now)
    }

    fn put(
        &mut self,
        frame: Frame,
        key: bool,
        publisher: &Publisher,
        shared: &Shared,
    ) -> Result<(), Box<Refused>> {
        // While it is on trial, what is owed is another encoder's to pay; its own first picture is a key frame anyway.
        let key = (self.stream.is_some() && publisher.take_debt(frame.meta.captured)) | key;
        if key && let Err(why) = self.force_key() {
            return Err(Box::new(Refused { frame, why: why.into() }));
        }
        // Newest wins: one that still waits is older than this one, and must not come after it.
        if self.waiting.take().is_some() {
            shared.replaced.fetch_add(1, Relaxed);
        }
        let inside = self.encoder.in_flight();
        let taken = if inside < self.depth.limit() { self.give(frame) } else { Err((frame, Refusal::Full)) };
        let Err((frame, why)) = taken else {
            self.depth.submitted(self.encoder.newest_submit().map_or(Micros(0), |at| Micros(at.0)), inside);
            return Ok(());
        };
        match why {
            Refusal::Full => {
                // The driver keeps the wish for a key frame until the next picture that it takes.
                self.waiting = Some((frame, false));
                Ok(())
            }
            Refusal::Foreign => Err(Box::new(Refused { frame, why: Fault::Foreign })),
            Refusal::Failed(why) => Err(Box::new(Refused { frame, why: why.into() })),
        }
    }

    fn give(&mut self, frame: Frame) -> Result<(), (Frame, Refusal)> {
        let meta = frame.meta;
        let (pixels, why) = match frame.pixels {
            Pixels::Captured(captured) => match self.encoder.submit(captured) {
                Ok(()) => return Ok(()),
                Err(Rejected { frame, why }) => (Pixels::Captured(frame), why),
            },
            Pixels::Drawn(picture) => {
                match self.encoder.submit_copy(picture.bytes(), v4l2m2m::Micros(meta.captured.0)) {
                    Ok(()) => return Ok(()),
                    Err(why) => (Pixels::Drawn(picture), why),
                }
            }
        };
        Err((Frame { meta, pixels }, why))
    }

    /// An encoder that cannot be asked for key frames still makes one each period.
    fn force_key(&mut self) -> Result<(), Error> {
        match self.encoder.force_key() {
            Err(why) if why.kind() != Kind::Unsupported => Err(why),
            _ => Ok(()),
        }
    }
}
