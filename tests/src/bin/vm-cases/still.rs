//! A screen on which nothing moves, encoded in software.

use std::time::{Duration, Instant};

use rustreamer_tests::streamer::{Streamer, eventually};
use rustreamer_tests::vm::RECEIVER;
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::screen::{Screen, Unit, decode, psnr};

use crate::rig::PATIENCE;

/// Vivid's counters move; without them its picture is still.
const ALL: i32 = 0;
const NONE: i32 = 2;
/// kbit/s.
const BITRATE: u64 = 5000;

/// Units of this time, and their bytes in a second.
fn watch(screen: &mut Screen, time: Duration) -> (Vec<Unit>, u64) {
    let (start, mut units) = (Instant::now(), Vec::new());
    while start.elapsed() < time {
        units.push(screen.next(PATIENCE).0);
    }
    let bytes: usize = units.iter().map(|unit| unit.data.len()).sum();
    let rate = bytes as u64 * 1000 / start.elapsed().as_millis() as u64;
    (units, rate)
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
    let mut screen = Screen::new(streamer.sink());
    let (before, _) = screen.until("the first picture", PATIENCE, |info| info.online && info.key);
    let (mut units, moving) = watch(&mut screen, Duration::from_secs(2));
    hdmi.set("OSD Text Mode", NONE);
    let unchanged = || streamer.state()["drops"]["unchanged"].as_u64().expect("a count");
    eventually("nothing moves", PATIENCE, || (unchanged() > 0).then_some(()));
    let (still, rate) = watch(&mut screen, Duration::from_secs(5));
    hdmi.set("OSD Text Mode", ALL);
    println!(
        "        moving: {moving} bytes a second; still: {} pictures, {rate} bytes a second",
        still.len()
    );
    assert!(rate <= BITRATE * 1000 / 8 / 10, "{rate} bytes a second");
    assert!((3..=15).contains(&still.len()), "{} pictures in 5 s", still.len());
    let (again, _) = watch(&mut screen, Duration::from_secs(2));
    assert!(again.len() >= 10, "{} pictures in 2 s when it moves again", again.len());
    units.insert(0, before);
    units.extend(still);
    let end = units.len();
    units.extend(again);
    let shots = decode(&units);
    assert_eq!(shots.len(), units.len(), "it is one stream without gaps");
    let likeness = psnr(&shots[end - 1], &shots[end - 2]);
    assert!(likeness > 50.0, "the still picture changes: {likeness} dB");
}
