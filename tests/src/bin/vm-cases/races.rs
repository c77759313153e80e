//! What happens at the same time on two processors: drivers and signals that come and go, and a streamer that ends, while pictures are inside
//! the encoder. One processor takes these in turns, so Debian's own kernel in `tests/vm/qemu.sh` is where they are worth most. The picture is
//! small, as that guest is slow.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use rustreamer_tests::streamer::{Streamer, eventually};
use rustreamer_tests::vm::encoder::{self, Fault};
use rustreamer_tests::vm::hdmi::{Hdmi, Signal};
use rustreamer_tests::vm::{ENCODER, RECEIVER};

use crate::rig::{PATIENCE, Rig};

const MODE: &str = "640x480p59";
const WIDTH: u32 = 640;
const BEST: &str = "DMA-BUF";
const ROUNDS: u64 = 5;
/// A picture is inside the encoder nearly always.
const SLOW_US: i64 = 25_000;
const RECEIVER_DRIVER: &str = "/sys/bus/platform/drivers/vivid";

fn rig() -> Rig {
    let mut rig = Rig::new("YUYV", MODE, &["--persistent"]);
    rig.encoding_with(BEST);
    encodes(1);
    rig
}

/// The kernel's encoder gives so many more pictures.
fn encodes(count: i64) {
    let before = encoder::read("stat_frames");
    eventually("pictures from the kernel's encoder", PATIENCE, || {
        (encoder::read("stat_frames") >= before + count).then_some(())
    });
}

/// Another moment between two pictures in each round.
fn another_moment(round: u64) {
    sleep(Duration::from_millis(round * 7 % 17));
}

fn moves(rig: &mut Rig) {
    let units = rig.screen.record(WIDTH, 5, PATIENCE);
    rustreamer_tests::vm::screen::decode(&units);
}

/// Nobody has the encoder open, and it holds nothing.
fn nothing_is_held() {
    eventually("an encoder that holds nothing", PATIENCE, || (encoder::holds() == [0; 3]).then_some(()));
}

/// The encoder is back, under its own number: that one is free only a moment after the last file is closed.
fn plug() {
    eventually("the encoder under its number", PATIENCE, || {
        encoder::plug();
        if Path::new(ENCODER).exists() {
            return Some(());
        }
        encoder::unplug();
        None
    });
}

pub fn encoder_goes_with_pictures_inside() {
    let mut rig = rig();
    let before = rig.holdings();
    // Each pause before it is tried again is twice as long.
    for round in 0..3 {
        let slow = Fault::begin("delay_us", SLOW_US);
        encodes(2);
        another_moment(round);
        encoder::unplug();
        rig.encoding_with("openh264");
        nothing_is_held();
        drop(slow);
        plug();
        rig.encoding_with(BEST);
        encodes(2);
    }
    moves(&mut rig);
    assert_eq!(rig.holdings(), before, "descriptors, and what the encoder holds");
}

pub fn receiver_goes_with_pictures_inside() {
    let mut rig = rig();
    let slow = Fault::begin("delay_us", SLOW_US);
    for round in 0..ROUNDS {
        encodes(2);
        another_moment(round);
        fs::write(format!("{RECEIVER_DRIVER}/unbind"), "vivid.0").expect("unbind vivid");
        rig.screen.until("the picture of a device that is gone", PATIENCE, |info| !info.online);
        fs::write(format!("{RECEIVER_DRIVER}/bind"), "vivid.0").expect("bind vivid");
        // The new one begins with a mode of its own.
        rig.hdmi = Hdmi::new();
        rig.hdmi.select(MODE);
        rig.screen.until("the device's picture", PATIENCE, |info| info.online && info.width == WIDTH);
        rig.encoding_with(BEST);
    }
    drop(slow);
    moves(&mut rig);
}

pub fn encoder_goes_while_it_hangs() {
    let mut rig = rig();
    let hung = encoder::read("stat_hung");
    let fault = Fault::begin("hang_every", 1);
    eventually("a picture that never completes", PATIENCE, || {
        (encoder::read("stat_hung") > hung).then_some(())
    });
    encoder::unplug();
    rig.encoding_with("openh264");
    nothing_is_held();
    moves(&mut rig);
    drop(fault);
    plug();
    rig.encoding_with(BEST);
    moves(&mut rig);
}

/// `Rig` ends it by SIGTERM, and sees that it ends well and that nothing is left.
pub fn end_while_the_encoder_hangs() {
    let rig = rig();
    let hung = encoder::read("stat_hung");
    let _fault = Fault::begin("hang_every", 1);
    eventually("a picture that never completes", PATIENCE, || {
        (encoder::read("stat_hung") > hung).then_some(())
    });
    drop(rig);
}

/// By SIGTERM, and by SIGKILL, after which only the kernel can tidy up.
pub fn ended_with_pictures_inside() {
    Hdmi::new().select(MODE);
    let _slow = Fault::begin("delay_us", SLOW_US);
    let encoder_option = format!("--h264-m2m-device={ENCODER}");
    for round in 0..ROUNDS {
        for (signal, code) in [(libc::SIGTERM, Some(0)), (libc::SIGKILL, None)] {
            let mut streamer = Streamer::start(&[
                "--device",
                RECEIVER,
                "--dv-timings",
                "--format=YUYV",
                "--h264-sink-rm",
                &encoder_option,
            ]);
            let mut screen = rustreamer_tests::vm::screen::Screen::new(streamer.sink());
            screen.until("the first picture", PATIENCE, |info| info.online && info.key);
            encodes(2);
            another_moment(round);
            let status = streamer.end(signal, Duration::from_secs(5)).expect("it ends");
            assert_eq!(status.code(), code);
            nothing_is_held();
        }
    }
}

pub fn signal_comes_and_goes() {
    let mut rig = rig();
    let before = rig.holdings();
    let _slow = Fault::begin("delay_us", SLOW_US);
    for round in 0..ROUNDS {
        for signal in [Signal::None, Signal::Unstable] {
            another_moment(round);
            rig.hdmi.signal(signal);
            rig.screen.until("the picture of a missing signal", PATIENCE, |info| !info.online);
            another_moment(round + 1);
            rig.hdmi.signal(Signal::Good);
            rig.screen.until("the signal's picture", PATIENCE, |info| info.online);
        }
    }
    rig.encoding_with(BEST);
    moves(&mut rig);
    assert_eq!(rig.holdings(), before, "descriptors, and what the encoder holds");
}
