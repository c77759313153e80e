//! `/stream`, `/snapshot` and their relatives: the bytes that µStreamer's clients parse.
#![allow(clippy::unwrap_used)]

use std::io::Read;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use memsink::Micros;
use rustreamer::source::Picture;
use rustreamer::source::jpeg::{Decoder, Rules};
use rustreamer::source::picture::Colour;
use rustreamer::source::test_picture::read_row;
use rustreamer_tests::http::{connect, get, request};
use rustreamer_tests::streamer::{Streamer, eventually, sink_name};
use serde_json::json;

const SOON: Duration = Duration::from_secs(20);
const MIXED: &str = "multipart/x-mixed-replace;boundary=boundarydonotcross";
const NEVER_STORED: &str =
    "no-store, no-cache, must-revalidate, proxy-revalidate, pre-check=0, post-check=0, max-age=0";

fn start(more: &[&str]) -> Streamer {
    Streamer::start(&[&["--device", "test:640x480@30"], more].concat())
}

fn names(headers: &[(String, String)]) -> Vec<&str> {
    headers.iter().map(|(name, _)| name.as_str()).collect()
}

/// The number of the test picture that this JPEG shows.
fn number(jpeg: &[u8]) -> u32 {
    let mut picture = Picture::new(v4l2m2m::Size::default(), Colour::BLACK);
    let mut decoder = Decoder::new(Rules::default()).unwrap();
    decoder.take(jpeg).unwrap();
    decoder.decode(&mut picture).unwrap();
    assert_eq!((picture.width(), picture.height()), (640, 480));
    read_row(picture.planes()[0], 640, 640, 1).expect("the number is readable")
}

#[test]
fn the_stream_is_framed_as_ustreamers() {
    let streamer = start(&["--instance-id", "demo/1"]);
    let mut stream = get(streamer.port(), "/stream?key=a%20b");
    assert_eq!(stream.status, "HTTP/1.0 200 OK");
    assert_eq!(stream.header("Content-Type"), Some(MIXED));
    assert_eq!(stream.header("Cache-Control"), Some(NEVER_STORED));
    assert_eq!(stream.header("Pragma"), Some("no-cache"));
    assert_eq!(stream.header("Expires"), Some("Mon, 3 Jan 2000 12:34:56 GMT"));
    assert_eq!(stream.header("Content-Length"), None);
    assert_eq!(stream.header("Transfer-Encoding"), None, "the parts come bare");
    let written = names(&stream.headers);
    assert!(written.contains(&"Cache-Control") && written.contains(&"Set-Cookie"), "{written:?}");

    let cookie = stream.header("Set-Cookie").unwrap();
    let id = cookie
        .strip_prefix("stream_client_demo/1=a%20b/")
        .and_then(|rest| rest.strip_suffix("; path=/; max-age=30"));
    let id = id.unwrap_or_else(|| panic!("{cookie}")).to_owned();
    assert!(u64::from_str_radix(&id, 16).is_ok(), "{id}");

    let mut last = None;
    for _ in 0..10 {
        let part = stream.part();
        assert_eq!(names(&part.headers), ["Content-Type", "Content-Length", "X-Timestamp"]);
        assert_eq!(part.header("Content-Type"), Some("image/jpeg"));
        let (seconds, micros) = part.header("X-Timestamp").unwrap().split_once('.').unwrap();
        assert!(seconds.parse::<u64>().unwrap() > 1_700_000_000 && micros.len() == 6);
        let number = number(&part.data);
        assert!(last.is_none_or(|last| number > last), "{number} after {last:?}");
        last = Some(number);
    }
    let state = streamer.state();
    assert_eq!(state["stream"]["clients"], 1);
    let mut client = state["stream"]["clients_stat"][&id].clone();
    assert!(client["fps"].is_u64());
    client["fps"] = json!(0);
    assert_eq!(
        client,
        json!({"fps": 0, "extra_headers": false, "advance_headers": false, "dual_final_frames": false,
            "zero_data": false, "key": "a%20b"})
    );
}

