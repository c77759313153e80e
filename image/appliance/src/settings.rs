//! `appliance settings`: what the owner wrote on the card's first partition, for those who are started afterwards.
//!
//! What must always hold: what cannot be understood is told in plain words and left out, and the rest has its effect; a device with a broken
//! file starts as one without. What it writes is in memory, made anew at each start, so what was taken out of the file is gone the next time; only
//! passwords, and what Raspberry Pi Imager wrote, are kept, and taken off the card once they are.

mod card;
mod file;
mod imager;
mod kept;
mod keys;
mod secret;
mod values;
mod wifi;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use file::Settings;
use kept::{Kept, Missing};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use secret::{Password, Secret};

/// The owner's file.
const OURS: &str = "appliance.toml";
/// In `into`: the card's files that have something in them which is kept now, and is to be taken off.
const ON_CARD: &str = "on-card";

/// Where from and where to.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The card's first partition, mounted
    #[arg(long, value_name = "FOLDER")]
    card: PathBuf,
    /// Folder for what the appliance's other programs read
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// Folder for what is kept of the card's files
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// Only take off the card what has been found to be kept; it is mounted to be written to
    #[arg(long)]
    clean: bool,
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
    /// Nothing can be kept.
    #[error("{}: {why}: no password is kept", path.display())]
    Keep {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// A secret is still on the card.
    #[error(
        "{name} on the card has a secret in it, which could not be taken off: {why}; is the card write-protected?"
    )]
    Clean {
        /// The file.
        name: String,
        /// What the system says.
        why: io::Error,
    },
    /// The kernel did not take the name.
    #[error("setting the device's name: {0}")]
    Name(nix::errno::Errno),
}

/// What the card and what is kept say together.
#[derive(Debug, Default, PartialEq)]
struct Found {
    settings: Settings,
    /// Of the wireless network.
    secret: Option<Secret>,
    /// Files that have something in them which is kept.
    on_card: Vec<&'static str>,
    /// What is wrong, a line each.
    problems: Vec<String>,
}

/// Reads, tells what is wrong, and writes; or takes off the card what is kept.
///
/// # Errors
/// What keeps it from writing.
pub fn run(options: &Options) -> Result<(), Error> {
    if options.clean {
        return clean(&options.card, &options.into);
    }
    let keep = |why| Error::Keep { path: options.state.clone(), why };
    // The device shows a picture without its data partition, too; what was put there in memory would be lost with the power.
    let lasts = |state: &Path| statfs(state).is_ok_and(|kind| kind.filesystem_type() != TMPFS_MAGIC);
    let opened = Kept::open(&options.state).map_err(keep);
    let mut found = read(&options.card, opened.as_ref().ok());
    if !lasts(&options.state) {
        found.on_card.clear();
    }
    for problem in &found.problems {
        eprintln!("{problem}");
    }
    write::problems(&options.into, &found.problems)?;
    write::on_card(&options.into, ON_CARD, &found.on_card)?;
    write::settings(&found.settings, found.secret.as_ref(), &options.into, &options.networks)?;
    if let Some(usual) = &options.set_hostname {
        let name = found.settings.hostname.as_ref().map_or(usual.as_str(), |name| name.as_str());
        nix::unistd::sethostname(name).map_err(Error::Name)?;
    }
    opened.map(drop)
}

/// What the files of the card say, and what is kept.
fn read(card: &Path, kept: Option<&Kept>) -> Found {
    let mut found = Found::default();
    let Found { settings, secret, on_card, problems } = &mut found;
    let imagers = imagers(card, kept, on_card, problems);
    let ours = text(card, OURS, problems);
    if let Some(text) = &ours {
        *settings = Settings::parse(text, card, problems);
    }
    if let Some(wifi) = settings.wifi.take() {
        let known = match (kept, &wifi.password) {
            (_, Password::Open) => Ok(None),
            (Some(kept), _) => kept.secret(&wifi).map(Some),
            (None, Password::Given(secret)) => Err(Missing::Folder(Some(secret.clone()))),
            (None, Password::TakenOver) => Err(Missing::Folder(None)),
        };
        match known {
            Ok(known) => {
                if known.is_some() && ours.is_some_and(|text| card::password(&text).is_some()) {
                    on_card.push(OURS);
                }
                (settings.wifi, *secret) = (Some(wifi), known);
            }
            Err(why) => {
                problems.push(format!("{OURS}: wifi.password: {why}"));
                if let Some(known) = why.secret() {
                    (settings.wifi, *secret) = (Some(wifi), Some(known));
                }
            }
        }
    }
    if let (None, Some(wifi)) = (&settings.wifi, &imagers.wifi)
        && let Password::Given(known) = &wifi.password
    {
        *secret = Some(known.clone());
    }
    // Who writes both means ours.
    found.settings = std::mem::take(&mut found.settings).or(imagers);
    found
}

