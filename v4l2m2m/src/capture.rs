//! A capture session: from an opened device to pictures on loan.
//!
//! Invariants: a session has one format from start to end (a change of the signal ends it); only the thread that has the
//! session issues ioctls; a buffer is with the driver, or lent as a [`Frame`], or on its way back in the returned set.

use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nix::errno::Errno;

use crate::coding::{self, Coding};
use crate::control::{self, Note};
use crate::frame::{Meta, Slot};
use crate::layout::shareable_stride;
use crate::memory::SlotMemory;
use crate::queue::{self, Buffers, SETTING_FORMAT};
use crate::receiver::{self, Receiver};
use crate::returned::Returned;
use crate::sys::buffer::{Buffer, Memory};
use crate::sys::{self, Queue, lp64};
use crate::{Device, Error, Event, FourCc, Frame, Kind, Micros, PixelLayout, Size, Timings};

/// An analogue television standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// 625 lines, as in most of Europe.
    Pal,
    /// 525 lines, as in North America and Japan.
    Ntsc,
    /// 625 lines, as in France.
    Secam,
}

impl Standard {
    /// The kernel's set of all variants of it (`V4L2_STD_*`).
    fn set(self) -> u64 {
        match self {
            Self::Pal => 0xff,
            Self::Ntsc => 0xb000,
            Self::Secam => 0xff_0000,
        }
    }
}

/// What to ask of a capture device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureConfig {
    /// Wanted format; the driver may give another, see [`Capture::layout`].
    pub format: FourCc,
    /// Wanted size. With DV timings it is the signal's that counts.
    pub size: Size,
    /// Follow the signal at an HDMI input: take its size, and end the session when it changes.
    pub dv_timings: bool,
    /// Buffers wanted; the driver may give another number.
    pub buffers: u32,
    /// Other devices may import them as DMA-BUFs, and one is mapped only when somebody looks at it. Otherwise all are mapped at the start.
    pub exported: bool,
    /// Choose this input first (VIDIOC_S_INPUT).
    pub input: Option<u32>,
    /// Choose this standard for it (VIDIOC_S_STD).
    pub standard: Option<Standard>,
    /// Wanted frames per second, for devices that have a choice (cameras).
    pub fps: Option<u32>,
    /// The driver says RGB24 where it gives BGR24, and the other way round (some TC358743 kernels).
    pub swap_rgb: bool,
    /// What to ask of a camera that gives H.264; with another format it is not asked for anything.
    pub coding: Option<Coding>,
}

impl CaptureConfig {
    /// Four buffers that are exported, no DV timings, the input and rate that are set.
    pub fn new(format: FourCc, size: Size) -> Self {
        Self {
            format,
            size,
            dv_timings: false,
            buffers: 4,
            exported: true,
            input: None,
            standard: None,
            fps: None,
            swap_rgb: false,
            coding: None,
        }
    }
}

/// What happened in a session so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Pictures handed out.
    pub frames: u64,
    /// Good pictures not handed out because there was a newer one.
    pub skipped: u64,
    /// Pictures the driver marked as damaged, or that were shorter than their format says.
    pub corrupt: u64,
    /// Pictures the driver had no buffer for: gaps in its count.
    pub missed: u64,
}

/// What to wait for in a session.
#[derive(Debug, Clone, Copy)]
pub struct PollFds<'a> {
    /// `POLLIN`: a picture; `POLLPRI`: an event; `POLLERR`: [`Capture::dequeue`] says what is wrong.
    pub device: BorrowedFd<'a>,
    /// `POLLIN`: a holder on another thread let go of a picture.
    pub returned: BorrowedFd<'a>,
    /// The receiver, where it is not the device itself: `POLLPRI`: an event.
    pub receiver: Option<BorrowedFd<'a>>,
}

/// A running capture session.
pub struct Capture {
    // Dropped first: stops the stream. Frames that are out keep their memory.
    buffers: Buffers,
    device: Device,
    slots: Vec<Arc<Slot>>,
    home: Arc<Returned>,
    layout: PixelLayout,
    /// Bytes of the shortest picture that is whole.
    whole: u32,
    frame_period: Option<Duration>,
    /// Where the signal is asked about; `None` without DV timings.
    receiver: Option<Receiver>,
    exports: bool,
    notes: Vec<Note>,
    last_sequence: Option<u32>,
    counters: Counters,
}

