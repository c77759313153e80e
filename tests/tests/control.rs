//! `/control`: what can be changed while it runs, by whom, and what cannot.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use memsink::{Frame, Kind, Read, Reader};
use rustreamer_tests::http::get;
use rustreamer_tests::streamer::{Answer, Streamer, eventually};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

fn start(more: &[&str]) -> Streamer {
    Streamer::start(&[&["--device", "test:640x480@30"], more].concat())
}

fn patch(streamer: &Streamer, body: &str) -> (Answer, Value) {
    let answer = streamer.ask("PATCH", "/control", &format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    let value = serde_json::from_str(&answer.body).unwrap_or_default();
    (answer, value)
}

#[test]
fn settings_change_while_it_runs() {
    let streamer = start(&["--h264-gop=0"]);
    let mut reader = Reader::new(streamer.sink().parse().unwrap(), Duration::from_secs(1));
    let mut frame = Frame::with_capacity(Kind::H264);
    let mut next = || {
        assert_eq!(reader.read(&mut frame, SOON).unwrap(), Read::Frame);
        (frame.info, frame.data.len())
    };
    while !next().0.key {}
    (0..30).for_each(|_| {
        next();
    });
    let much: usize = (0..60).map(|_| next().1).sum();

    let before = get(streamer.port(), "/snapshot").bytes().len();
    let (answer, value) = patch(&streamer, r#"{"bitrate": 25, "quality": 10}"#);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let settings = json!({"bitrate": 25, "gop": 0, "quality": 10, "fps": 0});
    assert_eq!(value, json!({"ok": true, "result": settings}));
    // The first may have been ready before.
    eventually("JPEGs are smaller", SOON, || {
        (get(streamer.port(), "/snapshot").bytes().len() < before * 2 / 3).then_some(())
    });
    // openh264 begins anew (that key frame may have passed meanwhile), and a moment later its rate control has settled.
    (0..60).for_each(|_| {
        next();
    });
    let little: usize = (0..60).map(|_| next().1).sum();
    assert!(little < much * 2 / 3, "{little} bytes after {much}");

    patch(&streamer, r#"{"gop": 7, "fps": 12}"#);
    while next().0.gop != 7 {}
    while !next().0.key {}
    let keys = (0..28).filter(|_| next().0.key).count();
    assert!((3..=5).contains(&keys), "{keys} key frames in four times seven");
    eventually("there are fewer of them", SOON, || {
        (0..12).for_each(|_| {
            next();
        });
        let state = streamer.state();
        (state["h264"]["fps"] == 12 && state["h264"]["bitrate"] == 25).then_some(())
    });

    // Without a distance there is no key frame but the one that is asked for.
    patch(&streamer, r#"{"gop": 0}"#);
    while next().0.gop != 0 {}
    (0..10).for_each(|_| {
        next();
    });
    assert!((0..20).all(|_| !next().0.key));
    // It may pass while the answer is read.
    eventually("a key frame", SOON, || {
        patch(&streamer, r#"{"key": true}"#);
        (0..5).any(|_| next().0.key).then_some(())
    });
}

#[test]
fn what_cannot_be_set_is_said_with_its_range() {
    let streamer = start(&[]);
    let (answer, value) = patch(&streamer, r#"{"fps": 5, "bitrate": 1}"#);
    assert_eq!((answer.status, &value["ok"]), (400, &json!(false)));
    assert!(value["error"].as_str().unwrap().contains("between 25 and 20000"), "{value}");
    let now: Value = serde_json::from_str(&streamer.get("/control").body).unwrap();
    assert_eq!(now["result"], json!({"bitrate": 5000, "gop": 30, "quality": 80, "fps": 0}));
    assert_eq!(
        now["limits"],
        json!({"bitrate": [25, 20_000], "gop": [0, 60], "quality": [1, 100], "fps": [1, 120]})
    );
    assert_eq!(streamer.ask("PATCH", "/state", "").status, 501);
    assert_eq!(streamer.ask("POST", "/control", "").status, 501);
    let huge = format!("Content-Length: {}\r\n\r\n{}", 4 << 20, "x".repeat(4 << 20));
    assert_eq!(streamer.ask("PATCH", "/control", &huge).status, 413);
    assert_eq!(streamer.get("/state").status, 200);
}

#[test]
fn settings_are_changed_by_those_only_who_may_watch() {
    // admin:x
    let authorized = "Authorization: Basic YWRtaW46eA==\r\n";
    let more = ["--device=test:640x480@30", "--user=admin", "--passwd=x"];
    let streamer = Streamer::start_with_headers(&more, authorized);
    let body = "Content-Length: 14\r\n\r\n{\"quality\": 1}\n";
    assert_eq!(streamer.ask("PATCH", "/control", body).status, 401);
    assert_eq!(streamer.ask("PATCH", "/control", &format!("{authorized}{body}")).status, 200);
}