#[test]
fn extra_headers_tell_of_the_picture() {
    let streamer = start(&[]);
    let mut stream = get(streamer.port(), "/stream?extra_headers=1");
    let part = stream.part();
    assert_eq!(
        names(&part.headers),
        [
            "Content-Type",
            "Content-Length",
            "X-Timestamp",
            "X-UStreamer-Online",
            "X-UStreamer-Dropped",
            "X-UStreamer-Width",
            "X-UStreamer-Height",
            "X-UStreamer-Client-FPS",
            "X-UStreamer-Grab-Begin-Time",
            "X-UStreamer-Grab-End-Time",
            "X-UStreamer-Encode-Begin-Time",
            "X-UStreamer-Encode-End-Time",
            "X-UStreamer-Expose-Begin-Time",
            "X-UStreamer-Expose-Cmp-Time",
            "X-UStreamer-Expose-End-Time",
            "X-UStreamer-Send-Time",
            "X-UStreamer-Latency",
        ]
    );
    assert_eq!(part.header("X-UStreamer-Online"), Some("true"));
    assert_eq!((part.number("X-UStreamer-Width"), part.number("X-UStreamer-Height")), (640.0, 480.0));
    let times =
        ["Grab-Begin", "Grab-End", "Encode-Begin", "Encode-End", "Expose-Begin", "Expose-End", "Send"]
            .map(|name| part.number(&format!("X-UStreamer-{name}-Time")));
    assert!(times.is_sorted(), "{times:?}");
    assert!((times[6] - times[0] - part.number("X-UStreamer-Latency")).abs() < 0.000_01);
    let now = Micros::now().0 as f64 / 1e6;
    assert!(times[0] > 0.0 && times[6] <= now, "they are of the monotonic clock");
    let fps = eventually("a second is over", SOON, || {
        let fps = stream.part().number("X-UStreamer-Client-FPS");
        (fps > 0.0).then_some(fps)
    });
    assert!(fps <= 31.0, "{fps}");
}

