//! The command lines of those who use µStreamer start a streamer, and it streams.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use memsink::{Frame, Kind, Read, Reader};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustreamer_tests::http::{get, request};
use rustreamer_tests::streamer::{Streamer, eventually, program, sink_name, sink_path};

const SOON: Duration = Duration::from_secs(20);

/// Reads a frame of this sink.
fn frame(name: &str, kind: Kind) -> Frame {
    let mut reader = Reader::new(name.parse().unwrap(), Duration::from_secs(1));
    let mut frame = Frame::with_capacity(kind);
    // The first may be one that says that there is nothing yet.
    for _ in 0..100 {
        assert_eq!(reader.read(&mut frame, SOON).unwrap(), Read::Frame);
        if frame.info.online && (kind != Kind::H264 || frame.info.key) {
            break;
        }
    }
    frame
}

#[test]
fn kvmds_starts_and_streams() {
    let socket = std::env::temp_dir().join(format!("rustreamer-kvmd-{}.sock", std::process::id()));
    let (jpeg, h264) = (sink_name("jpeg"), sink_name("h264"));
    // What others have too is replaced, nothing else.
    let own = |argument: &str| match argument.split_once('=') {
        Some((name @ "--device", _)) => format!("{name}=test:640x480@30"),
        Some((name @ "--unix", _)) => format!("{name}={}", socket.display()),
        Some((name @ "--jpeg-sink", _)) => format!("{name}={jpeg}"),
        Some((name @ "--h264-sink", _)) => format!("{name}={h264}"),
        _ => argument.to_owned(),
    };
    let kvmd: Vec<String> = include_str!("../command-lines/kvmd").lines().map(own).collect();
    // Whoever is told by signals wants them: the test's own process does not, so a shell is the parent.
    let script = format!(
        "trap : USR2; {} {} & echo $!; while :; do wait; sleep 0.1; done",
        program("ustreamer").display(),
        kvmd.join(" ")
    );
    let mut shell = Command::new("sh").args(["-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
    let id = BufReader::new(shell.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    eventually("the sinks are there", SOON, || {
        (sink_path(&jpeg).exists() && sink_path(&h264).exists()).then_some(())
    });
    let picture = frame(&jpeg, Kind::Jpeg);
    let unit = frame(&h264, Kind::H264);
    let answer =
        request(std::os::unix::net::UnixStream::connect(&socket).unwrap(), "GET", "/state", "").code();
    let title = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap();
    let _ = kill(Pid::from_raw(id.parse().unwrap()), Signal::SIGKILL);
    let _ = shell.kill();
    let _ = shell.wait();
    for path in [sink_path(&jpeg), sink_path(&h264), socket] {
        let _ = fs::remove_file(path);
    }
    assert!(picture.data.starts_with(&[0xff, 0xd8]) && unit.info.key && answer == 200);
    assert!(title.starts_with("kvmd/streamer: "), "{title}");
}

#[test]
fn tinypilots_start_and_stream() {
    for more in [
        &["--encoder", "hw", "--format", "jpeg", "--resolution", "1920x1080"][..],
        &[
            "--encoder",
            "m2m-image",
            "--format",
            "uyvy",
            "--dv-timings",
            "--workers",
            "3",
            "--drop-same-frames",
            "30",
        ],
    ] {
        let tinypilot = [
            "--device=test",
            "--persistent",
            "--h264-sink-mode",
            "777",
            "--h264-sink-rm",
            "--h264-bitrate",
            "5000",
        ];
        let streamer = Streamer::start(&[&tinypilot[..], more].concat());
        assert!(frame(streamer.sink(), Kind::H264).info.key);
        let mut stream = get(streamer.port(), "/stream");
        assert!(stream.part().data.starts_with(&[0xff, 0xd8]));
    }
}
