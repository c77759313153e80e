//! `ustreamer`: start, stop, and the exit code.
//!
//! Order matters: the process looks as it is to look before anything else is there; the port is bound before any device is opened or anything appears in shared memory, so that a
//! second streamer started by mistake leaves no trace; and signals are listened to before there is anything to stop.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getppid};
use rustreamer::config::Config;
use rustreamer::http::{BindError, Server, Site};
use rustreamer::life::{GpioError, Life, Lines, Systemd};
use rustreamer::options::{OptionError, Options, Request};
use rustreamer::pipeline::Pipeline;
use rustreamer::whep::{self, Sockets, Whep};
use rustreamer::{appearance, error, info, list_devices, log, pipeline};
use tokio::signal::unix::{SignalKind, signal};
use v4l2m2m::Device;

/// Why the process ends other than by being asked to.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Options(#[from] OptionError),
    #[error("{0}")]
    Gpio(#[from] GpioError),
    #[error("{0}")]
    Http(#[from] BindError),
    #[error("{0}")]
    Whep(#[from] whep::Error),
    #[error("{0}")]
    Device(#[from] v4l2m2m::Error),
    #[error("{0}")]
    Pipeline(#[from] pipeline::Error),
    #[error("{what}: {why}; this should not happen, please report it")]
    Internal { what: &'static str, why: std::io::Error },
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Options(_) | Self::Gpio(_) => 1,
            Self::Device(_) => 2,
            Self::Pipeline(error) => error.exit_code(),
            Self::Http(_) | Self::Whep(_) => 4,
            Self::Internal { .. } => 70,
        }
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("ustreamer: error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run() -> Result<(), Failure> {
    let options = match Options::parse(std::env::args_os())? {
        Request::Print(text) => return print(&text),
        Request::ListDevices => return print(&list_devices::report()),
        Request::GetEdid(path) => return print(&Device::open(&path)?.edid()?.to_string()),
        Request::Run(options) => options,
    };
    let (level, colors) = options.log();
    log::init(level, colors);
    if let Err(why) = appearance::change(&options.appearance()) {
        error!("The list of processes shows the command line as it was given: {why}");
    }
    for warning in &options.warnings {
        info!("{warning}");
    }
    let config = options.into_config()?;
    let parent = getppid();
    if config.process.exit_on_parent_death {
        follow_parent(parent)?;
    }
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|why| Failure::Internal { what: "cannot start the web server's event loop", why })?
        .block_on(stream(config, parent))
}

/// Runs until a signal or a fault that nothing here can mend.
async fn stream(config: Config, parent: Pid) -> Result<(), Failure> {
    let no_signals = |why| Failure::Internal { what: "cannot listen to signals", why };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;

    let systemd = Systemd::from_env().unwrap_or_else(|why| {
        error!("systemd is told nothing: NOTIFY_SOCKET: {why}");
        None
    });
    let lines = config.process.gpio.as_ref().map(Lines::take).transpose()?;
    let server = Server::bind(&config.http).await?;
    let media = config.whep.as_ref().map(Sockets::bind).transpose()?;
    let mut pipeline = pipeline::start(config.clone())?;
    for address in server.addresses() {
        info!("Listening on {address}");
    }
    if let Some(systemd) = &systemd {
        systemd.tell_ready();
    }
    let process = config.process.clone();
    let whep = whep(&config, &pipeline, media)?;
    let site = Site::new(config, &pipeline, whep);
    let mut life = Life::new(&process, site.clone(), systemd, lines, parent);
    let end = tokio::select! {
        _ = interrupt.recv() => Ok("SIGINT"),
        _ = terminate.recv() => Ok("SIGTERM"),
        fault = pipeline.fault() => Err(fault),
        () = life.run() => Ok("--exit-on-no-clients: nobody wants anything"),
        () = site.serve(server) => Ok("the end of the web server"),
    };
    if let Ok(reason) = end {
        info!("Stopping because of {reason}");
    }
    life.end();
    site.farewell();
    pipeline.stop();
    end.map(drop).map_err(Failure::from)
}

/// WebRTC on this port, if it was asked for.
fn whep(config: &Config, pipeline: &Pipeline, port: Option<Sockets>) -> Result<Option<Whep>, whep::Error> {
    let (Some(wish), Some(port), Some(tap), Some(h264)) = (&config.whep, port, pipeline.tap(), &config.h264)
    else {
        return Ok(None);
    };
    let whep = Whep::new(wish.clone(), port, tap, h264.bitrate.get())?;
    info!("WebRTC's media go by port {}, UDP and TCP", whep.port());
    Ok(Some(whep))
}

/// Asks the kernel for SIGTERM when the parent ends, and notices when it already has.
fn follow_parent(parent: Pid) -> Result<(), Failure> {
    prctl::set_pdeathsig(Signal::SIGTERM)
        .map_err(|errno| Failure::Internal { what: "--exit-on-parent-death", why: errno.into() })?;
    if getppid() == parent {
        return Ok(());
    }
    Err(OptionError::new("--exit-on-parent-death: the parent process has ended already").into())
}

/// To stdout; a reader that has gone (`ustreamer --help | head -1`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Internal { what: "cannot write to stdout", why })
        }
        _ => Ok(()),
    }
}
