//! A streamer on the receiver and the encoder, with a screen at its sink.

use std::time::Duration;

use rustreamer_tests::streamer::{Streamer, eventually};
use rustreamer_tests::vm::hdmi::{Hdmi, Signal};
use rustreamer_tests::vm::screen::Screen;
use rustreamer_tests::vm::{ENCODER, RECEIVER, encoder, process};
use serde_json::Value;

/// Longer than anything here may take; what takes longer hangs.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// A picture must move again this soon after a fault of the encoder.
pub const SOON: Duration = Duration::from_secs(2);

/// All of it.
pub struct Rig {
    /// What the receiver receives.
    pub hdmi: Hdmi,
    /// The process.
    pub streamer: Streamer,
    /// Who watches.
    pub screen: Screen,
}

impl Rig {
    /// A streamer that captures this format and mode, and uses the kernel's encoder; the first picture has come.
    pub fn new(format: &str, mode: &str, more: &[&str]) -> Self {
        let hdmi = Hdmi::new();
        hdmi.select(mode);
        let format = format!("--format={format}");
        let encoder = format!("--h264-m2m-device={ENCODER}");
        let fixed = [
            "--device",
            RECEIVER,
            "--dv-timings",
            &format,
            &encoder,
            "--h264-boost",
            "--h264-sink-rm",
            "--no-log-colors",
        ];
        let streamer = Streamer::start(&[&fixed[..], more].concat());
        let mut screen = Screen::new(streamer.sink());
        screen.until("the first picture", PATIENCE, |info| info.online && info.key);
        Self { hdmi, streamer, screen }
    }

    /// What `/state` says of the encoder: its name and why it is this one.
    pub fn encoder(&self) -> (String, String) {
        let state = self.streamer.state();
        let text = |key: &str| state["h264"]["encoder"][key].as_str().unwrap_or_default().to_owned();
        (text("name"), text("why"))
    }

    /// Watches until the encoder's name has this in it. (Where nobody watches nothing is encoded, and no encoder tried again.)
    pub fn encoding_with(&mut self, part: &str) {
        eventually(&format!("encoding with {part}"), PATIENCE, || {
            self.screen.next(PATIENCE);
            self.encoder().0.contains(part).then_some(())
        });
    }

    /// One of the counts of lost frames.
    pub fn drops(&self, cause: &str) -> u64 {
        count(&self.streamer.state(), cause)
    }

    /// The picture moves: access units come and can be decoded, none is longer than `SOON` in coming.
    pub fn moves(&mut self) {
        let width = self.screen.until("a picture", SOON, |info| info.online).0.info.width;
        let units = self.screen.record(width, 10, PATIENCE);
        rustreamer_tests::vm::screen::decode(&units);
    }

    /// What the process and the kernel hold. (Imports come one by one, as pictures come in a buffer for the first time.)
    pub fn holdings(&self) -> (Vec<String>, i64, i64) {
        let [contexts, buffers, _imports] = encoder::holds();
        (process::descriptors(self.streamer.pid()), contexts, buffers)
    }
}

fn count(state: &Value, cause: &str) -> u64 {
    state["drops"][cause].as_u64().unwrap_or_else(|| panic!("no count of {cause} in {}", state["drops"]))
}

impl Drop for Rig {
    fn drop(&mut self) {
        // Ended here, not when the fields are dropped: nothing may be left in the encoder after its end.
        let ended = self.streamer.end(libc::SIGTERM, Duration::from_secs(5));
        if std::thread::panicking() {
            return;
        }
        self.hdmi.signal(Signal::Good);
        assert_eq!(ended.and_then(|status| status.code()), Some(0), "the streamer ends well");
        assert_eq!(encoder::holds(), [0; 3], "the encoder's open files, buffers and imports after the end");
    }
}
