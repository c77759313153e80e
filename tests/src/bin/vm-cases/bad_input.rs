//! Devices that are not what they were taken for: named in one line, and what was done instead.

use rustreamer_tests::streamer::{Streamer, eventually, run, sink_name, sink_path};
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::screen::Screen;
use rustreamer_tests::vm::{ENCODER, RECEIVER};

use crate::rig::{PATIENCE, Rig};

const MODE: &str = "640x480p59";

/// An encoder's node given as the capture device, and a receiver that another program has.
pub fn the_capture_device() {
    let refused = |device: &str, words: &[&str]| {
        let sink = sink_name("h264");
        let ended = run(&["--device", device, "--dv-timings", "--port", "18123", "--h264-sink", &sink]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        let errors: Vec<&str> =
            ended.stderr.lines().filter(|line| line.starts_with("ustreamer: error: ")).collect();
        assert_eq!(errors.len(), 1, "{ended:?}");
        for word in words {
            assert!(errors[0].contains(word), "{word:?} is not in: {}", errors[0]);
        }
        assert!(!sink_path(&sink).exists(), "{sink} was left behind");
    };
    refused(ENCODER, &[ENCODER, "not a capture device", "--list-devices"]);
    let mut rig = Rig::new("YUYV", MODE, &[]);
    refused(RECEIVER, &[RECEIVER, "another program is using it"]);
    rig.screen.until("a picture all the same", PATIENCE, |info| info.online);
}

/// No encoder, a receiver, and an encoder that does not take such pictures: software does it, and `/state` says why.
pub fn the_encoder() {
    Hdmi::new().select(MODE);
    for (encoder, format, words) in [
        ("/dev/video77", "YUYV", "/dev/video77: opening the device: No such file or directory"),
        (RECEIVER, "YUYV", "not an encoder: vivid (vivid) is no memory-to-memory device"),
        ("/dev/null", "YUYV", "/dev/null: opening the device: it is not a V4L2 device"),
        (ENCODER, "GREY", "the encoder does not take GREY, only YU12"),
    ] {
        let streamer = Streamer::start(&[
            "--device",
            RECEIVER,
            "--dv-timings",
            "--format",
            format,
            "--h264-m2m-device",
            encoder,
            "--h264-sink-rm",
            "--no-log-colors",
        ]);
        let mut screen = Screen::new(streamer.sink());
        screen.until("a picture", PATIENCE, |info| info.online && info.key);
        eventually(words, PATIENCE, || {
            let state = &streamer.state()["h264"]["encoder"];
            let said = |key: &str, words: &str| state[key].as_str().is_some_and(|text| text.contains(words));
            (said("name", "openh264") && said("why", words)).then_some(())
        });
    }
}
