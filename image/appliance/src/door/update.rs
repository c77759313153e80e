//! What is known of updates, as `last` in their folder says it, and in words for the owner.
//!
//! What must always hold: `last` is others' words (usr/lib/appliance/update, health), part of them out of a bundle: they are shown, and decide
//! nothing but whether another update has to wait.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Serialize;

/// More of a line is not read.
const LINE: u64 = 1024;

/// How far the last update has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There was none.
    None,
    /// It is being sent to the door.
    Arriving,
    /// The door has it, the system has not found it yet.
    Arrived,
    /// It is being checked, and written to the slot that does not run.
    Installing,
    /// It was not installed, for this reason.
    Refused(String),
    /// The device starts it, or has started it and looks whether it is good.
    Trying(String),
    /// This version is there to stay.
    Installed(String),
    /// The old system has been started again, or goes on, for this reason.
    Failed(String),
}

/// For the page, and for programs.
#[derive(Debug, Serialize)]
pub struct Told {
    /// One word.
    pub state: &'static str,
    /// A sentence or two.
    pub text: String,
    /// Whether it will change by itself.
    pub under_way: bool,
    /// Whether it is not what the owner wished for.
    pub bad: bool,
}

impl State {
    /// Of a line as `last` has it.
    fn parse(line: &str) -> Self {
        let line = line.trim();
        let (word, rest) = line.split_once([' ', ':']).unwrap_or((line, ""));
        let rest = rest.trim_start_matches(':').trim().to_owned();
        match word {
            "installing" => Self::Installing,
            "refused" => Self::Refused(rest),
            "trying" => Self::Trying(rest),
            "installed" => Self::Installed(rest),
            "failed" => Self::Failed(rest),
            _ => Self::None,
        }
    }

    /// Whether it will change by itself: another update has to wait until then.
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Arriving | Self::Arrived | Self::Installing | Self::Trying(_))
    }

    /// In words.
    pub fn told(&self) -> Told {
        let (state, text) = match self {
            Self::None => ("none", "No update has been sent to this device yet.".to_owned()),
            Self::Arriving => ("arriving", "An update is on its way to the device.".to_owned()),
            Self::Arrived => ("arrived", "The update has arrived.".to_owned()),
            Self::Installing => (
                "installing",
                "The update is being checked and installed. That takes a few minutes; the picture goes on."
                    .to_owned(),
            ),
            Self::Refused(why) => ("refused", format!("The update was refused: {}", sentence(why))),
            Self::Trying(version) => (
                "trying",
                format!(
                    "The device restarts, and tries version {version} for a few minutes. If that does not work, the old one comes back by itself."
                ),
            ),
            Self::Installed(version) => ("installed", format!("Version {version} has been installed.")),
            Self::Failed(why) => ("failed", format!("The last update did not work: {}", sentence(why))),
        };
        Told {
            state,
            text,
            under_way: self.is_under_way(),
            bad: matches!(self, Self::Refused(_) | Self::Failed(_)),
        }
    }
}

/// With its full stop.
fn sentence(words: &str) -> String {
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{words}{end}")
}

/// What `last` says. Nothing there, or nothing that can be understood: there was none.
pub fn last(path: &Path) -> State {
    let mut line = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LINE).read_to_end(&mut line));
    if let Err(why) = read
        && why.kind() != std::io::ErrorKind::NotFound
    {
        eprintln!("cannot read {}: {why}", path.display());
    }
    State::parse(&String::from_utf8_lossy(&line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_line_that_others_write_is_understood() {
        for (line, state, text, under_way) in [
            ("", "none", "No update has", false),
            ("installing\n", "installing", "is being checked", true),
            (
                "refused: signature verification failed: self-signed\n",
                "refused",
                "refused: signature verification failed: self-signed.",
                false,
            ),
            ("trying 2026.12.1\n", "trying", "tries version 2026.12.1 for", true),
            ("installed 2026.12.1\n", "installed", "Version 2026.12.1 has been installed.", false),
            (
                "failed: it was interrupted; nothing has changed\n",
                "failed",
                "it was interrupted; nothing has changed.",
                false,
            ),
            ("something else", "none", "No update", false),
        ] {
            let told = State::parse(line).told();
            assert_eq!((told.state, told.under_way), (state, under_way), "{line}");
            assert!(told.text.contains(text), "{line}: {}", told.text);
        }
        assert_eq!(last(Path::new("/nowhere/last")), State::None);
    }

    proptest! {
        #[test]
        fn whatever_the_line_is_there_is_a_sentence(line: String) {
            let told = State::parse(&line).told();
            prop_assert!(told.text.ends_with(['.', '!', '?']));
        }
    }
}
