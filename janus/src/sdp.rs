//! The offer: H.264 first, then, for who wants them, sound and the viewer's microphone in one medium. The core adds
//! ICE, DTLS, SSRCs and retransmission.

use crate::audio::packet;
use crate::message::Wishes;
use rtp::Level;

/// Which offer of which viewer: RFC 3264 wants the version raised by one with each new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Names the viewer's session.
    pub session: u64,
    /// Counts its offers from 1.
    pub version: u64,
}

/// What a viewer is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Which one it is.
    pub origin: Origin,
    /// What the viewer asked for.
    pub wishes: Wishes,
    /// That of the stream.
    pub level: Level,
}

impl Offer {
    /// The offer's text; `capture_time`: the core can tell when pictures were captured (`abs-capture-time`).
    pub fn to_sdp(&self, capture_time: bool) -> String {
        let mut lines = video(self.origin, self.level);
        if capture_time {
            lines.push("a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time".to_owned());
        }
        lines.extend(audio(self.wishes));
        lines.into_iter().map(|line| line + "\r\n").collect()
    }
}

/// The session and its picture.
///
/// The profile is constrained baseline whatever the stream's is: browsers decode others, and refuse offers that name them. The level is the stream's,
/// but not below 3.1: a computer changes its resolution, and no viewer does less.
fn video(origin: Origin, level: Level) -> Vec<String> {
    let Origin { session, version } = origin;
    let pt = rtp::PAYLOAD_TYPE;
    let level = level.max(Level::HD).idc();
    vec![
        "v=0".to_owned(),
        format!("o=- {session} {version} IN IP4 127.0.0.1"),
        "s=rustreamer".to_owned(),
        "t=0 0".to_owned(),
        format!("m=video 1 RTP/SAVPF {pt}"),
        "c=IN IP4 0.0.0.0".to_owned(),
        "a=sendonly".to_owned(),
        "a=mid:v".to_owned(),
        format!("a=rtpmap:{pt} H264/90000"),
        format!(
            "a=fmtp:{pt} profile-level-id=42e0{level:02x};packetization-mode=1;level-asymmetry-allowed=1"
        ),
        format!("a=rtcp-fb:{pt} ccm fir"),
        format!("a=rtcp-fb:{pt} nack"),
        format!("a=rtcp-fb:{pt} nack pli"),
        format!("a=rtcp-fb:{pt} goog-remb"),
        format!("a=rtcp-fb:{pt} transport-cc"),
        "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid".to_owned(),
        "a=extmap:2 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01".to_owned(),
        "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay".to_owned(),
        "a=extmap:4 urn:3gpp:video-orientation".to_owned(),
    ]
}

/// Sound, in the directions that are wanted. (No feedback is asked for: a lost packet comes too late to be sent again.)
fn audio(Wishes { audio, mic, .. }: Wishes) -> Vec<String> {
    let direction = match (audio, mic) {
        (true, true) => "a=sendrecv",
        (true, false) => "a=sendonly",
        (false, true) => "a=recvonly",
        (false, false) => return vec![],
    };
    let pt = packet::PAYLOAD_TYPE;
    vec![
        format!("m=audio 1 RTP/SAVPF {pt}"),
        "c=IN IP4 0.0.0.0".to_owned(),
        direction.to_owned(),
        "a=mid:a".to_owned(),
        format!("a=rtpmap:{pt} opus/48000/2"),
        format!("a=fmtp:{pt} stereo=1;sprop-stereo=1"),
        "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(audio: bool, mic: bool, capture_time: bool) -> String {
        let wishes = Wishes { audio, mic, ..Wishes::default() };
        Offer { origin: Origin { session: 7, version: 2 }, wishes, level: Level::HD }.to_sdp(capture_time)
    }

    const VIDEO: &str = "v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\ns=rustreamer\r\nt=0 0\r\n\
        m=video 1 RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=sendonly\r\na=mid:v\r\na=rtpmap:96 H264/90000\r\n\
        a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1\r\n\
        a=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 goog-remb\r\n\
        a=rtcp-fb:96 transport-cc\r\na=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
        a=extmap:2 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
        a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n\
        a=extmap:4 urn:3gpp:video-orientation\r\n";
    const CAPTURE_TIME: &str = "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time\r\n";

    #[test]
    fn golden() {
        assert_eq!(text(false, false, false), VIDEO);
        let audio = "m=audio 1 RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=sendrecv\r\na=mid:a\r\n\
            a=rtpmap:111 opus/48000/2\r\na=fmtp:111 stereo=1;sprop-stereo=1\r\n\
            a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n";
        assert_eq!(text(true, true, true), [VIDEO, CAPTURE_TIME, audio].concat());
    }

    #[test]
    fn the_level_is_the_stream_s_and_not_below_what_every_viewer_does() {
        for (idc, said) in [(30, "1f"), (31, "1f"), (40, "28"), (52, "34")] {
            let level = Level::of(&[0x67, 66, 0xc0, idc, 0]).unwrap();
            let offer = Offer { origin: Origin { session: 7, version: 2 }, wishes: Wishes::default(), level };
            assert!(offer.to_sdp(false).contains(&format!("profile-level-id=42e0{said};")), "{idc}");
        }
        for strange in [&[0x67, 66, 0xc0, 200, 0][..], &[0x68, 66, 0xc0, 40, 0], &[0x67, 66]] {
            assert_eq!(Level::of(strange), None);
        }
    }

    #[test]
    fn sound_goes_in_the_directions_that_are_wanted() {
        assert!(text(true, false, false).ends_with(&audio_of("a=sendonly")));
        assert!(text(false, true, false).ends_with(&audio_of("a=recvonly")));
    }

    fn audio_of(direction: &str) -> String {
        let wishes = Wishes { audio: true, mic: true, ..Wishes::default() };
        audio(wishes).join("\r\n").replace("a=sendrecv", direction) + "\r\n"
    }
}
