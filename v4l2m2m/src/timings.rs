//! What an HDMI source sends: its size and rate.

use std::time::Duration;

use crate::Size;
use crate::sys::timings;

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
