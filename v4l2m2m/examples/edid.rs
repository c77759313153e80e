//! The EDID of an HDMI receiver, which tells the computer at the other end what it may send: shown, or replaced.
//!
//! `cargo run -p v4l2m2m --example edid -- DEVICE [FILE]`; FILE is binary or hexadecimal, as `v4l2-ctl` and `edid-decode` write it.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use v4l2m2m::{Device, Edid};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("edid: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (path, file) = match args.as_slice() {
        [path] => (path, None),
        [path, file] => (path, Some(file)),
        _ => return Err("usage: edid DEVICE [FILE]".into()),
    };
    let device = Device::open(path.as_ref())?;
    if let Some(file) = file {
        let content = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
        let edid = Edid::parse(&content).map_err(|e| format!("{file}: {e}"))?;
        // The computer sees the receiver go and come back, and reads the new one.
        device.set_edid(&edid)?;
    }
    print!("{}", device.edid()?);
    Ok(())
}
