//! Image controls: brightness and its kin, by µStreamer's names and the kernel's numbers.

use clap::builder::{Arg, ArgAction};
use clap::{ArgMatches, Command};
use v4l2m2m::Wish;

use super::values;
use crate::config::ImageControl;

/// The kernel's numbers of a control, and of the one that lets the device decide by itself.
struct Known {
    long: &'static str,
    id: u32,
    auto: Option<u32>,
}

/// The first of the kernel's numbers for such controls (`V4L2_CID_BASE`).
const BASE: u32 = 0x0098_0900;

const fn known(long: &'static str, number: u32, auto: Option<u32>) -> Known {
    let auto = match auto {
        Some(auto) => Some(BASE + auto),
        None => None,
    };
    Known { long, id: BASE + number, auto }
}

const KNOWN: &[Known] = &[
    known("brightness", 0, Some(32)),
    known("contrast", 1, None),
    known("saturation", 2, None),
    known("hue", 3, Some(25)),
    known("gamma", 16, None),
    known("sharpness", 27, None),
    known("backlight-compensation", 28, None),
    known("white-balance", 26, Some(12)),
    known("gain", 19, Some(18)),
    known("color-effect", 31, None),
    known("rotate", 34, None),
    known("flip-vertical", 21, None),
    known("flip-horizontal", 20, None),
];

const ALL: &str = "image-default";

/// What one of them is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Value(i32),
    Default,
    Auto,
}

/// Adds them all to the command.
pub fn augment(command: Command) -> Command {
    let heading = "Image";
    let all = Arg::new(ALL)
        .long(ALL)
        .help_heading(heading)
        .action(ArgAction::SetTrue)
        .help("Set all of these controls to the driver's defaults [default: they stay as they are]");
    KNOWN.iter().fold(command.arg(all), |command, known| {
        let auto = known.auto.is_some();
        let (name, help) = if auto {
            ("N|default|auto", "A number, default, or auto to let the device decide")
        } else {
            ("N|default", "A number, or default")
        };
        let arg = Arg::new(known.long).long(known.long).help_heading(heading).help(help).value_name(name);
        command.arg(arg.allow_hyphen_values(true).value_parser(move |text: &str| asked(text, auto)))
    })
}

fn asked(text: &str, auto: bool) -> Result<Asked, String> {
    match text.to_ascii_lowercase().as_str() {
        "default" => Ok(Asked::Default),
        "auto" if auto => Ok(Asked::Auto),
        _ => values::integer(text)
            .ok()
            .and_then(|value| i32::try_from(value).ok())
            .map(Asked::Value)
            .ok_or_else(|| format!("a number or default{} is needed", if auto { " or auto" } else { "" })),
    }
}

/// What the command line asks for, in the order in which it is to be set.
pub fn given(matches: &ArgMatches) -> Vec<ImageControl> {
    let all = matches.get_flag(ALL);
    let mut controls = Vec::new();
    for Known { long, id: own, auto } in KNOWN {
        let asked = matches.get_one::<Asked>(long).copied().or(all.then_some(Asked::Default));
        let Some(asked) = asked else { continue };
        let mut set = |id, wish| {
            controls.push(ImageControl {
                id,
                name: long,
                wish,
                only_if_there: id != *own && wish != Wish::Value(1),
            })
        };
        match (asked, *auto) {
            (Asked::Auto, Some(auto)) => set(auto, Wish::Value(1)),
            (Asked::Auto, None) => {}
            (Asked::Default, auto) => {
                set(*own, Wish::Default);
                auto.into_iter().for_each(|auto| set(auto, Wish::Default));
            }
            (Asked::Value(value), auto) => {
                // It has an effect only while the device does not decide by itself.
                auto.into_iter().for_each(|auto| set(auto, Wish::Value(0)));
                set(*own, Wish::Value(value));
            }
        }
    }
    controls
}
