//! Moments on the wall clock, as `abs-capture-time` says them.
//!
//! What must always hold: the time of a packet is that of its capture, however old it is when it is sent: viewers
//! who join late begin with pictures of a second ago.

use memsink::Micros;
use rtp::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// From NTP's epoch, 1900, to that of Unix, in seconds.
const UNIX: u64 = 2_208_988_800;
/// The clock of video timestamps, in Hz.
const CLOCK: i128 = 90_000;

/// Seconds since 1900, times 2^32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ntp(pub u64);

/// What both clocks show at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    video: Timestamp,
    wall: Ntp,
}

impl Clocks {
    /// Now.
    pub fn now() -> Clocks {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let fraction = (u64::from(unix.subsec_nanos()) << 32) / 1_000_000_000;
        Clocks { video: Timestamp::of(Micros::now()), wall: Ntp((unix.as_secs() + UNIX) << 32 | fraction) }
    }

    /// When a packet of video with this header was captured; `None` if it is no whole header.
    pub fn capture_of(&self, packet: &[u8]) -> Option<Ntp> {
        let stamp = u32::from_be_bytes(packet.get(4..8)?.try_into().ok()?);
        // Of 32 bits, half are the past: more than six hours.
        let age = i128::from(self.video.0.wrapping_sub(stamp) as i32);
        Some(Ntp((i128::from(self.wall.0) - (age << 32) / CLOCK) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(stamp: u32) -> Vec<u8> {
        [&[0x80, 96, 0, 0][..], &stamp.to_be_bytes(), &[0; 4]].concat()
    }

    #[test]
    fn a_packet_is_as_old_as_its_timestamp_says() {
        let clocks = Clocks { video: Timestamp(1000), wall: Ntp(50 << 32) };
        assert_eq!(clocks.capture_of(&packet(1000)), Some(Ntp(50 << 32)));
        assert_eq!(
            clocks.capture_of(&packet(1000u32.wrapping_sub(45_000))),
            Some(Ntp(99 << 31)),
            "half a second"
        );
        assert_eq!(clocks.capture_of(&packet(1000 + 90_000)), Some(Ntp(51 << 32)), "not yet");
        assert_eq!(clocks.capture_of(&[0x80, 96]), None);
    }

    #[test]
    fn now_is_in_this_century() {
        let seconds = Clocks::now().wall.0 >> 32;
        // 2025 to 2036, when NTP's seconds begin anew.
        assert!((3_944_678_400..1 << 32).contains(&seconds), "{seconds}");
    }
}
