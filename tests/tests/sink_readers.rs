//! A sink's readers as processes of their own: one that stops or dies with the lock in its hands, and fifty at once.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use memsink::{Frame, Read, Reader};
use nix::fcntl::{Flock, FlockArg};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use rustreamer_tests::http::get;
use rustreamer_tests::streamer::{Streamer, eventually, patient, program, sink_name, sink_path, wait};
use serde_json::Value;

const SOON: Duration = Duration::from_secs(30);

/// `ustreamer-dump`, ended with the test.
struct Dump(Child);

impl Dump {
    fn start(sink: &str, more: &[&str]) -> Dump {
        let mut command = Command::new(program("ustreamer-dump"));
        command.args(["--sink", sink]).args(more).stdin(Stdio::null());
        Dump(command.spawn().unwrap())
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.0.id().try_into().unwrap())
    }

    /// Stops it, as SIGSTOP does, at a moment at which it holds the lock of this sink.
    fn stop_with_the_lock(&self, sink: &str) {
        let object = sink_path(sink);
        let pid = self.pid();
        ptrace::seize(pid, ptrace::Options::empty()).unwrap();
        ptrace::interrupt(pid).unwrap();
        waitpid(pid, None).unwrap();
        let flock = format!("{} ", libc::SYS_flock);
        eventually("it has the lock", SOON, || {
            // From one system call's beginning or end to the next one's.
            for _ in 0..1000 {
                ptrace::syscall(pid, None).unwrap();
                waitpid(pid, None).unwrap();
                let call = fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap();
                if call.starts_with(&flock) && is_held(&object) {
                    return Some(());
                }
            }
            None
        });
        ptrace::detach(pid, Signal::SIGSTOP).unwrap();
    }
}

impl Drop for Dump {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether somebody has the lock for long: a writer has it for some microseconds.
fn is_held(object: &Path) -> bool {
    (0..20).all(|_| {
        let held = Flock::lock(File::open(object).unwrap(), FlockArg::LockExclusiveNonblock).is_err();
        if held {
            sleep(Duration::from_millis(1));
        }
        held
    })
}

/// A sink that a streamer which is killed leaves behind.
struct Left(String);

impl Drop for Left {
    fn drop(&mut self) {
        let _ = fs::remove_file(sink_path(&self.0));
    }
}

/// The streamer, and where its counts are: of what it captured, and of what did not get into the sink.
struct Case {
    streamer: Streamer,
    sink: Left,
    lost: &'static str,
}

impl Case {
    fn count(&self, pointer: &str) -> u64 {
        self.streamer.state().pointer(pointer).unwrap().as_u64().unwrap()
    }

    /// It loses what it would have put into the sink, and nothing else: it captures, and viewers of `/stream` have their pictures.
    fn loses_only_what_the_sink_would_have_had(&self) {
        let (lost, captured) = (self.count(self.lost), self.count("/source/captured"));
        let mut stream = get(self.streamer.port(), "/stream?extra_headers=1");
        let mut times = Vec::new();
        eventually("what is lost is counted", SOON, || {
            times.push(stream.part().number("X-UStreamer-Grab-Begin-Time"));
            (self.count(self.lost) >= lost + 10).then_some(())
        });
        times.dedup();
        assert!(times.len() >= 5 && times.is_sorted(), "{times:?}");
        assert!(self.count("/source/captured") >= captured + 10);
    }

    /// Somebody else reads, and gets news; nothing is lost any more.
    fn goes_on(&self) {
        let mut reader = Reader::new(self.sink.0.parse().unwrap(), Duration::from_secs(1));
        let mut frame = Frame::default();
        let mut lost = None;
        for _ in 0..10 {
            assert_eq!(reader.read(&mut frame, patient(SOON)).unwrap(), Read::Frame);
            lost.get_or_insert_with(|| self.count(self.lost));
        }
        assert_eq!(Some(self.count(self.lost)), lost);
    }
}

/// What happens to a reader of this sink, with the lock in its hands.
fn a_reader_with_the_lock(case: &Case) {
    let mut dump = Dump::start(&case.sink.0, &["--output=/dev/null"]);
    case.goes_on();
    dump.stop_with_the_lock(&case.sink.0);
    case.loses_only_what_the_sink_would_have_had();
    kill(dump.pid(), Signal::SIGCONT).unwrap();
    case.goes_on();

    dump.stop_with_the_lock(&case.sink.0);
    case.loses_only_what_the_sink_would_have_had();
    dump.0.kill().unwrap();
    dump.0.wait().unwrap();
    case.goes_on();
}

const SOURCE: [&str; 2] = ["--device", "test:640x480@30"];

#[test]
fn an_h264_reader_that_stops_or_dies_with_the_lock_costs_frames_not_the_streamer() {
    let streamer = Streamer::start(&[&SOURCE[..], &["--h264-sink-client-ttl=60"]].concat());
    let sink = Left(streamer.sink().to_owned());
    a_reader_with_the_lock(&Case { streamer, sink, lost: "/drops/sink_busy" });
}

#[test]
fn a_jpeg_reader_that_stops_or_dies_with_the_lock_costs_pictures_not_the_streamer() {
    let sink = Left(sink_name("jpeg"));
    let more = ["--jpeg-sink", &sink.0, "--jpeg-sink-client-ttl=60"];
    let streamer = Streamer::start(&[&SOURCE[..], &more].concat());
    a_reader_with_the_lock(&Case { streamer, sink, lost: "/stream/drops/sink" });
}

/// Each of fifty reads twenty frames; what two of them read of one moment is the same.
fn fifty_readers(sink: &str, more: &[&str]) {
    let folder = std::env::temp_dir().join(sink);
    fs::create_dir(&folder).unwrap();
    let file = |n: usize| folder.join(n.to_string());
    let mut dumps: Vec<Dump> = (0..50)
        .map(|n| {
            let output = format!("--output={}", file(n).display());
            Dump::start(sink, &[&["--output-json", "--count=20", &output], more].concat())
        })
        .collect();
    let mut seen: HashMap<String, String> = HashMap::new();
    for (n, dump) in dumps.iter_mut().enumerate() {
        let status = wait(&mut dump.0, patient(SOON)).expect("it ends after twenty frames");
        assert!(status.success(), "{n}: {status}");
        let text = fs::read_to_string(file(n)).unwrap();
        let frames: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(frames.len(), 20, "{n}");
        let times: Vec<f64> = frames.iter().map(|frame| frame["encode_end_ts"].as_f64().unwrap()).collect();
        assert!(times.is_sorted(), "{n}: {times:?}");
        for frame in frames {
            let data = frame["data"].as_str().unwrap();
            assert!(!data.is_empty());
            let first = seen.entry(frame["encode_end_ts"].to_string()).or_insert_with(|| data.to_owned());
            assert!(first == data, "{n} reads something else than others did");
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    assert!(seen.len() < 20 * 25, "they read the same frames: {} different ones", seen.len());
}

#[test]
fn fifty_readers_of_each_sink_at_once() {
    let jpeg = Left(sink_name("jpeg"));
    let streamer = Streamer::start(&["--device", "test:640x480@10", "--jpeg-sink", &jpeg.0]);
    fifty_readers(streamer.sink(), &["--key-required"]);
    fifty_readers(&jpeg.0, &[]);
    assert_eq!(streamer.state()["sinks"]["jpeg"]["has_clients"], true);
}
