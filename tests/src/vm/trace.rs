//! The kernel's own account of buffers: its trace events of every VIDIOC_QBUF and VIDIOC_DQBUF.

use std::fs;
use std::path::Path;

const TRACING: &str = "/sys/kernel/tracing";

/// A trace that is running, with the names of its events.
#[derive(Debug)]
pub struct Trace(Vec<String>);

/// One of the two calls, on one device.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `v4l2_qbuf` or `v4l2_dqbuf`.
    pub name: String,
    /// The device's minor number; 0 where the kernel does not say.
    pub minor: u32,
    /// The queue: `VIDEO_CAPTURE`, `VIDEO_OUTPUT_MPLANE`, …
    pub queue: String,
    /// The buffer's time stamp, µs.
    pub timestamp: u64,
    /// When it was, by the trace's clock, in seconds.
    pub at: f64,
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
        Self::begin_with(&[])
    }

    /// Begins, with these events beside the two (`vb2/vb2_buf_done`).
    ///
    /// # Panics
    /// Without tracefs, or such events.
    pub fn begin_with(more: &[&str]) -> Self {
        write("trace", "");
        let names = ["v4l2/v4l2_qbuf", "v4l2/v4l2_dqbuf"].iter().chain(more);
        let events: Vec<String> = names.map(|name| format!("events/{name}/enable")).collect();
        for event in &events {
            write(event, "1");
        }
        Self(events)
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
        for event in &self.0 {
            write(event, "0");
        }
    }
}

/// `… 12.345678: v4l2_dqbuf: minor = 20, index = 0, type = VIDEO_CAPTURE, …, timestamp = 123456789000, …`, or vb2's own, which names no
/// device and has the queue's number.
fn parse(line: &str) -> Option<Call> {
    let (head, fields) = line.split_once(": minor = ").or_else(|| line.split_once(": owner = "))?;
    let mut words = head.rsplit(' ');
    let name = words.next()?.to_owned();
    let at = words.next()?.trim_end_matches(':').parse().ok()?;
    let field = |key: &str| {
        let (_, rest) = fields.split_once(&format!("{key} = "))?;
        rest.split([',', ' ']).next()
    };
    let queue = match field("type")? {
        "1" => "VIDEO_CAPTURE",
        "9" => "VIDEO_CAPTURE_MPLANE",
        "10" => "VIDEO_OUTPUT_MPLANE",
        name => name.trim_start_matches("V4L2_BUF_TYPE_"),
    };
    Some(Call {
        name,
        minor: fields.split(',').next()?.parse().unwrap_or(0),
        queue: queue.to_owned(),
        timestamp: field("timestamp")?.parse::<u64>().ok()? / 1000,
        at,
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
            at: 12.345678,
        };
        assert_eq!(parse(line), Some(expected));
        assert_eq!(parse("# tracer: nop"), None);
    }
}
