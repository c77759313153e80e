//! The threads that make JPEGs: each takes the newest frame, makes a JPEG of it and shows it.
//!
//! What must always hold: a captured frame goes back to its driver before its JPEG is shown to anybody; a JPEG of a camera's own is not
//! decoded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use memsink::Micros;
use v4l2m2m::Size;

use super::super::mailbox::Mailbox;
use super::super::tuning::Follower;
use super::showcase::{BOUNDARY, Showcase};
use crate::config::Quality;
use crate::encode;
use crate::encode::jpeg::Encoder;
use crate::source::components::{Range, Raw};
use crate::source::convert::{self, Layout};
use crate::source::jpeg::{self, Repair, Rules};
use crate::source::{Frame, Pixels};
use crate::{error, info};

/// A frame to make a JPEG of, and its place in the order.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) ticket: u64,
    pub(super) frame: Frame,
}

/// The way to the threads.
pub struct Workers {
    jobs: Mailbox<Job>,
    showcase: Arc<Showcase>,
    failing: AtomicBool,
}

/// Why there is no JPEG of a frame.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Device(#[from] v4l2m2m::Error),
    #[error(transparent)]
    Format(#[from] convert::Error),
    #[error(transparent)]
    Encoder(#[from] encode::Error),
    #[error(transparent)]
    Camera(#[from] jpeg::Error),
}

/// One thread's tools.
struct Tools {
    encoder: Encoder,
    repair: Repair,
}

impl Workers {
    /// Threads that show what they make here.
    pub fn new(showcase: Arc<Showcase>) -> Workers {
        Workers { jobs: Mailbox::default(), showcase, failing: AtomicBool::new(false) }
    }

    /// Gives them a frame; one that still waits is replaced.
    pub(super) fn put(&self, job: Job) {
        if self.jobs.put(job).is_some() {
            self.showcase.counts.replaced.fetch_add(1, Relaxed);
        }
    }

    /// Ends the threads.
    pub fn close(&self) {
        self.jobs.close();
    }

    /// A thread's work, until closed.
    pub fn run(&self, mut follow: Follower, rules: Rules) {
        let mut tools = Tools::new(follow.settings().quality, rules);
        while let Some(job) = self.jobs.take() {
            if let (Some(settings), Ok(tools)) = (follow.news(), &mut tools) {
                tools.encoder.set_quality(settings.quality);
            }
            let made = match &mut tools {
                Ok(tools) => self.make(tools, job).map_err(|why| why.to_string()),
                Err(why) => Err(why.to_string()),
            };
            match made {
                Ok(()) => {
                    if self.failing.load(Relaxed) && self.failing.swap(false, Relaxed) {
                        info!("JPEG: the encoder works again");
                    }
                }
                Err(why) => {
                    self.showcase.counts.failed.fetch_add(1, Relaxed);
                    if !self.failing.swap(true, Relaxed) {
                        error!("JPEG: {why}");
                    }
                }
            }
        }
    }

    fn make(&self, tools: &mut Tools, Job { ticket, frame }: Job) -> Result<(), Failure> {
        let meta = frame.meta;
        let begin = Micros::now();
        let (framed, size) = match frame.pixels {
            Pixels::Drawn(picture) => tools.encode(&Raw::drawn(&picture))?,
            Pixels::Captured(captured) => {
                let layout = captured.layout();
                if jpeg::is_jpeg(layout.format) {
                    (tools.pass(&captured)?, layout.size)
                } else {
                    let range = Range::of(layout.format, layout.colorspace);
                    let layout = Layout::from(layout);
                    tools.encode(&Raw::captured(layout, range, &captured.map()?)?)?
                }
            }
        };
        self.showcase.expose(ticket, framed, size, meta, begin);
        Ok(())
    }
}

impl Tools {
    fn new(quality: Quality, rules: Rules) -> Result<Tools, Failure> {
        Ok(Tools { encoder: Encoder::new(quality, BOUNDARY)?, repair: Repair::new(rules)? })
    }

    fn encode(&mut self, picture: &Raw<'_>) -> Result<(Bytes, Size), Failure> {
        let (width, height) = picture.size();
        Ok((self.encoder.encode(picture)?, Size { width: width as u32, height: height as u32 }))
    }

    /// A camera's own JPEG.
    fn pass(&self, captured: &v4l2m2m::Frame) -> Result<Bytes, Failure> {
        let bytes = captured.map()?;
        let mut whole = Vec::with_capacity(bytes.len() + 1024);
        self.repair.pass(&bytes, &mut whole)?;
        whole.extend_from_slice(BOUNDARY);
        Ok(whole.into())
    }
}
