//! JPEGs on their way to an encoder: a thread of its own decodes the newest one that somebody wants, and the media thread
//! gets the picture back.
//!
//! What must always hold: the driver has its buffer back before decoding begins; a picture of a session that has ended is not
//! shown; a damaged one is counted and never shown; nothing waits for the media thread, nor it for this.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use memsink::Micros;
use nix::errno::Errno;
use nix::sys::eventfd::{EfdFlags, EventFd};
use v4l2m2m::Size;

use super::mailbox::Mailbox;
use super::outlet::Want;
use super::shared::Shared;
use crate::error;
use crate::source::jpeg::{self, Rules};
use crate::source::picture::Colour;
use crate::source::{Frame, Meta, Picture, Pixels};

/// The log tells of damaged pictures no more often than this.
const REMINDER_US: u64 = 60_000_000;

/// A JPEG to decode.
struct Job {
    frame: Frame,
    session: u32,
}

/// What became of one.
struct Done {
    meta: Meta,
    /// `None`: it was damaged.
    picture: Option<Arc<Picture>>,
    session: u32,
}

/// The thread and the way to it.
pub struct Decoder {
    jobs: Mailbox<Job>,
    done: Mailbox<Done>,
    /// Readable when something was done.
    wake: EventFd,
    shared: Arc<Shared>,
}

impl Decoder {
    /// # Errors
    /// When the process has no descriptor left.
    pub(super) fn new(shared: Arc<Shared>) -> Result<Decoder, Errno> {
        let wake = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
        Ok(Decoder { jobs: Mailbox::default(), done: Mailbox::default(), wake, shared })
    }

    /// Ends the thread.
    pub fn close(&self) {
        self.jobs.close();
    }

    /// The thread's work, until closed.
    pub fn run(&self, rules: Rules) {
        let mut decoder = jpeg::Decoder::new(rules).map_err(|why| why.to_string());
        let mut pool = Pool::default();
        let mut told = None;
        while let Some(Job { frame, session }) = self.jobs.take() {
            let meta = frame.meta;
            let decoded = match &mut decoder {
                Ok(decoder) => decode(decoder, frame, &mut pool),
                Err(why) => Err(why.clone()),
            };
            let picture = match decoded {
                Ok(picture) => Some(picture),
                Err(why) => {
                    self.shared.capture_errors.fetch_add(1, Relaxed);
                    // A bad cable damages every few pictures for hours.
                    if told.is_none_or(|then| meta.captured.since(then) >= REMINDER_US) {
                        told = Some(meta.captured);
                        error!("JPEG: {why}; such pictures are left out, and counted in /state");
                    }
                    None
                }
            };
            if self.done.put(Done { meta, picture, session }).is_some_and(|before| before.picture.is_some()) {
                self.shared.replaced.fetch_add(1, Relaxed);
            }
            // Only a full counter or a closed descriptor can fail: neither is possible.
            let _ = self.wake.write(1);
        }
    }
}

/// Decodes a captured JPEG. Its buffer is let go first.
fn decode(decoder: &mut jpeg::Decoder, frame: Frame, pool: &mut Pool) -> Result<Arc<Picture>, String> {
    match &frame.pixels {
        Pixels::Captured(captured) => {
            let bytes = captured.map().map_err(|why| why.to_string())?;
            decoder.take(&bytes).map_err(|why| why.to_string())?;
        }
        Pixels::Drawn(picture) => return Ok(Arc::clone(picture)),
    }
    drop(frame);
    let place = pool.place();
    match Arc::get_mut(place) {
        Some(picture) => decoder.decode(picture).map_err(|why| why.to_string())?,
        None => return Err("a picture's memory is in use twice".to_owned()),
    }
    Ok(Arc::clone(place))
}

/// Pictures' memory, used again when nobody holds it any more.
#[derive(Default)]
struct Pool(Vec<Arc<Picture>>);

impl Pool {
    /// One that nobody else holds.
    fn place(&mut self) -> &mut Arc<Picture> {
        let free = self.0.iter().position(|picture| Arc::strong_count(picture) == 1);
        let free = free.unwrap_or_else(|| {
            self.0.push(Arc::new(Picture::new(Size::default(), Colour::BLACK)));
            self.0.len() - 1
        });
        &mut self.0[free]
    }
}

/// The media thread's end.
pub struct Decoding {
    decoder: Arc<Decoder>,
    session: u32,
    /// A reader asked for a key frame, and no picture was sent since.
    key: bool,
    /// When the first and the last of the damaged ones were captured, since there was a good one.
    damaged: Option<(Micros, Micros)>,
}

impl Decoding {
    pub(super) fn new(decoder: Arc<Decoder>) -> Decoding {
        Decoding { decoder, session: 0, key: false, damaged: None }
    }

