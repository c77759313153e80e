//! A capture device's life: opened, streaming, lost, opened again, as the table in `reaction` says.
//!
//! What must always hold: a fault ends the session, never the thread; while there is no session, a picture says why; the
//! encoder lets go of a session's pictures before the session ends.

use std::sync::atomic::Ordering::Relaxed;

use memsink::Micros;
use nix::poll::PollFlags;
use v4l2m2m::{
    Capture, CaptureConfig, Coding, Counters, Device, Event, FourCc, Kind, SignalFault, SignalWatch,
};

use super::Error;
use super::media::{Media, Watched, Woken};
use super::passthrough::Coded;
use super::reaction::{Fault, Phase, Reaction, reaction};
use crate::config::{Bounded, DeviceConfig, Fps, ImageControl};
use crate::info;
use crate::source::{Frame, Meta, convert, jpeg};

/// How a session ended.
enum End {
    /// It is time to stop.
    Stop,
    /// By a fault, which reads like this.
    Fault(Fault, String),
}

impl From<v4l2m2m::Error> for End {
    fn from(error: v4l2m2m::Error) -> End {
        End::Fault(Fault::Failed(error.kind()), words(&error))
    }
}

/// What a session remembers of its device.
#[derive(Default)]
struct Tally {
    /// As far as they are told in `/state`.
    counters: Counters,
    /// Pictures that were missed up to now are not to be told.
    rested: bool,
    /// It does not make key frames on request.
    deaf: bool,
}

/// A session, or why there is none.
pub type Opened = Result<Capture, v4l2m2m::Error>;

/// Opens the device for the first time.
///
/// # Errors
/// When it cannot be used and the configuration does not say to wait for it.
pub fn open_first(config: &DeviceConfig) -> Result<Opened, Error> {
    let opened = open(config);
    if let Err(error) = &opened {
        let phase = Phase::Starting { persistent: config.persistent && !config.exit_on_error };
        if reaction(Fault::Failed(error.kind()), phase, config.error_delay) == Reaction::GiveUp {
            return Err(error.clone().into());
        }
    }
    Ok(opened)
}

fn open(config: &DeviceConfig) -> Opened {
    if let Some(edid) = &config.edid {
        // A device that was away has forgotten it. One that has it is left alone: a computer sees each change as a new cable.
        let device = Device::open(&config.path)?;
        if device.edid().is_ok_and(|shown| shown == *edid) {
            drop(device);
        } else {
            device.set_edid(edid)?;
            info!("{} shows the EDID of --edid", config.path.display());
        }
    }
    set_image(config)?;
    let capture = Capture::open(
        &config.path,
        &CaptureConfig {
            format: config.format,
            size: config.size,
            dv_timings: config.dv_timings,
            buffers: config.buffers.get(),
            exported: config.imported,
            input: (config.input != 0).then_some(config.input),
            standard: config.standard,
            fps: None,
            swap_rgb: config.swap_rgb,
            coding: Some(Coding { bitrate_kbps: config.coding.bitrate.get(), gop: config.coding.gop.get() }),
        },
    )?;
    let format = capture.layout().format;
    if config.format == FourCc::H264 && format != FourCc::H264 {
        let words = format!("it gives no H.264, but {format}; choose another --format");
        return Err(capture.device().unsupported("choosing the format", &words));
    }
    if convert::takes(format) || jpeg::is_jpeg(format) || format == FourCc::H264 {
        Ok(capture)
    } else {
        Err(capture.device().unsupported("choosing the format", &convert::Error::Format(format).to_string()))
    }
}

/// Sets the image controls. What the driver refuses is told with its range, and no reason to go without pictures.
fn set_image(config: &DeviceConfig) -> Result<(), v4l2m2m::Error> {
    if config.image.is_empty() {
        return Ok(());
    }
    let device = Device::open(&config.path)?;
    for ImageControl { id, name, wish, only_if_there } in &config.image {
        if let Some(note) = device.ask_control(*id, name, *wish)?.filter(|_| !only_if_there) {
            info!("--{name}: {}: {note}", config.path.display());
        }
    }
    Ok(())
}

/// Why there are no pictures, for people: `what is wrong; what to do`.
fn words(error: &v4l2m2m::Error) -> String {
    let path = error.path().display();
    match error.kind() {
        Kind::NoSignal(SignalFault::NoCable) => format!("No signal: no cable at {path}; plug HDMI in"),
        Kind::NoSignal(SignalFault::NoSignal) => {
            format!("No signal at {path}; wake the computer up, or check the cable")
        }
        Kind::NoSignal(SignalFault::NoLock) => {
            format!("No signal: it is unstable at {path}; wait a moment, or try another cable")
        }
        Kind::NoSignal(SignalFault::OutOfRange) => {
            format!("No signal that {path} can take; choose a lower resolution or rate on the computer")
        }
        Kind::NoSignal(SignalFault::TooManyLanes) => format!(
            "No picture: the mode needs more CSI lanes than {path} has; choose a lower resolution or rate on the computer \
             (two lanes: 1080p50, in UYVY)"
        ),
        Kind::Gone => format!("No signal: {path} is not there; plug the capture device in, or name another"),
        Kind::Busy => format!("No signal: another program has {path}; stop that one"),
        _ => format!("No signal: {error}"),
    }
}

