//! A running streamer: what it answers, what it leaves behind, and that clients cannot hurt it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustreamer_tests::streamer::{Streamer, eventually, free_port, program, sink_name, sink_path};

const SMALL: [&str; 2] = ["--device", "test:640x480@30"];
const SOON: Duration = Duration::from_secs(5);
/// A stop must not take longer, in any state.
const STOP: Duration = Duration::from_secs(1);

fn start(more: &[&str]) -> Streamer {
    Streamer::start(&[&SMALL[..], more].concat())
}

#[test]
fn state_tells_what_runs() {
    let streamer = start(&["--instance-id", "demo/1", "--janus-url", "ws://janus.example:8188/"]);
    let state = eventually("a second is over", SOON, || {
        let state = streamer.state();
        (state["source"]["captured_fps"].as_u64()? >= 25).then_some(state)
    });
    assert_eq!(state["instance_id"], "demo/1");
    assert_eq!(state["source"]["resolution"]["width"], 640);
    assert_eq!(state["source"]["online"], true);
    assert_eq!(state["h264"]["bitrate"], 5000);
    assert_eq!(state["sinks"]["h264"]["has_clients"], false);
    assert_eq!(state["janus"], "ws://janus.example:8188/");
    let clock = |state: &serde_json::Value| state["clock"]["monotonic_us"].as_u64().expect("a time");
    assert!(clock(&streamer.state()) > clock(&state));
}

#[test]
fn a_reader_makes_it_encode_and_nobody_does_not() {
    let streamer = start(&["--h264-sink-client-ttl", "1"]);
    let published = || streamer.state()["h264"]["published"].as_u64().expect("a count");
    let mut reader =
        memsink::Reader::new(streamer.sink().parse().expect("a sink name"), Duration::from_millis(100));
    let mut frame = memsink::Frame::with_capacity(memsink::Kind::H264);
    let start = Instant::now();
    let mut frames = 0;
    while start.elapsed() < Duration::from_secs(2) {
        if let Ok(memsink::Read::Frame) = reader.read(&mut frame, Duration::from_millis(200)) {
            frames += 1;
            assert_eq!((frame.info.width, frame.info.height), (640, 480));
            assert_eq!(frame.data[..3], [0, 0, 0], "Annex B begins with a start code");
        }
    }
    assert!(frames >= 50, "{frames} frames in two seconds");
    assert_eq!(streamer.state()["sinks"]["h264"]["has_clients"], true);
    drop(reader);
    eventually("the reader is forgotten", SOON, || {
        (streamer.state()["sinks"]["h264"]["has_clients"] == false).then_some(())
    });
    let before = published();
    std::thread::sleep(Duration::from_secs(1));
    assert!(published() - before <= 1, "it encodes although nobody reads");
}

