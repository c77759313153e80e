//! A sink's object as its readers find it, and what `ustreamer-dump` makes of its frames.
//!
//! The input is the object's beginning; its last two bytes say what the name says of the content, and how large the object is: as large as
//! one of the ABI's versions has it, or no larger than the input.

use std::cell::LazyCell;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use memsink::{Abi, Frame, Kind, Read, Reader, SinkName};
use rustreamer::dump::options::Options;
use rustreamer::dump::output::Output;

const KINDS: [(Kind, &str); 3] = [(Kind::H264, "h264"), (Kind::Jpeg, "jpeg"), (Kind::Raw, "raw")];
/// Payloads are mostly holes in the object; of those larger than this a line of JSON is not made.
const WORTH_WRITING: usize = 1 << 16;

thread_local! {
    static DUMPS: LazyCell<[Options; 2]> = LazyCell::new(|| ["", "--output-json"].map(dump));
}

fn dump(more: &str) -> Options {
    let line = format!("ustreamer-dump --sink fuzz::h264 --output /dev/null {more}");
    Options::parse(line.split_whitespace().map(OsString::from)).expect("a command line that is right")
}

pub fn run(input: &[u8]) {
    let [content @ .., kind, size] = input else { return };
    let (kind, suffix) = KINDS[usize::from(*kind) % KINDS.len()];
    let size = Abi::ALL.get(usize::from(*size)).map_or(content.len(), |abi| abi.object_size(kind));
    let name: SinkName = format!("fuzz.{}::{suffix}", std::process::id()).parse().expect("a sink's name");
    let path = format!("/dev/shm/{name}");
    let file = File::create(&path).expect("an object in /dev/shm");
    let content = &content[..content.len().min(size)];
    file.write_all_at(content, 0).and_then(|()| file.set_len(size as u64)).expect("room in /dev/shm");

    let mut reader = Reader::new(name, Duration::from_secs(1));
    let mut frame = Frame::default();
    let mut frames = 0;
    for _ in 0..2 {
        reader.request_key();
        if let Ok(Read::Frame) = reader.read(&mut frame, Duration::ZERO) {
            frames += 1;
            check(&frame, content, size);
        }
    }
    assert!(frames <= 1, "one frame was read twice");
    assert_eq!(file.metadata().expect("it is open").len(), size as u64, "a reader changed its size");
    fs::remove_file(&path).expect("remove it");
}

fn check(frame: &Frame, content: &[u8], size: usize) {
    let used = content.get(24..32).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    assert!(frame.data.len() as u64 == used && used < size as u64, "{used} bytes of {size}");
    assert_eq!(frame.missed, 0, "there was none before it");
    if frame.data.len() <= WORTH_WRITING {
        DUMPS.with(|dumps| {
            for options in &**dumps {
                let mut output = Output::open(options).expect("/dev/null");
                output.write(frame).and_then(|_| output.finish()).expect("/dev/null takes everything");
            }
        });
    }
}
