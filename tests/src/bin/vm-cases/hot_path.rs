//! What a frame costs on its way from the receiver through the kernel's encoder into the sink.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use memsink::{Frame, Read, Reader, WriterOptions};
use rustreamer::config::{
    Bounded, Buffers, Coding, Config, DeviceConfig, Gop, H264Config, HttpConfig, JpegConfig, Kbps, Listen,
    ProcessConfig, Quality, SourceConfig, Workers,
};
use rustreamer::pipeline;
use rustreamer::source::jpeg::Rules;
use rustreamer_tests::streamer::sink_name;
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::trace::{Call, Trace, minor};
use rustreamer_tests::vm::{ENCODER, RECEIVER};
use v4l2m2m::{FourCc, HEAP_PAYS, Micros, Size};

use crate::allocations;
use crate::rig::{PATIENCE, Rig};

/// What strace calls one end of a bracket around the processor's use of a DMA-BUF.
const SYNC: &str = "DMA_BUF_IOCTL_SYNC";
/// The thread that moves buffers.
const MEDIA: &str = "media";

/// The kernel counts: every picture that reached the sink was taken from the receiver once, given to the encoder once and taken back
/// once, and its bitstream was taken once.
pub fn each_buffer_moves_once() {
    let mut rig = Rig::new("YUYV", "1280x720p60", &[]);
    rig.screen.record(1280, 30, PATIENCE);
    let trace = Trace::begin();
    let begin = Micros::now().0;
    let units = rig.screen.record(1280, 60, PATIENCE);
    let calls = trace.end();
    let times: Vec<u64> =
        units.iter().map(|unit| unit.info.grab_begin.0).filter(|time| *time > begin).collect();
    assert!(times.len() >= 50);
    let [receiver, encoder] = [RECEIVER, ENCODER].map(minor);
    for (name, device, queue) in [
        ("v4l2_dqbuf", receiver, "VIDEO_CAPTURE"),
        ("v4l2_qbuf", encoder, "VIDEO_OUTPUT_MPLANE"),
        ("v4l2_dqbuf", encoder, "VIDEO_OUTPUT_MPLANE"),
        ("v4l2_dqbuf", encoder, "VIDEO_CAPTURE_MPLANE"),
    ] {
        let of_these = |call: &&Call| {
            call.name == name
                && call.minor == device
                && call.queue == queue
                && times.contains(&call.timestamp)
        };
        assert_eq!(calls.iter().filter(of_these).count(), times.len(), "{name} of {queue}");
    }
    // What goes back to a driver to be filled has no time stamp; but of all that is taken as much is given.
    let all = |name: &str| calls.iter().filter(|call| call.name == name).count();
    assert!(all("v4l2_qbuf").abs_diff(all("v4l2_dqbuf")) <= 8, "{} {}", all("v4l2_qbuf"), all("v4l2_dqbuf"));
}

