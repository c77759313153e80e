//! What a frame of 100 kB costs: publishing it, and until a reader has its copy. One JSON line a figure.

use memsink::{Frame, FrameInfo, Micros, Read, Reader, SinkName, Writer, WriterOptions};
use std::time::{Duration, Instant};

const FRAMES: usize = 500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name: SinkName = format!("bench.{}::h264", std::process::id()).parse()?;
    let mut writer =
        Writer::create(WriterOptions { remove_on_drop: true, ..WriterOptions::new(name.clone()) })?;
    let payload = vec![0x5a; 100_000];

    let mut publishing: Vec<f64> = Vec::new();
    for _ in 0..FRAMES {
        let start = Instant::now();
        writer.publish(&FrameInfo { grab_begin: Micros::now(), ..FrameInfo::default() }, &payload)?;
        publishing.push(start.elapsed().as_secs_f64() * 1e6);
    }

    let reading = std::thread::spawn(move || {
        let mut reader = Reader::new(name, Duration::from_secs(1));
        let (mut frame, mut delays) = (Frame::default(), Vec::new());
        while let Ok(Read::Frame) = reader.read(&mut frame, Duration::from_millis(500)) {
            delays.push(Micros::now().since(frame.info.encode_end) as f64);
        }
        delays
    });
    std::thread::sleep(Duration::from_millis(50));
    for _ in 0..FRAMES {
        let now = Micros::now();
        writer.publish(&FrameInfo { grab_begin: now, encode_end: now, ..FrameInfo::default() }, &payload)?;
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut delays = reading.join().map_err(|_| "the reader failed")?;

    for (name, figures, goal) in [
        ("publish 100 kB, median", &mut publishing, 10),
        ("publish 100 kB → our reader has it, median", &mut delays, 60),
    ] {
        figures.sort_by(f64::total_cmp);
        let median = (figures[figures.len() / 2] * 10.0).round() / 10.0;
        println!(r#"{{"name":"{name}","value":{median},"unit":"µs","goal":{goal}}}"#);
    }
    Ok(())
}
