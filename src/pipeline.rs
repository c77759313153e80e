//! A frame's way from its source to the sink: the threads, what connects them, and how they start and end.
//!
//! The media thread owns the source and paces everything; the encoder thread encodes and publishes. Between them is
//! one slot in which the newest frame wins. What must always hold: with nobody reading the sink nothing is drawn or
//! encoded, and what one thread waits for, another can always end.

mod key_policy;
mod mailbox;
mod media;
mod outlet;
mod shared;
mod stop;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use crate::config::{Config, SourceConfig};
use crate::encode::{self, Settings, Software};
use outlet::{Outlet, Works};
pub use shared::{Delay, Drops, Shared, Snapshot, Status};
use stop::Stop;

/// Why there is no pipeline, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The capture device cannot be used.
    #[error("cannot capture from {}: {why}", .path.display())]
    Device {
        /// Its node.
        path: PathBuf,
        /// Why, and what helps.
        why: String,
    },
    /// The sink cannot be made.
    #[error("{0}")]
    Sink(#[from] memsink::Error),
    /// No encoder works.
    #[error("{0}")]
    Encoder(#[from] encode::Error),
    /// The system gave no thread.
    #[error("cannot start a thread: {0}; raise the limit of processes (ulimit -u)")]
    Thread(#[from] io::Error),
}

impl Error {
    /// The process's exit code for it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Device { .. } => 2,
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
    works: Option<Arc<Works>>,
    threads: Vec<JoinHandle<()>>,
    faults: mpsc::Receiver<Error>,
}

/// Opens the source, makes the sink and starts the threads.
///
/// # Errors
/// What keeps it from running at all; nothing is left behind then.
pub fn start(config: Config) -> Result<Pipeline, Error> {
    let shared = Arc::new(Shared::default());
    shared.update(|status| status.size = config.source.size());
    let stop = Arc::new(Stop::default());
    let (report, faults) = mpsc::channel(1);
    let source = media::Source::open(&config.source)?;
    let mut threads = Vec::new();
    let mut works = None;
    let mut outlet = None;
    if let Some(h264) = &config.h264 {
        let fps = match &config.source {
            SourceConfig::Test(test) => test.fps,
            SourceConfig::Device(_) => config.desired_fps.unwrap_or_default(),
        };
        let encoder = Software::new(Settings { bitrate: h264.bitrate, gop: h264.gop, fps })?;
        shared.update(|status| {
            status.encoder = "openh264".to_owned();
            status.why = "software, chosen because no hardware encoder is in use".to_owned();
        });
        let writer = Mutex::new(memsink::Writer::create(h264.sink.clone())?);
        let shared_works = Arc::new(Works::new(writer, Arc::clone(&shared), h264.gop));
        outlet = Some(Outlet::new(Arc::clone(&shared_works)));
        let encoding = Arc::clone(&shared_works);
        threads.push(std::thread::Builder::new().name("h264".into()).spawn(move || encoding.run(encoder))?);
        works = Some(shared_works);
    }
    let mut pipeline =
        Pipeline { shared: Arc::clone(&shared), stop: Arc::clone(&stop), works, threads, faults };
    let media = media::Media { shared, outlet, stop };
    let thread = std::thread::Builder::new().name("media".into()).spawn(move || {
        if let Err(error) = media.run(source) {
            let _ = report.blocking_send(error);
        }
    })?;
    pipeline.threads.push(thread);
    Ok(pipeline)
}

impl Pipeline {
    /// What the threads publish about themselves.
    pub fn state(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
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
        if let Some(works) = &self.works {
            works.close();
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
