//! Where frames are written: raw one after the other, or as lines of JSON with µStreamer's keys, and `missed`: how many frames of the sink were
//! replaced before they could be read, since the line before. (Counted where the writer is ours.)

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memsink::{Frame, Micros};
use serde_json::json;

use super::options::Options;

/// An opened output.
pub struct Output {
    to: Option<(BufWriter<Box<dyn Write>>, String)>,
    json: bool,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It was written.
    Done,
    /// Nobody reads any more (a closed pipe), which is a way to end.
    ReaderGone,
}

impl Output {
    /// Opens what was asked for.
    pub fn open(options: &Options) -> Result<Output, String> {
        let to = match &options.output {
            None => None,
            Some(path) if path.as_os_str() == "-" => {
                Some((Box::new(io::stdout()) as Box<dyn Write>, "stdout".to_owned()))
            }
            Some(path) => {
                let name = path.display().to_string();
                let file = File::create(path)
                    .map_err(|error| format!("cannot write {name}: {error}; give another --output"))?;
                Some((Box::new(file) as Box<dyn Write>, name))
            }
        };
        Ok(Output { to: to.map(|(writer, name)| (BufWriter::new(writer), name)), json: options.json })
    }

    /// Writes a frame and flushes it, so that a reader of a pipe has it at once.
    pub fn write(&mut self, frame: &Frame) -> Result<Written, String> {
        let json = self.json.then(|| line(frame));
        let Some((writer, name)) = &mut self.to else { return Ok(Written::Done) };
        let bytes = json.as_deref().map_or(&frame.data[..], str::as_bytes);
        match writer.write_all(bytes).and_then(|()| writer.flush()) {
            Ok(()) => Ok(Written::Done),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Written::ReaderGone),
            Err(error) => Err(format!("cannot write {name}: {error}; is the disk full?")),
        }
    }

    /// Writes what is left.
    pub fn finish(self) -> Result<(), String> {
        match self.to {
            Some((mut writer, name)) => {
                writer.flush().map_err(|error| format!("cannot write {name}: {error}"))
            }
            None => Ok(()),
        }
    }
}

/// A frame as a line of JSON; times are seconds with three decimals, as µStreamer writes them.
fn line(frame: &Frame) -> String {
    let info = &frame.info;
    let seconds = |time: Micros| (time.0 as f64 / 1e3).round() / 1e3;
    let mut line = json!({
        "size": frame.data.len(),
        "width": info.width,
        "height": info.height,
        "format": info.format,
        "stride": info.stride,
        "online": u8::from(info.online),
        "key": u8::from(info.key),
        "gop": info.gop,
        "grab_begin_ts": seconds(info.grab_begin),
        "grab_end_ts": seconds(info.grab_end),
        "encode_begin_ts": seconds(info.encode_begin),
        "encode_end_ts": seconds(info.encode_end),
        "missed": frame.missed,
        "data": STANDARD.encode(&frame.data),
    })
    .to_string();
    line.push('\n');
    line
}
