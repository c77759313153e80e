//! Bursts of a tone, played at known moments, for the test of sound and picture together: `sound-bursts DEVICE SECONDS`.
//!
//! Each second one of 40 ms and 1 kHz, in silence. For each, a line says when the device plays its first sample, in µs of
//! CLOCK_MONOTONIC, by the device's own account of what is still before it.
#![forbid(unsafe_code)]

use janus_ustreamer::audio::alsa::{CHANNELS, Direction, Moved, Pcm};
use memsink::Micros;
use std::f32::consts::TAU;
use std::io::Write;
use std::time::Duration;

const RATE: usize = 48_000;
/// 10 ms.
const BLOCK: usize = 480;
const BLOCKS_A_SECOND: usize = RATE / BLOCK;
/// The blocks of each second that sound.
const SOUNDING: std::ops::Range<usize> = 50..54;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let device = arguments.next().expect("a device");
    let seconds: usize = arguments.next().expect("seconds").parse().expect("a number");
    let period = Duration::from_millis(10);
    let mut pcm = Pcm::open(&device, Direction::Playback, RATE as u32, period, 5).expect("the device opens");
    for block in 0..seconds * BLOCKS_A_SECOND {
        let place = block % BLOCKS_A_SECOND;
        let sounds = SOUNDING.contains(&place);
        let sample = |at: usize| {
            let angle = TAU * (1000 * at) as f32 / RATE as f32;
            if sounds { (16_000.0 * angle.sin()) as i16 } else { 0 }
        };
        let samples: Vec<i16> = (0..BLOCK).flat_map(|at| [sample(at); CHANNELS]).collect();
        play(&mut pcm, &samples);
        if place == SOUNDING.start {
            let before = pcm.delay().saturating_sub(BLOCK) as u64 * 1_000_000 / RATE as u64;
            println!("{}", Micros::now().0 + before);
            std::io::stdout().flush().expect("somebody reads");
        }
    }
}

/// All of a block.
fn play(pcm: &mut Pcm, samples: &[i16]) {
    let mut written = 0;
    while written < samples.len() {
        match pcm.write(&samples[written..], Duration::from_secs(1)).expect("the device goes on") {
            Moved::Frames(frames) => written += frames * CHANNELS,
            Moved::Gap => written = 0,
            Moved::Nothing => {}
        }
    }
}
