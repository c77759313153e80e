//! A session with the encoder, by the crate alone: where its bitstream lies, how it ends, what can be changed while it runs.
//!
//! What comes out is decoded each time: a stream that lost a picture, or began in its middle, cannot be.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use memsink::FrameInfo;
use rustreamer_tests::streamer::program;
use rustreamer_tests::vm::encoder::{self, Fault};
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::screen::{Unit, decode};
use rustreamer_tests::vm::{ENCODER, RECEIVER, process};
use v4l2m2m::{
    BitstreamMemory, Capture, CaptureConfig, Codec, Draining, Encoded, Encoder, EncoderConfig, FourCc,
    HEAP_PAYS, Input, Kind, MAX_IN_FLIGHT, Refusal, Size,
};

use crate::rig::PATIENCE;

const HEAPS: &str = "/dev/dma_heap";
const STREAM: Codec = Codec::H264 { bitrate_kbps: 5000, gop: 0, boost: true, fps: None };

/// A receiver that streams, and what an encoder of its pictures is asked for.
struct Source {
    capture: Capture,
    wish: EncoderConfig,
}

impl Source {
    fn new(mode: &str, input: Input) -> Self {
        Hdmi::new().select(mode);
        let wish = CaptureConfig {
            dv_timings: true,
            ..CaptureConfig::new(FourCc::YUYV, Size { width: 640, height: 480 })
        };
        let capture = Capture::open(Path::new(RECEIVER), &wish).expect("a session");
        let wish = EncoderConfig {
            layout: capture.layout(),
            input,
            buffers: capture.buffers(),
            codec: STREAM,
            heap: true,
        };
        Self { capture, wish }
    }

    fn encoder(&self) -> Encoder {
        Encoder::open(Path::new(ENCODER), &self.wish).expect("an encoder")
    }

    /// Gives the encoder so many pictures, and takes what comes meanwhile; the last ones are still inside. Which buffers they were in.
    fn feed(&mut self, encoder: &mut Encoder, pictures: u64, units: &mut Vec<Unit>) -> BTreeSet<u32> {
        let (start, wanted) = (Instant::now(), encoder.counters().submitted + pictures);
        let (mut waiting, mut slots) = (None, BTreeSet::new());
        while encoder.counters().submitted < wanted {
            assert!(start.elapsed() < PATIENCE, "{:?} after {PATIENCE:?}", encoder.counters());
            while let Some(piece) = encoder.next().expect("a piece") {
                units.push(unit(&piece));
            }
            self.capture.requeue_returned().expect("buffers go back");
            if waiting.is_none() {
                waiting = self.capture.dequeue_newest().expect("a picture");
            }
            match waiting.take() {
                Some(frame) => {
                    let slot = frame.index();
                    match encoder.submit(frame) {
                        Ok(()) => drop(slots.insert(slot)),
                        Err(rejected) if matches!(rejected.why, Refusal::Full) => {
                            waiting = Some(rejected.frame)
                        }
                        Err(rejected) => panic!("{}", rejected.why),
                    }
                }
                None => sleep(Duration::from_millis(1)),
            }
            sleep(Duration::from_millis(1));
        }
        slots
    }
}

fn unit(piece: &Encoded<'_>) -> Unit {
    Unit { info: FrameInfo { key: piece.key, ..FrameInfo::default() }, data: piece.to_vec() }
}

/// Takes everything to the end.
fn finish(draining: &mut Draining, units: &mut Vec<Unit>) {
    let start = Instant::now();
    while !draining.is_finished() {
        assert!(start.elapsed() < PATIENCE, "no end: {:?}", draining.counters());
        sleep(Duration::from_millis(1));
        while let Some(piece) = draining.next().expect("the rest") {
            units.push(unit(&piece));
        }
    }
    assert_eq!(draining.oldest_submit(), None, "every picture was given back");
}

fn keys(units: &[Unit]) -> usize {
    units.iter().filter(|unit| unit.info.key).count()
}

/// What the process has mapped of DMA-BUFs.
fn mapped() -> usize {
    let maps = fs::read_to_string("/proc/self/maps").expect("a process");
    maps.lines().filter(|line| line.contains("dmabuf")).count()
}

/// A file of the heaps' folder that is another while this lives.
struct Changed(Box<dyn Fn()>);

