//! The media thread: takes frames from the source at its pace and hands on those that somebody wants.
//!
//! What must always hold: it waits in one place ([`Media::wait`]) for everything it works with, and nothing else in it
//! waits. The pictures never just stop: while the source is missing, readers get a picture that says why.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use memsink::Micros;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use v4l2m2m::{Capture, SignalWatch, Size};

use super::Error;
use super::decode::Decoding;
use super::jpeg::Jpegs;
use super::outlet::Outlet;
use super::rates::Rates;
use super::raw::RawSink;
use super::shared::Shared;
use super::stop::Stop;
use super::tuning::Follower;
use crate::config::TestConfig;
use crate::info;
use crate::source::{Frame, Meta, Picture, TestPicture, placeholder};

/// Between two pictures that stand in for the source.
const STAND_IN_PERIOD: u64 = 1_000_000;
/// While nobody watches, the source is let be for so many µs, and whether somebody does is looked at after so many.
const REST: u64 = 1_000_000;
const REST_SLICE: u64 = 100_000;
/// A moment at least so many µs away is not waited for to the microsecond.
const FAR: u64 = 100_000;

/// What the media thread works with.
pub struct Media {
    shared: Arc<Shared>,
    /// Where frames go; `None` when no sink was named.
    outlet: Option<Outlet>,
    /// What decodes JPEGs on their way there; `None` when there are none to come.
    decoding: Option<Decoding>,
    /// Where frames become JPEGs.
    jpegs: Jpegs,
    /// The sink that they go to as they are; `None` when none was named.
    raw: Option<Arc<RawSink>>,
    stop: Arc<Stop>,
    /// What can be changed while it runs.
    pub(super) follow: Follower,
    /// While nobody watches, no more than a picture a second is looked at.
    slowdown: bool,
    rates: Rates,
    /// When the last wait ended: the time of all that is done before the next one, unless microseconds matter. So the clock is
    /// read once for each time that something happens.
    woken: Micros,
    stand_in: Option<StandIn>,
}

/// Where frames can go.
pub struct Ways {
    /// To the H.264 encoders.
    pub outlet: Option<Outlet>,
    /// JPEGs on their way there.
    pub decoding: Option<Decoding>,
    /// To those who make JPEGs.
    pub jpegs: Jpegs,
    /// As they are.
    pub raw: Option<Arc<RawSink>>,
}

/// The picture shown while there is no other.
struct StandIn {
    picture: Arc<Picture>,
    words: String,
    sequence: u32,
    due: Micros,
}

