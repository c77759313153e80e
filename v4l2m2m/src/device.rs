//! An opened V4L2 node: who it is and what it can do.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, SFlag, stat};

use crate::sys::{self, Queue, lp64};
use crate::{Error, FourCc, Kind, Size};

/// An opened V4L2 device node.
#[derive(Debug)]
pub struct Device {
    pub(crate) fd: Arc<OwnedFd>,
    pub(crate) path: Arc<str>,
    driver: String,
    card: String,
    bus: String,
    capabilities: u32,
}

/// A pixel format a device offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedFormat {
    /// Its code.
    pub format: FourCc,
    /// The driver's words for it.
    pub description: String,
}

/// Frame sizes a device offers: from `smallest` to `largest` in steps; one size when those are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeRange {
    /// Smallest size.
    pub smallest: Size,
    /// Largest size.
    pub largest: Size,
    /// Widths and heights between them differ by multiples of this.
    pub step: Size,
}

const OPENING: &str = "opening the device";

impl Device {
    /// Opens a node, which may be anybody's: what it is, is asked afterwards.
    ///
    /// # Errors
    /// [`Kind::Gone`] without such a file; [`Kind::Unsupported`] when it is no V4L2 device; [`Kind::Busy`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name: Arc<str> = path.to_string_lossy().into();
        let flags = OFlag::O_RDWR | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let not_v4l2 = || {
            Error::words(&name, OPENING, Kind::Unsupported, "it is not a V4L2 device")
                .with_remedy("name a /dev/videoN; --list-devices shows them")
        };
        let failed = |errno| match errno {
            Errno::ENOENT | Errno::ENOTDIR => Error::errno(&name, OPENING, errno)
                .of_kind(Kind::Gone)
                .with_remedy("plug it in, or name another; --list-devices shows what there is"),
            errno => Error::errno(&name, OPENING, errno),
        };
        // Looked at before it is opened: opening may do things to files that are no devices.
        let file_type = stat(path).map_err(failed)?.st_mode & SFlag::S_IFMT.bits();
        if file_type != SFlag::S_IFCHR.bits() {
            return Err(not_v4l2());
        }
        let fd = open(path, flags, Mode::empty()).map_err(failed)?;
        let identity = match sys::query_capability(fd.as_fd()) {
            Ok(identity) => identity,
            Err(errno @ Errno::ENODEV) => return Err(Error::errno(&name, OPENING, errno)),
            Err(_) => return Err(not_v4l2()),
        };
        let sys::Identity { driver, card, bus, capabilities } = identity;
        Ok(Self { fd: Arc::new(fd), path: name, driver, card, bus, capabilities })
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    pub(crate) fn error(&self, operation: &'static str, errno: Errno) -> Error {
        Error::errno(&self.path, operation, errno)
    }

    /// That this device cannot do what its user needs, in words of the user's.
    pub fn unsupported(&self, operation: &'static str, words: &str) -> Error {
        Error::words(&self.path, operation, Kind::Unsupported, words)
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        Path::new(&*self.path)
    }

    /// The driver's name, as `uvcvideo`.
    pub fn driver(&self) -> &str {
        &self.driver
    }

    /// The device's name, as people know it.
    pub fn card(&self) -> &str {
        &self.card
    }

    /// Where it is, as `usb-0000:01:00.0-1.2`.
    pub fn bus(&self) -> &str {
        &self.bus
    }

    fn has(&self, capability: u32) -> bool {
        self.capabilities & capability != 0
    }

    /// Whether what is before it is configured apart from it, by the media controller.
    pub(crate) fn is_media_centric(&self) -> bool {
        self.has(lp64::V4L2_CAP_IO_MC)
    }

    /// Whether pictures can be streamed from it (and it is no converter of pictures).
    pub fn is_capture(&self) -> bool {
        self.has(lp64::V4L2_CAP_STREAMING) && self.capture_queue().is_some()
    }

    /// Whether it takes pictures and gives them back converted.
    pub fn is_converter(&self) -> bool {
        self.has(lp64::V4L2_CAP_STREAMING) && self.converter_queues().is_some()
    }

    pub(crate) fn capture_queue(&self) -> Option<Queue> {
        if self.has(lp64::V4L2_CAP_VIDEO_CAPTURE) {
            Some(Queue::Capture { planes: false })
        } else if self.has(lp64::V4L2_CAP_VIDEO_CAPTURE_MPLANE) {
            Some(Queue::Capture { planes: true })
        } else {
            None
        }
    }

    /// A converter's queues: for what it takes, and for what it gives.
    pub(crate) fn converter_queues(&self) -> Option<(Queue, Queue)> {
        let planes = if self.has(lp64::V4L2_CAP_VIDEO_M2M_MPLANE) {
            true
        } else if self.has(lp64::V4L2_CAP_VIDEO_M2M) {
            false
        } else {
            return None;
        };
        Some((Queue::Output { planes }, Queue::Capture { planes }))
    }

    /// Whether it takes raw pictures and gives this coded format.
    pub fn encodes(&self, coded: FourCc) -> bool {
        let Some((input, output)) = self.converter_queues() else { return false };
        self.offered(output).any(|o| o.format == coded)
            && self.offered(input).any(|o| !o.format.is_compressed())
    }

    /// The formats it gives.
    pub fn formats(&self) -> Vec<OfferedFormat> {
        let queue = self.capture_queue().or(self.converter_queues().map(|(_, output)| output));
        queue.map(|queue| self.offered(queue).collect()).unwrap_or_default()
    }

    /// The formats a converter takes; none when it is no converter.
    pub fn input_formats(&self) -> Vec<OfferedFormat> {
        self.converter_queues().map(|(input, _)| self.offered(input).collect()).unwrap_or_default()
    }

    /// The sizes it offers in a format.
    pub fn sizes(&self, format: FourCc) -> Vec<SizeRange> {
        let size = |(width, height)| Size { width, height };
        (0..)
            .map_while(|index| sys::format::frame_sizes(self.fd(), format.0, index).ok())
            .take(256)
            .map(|[smallest, largest, step]| SizeRange {
                smallest: size(smallest),
                largest: size(largest),
                step: size(step),
            })
            .collect()
    }

    pub(crate) fn offered(&self, queue: Queue) -> impl Iterator<Item = OfferedFormat> {
        // A driver that never ends its list must not hold us.
        (0..256).map_while(move |index| {
            let (code, description) = sys::format::enumerate(self.fd(), queue, index).ok()?;
            Some(OfferedFormat { format: FourCc(code), description })
        })
    }
}
