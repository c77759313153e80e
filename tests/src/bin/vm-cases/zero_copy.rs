//! The proof of the way without copies: at every size and format the encoder imports each picture, the processor maps none, and what
//! comes out is the picture that went in.

use std::collections::BTreeSet;
use std::path::Path;

use rustreamer::source::convert::{Layout, convert};
use rustreamer::source::picture::{Colour, Picture};
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::screen::{Shot, decode, psnr};
use rustreamer_tests::vm::trace::{Trace, minor};
use rustreamer_tests::vm::{RECEIVER, encoder, process};
use v4l2m2m::{Capture, CaptureConfig, FourCc, Micros, Size};

use crate::rig::{PATIENCE, Rig};

const MODES: [(&str, u32); 5] = [
    ("640x480p59", 640),
    ("1280x720p60", 1280),
    ("1680x1050p59", 1680),
    ("1920x1080p60", 1920),
    ("1920x1200p59", 1920),
];
/// Access units looked at for each size.
const UNITS: usize = 8;
/// vivid's text, which changes from picture to picture: off, so that a picture can be compared to the one before.
pub const TEXT: &str = "OSD Text Mode";

pub fn uyvy() {
    every_size("UYVY", FourCc::UYVY);
}

pub fn yuyv() {
    every_size("YUYV", FourCc::YUYV);
}

pub fn rgb24() {
    every_size("RGB24", FourCc::RGB24);
}

pub fn bgr24() {
    every_size("BGR24", FourCc::BGR24);
}

pub fn nv12() {
    every_size("NV12", FourCc::NV12);
}

fn every_size(name: &str, format: FourCc) {
    let hdmi = Hdmi::new();
    hdmi.set(TEXT, 2);
    let originals: Vec<Shot> = MODES.iter().map(|(mode, _)| original(&hdmi, mode, format)).collect();
    drop(hdmi);

    let counters = ["stat_frames", "stat_dmabuf", "stat_wrong_buffer"];
    let before = counters.map(encoder::read);
    let mut rig = Rig::new(name, MODES[0].0, &["--h264-bitrate=20000"]);
    rig.hdmi.set(TEXT, 2);
    for ((mode, width), original) in MODES.iter().zip(&originals) {
        rig.hdmi.select(mode);
        let height = original.size.1 as u32;
        rig.screen.until(mode, PATIENCE, |info| (info.width, info.height) == (*width, height) && info.online);
        let trace = Trace::begin();
        let begin = Micros::now().0;
        let units = rig.screen.record(*width, UNITS, PATIENCE);
        let calls = trace.end();
        let least = decode(&units).iter().map(|shot| psnr(shot, original)).fold(f64::INFINITY, f64::min);
        println!("        {name} {mode}: {least:.1} dB");
        assert!(least >= 35.0, "{name} {mode}: only {least:.1} dB");

        let receiver = minor(RECEIVER);
        let captured: BTreeSet<u64> = calls
            .iter()
            .filter(|call| call.minor == receiver && call.name == "v4l2_dqbuf")
            .map(|call| call.timestamp)
            .collect();
        for time in units.iter().map(|unit| unit.info.grab_begin.0).filter(|time| *time >= begin) {
            assert!(captured.contains(&time), "{name} {mode}: {time} is no time stamp of the receiver's");
        }
    }
    let mapped = process::mapped_pictures(rig.streamer.pid(), RECEIVER);
    assert!(mapped.is_empty(), "{name}: raw pictures are mapped: {mapped:?}");
    let [frames, imported, wrong] = [0, 1, 2].map(|n| encoder::read(counters[n]) - before[n]);
    assert!(frames >= (MODES.len() * UNITS) as i64);
    assert_eq!(
        (imported, wrong),
        (frames, 0),
        "{name}: imports of {frames} frames, and pictures of another buffer"
    );
    rig.hdmi.set(TEXT, 0);
}

/// The picture that the receiver gives in this mode, as 4:2:0.
pub fn original(hdmi: &Hdmi, mode: &str, format: FourCc) -> Shot {
    hdmi.select(mode);
    let wish =
        CaptureConfig { dv_timings: true, ..CaptureConfig::new(format, Size { width: 640, height: 480 }) };
    let mut capture = Capture::open(Path::new(RECEIVER), &wish).expect("a session");
    let frame = loop {
        match capture.dequeue().expect("a picture") {
            Some(frame) => break frame,
            None => std::thread::sleep(std::time::Duration::from_millis(2)),
        }
    };
    let layout = frame.layout();
    let mut picture = Picture::new(layout.size, Colour::BLACK);
    let lies = Layout::from(layout);
    convert(lies, &frame.map().expect("its bytes"), &mut picture).expect("a known format");
    Shot { size: (picture.width(), picture.height()), planes: picture.planes().map(<[u8]>::to_vec) }
}
