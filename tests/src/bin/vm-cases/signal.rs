//! The signal at the HDMI input: its absence has a name, and its return is seen at once.

use std::path::PathBuf;
use std::process::Command;

use rustreamer_tests::streamer::{eventually, program, run};
use rustreamer_tests::vm::RECEIVER;
use rustreamer_tests::vm::hdmi::Signal;
use v4l2m2m::{Device, Edid};

use crate::rig::{PATIENCE, Rig};

pub fn each_fault_has_its_words() {
    let mut rig = Rig::new("YUYV", "1280x720p60", &[]);
    let before = rig.holdings();
    for (signal, words) in [
        (Signal::None, "no cable at /dev/video20"),
        (Signal::Unstable, "it is unstable"),
        (Signal::OutOfRange, "choose a lower resolution"),
    ] {
        let mut times = Vec::new();
        for _ in 0..7 {
            rig.hdmi.signal(signal);
            let (unit, _) =
                rig.screen.until("the picture of a missing signal", PATIENCE, |info| !info.online);
            assert_eq!((unit.info.width, unit.info.height), (1280, 720), "at the last known size");
            eventually(words, PATIENCE, || {
                let state = rig.streamer.state();
                let reason = state["source"]["reason"].as_str().unwrap_or_default();
                (state["source"]["online"] == false && reason.contains(words)).then_some(())
            });
            let back = rig.hdmi.signal(Signal::Good);
            let (unit, _) = rig.screen.until("the signal's picture", PATIENCE, |info| info.online);
            times.push(unit.info.encode_end.0.saturating_sub(back.0) / 1000);
        }
        times.sort_unstable();
        println!("        {signal:?}: back after {} ms in the median, {} ms at most", times[3], times[6]);
    }
    rig.moves();
    rig.encoding_with("DMA-BUF");
    assert_eq!(rig.holdings(), before, "descriptors, and what the encoder holds");
}

pub fn edid() {
    let device = Device::open(RECEIVER.as_ref()).expect("vivid");
    let shown = device.edid().expect("vivid shows one");
    // Another serial number in the base block, and its checksum.
    let mut bytes = shown.bytes().to_vec();
    bytes[12] = bytes[12].wrapping_add(1);
    bytes[127] = bytes[127].wrapping_sub(1);
    let other = Edid::new(bytes.clone()).expect("a good one");
    let file = PathBuf::from("/tmp/other.edid");
    std::fs::write(&file, other.to_string()).expect("write a file");
    {
        let mut rig = Rig::new("YUYV", "1280x720p60", &["--edid", "/tmp/other.edid"]);
        assert_eq!(device.edid().expect("an EDID"), other);
        rig.moves();
    }
    let printed =
        Command::new(program("ustreamer")).args(["--get-edid", "-d", RECEIVER]).output().expect("run it");
    assert_eq!(Edid::parse(&printed.stdout), Ok(other));
    bytes[20] ^= 1;
    std::fs::write(&file, &bytes).expect("write a file");
    let refused = run(&["--device", RECEIVER, "--edid", "/tmp/other.edid"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("the checksum of block 0 is"), "{}", refused.stderr);
    device.set_edid(&shown).expect("as it was");
}
