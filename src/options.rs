//! The command line: µStreamer's, by its long and short names, ranges and rules.
//!
//! What is given is checked one by one while it is read; what only goes wrong together is found in
//! [`Options::into_config`], the only place that can say "invalid combination". Every failure is one line that names
//! the option, the value and what would have been right.

mod convert;
mod file;
mod foreign;
mod http;
mod image;
mod process;
mod values;
mod whep;

use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Command, CommandFactory, FromArgMatches, Parser};
use memsink::{Abi, SinkName};
use v4l2m2m::{FourCc, Size};

use crate::config::{Buffers, Gop, ImageControl, Kbps, Quality, Workers};
use crate::log::{Colors, Level};
use http::Http;
pub use process::Appearance;
use process::{Gpio, Process};
pub use values::{Device, FORMATS};
use whep::Whep;

/// What the command line asks for.
#[derive(Debug)]
pub enum Request {
    /// Run with these.
    Run(Box<Options>),
    /// Print this on stdout and end well.
    Print(String),
    /// Print what `--list-devices` prints.
    ListDevices,
    /// Print the EDID of this device.
    GetEdid(PathBuf),
}

/// The command line is not right; a line to show.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OptionError(String);

impl OptionError {
    /// A line that names the option, what is wrong with it and the remedy.
    pub fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }
}

/// Every option that has an effect.
#[derive(Debug, Parser)]
#[command(
    name = "ustreamer",
    about = "Pictures from an HDMI capture device as H.264 in shared memory and as JPEG over HTTP, and a page to watch them",
    disable_version_flag = true,
    disable_help_flag = true,
    infer_long_args = true,
    args_override_self = true
)]
pub struct Options {
    #[command(flatten)]
    capture: Capture,
    #[command(flatten)]
    jpeg: Jpeg,
    #[command(flatten)]
    raw: Raw,
    #[command(flatten)]
    h264: H264,
    #[command(flatten)]
    http: Http,
    #[command(flatten)]
    whep: Whep,
    #[command(flatten)]
    logging: Logging,
    #[command(flatten)]
    gpio: Gpio,
    #[command(flatten)]
    process: Process,
    /// Image controls to set.
    #[arg(skip)]
    image: Vec<ImageControl>,
    /// Lines to log at the start, about options that do nothing here.
    #[arg(skip)]
    pub warnings: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Capture")]
struct Capture {
    /// Capture device, or test:WIDTHxHEIGHT@FPS for the built-in test picture
    #[arg(short = 'd', long, value_name = "PATH", default_value = "/dev/video0", value_parser = values::device)]
    device: Device,
    /// Input of the device to select (0..128)
    #[arg(short = 'i', long, value_name = "N", default_value = "0", value_parser = |t: &str| values::integer_in(t, 0, 128))]
    input: u32,
    /// Television standard of an analogue input: PAL, NTSC or SECAM
    #[arg(short = 'a', long, value_name = "STANDARD", value_parser = values::tv_standard)]
    tv_standard: Option<values::TvStandard>,
    /// MMAP: buffers are always the driver's own; USERPTR is accepted and does the same
    #[arg(short = 'I', long, value_name = "METHOD", default_value = "MMAP", value_parser = values::io_method)]
    io_method: values::IoMethod,
    /// Size to ask for (160x120 to 15360x8640) [default: 640x480]
    #[arg(short = 'r', long, value_name = "WxH", value_parser = values::size)]
    resolution: Option<Size>,
    /// Pixel format to ask for: YUYV, YVYU, UYVY, YUV420, YVU420, RGB565, RGB24, BGR24, GREY, MJPEG, JPEG, NV12, NV16, NV24, or H264
    /// from a camera that encodes by itself
    #[arg(short = 'm', long, value_name = "FORMAT", default_value = "YUYV", value_parser = values::format)]
    format: FourCc,
    /// Take RGB24 for BGR24 and the other way round, for drivers that mix them up
    #[arg(long)]
    format_swap_rgb: bool,
    /// Take MJPEG frames shorter than this many bytes for damaged (1..8192)
    #[arg(short = 'z', long, value_name = "N", default_value = "128", value_parser = |t: &str| values::integer_in(t, 1, 8192))]
    min_frame_size: u32,
    /// Show MJPEG frames that end too early as far as they go
    #[arg(short = 'T', long)]
    allow_truncated_frames: bool,
    /// Encode at most this many frames per second (0..120; 0: all)
    #[arg(short = 'f', long, value_name = "N", default_value = "0", value_parser = values::desired_fps)]
    desired_fps: u32,
    /// Look at no more than one picture a second while nobody watches
    #[arg(short = 'l', long)]
    slowdown: bool,
    /// Wait quietly for a signal; with --dv-timings look at cable and signal first
    #[arg(short = 'n', long)]
    persistent: bool,
    /// Take size and rate from the HDMI signal and follow its changes
    #[arg(short = 't', long)]
    dv_timings: bool,
    /// Show the computer this EDID (binary or hexadecimal); it is checked first
    #[arg(long, value_name = "FILE")]
    edid: Option<PathBuf>,
    /// Capture buffers to ask for (1..32) [default: 5]
    #[arg(short = 'b', long, value_name = "N", value_parser = values::bounded::<Buffers>)]
    buffers: Option<Buffers>,
    /// Open the device afresh when no frame came for so many seconds (1..60)
    #[arg(long, value_name = "SEC", default_value = "1", value_parser = values::seconds)]
    device_timeout: Duration,
    /// Seconds between attempts to open the device (1..60)
    #[arg(long, value_name = "SEC", default_value = "1", value_parser = values::seconds)]
    device_error_delay: Duration,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "JPEG")]
