//! The command lines of those who use µStreamer: its guide, TinyPilot, PiKVM.

use super::{config, options};
use crate::config::{JpegKind, KernelJpeg, Listen};

#[test]
fn the_guides_command_line_starts() {
    let config = config(&[
        "--host",
        "0.0.0.0",
        "--port",
        "8080",
        "--format=uyvy",
        "--dv-timings",
        "--persistent",
        "--h264-sink",
        "demo::ustreamer::h264",
        "--h264-sink-mode",
        "660",
        "--h264-sink-rm",
    ]);
    let h264 = config.h264.expect("a sink was named");
    let sink = h264.sink.expect("it was named");
    assert_eq!(sink.name.as_str(), "demo::ustreamer::h264");
    assert!(sink.remove_on_drop);
}

#[test]
fn tinypilots_command_line_starts_and_says_what_does_nothing() {
    let options = options(&[
        "--port",
        "48001",
        "--persistent",
        "--h264-sink",
        "tinypilot::ustreamer::h264",
        "--h264-sink-mode",
        "777",
        "--h264-sink-rm",
        "--encoder",
        "m2m-image",
        "--format",
        "uyvy",
        "--dv-timings",
        "--workers",
        "3",
        "--drop-same-frames",
        "30",
        "--h264-bitrate",
        "5000",
    ]);
    let named: Vec<&str> = options.warnings.iter().filter_map(|line| line.split([' ', ':']).next()).collect();
    assert!(named.is_empty(), "{named:?}");
    let jpeg = options.into_config().expect("a good combination").jpeg;
    assert_eq!((jpeg.workers.get(), jpeg.drop_same_frames), (3, 30));
    assert_eq!(jpeg.kernel, Some(KernelJpeg { kind: JpegKind::Image, device: None }));
}

#[test]
fn kvmds_command_line_starts() {
    // An argument a line; `tests/tests/command_lines.rs` starts a streamer by it.
    let kvmd: Vec<&str> = include_str!("../../../tests/command-lines/kvmd").lines().collect();
    let config = config(&kvmd);
    assert!(config.process.exit_on_parent_death && config.process.notify_parent);
    assert_eq!(config.desired_fps.map(crate::config::Fps::get), Some(40));
    let path = "/run/kvmd/ustreamer.sock".into();
    assert_eq!(config.http.listen, Listen::Unix { path, remove: true, mode: Some(0o660) });
    let sink = config.jpeg.sink.expect("a sink was named");
    assert_eq!((sink.name.as_str(), sink.mode, sink.remove_on_drop), ("kvmd::ustreamer::jpeg", 0o660, false));
}
