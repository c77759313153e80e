//! What a frame costs on its way from the receiver through the kernel's encoder into the sink.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use memsink::{Frame, Read, Reader, WriterOptions};
use rustreamer::config::{
    Bounded, Buffers, Config, DeviceConfig, Gop, H264Config, HttpConfig, Kbps, Quality, SourceConfig,
};
use rustreamer::pipeline;
use rustreamer_tests::streamer::sink_name;
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::{ENCODER, RECEIVER};
use v4l2m2m::{FourCc, Size};

use crate::allocations;
use crate::rig::Rig;

/// The thread that moves buffers.
const MEDIA: &str = "media";

/// Seen by strace: buffers are taken and given, three of each for a frame (capture, encoder's input, encoder's output), and no other
/// call reaches a device; nothing is mapped.
pub fn only_buffers_move() {
    let rig = Rig::new("YUYV", "1280x720p60", &[]);
    let thread = thread_named(rig.streamer.pid(), MEDIA);
    let log = format!("/tmp/strace-{thread}");
    let published = || rig.streamer.state()["h264"]["published"].as_u64().expect("a count");
    let mut reader = Reader::new(rig.streamer.sink().parse().expect("a name"), Duration::from_millis(100));
    let mut watch = |time: Duration| {
        let (start, mut frame) = (std::time::Instant::now(), Frame::default());
        while start.elapsed() < time {
            let _ = reader.read(&mut frame, Duration::from_millis(50)).expect("a sink");
        }
    };
    watch(Duration::from_millis(500));
    let mut strace = Command::new("strace")
        .args(["-qq", "-p", &thread.to_string(), "-o", &log])
        .stdin(Stdio::null())
        .spawn()
        .expect("strace");
    watch(Duration::from_secs(1));
    let before = published();
    let lines_before = fs::read_to_string(&log).expect("strace's log").lines().count();
    watch(Duration::from_secs(2));
    let text = fs::read_to_string(&log).expect("strace's log");
    let frames = published() - before;
    // By SIGTERM: then strace lets the thread go.
    Command::new("kill").arg(strace.id().to_string()).status().expect("kill");
    strace.wait().expect("strace ends");
    assert!(frames > 20, "only {frames} frames under strace");

    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines().skip(lines_before) {
        let Some((name, rest)) = line.split_once('(') else { continue };
        let name = if name == "ioctl" {
            let request = rest.split(", ").nth(1).unwrap_or(rest).trim_end_matches([')', ' ']);
            request.split_whitespace().next().unwrap_or(request).to_owned()
        } else {
            name.to_owned()
        };
        *calls.entry(name).or_default() += 1;
    }
    println!("        {frames} frames: {calls:?}");
    let of = |name: &str| calls.get(name).copied().unwrap_or(0) as f64 / frames as f64;
    for (name, most) in [("VIDIOC_DQBUF", 3.2), ("VIDIOC_QBUF", 3.2), ("ppoll", 2.2)] {
        assert!((0.9..=most).contains(&of(name)), "{name}: {:.2} for a frame", of(name));
    }
    let strangers: Vec<_> = calls
        .keys()
        .filter(|name| {
            name.starts_with("VIDIOC_") && !matches!(name.as_str(), "VIDIOC_DQBUF" | "VIDIOC_QBUF")
        })
        .collect();
    assert!(strangers.is_empty(), "other calls into a driver: {strangers:?}");
    for name in ["mmap", "munmap", "brk", "write", "openat"] {
        assert_eq!(of(name), 0.0, "{name} on the media thread");
    }
}

fn thread_named(pid: i32, name: &str) -> i32 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("a process");
    let mut ids = tasks.flatten().filter_map(|task| task.file_name().to_string_lossy().parse::<i32>().ok());
    ids.find(|id| {
        fs::read_to_string(format!("/proc/{pid}/task/{id}/comm")).is_ok_and(|comm| comm.trim() == name)
    })
    .unwrap_or_else(|| panic!("no thread {name}"))
}

/// In this process, whose allocator counts: the media thread asks for no memory, whatever number of frames passes.
pub fn nothing_is_allocated() {
    Hdmi::new().select("1280x720p60");
    let name = sink_name("h264");
    let config = Config {
        source: SourceConfig::Device(DeviceConfig {
            path: RECEIVER.into(),
            input: 0,
            size: Size { width: 640, height: 480 },
            format: FourCc::YUYV,
            swap_rgb: false,
            dv_timings: true,
            edid: None,
            persistent: false,
            buffers: Buffers::default(),
            timeout: Duration::from_secs(1),
            error_delay: Duration::from_secs(1),
        }),
        h264: Some(H264Config {
            sink: WriterOptions { remove_on_drop: true, ..WriterOptions::new(name.parse().expect("a name")) },
            bitrate: Kbps::new(5000).expect("in range"),
            gop: Gop::new(30).expect("in range"),
            boost: true,
            device: Some(ENCODER.into()),
        }),
        http: HttpConfig {
            host: "127.0.0.1".into(),
            port: 1,
            allow_origin: None,
            instance_id: String::new(),
            timeout: Duration::from_secs(1),
            janus_url: None,
            quality: Quality::new(80).expect("in range"),
        },
        desired_fps: None,
        exit_on_parent_death: false,
    };
    let pipeline = pipeline::start(config).expect("a pipeline");
    let mut reader = Reader::new(name.parse().expect("a name"), Duration::from_millis(100));
    let mut frame = Frame::with_capacity(memsink::Kind::H264);
    let mut read = |count: usize| {
        let mut frames = 0;
        while frames < count {
            match reader.read(&mut frame, Duration::from_secs(5)).expect("a sink") {
                Read::Frame => frames += 1,
                Read::Nothing(idle) => panic!("no frame: {idle:?}"),
            }
        }
    };
    read(100);
    let media = thread_named(i32::try_from(std::process::id()).expect("an id"), MEDIA);
    let counted = allocations::of_thread(media, || read(200));
    sleep(Duration::from_millis(10));
    pipeline.stop();
    assert_eq!(counted, 0, "allocations of the media thread in 200 frames");
}
