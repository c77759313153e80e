//! `appliance doctor`: what is so in this device, as one text: for whoever is to find out why it does not do what it should, and as the evidence that it
//! does, on a board that nobody else has.
//!
//! What must always hold: it only looks (an encoder that nobody uses is tried), and ends whatever hangs. Nothing in it is secret: it does not
//! read what is, and what others wrote into it passes through [`private`].

mod ask;
mod board;
mod picture;
mod private;
mod system;

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::PathBuf;

/// Where to.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// File for the report, beside stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be written.
    #[error("{where_to}: {why}")]
    Write {
        /// The file.
        where_to: String,
        /// What the system says.
        why: io::Error,
    },
}

/// A part of the report: its title, and who makes its lines.
type Part = (&'static str, fn(&mut String));

const PARTS: [Part; 13] = [
    ("The board", board::identity),
    ("How it is", board::health),
    ("Memory and disks", board::memory),
    ("Updates", system::updates),
    ("What appliance.toml could not say", system::settings),
    ("Video devices", picture::devices),
    ("Media graphs", picture::graphs),
    ("The signal", picture::signals),
    ("H.264 encoders", picture::encoders),
    ("The streamer", picture::streamer),
    ("Frames", picture::frames),
    ("Network", system::network),
    ("Units and their last words", system::units),
];

/// Makes the report.
///
/// # Errors
/// What keeps it from being written.
pub fn run(options: &Options) -> Result<(), Error> {
    let report = report();
    if let Some(path) = &options.output {
        fs::write(path, &report).map_err(|why| Error::Write { where_to: path.display().to_string(), why })?;
    }
    io::Write::write_all(&mut io::stdout(), report.as_bytes())
        .map_err(|why| Error::Write { where_to: "stdout".to_owned(), why })
}

fn report() -> String {
    let mut report = format!("appliance doctor {}\n", env!("CARGO_PKG_VERSION"));
    for (title, part) in PARTS {
        let _ = write!(report, "\n== {title}\n\n");
        let mut lines = String::new();
        part(&mut lines);
        report += if lines.is_empty() { "(nothing)\n" } else { &lines };
    }
    private::shortened(&report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_any_machine_there_is_a_report() {
        let report = report();
        for (title, _) in PARTS {
            assert!(report.contains(&format!("\n== {title}\n")), "{title}: {report}");
        }
        assert!(report.contains("kernel") && report.contains("MemTotal"), "{report}");
    }
}