/// What a wait looks at beside the encoder.
pub enum Watched<'a> {
    /// Nothing.
    Nothing,
    /// A running session.
    Capture(&'a mut Capture),
    /// A receiver without a signal.
    Signal(&'a SignalWatch),
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// It is time to end.
    Stop,
    /// Something has been done, or the time is over. With what the watched device has to say.
    Look(PollFlags),
}

impl Media {
    pub(super) fn new(
        shared: Arc<Shared>,
        ways: Ways,
        stop: Arc<Stop>,
        follow: Follower,
        slowdown: bool,
    ) -> Media {
        let woken = Micros::now();
        let Ways { outlet, decoding, jpegs, raw } = ways;
        Media {
            rates: Rates::new(&shared, woken),
            shared,
            outlet,
            decoding,
            jpegs,
            raw,
            stop,
            follow,
            slowdown,
            woken,
            stand_in: None,
        }
    }

    /// What the media threads publish about themselves.
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The way to the encoders, if frames are wanted at all.
    pub(super) fn outlet(&mut self) -> Option<&mut Outlet> {
        self.outlet.as_mut()
    }

    /// The way to the JPEG encoders.
    pub(super) fn jpegs(&mut self) -> &mut Jpegs {
        &mut self.jpegs
    }

    /// Gives a frame to the raw sink if it is wanted there.
    pub(super) fn offer_raw(&self, frame: &Frame) {
        if let Some(raw) = self.raw.as_deref().filter(|raw| raw.want(frame.meta.captured)) {
            raw.put(frame.clone());
        }
    }

    /// Both ends of a JPEG's way to an encoder.
    pub(super) fn decoding(&mut self) -> Option<(&mut Outlet, &mut Decoding)> {
        self.outlet.as_mut().zip(self.decoding.as_mut())
    }

    /// Draws the test picture until the end.
    ///
    /// # Errors
    /// A fault that nothing here can mend.
    pub fn test(&mut self, mut source: TestPicture, test: TestConfig) -> Result<(), Error> {
        let period = (Duration::from_secs(1) / test.fps.get()).as_micros() as u64;
        self.shared.update(|status| {
            status.size = test.size;
            status.format = v4l2m2m::FourCc::YUV420.to_string();
        });
        self.online();
        if let Some(outlet) = &mut self.outlet {
            outlet.source_begins(test.fps);
        }
        let mut next = Micros::now();
        loop {
            if self.rest()? == Some(Woken::Stop) {
                return Ok(());
            }
            // Also when it is late already: encoder and stop are looked at while waiting.
            loop {
                if self.wait(next, Watched::Nothing)? == Woken::Stop {
                    return Ok(());
                }
                if self.woken >= next {
                    break;
                }
            }
            let captured = self.woken;
            next = Micros((next.0 + period).max(captured.0));
            self.captured(1);
            let jpeg = self.jpegs.want(captured);
            let raw = self.raw.as_deref().filter(|raw| raw.want(captured));
            let wanted =
                self.outlet.as_mut().and_then(|outlet| outlet.want(captured).map(|want| (outlet, want)));
            if wanted.is_none() && !jpeg && raw.is_none() {
                source.skip();
                continue;
            }
            let (meta, picture) = source.next(captured);
            self.shared.sequence.store(meta.sequence, Relaxed);
            let frame = Frame::drawn(meta, picture);
            if jpeg {
                self.jpegs.put(frame.clone());
            }
            if let Some(raw) = raw {
                raw.put(frame.clone());
            }
            if let Some((outlet, want)) = wanted {
                outlet.send(want, frame);
            }
        }
    }

    /// Waits until `until`, or until there is something to look at. The kernel's encoder is emptied, decoded pictures are
    /// sent on, and the picture that stands in for the source is shown when it is due.
    ///
    /// # Errors
    /// When the capture device fails at taking back its buffers.
    pub(super) fn wait(&mut self, until: Micros, watched: Watched<'_>) -> Result<Woken, v4l2m2m::Error> {
        self.show_stand_in();
        let encoder = self.outlet.as_ref().map(Outlet::hardware);
        let deadline = encoder.and_then(|encoder| encoder.deadline());
        let due = self.stand_in.as_ref().map(|stand_in| stand_in.due);
        let until = [deadline, due].into_iter().flatten().fold(until, Micros::min);

        let stop = self.stop.fd();
        // Places without a descriptor of their own hold this one and ask nothing of it.
        let mut fds = [stop; 6].map(|fd| PollFd::new(fd, PollFlags::empty()));
        fds[0] = readable(stop);
        let drains = encoder.and_then(|encoder| encoder.fd());
        if let Some(fd) = drains {
            fds[1] = readable(fd);
        }
        if let Some(decoding) = &self.decoding {
            fds[5] = readable(decoding.fd());
        }
        match watched {
            Watched::Nothing => {}
            Watched::Capture(capture) => {
                let places = capture.poll_fds()?;
                fds[2] = PollFd::new(places.device, PollFlags::POLLIN | PollFlags::POLLPRI);
                fds[3] = readable(places.returned);
                if let Some(receiver) = places.receiver {
                    fds[4] = PollFd::new(receiver, PollFlags::POLLPRI);
                }
            }
            Watched::Signal(signal) => fds[2] = PollFd::new(signal.fd(), PollFlags::POLLPRI),
        }
        let left = until.since(self.woken);
        let left = if left >= FAR { left } else { until.since(Micros::now()) };
        self.shared.promised.store(until.0, Relaxed);
        let timeout = TimeSpec::from(Duration::from_micros(left));
        // EINTR is as good as the time being over: the caller looks again.
        let _ = ppoll(&mut fds, Some(timeout), None);
        self.woken = Micros::now();
        self.shared.promised.store(self.woken.0, Relaxed);
        let [stop, encoder, device, _, receiver, decoded] =
            fds.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
        if !stop.is_empty() {
            return Ok(Woken::Stop);
        }
        if let Some(outlet) = &mut self.outlet
            && (outlet.look(self.woken) || !encoder.is_empty())
        {
            outlet.drain(self.woken);
        }
        if !decoded.is_empty()
            && let Some((outlet, decoding)) = self.decoding()
            && let Some((want, frame)) = decoding.take()
        {
            outlet.send(want, frame);
            self.online();
        }
        Ok(Woken::Look(device | receiver))
    }

    /// With `--slowdown`, lets the source be for a second, or until somebody watches. `None`: there was no reason to.
    ///
    /// # Errors
    /// As [`Self::wait`].
    pub(super) fn rest(&mut self) -> Result<Option<Woken>, v4l2m2m::Error> {
        let end = Micros(self.woken.0 + REST);
        let mut rested = None;
        while self.slowdown && self.woken < end && !self.is_watched() {
            let woken = self.wait(Micros(self.woken.0 + REST_SLICE).min(end), Watched::Nothing)?;
            rested = Some(woken);
            if woken == Woken::Stop {
                break;
            }
        }
        Ok(rested)
    }

    /// Somebody wants frames, as whatever.
    fn is_watched(&self) -> bool {
        let now = self.woken;
        self.jpegs.watched(now)
            || self.outlet.as_ref().is_some_and(|outlet| outlet.watched(now))
            || self.raw.as_ref().is_some_and(|raw| raw.want(now))
    }

    /// When the last wait ended.
    pub(super) fn woken(&self) -> Micros {
        self.woken
    }

    /// So many frames more have been captured.
    pub(super) fn captured(&mut self, frames: u64) {
        self.shared.captured.fetch_add(frames, Relaxed);
        self.rates.tick(&self.shared, self.woken);
    }

    /// Pictures come.
    pub(super) fn online(&mut self) {
        if self.shared.online.swap(true, Relaxed) && self.stand_in.is_none() {
            return;
        }
        self.stand_in = None;
        self.jpegs.online();
        self.shared.update(|status| status.reason.clear());
    }

    /// No pictures come, for this reason (`what is wrong; what to do`). A picture of it is shown from now on.
    pub(super) fn offline(&mut self, words: &str) {
        self.shared.online.store(false, Relaxed);
        self.rates.tick(&self.shared, self.woken);
        let size = self.shared.snapshot_size();
        let same = |s: &StandIn| s.words == words && size_of(&s.picture) == even(size);
        if self.stand_in.as_ref().is_some_and(same) {
            return;
        }
        info!("{words}");
        self.shared.update(|status| status.reason = words.to_owned());
        let sequence = self.stand_in.as_ref().map_or(0, |s| s.sequence);
        let picture = Arc::new(placeholder::picture(size, words));
        self.jpegs.stand_in(Arc::clone(&picture));
        self.stand_in = Some(StandIn { picture, words: words.to_owned(), sequence, due: Micros::now() });
    }

    fn show_stand_in(&mut self) {
        let Some(stand_in) = &mut self.stand_in else { return };
        let now = Micros::now();
        if now < stand_in.due {
            return;
        }
        stand_in.due = Micros(now.0 + STAND_IN_PERIOD);
        stand_in.sequence = stand_in.sequence.wrapping_add(1);
        let meta = Meta { captured: now, dequeued: now, sequence: stand_in.sequence, online: false };
        let frame = Frame::drawn(meta, Arc::clone(&stand_in.picture));
        if let Some(raw) = self.raw.as_deref().filter(|raw| raw.want(now)) {
            raw.put(frame.clone());
        }
        if let Some(outlet) = &mut self.outlet
            && let Some(want) = outlet.want(now)
        {
            outlet.send(want, frame);
        }
        self.jpegs.repeat_stand_in(now);
        self.rates.tick(&self.shared, now);
    }
}

fn readable(fd: BorrowedFd<'_>) -> PollFd<'_> {
    PollFd::new(fd, PollFlags::POLLIN)
}

fn size_of(picture: &Picture) -> Size {
    Size { width: picture.width() as u32, height: picture.height() as u32 }
}

fn even(Size { width, height }: Size) -> Size {
    Size { width: width & !1, height: height & !1 }
}
