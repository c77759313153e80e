//! JPEGs for whoever watches over HTTP or reads the JPEG sink: the media thread's end.
//!
//! What must always hold: while nobody wants a JPEG, a frame costs one look at a counter; between capture and the workers is one
//! slot in which the newest frame wins; and while the source gives nothing, what is shown is a picture that says why.

mod glances;
mod kernel;
mod session;
mod showcase;
mod workers;

use std::sync::Arc;

use memsink::Micros;
use v4l2m2m::{FourCc, Size};

use super::pace::Pace;
use super::tuning::Follower;
use crate::source::{Frame, Meta, Picture, placeholder};
pub use kernel::{Bench, KernelEncoder};
pub use showcase::{BOUNDARY, Jpeg, JpegCounts, Showcase, Viewer};
use workers::Job;
pub use workers::Workers;

/// The media thread's end.
pub struct Jpegs {
    workers: Arc<Workers>,
    /// The kernel's encoder, when it was asked for.
    kernel: Option<Arc<KernelEncoder>>,
    showcase: Arc<Showcase>,
    pace: Pace,
    follow: Follower,
    /// The number of the last frame that was given away.
    ticket: u64,
    /// The source gives nothing that could become a JPEG.
    mute: bool,
}

impl Jpegs {
    /// Frames go to the kernel's encoder, if there is one to be used, or to these workers; at most so many a second as the settings say.
    pub(super) fn new(
        workers: Arc<Workers>,
        kernel: Option<Arc<KernelEncoder>>,
        showcase: Arc<Showcase>,
        follow: Follower,
    ) -> Jpegs {
        let pace = Pace::new(follow.settings().fps);
        Jpegs { workers, kernel, showcase, pace, follow, ticket: 0, mute: false }
    }

    /// Whether somebody wants JPEGs now.
    pub fn watched(&self, now: Micros) -> bool {
        self.showcase.wanted(now)
    }

    /// Whether a frame captured at this time is wanted: ask before making one.
    pub fn want(&mut self, captured: Micros) -> bool {
        if let Some(settings) = self.follow.news() {
            self.pace = Pace::new(settings.fps);
        }
        self.showcase.wanted(captured) && self.pace.keep(captured)
    }

    /// Gives a frame away if it is wanted.
    pub fn offer(&mut self, frame: &Frame) {
        if self.want(frame.meta.captured) {
            self.put(frame.clone());
        }
    }

    /// Gives a frame away, to become a JPEG; one that still waits is replaced.
    pub fn put(&mut self, frame: Frame) {
        self.ticket += 1;
        let job = Job { ticket: self.ticket, frame };
        match &self.kernel {
            Some(kernel) => kernel.put(job),
            None => self.workers.put(job),
        }
    }

    /// Pictures of this format come from now on.
    pub fn source_begins(&mut self, format: FourCc, size: Size) {
        self.mute = format == FourCc::H264;
        if self.mute {
            let words = "No JPEG: the camera sends H.264; watch that, or choose --format=MJPEG";
            self.stand_in(Arc::new(placeholder::picture(size, words)));
        }
    }

    /// No more of these pictures come: the kernel's encoder lets go of them.
    pub fn source_ends(&self) {
        if let Some(kernel) = &self.kernel {
            kernel.let_go();
        }
    }

    /// Pictures come.
    pub fn online(&self) {
        if !self.mute {
            self.showcase.stands_in(false);
        }
    }

    /// No pictures come; this one says why.
    pub fn stand_in(&mut self, picture: Arc<Picture>) {
        self.showcase.stands_in(true);
        let now = Micros::now();
        let meta = Meta { captured: now, dequeued: now, sequence: 0, online: false };
        // Whoever asks gets it at once, so it is made before anybody does.
        self.put(Frame::drawn(meta, picture));
    }

    /// The picture that stands in is shown to the sink's readers once more.
    pub fn repeat_stand_in(&self, now: Micros) {
        self.showcase.repeat_to_sink(now);
    }
}