struct Jpeg {
    /// JPEG quality (1..100); JPEGs of a camera's own pass as they are
    #[arg(short = 'q', long, value_name = "N", default_value = "80", value_parser = values::bounded::<Quality>)]
    quality: Quality,
    /// CPU makes JPEGs in software, as does HW; M2M-IMAGE and M2M-VIDEO by the kernel's encoder of stills or of Motion JPEG, and in software
    /// while that does not work. JPEGs of a camera's own pass in any case
    #[arg(short = 'c', long, value_name = "TYPE", default_value = "CPU", value_parser = values::jpeg_encoder)]
    encoder: values::JpegEncoder,
    /// The kernel's encoder of JPEGs [default: /dev/video31 for M2M-IMAGE, /dev/video11 for M2M-VIDEO, or another that is found]
    #[arg(long, value_name = "PATH")]
    m2m_device: Option<PathBuf>,
    /// Threads that make JPEGs (1..32) [default: one for each processor, at most 4]
    #[arg(short = 'w', long, value_name = "N", value_parser = values::bounded::<Workers>)]
    workers: Option<Workers>,
    /// Leave out at most so many pictures in a row that are identical to the one before (0..120)
    #[arg(short = 'e', long, value_name = "N", default_value = "0", value_parser = |t: &str| values::integer_in(t, 0, 120))]
    drop_same_frames: u32,
    /// Shared-memory sink to write to; its name ends in jpeg, as in demo::ustreamer::jpeg
    #[arg(long, visible_alias = "sink", value_name = "NAME")]
    jpeg_sink: Option<SinkName>,
    /// Permissions of the sink
    #[arg(long, visible_alias = "sink-mode", value_name = "OCTAL", default_value = "660", value_parser = values::mode)]
    jpeg_sink_mode: u32,
    /// Remove the sink at the end
    #[arg(long, visible_alias = "sink-rm")]
    jpeg_sink_rm: bool,
    /// A reader counts as there for so many seconds after its last look (1..60)
    #[arg(long, visible_alias = "sink-client-ttl", value_name = "SEC", default_value = "10", value_parser = values::seconds)]
    jpeg_sink_client_ttl: Duration,
    /// Version of the sink's layout, for readers of older releases: 2, 4, 6, 7a, 7b, 8 or 10
    #[arg(long, value_name = "VERSION", default_value = "10")]
    jpeg_sink_abi: Abi,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Raw pictures")]
struct Raw {
    /// Shared-memory sink for pictures as they are captured; its name ends in raw, as in demo::ustreamer::raw
    #[arg(long, value_name = "NAME")]
    raw_sink: Option<SinkName>,
    /// Permissions of the sink
    #[arg(long, value_name = "OCTAL", default_value = "660", value_parser = values::mode)]
    raw_sink_mode: u32,
    /// Remove the sink at the end
    #[arg(long)]
    raw_sink_rm: bool,
    /// A reader counts as there for so many seconds after its last look (1..60)
    #[arg(long, value_name = "SEC", default_value = "10", value_parser = values::seconds)]
    raw_sink_client_ttl: Duration,
    /// Version of the sink's layout, for readers of older releases: 2, 4, 6, 7a, 7b, 8 or 10
    #[arg(long, value_name = "VERSION", default_value = "10")]
    raw_sink_abi: Abi,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "H.264")]
