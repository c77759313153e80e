//! JPEGs of a 1080p signal in YUYV: what one costs and how like the signal it is, what fifty clients of `/stream` cost, and how long a
//! snapshot takes. Ours and Debian's `ustreamer` 5.4 take turns; both make them with the same quantization tables, which is checked.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use rustreamer::source::components::{Components, Range, Raw};
use rustreamer::source::convert::Layout;
use rustreamer_tests::http::get;
use rustreamer_tests::streamer::eventually;
use rustreamer_tests::vm::RECEIVER;
use rustreamer_tests::vm::hdmi::Hdmi;
use v4l2m2m::{Capture, CaptureConfig, FourCc, Size};

use super::measure::cpu_time;
use super::{Who, line, quiet, stop};

const PORT: u16 = 8080;
const MANY: usize = 50;
const SNAPSHOTS: usize = 300;
/// Vivid's controls, and what they are set to.
const MOVEMENT: &str = "Horizontal Movement";
const LEFT: i32 = 1;
const STILL: i32 = 3;
const TEXT: &str = "OSD Text Mode";
const ALL: i32 = 0;
const NONE: i32 = 2;
/// With many clients both make no more JPEGs than this, so that neither is held up by the readers.
const FEW_FPS: &str = "--desired-fps=5";

/// One program's figures.
#[derive(Debug, Clone, Copy)]
struct Costs {
    moving: Each,
    clock: Each,
    psnr_db: f64,
    part_us: f64,
    snapshot_p50_ms: f64,
    snapshot_p99_ms: f64,
}

/// Of one client of `/stream`.
#[derive(Debug, Clone, Copy)]
struct Each {
    cpu_ms: f64,
    fps: f64,
    bytes: f64,
}

/// Prints the figures.
pub fn bench(hdmi: &Hdmi, rounds: u64, time: Duration) {
    let mut all = [Vec::new(), Vec::new()];
    let mut tables = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (n, who) in [Who::Ours, Who::Peer].into_iter().enumerate() {
            let (costs, table) = one_run(hdmi, who, time);
            eprintln!("{who:?}: {costs:?}");
            all[n].push(costs);
            tables[n] = table;
        }
    }
    assert!(!tables[0].is_empty() && tables[0] == tables[1], "the two do not quantize alike");
    let median = |who: usize, pick: fn(&Costs) -> f64| {
        let mut values: Vec<f64> = all[who].iter().map(pick).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    type Pick = fn(&Costs) -> f64;
    let rows: [(&str, &str, Pick, f64); 9] = [
        (
            "1080p YUYV to JPEG q80, all of it moves: CPU of the process for each",
            "ms",
            |c| c.moving.cpu_ms,
            0.5,
        ),
        ("the same, JPEGs a second by one worker, one client", "frames/s", |c| c.moving.fps, f64::NAN),
        ("the same, size of one", "bytes", |c| c.moving.bytes, f64::NAN),
        (
            "the same picture at rest, likeness to what was captured (99: no difference)",
            "dB",
            |c| c.psnr_db,
            f64::NAN,
        ),
        (
            "1080p YUYV to JPEG q80, a clock changes: CPU of the process for each",
            "ms",
            |c| c.clock.cpu_ms,
            0.5,
        ),
        ("the same, JPEGs a second by one worker, one client", "frames/s", |c| c.clock.fps, f64::NAN),
        ("/stream to 50 clients: CPU for each picture sent", "µs", |c| c.part_us, 0.5),
        ("/snapshot at 1080p, median", "ms", |c| c.snapshot_p50_ms, f64::NAN),
        ("/snapshot at 1080p, 99 %", "ms", |c| c.snapshot_p99_ms, 1.0),
    ];
    for (name, unit, pick, part) in rows {
        let (own, other) = (median(0, pick), median(1, pick));
        line(name, unit, own, Some(other), (part > 0.0).then_some(other * part));
    }
}

/// Runs a program with these options while `work` is done; its id is handed over.
fn with<T>(who: Who, more: &[&str], work: impl FnOnce(i32) -> T) -> T {
    let mut command = match who {
        Who::Peer => {
            let peer = std::env::var("PEER").expect("$PEER");
            let mut words = peer.split(' ');
            let mut command = Command::new(words.next().expect("a program"));
            command.args(words);
            command
        }
        _ => Command::new("./ustreamer"),
    };
    command.args(["--device", RECEIVER, "--dv-timings", "--format=YUYV", "--persistent", "--workers=1"]);
    command.args(["--quality=80", "--host=127.0.0.1", "--port=8080"]).args(more);
    let mut program = quiet(&mut command).spawn().unwrap_or_else(|error| panic!("{who:?}: {error}"));
    eventually("it shows the signal", Duration::from_secs(20), || {
        std::net::TcpStream::connect(("127.0.0.1", PORT)).ok()?;
        let snapshot = get(PORT, "/snapshot");
        (snapshot.header("X-UStreamer-Online") == Some("true")).then_some(())
    });
    let done = work(i32::try_from(program.id()).expect("an id"));
    stop(&mut program);
    done
}