impl Media {
    /// Captures from a device until the end.
    ///
    /// # Errors
    /// A fault that nothing here can mend.
    pub fn device(&mut self, config: &DeviceConfig, mut opened: Opened) -> Result<(), Error> {
        let mut watch = None;
        loop {
            let end = match opened {
                Ok(mut capture) => {
                    watch = None;
                    self.session(&mut capture, config)
                }
                Err(error) => error.into(),
            };
            let End::Fault(fault, words) = end else { return Ok(()) };
            let phase = Phase::Running { end_on_error: config.exit_on_error };
            let Reaction::OpenAfter(pause) = reaction(fault, phase, config.error_delay) else {
                return Err(Error::DeviceFailed(words));
            };
            // A change of the signal is no loss of it: often the next session's first picture comes at once.
            if fault != Fault::SourceChanged {
                self.offline(&words);
            }
            if matches!(fault, Fault::Failed(Kind::NoSignal(_))) && config.dv_timings && watch.is_none() {
                watch = SignalWatch::open(&config.path).ok();
            }
            if self.pause(Micros(Micros::now().0 + pause.as_micros() as u64), &mut watch)? == Woken::Stop {
                return Ok(());
            }
            opened = open(&self.tuned(config));
        }
    }

    /// A camera that encodes by itself is asked for what is set now.
    fn tuned(&self, config: &DeviceConfig) -> DeviceConfig {
        let mut config = config.clone();
        if let Some((bitrate, gop)) = self.follow.settings().h264 {
            config.coding = crate::config::Coding { bitrate, gop };
        }
        config
    }

    /// Waits until `until`, or until the receiver announces a change of its signal.
    fn pause(&mut self, until: Micros, watch: &mut Option<SignalWatch>) -> Result<Woken, v4l2m2m::Error> {
        loop {
            let watched = watch.as_ref().map_or(Watched::Nothing, Watched::Signal);
            let Woken::Look(device) = self.wait(until, watched)? else { return Ok(Woken::Stop) };
            let announced = match watch {
                Some(signal) if !device.is_empty() => signal.take(),
                _ => Ok(false),
            };
            if announced.is_err() {
                *watch = None;
            }
            if announced.is_ok_and(|any| any) || self.woken() >= until {
                return Ok(Woken::Look(device));
            }
        }
    }

    /// One session, from its first picture to its end.
    fn session(&mut self, capture: &mut Capture, config: &DeviceConfig) -> End {
        self.announce(capture, config);
        let end = match self.stream(capture, config) {
            Ok(end) => end,
            Err(error) => error.into(),
        };
        if let Some(outlet) = self.outlet() {
            outlet.source_ends();
        }
        self.jpegs().source_ends();
        if let Some((_, decoding)) = self.decoding() {
            decoding.forget();
        }
        end
    }

    fn announce(&mut self, capture: &Capture, config: &DeviceConfig) {
        let layout = capture.layout();
        let fps = capture.frame_period().map(|period| 1.0 / period.as_secs_f64());
        let device = capture.device();
        info!(
            "Capturing {} {} from {} ({}, {}){}, rows of {} bytes, {} buffers{}",
            layout.size,
            layout.format,
            device.path().display(),
            device.card(),
            device.driver(),
            fps.map(|fps| format!(", {fps:.2} frames/s")).unwrap_or_default(),
            layout.stride,
            capture.buffers(),
            match (config.imported, capture.exports_dmabuf()) {
                (true, true) => ", DMA-BUF",
                (true, false) => ", no DMA-BUF",
                (false, _) => "",
            },
        );
        for note in capture.notes() {
            info!("H264: the camera decides by itself: {note}");
        }
        self.shared().update(|status| {
            status.size = layout.size;
            status.format = layout.format.to_string();
        });
        self.jpegs().source_begins(layout.format, layout.size);
        let whole = fps.map(|fps| fps.round().clamp(1.0, f64::from(*Fps::RANGE.end())) as u32);
        if let Some(outlet) = self.outlet() {
            outlet.source_begins(whole.and_then(Fps::new).unwrap_or_default());
        }
    }

