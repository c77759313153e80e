//! Memory from a DMA-BUF heap: which heaps there are, a buffer from one, and how fast the processor reads it.
//!
//! `cargo run --release -p v4l2m2m --example dma_heap -- [HEAP [BYTES]]`; without a heap, it lists them.
#![forbid(unsafe_code)]

use std::os::fd::{AsFd, AsRawFd};
use std::process::ExitCode;
use std::time::Instant;

use v4l2m2m::DmaHeap;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("dma_heap: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let Some(name) = args.next() else {
        let names = DmaHeap::names();
        println!("{}", if names.is_empty() { "no heaps".to_owned() } else { names.join("\n") });
        return Ok(());
    };
    let bytes: u32 = args.next().map_or(Ok(1536 << 10), |word| word.parse())?;
    let mut buffer = DmaHeap::open(&name)?.allocate(bytes)?;
    println!("{bytes} bytes of {name}: descriptor {}, for any device to import", buffer.as_fd().as_raw_fd());

    let written: Vec<u8> = (0..bytes).map(|i| (i % 251) as u8).collect();
    buffer.copy_from(&written)?;
    let mut read = vec![0; bytes as usize];
    let start = Instant::now();
    buffer.copy_to(&mut read)?;
    let time = start.elapsed();
    if read != written {
        return Err("what was read is not what was written".into());
    }
    println!("read in {:.0} µs, and as it was written", time.as_secs_f64() * 1e6);
    Ok(())
}