/// What Raspberry Pi Imager's files say, and what they said at earlier starts.
fn imagers(
    card: &Path,
    kept: Option<&Kept>,
    on_card: &mut Vec<&'static str>,
    problems: &mut Vec<String>,
) -> Settings {
    let before = kept.map(Kept::imagers).unwrap_or_default();
    let (mut new, mut read) = (Settings::default(), Vec::new());
    for (name, reader) in imager::FILES {
        match text(card, name, problems) {
            Some(text) if card::has_rest(text.as_bytes()) => on_card.push(name),
            Some(text) if !card::is_taken_over(text.as_bytes()) => {
                if let Some(said) = imager::read(name, reader, &text, problems) {
                    new = said.or(new);
                    read.push(name);
                }
            }
            _ => {}
        }
    }
    for (name, instead) in imager::OTHERS {
        if card.join(name).exists() {
            problems.push(format!("{name} has no effect: {instead}"));
        }
    }
    if !read.is_empty() {
        match kept.map(|kept| kept.keep_imagers(new.clone())) {
            Some(Ok(())) => on_card.extend(read),
            Some(Err(why)) => {
                problems.push(format!("{} could not be kept ({why}), and stays where it is", read.join(", ")))
            }
            None => {}
        }
    }
    new.or(before)
}

