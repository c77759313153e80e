//! What the sink's tests share: a sink that goes away, programs run as cargo runs this one, frames.
#![allow(dead_code)]

use memsink::{FrameInfo, Kind, Micros, Reader, SinkName, WriterOptions};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Enough for a frame that is there.
pub const SHORT: Duration = Duration::from_millis(300);
/// Enough for a process to start and do its part, on a busy machine too.
pub const LONG: Duration = Duration::from_secs(20);

/// A sink of one test alone, removed when the test ends.
pub struct Sink(pub SinkName);

impl Sink {
    pub fn new(test: &str) -> Sink {
        Sink::of(test, Kind::H264)
    }

    pub fn of(test: &str, kind: Kind) -> Sink {
        Sink(format!("test.{}.{test}::{}", std::process::id(), suffix(kind)).parse().unwrap())
    }

    pub fn path(&self) -> String {
        format!("/dev/shm/{}", self.0)
    }

    pub fn options(&self) -> WriterOptions {
        WriterOptions::new(self.0.clone())
    }

    pub fn reader(&self) -> Reader {
        Reader::new(self.0.clone(), Duration::from_secs(1))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.path());
    }
}

/// How a name says its kind.
pub fn suffix(kind: Kind) -> &'static str {
    match kind {
        Kind::Jpeg => "jpeg",
        Kind::H264 => "h264",
        Kind::Raw => "raw",
    }
}

/// A frame of an hour from now: never taken for history, however slowly a test runs.
pub fn info(key: bool) -> FrameInfo {
    let now = Micros(Micros::now().0 + 3_600_000_000);
    FrameInfo {
        width: 1280,
        height: 720,
        format: memsink::FORMAT_H264,
        stride: 0,
        online: true,
        key,
        gop: 30,
        grab_begin: now,
        grab_end: Micros(now.0 + 1),
        encode_begin: Micros(now.0 + 2),
        encode_end: Micros(now.0 + 3),
    }
}

/// The words before a program of this processor, when cargo runs such programs by another (qemu).
pub fn runner() -> Vec<OsString> {
    let runner = std::env::var("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER").unwrap_or_default();
    runner.split_whitespace().filter(|_| cfg!(target_arch = "aarch64")).map(Into::into).collect()
}

/// A program of this processor.
pub fn program(path: &Path) -> Command {
    let mut words = runner().into_iter().chain([path.into()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words);
    command
}

/// One test of this test program once more, in a process of its own.
pub fn this_test(name: &str) -> Command {
    let mut command = program(&std::env::current_exe().unwrap());
    command.args(["--exact", name]);
    command
}
