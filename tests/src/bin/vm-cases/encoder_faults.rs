//! What an encoder may do wrong. Each time there is a moving picture again within two seconds, in the same process, and once the fault
//! is over the best encoder is used again.

use std::time::{Duration, Instant};

use rustreamer_tests::streamer::eventually;
use rustreamer_tests::vm::encoder::{self, Fault};

use crate::rig::{PATIENCE, Rig};

const MODE: &str = "1280x720p60";
/// The same size at another rate: the source changes, so everything is opened again.
const OTHER: &str = "1280x720p50";
const BEST: &str = "DMA-BUF";

fn rig() -> Rig {
    let mut rig = Rig::new("YUYV", MODE, &[]);
    rig.encoding_with(BEST);
    // Proved: the next failure is its first.
    rig.screen.record(1280, 110, PATIENCE);
    rig
}

/// The source changes, so that the encoder is opened anew.
fn reopen(rig: &mut Rig, mode: &str) {
    let before = rig.drops("capture_errors");
    rig.hdmi.select(mode);
    eventually("the other source", PATIENCE, || {
        let state = rig.streamer.state();
        (state["source"]["online"] == true).then_some(())
    });
    assert_eq!(rig.drops("capture_errors"), before);
    rig.moves();
}

/// One picture never completes: the encoder is given up, software takes over, and the encoder is tried again by itself.
pub fn hangs() {
    let mut rig = rig();
    let before = rig.holdings();
    let hung = encoder::read("stat_hung");
    let fault = Fault::begin("hang_every", 1);
    eventually("a picture that never completes", PATIENCE, || {
        (encoder::read("stat_hung") > hung).then_some(())
    });
    rig.encoding_with("openh264");
    assert!(rig.encoder().1.contains("has not answered for 500 ms"), "{:?}", rig.encoder());
    rig.moves();
    drop(fault);
    rig.encoding_with(BEST);
    rig.moves();
    assert_eq!(rig.holdings(), before, "descriptors, and what the encoder holds");
    assert!(rig.drops("encoder_failed") > 0);
}

/// Pieces marked as damaged are not shown, and a key frame follows each of them.
pub fn damaged_pieces() {
    let mut rig = rig();
    let before = rig.holdings();
    let keys = encoder::read("stat_keys");
    let fault = Fault::begin("fail_every", 7);
    eventually("damaged pieces", PATIENCE, || (rig.drops("encoder_failed") >= 10).then_some(()));
    drop(fault);
    assert!(encoder::read("stat_keys") >= keys + 9, "a key frame for each");
    rig.moves();
    assert!(rig.encoder().0.contains(BEST), "it is no reason for another encoder: {:?}", rig.encoder());
    assert_eq!(rig.holdings(), before);
}

/// Its rate control leaves pictures out: fewer pieces than pictures, each with the time stamp of its own.
pub fn swallows() {
    let mut rig = rig();
    let fault = Fault::begin("swallow_every", 3);
    let swallowed = encoder::read("stat_swallowed");
    rig.screen.record(1280, 60, PATIENCE);
    assert!(encoder::read("stat_swallowed") > swallowed);
    drop(fault);
    rig.moves();
    assert!(rig.encoder().0.contains(BEST), "{:?}", rig.encoder());
}

/// 20 and 60 ms for a picture: fewer pictures, no fault; and none of them waits in a queue.
pub fn is_slow() {
    let mut rig = rig();
    for delay in [20_000, 60_000] {
        let _fault = Fault::begin("delay_us", delay);
        let units = rig.screen.record(1280, 12, PATIENCE);
        let ages: Vec<u64> = units.iter().map(|u| u.info.encode_end.0 - u.info.grab_begin.0).collect();
        let mut sorted = ages[2..].to_vec();
        sorted.sort_unstable();
        println!("        {delay} µs: from capture to sink {} µs in the median", sorted[sorted.len() / 2]);
        assert!(rig.encoder().0.contains(BEST), "{:?}", rig.encoder());
    }
    assert!(rig.drops("replaced") > 0, "what the encoder has no time for is counted");
    rig.moves();
}

