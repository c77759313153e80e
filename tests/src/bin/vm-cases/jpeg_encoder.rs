//! JPEGs by the kernel's encoders: what comes out is the picture that went in, by DMA-BUF; and whatever an encoder does wrong, JPEGs go on.

use std::fs;
use std::time::Duration;

use memsink::{FORMAT_JPEG, Frame, Kind, Read, Reader};
use rustreamer_tests::streamer::{Streamer, eventually, sink_name, sink_path};
use rustreamer_tests::vm::encoder::{self, Fault};
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::jpeg::{Viewer, decode};
use rustreamer_tests::vm::screen::{Shot, psnr};
use rustreamer_tests::vm::{ENCODER, IMAGE_ENCODER, RECEIVER, process};
use v4l2m2m::{FourCc, Micros};

use crate::rig::{PATIENCE, Rig};
use crate::zero_copy::{TEXT, original};

const MODES: [&str; 3] = ["640x480p59", "1280x720p60", "1920x1080p60"];
const MODE: &str = MODES[1];
/// The same size at another rate: the source changes, so everything is opened again.
const OTHER: &str = "1280x720p50";
/// vivid's pictures. Its bars survive JPEG untouched; the others have something of every frequency.
const PATTERN: &str = "Test Pattern";
const BARS: i32 = 0;
const SQUARES: i32 = 4;
const CHECKERS: i32 = 11;
const RED_GREEN_CHECKERS: i32 = 13;
const GREY_RAMP: i32 = 20;
const VIVID: &str = "/sys/bus/platform/drivers/vivid";
const IMAGE: [&str; 3] = ["--encoder=m2m-image", "--m2m-device", IMAGE_ENCODER];

/// A streamer without H.264, and somebody who watches JPEGs.
struct Watched {
    hdmi: Hdmi,
    streamer: Streamer,
    viewer: Viewer,
}

impl Watched {
    fn new(format: &str, more: &[&str]) -> Self {
        let hdmi = Hdmi::new();
        hdmi.select(MODE);
        let format = format!("--format={format}");
        let fixed = ["--device", RECEIVER, "--dv-timings", &format, "--no-log-colors"];
        let streamer = Streamer::start_without_sink(&[&fixed[..], more].concat());
        let viewer = Viewer::new(&streamer);
        Self { hdmi, streamer, viewer }
    }

    /// Who makes JPEGs, by `/state`, and why.
    fn maker(&self) -> (String, String) {
        maker(&self.streamer)
    }

    /// Watches until JPEGs are made by this one, and in this way. (Where nobody watches nothing is encoded.)
    fn made_by(&mut self, kind: &str, how: &str) {
        eventually(&format!("{kind}, {how}"), PATIENCE, || {
            self.viewer.picture();
            let (maker, why) = self.maker();
            (maker == kind && why.contains(how)).then_some(())
        });
    }

    /// Watches until the encoder has proved itself: its next failure is the first.
    fn proved(&mut self) {
        self.made_by("M2M-IMAGE", "DMA-BUF: the best there is");
        let made = encoder::read("stat_jpegs");
        eventually("a hundred JPEGs", PATIENCE, || {
            self.viewer.picture();
            (encoder::read("stat_jpegs") > made + 110).then_some(())
        });
    }

    /// What the process and the kernel hold.
    fn holdings(&self) -> (Vec<String>, i64, i64) {
        let [contexts, buffers, _imports] = encoder::holds();
        (process::descriptors(self.streamer.pid()), contexts, buffers)
    }

    fn failed(&self) -> u64 {
        self.streamer.state()["stream"]["drops"]["failed"].as_u64().expect("a count")
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let ended = self.streamer.end(libc::SIGTERM, Duration::from_secs(5));
        if std::thread::panicking() {
            return;
        }
        assert_eq!(ended.and_then(|status| status.code()), Some(0), "the streamer ends well");
        assert_eq!(encoder::holds(), [0; 3], "the encoders' open files, buffers and imports after the end");
    }
}

