//! µStreamer's options that have no effect here, or could have none, and what is done about each.
//!
//! None is ignored in silence when that could mislead: what changes where the picture goes is refused.

use clap::builder::{Arg, ArgAction};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::values;

/// An option without effect.
pub struct Foreign {
    /// Its long name.
    pub long: &'static str,
    /// Its letter.
    short: Option<char>,
    /// What its value must look like.
    value: Value,
    /// What is done about it.
    pub verdict: Verdict,
}

/// What a value must look like.
#[derive(Clone, Copy)]
enum Value {
    /// There is none.
    Flag,
    /// Any text.
    Text,
    /// Seconds, 1 to 60.
    Seconds,
}

/// What is done about an option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing: what it asks for is so anyway, or µStreamer ignores it as well.
    Ignore(&'static str),
    /// It does not start, and one line says this.
    Refuse(&'static str),
}

use Value::{Flag, Seconds, Text};
use Verdict::{Ignore, Refuse};

const THEIRS: &str = "Accepted and ignored, as by µStreamer";
const NO_WAIT: &str = "Accepted; nobody waits here: a reader that keeps the lock costs a frame after 2 ms";
const BY_ITSELF: &str = "Accepted; the way from the receiver to the video device is found and set by itself";
const NO_V4P: &str = "there is no output to a local display here; run µStreamer's own for that";

/// All of them.
const FOREIGN: &[Foreign] = &[
    short('g', "glitched-resolutions", Text, Ignore(THEIRS)),
    short('k', "blank", Text, Ignore(THEIRS)),
    short('K', "last-as-blank", Text, Ignore(THEIRS)),
    long("media-device", Text, Ignore(BY_ITSELF)),
    long("media-entity-name", Text, Ignore(BY_ITSELF)),
    long("jpeg-sink-timeout", Seconds, Ignore(NO_WAIT)),
    long("sink-timeout", Seconds, Ignore(NO_WAIT)),
    long("raw-sink-timeout", Seconds, Ignore(NO_WAIT)),
    long("h264-sink-timeout", Seconds, Ignore(NO_WAIT)),
    long("v4p", Flag, Refuse(NO_V4P)),
];

const fn long(long: &'static str, value: Value, verdict: Verdict) -> Foreign {
    Foreign { long, short: None, value, verdict }
}

const fn short(short: char, long: &'static str, value: Value, verdict: Verdict) -> Foreign {
    Foreign { long, short: Some(short), value, verdict }
}

/// Adds them all to the command, so that they are known and their values checked.
pub fn augment(command: Command) -> Command {
    FOREIGN.iter().fold(command, |command, option| command.arg(option.arg()))
}

/// Those given on the command line.
pub fn given(matches: &ArgMatches) -> impl Iterator<Item = &'static Foreign> + '_ {
    FOREIGN.iter().filter(|option| matches.value_source(option.long) == Some(ValueSource::CommandLine))
}

impl Foreign {
    fn arg(&self) -> Arg {
        let (Ignore(why) | Refuse(why)) = self.verdict;
        let arg =
            Arg::new(self.long).long(self.long).help_heading("µStreamer's, without effect here").help(why);
        let arg = match self.short {
            Some(short) => arg.short(short),
            None => arg,
        };
        match self.value {
            Flag => arg.action(ArgAction::SetTrue),
            Text => arg,
            Seconds => arg.value_name("SEC").value_parser(values::seconds),
        }
    }
}
