//! `ustreamer-dump`: reads a sink, of any ABI version, and writes what comes: raw, or as a line of JSON a frame.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use memsink::{Frame, Idle, Micros, Read, Reader};
use nix::sys::signal::SigSet;

use rustreamer::dump::options::Options;
use rustreamer::dump::output::{Output, Written};

/// The longest sleep before a look at whether to end.
const SLICE: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os()) {
        Ok(options) => options,
        Err(early) => return early,
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("ustreamer-dump: error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let ended = end_on_signals()?;
    let mut output = Output::open(options)?;
    let mut reader = Reader::new(options.sink.clone(), options.lock_timeout);
    let mut frame = Frame::with_capacity(options.sink.kind());
    let mut told = None;
    let mut left = options.count;
    let mut missed = 0;
    if options.key_required {
        reader.request_key();
    }
    while !ended.load(Ordering::Relaxed) && left != Some(0) {
        match reader.read(&mut frame, SLICE).map_err(|error| error.to_string())? {
            Read::Nothing(idle) => {
                if idle != Idle::NoNewFrame && told.replace(idle) != Some(idle) {
                    eprintln!("ustreamer-dump: waiting: {}", reason(idle, options));
                }
            }
            Read::Frame => {
                told = None;
                if options.verbose {
                    eprintln!("{}", summary(&frame));
                }
                match output.write(&frame)? {
                    Written::Done => {}
                    Written::ReaderGone => return Ok(()),
                }
                missed += u64::from(frame.missed);
                left = left.map(|left| left - 1);
                pause(options.interval, &ended);
            }
        }
    }
    // Who wants a pause between two frames wants to miss some.
    if missed > 0 && options.interval.is_zero() {
        eprintln!(
            "ustreamer-dump: {missed} frames were missed, since this machine had no time for them; of H.264, what comes after one can look wrong until \
             the next key frame"
        );
    }
    output.finish()
}

/// Set by SIGINT, SIGTERM and SIGPIPE, which end the program in order.
fn end_on_signals() -> Result<Arc<AtomicBool>, String> {
    use nix::sys::signal::Signal::{SIGINT, SIGPIPE, SIGTERM};
    let wanted = SigSet::from_iter([SIGINT, SIGTERM, SIGPIPE]);
    wanted.thread_block().map_err(|errno| format!("cannot block signals: {}", errno.desc()))?;
    let ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    std::thread::spawn(move || {
        let _ = wanted.wait();
        flag.store(true, Ordering::Relaxed);
    });
    Ok(ended)
}

fn pause(interval: Duration, ended: &AtomicBool) {
    let until = Instant::now() + interval;
    while !ended.load(Ordering::Relaxed) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(SLICE));
    }
}

fn reason(idle: Idle, options: &Options) -> String {
    let sink = &options.sink;
    match idle {
        Idle::NoObject => {
            format!("there is no sink /dev/shm/{sink} yet; start its streamer with --h264-sink={sink}")
        }
        Idle::NoWriter => format!("the streamer of the sink {sink} is gone; this goes on when it is back"),
        Idle::NoNewFrame => format!("the sink {sink} has no new frame"),
    }
}

fn summary(frame: &Frame) -> String {
    let info = &frame.info;
    let format: String =
        info.format.to_le_bytes().iter().map(|byte| byte.escape_ascii().to_string()).collect();
    let state = if info.online { " ON" } else { "OFF" };
    let latency = Micros::now().since(info.grab_begin) as f64 / 1e6;
    let key = if info.key { ", key" } else { "" };
    format!(
        "{state} {format} {}x{}, {} bytes, latency {latency:.3} s{key}",
        info.width,
        info.height,
        frame.data.len()
    )
}
