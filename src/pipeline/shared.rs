//! What the media threads publish about themselves: counters anyone may read at any time, without holding them up.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use memsink::Micros;
use v4l2m2m::{Note, Size};

use crate::info;

use super::relief::Relief;

/// How many of the newest delays the percentiles are made from.
const DELAYS: usize = 64;

/// Written by the media threads, read by the web server.
#[derive(Default)]
pub struct Shared {
    pub(super) online: AtomicBool,
    /// When the media thread will have come back from its sleep, or when it did, µs; 0 before its first one.
    pub(super) promised: AtomicU64,
    pub(super) has_clients: AtomicBool,
    pub(super) sequence: AtomicU32,
    pub(super) captured: AtomicU64,
    pub(super) encoded: AtomicU64,
    pub(super) captured_fps: AtomicU32,
    pub(super) h264_fps: AtomicU32,
    pub(super) replaced: AtomicU64,
    pub(super) sink_busy: AtomicU64,
    pub(super) sink_failed: AtomicU64,
    pub(super) too_large: AtomicU64,
    pub(super) encoder_failed: AtomicU64,
    pub(super) undecodable: AtomicU64,
    pub(super) capture_errors: AtomicU64,
    pub(super) capture_missed: AtomicU64,
    pub(super) swallowed: AtomicU64,
    pub(super) unchanged: AtomicU64,
    status: Mutex<Status>,
    delays: Mutex<Delays>,
}

/// The newest delays.
#[derive(Default)]
pub(super) struct Delays {
    us: Vec<u32>,
    next: usize,
}

impl Delays {
    /// Notes one.
    pub(super) fn note(&mut self, delay_us: u64) {
        let delay = u32::try_from(delay_us).unwrap_or(u32::MAX);
        let next = self.next;
        match self.us.get_mut(next) {
            Some(slot) => *slot = delay,
            None => self.us.push(delay),
        }
        self.next = (next + 1) % DELAYS;
    }

    /// What they are like; `None` before the first one.
    pub(super) fn summary(&self) -> Option<Delay> {
        let mut delays = self.us.clone();
        delays.sort_unstable();
        let at = |part: usize| delays.get(delays.len() * part / 100).copied();
        Some(Delay { min_us: at(0)?, p50_us: at(50)?, p99_us: at(99)? })
    }
}

/// What changes rarely.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// Size of the pictures.
    pub size: Size,
    /// Their pixel format, as V4L2 names it.
    pub format: String,
    /// Why there is no picture, in words; empty when there is one.
    pub reason: String,
    /// The H.264 encoder in use; empty before the first frame.
    pub encoder: String,
    /// Why it is this one.
    pub why: String,
    /// What the kernel's encoder did not take as it was asked to, when it was opened or last changed; empty: it took all.
    pub refused: String,
    /// Why and by how much the H.264 stream is smaller than what was set; `None`: it is not.
    pub relief: Option<Relief>,
    /// Who makes JPEGs.
    pub jpeg: JpegMaker,
}

/// Who makes JPEGs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JpegMaker {
    /// Software; why not the kernel's encoder, when that was asked for.
    Software(Option<String>),
    /// The kernel's encoder: which, how and why so, in words.
    Kernel(String),
}

impl Default for JpegMaker {
    fn default() -> JpegMaker {
        JpegMaker::Software(None)
    }
}

/// Delay from capture to where it is published, over the newest frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Delay {
    /// Smallest, µs.
    pub min_us: u32,
    /// Median, µs.
    pub p50_us: u32,
    /// 99th percentile, µs.
    pub p99_us: u32,
}

/// Frames that did not reach the sink, by cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Drops {
    /// Replaced by a newer one before the encoder was free, or overtaken by another encoder.
    pub replaced: u64,
    /// A reader kept the sink's lock.
    pub sink_busy: u64,
    /// The sink could not be written; the log says why.
    pub sink_failed: u64,
    /// Larger than the sink.
    pub too_large: u64,
    /// The encoder failed.
    pub encoder_failed: u64,
    /// Depended on a lost one: held back until the next key frame.
    pub undecodable: u64,
    /// Left out by the encoder's own rate control.
    pub swallowed: u64,
    /// Like the one before: not encoded again.
    pub unchanged: u64,
    /// The driver marked the buffer as broken.
    pub capture_errors: u64,
    /// The driver had no buffer for them: gaps in its count.
    pub capture_missed: u64,
}

/// All of it at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The source gives pictures.
    pub online: bool,
    /// Somebody reads the H.264 sink.
    pub has_clients: bool,
    /// The source's count of its newest frame.
    pub sequence: u32,
    /// Frames captured in the last whole second.
    pub captured_fps: u32,
    /// Access units published in the last whole second.
    pub h264_fps: u32,
    /// Frames captured since the start.
    pub captured: u64,
    /// Access units published since the start.
    pub encoded: u64,
    /// What was lost, and why.
    pub drops: Drops,
    /// From capture to the sink; `None` before the first frame.
    pub delay: Option<Delay>,
    /// What changes rarely.
    pub status: Status,
    /// When the media thread was to show itself; 0: it has not begun.
    promised: Micros,
}

impl Snapshot {
    /// How long the media thread has not shown itself though it was to.
    pub fn overdue(&self, now: Micros) -> Duration {
        if self.promised.0 == 0 { Duration::ZERO } else { Duration::from_micros(now.since(self.promised)) }
    }
}

impl Shared {
    /// All of it at this moment.
    pub fn snapshot(&self) -> Snapshot {
        let delay = self.delays.lock().unwrap_or_else(PoisonError::into_inner).summary();
        Snapshot {
            online: self.online.load(Relaxed),
            has_clients: self.has_clients.load(Relaxed),
            sequence: self.sequence.load(Relaxed),
            captured_fps: self.captured_fps.load(Relaxed),
            h264_fps: self.h264_fps.load(Relaxed),
            captured: self.captured.load(Relaxed),
            encoded: self.encoded.load(Relaxed),
            drops: Drops {
                replaced: self.replaced.load(Relaxed),
                sink_busy: self.sink_busy.load(Relaxed),
                sink_failed: self.sink_failed.load(Relaxed),
                too_large: self.too_large.load(Relaxed),
                encoder_failed: self.encoder_failed.load(Relaxed),
                undecodable: self.undecodable.load(Relaxed),
                swallowed: self.swallowed.load(Relaxed),
                unchanged: self.unchanged.load(Relaxed),
                capture_errors: self.capture_errors.load(Relaxed),
                capture_missed: self.capture_missed.load(Relaxed),
            },
            delay,
            promised: Micros(self.promised.load(Relaxed)),
            status: self.status.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Size of the pictures, now or when there last were any.
    pub(super) fn snapshot_size(&self) -> Size {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).size
    }

    /// Changes what changes rarely.
    pub(super) fn update(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Tells what the encoder there did not take as it was asked to, in the log and as state.
    pub(super) fn tell_refused(&self, device: &Path, notes: &[Note]) {
        for note in notes {
            info!("H264: {}: {note}", device.display());
        }
        let words: Vec<String> = notes.iter().map(Note::to_string).collect();
        self.update(|status| status.refused = words.join("; "));
    }

    /// Notes one frame's way from capture to the sink.
    pub(super) fn delivered(&self, delay_us: u64) {
        self.encoded.fetch_add(1, Relaxed);
        self.delays.lock().unwrap_or_else(PoisonError::into_inner).note(delay_us);
    }
}