/// REQBUFS(DMABUF) fails: the pictures are copied, which is said with the reason; later it is imported again.
pub fn refuses_to_import() {
    let mut rig = rig();
    let fault = Fault::begin("refuse_dmabuf", 1);
    reopen(&mut rig, OTHER);
    rig.encoding_with("copies");
    let (_, why) = rig.encoder();
    assert!(why.contains("asking for DMA-BUF import") && why.contains("EINVAL"), "{why}");
    drop(fault);
    rig.encoding_with(BEST);
    reopen(&mut rig, MODE);
    rig.encoding_with(BEST);
}

/// No memory, or a refusal at STREAMON: software, and back.
pub fn refuses_to_start() {
    let mut rig = rig();
    for (fault, words, mode) in [("no_memory", "ENOMEM", OTHER), ("refuse_streamon", "ESRCH", MODE)] {
        let fault = Fault::begin(fault, 1);
        reopen(&mut rig, mode);
        rig.encoding_with("openh264");
        let (_, why) = rig.encoder();
        assert!(why.contains(words), "{why}");
        drop(fault);
        rig.encoding_with(BEST);
        rig.moves();
    }
}

/// A level or a bitrate that the driver refuses: the encoder is used without it.
pub fn refuses_values() {
    let mut rig = rig();
    let faults = [
        ("refuse_level", 31, OTHER, ["H264 Level = 4", "a range of 1 to ", "; left at "]),
        ("refuse_bitrate", 1_000_000, MODE, ["Video Bitrate = 5000000", "a range of ", "; left at "]),
    ];
    for (name, value, mode, words) in faults {
        let _fault = Fault::begin(name, value);
        reopen(&mut rig, mode);
        let said = eventually("it is told in one line", PATIENCE, || {
            let log = rig.streamer.log();
            log.lines().find(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned)
        });
        println!("        {said}");
        let refused =
            || rig.streamer.state()["h264"]["encoder"]["refused"].as_str().unwrap_or_default().to_owned();
        eventually("/state tells it, too", PATIENCE, || {
            let told = refused();
            words.iter().all(|word| told.contains(word)).then_some(())
        });
        rig.moves();
    }
    // A change that it takes is no reason to go on about it.
    let body = r#"{"bitrate": 900}"#;
    let head = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    assert_eq!(rig.streamer.ask("PATCH", "/control", &head).status, 200);
    eventually("nothing is refused any more", PATIENCE, || {
        (rig.streamer.state()["h264"]["encoder"]["refused"] == "").then_some(())
    });
}

/// The encoder goes and comes back, pulled out under a running stream.
pub fn is_unplugged() {
    let mut rig = rig();
    let before = rig.holdings();
    for _ in 0..3 {
        encoder::unplug();
        rig.encoding_with("openh264");
        rig.moves();
        encoder::plug();
        rig.encoding_with(BEST);
        rig.screen.record(1280, 110, PATIENCE);
    }
    assert_eq!(rig.holdings(), before);
}

/// Two hundred faults of all kinds: nothing is lost track of.
pub fn two_hundred_faults() {
    // Small pictures: software, which steps in each time, is slow in the guest.
    const MODES: [(&str, u32); 2] = [("640x480p59", 640), ("720x480p59", 720)];
    let mut rig = Rig::new("YUYV", MODES[0].0, &[]);
    rig.encoding_with(BEST);
    let before = rig.holdings();
    let mut worst = Duration::ZERO;
    for n in 0..100 {
        // Each change of the source opens the encoder anew, into one of these.
        let fault = ["refuse_dmabuf", "no_memory", "refuse_streamon"][n % 3];
        let fault = Fault::begin(fault, 1);
        let start = Instant::now();
        let (mode, width) = MODES[(n + 1) % 2];
        rig.hdmi.select(mode);
        rig.screen.until(mode, PATIENCE, |info| info.online && info.key && info.width == width);
        worst = worst.max(start.elapsed());
        assert!(!rig.encoder().0.contains(BEST), "it did not fail");
        drop(fault);
    }
    println!("        100 times opened into a fault, the longest took {} ms", worst.as_millis());
    rig.encoding_with(BEST);
    let failed = rig.drops("encoder_failed");
    let fault = Fault::begin("fail_every", 3);
    eventually("a hundred damaged pieces", PATIENCE, || {
        (rig.drops("encoder_failed") >= failed + 100).then_some(())
    });
    drop(fault);
    rig.moves();
    rig.encoding_with(BEST);
    assert_eq!(rig.holdings(), before, "descriptors, and what the encoder holds");
}