impl Drop for Changed {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Encodes some pictures, from the first on; all can be decoded. What the encoder has imported then, but for the pictures.
fn encoded_with(memory: &BitstreamMemory) -> i64 {
    let mut source = Source::new("1280x720p60", Input::DmaBuf);
    let mut encoder = source.encoder();
    println!("        {}", encoder.bitstream_memory());
    assert_eq!(encoder.bitstream_memory(), memory);
    let mut units = Vec::new();
    let slots = source.feed(&mut encoder, 5, &mut units);
    let imports = encoder::holds()[2] - slots.len() as i64;
    assert_eq!(mapped() as i64, imports, "what is imported for bitstream is what the processor reads");
    finish(&mut encoder.drain().expect("drain"), &mut units);
    assert_eq!(decode(&units).len(), 5);
    imports
}

/// With a heap the bitstream lies in its memory, and without one, or where the driver refuses it, in the driver's.
pub fn bitstream_memory() {
    const BUFFERS: i64 = MAX_IN_FLIGHT as i64 + 1;
    let before = process::descriptors(std::process::id() as i32).len();
    for _ in 0..5 {
        assert_eq!(encoded_with(&BitstreamMemory::Heap("system")), BUFFERS);
    }
    {
        symlink("system", format!("{HEAPS}/linux,cma")).expect("another name");
        let _better = Changed(Box::new(|| fs::remove_file(format!("{HEAPS}/linux,cma")).expect("as it was")));
        assert_eq!(encoded_with(&BitstreamMemory::Heap("linux,cma")), BUFFERS);
    }
    {
        fs::rename(HEAPS, "/dev/hidden").expect("no heaps");
        let _hidden = Changed(Box::new(|| fs::rename("/dev/hidden", HEAPS).expect("as it was")));
        assert_eq!(encoded_with(&BitstreamMemory::Driver(None)), 0);
    }
    {
        // As an encoder does that needs contiguous memory.
        let refused = encoder::read("stat_refused");
        let _strict = Fault::begin("refuse_scattered", 1);
        let why = format!(
            "not of the DMA heap system: {ENCODER}: giving the driver a buffer: Bad address (EFAULT)"
        );
        assert_eq!(encoded_with(&BitstreamMemory::Driver(Some(why))), 0);
        assert_eq!(encoder::read("stat_refused"), refused + 1);
    }
    assert_eq!(encoder::holds(), [0; 3]);
    assert_eq!(process::descriptors(std::process::id() as i32).len(), before, "descriptors");
}

/// Whatever is inside comes out, and the stream goes on afterwards as if nothing had been.
pub fn drain() {
    for (swallow, input) in [(0, Input::DmaBuf), (0, Input::Copy), (3, Input::DmaBuf), (1, Input::DmaBuf)] {
        let mut source = Source::new("1280x720p60", input);
        let mut encoder = source.encoder();
        let mut units = Vec::new();
        let swallowed = encoder::read("stat_swallowed");
        let fault = Fault::begin("swallow_every", swallow);
        // So that pictures are inside when the end is asked for.
        let _slow = Fault::begin("delay_us", 20_000);
        for round in 1..=6 {
            source.feed(&mut encoder, round, &mut units);
            let mut draining = encoder.drain().expect("drain");
            finish(&mut draining, &mut units);
            let counted = draining.counters();
            assert_eq!(counted.submitted, counted.encoded + counted.swallowed, "{counted:?}");
            assert_eq!(counted.encoded, units.len() as u64);
            assert_eq!(counted.swallowed as i64, encoder::read("stat_swallowed") - swallowed);
            assert!(draining.next().expect("no error").is_none(), "once finished, finished");
            encoder = draining.resume().expect("it goes on");
        }
        drop(fault);
        // Nothing was given: there is an end all the same.
        let mut draining = encoder.drain().expect("drain");
        finish(&mut draining, &mut units);
        encoder = draining.resume().expect("it goes on");
        // More than can be inside: the first of them is out, also where all before were swallowed.
        source.feed(&mut encoder, 4 * MAX_IN_FLIGHT as u64, &mut units);
        let before = units.len();
        // What is inside is given up, so a key frame must follow.
        encoder = encoder.drain().expect("drain").resume().expect("a new stream");
        let given_up = encoder.counters();
        assert_eq!(given_up.submitted, given_up.encoded + given_up.swallowed, "{given_up:?}");
        source.feed(&mut encoder, 3, &mut units);
        finish(&mut encoder.drain().expect("drain"), &mut units);
        println!(
            "        each {swallow}th swallowed, {input:?}: {} pieces, {} key",
            units.len(),
            keys(&units)
        );
        assert_eq!(keys(&units[..before]), 1, "a drain is no new stream");
        assert!(units[before].info.key && keys(&units[before..]) == 1);
        assert_eq!(decode(&units[..before]).len(), before);
        assert_eq!(decode(&units[before..]).len(), 3);
    }
    assert_eq!(encoder::holds(), [0; 3]);
}

/// Bitrate and key frames while the stream goes on; another size on the same descriptor.
pub fn changes() {
    let mut source = Source::new("1280x720p60", Input::DmaBuf);
    let mut encoder = source.encoder();
    let mut units = Vec::new();
    source.feed(&mut encoder, 20, &mut units);
    assert_eq!(encoder.set_gop(5).expect("a period"), None);
    source.feed(&mut encoder, 20, &mut units);
    assert!((4..=6).contains(&keys(&units)), "{} key frames", keys(&units));

    // Every picture is a key frame, so that what they cost is the bitrate's doing.
    assert_eq!(encoder.set_gop(1).expect("a period"), None);
    let mut means = Vec::new();
    for kbps in [25_000, 200] {
        assert_eq!(encoder.set_bitrate(kbps).expect("a bitrate"), None);
        source.feed(&mut encoder, 25, &mut units);
        means.push(units.iter().rev().take(5).map(|unit| unit.data.len()).sum::<usize>() / 5);
    }
    println!("        a key frame at 25000 and at 200 kbit/s: {means:?} bytes");
    assert!(means[0] > means[1] * 5 / 4, "{means:?}");
    let note = encoder.set_bitrate(30_000).expect("a bitrate").expect("too much");
    assert!(note.to_string().ends_with("a range of 25000 to 25000000; set to 25000000 instead"), "{note}");
    assert_eq!(encoder.set_bitrate(200).expect("a bitrate"), None);
    {
        let _strict = Fault::begin("refuse_bitrate", 1_000_000);
        let note = encoder.set_bitrate(2000).expect("a bitrate").expect("a refusal");
        assert!(note.to_string().contains("left at 200000"), "{note}");
    }
    let mut draining = encoder.drain().expect("drain");
    finish(&mut draining, &mut units);
    assert_eq!(decode(&units).len() as u64, draining.counters().submitted);

    let before = process::descriptors(std::process::id() as i32).len();
    let mut encoder = draining.resume().expect("it goes on");
    let mut submitted = encoder.counters().submitted;
    for (mode, size, input) in [
        ("1920x1080p60", (1920, 1080), Input::DmaBuf),
        ("640x480p59", (640, 480), Input::Copy),
        ("1280x720p60", (1280, 720), Input::DmaBuf),
    ] {
        // With pictures inside, of the session that ends.
        source.feed(&mut encoder, 2, &mut Vec::new());
        submitted += 2;
        drop(source);
        source = Source::new(mode, input);
        encoder = encoder.reconfigure(&source.wish).expect("another size");
        let mut units = Vec::new();
        source.feed(&mut encoder, 4, &mut units);
        submitted += 4;
        let mut draining = encoder.drain().expect("drain");
        finish(&mut draining, &mut units);
        let shots = decode(&units);
        assert_eq!(shots.len(), 4);
        assert!(units[0].info.key && shots.iter().all(|shot| shot.size == size), "{mode}");
        let counted = draining.counters();
        assert_eq!((counted.submitted, counted.encoded + counted.swallowed), (submitted, submitted));
        encoder = draining.resume().expect("it goes on");
    }
    assert_eq!(process::descriptors(std::process::id() as i32).len(), before, "descriptors");
    // What it cannot do closes it.
    let mut impossible = source.wish;
    impossible.layout.size.width = 4096;
    assert_eq!(encoder.reconfigure(&impossible).err().map(|e| e.kind()), Some(Kind::Unsupported));
    assert_eq!(encoder::holds(), [0; 3]);
}

/// The example of the crate: its file has every picture that it gave to the encoder. (How many can be decoded is counted outside.)
pub fn example() {
    Hdmi::new().select("1280x720p60");
    let output = Command::new(program("capture_encode"))
        .args([RECEIVER, ENCODER, "YUYV", "3", "example.h264"])
        .output()
        .expect("run it");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let of = |key: &str| -> u64 {
        let word = said.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        word.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {key} in {said}"))
    };
    let memory = if HEAP_PAYS { "cached memory of the DMA heap system" } else { "memory of the driver's" };
    assert!(said.contains(&format!("bitstream in {memory}\n")), "{said}");
    assert!(of("submitted") > 30, "{said}");
    assert_eq!((of("sessions"), of("encoded"), of("swallowed")), (1, of("submitted"), 0), "{said}");
    fs::write("example.frames", of("encoded").to_string()).expect("a file beside it");
    assert_eq!(encoder::holds(), [0; 3]);
    let heap = Command::new(program("dma_heap")).arg("system").output().expect("run it");
    let said = String::from_utf8_lossy(&heap.stdout);
    assert!(heap.status.success() && said.contains("as it was written"), "{said}");
    println!("        {}", said.trim().replace('\n', "; "));
}
