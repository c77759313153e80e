//! Debian's own µStreamer at one end of the sink and ours at the other. Its releases 4.9 and 5.4 speak ABI version 2.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use memsink::{
    Abi, FORMAT_H264, FORMAT_JPEG, Frame, FrameInfo, Kind, Micros, Read, Reader, SinkName, Writer,
    WriterOptions,
};
use rustreamer_tests::streamer::{Streamer, free_port, wait};
use serde_json::{Value, json};

const RELEASES: [&str; 2] = ["ustreamer-4.9", "ustreamer-5.4"];
/// V4L2's code of planar 4:2:0.
const YU12: u64 = u32::from_le_bytes(*b"YU12") as u64;
const PATIENCE: Duration = Duration::from_secs(20);

/// The folder of an unpacked Debian package; made when it is missing.
fn peer(release: &str) -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/debroot.sh");
    let output = Command::new(script).arg(release).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{script} {release} failed; its message is above");
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

fn sink(test: &str, kind: &str) -> SinkName {
    format!("interop.{}.{test}::{kind}", std::process::id()).parse().unwrap()
}

/// A program that is killed when the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Debian's ustreamer without a device: it publishes its "no signal" picture once a second.
fn foreign_writer(root: &Path, name: &SinkName) -> Running {
    let child = Command::new(root.join("run"))
        .args([
            "/usr/bin/ustreamer",
            "--device=/dev/video-that-is-not-there",
            "--persistent",
            "--host=127.0.0.1",
        ])
        .arg(format!("--port={}", free_port()))
        .arg(format!("--sink={name}"))
        .args(["--sink-mode=660", "--sink-rm", "--resolution=640x480"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Running(child)
}

#[test]
fn debians_dump_reads_what_we_write() {
    for release in RELEASES {
        let root = peer(release);
        let name = sink(release, "h264");
        let options =
            WriterOptions { abi: Abi::V2, remove_on_drop: true, ..WriterOptions::new(name.clone()) };
        let mut writer = Writer::create(options).unwrap();
        let output = std::env::temp_dir().join(format!("{name}.out"));
        let mut dump = Running(
            Command::new(root.join("run"))
                .args(["/usr/bin/ustreamer-dump", "--sink", name.as_str(), "--count=10", "--output"])
                .arg(&output)
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let payload: Vec<u8> = (0..100_000u32).map(|n| (n * 7 + n / 256) as u8).collect();
        let (started, mut seen) = (Instant::now(), false);
        let status = loop {
            let now = Micros::now();
            seen |= writer.demand(now).has_clients;
            let info = FrameInfo {
                width: 1280,
                height: 720,
                format: FORMAT_H264,
                online: true,
                key: true,
                grab_begin: now,
                encode_begin: now,
                encode_end: now,
                ..FrameInfo::default()
            };
            let _ = writer.publish(&info, &payload);
            if let Some(status) = dump.0.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "{release} read less than ten frames");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{release}: {status}");
        assert!(seen, "{release}: the writer knows that somebody reads");
        let dumped = std::fs::read(&output).unwrap();
        let _ = std::fs::remove_file(&output);
        assert_eq!(dumped.len(), 10 * payload.len(), "{release}");
        assert!(dumped.chunks(payload.len()).all(|frame| frame == payload), "{release}: every byte arrives");
    }
}

#[test]
fn debians_dump_reads_our_streamers_jpegs_and_raw_pictures() {
    for release in RELEASES {
        let root = peer(release);
        let (jpeg, raw) = (sink(&format!("{release}-ours"), "jpeg"), sink(release, "raw"));
        let _streamer = Streamer::start(&[
            "--device=test:640x480@30",
            &format!("--jpeg-sink={jpeg}"),
            "--jpeg-sink-abi=2",
            "--jpeg-sink-rm",
            &format!("--raw-sink={raw}"),
            "--raw-sink-abi=2",
            "--raw-sink-rm",
        ]);
        for (name, count) in [(&jpeg, 5), (&raw, 5)] {
            let output = std::env::temp_dir().join(format!("{name}.out"));
            let mut dump = Running(
                Command::new(root.join("run"))
                    .args(["/usr/bin/ustreamer-dump", "--sink", name.as_str(), "--output-json", "--output"])
                    .arg(&output)
                    .arg(format!("--count={count}"))
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap(),
            );
            let status = wait(&mut dump.0, PATIENCE).unwrap_or_else(|| panic!("{release} reads {name}"));
            assert!(status.success(), "{release}: {status}");
            let text = std::fs::read_to_string(&output).unwrap();
            let _ = std::fs::remove_file(&output);
            let frames: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(frames.len(), count, "{release}");
            for frame in &frames {
                assert_eq!((&frame["width"], &frame["height"]), (&json!(640), &json!(480)), "{release}");
                let (format, stride) = (frame["format"].as_u64().unwrap(), frame["stride"].as_u64().unwrap());
                let size = frame["size"].as_u64().unwrap();
                match name.kind() {
                    Kind::Jpeg => {
                        assert_eq!((format, stride), (u64::from(FORMAT_JPEG), 0));
                        // Base64 of a JPEG's first three bytes.
                        assert!(frame["data"].as_str().unwrap().starts_with("/9j/"), "{release}");
                    }
                    _ => assert_eq!((format, stride, size), (YU12, 640, 640 * 480 * 3 / 2), "{release}"),
                }
            }
        }
    }
}

#[test]
fn we_read_what_debians_ustreamer_writes_also_after_its_restart() {
    for release in RELEASES {
        let root = peer(release);
        let name = sink(release, "jpeg");
        let mut reader = Reader::new(name.clone(), Duration::from_secs(1));
        let mut frame = Frame::with_capacity(Kind::Jpeg);
        for turn in ["first", "restarted"] {
            let writer = foreign_writer(&root, &name);
            assert_eq!(reader.read(&mut frame, PATIENCE).unwrap(), Read::Frame, "{release}, {turn}");
            assert_eq!(reader.abi(), Some(Abi::V2));
            assert_eq!((frame.info.width, frame.info.height, frame.info.format), (640, 480, FORMAT_JPEG));
            assert!(!frame.info.online, "a picture that stands in for a missing device");
            assert!(frame.data.starts_with(&[0xFF, 0xD8]) && frame.data.ends_with(&[0xFF, 0xD9]));
            // Its clean end removes the object, so that the next one is another object with the same name.
            ask_to_end(&writer.0);
            wait_until_removed(&name);
        }
    }
}

fn ask_to_end(child: &Child) {
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
}

fn wait_until_removed(name: &SinkName) {
    let started = Instant::now();
    while std::fs::exists(format!("/dev/shm/{name}")).unwrap() {
        assert!(started.elapsed() < PATIENCE, "{name} is removed");
        std::thread::sleep(Duration::from_millis(20));
    }
}
