//! A screen on which nothing moves: H.264 in software, and JPEGs that are left out.

use std::time::{Duration, Instant};

use rustreamer_tests::http::get;
use rustreamer_tests::streamer::{Streamer, eventually, patient};
use rustreamer_tests::vm::RECEIVER;
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::screen::{Screen, Unit, decode, psnr};

use crate::rig::PATIENCE;

/// Vivid's counters move; without them its picture is still.
const ALL: i32 = 0;
const NONE: i32 = 2;
/// kbit/s.
const BITRATE: u64 = 5000;

/// The viewer's part: what of it can be decoded, which is all unless the machine was too slow to read a unit in time.
struct Viewer {
    screen: Screen,
    units: Vec<Unit>,
    whole: bool,
}

impl Viewer {
    /// Begins with a key frame.
    fn new(sink: &str) -> Self {
        let mut screen = Screen::new(sink);
        let (first, _) = screen.until("the first picture", PATIENCE, |info| info.online && info.key);
        Self { screen, units: vec![first], whole: true }
    }

    /// Takes the next unit; its bytes. After one that was missed it asks for a key frame and leaves out what refers to the lost one.
    fn look(&mut self) -> usize {
        let (unit, missed) = self.screen.next(PATIENCE);
        let bytes = unit.data.len();
        self.whole = unit.info.key || (self.whole && missed == 0);
        if self.whole {
            self.units.push(unit);
        } else {
            self.screen.request_key();
        }
        bytes
    }

    /// Watches for this time; how many units came, and their bytes in a second.
    fn watch(&mut self, time: Duration) -> (usize, u64) {
        let (start, mut count, mut bytes) = (Instant::now(), 0, 0);
        while start.elapsed() < time {
            bytes += self.look();
            count += 1;
        }
        (count, bytes as u64 * 1000 / start.elapsed().as_millis() as u64)
    }
}

/// It costs a tenth of the bitrate at most, stays as good as it was, and moves again at once.
pub fn a_screen_on_which_nothing_moves() {
    let hdmi = Hdmi::new();
    hdmi.select("640x480p59");
    // No encoder is there, so software it is.
    let streamer = Streamer::start(&[
        "--device",
        RECEIVER,
        "--dv-timings",
        "--h264-m2m-device=/dev/null",
        "--h264-sink-rm",
        "--no-log-colors",
    ]);
    let mut viewer = Viewer::new(streamer.sink());
    let (_, moving) = viewer.watch(Duration::from_secs(2));
    hdmi.set("OSD Text Mode", NONE);
    let unchanged = || streamer.state()["drops"]["unchanged"].as_u64().expect("a count");
    let start = Instant::now();
    while unchanged() == 0 {
        assert!(start.elapsed() < patient(PATIENCE), "it moves for {:?}", start.elapsed());
        viewer.watch(Duration::from_millis(200));
    }
    let (still, rate) = viewer.watch(Duration::from_secs(5));
    let end = viewer.units.len();
    hdmi.set("OSD Text Mode", ALL);
    println!("        moving: {moving} bytes a second; still: {still} pictures, {rate} bytes a second");
    assert!(rate <= BITRATE * 1000 / 8 / 10, "{rate} bytes a second");
    assert!((3..=15).contains(&still), "{still} pictures in 5 s");
    let (again, _) = viewer.watch(Duration::from_secs(2));
    assert!(again >= 10, "{again} pictures in 2 s when it moves again");
    let shots = decode(&viewer.units);
    assert_eq!(shots.len(), viewer.units.len(), "a picture for each unit");
    let likeness = psnr(&shots[end - 1], &shots[end - 2]);
    assert!(likeness > 50.0, "the still picture changes: {likeness} dB");
}

/// `--drop-same-frames`: JPEGs like the one before are left out, so many in a row, and each that is shown tells how many there were.
pub fn jpegs_that_are_left_out() {
    const MOST: f64 = 20.0;
    let hdmi = Hdmi::new();
    hdmi.select("640x480p59");
    let streamer = Streamer::start(&[
        "--device",
        RECEIVER,
        "--dv-timings",
        "--drop-same-frames=20",
        "--h264-sink-rm",
        "--no-log-colors",
    ]);
    let counts = || {
        let stream = &streamer.state()["stream"];
        let number = |value: &serde_json::Value| value.as_u64().expect("a count");
        (number(&stream["published"]), number(&stream["drops"]["identical"]))
    };
    let mut stream = get(streamer.port(), "/stream?extra_headers=1");
    let mut dropped = || stream.part().number("X-UStreamer-Dropped");
    for _ in 0..20 {
        assert_eq!(dropped(), 0.0, "it moves");
    }
    assert_eq!(counts().1, 0);
    hdmi.set("OSD Text Mode", NONE);
    eventually("as many as may be are left out", PATIENCE, || (dropped() == MOST).then_some(()));
    let before = counts();
    for _ in 0..3 {
        // What is sent again for want of a new one tells the same.
        assert_eq!(dropped(), MOST);
    }
    let now = counts();
    hdmi.set("OSD Text Mode", ALL);
    let (shown, left_out) = (now.0 - before.0, now.1 - before.1);
    println!("        {shown} JPEGs shown, {left_out} left out");
    assert!(left_out >= 10 && left_out >= shown * 10, "{shown} shown, {left_out} left out");
    eventually("it moves again", PATIENCE, || (dropped() == 0.0).then_some(()));
    let end = counts();
    for _ in 0..20 {
        assert_eq!(dropped(), 0.0, "it moves");
    }
    assert!(counts().0 >= end.0 + 15);
}
