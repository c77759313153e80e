//! Where the picture comes from and where it goes: devices, graphs, signals, encoders, the streamer, and its frames.
//!
//! What must always hold: an encoder that is somebody's is left to them, and the sink is read as a viewer reads it.

use std::fmt::{Display, Write};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use memsink::{Frame, FrameInfo, Kind, Read, Reader, SinkName};
use serde_json::Value;
use v4l2m2m::{FourCc, find_encoders, media_graphs, probe_signal, try_h264_encoder};

use super::ask::{http, program};

/// The streamer's socket and sink, as the image's units have them.
const STREAMER: &str = "/run/appliance/streamer";
const SINK: &str = "appliance::h264";
/// Janus's.
const JANUS: &str = "/run/appliance-janus/websocket";
/// How long frames are looked at.
const WATCH: Duration = Duration::from_secs(4);
/// Pictures for an encoder to show that it works.
const TRIAL: u32 = 10;

/// What the kernel offers to capture from, and who may.
pub fn devices(to: &mut String) {
    program(to, "ustreamer --list-devices");
    program(to, "ls -lL /dev/capture /dev/media0 /dev/v4l-subdev0 /dev/dma_heap");
}

/// What is linked to what.
pub fn graphs(to: &mut String) {
    for graph in media_graphs() {
        match graph {
            Ok(graph) => told(to, graph),
            Err(error) => told(to, error),
        }
    }
}

fn told(to: &mut String, what: impl Display) {
    let _ = writeln!(to, "{what}");
}

/// What arrives at each device: of a receiver, its timings.
pub fn signals(to: &mut String) {
    for path in nodes() {
        match probe_signal(&path) {
            Ok(timings) => {
                let rate = timings
                    .frame_period
                    .map_or("?".to_owned(), |period| format!("{:.2}", 1.0 / period.as_secs_f64()));
                let fields = if timings.interlaced { ", interlaced" } else { "" };
                let _ = writeln!(to, "{}: {} at {rate} Hz{fields}", path.display(), timings.size);
            }
            Err(error) => told(to, error),
        }
    }
}

fn nodes() -> Vec<PathBuf> {
    let entries = fs::read_dir("/dev").into_iter().flatten().flatten();
    let mut nodes: Vec<_> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("video"))
        .map(|entry| entry.path())
        .collect();
    nodes.sort();
    nodes
}

/// Whether the kernel's encoders work.
pub fn encoders(to: &mut String) {
    let used = state().map(|state| state["result"]["h264"]["encoder"].to_string()).unwrap_or_default();
    let encoders = find_encoders(FourCc::H264);
    if encoders.is_empty() {
        told(to, "The kernel has none: H.264 is made in software.");
    }
    for path in encoders {
        let name = path.display().to_string();
        if used.contains(&format!("{name})")) || used.contains(&format!("{name} ")) {
            let _ = writeln!(to, "{name}: the streamer uses it");
            continue;
        }
        match try_h264_encoder(&path, TRIAL) {
            Ok(trial) => {
                let _ = writeln!(
                    to,
                    "{name}: {} pictures (640x480, {}) of {TRIAL}, {} key frames, {} bytes, the longest took {:.1} ms",
                    trial.pictures,
                    trial.format,
                    trial.keys,
                    trial.bytes,
                    trial.longest.as_secs_f64() * 1e3
                );
            }
            Err(error) => told(to, error),
        }
    }
}

fn state() -> Result<Value, String> {
    let (_, body) = http(STREAMER, "GET /state HTTP/1.0\r\nHost: localhost\r\n\r\n", false)?;
    serde_json::from_str(&body).map_err(|error| format!("{STREAMER}: {error}"))
}

/// What the streamer says of itself, and whether Janus answers.
pub fn streamer(to: &mut String) {
    match state() {
        Ok(state) => {
            let _ = writeln!(to, "{state:#}");
        }
        Err(why) => told(to, why),
    }
    const HELLO: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: YXBwbGlhbmNlIGRvY3RvciE=\r\nSec-WebSocket-Protocol: janus-protocol\r\n\r\n";
    match http(JANUS, HELLO, true) {
        Ok((head, _)) => {
            let _ = writeln!(to, "Janus: {}", head.lines().next().unwrap_or_default());
        }
        Err(why) => {
            let _ = writeln!(to, "Janus: {why}");
        }
    }
}