fn one_run(hdmi: &Hdmi, who: Who, time: Duration) -> (Costs, Vec<u8>) {
    hdmi.set(MOVEMENT, LEFT);
    let (moving, table) = with(who, &[], |pid| each(pid, time));
    hdmi.set(MOVEMENT, STILL);
    let (clock, _) = with(who, &[], |pid| each(pid, time));
    hdmi.set(TEXT, NONE);
    let original = capture();
    let still = with(who, &[], |_| get(PORT, "/snapshot").bytes());
    hdmi.set(TEXT, ALL);
    let psnr_db = likeness(&still, &original, who);
    let (snapshot_p50_ms, snapshot_p99_ms) = with(who, &[], |_| {
        let mut times: Vec<f64> = (0..SNAPSHOTS)
            .map(|_| {
                let start = Instant::now();
                get(PORT, "/snapshot").bytes();
                let took = start.elapsed().as_secs_f64() * 1e3;
                sleep(Duration::from_millis(20));
                took
            })
            .collect();
        times.sort_by(f64::total_cmp);
        (times[SNAPSHOTS / 2], times[SNAPSHOTS * 99 / 100])
    });
    let part_us = with(who, &[FEW_FPS], |pid| many(pid, time));
    (Costs { moving, clock, psnr_db, part_us, snapshot_p50_ms, snapshot_p99_ms }, table)
}

/// What a JPEG costs with one client, and its quantization tables.
fn each(pid: i32, time: Duration) -> (Each, Vec<u8>) {
    let mut stream = get(PORT, "/stream");
    stream.part();
    let (cpu, start) = (cpu_time(pid), Instant::now());
    let (mut parts, mut bytes, mut last) = (0u32, 0, Vec::new());
    while start.elapsed() < time {
        last = stream.part().data;
        bytes += last.len();
        parts += 1;
    }
    let (spent, took) = (cpu_time(pid) - cpu, start.elapsed());
    let parts = f64::from(parts);
    let cpu_ms = spent.as_secs_f64() * 1e3 / parts;
    (Each { cpu_ms, fps: parts / took.as_secs_f64(), bytes: bytes as f64 / parts }, tables(&last))
}

/// The picture as the receiver gives it, in YUYV.
fn capture() -> (Layout, Vec<u8>) {
    let wish = CaptureConfig {
        dv_timings: true,
        ..CaptureConfig::new(FourCc::YUYV, Size { width: 1920, height: 1080 })
    };
    let mut capture = Capture::open(Path::new(RECEIVER), &wish).expect("a session");
    let frame =
        eventually("a picture", Duration::from_secs(5), || capture.dequeue().expect("a working receiver"));
    let layout = frame.layout();
    let layout = Layout::from(layout);
    (layout, frame.map().expect("its bytes").to_vec())
}

/// Peak signal-to-noise ratio over luma and both chroma planes in 4:2:2, dB, against the samples as this program means them: ours in full
/// range, as JPEG has it; the peer takes them over as they are.
fn likeness(jpeg: &[u8], (layout, bytes): &(Layout, Vec<u8>), who: Who) -> f64 {
    let range = if who == Who::Peer { Range::Full } else { Range::Limited };
    let mut original = Components::default();
    let raw = Raw::captured(*layout, range, bytes).expect("a picture in YUYV");
    let (width, height) = raw.size();
    original.take(&raw.strip(0, height));
    let decoded = turbojpeg::decompress_to_yuv(jpeg).expect("a JPEG");
    let (across, down) = decoded.subsamp.size();
    assert!((decoded.width, decoded.height, across) == (width, height, 2), "another picture");
    let (luma, chroma) = (width * height, width / 2 * (height / down));
    let stride = width / 2;
    let mut squares = 0.0;
    let mut add = |a: u8, b: u8| squares += f64::from(a.abs_diff(b)).powi(2);
    original.bytes[..luma].iter().zip(&decoded.pixels).for_each(|(a, b)| add(*a, *b));
    for plane in 0..2 {
        let (theirs, ours) = (luma + plane * chroma, luma + plane * stride * height);
        for row in 0..height {
            let (theirs, ours) =
                (&decoded.pixels[theirs + row / down * stride..], &original.bytes[ours + row * stride..]);
            theirs.iter().zip(&ours[..stride]).for_each(|(a, b)| add(*a, *b));
        }
    }
    // No difference would be an infinite likeness, for which JSON has no number.
    (10.0 * (255.0 * 255.0 * (2 * luma) as f64 / squares).log10()).min(99.0)
}

/// CPU time for each picture sent to one of many, µs: the making of it is shared by all.
fn many(pid: i32, time: Duration) -> f64 {
    let (done, parts) = (AtomicBool::new(false), AtomicU64::new(0));
    scope(|scope| {
        for _ in 0..MANY {
            let mut stream = get(PORT, "/stream");
            let (done, parts) = (&done, &parts);
            scope.spawn(move || {
                while !done.load(Relaxed) {
                    stream.part();
                    parts.fetch_add(1, Relaxed);
                }
            });
        }
        sleep(Duration::from_secs(1));
        let (cpu, before) = (cpu_time(pid), parts.load(Relaxed));
        sleep(time);
        let (spent, sent) = (cpu_time(pid) - cpu, parts.load(Relaxed) - before);
        done.store(true, Relaxed);
        spent.as_secs_f64() * 1e6 / sent.max(1) as f64
    })
}

/// A JPEG's quantization tables, without their places.
fn tables(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut tables) = (2, Vec::new());
    while let Some([0xff, marker, high, low]) = jpeg.get(at..at + 4) {
        let end = at + 2 + usize::from(u16::from_be_bytes([*high, *low]));
        if *marker == 0xdb {
            tables.extend_from_slice(jpeg.get(at + 4..end).unwrap_or_default());
        }
        if *marker == 0xda {
            break;
        }
        at = end;
    }
    tables
}
