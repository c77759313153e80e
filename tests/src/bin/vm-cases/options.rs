//! Options and settings whose effect is the driver's: image controls, standards, the end on a device's failure, changes while it runs, raw pictures.

use std::fs;
use std::process::Command;
use std::time::Duration;

use memsink::{Cause, Frame, Kind, Read, Reader, Wish};
use rustreamer_tests::http::get;
use rustreamer_tests::streamer::{Streamer, eventually, run, sink_name, sink_path};
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::{RECEIVER, process};
use serde_json::{Value, json};
use v4l2m2m::{Device, FourCc};

use crate::rig::{PATIENCE, Rig};

const MODE: &str = "1280x720p60";
const CONTRAST: u32 = 0x0098_0901;
const SATURATION: u32 = 0x0098_0902;
const DRIVER: &str = "/sys/bus/platform/drivers/vivid";

pub fn image_controls() {
    let device = Device::open(RECEIVER.as_ref()).expect("vivid");
    let value = |id| device.control(id).expect("vivid has it");
    let usual = [CONTRAST, SATURATION].map(value);
    {
        let mut rig = Rig::new("YUYV", MODE, &["--contrast=55", "--saturation=0x100000", "--rotate=90"]);
        rig.moves();
        assert_eq!(value(CONTRAST), 55);
        let log = rig.streamer.log();
        assert!(log.contains("--saturation: /dev/video20: ") && log.contains("a range of 0 to 255"), "{log}");
        assert!(log.contains("--rotate: /dev/video20: "), "vivid cannot: {log}");
    }
    let mut rig = Rig::new("YUYV", MODE, &["--image-default", "--saturation=7"]);
    rig.moves();
    assert_eq!([value(CONTRAST), value(SATURATION)], [usual[0], 7]);
    drop(rig);
    device.set_control(SATURATION, usual[1]).expect("as it was");
}

pub fn a_standard_that_the_input_has_not() {
    let ended = run(&["--device", RECEIVER, "--tv-standard=pal"]);
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(2), 1), "{ended:?}");
    assert!(
        ended.stderr.contains("television standard") && ended.stderr.contains("HDMI inputs"),
        "{ended:?}"
    );
}

/// The device goes, and the process with it when that is asked for.
pub fn a_failing_device_is_the_end() {
    Hdmi::new().select(MODE);
    let mut streamer = Streamer::start(&["--device", RECEIVER, "--exit-on-device-error", "--h264-sink-rm"]);
    fs::write(format!("{DRIVER}/unbind"), "vivid.0").expect("unbind vivid");
    // No signal is sent: it ends by itself.
    let ended = streamer.end(0, PATIENCE);
    fs::write(format!("{DRIVER}/bind"), "vivid.0").expect("bind vivid");
    Hdmi::new().select(MODE);
    assert_eq!(ended.and_then(|status| status.code()), Some(2));
}

