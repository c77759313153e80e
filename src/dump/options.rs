//! `ustreamer-dump`'s command line, as µStreamer's.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgAction, Command, CommandFactory, Parser};
use memsink::SinkName;

/// Reads a sink of ustreamer and writes its frames.
#[derive(Debug, Parser)]
#[command(name = "ustreamer-dump", version, about, infer_long_args = true, disable_version_flag = true)]
struct Arguments {
    /// The sink to read, for example demo::ustreamer::h264.
    #[arg(short, long, value_name = "NAME")]
    sink: SinkName,
    /// Seconds to wait for the sink's lock, 1 to 60.
    #[arg(short = 't', long, value_name = "SEC", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=60))]
    sink_timeout: u64,
    /// Write to this file; - for stdout. Without it frames are only read.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a line of JSON for each frame, with its bytes in base64.
    #[arg(short = 'j', long)]
    output_json: bool,
    /// End after so many frames; 0: never.
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    count: u64,
    /// Seconds from one frame to the next, 0 to 60.
    #[arg(short, long, value_name = "SEC", default_value_t = 0.0, value_parser = interval)]
    interval: f64,
    /// Ask for a key frame at the start.
    #[arg(short, long)]
    key_required: bool,
    /// How much to tell: 0 errors, 1 performance, 2 each frame, 3 all.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=3))]
    log_level: u8,
    /// The same as --log-level=1.
    #[arg(long)]
    perf: bool,
    /// The same as --log-level=2: a line for each frame.
    #[arg(long)]
    verbose: bool,
    /// The same as --log-level=3.
    #[arg(long)]
    debug: bool,
    /// Accepted for µStreamer's sake; nothing is coloured.
    #[arg(long)]
    force_log_colors: bool,
    /// Accepted for µStreamer's sake; nothing is coloured.
    #[arg(long)]
    no_log_colors: bool,
    /// Print the version.
    #[arg(short, long, action = ArgAction::Version)]
    version: (),
}

/// What was asked for, checked.
#[derive(Debug)]
pub struct Options {
    /// The sink.
    pub sink: SinkName,
    /// How long to wait for its lock.
    pub lock_timeout: Duration,
    /// Where to write; `None`: nowhere.
    pub output: Option<PathBuf>,
    /// JSON lines instead of bytes.
    pub json: bool,
    /// Frames to take; `None`: all.
    pub count: Option<u64>,
    /// Pause after each frame.
    pub interval: Duration,
    /// Ask for a key frame.
    pub key_required: bool,
    /// A line for each frame on stderr.
    pub verbose: bool,
}

/// All options, for the man page and the shells.
pub fn command() -> Command {
    Arguments::command()
}

fn interval(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| (0.0..=60.0).contains(seconds))
        .ok_or_else(|| "seconds from 0 to 60".to_owned())
}

impl Options {
    /// Reads the command line; help, version and errors are printed here and give the exit code.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, ExitCode> {
        let given = Arguments::try_parse_from(arguments).map_err(|error| {
            let _ = error.print();
            if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        })?;
        Ok(Options {
            sink: given.sink,
            lock_timeout: Duration::from_secs(given.sink_timeout),
            output: given.output,
            json: given.output_json,
            count: (given.count > 0).then_some(given.count),
            interval: Duration::from_secs_f64(given.interval),
            key_required: given.key_required,
            verbose: given.verbose || given.debug || given.log_level >= 2,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, ExitCode> {
        Options::parse(format!("ustreamer-dump {line}").split(' ').map(OsString::from))
    }

    #[test]
    fn the_lines_of_the_manual_are_understood() {
        let options = parse("--sink test::h264 -o - -j -c 5 -i 0.5 -k --sink-time 3").unwrap();
        assert_eq!((options.count, options.json, options.key_required), (Some(5), true, true));
        assert_eq!(
            (options.interval, options.lock_timeout),
            (Duration::from_millis(500), Duration::from_secs(3))
        );
        assert_eq!(parse("-s a::jpeg").unwrap().count, None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for line in
            ["", "-s nosuffix", "-s a::h264 -i 61", "-s a::h264 -t 0", "-s a::h264 -c x", "-s a::h264 --what"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