fn maker(streamer: &Streamer) -> (String, String) {
    let state = streamer.state();
    let text = |key: &str| state["encoder"][key].as_str().expect("a text").to_owned();
    (text("type"), text("why"))
}

fn has_tables(jpeg: &[u8]) -> bool {
    jpeg.windows(2).take(1024).any(|marker| marker == [0xff, 0xc4])
}

/// JPEG of `/dev/video31`, which is found.
pub fn of_an_image_encoder() {
    every_size("YUYV", FourCc::YUYV, "image", [GREY_RAMP, RED_GREEN_CHECKERS, CHECKERS]);
}

/// Motion JPEG of `/dev/video11`, which leaves the Huffman tables out.
pub fn of_a_video_encoder() {
    // (Its rate is not enough for the checkers.)
    every_size("UYVY", FourCc::UYVY, "video", [SQUARES, SQUARES, GREY_RAMP]);
}

fn every_size(name: &str, format: FourCc, kind: &str, patterns: [i32; 3]) {
    let hdmi = Hdmi::new();
    hdmi.set(TEXT, 2);
    let cases = MODES.into_iter().zip(patterns);
    let picture = |(mode, pattern): (_, i32)| {
        hdmi.set(PATTERN, pattern);
        original(&hdmi, mode, format)
    };
    let originals: Vec<Shot> = cases.clone().map(picture).collect();
    drop(hdmi);

    let counters = ["stat_jpegs", "stat_jpegs_dmabuf", "stat_frames", "stat_wrong_buffer"];
    let before = counters.map(encoder::read);
    let sink = sink_name("jpeg");
    let mut watched =
        Watched::new(name, &[&format!("--encoder=m2m-{kind}"), "--jpeg-sink", &sink, "--jpeg-sink-rm"]);
    watched.hdmi.set(TEXT, 2);
    let mut reader = Reader::new(sink.parse().expect("a name"), Duration::from_secs(1));
    let mut frame = Frame::with_capacity(Kind::Jpeg);
    for ((mode, pattern), original) in cases.zip(&originals) {
        watched.hdmi.set(PATTERN, pattern);
        watched.hdmi.select(mode);
        let width = original.size.0;
        eventually(mode, PATIENCE, || {
            let online = watched.viewer.picture();
            (online.header("X-UStreamer-Width") == Some(&width.to_string())
                && online.header("X-UStreamer-Online") == Some("true"))
            .then_some(())
        });
        // What the rate control of Motion JPEG began with is past.
        let parts: Vec<_> = (0..20).map(|_| watched.viewer.picture().data).collect();
        assert!(parts.iter().all(|jpeg| has_tables(jpeg)), "{name} {mode}: browsers need Huffman tables");
        let least =
            parts[12..].iter().map(|jpeg| psnr(&decode(jpeg), original)).fold(f64::INFINITY, f64::min);
        println!("        {name} {mode}: {least:.1} dB, {} bytes", parts[19].len());
        assert!(least >= 30.0, "{name} {mode}: only {least:.1} dB");
        assert_eq!(reader.read(&mut frame, PATIENCE).expect("a sink"), Read::Frame);
        assert_eq!((frame.info.width as usize, frame.info.format), (width, FORMAT_JPEG));
        assert!(psnr(&decode(&frame.data), original) >= 30.0, "the sink's");
    }
    watched.made_by(&format!("M2M-{}", kind.to_uppercase()), "DMA-BUF: the best there is");
    let mapped = process::mapped_pictures(watched.streamer.pid(), RECEIVER);
    assert!(mapped.is_empty(), "{name}: raw pictures are mapped: {mapped:?}");
    // The counters are read one after the other, so nothing may be on its way.
    watched.streamer.end(libc::SIGTERM, PATIENCE);
    let [jpegs, imported, frames, wrong] = [0, 1, 2, 3].map(|n| encoder::read(counters[n]) - before[n]);
    assert!(jpegs >= 60, "{jpegs}");
    assert_eq!(
        (imported, frames, wrong),
        (jpegs, jpegs, 0),
        "each JPEG is of an imported picture, the right one"
    );
    watched.hdmi.set(TEXT, 0);
    watched.hdmi.set(PATTERN, BARS);
    drop(watched);
    assert!(!sink_path(&sink).exists(), "--jpeg-sink-rm");
}