/// Takes off the card what was found to be kept.
fn clean(card: &Path, into: &Path) -> Result<(), Error> {
    let names = fs::read_to_string(into.join(ON_CARD)).unwrap_or_default();
    for name in names.lines() {
        let path = card.join(name);
        let done = if name == OURS { card::blank_password(&path) } else { card::take_over(&path) };
        done.map_err(|why| Error::Clean { name: name.to_owned(), why })?;
    }
    card::flush(card).map_err(|why| Error::Clean { name: card.display().to_string(), why })?;
    write::on_card(into, ON_CARD, &[])
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

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9Yk3M9v2VoWJ2dGFVxJr0Zs8m0pUQyRkQbXwS8qkQq me@desk";

    #[test]
    fn a_card_without_files_is_all_right() {
        let card = Folder::new();
        assert_eq!(read(&card.0, None), Found::default());
    }

    #[test]
    fn our_file_comes_before_the_imagers() {
        let card = Folder::new();
        let imagers = "config_version = 1\n[system]\nhostname = \"theirs\"\n[user]\nname = \"x\"\n";
        fs::write(card.0.join("custom.toml"), imagers).unwrap();
        let name = || {
            let found = read(&card.0, None);
            (found.settings.hostname.unwrap().as_str().to_owned(), found.problems)
        };
        let (theirs, problems) = name();
        assert!(theirs == "theirs" && problems.len() == 1 && problems[0].contains("[user]"), "{problems:?}");
        fs::write(card.0.join(OURS), "\u{feff}hostname = \"ours\"\r\n").unwrap();
        assert_eq!(name().0, "ours");
    }

    #[test]
    fn what_is_no_text_is_told_and_left_out() {
        let card = Folder::new();
        fs::write(card.0.join(OURS), b"hostname = \"caf\xe9\"").unwrap();
        let found = read(&card.0, None);
        assert!(found.problems.len() == 1 && found.problems[0].contains("UTF-8"), "{:?}", found.problems);
    }

    /// The folders of a device, for one start after another.
    struct Device {
        card: Folder,
        own: Folder,
    }

    impl Device {
        fn new() -> Device {
            Device { card: Folder::new(), own: Folder::new() }
        }

        fn options(&self, clean: bool) -> Options {
            let own = |name: &str| self.own.0.join(name);
            Options {
                card: self.card.0.clone(),
                into: own("run"),
                state: own("state"),
                clean,
                networks: own("networks"),
                set_hostname: None,
            }
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.card.0.join(name), text).unwrap();
        }

        fn start(&self) -> Found {
            run(&self.options(false)).unwrap();
            read(&self.card.0, Some(&Kept::open(&self.own.0.join("state")).unwrap()))
        }

        /// As if what is kept lay on a disk, wherever it does here.
        fn clean(&self, found: &Found) {
            write::on_card(&self.own.0.join("run"), ON_CARD, &found.on_card).unwrap();
            run(&self.options(true)).unwrap();
        }

        fn written(&self, name: &str) -> Option<String> {
            fs::read_to_string(self.own.0.join(name)).ok()
        }
    }

    #[test]
    fn all_of_it_is_written_where_it_is_looked_for() {
        let device = Device::new();
        device
            .write(OURS, "hostname = \"desk\"\n[network]\naddress = \"10.0.0.9/8\"\n[capture]\nspeed = 9\nbridge = \"2-lane\"\n");
        device.start();
        let network = device.written("networks/70-owner.network").unwrap();
        assert!(network.contains("Address=10.0.0.9/8"), "{network}");
        let told = device.written("run/problems").unwrap();
        assert!(told.contains("speed"), "{told}");
        assert_eq!((device.written("run/wifi.conf"), device.written("run/authorized_keys")), (None, None));
        assert_eq!(device.written("run/bridge").unwrap(), "2-lane\n");
        // The next start, without the file: nothing of it is left.
        fs::remove_file(device.card.0.join(OURS)).unwrap();
        device.start();
        assert_eq!(device.written("networks/70-owner.network"), None);
        assert_eq!(device.written("run/problems").unwrap(), "");
        assert_eq!(device.written("run/bridge").unwrap(), "none\n");
    }

    #[test]
    fn a_password_is_taken_off_the_card_and_works_on() {
        let device = Device::new();
        let text = |password: &str| {
            format!(
                "[wifi]\nssid = \"home\"\npassword = \"{password}\"\naddress = \"10.0.0.9/8\"\n[ssh]\nkeys = [\"{KEY}\"]\n"
            )
        };
        device.write(OURS, &text("correct horse"));
        let found = device.start();
        let first = device.written("run/wifi.conf").unwrap();
        assert!(first.contains("sae_password=636f727265637420686f727365\n"), "{first}");
        assert_eq!(device.written("run/authorized_keys").unwrap(), format!("{KEY}\n"));
        assert!(device.written("networks/70-owner-wireless.network").unwrap().contains("Type=wlan"));
        assert_eq!(found.on_card, [OURS]);
        device.clean(&found);
        assert_eq!(fs::read_to_string(device.card.0.join(OURS)).unwrap(), text("*************"));

        let found = device.start();
        assert_eq!((device.written("run/wifi.conf").unwrap(), found.on_card.len()), (first.clone(), 0));
        // Another one is written over the stars; then the device is reset.
        device.write(OURS, &text("battery staple"));
        device.start();
        assert_ne!(device.written("run/wifi.conf").unwrap(), first);
        device.write(OURS, &text("*************"));
        fs::remove_dir_all(device.own.0.join("state")).unwrap();
        let found = device.start();
        assert!(
            found.problems.len() == 1 && found.problems[0].contains("write it again"),
            "{:?}",
            found.problems
        );
        assert_eq!(device.written("run/wifi.conf"), None, "it would be joined as an open one");
        // What Imager named is, with its own.
        device.write("custom.toml", "[wlan]\nssid = \"theirs\"\npassword = \"trustno1trustno1\"\n");
        device.start();
        let theirs = device.written("run/wifi.conf").unwrap();
        assert!(theirs.contains("ssid=746865697273\n") && theirs.contains("psk="), "{theirs}");
    }

    #[test]
    fn without_a_place_to_keep_it_a_password_is_used_and_stays() {
        let card = Folder::new();
        for (password, joins, on) in
            [("", true, false), ("correct horse", true, true), ("*************", false, false)]
        {
            fs::write(card.0.join(OURS), format!("[wifi]\nssid = \"home\"\npassword = \"{password}\"\n"))
                .unwrap();
            let found = read(&card.0, None);
            assert_eq!((found.settings.wifi.is_some(), found.secret.is_some()), (joins, on), "{password}");
            assert!(found.on_card.is_empty());
        }
    }

    #[test]
    fn what_imager_wrote_is_taken_over() {
        let device = Device::new();
        let text = format!(
            "[system]\nhostname = \"pi\"\n[user]\npassword = \"$5$HASH\"\n[ssh]\nenabled = true\nauthorized_keys = [\"{KEY}\"]\n[wlan]\nssid = \"home\"\npassword = \"12345678\"\n"
        );
        device.write("custom.toml", &text);
        device.write("firstrun.sh", "#!/bin/sh\nreboot\n");
        let first = device.start();
        assert_eq!(first.on_card, ["custom.toml"]);
        device.clean(&first);
        let left = fs::read_to_string(device.card.0.join("custom.toml")).unwrap();
        assert!(left.len() == text.len() && left.trim_end() == "# taken over", "{left:?}");
        let second = device.start();
        assert_eq!((&second.settings, &second.secret), (&first.settings, &first.secret));
        assert_eq!(second.settings.hostname.unwrap().as_str(), "pi");
        assert_eq!(second.problems.len(), 1, "only the script is told: {:?}", second.problems);
        assert!(second.on_card.is_empty() && device.written("run/wifi.conf").unwrap().contains("psk="));
        // Power has gone while it was taken over.
        device.write("custom.toml", &format!("# taken over\n{text}"));
        let third = device.start();
        assert_eq!((third.on_card, third.problems.len()), (vec!["custom.toml"], 1));
    }
}
