//! A frame's way from its source to the sink: the threads, what connects them, and how they start and end.
//!
//! The media thread owns the source and the kernel's encoder; the software encoder, the decoder of JPEGs and those who make
//! JPEGs have threads of their own. Between a source and an encoder is one slot in which the newest frame wins. What must always hold: with nobody watching
//! nothing is drawn or encoded, and what one thread waits for, another can always end.

mod decode;
mod depth;
mod device;
mod hardware;
mod jpeg;
mod key_policy;
mod ladder;
mod mailbox;
mod media;
mod outlet;
mod pace;
mod passthrough;
mod patience;
mod publisher;
mod rates;
mod raw;
mod reaction;
mod relief;
mod shared;
mod software;
mod still;
mod stop;
mod tap;
mod tuning;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use crate::config::{Config, DeviceConfig, SourceConfig, TestConfig};
use crate::encode::{self, Software};
use crate::source::TestPicture;
use crate::source::jpeg::Rules;
use decode::{Decoder, Decoding};
pub use jpeg::{BOUNDARY, Jpeg, JpegCounts, Showcase, Viewer};
use jpeg::{Bench, Jpegs, KernelEncoder, Workers};
use media::{Media, Ways};
use outlet::Outlet;
use publisher::Publisher;
pub use rates::Rate;
pub use raw::{RawCounts, RawSink};
pub use shared::{Delay, Drops, JpegMaker, Shared, Snapshot, Status};
use software::SoftwareEncoder;
use stop::Stop;
pub use tap::{Message, Tap, TapViewer};
use tuning::Follower;
pub use tuning::{Settings, Tuning};