/// Bitrate and key frame distance of the kernel's encoder change, and its stream goes on.
pub fn settings_of_the_encoder() {
    let mut rig = Rig::new("UYVY", MODE, &["--h264-gop=0"]);
    rig.encoding_with("DMA-BUF");
    let before = rig.holdings();
    let body = r#"{"gop": 5, "bitrate": 700}"#;
    let answer =
        rig.streamer.ask("PATCH", "/control", &format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    assert_eq!(answer.status, 200, "{answer:?}");
    rig.screen.until("the other distance", PATIENCE, |info| info.gop == 5 && info.key);
    let units = rig.screen.record(1280, 20, PATIENCE);
    let keys: Vec<bool> = units.iter().map(|unit| unit.info.key).collect();
    assert!(keys.iter().enumerate().all(|(n, key)| *key == (n % 5 == 0)), "{keys:?}");
    rig.encoding_with("DMA-BUF");
    assert_eq!(rig.holdings(), before, "it is the same encoder");
    assert_eq!(rig.streamer.state()["h264"]["bitrate"], 700);
    assert!(!rig.streamer.log().contains("the driver refused"), "{}", rig.streamer.log());
}

/// What a viewer's narrow way leaves of the stream, the kernel's encoder is told, too, while it encodes; and when the way is good again.
pub fn a_narrow_way() {
    let mut rig = Rig::new("UYVY", MODE, &["--h264-bitrate=5000"]);
    rig.encoding_with("DMA-BUF");
    let before = rig.holdings();
    let told = Told::begin();
    for (wish, bits, congestion) in
        [(Some(Wish { kbps: 700, cause: Cause::Loss }), 700_000, json!(700)), (None, 5_000_000, Value::Null)]
    {
        rig.screen.wish(wish);
        eventually("another bitrate", PATIENCE, || {
            rig.screen.next(PATIENCE);
            (told.last() == Some(bits)).then_some(())
        });
        rig.encoding_with("DMA-BUF");
        assert_eq!(rig.streamer.state()["h264"]["congestion"]["bitrate"], congestion);
    }
    assert_eq!(rig.holdings(), before, "it is the same encoder");
    assert!(!rig.streamer.log().contains("the driver refused"), "{}", rig.streamer.log());
}

/// The kernel's account of what the encoder is asked for.
struct Told;

impl Told {
    const SWITCH: &str = "/sys/class/video4linux/video11/dev_debug";

    fn begin() -> Told {
        let told = Told;
        fs::write(Self::SWITCH, "3").expect("the driver's debugging");
        told
    }

    /// The last bitrate it was told, in bits a second.
    fn last(&self) -> Option<u64> {
        let log = Command::new("busybox").arg("dmesg").output().expect("the kernel's log").stdout;
        let log = String::from_utf8_lossy(&log);
        let (_, value) = log.lines().rev().find_map(|line| line.split_once("id=0x9909cf, value="))?;
        value.trim().parse().ok()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let _ = fs::write(Self::SWITCH, "0");
    }
}

/// Raw pictures go to their sink as they lie in the driver's buffer.
pub fn raw_pictures() {
    let name = sink_name("raw");
    let rig = Rig::new("UYVY", MODE, &["--raw-sink", &name, "--raw-sink-rm"]);
    let mut reader = Reader::new(name.parse().expect("a name"), Duration::from_secs(1));
    let mut frame = Frame::with_capacity(Kind::Raw);
    for _ in 0..30 {
        assert_eq!(reader.read(&mut frame, PATIENCE).expect("a sink"), Read::Frame);
    }
    let info = frame.info;
    assert_eq!((info.width, info.height, info.stride), (1280, 720, 2560));
    assert_eq!((FourCc(info.format), frame.data.len(), info.online), (FourCc::UYVY, 2560 * 720, true));
    assert_eq!(rig.streamer.state()["sinks"]["raw"]["has_clients"], true);
    drop(rig);
    assert!(!sink_path(&name).exists(), "--raw-sink-rm");
}

/// While nobody watches, one picture a second is looked at; who comes gets a new one.
pub fn a_slow_down() {
    let mut rig = Rig::new("YUYV", MODE, &["--slowdown", "--h264-sink-client-ttl=1"]);
    let Rig { streamer, screen, .. } = &mut rig;
    let count = |at: &str| streamer.state().pointer(at).and_then(|count| count.as_u64()).expect("a count");
    let fps = || count("/source/captured_fps");
    eventually("it is awake", PATIENCE, || {
        screen.next(PATIENCE);
        (fps() >= 10).then_some(())
    });
    eventually("it slows down", PATIENCE, || (fps() <= 2).then_some(()));
    let (missed, captured) = (count("/drops/capture_missed"), count("/source/captured"));
    eventually("three pictures, a second apart", PATIENCE, || {
        (count("/source/captured") >= captured + 3).then_some(())
    });
    let new = count("/drops/capture_missed") - missed;
    assert!(new < 20, "{new} pictures of three seconds are told as missed though nobody wanted them");
    let asked = memsink::Micros::now();
    let mut reader = Reader::new(streamer.sink().parse().expect("a name"), Duration::from_secs(1));
    let mut frame = Frame::with_capacity(Kind::H264);
    for _ in 0..20 {
        assert_eq!(reader.read(&mut frame, PATIENCE).expect("a sink"), Read::Frame);
        // What lay in the driver's buffers while nobody watched is nearly a second old.
        let age = frame.info.encode_begin.since(frame.info.grab_begin);
        assert!(frame.info.encode_begin < asked || age < 500_000, "{age} µs old when it was encoded");
    }
}

/// Without an encoder of the kernel's no buffer is shared, and all are mapped before anybody asks: the first pictures come as fast as the
/// others, and each costs the captures, its JPEG, and few calls more.
pub fn jpegs_alone() {
    let hdmi = Hdmi::new();
    hdmi.select(MODE);
    let more = ["--device", RECEIVER, "--dv-timings", "--format=YUYV", "--buffers=4", "--workers=1"];
    let streamer = Streamer::start_without_sink(&more);
    eventually("the signal", PATIENCE, || (streamer.state()["source"]["online"] == true).then_some(()));
    let mapped = || process::mapped_pictures(streamer.pid(), RECEIVER).len();
    let before = mapped();
    assert!(before >= 4, "{before} buffers are mapped");
    let mut stream = get(streamer.port(), "/stream");
    let counts = || {
        let captured = streamer.state()["source"]["captured"].as_u64().expect("a count");
        (process::system_calls(streamer.pid()), captured)
    };
    for _ in 0..20 {
        stream.part();
    }
    let start = counts();
    for _ in 0..100 {
        stream.part();
    }
    let end = counts();
    let (calls, captured) = (end.0 - start.0, end.1 - start.1);
    println!("        {calls} system calls for 100 JPEGs of {captured} pictures");
    assert!(calls <= 10 * 100 + 6 * captured + 100);
    assert_eq!(mapped(), before);
}