impl Capture {
    /// Opens the device, settles the format, gives the driver all buffers and starts the stream.
    ///
    /// # Errors
    /// [`Kind::Gone`], [`Kind::Busy`], [`Kind::NoSignal`] (with DV timings), [`Kind::Unsupported`] when it is no capture device
    /// or cannot do what was asked.
    pub fn open(path: &Path, config: &CaptureConfig) -> Result<Self, Error> {
        let device = Device::open(path)?;
        let queue = capture_queue(&device)?;
        if let Some(input) = config.input {
            sys::set_input(device.fd(), input).map_err(|e| device.error("choosing the input", e))?;
        }
        if let Some(standard) = config.standard {
            sys::set_standard(device.fd(), standard.set()).map_err(|e| {
                device
                    .error("choosing the television standard", e)
                    .with_remedy("HDMI inputs and cameras have none")
            })?;
        }
        let receiver = if config.dv_timings { Some(Receiver::of(&device)?) } else { None };
        let timings = receiver.as_ref().map(follow_signal).transpose()?;
        let layout = settle_format(&device, queue, config, receiver.as_ref().zip(timings))?;
        let frame_period =
            timings.and_then(|t| t.frame_period).or_else(|| settle_rate(&device, queue, config.fps));
        let notes = match config.coding {
            Some(coding) if layout.format == FourCc::H264 => coding::ask(&device, coding)?,
            _ => Vec::new(),
        };
        let buffers = Buffers::request(&device, queue, Memory::Mmap, config.buffers)?;

        static SESSIONS: AtomicU64 = AtomicU64::new(0);
        let session = SESSIONS.fetch_add(1, Ordering::Relaxed);
        let home = Arc::new(Returned::new().map_err(|e| device.error("making an eventfd", e))?);
        let mut slots = Vec::new();
        for index in 0..buffers.count() {
            let Buffer { offset, length, .. } = buffers.query(index)?;
            let memory = SlotMemory {
                dma_buf: config.exported.then(|| buffers.export(index)).flatten(),
                device: Arc::downgrade(&device.fd),
                offset,
                length,
                mapping: OnceLock::new(),
            };
            memory.prepare().map_err(|e| device.error("mapping a buffer", e))?;
            let (path, count) = (device.path.clone(), buffers.count());
            slots.push(Arc::new(Slot::new(index, count, session, path, memory, home.clone())));
            buffers.enqueue(index, None)?;
        }
        buffers.start().map_err(|error| match &receiver {
            Some(receiver) => receiver.explain(error),
            None if device.is_media_centric() => not_set_up(error),
            None => error,
        })?;
        Ok(Self {
            notes,
            exports: slots.iter().all(|slot| slot.memory.dma_buf.is_some()),
            buffers,
            device,
            slots,
            home,
            layout,
            whole: PixelLayout::with_stride(layout.format, layout.size, layout.stride).sizeimage.max(1),
            frame_period,
            receiver,
            last_sequence: None,
            counters: Counters::default(),
        })
    }

    /// The format of this session's pictures, as the driver gave it.
    pub fn layout(&self) -> PixelLayout {
        self.layout
    }

    /// Time from picture to picture, when known.
    pub fn frame_period(&self) -> Option<Duration> {
        self.frame_period
    }

    /// How many buffers there are; every [`Frame::index`] is below.
    pub fn buffers(&self) -> u32 {
        self.buffers.count()
    }

    /// Whether every picture can be imported by another device; see [`CaptureConfig::exported`].
    pub fn exports_dmabuf(&self) -> bool {
        self.exports
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What a camera that encodes by itself did not take as asked.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Asks a camera that encodes by itself for a key frame.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] when it cannot be asked.
    pub fn force_key(&self) -> Result<(), Error> {
        control::force_key(&self.device)
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Gives the driver what its holders let go, and then the descriptors to wait for. Ask for them before each wait.
    pub fn poll_fds(&mut self) -> Result<PollFds<'_>, Error> {
        self.requeue_returned()?;
        Ok(PollFds {
            device: self.device.fd(),
            returned: self.home.fd(),
            receiver: self.receiver.as_ref().and_then(Receiver::own_fd),
        })
    }