/// Reads until these bytes have come, and returns all before them.
fn until(from: &mut impl Read, end: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(end) {
        from.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    bytes.truncate(bytes.len() - end.len());
    bytes
}

#[test]
fn advance_headers_come_before_their_picture() {
    let streamer = start(&[]);
    let mut stream = get(streamer.port(), "/stream?advance_headers=1");
    for round in 0..3 {
        let head = until(&mut stream.body, b"\r\n\r\n");
        let head = String::from_utf8(head).unwrap();
        let lines: Vec<&str> = head.split("\r\n").collect();
        let [boundary, kind, time] = lines[..] else { panic!("{lines:?}") };
        assert_eq!((boundary, kind), ("--boundarydonotcross", "Content-Type: image/jpeg"), "{round}");
        assert!(time.starts_with("X-Timestamp: "), "{time}");
        // Of the picture the end marker only ends it where the next boundary follows.
        let mut jpeg = until(&mut stream.body, b"\xff\xd9\r\n");
        jpeg.extend(b"\xff\xd9");
        number(&jpeg);
    }
}

#[test]
fn zero_data_sends_headers_only() {
    let streamer = start(&[]);
    let mut stream = get(streamer.port(), "/stream?zero_data=1&extra_headers=1");
    for _ in 0..3 {
        let part = stream.part();
        assert_eq!((part.header("Content-Length"), part.data.len()), (Some("0"), 0));
        assert_eq!(part.number("X-UStreamer-Width"), 640.0);
    }
}

#[test]
fn snapshots_are_fresh_whole_and_tell_of_themselves() {
    let streamer = start(&[]);
    let mut last = None;
    for target in ["/snapshot", "/?action=snapshot", "/snapshot?n=5"] {
        // Who asks often may get one that was ready.
        sleep(Duration::from_millis(300));
        let asked = Micros::now().0 as f64 / 1e6;
        let snapshot = get(streamer.port(), target);
        assert_eq!(snapshot.status, "HTTP/1.1 200 OK", "{target}");
        assert_eq!(snapshot.header("Content-Type"), Some("image/jpeg"));
        assert_eq!(snapshot.header("Cache-Control"), Some(NEVER_STORED));
        assert_eq!(snapshot.header("X-UStreamer-Online"), Some("true"));
        assert_eq!(snapshot.header("X-UStreamer-Width"), Some("640"));
        assert_eq!(snapshot.header("X-UStreamer-Height"), Some("480"));
        let times = ["Grab-Begin", "Grab-End", "Encode-Begin", "Encode-End", "Send"].map(|name| {
            let name = format!("X-UStreamer-{name}-Timestamp");
            snapshot.header(&name).unwrap_or_else(|| panic!("{name}")).parse::<f64>().unwrap()
        });
        assert!(
            times.is_sorted() && times[0] >= asked - 0.000_001,
            "captured after the request: {asked}, {times:?}"
        );
        assert!(snapshot.header("X-Timestamp").is_some() && snapshot.header("Set-Cookie").is_none());
        let length: usize = snapshot.header("Content-Length").unwrap().parse().unwrap();
        let jpeg = snapshot.bytes();
        assert_eq!(jpeg.len(), length);
        assert!(jpeg.ends_with(&[0xff, 0xd9]), "nothing follows it");
        let number = number(&jpeg);
        assert!(last.is_none_or(|last| number > last));
        last = Some(number);
    }
    for _ in 0..20 {
        let asked = Micros::now().0 as f64 / 1e6;
        let snapshot = get(streamer.port(), "/snapshot");
        let captured: f64 = snapshot.header("X-UStreamer-Grab-Begin-Timestamp").unwrap().parse().unwrap();
        assert!(captured >= asked - 0.060_001, "asked at {asked}, captured at {captured}");
        let number = number(&snapshot.bytes());
        assert!(last.is_none_or(|last| number >= last));
        last = Some(number);
    }
    let mut stream = get(streamer.port(), "/?action=stream&key=x");
    assert!(stream.header("Set-Cookie").unwrap().starts_with("stream_client=x/"));
    number(&stream.part().data);
}

#[test]
fn without_a_signal_there_is_a_picture_of_that_at_once() {
    let streamer =
        Streamer::start(&["--device", "/dev/video-that-is-not-there", "--persistent", "-r", "800x600"]);
    let asked = Micros::now().0 as f64 / 1e6;
    let snapshot = get(streamer.port(), "/snapshot");
    assert_eq!((snapshot.code(), snapshot.header("X-UStreamer-Online")), (200, Some("false")));
    assert_eq!(snapshot.header("X-UStreamer-Width"), Some("800"));
    let made: f64 = snapshot.header("X-UStreamer-Grab-Begin-Timestamp").unwrap().parse().unwrap();
    assert!(made < asked, "it was there before it was asked for");
    let jpeg = snapshot.bytes();
    assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.len() > 3000, "there are words in it");
    let mut stream = get(streamer.port(), "/stream?extra_headers=1");
    for _ in 0..3 {
        let part = stream.part();
        assert_eq!(
            (part.header("X-UStreamer-Online"), &part.data),
            (Some("false"), &jpeg),
            "again and again"
        );
    }
    assert_eq!(streamer.state()["stream"]["published"], 1, "it was encoded once");
}

#[test]
fn a_fake_resolution_is_in_state_only() {
    let streamer = start(&["--fake-resolution", "123x45"]);
    let resolution = &streamer.state()["source"]["resolution"];
    assert_eq!((&resolution["width"], &resolution["height"]), (&json!(123), &json!(45)));
    assert_eq!(get(streamer.port(), "/snapshot").header("X-UStreamer-Width"), Some("640"));
}

#[test]
fn nobody_watching_means_no_jpeg() {
    let streamer = start(&[]);
    let published = || streamer.state()["stream"]["published"].as_u64().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(published(), 0);
    let mut stream = get(streamer.port(), "/stream");
    stream.part();
    stream.part();
    assert!(published() >= 2);
    drop(stream);
    eventually("the client has left", SOON, || {
        (streamer.state()["stream"]["clients_stat"] == json!({})).then_some(())
    });
    let before = eventually("what was under way is done", SOON, || {
        let before = published();
        std::thread::sleep(Duration::from_millis(500));
        (published() == before).then_some(before)
    });
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(published(), before);
}

