//! The offer: one H.264 stream, sent only. The core adds ICE, DTLS, SSRCs and retransmission.

use rtp::PAYLOAD_TYPE;

/// Which offer of which viewer: RFC 3264 wants the version raised by one with each new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Names the viewer's session.
    pub session: u64,
    /// Counts its offers from 1.
    pub version: u64,
}

/// The offer's text.
///
/// The profile is constrained baseline at level 3.1 whatever the stream's level is: browsers decode higher levels,
/// and refuse offers that name them.
pub fn offer(origin: Origin) -> String {
    let Origin { session, version } = origin;
    let pt = PAYLOAD_TYPE;
    [
        "v=0".to_owned(),
        format!("o=- {session} {version} IN IP4 127.0.0.1"),
        "s=rustreamer".to_owned(),
        "t=0 0".to_owned(),
        format!("m=video 1 RTP/SAVPF {pt}"),
        "c=IN IP4 0.0.0.0".to_owned(),
        "a=sendonly".to_owned(),
        "a=mid:v".to_owned(),
        format!("a=rtpmap:{pt} H264/90000"),
        format!("a=fmtp:{pt} profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1"),
        format!("a=rtcp-fb:{pt} ccm fir"),
        format!("a=rtcp-fb:{pt} nack"),
        format!("a=rtcp-fb:{pt} nack pli"),
        format!("a=rtcp-fb:{pt} goog-remb"),
        format!("a=rtcp-fb:{pt} transport-cc"),
        "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid".to_owned(),
        "a=extmap:2 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01".to_owned(),
        "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay".to_owned(),
    ]
    .map(|line| line + "\r\n")
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden() {
        let golden = "v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\ns=rustreamer\r\nt=0 0\r\n\
            m=video 1 RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=sendonly\r\na=mid:v\r\na=rtpmap:96 H264/90000\r\n\
            a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1\r\n\
            a=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 goog-remb\r\n\
            a=rtcp-fb:96 transport-cc\r\na=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
            a=extmap:2 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
            a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n";
        assert_eq!(offer(Origin { session: 7, version: 2 }), golden);
    }
}