/// Frames of the sink, as a viewer gets them.
pub fn frames(to: &mut String) {
    match watch() {
        Ok(frames) => told(to, Timings::of(&frames)),
        Err(why) => told(to, why),
    }
}

fn watch() -> Result<Vec<(FrameInfo, u32)>, String> {
    let name = SINK.parse::<SinkName>().map_err(|error| error.to_string())?;
    let mut reader = Reader::new(name, Duration::from_secs(1));
    let mut frame = Frame::with_capacity(Kind::H264);
    let (mut frames, end) = (Vec::new(), Instant::now() + WATCH);
    reader.request_key();
    while Instant::now() < end {
        if reader.read(&mut frame, Duration::from_millis(100)).map_err(|error| error.to_string())?
            == Read::Frame
        {
            frames.push((frame.info, frame.missed));
        }
    }
    Ok(frames)
}

/// How long things took, of some frames, in microseconds.
struct Timings {
    frames: usize,
    keys: usize,
    missed: u32,
    what: String,
    rows: [(&'static str, Vec<u64>); 4],
}

impl Timings {
    fn of(frames: &[(FrameInfo, u32)]) -> Timings {
        let all = |of: fn(&FrameInfo) -> u64| frames.iter().map(|(info, _)| of(info)).collect();
        let periods = frames.windows(2).map(|two| two[1].0.grab_begin.since(two[0].0.grab_begin)).collect();
        let what = frames.last().map_or(String::new(), |(info, _)| {
            format!(
                ", the last {}x{}{}",
                info.width,
                info.height,
                if info.online { "" } else { ", a picture in place of the source" }
            )
        });
        Timings {
            frames: frames.len(),
            keys: frames.iter().filter(|(info, _)| info.key).count(),
            missed: frames.iter().map(|(_, missed)| missed).sum(),
            what,
            rows: [
                ("from one to the next", periods),
                ("to be captured", all(|info| info.grab_end.since(info.grab_begin))),
                ("to be encoded", all(|info| info.encode_end.since(info.encode_begin))),
                ("from the driver to the sink", all(|info| info.encode_end.since(info.grab_begin))),
            ],
        }
    }
}

impl Display for Timings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (frames, keys, missed, what, seconds) =
            (self.frames, self.keys, self.missed, &self.what, WATCH.as_secs());
        writeln!(f, "{frames} frames in {seconds} s, {keys} of them key frames, {missed} missed{what}")?;
        for (name, times) in &self.rows {
            let mut times = times.clone();
            times.sort_unstable();
            let at = |part: usize| times.get((times.len() * part / 100).min(times.len().saturating_sub(1)));
            if let (Some(least), Some(half), Some(most), Some(last)) = (at(0), at(50), at(95), times.last()) {
                let ms = |time: &u64| format!("{:.1}", *time as f64 / 1e3);
                writeln!(
                    f,
                    "{name:<28} {} ms at least, {} half of them, {} of 95 %, {} at most",
                    ms(least),
                    ms(half),
                    ms(most),
                    ms(last)
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memsink::Micros;

    #[test]
    fn timings_are_counted_from_frames() {
        let frame = |n: u64| FrameInfo {
            width: 640,
            height: 480,
            online: true,
            key: n == 0,
            grab_begin: Micros(n * 40_000),
            grab_end: Micros(n * 40_000 + 10_000),
            encode_begin: Micros(n * 40_000 + 10_000),
            encode_end: Micros(n * 40_000 + 15_000 + n * 1000),
            ..FrameInfo::default()
        };
        let frames: Vec<_> = (0..11).map(|n| (frame(n), u32::from(n == 3))).collect();
        let text = Timings::of(&frames).to_string();
        for words in [
            "11 frames in 4 s, 1 of them key frames, 1 missed, the last 640x480\n",
            "from one to the next         40.0 ms at least, 40.0 half of them, 40.0 of 95 %, 40.0 at most",
            "to be captured               10.0 ms",
            "to be encoded                5.0 ms at least, 10.0 half of them, 15.0 of 95 %, 15.0 at most",
            "from the driver to the sink  15.0 ms at least, 20.0 half",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(Timings::of(&[]).to_string().starts_with("0 frames"));
    }
}
