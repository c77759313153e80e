//! What the software encoder costs: `encode_bench [WxH] [FRAMES]` encodes the test picture at its own pace and
//! prints milliseconds per frame and bytes.

use std::time::{Duration, Instant};

use memsink::Micros;
use rustreamer::config::{Bounded, Fps, Gop, Kbps};
use rustreamer::encode::{Settings, Software};
use rustreamer::source::TestPicture;
use v4l2m2m::Size;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let size = arguments.next().unwrap_or_else(|| "1920x1080".to_owned());
    let (width, height) = size.split_once('x').ok_or("the size is WxH")?;
    let frames: usize = arguments.next().map_or(Ok(150), |text| text.parse())?;
    let settings = Settings {
        bitrate: Kbps::new(5000).ok_or("bitrate")?,
        gop: Gop::new(30).ok_or("gop")?,
        fps: Fps::new(30).ok_or("fps")?,
    };
    let mut encoder = Software::new(settings)?;
    let mut source = TestPicture::new(Size { width: width.parse()?, height: height.parse()? });
    let (mut unit, mut bytes) = (Vec::new(), 0);
    let (mut drawing, mut deltas, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..frames {
        let start = Instant::now();
        let (_, picture) = source.next(Micros::now());
        drawing.push(start.elapsed());
        let start = Instant::now();
        let key = encoder.encode(&picture, false, &mut unit)?;
        if key { &mut keys } else { &mut deltas }.push(start.elapsed());
        bytes += unit.len();
        std::thread::sleep(Duration::from_millis(33).saturating_sub(start.elapsed()));
    }
    for (name, times) in [("drawing", &mut drawing), ("P frames", &mut deltas), ("key frames", &mut keys)] {
        times.sort();
        let ms = |n: usize| times.get(n).map_or(0.0, |time| time.as_secs_f64() * 1e3);
        println!(
            "{name:<11} n={:<4} p50 {:.2} ms, max {:.2} ms",
            times.len(),
            ms(times.len() / 2),
            ms(times.len().saturating_sub(1))
        );
    }
    println!("{} kbit/s", bytes * 8 * 30 / frames / 1000);
    Ok(())
}
