//! HDMI to H.264 without copying a picture: capture, hand each picture's DMA-BUF to the encoder, write the stream to a file.
//! At the end the encoder is drained, so that the last picture is in the file, too. Follows the signal: when it changes or comes back,
//! both are opened again.
//!
//! `cargo run --release -p v4l2m2m --example capture_encode -- CAPTURE ENCODER FORMAT SECONDS OUT.h264 [copy]`
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use v4l2m2m::{
    Capture, CaptureConfig, Codec, Encoded, Encoder, EncoderConfig, EncoderCounters, Error, FourCc, Frame,
    HEAP_PAYS, Input, Kind, Micros, Refusal, Size,
};

/// An encoder that takes longer for a picture hangs.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the run came to, over all sessions.
#[derive(Default)]
struct Totals {
    frames: u64,
    skipped: u64,
    corrupt: u64,
    missed: u64,
    submitted: u64,
    encoded: u64,
    swallowed: u64,
    keys: u64,
    bytes: u64,
    sessions: u64,
    to_capture: Vec<Duration>,
    to_encoded: Vec<Duration>,
}

struct Job<'a> {
    capture: &'a Path,
    encoder: &'a Path,
    format: FourCc,
    input: Input,
    end: Micros,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("capture_encode: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [capture, encoder, format, seconds, out, rest @ ..] = args.as_slice() else {
        return Err("usage: capture_encode CAPTURE ENCODER FORMAT SECONDS OUT.h264 [copy]".into());
    };
    let job = Job {
        capture: Path::new(capture),
        encoder: Path::new(encoder),
        format: FourCc(u32::from_le_bytes(format.as_bytes().try_into()?)),
        input: if rest.iter().any(|word| word == "copy") { Input::Copy } else { Input::DmaBuf },
        end: Micros(Micros::now().0 + (seconds.parse::<f64>()? * 1e6) as u64),
    };
    let mut out = File::create(out)?;
    let mut totals = Totals::default();
    let start = Micros::now();
    let mut last = String::new();
    while Micros::now() < job.end {
        match session(&job, &mut out, &mut totals) {
            Ok(()) => last.clear(),
            // These pass by themselves; look again soon.
            Err(e) if matches!(e.kind(), Kind::NoSignal(_) | Kind::Gone | Kind::Corrupt | Kind::Busy) => {
                let words = e.to_string();
                if words != last {
                    println!("{:9.3} s {words}", Micros::now().since(start).as_secs_f64());
                    last = words;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(e) => return Err(e.into()),
        }
    }
    report(&mut totals);
    Ok(())
}

/// One signal, from its first picture to its end.
fn session(job: &Job, out: &mut File, totals: &mut Totals) -> Result<(), Error> {
    let wish = CaptureConfig {
        dv_timings: true,
        ..CaptureConfig::new(job.format, Size { width: 1280, height: 720 })
    };
    let mut capture = Capture::open(job.capture, &wish)?;
    let layout = capture.layout();
    let config = EncoderConfig {
        layout,
        input: job.input,
        buffers: capture.buffers(),
        codec: Codec::H264 {
            bitrate_kbps: 5000,
            gop: 30,
            boost: true,
            fps: capture.frame_period().map(|period| 1.0 / period.as_secs_f64()),
        },
        heap: HEAP_PAYS,
    };
    let mut encoder = Encoder::open(job.encoder, &config)?;
    totals.sessions += 1;
    println!(
        "{} {} rows of {} bytes, {} buffers, {} pictures/s",
        layout.format,
        layout.size,
        layout.stride,
        capture.buffers(),
        encoder.rate().unwrap_or_default()
    );
    encoder.notes().iter().for_each(|note| println!("{note}"));
    println!("bitstream in {}", encoder.bitstream_memory());

    let streamed = stream(job, &mut capture, &mut encoder, out, totals);
    let e = match &streamed {
        Ok(()) => finish(encoder, out, totals)?,
        // A session that failed has nothing more to give.
        Err(_) => encoder.counters(),
    };
    let c = capture.counters();
    totals.frames += c.frames;
    totals.skipped += c.skipped;
    totals.corrupt += c.corrupt + e.corrupt;
    totals.missed += c.missed;
    totals.submitted += e.submitted;
    totals.encoded += e.encoded;
    totals.swallowed += e.swallowed;
    streamed
}

/// Has the encoder finish what it was given; what came of it all.
fn finish(encoder: Encoder, out: &mut File, totals: &mut Totals) -> Result<EncoderCounters, Error> {
    let start = Micros::now();
    let mut draining = encoder.drain()?;
    while !draining.is_finished() {
        if Micros::now().since(start) > PATIENCE {
            println!("the encoder does not finish");
            break;
        }
        let _ = poll(&mut [PollFd::new(draining.fd(), PollFlags::POLLIN)], PollTimeout::from(50u16));
        while let Some(piece) = draining.next()? {
            write(&piece, out, totals);
        }
    }
    Ok(draining.counters())
}

fn write(piece: &Encoded<'_>, out: &mut File, totals: &mut Totals) {
    totals.keys += u64::from(piece.key);
    totals.bytes += piece.len() as u64;
    totals.to_encoded.push(Micros::now().since(piece.begin));
    if let Err(e) = out.write_all(piece) {
        println!("writing: {e}");
    }
}

fn stream(
    job: &Job,
    capture: &mut Capture,
    encoder: &mut Encoder,
    out: &mut File,
    totals: &mut Totals,
) -> Result<(), Error> {
    let mut waiting: Option<Frame> = None;
    while Micros::now() < job.end {
        let device = wait(capture, encoder)?;
        if device.is_empty() && encoder.in_flight() == 0 {
            capture.check_signal()?;
        }
        if device.contains(PollFlags::POLLPRI) && capture.take_event()?.is_some() {
            println!("the signal has changed");
            return Ok(());
        }
        if encoder.oldest_submit().is_some_and(|begin| Micros::now().since(begin) > PATIENCE) {
            println!("the encoder does not answer");
            return Ok(());
        }
        while let Some(piece) = encoder.next()? {
            write(&piece, out, totals);
        }
        if device.intersects(PollFlags::POLLIN | PollFlags::POLLERR)
            && let Some(frame) = capture.dequeue_newest()?
        {
            totals.to_capture.push(frame.dequeued().since(frame.timestamp()));
            waiting = Some(frame);
        }
        if let Some(frame) = waiting.take()
            && let Err(rejected) = encoder.submit(frame)
        {
            match rejected.why {
                Refusal::Full => waiting = Some(rejected.frame),
                Refusal::Foreign => return Ok(()),
                Refusal::Failed(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Waits until something is to be done, a second at most; what the capture device has to say.
fn wait(capture: &mut Capture, encoder: &Encoder) -> Result<PollFlags, Error> {
    let places = capture.poll_fds()?;
    let mut fds = [
        PollFd::new(places.device, PollFlags::POLLIN | PollFlags::POLLPRI),
        PollFd::new(places.returned, PollFlags::POLLIN),
        // The device once more when it is its own receiver.
        PollFd::new(places.receiver.unwrap_or(places.device), PollFlags::POLLPRI),
        PollFd::new(encoder.fd(), PollFlags::POLLIN),
    ];
    // An encoder with nothing inside has nothing to say.
    let count = if encoder.in_flight() > 0 { 4 } else { 3 };
    let _ = poll(&mut fds[..count], PollTimeout::from(1000u16));
    let [device, receiver] = [0, 2].map(|at: usize| fds[at].revents().unwrap_or(PollFlags::empty()));
    Ok(device | receiver)
}

fn report(t: &mut Totals) {
    println!(
        "sessions={} frames={} skipped={} corrupt={} missed={} submitted={} encoded={} swallowed={} keys={} bytes={}",
        t.sessions,
        t.frames,
        t.skipped,
        t.corrupt,
        t.missed,
        t.submitted,
        t.encoded,
        t.swallowed,
        t.keys,
        t.bytes
    );
    for (what, times) in
        [("captured to dequeued", &mut t.to_capture), ("submitted to encoded", &mut t.to_encoded)]
    {
        times.sort();
        if let (Some(median), Some(last)) = (times.get(times.len() / 2), times.last()) {
            println!(
                "{what}: median {:.2} ms, most {:.2} ms",
                median.as_secs_f64() * 1e3,
                last.as_secs_f64() * 1e3
            );
        }
    }
}
