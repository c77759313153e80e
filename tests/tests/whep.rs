//! WebRTC without Janus, as HTTP clients and strangers see it: what is refused, with which words; and that the port for media bears anything.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use rustreamer_tests::http::{Reply, connect, get, request_with_body};
use rustreamer_tests::streamer::{Streamer, eventually, free_port, run};
use serde_json::Value;

const SOON: Duration = Duration::from_secs(20);
const DEVICE: [&str; 2] = ["--device", "test:640x480@30"];

/// An offer as Chromium makes it, of one video to receive, shortened.
const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n\
a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=ice-options:trickle\r\n\
a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\
a=setup:actpass\r\na=mid:0\r\n\
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\na=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
a=recvonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
a=rtpmap:102 H264/90000\r\na=rtcp-fb:102 transport-cc\r\na=rtcp-fb:102 ccm fir\r\na=rtcp-fb:102 nack\r\na=rtcp-fb:102 nack pli\r\n\
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\na=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n";

fn start(more: &[&str]) -> Streamer {
    Streamer::start(&[&DEVICE[..], &["--whep", "--whep-port=0"], more].concat())
}

fn ask(streamer: &Streamer, method: &str, target: &str, headers: &str, body: &str) -> Reply<TcpStream> {
    let mut all = headers.to_owned();
    let _ = write!(all, "Content-Length: {}\r\n", body.len());
    request_with_body(connect(streamer.port()), method, target, &all, body)
}

fn offer(streamer: &Streamer, body: &str) -> Reply<TcpStream> {
    ask(streamer, "POST", "/whep", "Content-Type: application/sdp\r\n", body)
}

fn whep(streamer: &Streamer) -> Value {
    streamer.state()["whep"].clone()
}

fn words(reply: Reply<TcpStream>) -> String {
    String::from_utf8(reply.bytes()).unwrap()
}

#[test]
fn an_offer_is_answered_and_a_session_ended() {
    let streamer = start(&[
        "--whep-host=203.0.113.7",
        "--ice-server=stun:stun.example:3478",
        "--ice-server=turn:me:pw@turn.example:3478",
    ]);
    let reply = offer(&streamer, OFFER);
    assert_eq!(reply.code(), 201);
    let place = reply.header("location").unwrap().to_owned();
    assert!(place.starts_with("/whep/") && place.len() == "/whep/".len() + 32, "{place}");
    assert_eq!(reply.header("content-type"), Some("application/sdp"));
    let links: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("link"))
        .map(|(_, value)| value.clone())
        .collect();
    assert_eq!(links.len(), 2);
    assert_eq!(links[0], r#"<stun:stun.example:3478>; rel="ice-server""#);
    let port = whep(&streamer)["port"].as_u64().unwrap();
    let answer = words(reply);
    for line in
        ["m=video 9 UDP/TLS/RTP/SAVPF 102", "a=ice-lite", "a=sendonly", "a=mid:0", "a=fingerprint:sha-256"]
    {
        assert!(answer.contains(line), "{line} is missing: {answer}");
    }
    assert!(answer.contains(&format!(" 203.0.113.7 {port} typ host")), "the NAT's address: {answer}");
    assert!(answer.contains("tcptype passive"), "{answer}");
    assert!(!answer.contains("VP8"));
    assert_eq!(whep(&streamer)["viewers"].as_array().unwrap().len(), 1);
    assert_eq!(
        ask(&streamer, "PATCH", &place, "Content-Type: application/trickle-ice-sdpfrag\r\n", "").code(),
        405
    );
    assert_eq!(ask(&streamer, "DELETE", &place, "", "").code(), 200);
    assert_eq!(ask(&streamer, "DELETE", &place, "", "").code(), 404, "it is gone");
    assert_eq!(whep(&streamer)["viewers"].as_array().unwrap().len(), 0);
    let metrics = words(get(streamer.port(), "/metrics"));
    assert!(
        metrics.contains("\nustreamer_webrtc_sessions_total 1\n")
            && metrics.contains("\nustreamer_webrtc_viewers 0\n")
    );
}

#[test]
fn what_cannot_be_answered_is_refused_with_words() {
    let streamer = start(&[]);
    let without_h264 = OFFER.replace("H264/90000", "VP9/90000");
    let large = format!("{OFFER}a=x:{}\r\n", "y".repeat(70_000));
    for (body, code, said) in [
        ("", 400, "no offer"),
        ("{}", 400, "no offer"),
        ("\u{0}\u{1}", 400, "no offer"),
        (&OFFER[..200], 400, "no offer"),
        (&OFFER.replace("a=fingerprint", "a=footprint"), 400, "fingerprint"),
        (&without_h264, 422, "no H.264 video"),
        (&OFFER.replace("recvonly", "sendonly"), 422, "no H.264 video"),
        (&large, 413, "64 KiB"),
    ] {
        let reply = offer(&streamer, body);
        let start = &body[..body.len().min(20)];
        assert_eq!(reply.code(), code, "{start:?}");
        let text = words(reply);
        assert!(text.contains(said), "{start:?}: {text}");
    }
    let reply = ask(&streamer, "POST", "/whep", "Content-Type: application/json\r\n", OFFER);
    assert_eq!(reply.code(), 415);
    let reply = ask(
        &streamer,
        "POST",
        "/whep",
        "Content-Type: application/sdp\r\nOrigin: http://evil.example\r\n",
        OFFER,
    );
    assert_eq!(reply.code(), 403, "another site's page");
    assert_eq!(get(streamer.port(), "/whep").code(), 405);
    assert_eq!(ask(&streamer, "DELETE", "/whep/x", "", "").code(), 404);
    assert_eq!(ask(&streamer, "POST", "/state", "", "").code(), 501, "elsewhere nothing has changed");
    assert_eq!(whep(&streamer)["viewers"].as_array().unwrap().len(), 0);
    assert_eq!(offer(&streamer, OFFER).code(), 201, "who is right is served after all that");
}

