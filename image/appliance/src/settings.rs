//! `appliance settings`: what the owner wrote on the card's first partition, for those who are started afterwards.
//!
//! What must always hold: what cannot be understood is told in plain words and left out, and the rest has its effect; a device with a broken
//! file starts as one without. It runs at each start and writes only to memory, so what was taken out of the file is gone the next time.

mod file;
mod imager;
mod values;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use file::Settings;

/// The owner's file.
const OURS: &str = "appliance.toml";
/// Raspberry Pi Imager's.
const IMAGERS: &str = "custom.toml";

/// Where from and where to.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The card's first partition, mounted
    #[arg(long, value_name = "FOLDER")]
    card: PathBuf,
    /// Folder for what the appliance's other programs read
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// Folder of systemd-networkd's files that are gone after a restart
    #[arg(long, value_name = "FOLDER", default_value = "/run/systemd/network")]
    networks: PathBuf,
    /// The device's name where no file has one; the kernel is told which it is
    #[arg(long, value_name = "NAME")]
    set_hostname: Option<String>,
}

/// Why there are no settings at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was to be written is not.
    #[error("{}: {why}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// The kernel did not take the name.
    #[error("setting the device's name: {0}")]
    Name(nix::errno::Errno),
}

/// Reads, tells what is wrong, and writes.
///
/// # Errors
/// What keeps it from writing.
pub fn run(options: &Options) -> Result<(), Error> {
    let mut problems = Vec::new();
    let settings = read(&options.card, &mut problems);
    for problem in &problems {
        eprintln!("{problem}");
    }
    write::problems(&options.into, &problems)?;
    write::settings(&settings, &options.into, &options.networks)?;
    if let Some(usual) = &options.set_hostname {
        let name = settings.hostname.as_ref().map_or(usual.as_str(), |name| name.as_str());
        nix::unistd::sethostname(name).map_err(Error::Name)?;
    }
    Ok(())
}

/// What the files of the card say. What is wrong with them is added to `problems`, a line each.
fn read(card: &Path, problems: &mut Vec<String>) -> Settings {
    let mut settings = Settings::default();
    if let Some(text) = text(card, OURS, problems) {
        settings = Settings::parse(&text, card, problems);
    }
    // Who writes both means ours.
    if settings.hostname.is_none()
        && let Some(text) = text(card, IMAGERS, problems)
    {
        settings.hostname = imager::hostname(&text, problems);
    }
    settings
}

/// A file of the card; `None` without one.
fn text(card: &Path, name: &str, problems: &mut Vec<String>) -> Option<String> {
    match fs::read(card.join(name)) {
        // Editors of Windows begin a text with a mark.
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Some(text.trim_start_matches('\u{feff}').to_owned()),
            Err(_) => {
                problems.push(format!("{name} is not a text in UTF-8: left out; save it as one"));
                None
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            problems.push(format!("{name} cannot be read: {error}: left out"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::tests::Folder;

    #[test]
    fn a_card_without_files_is_all_right() {
        let (card, mut problems) = (Folder::new(), Vec::new());
        assert_eq!(read(&card.0, &mut problems), Settings::default());
        assert!(problems.is_empty());
    }

    #[test]
    fn our_file_comes_before_the_imagers() {
        let (card, mut problems) = (Folder::new(), Vec::new());
        let imagers = "config_version = 1\n[system]\nhostname = \"theirs\"\n[wlan]\nssid = \"x\"\n";
        fs::write(card.0.join(IMAGERS), imagers).unwrap();
        let name = |problems: &mut Vec<String>| read(&card.0, problems).hostname.unwrap();
        assert_eq!(name(&mut problems).as_str(), "theirs");
        assert!(problems.len() == 1 && problems[0].contains("[wlan]"), "{problems:?}");
        fs::write(card.0.join(OURS), "\u{feff}hostname = \"ours\"\r\n").unwrap();
        problems.clear();
        assert_eq!((name(&mut problems).as_str(), problems.len()), ("ours", 0), "{problems:?}");
    }

    #[test]
    fn what_is_no_text_is_told_and_left_out() {
        let (card, mut problems) = (Folder::new(), Vec::new());
        fs::write(card.0.join(OURS), b"hostname = \"caf\xe9\"").unwrap();
        assert_eq!(read(&card.0, &mut problems), Settings::default());
        assert!(problems.len() == 1 && problems[0].contains("UTF-8"), "{problems:?}");
    }

    #[test]
    fn all_of_it_is_written_where_it_is_looked_for() {
        let (card, into) = (Folder::new(), Folder::new());
        fs::write(
            card.0.join(OURS),
            "hostname = \"desk\"\n[network]\naddress = \"10.0.0.9/8\"\n[capture]\nspeed = 9\n",
        )
        .unwrap();
        let networks = into.0.join("networks");
        let options = Options {
            card: card.0.clone(),
            into: into.0.join("settings"),
            networks: networks.clone(),
            set_hostname: None,
        };
        run(&options).unwrap();
        let network = fs::read_to_string(networks.join("70-owner.network")).unwrap();
        assert!(network.contains("Address=10.0.0.9/8"), "{network}");
        let told = fs::read_to_string(options.into.join("problems")).unwrap();
        assert!(told.contains("speed"), "{told}");
        // The next start, without the file: nothing of it is left.
        fs::remove_file(card.0.join(OURS)).unwrap();
        run(&options).unwrap();
        assert!(!networks.join("70-owner.network").exists());
        assert_eq!(fs::read_to_string(options.into.join("problems")).unwrap(), "");
    }
}
