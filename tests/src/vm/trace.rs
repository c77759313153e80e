//! The kernel's own account of buffers: its trace events of every VIDIOC_QBUF and VIDIOC_DQBUF.

use std::fs;
use std::path::Path;

const TRACING: &str = "/sys/kernel/tracing";

/// A trace that is running.
#[derive(Debug)]
pub struct Trace(());

/// One of the two calls, on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `v4l2_qbuf` or `v4l2_dqbuf`.
    pub name: String,
    /// The device's minor number.
    pub minor: u32,
    /// The queue: `VIDEO_CAPTURE`, `VIDEO_OUTPUT_MPLANE`, …
    pub queue: String,
    /// The buffer's time stamp, µs.
    pub timestamp: u64,
}

fn write(file: &str, text: &str) {
    let path = Path::new(TRACING).join(file);
    fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

impl Trace {
    /// Begins.
    ///
    /// # Panics
    /// Without tracefs.
    pub fn begin() -> Self {
        write("trace", "");
        write("events/v4l2/v4l2_qbuf/enable", "1");
        write("events/v4l2/v4l2_dqbuf/enable", "1");
        Self(())
    }

    /// Ends, and gives what was recorded.
    ///
    /// # Panics
    /// When the kernel's lines are not what they were.
    pub fn end(self) -> Vec<Call> {
        drop(self);
        let text = fs::read_to_string(format!("{TRACING}/trace")).expect("a trace");
        text.lines().filter_map(parse).collect()
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        write("events/v4l2/enable", "0");
    }
}

/// `… v4l2_dqbuf: minor = 20, index = 0, type = VIDEO_CAPTURE, …, timestamp = 123456789000, …`.
fn parse(line: &str) -> Option<Call> {
    let (head, fields) = line.split_once(": minor = ")?;
    let name = head.rsplit(' ').next()?.to_owned();
    let field = |key: &str| {
        let (_, rest) = fields.split_once(&format!("{key} = "))?;
        Some(rest.split([',', ' ']).next()?.trim_end_matches(',').to_owned())
    };
    Some(Call {
        name,
        minor: fields.split(',').next()?.parse().ok()?,
        queue: field("type")?.trim_start_matches("V4L2_BUF_TYPE_").to_owned(),
        timestamp: field("timestamp")?.parse::<u64>().ok()? / 1000,
    })
}

/// A device node's minor number.
///
/// # Panics
/// When it is not there.
pub fn minor(path: &str) -> u32 {
    use std::os::unix::fs::MetadataExt;
    libc::minor(fs::metadata(path).expect("a device").rdev())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernel() {
        let line = "           media-157     [000] d..1.    12.345678: v4l2_dqbuf: minor = 20, index = 3, type = VIDEO_CAPTURE, \
                    bytesused = 1843200, flags = MAPPED|TIMESTAMP_MONOTONIC, field = NONE, timestamp = 3148018123000, timecode = { type = 0 }";
        let expected = Call {
            name: "v4l2_dqbuf".into(),
            minor: 20,
            queue: "VIDEO_CAPTURE".into(),
            timestamp: 3_148_018_123,
        };
        assert_eq!(parse(line), Some(expected));
        assert_eq!(parse("# tracer: nop"), None);
    }
}