#[test]
fn methods_are_ustreamers() {
    let streamer = start(&["--allow-origin", "https://kvm.example"]);
    for target in ["/", "/state", "/snapshot", "/stream", "/?action=stream", "/metrics"] {
        let head = request(connect(streamer.port()), "HEAD", target, "");
        assert_eq!(
            (head.code(), head.header("Access-Control-Allow-Origin")),
            (200, Some("https://kvm.example"))
        );
        assert_eq!(head.bytes(), b"", "{target}");
        let options = request(connect(streamer.port()), "OPTIONS", target, "");
        assert_eq!(options.code(), 200, "{target}");
        let post = request(connect(streamer.port()), "POST", target, "Content-Length: 0\r\n");
        assert_eq!(post.code(), 501, "{target}");
    }
    assert_eq!(streamer.state()["stream"]["published"], 0, "HEAD makes no pictures");
}

#[test]
fn metrics_are_for_prometheus() {
    let streamer = start(&[]);
    let mut stream = get(streamer.port(), "/stream");
    stream.part();
    let metrics = get(streamer.port(), "/metrics");
    assert_eq!(metrics.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = String::from_utf8(metrics.bytes()).unwrap();
    for line in [
        "ustreamer_online 1",
        "ustreamer_stream_clients 1",
        "ustreamer_resolution_pixels{side=\"width\"} 640",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is not in {text}");
    }
}

#[test]
fn the_jpeg_sink_has_what_the_stream_has() {
    let name = sink_name("jpeg");
    let streamer = start(&["--jpeg-sink", &name, "--jpeg-sink-rm", "--quality", "90"]);
    let mut reader = memsink::Reader::new(name.parse().unwrap(), Duration::from_secs(1));
    let mut frame = memsink::Frame::with_capacity(memsink::Kind::Jpeg);
    let mut last = None;
    for _ in 0..5 {
        assert_eq!(reader.read(&mut frame, SOON).unwrap(), memsink::Read::Frame);
        assert_eq!(
            (frame.info.width, frame.info.format, frame.info.online),
            (640, memsink::FORMAT_JPEG, true)
        );
        let number = number(&frame.data);
        assert!(last.is_none_or(|last| number > last));
        last = Some(number);
    }
    let state = streamer.state();
    assert_eq!(state["sinks"]["jpeg"]["has_clients"], true);
    assert_eq!(state["encoder"]["type"], "CPU");
    assert_eq!(state["encoder"]["quality"], 90);
}

#[test]
fn ffmpeg_and_curl_take_the_stream() {
    let streamer = start(&[]);
    let url = format!("http://127.0.0.1:{}/stream", streamer.port());
    let ffmpeg = Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-xerror",
            "-f",
            "mpjpeg",
            "-i",
            &url,
            "-frames:v",
            "20",
            "-f",
            "framemd5",
            "-",
        ])
        .output()
        .expect("run ffmpeg");
    assert!(ffmpeg.status.success(), "{}", String::from_utf8_lossy(&ffmpeg.stderr));
    let text = String::from_utf8(ffmpeg.stdout).unwrap();
    let mut pictures: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(pictures.len(), 20);
    pictures.sort_unstable_by_key(|line| line.rsplit(',').next());
    pictures.dedup_by_key(|line| line.rsplit(',').next());
    assert_eq!(pictures.len(), 20, "each is another one");
    // curl is cut off by head, which is how people look at it.
    let curl = Command::new("sh")
        .args(["-c", &format!("curl -sN '{url}' | head -c 100000 | grep -ac '^--boundarydonotcross'")])
        .output()
        .expect("run curl");
    let parts: u32 = String::from_utf8(curl.stdout).unwrap().trim().parse().unwrap();
    assert!(parts >= 2, "{parts}");
}