#[test]
fn the_page_is_served_with_a_validator() {
    let streamer = start(&[]);
    let page = streamer.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert!(
        page.body.starts_with("<!doctype html>") || page.body.starts_with("<!DOCTYPE html>"),
        "{}",
        page.body
    );
    let tag = page.header("etag").expect("a validator");
    let again = streamer.ask("GET", "/", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let head = streamer.ask("HEAD", "/", "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some(page.body.len().to_string().as_str()));
}

#[test]
fn everything_the_page_names_is_there() {
    let streamer = start(&[]);
    let page = streamer.get("/").body;
    let named: Vec<&str> = page
        .split(['"', '\''])
        .filter(|text| [".js", ".css", ".svg"].iter().any(|end| text.ends_with(end)))
        .collect();
    assert!(named.len() >= 3, "{named:?}");
    for name in named {
        assert_eq!(streamer.get(&format!("/{name}")).status, 200, "{name}");
    }
    assert_eq!(streamer.get("/favicon.ico").header("location"), Some("/favicon.svg"));
}

#[test]
fn what_is_not_there_is_said_in_words() {
    let streamer = start(&["--allow-origin", "https://kvm.example"]);
    let unknown = streamer.get("/../../etc/passwd");
    assert_eq!(unknown.status, 404);
    assert!(unknown.body.contains("/state"), "{}", unknown.body);
    assert_eq!(streamer.ask("POST", "/state", "Content-Length: 1000000000\r\n").status, 501);
    let options = streamer.ask("OPTIONS", "/state", "Access-Control-Request-Method: GET\r\n");
    assert_eq!(options.status, 200);
    assert_eq!(options.header("access-control-allow-origin"), Some("https://kvm.example"));
    assert_eq!(options.header("access-control-allow-methods"), Some("GET"));
}

#[test]
fn a_stop_is_quick_and_takes_the_sink_along_when_asked_to() {
    for (signal, remove) in [(libc::SIGTERM, true), (libc::SIGINT, true), (libc::SIGTERM, false)] {
        let mut streamer = start(if remove { &["--h264-sink-rm"] } else { &[] });
        let sink = sink_path(streamer.sink());
        assert!(sink.exists());
        let _idle = TcpStream::connect(("127.0.0.1", streamer.port())).expect("a client that says nothing");
        let status = streamer.end(signal, STOP).expect("it stops within a second");
        assert_eq!(status.code(), Some(0));
        assert_eq!(sink.exists(), !remove, "--h264-sink-rm: {remove}");
    }
}

#[test]
fn a_stop_is_quick_while_somebody_watches() {
    let mut streamer = start(&["--h264-sink-rm"]);
    let mut dump = Command::new(program("ustreamer-dump"))
        .args(["--sink", streamer.sink()])
        .stderr(Stdio::null())
        .spawn()
        .expect("start ustreamer-dump");
    eventually("it encodes", SOON, || streamer.state()["h264"]["fps"].as_u64().filter(|fps| *fps > 10));
    let status = streamer.end(libc::SIGTERM, STOP);
    let _ = dump.kill();
    let _ = dump.wait();
    assert_eq!(status.and_then(|status| status.code()), Some(0), "it stops within a second");
    assert!(!sink_path(streamer.sink()).exists());
}

/// Who was away for a moment has a file with a gap, and is told so.
#[test]
fn a_dump_tells_that_it_missed_frames() {
    let streamer = start(&["--h264-sink-rm"]);
    let dump = Command::new(program("ustreamer-dump"))
        .args(["--sink", streamer.sink(), "--output", "/dev/null"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("start ustreamer-dump");
    let pid = dump.id() as i32;
    // SAFETY: kill(2) takes numbers only, and the child has not been waited for.
    let signal = |signal| unsafe { libc::kill(pid, signal) };
    let published = || streamer.state()["h264"]["published"].as_u64().expect("a count");
    let more = |frames: u64| {
        let before = published();
        eventually("more frames", SOON, || (published() >= before + frames).then_some(()));
    };
    eventually("somebody reads", SOON, || {
        (streamer.state()["sinks"]["h264"]["has_clients"] == true).then_some(())
    });
    more(5);
    signal(libc::SIGSTOP);
    more(10);
    signal(libc::SIGCONT);
    more(5);
    signal(libc::SIGTERM);
    let ended = dump.wait_with_output().expect("its end");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.contains("frames were missed"), "{said}");
}

#[test]
fn the_sink_has_the_mode_asked_for() {
    let streamer = start(&["--h264-sink-mode", "606"]);
    let mode = sink_path(streamer.sink()).metadata().expect("the sink").permissions().mode();
    assert_eq!(mode & 0o777, 0o606);
}

#[test]
fn it_starts_again_at_once_on_the_same_port_and_sink() {
    let (port, sink) = (free_port(), sink_name("h264"));
    for _ in 0..3 {
        let mut streamer = Streamer::start_with(port, sink.clone(), &SMALL);
        assert_eq!(streamer.get("/state").status, 200);
        assert!(streamer.end(libc::SIGTERM, STOP).is_some());
    }
}

/// A process that is not our child; ended with this value if it is still there.
struct Orphan(i32);

impl Drop for Orphan {
    fn drop(&mut self) {
        // SAFETY: kill(2) takes numbers only; a process that has ended makes it fail, which is fine.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
    }
}

#[test]
fn it_ends_with_its_parent_when_asked_to() {
    let (port, sink) = (free_port().to_string(), sink_name("h264"));
    // The shell is the parent; it tells the child's id and waits to be killed.
    let script = format!(
        "{} --exit-on-parent-death --device test:640x480@10 --h264-sink-rm --h264-sink {sink} --port {port} & echo $!; wait",
        program("ustreamer").display()
    );
    let mut shell =
        Command::new("sh").args(["-c", &script]).stdout(Stdio::piped()).spawn().expect("start sh");
    let mut id = [0; 16];
    let length = shell.stdout.as_mut().expect("stdout").read(&mut id).expect("an id");
    let id: i32 = String::from_utf8_lossy(&id[..length]).trim().parse().expect("a process id");
    let _orphan = Orphan(id);
    eventually("the sink is there", SOON, || sink_path(&sink).exists().then_some(()));
    shell.kill().expect("kill the parent");
    shell.wait().expect("the parent has ended");
    eventually("it follows its parent", STOP * 2, || (!sink_path(&sink).exists()).then_some(()));
    // Whoever inherited it may not have taken note of its end: then it is a zombie ("Z").
    eventually("the process is gone", STOP, || match std::fs::read_to_string(format!("/proc/{id}/stat")) {
        Ok(stat) => stat.contains(") Z ").then_some(()),
        Err(_) => Some(()),
    });
}

#[test]
fn slow_and_broken_clients_are_cut_and_hurt_nobody() {
    let streamer = start(&["--server-timeout", "1"]);
    let connect = || TcpStream::connect(("127.0.0.1", streamer.port())).expect("connect");
    // 300 clients that begin a request and never end it: more than the server holds at once.
    let slow: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = connect();
            stream.write_all(b"GET /state HTTP/1.1\r\nX-Slow: ").expect("write");
            stream
        })
        .collect();
    let mut broken = connect();
    broken.write_all(&[0xff; 4096]).expect("write");
    let captured = || streamer.state()["source"]["captured"].as_u64().expect("a count");
    let before = captured();
    std::thread::sleep(Duration::from_secs(1));
    let gained = captured() - before;
    assert!(gained >= 25, "only {gained} frames in the second after");
    for mut stream in slow {
        stream.set_read_timeout(Some(SOON)).expect("set a time limit");
        let mut rest = Vec::new();
        // Cut (end of file or reset), not kept: a time-out of our own would be WouldBlock.
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "a slow client is kept");
        }
    }
}

#[test]
fn a_huge_request_head_is_refused() {
    let streamer = start(&[]);
    let answer = streamer.ask("GET", "/state", &format!("X-Big: {}\r\n", "x".repeat(64 * 1024)));
    assert_eq!(answer.status, 431);
}