/// Where the H.264 encoder imports the same pictures, that of JPEG gets copies. And nobody who watches means no JPEG.
pub fn beside_h264() {
    let counters = ["stat_jpegs", "stat_jpegs_dmabuf"];
    let mut rig = Rig::new("UYVY", MODE, &IMAGE);
    let none = encoder::read(counters[0]);
    rig.encoding_with("DMA-BUF");
    rig.screen.record(1280, 20, PATIENCE);
    assert_eq!(encoder::read(counters[0]), none, "JPEGs that nobody wants");
    let before = counters.map(encoder::read);
    let mut viewer = Viewer::new(&rig.streamer);
    for _ in 0..20 {
        decode(&viewer.picture().data);
        rig.screen.next(PATIENCE);
    }
    let (kind, why) = maker(&rig.streamer);
    assert!(kind == "M2M-IMAGE" && why.contains("copies: the H.264 encoder may import"), "{kind}: {why}");
    assert!(rig.encoder().0.contains("DMA-BUF"), "{:?}", rig.encoder());
    let [jpegs, imported] = [0, 1].map(|n| encoder::read(counters[n]) - before[n]);
    assert!(jpegs >= 20 && imported == 0, "{jpegs} JPEGs, {imported} of them of imported pictures");
    assert_eq!(rig.streamer.log().matches("the kernel's encoder gets copies").count(), 1);
    rig.moves();
}

/// The quality of either kind changes while it runs, and the encoder is the same.
pub fn another_quality() {
    for kind in ["image", "video"] {
        let mut watched = Watched::new("YUYV", &[&format!("--encoder=m2m-{kind}")]);
        watched.made_by(&format!("M2M-{}", kind.to_uppercase()), "DMA-BUF");
        watched.hdmi.set(PATTERN, GREY_RAMP);
        let before = watched.holdings();
        let size = |watched: &mut Watched| {
            (0..40).map(|_| watched.viewer.picture().data.len()).last().expect("some")
        };
        let large = size(&mut watched);
        let body = r#"{"quality": 1}"#;
        let length = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        assert_eq!(watched.streamer.ask("PATCH", "/control", &length).status, 200);
        let small = size(&mut watched);
        println!("        {kind}: {large} bytes, then {small}");
        assert!(small * 2 < large, "{kind}: {large} bytes, then {small}");
        watched.hdmi.set(PATTERN, BARS);
        assert_eq!(watched.holdings(), before, "it is the same encoder");
        assert!(!watched.streamer.log().contains("the driver"), "{}", watched.streamer.log());
    }
}

/// A picture never completes: JPEGs go on in software, and the encoder is tried again by itself, beside those.
pub fn hangs() {
    let mut watched = Watched::new("YUYV", &IMAGE);
    watched.proved();
    let before = watched.holdings();
    let fault = Fault::begin("hang_every", 1);
    watched.made_by("CPU", "has not answered for 500 ms");
    let mut hung = encoder::read("stat_hung");
    eventually("pictures while it is tried again and hangs again", PATIENCE, || {
        let part = watched.viewer.picture();
        assert_eq!(part.header("X-UStreamer-Online"), Some("true"));
        let now = encoder::read("stat_hung");
        if std::mem::replace(&mut hung, now) == now {
            return None;
        }
        // It hangs, and stays open until it is given up. (What was shown before may still be on its way.)
        let since = Micros::now().0 as f64;
        while watched.viewer.picture().number("X-UStreamer-Grab-Begin-Time") * 1e6 < since {}
        (encoder::holds()[0] > 0).then_some(())
    });
    drop(fault);
    watched.made_by("M2M-IMAGE", "DMA-BUF");
    watched.proved();
    assert_eq!(watched.holdings(), before, "descriptors, and what the encoder holds");
}