/// Seen by strace: buffers are taken and given, each piece is read within a bracket, and no other call reaches a driver; nothing is mapped, no memory asked for.
pub fn only_buffers_move() {
    let rig = Rig::new("YUYV", "1280x720p60", &[]);
    let thread = thread_named(rig.streamer.pid(), MEDIA);
    let log = format!("/tmp/strace-{thread}");
    let mut reader = Reader::new(rig.streamer.sink().parse().expect("a name"), Duration::from_millis(100));
    let mut watch = |time: Duration| {
        let (start, mut frame) = (Instant::now(), Frame::default());
        while start.elapsed() < time {
            let _ = reader.read(&mut frame, Duration::from_millis(50)).expect("a sink");
        }
    };
    watch(Duration::from_millis(1500));
    let mut strace = Command::new("strace")
        .args(["-qq", "-p", &thread.to_string(), "-o", &log])
        .stdin(Stdio::null())
        .spawn()
        .expect("strace");
    watch(Duration::from_secs(3));
    // By SIGTERM: then strace lets the thread go.
    Command::new("kill").arg(strace.id().to_string()).status().expect("kill");
    strace.wait().expect("strace ends");
    let text = fs::read_to_string(&log).expect("strace's log");

    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines() {
        let Some((name, rest)) = line.split_once('(') else { continue };
        let name = match rest.split([',', ')']).nth(1).map(str::trim).filter(|_| name == "ioctl") {
            // Nothing was ready: asked in vain.
            Some(request) if line.contains(" = -1 EAGAIN") => format!("{request} in vain"),
            Some(request) => request.to_owned(),
            None => name.to_owned(),
        };
        *calls.entry(name).or_default() += 1;
    }
    println!("        {calls:?}");
    let of = |name: &str| calls.get(name).copied().unwrap_or(0);
    // Each access unit that is published wakes the readers once. (Its lock may have to be asked for more than once.)
    let frames = of("futex");
    assert!(frames > 20, "only {frames} frames under strace");
    let (taken, given) = (of("VIDIOC_DQBUF"), of("VIDIOC_QBUF"));
    assert!(taken >= 3 * frames - 8 && taken.abs_diff(given) <= 8, "{taken} taken, {given} given");
    assert!(of("VIDIOC_DQBUF in vain") <= of("ppoll"), "more than once asked in vain for each wait");
    // Bitstream in a heap's memory: one bracket around the one copy of each piece, which is no call to the driver.
    let (edges, few) = if HEAP_PAYS { (2 * frames, 4) } else { (0, 0) };
    assert!(
        (edges - few..=edges + few).contains(&of(SYNC)),
        "{} ends of brackets for {frames} pieces",
        of(SYNC)
    );
    // Readers' wishes for a lower bitrate are looked for four times a second.
    assert!(of("fcntl") <= frames / 4 + 2, "{} looks for wishes in {frames} frames", of("fcntl"));
    // `fallocate`: the sink's memory, when an access unit is larger than any before.
    let known = [
        SYNC,
        "VIDIOC_DQBUF",
        "VIDIOC_DQBUF in vain",
        "VIDIOC_QBUF",
        "clock_gettime",
        "fallocate",
        "fcntl",
        "flock",
        "fstat",
        "futex",
        "newfstatat",
        "ppoll",
        "sched_yield",
    ];
    let strangers: Vec<_> = calls.keys().filter(|name| !known.contains(&name.as_str())).collect();
    assert!(strangers.is_empty(), "other calls on the media thread: {strangers:?}");
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
            standard: None,
            image: Vec::new(),
            size: Size { width: 640, height: 480 },
            format: FourCc::YUYV,
            swap_rgb: false,
            imported: true,
            dv_timings: true,
            edid: None,
            jpeg: Rules::default(),
            coding: Coding {
                bitrate: Kbps::new(5000).expect("in range"),
                gop: Gop::new(30).expect("in range"),
            },
            persistent: false,
            buffers: Buffers::default(),
            timeout: Duration::from_secs(1),
            error_delay: Duration::from_secs(1),
            exit_on_error: false,
        }),
        h264: Some(H264Config {
            sink: Some(WriterOptions {
                remove_on_drop: true,
                ..WriterOptions::new(name.parse().expect("a name"))
            }),
            bitrate: Kbps::new(5000).expect("in range"),
            gop: Gop::new(30).expect("in range"),
            boost: true,
            device: Some(ENCODER.into()),
        }),
        jpeg: JpegConfig {
            kernel: None,
            quality: Quality::new(80).expect("in range"),
            workers: Workers::default(),
            drop_same_frames: 0,
            sink: None,
        },
        whep: None,
        http: HttpConfig {
            listen: Listen::Tcp { hosts: vec!["127.0.0.1".into()], port: 1 },
            credentials: None,
            tls: None,
            files: None,
            fake_resolution: None,
            allow_origin: None,
            instance_id: String::new(),
            timeout: Duration::from_secs(1),
            janus_url: None,
            ice_servers: vec![],
        },
        desired_fps: None,
        raw: None,
        slowdown: false,
        process: ProcessConfig::default(),
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
