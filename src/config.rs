//! What this run was asked to do: typed, checked, immutable.
//!
//! Every value here is valid by its type. A [`Config`] is built once, from the command line (`crate::options`),
//! and given by value to the parts that need it; no part checks it again.

mod ice;
mod whep;

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use v4l2m2m::{Edid, FourCc, Size, Standard, Wish};

pub use ice::IceServer;
pub use whep::WhepConfig;

use crate::source::jpeg;

/// A whole number that lies in the range of its type.
pub trait Bounded: Sized {
    /// The values there are.
    const RANGE: RangeInclusive<u32>;

    /// `None` when `value` is outside [`Self::RANGE`].
    fn new(value: u32) -> Option<Self>;
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident: $min:literal ..= $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        pub struct $name(u32);

        impl $name {
            /// The plain number.
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl Bounded for $name {
            const RANGE: RangeInclusive<u32> = $min..=$max;

            fn new(value: u32) -> Option<Self> {
                Self::RANGE.contains(&value).then_some(Self(value))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

bounded! {
    /// A bitrate in kbit/s.
    Kbps: 25 ..= 20_000
}
bounded! {
    /// Frames from one key frame to the next; 0: key frames only when someone needs one.
    Gop: 0 ..= 60
}
bounded! {
    /// Quality of a JPEG, in per cent.
    Quality: 1 ..= 100
}
bounded! {
    /// Frames per second.
    Fps: 1 ..= 120
}
bounded! {
    /// Threads that make JPEGs.
    Workers: 1 ..= 32
}
bounded! {
    /// How many capture buffers the driver is asked for.
    Buffers: 1 ..= 32
}

impl Default for Fps {
    /// What most HDMI signals have.
    fn default() -> Self {
        Self(60)
    }
}

impl Default for Workers {
    /// As many as there are processors, at most four, as µStreamer does it.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(processors.min(4) as u32)
    }
}

impl Default for Buffers {
    /// Two inside the encoder, one that waits for it, one being handed over, one for the driver to fill meanwhile. It is what
    /// µStreamer takes on four cores; fewer would cost frames on smaller machines, too.
    fn default() -> Self {
        Self(5)
    }
}

/// All of it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where pictures come from.
    pub source: SourceConfig,
    /// The H.264 stream; `None` when nobody could get it: no sink for it was named, and there is no WHEP.
    pub h264: Option<H264Config>,
    /// The sink for pictures as they are captured, whose name ends in `raw`.
    pub raw: Option<memsink::WriterOptions>,
    /// JPEGs.
    pub jpeg: JpegConfig,
    /// The web server.
    pub http: HttpConfig,
    /// WebRTC to viewers of this program's own.
    pub whep: Option<WhepConfig>,
    /// At most this many frames per second are encoded; `None`: as many as the source gives.
    pub desired_fps: Option<Fps>,
    /// While nobody watches, look at no more than one picture a second.
    pub slowdown: bool,
    /// When the process ends by itself, and whom it tells how it is.
    pub process: ProcessConfig,
}

/// When the process ends by itself, and whom it tells how it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcessConfig {
    /// Ask the kernel for SIGTERM when the parent process ends.
    pub exit_on_parent_death: bool,
    /// End when nobody has wanted anything for this long.
    pub exit_on_no_clients: Option<Duration>,
    /// Send the parent process SIGUSR2 when pictures begin or end to come, or have another size.
    pub notify_parent: bool,
    /// Lines to drive.
    pub gpio: Option<GpioConfig>,
}

/// Output lines that tell how the process is: high means yes. At least one of them is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpioConfig {
    /// The chip's node.
    pub chip: PathBuf,
    /// What the lines' consumer is called begins with this.
    pub consumer: String,
    /// The process runs.
    pub prog_running: Option<u32>,
    /// Pictures come.
    pub stream_online: Option<u32>,
    /// Somebody watches over HTTP.
    pub has_http_clients: Option<u32>,
}

/// Where pictures come from.
#[derive(Debug, Clone)]
pub enum SourceConfig {
    /// A V4L2 capture device.
    Device(DeviceConfig),
    /// The built-in moving test picture.
    Test(TestConfig),
}

impl SourceConfig {
    /// The size to start with, which is also that of the "no signal" picture until the source has told its own.
    pub fn size(&self) -> Size {
        match self {
            Self::Device(device) => device.size,
            Self::Test(test) => test.size,
        }
    }
}