struct H264 {
    /// Shared-memory sink to write to; its name ends in h264, as in demo::ustreamer::h264
    #[arg(long, value_name = "NAME")]
    h264_sink: Option<SinkName>,
    /// Permissions of the sink
    #[arg(long, value_name = "OCTAL", default_value = "660", value_parser = values::mode)]
    h264_sink_mode: u32,
    /// Remove the sink at the end
    #[arg(long)]
    h264_sink_rm: bool,
    /// A reader counts as there for so many seconds after its last look (1..60)
    #[arg(long, value_name = "SEC", default_value = "10", value_parser = values::seconds)]
    h264_sink_client_ttl: Duration,
    /// Version of the sink's layout, for readers of older releases: 2, 4, 6, 7a, 7b, 8 or 10
    #[arg(long, value_name = "VERSION", default_value = "10")]
    h264_sink_abi: Abi,
    /// Bitrate in kbit/s (25..20000)
    #[arg(long, value_name = "KBPS", default_value = "5000", value_parser = values::bounded::<Kbps>)]
    h264_bitrate: Kbps,
    /// Frames from key frame to key frame (0..60; 0: only when needed)
    #[arg(long, value_name = "N", default_value = "30", value_parser = values::bounded::<Gop>)]
    h264_gop: Gop,
    /// Encoder device [default: found by itself]
    #[arg(long, value_name = "PATH")]
    h264_m2m_device: Option<PathBuf>,
    /// Let a hardware encoder run at its higher level, for 1080p60 on a Raspberry Pi
    #[arg(long)]
    h264_boost: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Logging")]
struct Logging {
    /// 0 info, 1 figures, 2 verbose, 3 debug
    #[arg(long, value_name = "N", overrides_with_all = ["perf", "verbose", "debug"], value_parser = |t: &str| values::integer_in(t, 0, 3))]
    log_level: Option<u32>,
    /// Same as --log-level 1
    #[arg(long, overrides_with_all = ["log_level", "verbose", "debug"])]
    perf: bool,
    /// Same as --log-level 2
    #[arg(long, overrides_with_all = ["log_level", "perf", "debug"])]
    verbose: bool,
    /// Same as --log-level 3
    #[arg(long, overrides_with_all = ["log_level", "perf", "verbose"])]
    debug: bool,
    /// Colour the log always
    #[arg(long, overrides_with = "no_log_colors")]
    force_log_colors: bool,
    /// Never colour the log
    #[arg(long, overrides_with = "force_log_colors")]
    no_log_colors: bool,
}

/// `--features`: µStreamer's list, in its form.
const FEATURES: &str = "\
- WITH_PYTHON
+ WITH_JANUS
- WITH_V4P
+ WITH_GPIO
+ WITH_SYSTEMD
+ WITH_PTHREAD_NP
+ WITH_SETPROCTITLE
+ HAS_PDEATHSIG
";

/// All options, also for the man page and the shells.
pub fn command() -> Command {
    foreign::augment(image::augment(Options::command()))
}

impl Options {
    /// Reads a command line whose first element is the program's name.
    pub fn parse<S: Into<std::ffi::OsString> + Clone>(
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Request, OptionError> {
        let mut command = command();
        let arguments = file::with_file(&command, arguments.into_iter().map(Into::into).collect())?;
        let matches = command.clone().try_get_matches_from(arguments).map_err(|error| one_line(&error))?;
        let mut options = Self::from_arg_matches(&matches).map_err(|error| one_line(&error))?;
        options.image = image::given(&matches);
        if options.process.help {
            return Ok(Request::Print(command.render_help().to_string()));
        }
        if options.process.version {
            return Ok(Request::Print(format!("{}\n", env!("CARGO_PKG_VERSION"))));
        }
        if options.process.features {
            return Ok(Request::Print(FEATURES.to_owned()));
        }
        if options.process.list_devices {
            return Ok(Request::ListDevices);
        }
        if options.process.get_edid {
            return match options.capture.device {
                Device::Path(path) => Ok(Request::GetEdid(path)),
                Device::Test { .. } => {
                    Err(OptionError::new("--get-edid: the test picture has none; name a device"))
                }
            };
        }
        for option in foreign::given(&matches) {
            match option.verdict {
                foreign::Verdict::Ignore(_) => {}
                foreign::Verdict::Refuse(why) => {
                    return Err(OptionError(format!("--{}: {why}", option.long)));
                }
            }
        }
        if options.jpeg.encoder == values::JpegEncoder::Cpu && options.jpeg.m2m_device.is_some() {
            options
                .warnings
                .push("--m2m-device does nothing: by --encoder, JPEGs are made in software".to_owned());
        }
        if options.capture.io_method == values::IoMethod::UserPtr {
            options.warnings.push("--io-method: buffers are the driver's own (MMAP) in any case".to_owned());
        }
        Ok(Request::Run(Box::new(options)))
    }

    /// How much to log, and whether in colour.
    pub fn log(&self) -> (Level, Colors) {
        let log = &self.logging;
        let level = match log.log_level {
            Some(1) => Level::Perf,
            Some(2) => Level::Verbose,
            Some(3) => Level::Debug,
            Some(_) => Level::Info,
            None if log.debug => Level::Debug,
            None if log.verbose => Level::Verbose,
            None if log.perf => Level::Perf,
            None => Level::Info,
        };
        let colors = match (log.force_log_colors, log.no_log_colors) {
            (true, _) => Colors::Always,
            (_, true) => Colors::Never,
            _ => Colors::Auto,
        };
        (level, colors)
    }
}

/// clap's message of several lines, as one.
fn one_line(error: &clap::Error) -> OptionError {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    let option = text(ContextKind::InvalidArg).unwrap_or_default();
    let name = option.split_whitespace().next().unwrap_or_default();
    OptionError(match error.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            match std::error::Error::source(error) {
                Some(why) => format!("{name}: {value:?} will not do: {why}"),
                None => format!("{name}: a value is needed, as in {option}"),
            }
        }
        ErrorKind::UnknownArgument => match text(ContextKind::SuggestedArg) {
            Some(other) => format!("{name}: there is no such option; perhaps {other} was meant"),
            None => format!("{name}: there is no such option; --help shows all"),
        },
        _ => {
            let rendered = error.render().to_string();
            let first = rendered.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("{first}; --help shows all options")
        }
    })
}

#[cfg(test)]
mod tests;
