//! The media thread: takes frames from the source at its pace and hands on those that somebody wants.
//!
//! What must always hold: the pictures never just stop. While the source is missing, readers get a picture that
//! says why, once a second, and the source is tried again.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use memsink::Micros;

use super::Error;
use super::outlet::Outlet;
use super::shared::Shared;
use super::stop::Stop;
use crate::config::{DeviceConfig, SourceConfig, TestConfig};
use crate::info;
use crate::source::{Frame, Meta, TestPicture, placeholder};

/// Between two pictures that stand in for the source.
const PLACEHOLDER_PERIOD: Duration = Duration::from_secs(1);

/// An opened source.
pub enum Source {
    /// The test picture.
    Test(Box<TestPicture>, TestConfig),
    /// A device that is not there now; the reason in words.
    Missing(DeviceConfig, String),
}

impl Source {
    /// Opens what was configured.
    ///
    /// # Errors
    /// When the device cannot be used and the configuration does not say to wait for it.
    pub fn open(config: &SourceConfig) -> Result<Source, Error> {
        match config {
            SourceConfig::Test(test) => Ok(Source::Test(Box::new(TestPicture::new(test.size)), *test)),
            SourceConfig::Device(device) => {
                let why = match std::fs::File::open(&device.path) {
                    Ok(_) => "capture from devices is not in this build".to_owned(),
                    Err(error) => format!("{error}; plug it in, or see --list-devices"),
                };
                if device.persistent {
                    Ok(Source::Missing(device.clone(), why))
                } else {
                    Err(Error::Device { path: device.path.clone(), why })
                }
            }
        }
    }
}

/// What the media thread works with.
pub struct Media {
    /// Where it reports.
    pub shared: Arc<Shared>,
    /// Where frames go; `None` when no sink was named.
    pub outlet: Option<Outlet>,
    /// When to end.
    pub stop: Arc<Stop>,
}

impl Media {
    /// Runs until stopped.
    ///
    /// # Errors
    /// A fault that nothing here can mend.
    pub fn run(mut self, source: Source) -> Result<(), Error> {
        match source {
            Source::Test(picture, test) => self.test(*picture, test),
            Source::Missing(device, why) => self.missing(&device, &why),
        }
        Ok(())
    }

    fn test(&mut self, mut source: TestPicture, test: TestConfig) {
        let period = Duration::from_secs(1) / test.fps.get();
        self.shared.update(|status| {
            status.size = test.size;
            status.format = v4l2m2m::FourCc::YUV420.to_string();
            status.reason.clear();
        });
        self.shared.online.store(true, Relaxed);
        let mut second = Second::new(&self.shared);
        let mut next = Instant::now();
        while !self.stop.sleep_until(next) {
            next = (next + period).max(Instant::now());
            let captured = Micros::now();
            self.shared.captured.fetch_add(1, Relaxed);
            second.tick(&self.shared);
            match self.outlet.as_mut().and_then(|outlet| outlet.want(captured).map(|want| (outlet, want))) {
                Some((outlet, want)) => {
                    let frame = source.next(captured);
                    self.shared.sequence.store(frame.meta.sequence, Relaxed);
                    outlet.send(want, frame);
                }
                None => source.skip(),
            }
        }
    }

    fn missing(&mut self, device: &DeviceConfig, why: &str) {
        let words = format!("No signal: {} {why}", device.path.display());
        info!("{words}");
        self.shared.online.store(false, Relaxed);
        self.shared.update(|status| status.reason = words.clone());
        let picture = Arc::new(placeholder::picture(device.size, &words));
        let mut next = Instant::now();
        for sequence in 0.. {
            if self.stop.sleep_until(next) {
                return;
            }
            next += PLACEHOLDER_PERIOD;
            let now = Micros::now();
            let meta = Meta { captured: now, dequeued: now, sequence, online: false };
            if let Some((outlet, want)) =
                self.outlet.as_mut().and_then(|outlet| outlet.want(now).map(|want| (outlet, want)))
            {
                outlet.send(want, Frame { meta, picture: Arc::clone(&picture) });
            }
        }
    }
}

/// Turns counts into rates, once a second.
struct Second {
    start: Instant,
    captured: u64,
    encoded: u64,
}

impl Second {
    fn new(shared: &Shared) -> Second {
        let (captured, encoded) = (shared.captured.load(Relaxed), shared.encoded.load(Relaxed));
        Second { start: Instant::now(), captured, encoded }
    }

    fn tick(&mut self, shared: &Shared) {
        let elapsed = self.start.elapsed();
        if elapsed < Duration::from_secs(1) {
            return;
        }
        let now = Second::new(shared);
        let rate = |count: u64| (count as f64 / elapsed.as_secs_f64()).round() as u32;
        shared.captured_fps.store(rate(now.captured - self.captured), Relaxed);
        shared.h264_fps.store(rate(now.encoded - self.encoded), Relaxed);
        *self = now;
    }
}
