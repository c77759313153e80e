//! Log lines on stderr, in µStreamer's format: `-- LEVEL [monotonic.sss    thread] -- message`.
//!
//! A line is one write, whatever the threads do, and holds no control character that a client or a device name
//! could have smuggled in. Nothing here is called for each frame.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

use nix::time::{ClockId, clock_gettime};

/// How much is told; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// What the user must know.
    Info = 0,
    /// Figures, once a second.
    Perf = 1,
    /// What happens.
    Verbose = 2,
    /// Everything.
    Debug = 3,
}

/// What a line is about: an error is always told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Something failed.
    Error,
    /// A line of this level.
    Level(Level),
}

/// When lines are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// When stderr is a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);
static COLORED: AtomicBool = AtomicBool::new(false);

/// Sets what is told and whether in colour, for the whole process.
pub fn init(level: Level, colors: Colors) {
    LEVEL.store(level as u8, Relaxed);
    let colored = match colors {
        Colors::Auto => std::io::stderr().is_terminal(),
        Colors::Always => true,
        Colors::Never => false,
    };
    COLORED.store(colored, Relaxed);
}

/// Whether a line with this label would be written.
pub fn enabled(label: Label) -> bool {
    match label {
        Label::Error => true,
        Label::Level(level) => level as u8 <= LEVEL.load(Relaxed),
    }
}

/// Writes one line; use the macros.
pub fn write(label: Label, message: fmt::Arguments<'_>) {
    if !enabled(label) {
        return;
    }
    let seconds = clock_gettime(ClockId::CLOCK_MONOTONIC)
        .map_or(0.0, |now| now.tv_sec() as f64 + now.tv_nsec() as f64 / 1e9);
    let thread = std::thread::current();
    let line =
        line(label, COLORED.load(Relaxed), seconds, thread.name().unwrap_or("?"), &message.to_string());
    // Nobody can be told that stderr is gone.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

fn line(label: Label, colored: bool, seconds: f64, thread: &str, message: &str) -> String {
    let (name, color) = match label {
        Label::Error => ("ERROR", "\x1b[31m"),
        Label::Level(Level::Info) => ("INFO ", "\x1b[32m"),
        Label::Level(Level::Perf) => ("PERF ", "\x1b[36m"),
        Label::Level(Level::Verbose) => ("VERB ", "\x1b[37m"),
        Label::Level(Level::Debug) => ("DEBUG", "\x1b[90m"),
    };
    let message: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if colored {
        format!("{color}-- {name}\x1b[0m [{seconds:.3} {thread:>9}] -- {message}\n")
    } else {
        format!("-- {name} [{seconds:.3} {thread:>9}] -- {message}\n")
    }
}

/// Logs a failure.
#[macro_export]
macro_rules! error { ($($arg:tt)*) => { $crate::log::write($crate::log::Label::Error, format_args!($($arg)*)) } }

/// Logs what the user must know.
#[macro_export]
macro_rules! info { ($($arg:tt)*) => {
    $crate::log::write($crate::log::Label::Level($crate::log::Level::Info), format_args!($($arg)*))
} }

/// Logs figures.
#[macro_export]
macro_rules! perf { ($($arg:tt)*) => {
    $crate::log::write($crate::log::Label::Level($crate::log::Level::Perf), format_args!($($arg)*))
} }

/// Logs what happens.
#[macro_export]
macro_rules! verbose { ($($arg:tt)*) => {
    $crate::log::write($crate::log::Label::Level($crate::log::Level::Verbose), format_args!($($arg)*))
} }

/// Logs everything else.
#[macro_export]
macro_rules! debug { ($($arg:tt)*) => {
    $crate::log::write($crate::log::Label::Level($crate::log::Level::Debug), format_args!($($arg)*))
} }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_looks_like_ustreamers() {
        assert_eq!(
            line(Label::Level(Level::Info), false, 12.3456, "main", "Hello"),
            "-- INFO  [12.346      main] -- Hello\n"
        );
        assert_eq!(
            line(Label::Error, true, 1.0, "media", "x"),
            "\x1b[31m-- ERROR\x1b[0m [1.000     media] -- x\n"
        );
    }

    #[test]
    fn control_characters_cannot_forge_a_line() {
        let forged = line(Label::Error, false, 1.0, "http", "GET /\n-- INFO  all is well\x1b[2J");
        assert_eq!(forged.matches('\n').count(), 1);
        assert!(!forged.contains('\x1b'));
    }

    #[test]
    fn errors_are_told_at_every_level() {
        init(Level::Info, Colors::Never);
        assert!(enabled(Label::Error));
        assert!(enabled(Label::Level(Level::Info)));
        assert!(!enabled(Label::Level(Level::Perf)));
    }
}