#[test]
fn a_client_learns_what_it_may_do() {
    let streamer = start(&["--allow-origin=https://kvm.example"]);
    let reply = ask(
        &streamer,
        "OPTIONS",
        "/whep",
        "Origin: https://kvm.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n",
        "",
    );
    assert_eq!((reply.code(), reply.header("accept-post")), (200, Some("application/sdp")));
    assert_eq!(reply.header("access-control-allow-methods"), Some("POST"));
    let reply = ask(
        &streamer,
        "POST",
        "/whep",
        "Content-Type: application/sdp\r\nOrigin: https://kvm.example\r\n",
        OFFER,
    );
    assert_eq!(reply.code(), 201);
    assert!(reply.header("access-control-expose-headers").unwrap().contains("Location"));
}

#[test]
fn a_password_guards_it_too() {
    let who = "Authorization: Basic bWU6cHc=\r\n";
    let arguments = [&DEVICE[..], &["--whep", "--whep-port=0", "--user=me", "--passwd=pw"]].concat();
    let streamer = Streamer::start_with_headers(&arguments, who);
    assert_eq!(offer(&streamer, OFFER).code(), 401);
    let reply = ask(&streamer, "POST", "/whep", &format!("Content-Type: application/sdp\r\n{who}"), OFFER);
    assert_eq!(reply.code(), 201);
}

#[test]
fn without_the_option_there_is_none() {
    let streamer = Streamer::start(&DEVICE);
    let reply = offer(&streamer, OFFER);
    assert_eq!(reply.code(), 404);
    assert!(words(reply).contains("--whep"));
    assert!(streamer.state().get("whep").is_none());
}

#[test]
fn so_many_and_no_more() {
    let streamer = start(&[]);
    for _ in 0..64 {
        assert_eq!(offer(&streamer, OFFER).code(), 201);
    }
    let reply = offer(&streamer, OFFER);
    assert_eq!((reply.code(), reply.header("retry-after")), (503, Some("10")));
    assert!(words(reply).contains("64 viewers"));
    // None of them ever connects.
    eventually("there is room again", Duration::from_secs(90), || {
        (whep(&streamer)["viewers"].as_array()?.is_empty()).then_some(())
    });
    assert_eq!(offer(&streamer, OFFER).code(), 201);
}

#[test]
fn the_port_for_media_bears_anything() {
    let mut streamer = start(&[]);
    let port = whep(&streamer)["port"].as_u64().unwrap() as u16;
    let reply = offer(&streamer, OFFER);
    let answer = words(reply);
    let own = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    // STUN (RFC 8489) with our name in it and a wrong proof; the same cut short; DTLS, RTP, RTCP; nothing at all.
    let mut stun = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    stun.extend([7; 12]);
    let name = format!("{own}:abcd");
    stun.extend([0, 6, 0, name.len() as u8]);
    stun.extend(name.as_bytes());
    stun.resize(stun.len().next_multiple_of(4), 0);
    stun.extend([0, 8, 0, 20]);
    stun.extend([9; 20]);
    stun[3] = (stun.len() - 20) as u8;
    let mut datagrams: Vec<Vec<u8>> = (0..=stun.len()).map(|length| stun[..length].to_vec()).collect();
    datagrams.extend((0..=255u8).map(|first| [&[first][..], &[0; 60]].concat()));
    datagrams.push(vec![0xff; 1400]);
    for datagram in &datagrams {
        socket.send_to(datagram, ("127.0.0.1", port)).unwrap();
    }
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0, 0], &[0xff, 0xff, 1], &[0, 20, 0, 1, 0, 0]] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(bytes).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let _ = stream.read(&mut [0; 64]);
    }
    // Connections that say nothing, more than there are places for.
    let silent: Vec<TcpStream> =
        (0..120).filter_map(|_| TcpStream::connect(("127.0.0.1", port)).ok()).collect();
    assert_eq!(offer(&streamer, OFFER).code(), 201);
    assert_eq!(get(streamer.port(), "/snapshot").code(), 200);
    drop(silent);
    let ended = streamer.end(15, SOON).expect("it ends");
    assert!(ended.success(), "{ended:?}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let other = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let http = free_port().to_string();
    let ended = run(&["--device", "test:640x480@30", "--whep", "--whep-port", &port, "--port", &http]);
    assert_eq!(ended.code, Some(4));
    assert!(
        ended.stderr.contains(&format!("port {port}")) && ended.stderr.contains("--whep-port"),
        "{}",
        ended.stderr
    );
}

#[test]
fn nobody_watching_means_no_work() {
    let arguments = [&DEVICE[..], &["--whep", "--whep-port=0"]].concat();
    let streamer = Streamer::start_without_sink(&arguments);
    assert!(streamer.state()["sinks"].get("h264").is_none());
    let published = || streamer.state()["h264"]["published"].as_u64().unwrap();
    let rests = || {
        eventually("no stream is made", SOON, || {
            let before = published();
            std::thread::sleep(Duration::from_millis(500));
            (published() == before).then_some(before)
        })
    };
    let before = rests();
    let place = offer(&streamer, OFFER).header("location").unwrap().to_owned();
    eventually("the stream is made", SOON, || (published() > before + 5).then_some(()));
    assert_eq!(ask(&streamer, "DELETE", &place, "", "").code(), 200);
    rests();
}