    /// Gives the driver what its holders let go. [`Self::poll_fds`] does it, too.
    pub fn requeue_returned(&mut self) -> Result<(), Error> {
        loop {
            let mut slots = self.home.take().peekable();
            if slots.peek().is_none() {
                return Ok(());
            }
            for index in slots {
                self.buffers.enqueue(index, None)?;
            }
        }
    }

    /// The oldest picture that is ready; `None`: there is none yet. Damaged and incomplete ones go back to the driver and
    /// are counted.
    pub fn dequeue(&mut self) -> Result<Option<Frame>, Error> {
        while let Some(buffer) = self.buffers.dequeue()? {
            let now = Micros::now();
            if let Some(last) = self.last_sequence.replace(buffer.sequence) {
                // A step back is a restart of the driver's count, not four thousand million lost pictures.
                let step = buffer.sequence.wrapping_sub(last);
                if (1..=u32::MAX / 2).contains(&step) {
                    self.counters.missed += u64::from(step - 1);
                }
            }
            let Some(slot) = self.slots.get(buffer.index as usize) else { continue };
            if buffer.flags & lp64::V4L2_BUF_FLAG_ERROR != 0 || buffer.used < self.whole {
                self.counters.corrupt += 1;
                self.buffers.enqueue(buffer.index, None)?;
                continue;
            }
            self.counters.frames += 1;
            let meta = Meta {
                layout: self.layout,
                used: buffer.used.min(buffer.length),
                sequence: buffer.sequence,
                timestamp: capture_time(&buffer, now),
                dequeued: now,
            };
            return Ok(Some(Frame::lend(slot, meta)));
        }
        Ok(None)
    }

    /// The newest picture that is ready; older ones go back to the driver unseen, and are counted.
    pub fn dequeue_newest(&mut self) -> Result<Option<Frame>, Error> {
        let Some(mut newest) = self.dequeue()? else { return Ok(None) };
        // A picture younger than a frame has no successor yet: one system call less for each.
        while self.frame_period.is_none_or(|period| newest.dequeued().since(newest.timestamp()) >= period) {
            let Some(newer) = self.dequeue()? else { break };
            self.counters.frames -= 1;
            self.counters.skipped += 1;
            newest = newer;
        }
        Ok(Some(newest))
    }

    /// The oldest event not yet taken.
    pub fn take_event(&mut self) -> Result<Option<Event>, Error> {
        match &self.receiver {
            Some(receiver) => receiver.take_event(),
            None => receiver::take_event(self.device.fd(), &self.device.path),
        }
    }

    /// Whether the signal is still the one this session was opened for; always fine without DV timings. For times without
    /// pictures or events: some receivers tell only who asks.
    ///
    /// # Errors
    /// [`Kind::NoSignal`], or [`Kind::Corrupt`] when the size is another one.
    pub fn check_signal(&self) -> Result<(), Error> {
        let Some(receiver) = &self.receiver else { return Ok(()) };
        let timings = Timings::from(receiver.measure()?.numbers());
        if timings.size == self.layout.size {
            return Ok(());
        }
        let words = format!("the signal is {} now, not {}", timings.size, self.layout.size);
        Err(Error::words(&self.device.path, "measuring the signal", Kind::Corrupt, words))
    }
}

/// What arrives at a receiver's input now, asked on a descriptor of its own: works while a session is running, and
/// before there can be one.
pub fn probe_signal(path: &Path) -> Result<Timings, Error> {
    let device = Device::open(path)?;
    capture_queue(&device)?;
    let measured = Receiver::of(&device)?.measure()?;
    Ok(measured.numbers().into())
}

fn capture_queue(device: &Device) -> Result<Queue, Error> {
    device.capture_queue().filter(|_| device.is_capture()).ok_or_else(|| {
        let what = if device.is_converter() { "a converter" } else { "without a capture stream" };
        let words = format!("not a capture device: {} ({}) is {what}", device.card(), device.driver());
        Error::words(&device.path, "opening the device", Kind::Unsupported, words)
            .with_remedy("name another; --list-devices shows what there is")
    })
}