/// Why there is no pipeline, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The capture device cannot be used.
    #[error("cannot capture: {0}")]
    Device(#[from] v4l2m2m::Error),
    /// The sink cannot be made.
    #[error("{0}")]
    Sink(#[from] memsink::Error),
    /// No encoder works.
    #[error("{0}")]
    Encoder(#[from] encode::Error),
    /// The capture device failed, and the process was asked to end then (`--exit-on-device-error`).
    #[error("{0}")]
    DeviceFailed(String),
    /// The system gave no thread.
    #[error("cannot start a thread: {0}; raise the limit of processes (ulimit -u)")]
    Thread(#[from] io::Error),
}

impl Error {
    /// The process's exit code for it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Device(_) | Error::DeviceFailed(_) => 2,
            Error::Sink(_) => 3,
            Error::Encoder(_) => 5,
            Error::Thread(_) => 70,
        }
    }
}

/// Running threads; they end when this is dropped.
pub struct Pipeline {
    shared: Arc<Shared>,
    stop: Arc<Stop>,
    software: Option<Arc<SoftwareEncoder>>,
    decoder: Option<Arc<Decoder>>,
    showcase: Arc<Showcase>,
    workers: Arc<Workers>,
    kernel_jpeg: Option<Arc<KernelEncoder>>,
    raw: Option<Arc<RawSink>>,
    tap: Option<Arc<Tap>>,
    tuning: Arc<Tuning>,
    threads: Vec<JoinHandle<()>>,
    faults: mpsc::Receiver<Error>,
}

/// An opened source.
enum Source {
    Test(Box<TestPicture>, TestConfig),
    Device(DeviceConfig, Box<device::Opened>),
}

impl Source {
    fn open(config: &SourceConfig) -> Result<Source, Error> {
        Ok(match config {
            SourceConfig::Test(test) => Source::Test(Box::new(TestPicture::new(test.size)), *test),
            SourceConfig::Device(device) => {
                Source::Device(device.clone(), Box::new(device::open_first(device)?))
            }
        })
    }
}

/// Opens the source, makes the sink and starts the threads.
///
/// # Errors
/// What keeps it from running at all; nothing is left behind then.
pub fn start(config: Config) -> Result<Pipeline, Error> {
    let shared = Arc::new(Shared::default());
    shared.update(|status| status.size = config.source.size());
    let tuning = Arc::new(Tuning::new(Settings::of(&config)));
    let follow = || Follower::new(Arc::clone(&tuning));
    let stop = Arc::new(Stop::new().map_err(io::Error::from)?);
    let (report, faults) = mpsc::channel(1);
    let source = Source::open(&config.source)?;
    let writer = config.jpeg.sink.clone().map(memsink::Writer::create).transpose()?;
    let showcase = Arc::new(Showcase::new(writer, config.jpeg.drop_same_frames));
    let workers = Arc::new(Workers::new(Arc::clone(&showcase)));
    let mut pipeline = Pipeline {
        shared: Arc::clone(&shared),
        stop: Arc::clone(&stop),
        software: None,
        decoder: None,
        showcase: Arc::clone(&showcase),
        workers: Arc::clone(&workers),
        kernel_jpeg: None,
        raw: None,
        tap: None,
        tuning: Arc::clone(&tuning),
        threads: vec![],
        faults,
    };
    let imports = config.h264.is_none();
    let mut outlet = None;
    if let Some(h264) = config.h264 {
        let fps = config.desired_fps.unwrap_or_default();
        let encoder = Software::new(encode::Settings { bitrate: h264.bitrate, gop: h264.gop, fps })?;
        let writer = h264.sink.clone().map(memsink::Writer::create).transpose()?;
        let publisher = Arc::new(Publisher::new(writer, Arc::clone(&shared), h264.gop));
        pipeline.tap = Some(publisher.tap());
        let software = Arc::new(SoftwareEncoder::new(Arc::clone(&publisher), Arc::clone(&shared)));
        outlet = Some(Outlet::new(
            publisher,
            Arc::clone(&software),
            Arc::clone(&shared),
            h264,
            (config.desired_fps, follow()),
        ));
        pipeline.software = Some(Arc::clone(&software));
        pipeline.spawn("h264", move || software.run(encoder))?;
    }
    let rules = match &source {
        Source::Device(device, _) => device.jpeg,
        Source::Test(..) => Rules::default(),
    };
    for number in 1..=config.jpeg.workers.get() {
        let (workers, follow) = (Arc::clone(&workers), follow());
        pipeline.spawn(&format!("jpeg-{number}"), move || workers.run(follow, rules))?;
    }
    if let Some(wish) = config.jpeg.kernel {
        let kernel = Arc::new(KernelEncoder::new(Arc::clone(&workers), Arc::clone(&showcase)));
        pipeline.kernel_jpeg = Some(Arc::clone(&kernel));
        let waits = JpegMaker::Kernel("it is opened when somebody wants a JPEG".to_owned());
        shared.update(|status| status.jpeg = waits);
        let (shared, stop) = (Arc::clone(&shared), Arc::clone(&stop));
        let bench = Bench { wish, imports, follow: follow(), shared, stop };
        pipeline.spawn("jpeg-kernel", move || kernel.run(bench))?;
    }
    let mut decoding = None;
    if let (Source::Device(..), true) = (&source, outlet.is_some()) {
        let decoder = Arc::new(Decoder::new(Arc::clone(&shared)).map_err(io::Error::from)?);
        pipeline.decoder = Some(Arc::clone(&decoder));
        decoding = Some(Decoding::new(Arc::clone(&decoder)));
        pipeline.spawn("decode", move || decoder.run(rules))?;
    }
    if let Some(sink) = config.raw {
        let raw = Arc::new(RawSink::new(memsink::Writer::create(sink)?));
        pipeline.raw = Some(Arc::clone(&raw));
        pipeline.spawn("raw", move || raw.run())?;
    }
    let jpegs = Jpegs::new(workers, pipeline.kernel_jpeg.clone(), showcase, follow());
    let ways = Ways { outlet, decoding, jpegs, raw: pipeline.raw.clone() };
    let mut media = Media::new(shared, ways, stop, follow(), config.slowdown);
    pipeline.spawn("media", move || {
        let end = match source {
            Source::Test(picture, test) => media.test(*picture, test),
            Source::Device(device, opened) => media.device(&device, *opened),
        };
        if let Err(error) = end {
            let _ = report.blocking_send(error);
        }
    })?;
    Ok(pipeline)
}

impl Pipeline {
    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.threads.push(std::thread::Builder::new().name(name.to_owned()).spawn(work)?);
        Ok(())
    }

    /// What the threads publish about themselves.
    pub fn state(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// The JPEGs, for who wants to watch.
    pub fn showcase(&self) -> Arc<Showcase> {
        Arc::clone(&self.showcase)
    }

    /// What can be changed while they run.
    pub fn tuning(&self) -> Arc<Tuning> {
        Arc::clone(&self.tuning)
    }

    /// The sink for pictures as they are captured, when there is one.
    pub fn raw(&self) -> Option<Arc<RawSink>> {
        self.raw.clone()
    }

    /// The H.264 stream for viewers of this program, when H.264 is made.
    pub fn tap(&self) -> Option<Arc<Tap>> {
        self.tap.clone()
    }

    /// Waits for a fault that nothing in here can mend.
    pub async fn fault(&mut self) -> Error {
        match self.faults.recv().await {
            Some(error) => error,
            None => std::future::pending().await,
        }
    }

    /// Ends the threads and waits for them; the sink goes with them when it was asked to.
    pub fn stop(self) {}
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.stop.request();
        if let Some(software) = &self.software {
            software.close();
        }
        if let Some(decoder) = &self.decoder {
            decoder.close();
        }
        if let Some(raw) = &self.raw {
            raw.close();
        }
        if let Some(kernel) = &self.kernel_jpeg {
            kernel.close();
        }
        self.workers.close();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