/// A V4L2 capture device and how to open it.
#[derive(Debug, Clone)]
pub struct DeviceConfig {
    /// Its node, for example `/dev/video0`.
    pub path: PathBuf,
    /// Which of its inputs to select.
    pub input: u32,
    /// The television standard to choose for it.
    pub standard: Option<Standard>,
    /// Image controls, in the order in which they are to be set.
    pub image: Vec<ImageControl>,
    /// The size to ask for; with `dv_timings` the signal decides.
    pub size: Size,
    /// The pixel format to ask for.
    pub format: FourCc,
    /// The driver names RGB24 and BGR24 the wrong way round: take one for the other.
    pub swap_rgb: bool,
    /// Which JPEGs are whole, when it gives JPEGs.
    pub jpeg: jpeg::Rules,
    /// What it is asked for when it gives H.264.
    pub coding: Coding,
    /// Take size and rate from the HDMI signal and follow its changes.
    pub dv_timings: bool,
    /// What the receiver shall show the computer.
    pub edid: Option<Edid>,
    /// A missing signal is an ordinary state: wait for it quietly.
    pub persistent: bool,
    /// How many capture buffers to ask for.
    pub buffers: Buffers,
    /// One of the kernel's encoders may want them.
    pub imported: bool,
    /// No frame for this long: the device is opened afresh.
    pub timeout: Duration,
    /// The pause between two attempts to open it.
    pub error_delay: Duration,
    /// End the process where it would otherwise be opened again because it failed.
    pub exit_on_error: bool,
}

/// An image control and what it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageControl {
    /// The kernel's number.
    pub id: u32,
    /// Its option's name.
    pub name: &'static str,
    /// What it is to be.
    pub wish: Wish,
    /// A device that has no such control is as good.
    pub only_if_there: bool,
}

/// Wishes of a camera that encodes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding {
    /// The rate to aim at.
    pub bitrate: Kbps,
    /// Key frame distance.
    pub gop: Gop,
}

/// The built-in test picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestConfig {
    /// Its size; both sides are even.
    pub size: Size,
    /// Its rate.
    pub fps: Fps,
}

impl Default for TestConfig {
    fn default() -> Self {
        Self { size: Size { width: 1920, height: 1080 }, fps: Fps(30) }
    }
}

/// The H.264 stream and the sink that it goes to.
#[derive(Debug, Clone)]
pub struct H264Config {
    /// The shared-memory object, whose name ends in `h264`.
    pub sink: Option<memsink::WriterOptions>,
    /// The rate to aim at.
    pub bitrate: Kbps,
    /// Key frame distance.
    pub gop: Gop,
    /// Let the hardware encoder run at its higher level (1080p60 on a Raspberry Pi).
    pub boost: bool,
    /// The encoder's node; `None`: found by itself.
    pub device: Option<PathBuf>,
}

/// JPEGs, for whoever asks over HTTP, and the sink that they may go to.
#[derive(Debug, Clone)]
pub struct JpegConfig {
    /// Their quality.
    pub quality: Quality,
    /// The kernel's encoder that makes them; `None`: software.
    pub kernel: Option<KernelJpeg>,
    /// Threads that make them in software.
    pub workers: Workers,
    /// At most so many pictures in a row are left out because they are identical to the one before.
    pub drop_same_frames: u32,
    /// The shared-memory object, whose name ends in `jpeg`.
    pub sink: Option<memsink::WriterOptions>,
}

/// An encoder of the kernel's that makes JPEGs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelJpeg {
    /// Which kind of encoder.
    pub kind: JpegKind,
    /// Its node; `None`: found by itself.
    pub device: Option<PathBuf>,
}

/// The two kinds of encoders, by what they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JpegKind {
    /// JPEG, of a quality.
    Image,
    /// Motion JPEG, of a bitrate.
    Video,
}

/// The web server.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Where to listen.
    pub listen: Listen,
    /// Who may ask for anything; `None`: everybody.
    pub credentials: Option<Credentials>,
    /// Certificate and key: answers are encrypted then.
    pub tls: Option<Tls>,
    /// The folder whose files are served instead of the page.
    pub files: Option<PathBuf>,
    /// What `/state` says instead of the real size.
    pub fake_resolution: Option<Size>,
    /// Value of `Access-Control-Allow-Origin`, when answers shall carry one. Visible ASCII only.
    pub allow_origin: Option<String>,
    /// Shown in `/state`; tells several streamers apart.
    pub instance_id: String,
    /// A client that takes longer than this to send its request is cut off.
    pub timeout: Duration,
    /// Where the page finds Janus; `None`: it works that out by itself.
    pub janus_url: Option<String>,
    /// STUN and TURN servers that pages are told of.
    pub ice_servers: Vec<IceServer>,
}

/// Where the web server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// On all addresses of these names.
    Tcp {
        /// Names or addresses; at least one.
        hosts: Vec<String>,
        /// The port, never 0.
        port: u16,
    },
    /// On a UNIX socket.
    Unix {
        /// Its path.
        path: PathBuf,
        /// Remove what is there before.
        remove: bool,
        /// Its permissions; `None`: those of the process's umask.
        mode: Option<u32>,
    },
    /// On the sockets that systemd has opened.
    Systemd,
}

/// A name and a password. The password is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: String,
    password: String,
}

impl Credentials {
    /// Of this user.
    pub fn new(user: String, password: String) -> Credentials {
        Credentials { user, password }
    }

    /// As Basic authentication sends them, before base64.
    pub fn pair(&self) -> String {
        format!("{}:{}", self.user, self.password)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Files for TLS, in PEM form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate and those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}