/// Takes over what arrives. Events come first, so that a change between the two is not missed.
fn follow_signal(receiver: &Receiver) -> Result<Timings, Error> {
    receiver.subscribe()?;
    let measured = receiver.measure()?;
    receiver.adopt(&measured)?;
    Ok(measured.numbers().into())
}

fn settle_format(
    device: &Device,
    queue: Queue,
    config: &CaptureConfig,
    signal: Option<(&Receiver, Timings)>,
) -> Result<PixelLayout, Error> {
    let (format, size) = match signal {
        Some((receiver, timings)) => (receiver.hand_down(config.format, timings.size)?, timings.size),
        None => (config.format, config.size),
    };
    let stride = shareable_stride(format, size.width);
    let want = PixelLayout { format, size, stride, sizeimage: 0, colorspace: 0 };
    let mut got = queue::negotiate(device, queue, &want)?;
    let refuse = |words: String| Err(Error::words(&device.path, SETTING_FORMAT, Kind::Unsupported, words));
    if got.size.width == 0 || got.size.height == 0 {
        return refuse(format!("the driver gave a picture of {}", got.size));
    }
    if signal.is_some() && got.size != size {
        return refuse(format!("the signal is {size}, but the driver gives pictures of {}", got.size));
    }
    let needed = PixelLayout::with_stride(got.format, got.size, got.stride).sizeimage;
    if got.sizeimage < needed {
        return refuse(format!(
            "the driver's buffers of {} bytes cannot hold {} {}",
            got.sizeimage, got.size, got.format
        ));
    }
    // How many bits a pixel has is known now, and so how many lanes are needed.
    if let Some((receiver, _)) = signal {
        receiver.check_lanes()?;
    }
    got.format = match got.format {
        FourCc::RGB24 if config.swap_rgb => FourCc::BGR24,
        FourCc::BGR24 if config.swap_rgb => FourCc::RGB24,
        format => format,
    };
    Ok(got)
}

/// A stream that does not start since what is before the node fits it ill, or is not connected: both are no faults of a signal.
fn not_set_up(error: Error) -> Error {
    match error.errno_code().map(Errno::from_raw) {
        Some(Errno::EPIPE | Errno::ENOLINK) => error
            .of_kind(Kind::Unsupported)
            .with_remedy("its media device has to be set up: ask for DV timings, or use `media-ctl`"),
        _ => error,
    }
}

/// Frame rate: a wish when there is one, what the driver says otherwise. Receivers often have neither.
fn settle_rate(device: &Device, queue: Queue, wish: Option<u32>) -> Option<Duration> {
    let asked = wish.and_then(|fps| sys::format::set_rate(device.fd(), queue, fps, 1).ok().flatten());
    let (frames, seconds) = asked.or_else(|| sys::format::rate(device.fd(), queue).ok().flatten())?;
    Some(Duration::from_secs(u64::from(seconds)) / frames)
}

/// The driver's stamp where it is of our clock, and now otherwise. A stamp ahead of now (some drivers predict when the
/// picture will be complete) is now.
fn capture_time(buffer: &Buffer, now: Micros) -> Micros {
    let monotonic =
        buffer.flags & lp64::V4L2_BUF_FLAG_TIMESTAMP_MASK == lp64::V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    if monotonic && buffer.timestamp != 0 { Micros(buffer.timestamp).min(now) } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_honest_stamps_are_used() {
        let stamp =
            |flags, timestamp| capture_time(&Buffer { flags, timestamp, ..Default::default() }, Micros(100));
        let monotonic = lp64::V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
        assert_eq!(stamp(monotonic, 90), Micros(90));
        assert_eq!(stamp(monotonic, 114), Micros(100));
        assert_eq!(stamp(monotonic, 0), Micros(100));
        assert_eq!(stamp(lp64::V4L2_BUF_FLAG_TIMESTAMP_COPY, 90), Micros(100));
        assert_eq!(stamp(0, 90), Micros(100));
    }
}
