//! µStreamer's options that this version knows by name and value, and what it does about them.
//!
//! None is ignored in silence when that could mislead: what changes who may see the picture, where it goes or when
//! the process ends is refused; what only would have made a difference to quality or speed gets one warning.

use clap::builder::{Arg, ArgAction};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::values;

/// An option of µStreamer's that does nothing here.
pub struct Later {
    /// Its long name.
    pub long: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// What its value must look like.
    pub value: Value,
    /// What is done about it.
    pub verdict: Verdict,
}

/// What a value must look like.
#[derive(Clone, Copy)]
pub enum Value {
    /// There is none.
    Flag,
    /// Any text.
    Text,
    /// A whole number in this range.
    Int(u32, u32),
    /// Permissions.
    Mode,
    /// One of these, in any case.
    OneOf(&'static [&'static str]),
    /// A number or `default`; with `true` also `auto`.
    Control(bool),
}

/// What is done about an option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing: µStreamer ignores it as well.
    Ignore,
    /// It runs, and one line says this.
    Warn(&'static str),
    /// It does not start, and one line says this.
    Refuse(&'static str),
}

use Value::{Control, Flag, Int, Mode, OneOf, Text};
use Verdict::{Ignore, Refuse, Warn};

const NO_KERNEL_JPEG: &str = "JPEGs are made in software, or pass as the camera sends them; a JPEG encoder of the kernel is not used in this version";
const NO_WAIT: &str = "the writer never waits for a reader that long";
const NO_RAW_SINK: &str =
    "a sink for raw pictures is not in this version yet; take --jpeg-sink or --h264-sink";
const NO_GPIO: &str = "this version drives no GPIO lines";
const NO_V4P: &str = "this version has no output to a local display";
const NO_CONTROL: &str = "image controls stay as they are; set them with v4l2-ctl";
const NO_EXIT: &str = "this version does not end by itself; it keeps trying";
const MODIFIER: &str = "there is no such sink in this version";

const fn later(long: &'static str, value: Value, verdict: Verdict) -> Later {
    Later { long, short: None, value, verdict }
}

const fn short(short: char, long: &'static str, value: Value, verdict: Verdict) -> Later {
    Later { long, short: Some(short), value, verdict }
}

/// All of them.
pub const LATER: &[Later] = &[
    short(
        'a',
        "tv-standard",
        OneOf(&["PAL", "NTSC", "SECAM", "UNKNOWN"]),
        Refuse("analogue standards are not set in this version; take v4l2-ctl --set-standard"),
    ),
    short('I', "io-method", OneOf(&["MMAP", "USERPTR"]), Warn("buffers are always the driver's own (MMAP)")),
    short('g', "glitched-resolutions", Text, Ignore),
    short('k', "blank", Text, Ignore),
    short('K', "last-as-blank", Text, Ignore),
    short('l', "slowdown", Flag, Warn("nothing is encoded while nobody watches anyway")),
    later("m2m-device", Text, Warn(NO_KERNEL_JPEG)),
    later(
        "media-device",
        Text,
        Refuse("media controller routing is not in this version yet; route with media-ctl"),
    ),
    later("media-entity-name", Text, Warn("it is used with --media-device only")),
    later("image-default", Flag, Warn(NO_CONTROL)),
    later("brightness", Control(true), Warn(NO_CONTROL)),
    later("contrast", Control(false), Warn(NO_CONTROL)),
    later("saturation", Control(false), Warn(NO_CONTROL)),
    later("hue", Control(true), Warn(NO_CONTROL)),
    later("gamma", Control(false), Warn(NO_CONTROL)),
    later("sharpness", Control(false), Warn(NO_CONTROL)),
    later("backlight-compensation", Control(false), Warn(NO_CONTROL)),
    later("white-balance", Control(true), Warn(NO_CONTROL)),
    later("gain", Control(true), Warn(NO_CONTROL)),
    later("color-effect", Control(false), Warn(NO_CONTROL)),
    later("rotate", Control(false), Warn(NO_CONTROL)),
    later("flip-vertical", Control(false), Warn(NO_CONTROL)),
    later("flip-horizontal", Control(false), Warn(NO_CONTROL)),
    later("jpeg-sink-timeout", Int(1, 60), Warn(NO_WAIT)),
    later("sink-timeout", Int(1, 60), Warn(NO_WAIT)),
    later("raw-sink", Text, Refuse(NO_RAW_SINK)),
    later("raw-sink-mode", Mode, Warn(MODIFIER)),
    later("raw-sink-rm", Flag, Warn(MODIFIER)),
    later("raw-sink-client-ttl", Int(1, 60), Warn(MODIFIER)),
    later("raw-sink-timeout", Int(1, 60), Warn(MODIFIER)),
    later("h264-sink-timeout", Int(1, 60), Warn(NO_WAIT)),
    later("v4p", Flag, Refuse(NO_V4P)),
    later("gpio-device", Text, Warn(NO_GPIO)),
    later("gpio-consumer-prefix", Text, Warn(NO_GPIO)),
    later("gpio-prog-running", Int(0, 256), Refuse(NO_GPIO)),
    later("gpio-stream-online", Int(0, 256), Refuse(NO_GPIO)),
    later("gpio-has-http-clients", Int(0, 256), Refuse(NO_GPIO)),
    later("exit-on-device-error", Flag, Refuse(NO_EXIT)),
    later("exit-on-no-clients", Int(0, 86_400), Refuse(NO_EXIT)),
    later("process-name-prefix", Text, Warn("the process keeps its name")),
    later("notify-parent", Flag, Warn("the parent process gets no signal; read /state")),
];

/// Adds them all to the command, so that they are known and their values checked.
pub fn augment(command: Command) -> Command {
    LATER.iter().fold(command, |command, option| command.arg(option.arg()))
}

/// Those given on the command line.
pub fn given(matches: &ArgMatches) -> impl Iterator<Item = &'static Later> + '_ {
    LATER.iter().filter(|option| matches.value_source(option.long) == Some(ValueSource::CommandLine))
}

impl Later {
    fn arg(&self) -> Arg {
        let arg = Arg::new(self.long).long(self.long).help_heading("Known, but not in this version").help(
            match self.verdict {
                Ignore => "Accepted and ignored, as by µStreamer",
                Warn(why) | Refuse(why) => why,
            },
        );
        let arg = match self.short {
            Some(short) => arg.short(short),
            None => arg,
        };
        let value = self.value;
        match value {
            Flag => arg.action(ArgAction::SetTrue),
            Control(_) => arg.allow_hyphen_values(true).value_parser(move |text: &str| value.check(text)),
            _ => arg.value_parser(move |text: &str| value.check(text)),
        }
    }
}

impl Value {
    fn check(self, text: &str) -> Result<String, String> {
        match self {
            Flag | Text => Ok(()),
            Int(min, max) => values::integer_in(text, min, max).map(drop),
            Mode => values::mode(text).map(drop),
            OneOf(names) if names.iter().any(|name| name.eq_ignore_ascii_case(text)) => Ok(()),
            OneOf(names) => Err(format!("it must be one of {}", names.join(", "))),
            Control(auto)
                if text.eq_ignore_ascii_case("default") || (auto && text.eq_ignore_ascii_case("auto")) =>
            {
                Ok(())
            }
            Control(auto) => values::integer(text)
                .map(drop)
                .map_err(|_| format!("a number or default{} is needed", if auto { " or auto" } else { "" })),
        }
        .map(|()| text.to_owned())
    }
}
