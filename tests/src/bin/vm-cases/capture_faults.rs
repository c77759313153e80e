//! What a capture device may do wrong, by vivid's own injections.

use std::fs;
use std::time::Duration;

use rustreamer_tests::streamer::eventually;
use rustreamer_tests::vm::process;

use crate::rig::{PATIENCE, Rig};

const MODE: &str = "1280x720p60";
const DRIVER: &str = "/sys/bus/platform/drivers/vivid";

/// Buttons of vivid's that make one operation fail, or one picture bad.
const INJECTIONS: [&str; 5] = [
    "Inject V4L2_BUF_FLAG_ERROR",
    "Inject Fatal Streaming Error",
    "Inject VIDIOC_QBUF Error",
    "Inject VIDIOC_STREAMON Error",
    "Inject VIDIOC_REQBUFS Error",
];

pub fn errors_of_the_driver() {
    let mut rig = Rig::new("YUYV", MODE, &["--persistent"]);
    let before = process::descriptors(rig.streamer.pid());
    for name in INJECTIONS {
        rig.hdmi.press(name);
        if name.contains("STREAMON") || name.contains("REQBUFS") {
            // These wait for the next start of the stream.
            rig.hdmi.press("Inject Fatal Streaming Error");
        }
        std::thread::sleep(Duration::from_millis(100));
        rig.moves();
        assert_eq!(process::descriptors(rig.streamer.pid()), before, "after {name}");
    }
    assert!(rig.drops("capture_errors") >= 1, "the buffer marked as broken is counted");

    rig.hdmi.set("Percentage of Dropped Buffers", 50);
    eventually("gaps in the driver's count", PATIENCE, || (rig.drops("capture_missed") >= 10).then_some(()));
    rig.hdmi.set("Percentage of Dropped Buffers", 0);
    let missed = rig.drops("capture_missed");
    // Takes effect at the next start of the stream; it then wraps after 128 pictures.
    rig.hdmi.set("Wrap Sequence Number", 1);
    rig.hdmi.press("Inject Fatal Streaming Error");
    rig.screen.record(1280, 150, PATIENCE);
    rig.hdmi.set("Wrap Sequence Number", 0);
    assert!(rig.drops("capture_missed") < missed + 100, "a count that wraps is not a million lost pictures");
    rig.moves();
}

/// The whole device goes and comes back.
pub fn is_unplugged() {
    let mut rig = Rig::new("YUYV", MODE, &["--persistent"]);
    let reason = |rig: &Rig| rig.streamer.state()["source"]["reason"].as_str().unwrap_or_default().to_owned();
    fs::write(format!("{DRIVER}/unbind"), "vivid.0").expect("unbind vivid");
    let (unit, _) = rig.screen.until("the picture of a device that is gone", PATIENCE, |info| !info.online);
    assert_eq!((unit.info.width, unit.info.height), (1280, 720), "at the last known size");
    eventually("the reason", PATIENCE, || reason(&rig).contains("is not there").then_some(()));
    fs::write(format!("{DRIVER}/bind"), "vivid.0").expect("bind vivid");
    // Nobody may have the old node open; the new one has the signal that vivid begins with.
    rig.hdmi = rustreamer_tests::vm::hdmi::Hdmi::new();
    rig.screen.until("the device's picture", PATIENCE, |info| info.online && info.key);
    rig.moves();
    assert_eq!(reason(&rig), "");
}

/// A hundred changes of the resolution in a row; nothing is lost track of.
pub fn a_hundred_resolutions() {
    let mut rig = Rig::new("YUYV", MODE, &[]);
    let before = rig.holdings();
    let mut times = Vec::new();
    for n in 0..100 {
        let (mode, width) = [("640x480p59", 640), ("1920x1080p60", 1920), (MODE, 1280)][n % 3];
        let start = rig.hdmi.select(mode);
        let (unit, _) =
            rig.screen.until(mode, PATIENCE, |info| info.width == width && info.key && info.online);
        times.push(unit.info.encode_end.0.saturating_sub(start.0) / 1000);
    }
    times.sort_unstable();
    println!(
        "        to the first picture of the other size: {} ms in the median, {} ms at most",
        times[50], times[99]
    );
    rig.hdmi.select(MODE);
    rig.screen.until(MODE, PATIENCE, |info| info.width == 1280 && info.online);
    rig.encoding_with("DMA-BUF");
    assert_eq!(rig.holdings(), before, "descriptors, and what the encoder holds");
}
