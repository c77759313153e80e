//! Every V4L2 node of this machine: who it is, its formats and sizes, and whether it is an H.264 encoder.
//!
//! `cargo run -p v4l2m2m --example list`
#![forbid(unsafe_code)]

use v4l2m2m::{Device, FourCc, find_encoders};

fn main() {
    let mut paths: Vec<_> = std::fs::read_dir("/dev")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("video")))
        .collect();
    paths.sort();
    for path in paths {
        let device = match Device::open(&path) {
            Ok(device) => device,
            Err(e) => {
                println!("{e}");
                continue;
            }
        };
        let role = match (device.is_capture(), device.is_converter()) {
            (true, _) => "capture",
            (_, true) if device.encodes(FourCc::H264) => "H.264 encoder",
            (_, true) if device.encodes(FourCc::JPEG) => "JPEG encoder",
            (_, true) => "converter",
            _ => "neither capture nor converter",
        };
        println!("{}: {} ({}, {}): {role}", path.display(), device.card(), device.driver(), device.bus());
        for (title, formats) in [("takes", device.input_formats()), ("gives", device.formats())] {
            for offered in formats {
                let sizes = device.sizes(offered.format);
                let sizes: Vec<_> = sizes
                    .iter()
                    .map(|s| {
                        if s.smallest == s.largest {
                            s.largest.to_string()
                        } else {
                            format!("{} to {}", s.smallest, s.largest)
                        }
                    })
                    .collect();
                println!("  {title} {} {} {}", offered.format, offered.description, sizes.join(", "));
            }
        }
    }
    for coded in [FourCc::H264, FourCc::MJPEG, FourCc::JPEG] {
        println!("{coded} encoders: {:?}", find_encoders(coded));
    }
}