    fn stream(&mut self, capture: &mut Capture, config: &DeviceConfig) -> Result<End, v4l2m2m::Error> {
        let timeout = config.timeout.as_micros() as u64;
        let mut late = Micros(Micros::now().0 + timeout);
        let mut tally = Tally::default();
        let coded = capture.layout().format == FourCc::H264;
        loop {
            // Other settings of a camera that encodes are a stream of its own.
            if self.follow.news().is_some() && coded {
                return Ok(End::Fault(Fault::SourceChanged, String::new()));
            }
            // What depends on other pictures is taken as it comes.
            if !coded && let Some(woken) = self.rest()? {
                if woken == Woken::Stop {
                    return Ok(End::Stop);
                }
                // What lies there is as old as the rest was long, and what there was no buffer for was not wanted.
                capture.dequeue_newest()?;
                tally.rested = true;
                late = Micros(self.woken().0 + timeout);
            }
            let Woken::Look(device) = self.wait(late, Watched::Capture(capture))? else {
                return Ok(End::Stop);
            };
            if device.contains(PollFlags::POLLPRI) {
                match capture.take_event()? {
                    Some(Event::SourceChange | Event::EndOfStream) => {
                        return Ok(End::Fault(Fault::SourceChanged, String::new()));
                    }
                    Some(Event::Other(_)) | None => {}
                }
            }
            if device.intersects(PollFlags::POLLIN | PollFlags::POLLERR | PollFlags::POLLHUP) {
                let newest = match capture.layout().format {
                    FourCc::H264 => self.pass_on(capture, &mut tally)?,
                    format => {
                        let newest = capture.dequeue_newest()?;
                        self.count(capture, &mut tally);
                        newest.map(|frame| {
                            let frame = Frame::captured(frame);
                            let dequeued = frame.meta.dequeued;
                            self.hand_on(frame, jpeg::is_jpeg(format), config);
                            dequeued
                        })
                    }
                };
                if let Some(dequeued) = newest {
                    late = Micros(dequeued.0 + timeout);
                    continue;
                }
            }
            if self.woken() >= late {
                // Some receivers say that the signal is gone only when they are asked.
                capture.check_signal()?;
                let path = config.path.display();
                let words = format!(
                    "No signal: no picture from {path} for {} s; check the cable and the source",
                    config.timeout.as_secs()
                );
                return Ok(End::Fault(Fault::NoFrames, words));
            }
        }
    }

    /// Counts the device's faults since the last time: damaged pictures and missed ones. True: there were any.
    fn count(&mut self, capture: &Capture, tally: &mut Tally) -> bool {
        let (now, before) = (capture.counters(), tally.counters);
        let [damaged, mut missed] = [now.corrupt - before.corrupt, now.missed - before.missed];
        if now.frames > before.frames && std::mem::take(&mut tally.rested) {
            missed = 0;
        }
        self.shared().capture_errors.fetch_add(damaged, Relaxed);
        self.shared().capture_missed.fetch_add(missed, Relaxed);
        tally.counters = now;
        damaged + missed > 0
    }

    /// Counts them where each picture depends on the one before.
    fn count_coded(&mut self, capture: &Capture, tally: &mut Tally) {
        if self.count(capture, tally)
            && let Some(outlet) = self.outlet()
        {
            outlet.gap();
        }
    }

    /// A picture has come: the source is there.
    fn arrived(&mut self, meta: &Meta) {
        self.captured(1);
        self.shared().sequence.store(meta.sequence, Relaxed);
    }

    fn hand_on(&mut self, frame: Frame, jpeg: bool, config: &DeviceConfig) {
        self.arrived(&frame.meta);
        self.jpegs().offer(&frame);
        self.offer_raw(&frame);
        let mut hopeless = false;
        if let Some((outlet, decoding)) = self.decoding().filter(|_| jpeg) {
            hopeless = decoding.hopeless(config.timeout);
            if let Some(want) = outlet.want(frame.meta.captured) {
                decoding.put(want, frame);
            }
        } else if let Some(outlet) = self.outlet()
            && let Some(want) = outlet.want(frame.meta.captured)
        {
            outlet.send(want, frame);
        }
        if hopeless {
            let path = config.path.display();
            self.offline(&format!("Damaged pictures from {path}; check the cable, or choose a smaller size"));
        } else {
            self.online();
        }
    }

    /// Passes on what a camera has encoded itself: all of it and in order, since each picture depends on the one before. When
    /// the last of it was dequeued; `None`: there was nothing.
    fn pass_on(
        &mut self,
        capture: &mut Capture,
        tally: &mut Tally,
    ) -> Result<Option<Micros>, v4l2m2m::Error> {
        let (mut last, mut ask) = (None, false);
        while let Some(captured) = capture.dequeue()? {
            self.count_coded(capture, tally);
            let Frame { meta, .. } = Frame::captured(captured.clone());
            self.arrived(&meta);
            if let Some(outlet) = self.outlet() {
                let size = captured.layout().size;
                ask |= outlet.pass(&Coded { meta, size, data: &captured.map()? });
            }
            self.online();
            last = Some(meta.dequeued);
        }
        self.count_coded(capture, tally);
        if ask && !tally.deaf {
            match capture.force_key() {
                Err(why) if why.kind() == Kind::Unsupported => {
                    tally.deaf = true;
                    info!(
                        "H264: the camera cannot be asked for key frames; who comes new waits for its next one"
                    );
                }
                asked => asked?,
            }
        }
        Ok(last)
    }
}
