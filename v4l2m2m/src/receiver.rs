//! The part of a capture device that takes the HDMI signal: its timings, its EDID, its announcements.
//!
//! With drivers of the media controller that is a sub-device, and formats have to be handed down from it to the node that pictures
//! come from; with others it is that node itself. Who uses a [`Receiver`] need not know which.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use nix::errno::Errno;

use crate::media::{self, Route};
use crate::sys::{self, control, lp64, timings};
use crate::{Device, Error, Event, FourCc, Kind, SignalFault, Size};

/// Where a signal is asked about. Lives as long as a session: its descriptor announces changes.
#[derive(Debug)]
pub(crate) struct Receiver {
    fd: Arc<OwnedFd>,
    pub(crate) path: Arc<str>,
    /// The video node: what people call the device.
    node: Arc<str>,
    /// From the sub-device to the node; `None`: they are the same.
    route: Option<Route>,
}

/// The TC358743's driver says whether its lanes are enough for the signal.
const LANES_ENOUGH: u32 = lp64::V4L2_CID_USER_TC358743_BASE + 2;
/// Another control of that driver, by whose name it is known where only the node can be asked.
const AUDIO_PRESENT: (u32, &str) = (lp64::V4L2_CID_USER_TC358743_BASE + 1, "Audio present");
const TC358743: &str = "tc358743";

const MEASURING: &str = "measuring the signal";

impl Receiver {
    /// The receiver of a capture device. When there is none, the node stands for it and refuses what it is asked.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] when the node has no timings by its design and no receiver leads to it; or when the parts of the
    /// device cannot be opened.
    pub(crate) fn of(device: &Device) -> Result<Self, Error> {
        let node = device.path.clone();
        let itself = || Self { fd: device.fd.clone(), path: node.clone(), node: node.clone(), route: None };
        let centric = device.is_media_centric();
        if !centric && timings::supported(device.fd()) {
            return Ok(itself());
        }
        let route = media::find(device)?;
        if let Some((route, part)) =
            route.and_then(|route| route.receiver().cloned().map(|part| (route, part)))
        {
            return Ok(Self { fd: part.fd, path: part.path, node, route: Some(route) });
        }
        if centric {
            let words = "no HDMI receiver leads to it in its media device";
            return Err(Error::words(&node, "searching for the receiver", Kind::Unsupported, words)
                .with_remedy("name the node behind the receiver (`media-ctl -p` shows it), or do not ask for DV timings"));
        }
        Ok(itself())
    }

    /// What becomes ready when it announces a change.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Its descriptor, when that is not the node's.
    pub(crate) fn own_fd(&self) -> Option<BorrowedFd<'_>> {
        self.route.as_ref().map(|_| self.fd())
    }

    /// Makes its descriptor announce changes of the signal.
    pub(crate) fn subscribe(&self) -> Result<(), Error> {
        sys::subscribe(self.fd(), lp64::V4L2_EVENT_SOURCE_CHANGE)
            .map_err(|errno| Error::errno(&self.path, "subscribing to changes of the signal", errno))
    }

    /// The oldest announcement not yet taken.
    pub(crate) fn take_event(&self) -> Result<Option<Event>, Error> {
        take_event(self.fd(), &self.path)
    }

    /// What arrives now. [`Kind::NoSignal`]: nothing usable.
    pub(crate) fn measure(&self) -> Result<timings::Raw, Error> {
        let measured = timings::query(self.fd()).map_err(|errno| self.fault(errno))?;
        let n = measured.numbers();
        if n.width == 0 || n.height == 0 {
            return Err(self.no_signal(SignalFault::NoSignal));
        }
        Ok(measured)
    }

    /// Makes the receiver take what it measured.
    pub(crate) fn adopt(&self, measured: &timings::Raw) -> Result<(), Error> {
        timings::set(self.fd(), measured)
            .map_err(|errno| Error::errno(&self.path, "setting the signal's timings", errno))
    }

    /// Hands the adopted signal's format down to the node. The answer is what to ask the node for.
    pub(crate) fn hand_down(&self, want: FourCc, size: Size) -> Result<FourCc, Error> {
        self.route.as_ref().map_or(Ok(want), |route| route.settle(want, size))
    }

    /// Whether the signal in its settled format gets through to the computer. [`SignalFault::TooManyLanes`]: no.
    pub(crate) fn check_lanes(&self) -> Result<(), Error> {
        let is_tc358743 = match self.route.as_ref().and_then(Route::receiver) {
            Some(part) => part.name.starts_with(TC358743),
            None => control::describe(self.fd(), AUDIO_PRESENT.0).is_ok_and(|it| it.name == AUDIO_PRESENT.1),
        };
        if is_tc358743 && control::get(self.fd(), LANES_ENOUGH) == Ok(0) {
            return Err(self
                .no_signal(SignalFault::TooManyLanes)
                .with_remedy("choose a lower resolution or rate: two lanes carry 1080p50 in UYVY"));
        }
        Ok(())
    }

    /// What a failed start of the stream means.
    pub(crate) fn explain(&self, error: Error) -> Error {
        match &self.route {
            Some(route) => route.explain(error),
            None => error,
        }
    }

    fn fault(&self, errno: Errno) -> Error {
        match errno {
            Errno::ENOLINK if self.power() == Some(false) => self.no_signal(SignalFault::NoCable),
            Errno::ENOLINK => self.no_signal(SignalFault::NoSignal),
            Errno::ENOLCK => self.no_signal(SignalFault::NoLock),
            Errno::ERANGE => self.no_signal(SignalFault::OutOfRange),
            Errno::ENOTTY | Errno::ENODATA => Error::errno(&self.path, MEASURING, errno)
                .of_kind(Kind::Unsupported)
                .with_remedy("it is no HDMI receiver: do not ask for DV timings"),
            other => Error::errno(&self.path, MEASURING, other),
        }
    }

    fn no_signal(&self, fault: SignalFault) -> Error {
        Error::words(&self.node, MEASURING, Kind::NoSignal(fault), fault.to_string())
    }

    /// Whether the source's 5 V arrive, on any input; `None`: the receiver cannot tell. Some say yes without a cable, so only a
    /// "no" is worth anything.
    fn power(&self) -> Option<bool> {
        control::get(self.fd(), lp64::V4L2_CID_DV_RX_POWER_PRESENT).ok().map(|inputs| inputs != 0)
    }
}

/// The oldest event of a descriptor; `None`: there is none now, or the device has no events at all (EINVAL, ENOTTY).
pub(crate) fn take_event(fd: BorrowedFd<'_>, path: &Arc<str>) -> Result<Option<Event>, Error> {
    match sys::dequeue_event(fd) {
        Ok(event) => Ok(Some(event.into())),
        Err(Errno::ENOENT | Errno::EAGAIN | Errno::EINVAL | Errno::ENOTTY) => Ok(None),
        Err(errno) => Err(Error::errno(path, "taking an event", errno)),
    }
}
