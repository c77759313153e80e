//! What a JPEG of a full-HD picture in YUYV costs one thread, by how much of the picture is another than before. One JSON line a figure.

use std::time::Instant;

use rustreamer::config::{Bounded, Quality};
use rustreamer::encode::jpeg::Encoder;
use rustreamer::source::components::{Range, Raw};
use rustreamer::source::convert::Layout;
use v4l2m2m::{FourCc, Size};

const ROUNDS: usize = 60;

/// A desktop of sorts: flat areas, edges like those of text, a gradient; in a row of text, and all of it with another `turn`, it is another.
fn desktop(size: Size, turn: usize, text: usize) -> Vec<u8> {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut bytes = Vec::with_capacity(width * height * 2);
    for y in 0..height {
        for x in (0..width).step_by(2) {
            let luma = |x: usize| match (x * 4 / width, y * 3 / height) {
                (0, 0) | (3, 2) => 16 + ((x + 16 * turn) % width * 219 / width) as u8,
                (1 | 2, _) if y % 20 < 12 => {
                    40 + 180 * u8::from((x * 7 + y * 13 + turn + text * usize::from(y / 20 == 25)) % 11 < 4)
                }
                _ => 200 - turn as u8,
            };
            bytes.extend([
                luma(x),
                (90 + turn + 40 * x / width) as u8,
                luma(x + 1),
                (150 - 30 * y / height) as u8,
            ]);
        }
    }
    bytes
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2] * 100.0).round() / 100.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size = Size { width: 1920, height: 1080 };
    let layout = Layout { format: FourCc::YUYV, size, stride: size.width as usize * 2 };
    for (name, pictures) in [
        ("all of it moves", [desktop(size, 0, 0), desktop(size, 1, 0)]),
        ("a line of text changes", [desktop(size, 0, 0), desktop(size, 0, 1)]),
        ("nothing changes", [desktop(size, 0, 0), desktop(size, 0, 0)]),
    ] {
        let mut encoder = Encoder::new(Quality::new(80).ok_or("80 is a quality")?, b"")?;
        let mut times = Vec::new();
        for bytes in pictures.iter().cycle().take(ROUNDS) {
            let start = Instant::now();
            encoder.encode(&Raw::captured(layout, Range::Limited, bytes)?)?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        println!(
            r#"{{"name":"1080p YUYV to JPEG q80, one thread: {name}, median","value":{},"unit":"ms"}}"#,
            median(times)
        );
    }
    Ok(())
}
