//! What an HDMI source sends: its size and rate, or why there is nothing.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;

use crate::sys::{control, lp64, timings};
use crate::{Error, Kind, SignalFault, Size};

/// A signal as the receiver measured it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// Visible pixels.
    pub size: Size,
    /// Two fields instead of one picture.
    pub interlaced: bool,
    /// From picture to picture; `None`: the receiver does not know the pixel clock.
    pub frame_period: Option<Duration>,
}

impl From<timings::Numbers> for Timings {
    fn from(n: timings::Numbers) -> Self {
        let pixels = u128::from(n.total_width) * u128::from(n.total_height);
        let nanoseconds = (pixels * 1_000_000_000).checked_div(u128::from(n.pixel_clock)).unwrap_or(0);
        let frame_period = u64::try_from(nanoseconds).ok().filter(|&ns| ns > 0).map(Duration::from_nanos);
        Self { size: Size { width: n.width, height: n.height }, interlaced: n.interlaced, frame_period }
    }
}

/// Where a receiver's timings are asked for and set. With drivers of the media controller that is a sub-device and not
/// the node pictures come from; today it is always the latter.
#[derive(Debug)]
pub(crate) struct Receiver<'a> {
    pub(crate) fd: BorrowedFd<'a>,
    pub(crate) path: &'a Arc<str>,
}

impl Receiver<'_> {
    /// What arrives now. [`Kind::NoSignal`]: nothing usable.
    pub(crate) fn measure(&self) -> Result<timings::Raw, Error> {
        let measured = timings::query(self.fd.as_fd()).map_err(|errno| self.fault(errno))?;
        let n = measured.numbers();
        if n.width == 0 || n.height == 0 {
            return Err(self.no_signal(SignalFault::NoSignal));
        }
        Ok(measured)
    }

    /// Makes the receiver take what it measured.
    pub(crate) fn adopt(&self, measured: &timings::Raw) -> Result<(), Error> {
        timings::set(self.fd, measured)
            .map_err(|errno| Error::errno(self.path, "setting the signal's timings", errno))
    }

    fn fault(&self, errno: Errno) -> Error {
        match errno {
            Errno::ENOLINK if self.power() == Some(false) => self.no_signal(SignalFault::NoCable),
            Errno::ENOLINK => self.no_signal(SignalFault::NoSignal),
            Errno::ENOLCK => self.no_signal(SignalFault::NoLock),
            Errno::ERANGE => self.no_signal(SignalFault::OutOfRange),
            Errno::ENOTTY | Errno::ENODATA => Error::errno(self.path, MEASURING, errno)
                .of_kind(Kind::Unsupported)
                .with_remedy("it is no HDMI receiver: do not ask for DV timings"),
            other => Error::errno(self.path, MEASURING, other),
        }
    }

    fn no_signal(&self, fault: SignalFault) -> Error {
        Error::words(self.path, MEASURING, Kind::NoSignal(fault), fault.to_string())
    }

    /// Whether the source's 5 V arrive, on any input; `None`: the receiver cannot tell. Some say yes without a cable, so only a
    /// "no" is worth anything.
    fn power(&self) -> Option<bool> {
        control::get(self.fd, lp64::V4L2_CID_DV_RX_POWER_PRESENT).ok().map(|inputs| inputs != 0)
    }
}

const MEASURING: &str = "measuring the signal";

#[cfg(test)]
mod tests {
    use super::*;

    fn period(pixel_clock: u64, total_width: u32, total_height: u32) -> Option<Duration> {
        let n = timings::Numbers {
            width: 1,
            height: 1,
            interlaced: false,
            pixel_clock,
            total_width,
            total_height,
        };
        Timings::from(n).frame_period
    }

    #[test]
    fn periods_of_well_known_modes() {
        assert_eq!(period(74_250_000, 1650, 750), Some(Duration::from_nanos(16_666_666)));
        assert_eq!(period(148_500_000, 2640, 1125), Some(Duration::from_nanos(20_000_000)));
        assert_eq!(period(154_000_000, 2080, 1235), Some(Duration::from_nanos(16_680_519)));
    }

    #[test]
    fn a_receiver_without_pixel_clock_has_no_period() {
        assert_eq!(period(0, 1650, 750), None);
        assert_eq!(period(u64::MAX, 1, 1), None);
    }
}
