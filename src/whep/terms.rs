//! What a viewer's WebRTC is set to: the formats that it is offered, and what is kept for it to ask for again.
//!
//! What must always hold: nothing is agreed on that nobody here makes or hears.

use std::time::Duration;

use rtp::MAX_PACKET;
use str0m::crypto::dtls::DtlsCert;
use str0m::format::{Codec, CodecConfig, CodecSpec, FormatParams, PayloadParams};
use str0m::media::{Frequency, Mid, Pt};
use str0m::rtp::{Extension, ExtensionMap};
use str0m::{Rtc, RtcConfig};

/// How often losses and round-trip times are counted.
const STATISTICS: Duration = Duration::from_secs(1);

/// What a viewer may ask for again: the last packets, as many as the stream has in [`ENOUGH`] and at least [`KEPT`], and none for longer than [`KEPT_FOR`].
///
/// A packet is asked for a round trip after it was sent, and once more with each further one: at 150 ms, in 600 ms at least three times. With a loss of 5 %
/// each way that leaves 5 of 100,000 packets lost for good, and for these a key frame is asked. 320 packets are 600 ms of 5 Mbit/s; a slower stream is kept for
/// up to a second. Of each 432 bytes are kept, as the payload is shared: 135 KiB of a viewer's memory, which str0m does not give back before it leaves.
const KEPT: usize = 320;
const ENOUGH: Duration = Duration::from_millis(600);
/// For how long at most.
pub const KEPT_FOR: Duration = Duration::from_secs(1);
/// Which part of what is sent may be sent again (str0m's own choice); who loses more gets key frames.
pub const RESENT: f32 = 0.15;

/// The H.264 that is offered to viewers: numbers of the format and of its retransmissions where the offer has no others, and the profile with the
/// level. Whatever the stream's profile is, browsers decode it by the one that they name first. Only packetization-mode 1 (RFC 6184): that of our packets.
const FORMATS: [(u8, u8, u32); 4] =
    [(127, 121, 0x42_001f), (108, 109, 0x42_e01f), (123, 119, 0x4d_001f), (114, 115, 0x64_001f)];

/// Without feedback on each packet's arrival, and without an estimate of what gets through: what str0m makes of arrivals is too low for a stream that varies as
/// much as a screen's does, and costs probes on the way, and 123 KiB for each viewer. Losses and round-trip times come with reports.
pub fn configuration(certificate: DtlsCert) -> RtcConfig {
    let mut extensions = ExtensionMap::empty();
    extensions.set(4, Extension::RtpMid);
    extensions.set(5, Extension::PlayoutDelay);
    let mut config = RtcConfig::new()
        .set_dtls_cert(certificate)
        // The port is open to viewers, or else nothing helps: it is they who look for a way.
        .set_ice_lite(true)
        .set_rtp_mode(true)
        .set_extension_map(extensions)
        .set_stats_interval(Some(STATISTICS));
    *config.codec_config() = CodecConfig::new_from_payload_params(FORMATS.map(h264).into());
    config
}

fn h264((format, resend, profile): (u8, u8, u32)) -> PayloadParams {
    let format_params = FormatParams {
        level_asymmetry_allowed: Some(true),
        packetization_mode: Some(1),
        profile_level_id: Some(profile),
        ..FormatParams::default()
    };
    let spec = CodecSpec {
        codec: Codec::H264,
        clock_rate: Frequency::NINETY_KHZ,
        channels: None,
        format: format_params,
    };
    let mut params = PayloadParams::new(format.into(), Some(resend.into()), spec);
    params.set_fb_transport_cc(false);
    params.set_fb_remb(false);
    params
}

/// Of the videos that our answer sends the first one, and the number that its H.264 has there.
pub fn video(rtc: &mut Rtc, answer: &str) -> Option<(Mid, Pt)> {
    // (str0m tells of them only when the viewer is connected.)
    let sent = answer
        .split("\r\nm=")
        .filter(|media| media.starts_with("video ") && media.contains("\r\na=sendonly\r\n"));
    let mut mids = sent.filter_map(|media| media.split("\r\na=mid:").nth(1)?.lines().next().map(Mid::from));
    mids.find_map(|mid| {
        let offered = rtc.media(mid)?.remote_pts();
        let fits = |pt: &&Pt| {
            rtc.codec_config()
                .params()
                .iter()
                .any(|params| params.pt() == **pt && params.spec().codec == Codec::H264)
        };
        offered.iter().find(fits).map(|&pt| (mid, pt))
    })
}

/// How many packets of a stream of so many kbit/s are kept for a viewer.
pub fn kept(kbps: u32) -> usize {
    let bytes = u128::from(kbps) * ENOUGH.as_millis() / 8;
    KEPT.max(bytes as usize / MAX_PACKET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_600_ms_at_any_bitrate_and_at_least_some() {
        assert_eq!(kept(100), KEPT);
        for kbps in [5000, 20_000] {
            let bytes = (kept(kbps) + 1) * MAX_PACKET;
            assert!(bytes * 8 >= kbps as usize * 600, "{kbps} kbit/s: {bytes} bytes");
        }
    }
}
