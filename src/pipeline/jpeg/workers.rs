//! The threads that make JPEGs: each takes the newest frame, makes a JPEG of it and shows it.
//!
//! What must always hold: a captured frame goes back to its driver before it is encoded; a JPEG of a camera's own is not decoded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use memsink::Micros;
use v4l2m2m::Size;

use super::super::mailbox::Mailbox;
use super::super::tuning::Follower;
use super::showcase::{BOUNDARY, Showcase, Verdict};
use crate::config::Quality;
use crate::encode;
use crate::encode::jpeg::Encoder;
use crate::source::components::{Components, Range};
use crate::source::convert::{self, Layout};
use crate::source::jpeg::{self, Repair, Rules};
use crate::source::{Frame, Meta, Pixels};
use crate::{error, info};

/// A frame to make a JPEG of, and its place in the order.
struct Job {
    ticket: u64,
    frame: Frame,
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
    /// Where the next picture is made ready.
    picture: Components,
}

impl Workers {
    /// Threads that show what they make here.
    pub fn new(showcase: Arc<Showcase>) -> Workers {
        Workers { jobs: Mailbox::default(), showcase, failing: AtomicBool::new(false) }
    }

    /// Gives them a frame. True: one that still waited was replaced.
    pub(super) fn put(&self, ticket: u64, frame: Frame) -> bool {
        self.jobs.put(Job { ticket, frame }).is_some()
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
        match frame.pixels {
            Pixels::Drawn(picture) => tools.picture.take_picture(&picture),
            Pixels::Captured(captured) => {
                let layout = captured.layout();
                if jpeg::is_jpeg(layout.format) {
                    let framed = tools.pass(&captured)?;
                    drop(captured);
                    self.showcase.expose(ticket, (framed, layout.size, meta), begin, None, false);
                    return Ok(());
                }
                let range = Range::of(layout.format, layout.colorspace);
                let layout =
                    Layout { format: layout.format, size: layout.size, stride: layout.stride as usize };
                tools.picture.take(layout, range, &captured.map()?)?;
            }
        }
        self.encode(tools, ticket, meta, begin)
    }

    /// Makes a JPEG of the picture made ready, if it is another one than the last, and shows it.
    fn encode(&self, tools: &mut Tools, ticket: u64, meta: Meta, begin: Micros) -> Result<(), Failure> {
        let picture = &tools.picture;
        let size = Size { width: picture.width as u32, height: picture.height as u32 };
        let (framed, again) = match self.showcase.judge(ticket, &meta, picture) {
            Verdict::LeaveOut => return Ok(()),
            Verdict::Again(framed) => (framed, true),
            Verdict::Encode => (tools.encoder.encode(picture, BOUNDARY)?, false),
        };
        let source = std::mem::take(&mut tools.picture);
        let room = self.showcase.expose(ticket, (framed, size, meta), begin, Some(source), again);
        tools.picture = room.unwrap_or_default();
        Ok(())
    }
}

impl Tools {
    fn new(quality: Quality, rules: Rules) -> Result<Tools, Failure> {
        Ok(Tools {
            encoder: Encoder::new(quality)?,
            repair: Repair::new(rules)?,
            picture: Components::default(),
        })
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