    /// Readable when there may be something to take.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.decoder.wake.as_fd()
    }

    /// Gives it a JPEG that somebody wants; one that still waits is replaced.
    pub fn put(&mut self, want: Want, frame: Frame) {
        self.key |= want.key;
        if self.decoder.jobs.put(Job { frame, session: self.session }).is_some() {
            self.decoder.shared.replaced.fetch_add(1, Relaxed);
        }
    }

    /// The picture decoded last, if there is one that was not taken.
    pub fn take(&mut self) -> Option<(Want, Frame)> {
        let _ = self.decoder.wake.read();
        let Done { meta, picture, .. } =
            self.decoder.done.try_take().filter(|done| done.session == self.session)?;
        let Some(picture) = picture else {
            let first = self.damaged.map_or(meta.captured, |(first, _)| first);
            self.damaged = Some((first, meta.captured));
            return None;
        };
        self.damaged = None;
        Some((Want { key: std::mem::take(&mut self.key) }, Frame::drawn(meta, picture)))
    }

    /// Whether all have been damaged for this long.
    pub fn hopeless(&self, timeout: Duration) -> bool {
        self.damaged.is_some_and(|(first, last)| last.since(first) >= timeout.as_micros() as u64)
    }

    /// The pictures on their way are not wanted any more.
    pub fn forget(&mut self) {
        self.session = self.session.wrapping_add(1);
        (self.key, self.damaged) = (false, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    fn bench() -> (Arc<Decoder>, Decoding) {
        let decoder = Arc::new(Decoder::new(Arc::default()).unwrap());
        (Arc::clone(&decoder), Decoding::new(decoder))
    }

    fn done(decoder: &Decoder, captured: u64, good: bool, session: u32) {
        let captured = Micros(captured);
        let meta = Meta { captured, dequeued: captured, sequence: 0, online: true };
        let picture = good.then(|| Arc::new(Picture::new(Size { width: 4, height: 4 }, Colour::WHITE)));
        decoder.done.put(Done { meta, picture, session });
        decoder.wake.write(1).unwrap();
    }

    #[test]
    fn a_thread_gives_back_what_it_got_and_wakes_the_taker() {
        let (decoder, mut decoding) = bench();
        let captured = Micros(5);
        let meta = Meta { captured, dequeued: captured, sequence: 7, online: true };
        let picture = Arc::new(Picture::new(Size { width: 4, height: 4 }, Colour::WHITE));
        std::thread::scope(|scope| {
            scope.spawn(|| decoder.run(Rules::default()));
            decoding.put(Want { key: true }, Frame::drawn(meta, picture));
            let mut fds = [PollFd::new(decoding.fd(), PollFlags::POLLIN)];
            assert_eq!(poll(&mut fds, PollTimeout::from(5000u16)), Ok(1));
            let (want, frame) = decoding.take().unwrap();
            assert!(want.key && frame.meta == meta);
            assert!(decoding.take().is_none());
            let mut fds = [PollFd::new(decoding.fd(), PollFlags::POLLIN)];
            assert_eq!(poll(&mut fds, PollTimeout::ZERO), Ok(0), "taken: nothing to wake up for");
            decoder.close();
        });
    }

    #[test]
    fn a_key_frame_asked_for_is_owed_until_a_picture_comes() {
        let (decoder, mut decoding) = bench();
        decoding.key = true;
        done(&decoder, 1, false, 0);
        assert!(decoding.take().is_none());
        done(&decoder, 2, true, 0);
        assert!(decoding.take().unwrap().0.key);
        done(&decoder, 3, true, 0);
        assert!(!decoding.take().unwrap().0.key);
    }

    #[test]
    fn a_picture_of_another_session_is_not_shown() {
        let (decoder, mut decoding) = bench();
        done(&decoder, 1, true, 0);
        decoding.forget();
        assert!(decoding.take().is_none());
        done(&decoder, 2, true, 1);
        assert!(decoding.take().is_some());
    }

    #[test]
    fn hopeless_is_when_no_good_one_came_for_long() {
        const LONG: Duration = Duration::from_secs(1);
        let (decoder, mut decoding) = bench();
        for (at, good, hopeless) in [
            (0, false, false),
            (900_000, false, false),
            (1_000_000, false, true),
            (1_100_000, true, false),
            (9_000_000, false, false),
        ] {
            done(&decoder, at, good, 0);
            decoding.take();
            assert_eq!(decoding.hopeless(LONG), hopeless, "{at}");
        }
    }

    #[test]
    fn memory_is_used_again() {
        let mut pool = Pool::default();
        let held = Arc::clone(pool.place());
        let other = Arc::clone(pool.place());
        assert!(!Arc::ptr_eq(&held, &other));
        drop(held);
        pool.place();
        assert_eq!(pool.0.len(), 2);
    }
}