/// Damaged pieces are not shown: that picture is made in software. One after the other, and the encoder is left.
pub fn damages() {
    let mut watched = Watched::new("YUYV", &IMAGE);
    watched.proved();
    let (before, failed) = (watched.holdings(), watched.failed());
    let fault = Fault::begin("fail_every", 5);
    eventually("damaged pieces", PATIENCE, || {
        decode(&watched.viewer.picture().data[..]);
        (watched.failed() >= failed + 5).then_some(())
    });
    assert_eq!(watched.maker().0, "M2M-IMAGE", "it is no reason for another encoder");
    drop(fault);
    let fault = Fault::begin("fail_every", 1);
    watched.made_by("CPU", "gives damaged pictures");
    drop(fault);
    watched.made_by("M2M-IMAGE", "DMA-BUF");
    assert_eq!(watched.holdings(), before);
}

/// It does not import: it gets copies, which is said with the reason; later it imports again.
pub fn refuses_to_import() {
    let mut watched = Watched::new("YUYV", &IMAGE);
    watched.proved();
    let fault = Fault::begin("refuse_dmabuf", 1);
    watched.hdmi.select(OTHER);
    watched.made_by("M2M-IMAGE", "copies: ");
    let made = encoder::read("stat_jpegs");
    eventually("a hundred JPEGs by copies", PATIENCE, || {
        watched.viewer.picture();
        (encoder::read("stat_jpegs") > made + 110).then_some(())
    });
    // It works, but is not the best there could be.
    let (_, why) = watched.maker();
    assert!(why.contains("asking for DMA-BUF import") && why.contains("EINVAL"), "{why}");
    drop(fault);
    watched.proved();
}

/// It goes and comes back, pulled out under the pictures.
pub fn is_unplugged() {
    for (kind, node) in [("image", IMAGE_ENCODER), ("video", ENCODER)] {
        let mut watched = Watched::new("YUYV", &[&format!("--encoder=m2m-{kind}"), "--m2m-device", node]);
        let name = format!("M2M-{}", kind.to_uppercase());
        watched.made_by(&name, "DMA-BUF");
        let before = watched.holdings();
        for _ in 0..2 {
            encoder::unplug_one(node);
            watched.made_by("CPU", node);
            encoder::plug_one(node);
            watched.made_by(&name, "DMA-BUF");
        }
        assert_eq!(watched.holdings(), before);
    }
}

/// The receiver goes: the encoder lets go of its pictures, and imports those of the one that comes.
pub fn the_receiver_goes() {
    let mut watched = Watched::new("YUYV", &IMAGE);
    watched.proved();
    let before = watched.holdings();
    fs::write(format!("{VIVID}/unbind"), "vivid.0").expect("unbind vivid");
    eventually("a picture that says why", PATIENCE, || {
        (watched.viewer.picture().header("X-UStreamer-Online") == Some("false")).then_some(())
    });
    eventually("nothing is held", PATIENCE, || (encoder::holds() == [0; 3]).then_some(()));
    fs::write(format!("{VIVID}/bind"), "vivid.0").expect("bind vivid");
    watched.hdmi = Hdmi::new();
    watched.hdmi.select(MODE);
    watched.proved();
    assert_eq!(watched.holdings(), before);
}

/// The end does not wait for an encoder that hangs.
pub fn ended_while_it_hangs() {
    let mut watched = Watched::new("YUYV", &IMAGE);
    watched.made_by("M2M-IMAGE", "DMA-BUF");
    let hung = encoder::read("stat_hung");
    let _fault = Fault::begin("hang_every", 1);
    eventually("it hangs", PATIENCE, || (encoder::read("stat_hung") > hung).then_some(()));
    drop(watched);
}
