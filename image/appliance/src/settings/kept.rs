//! What the device keeps of what was written on its card: the Wi-Fi password of `appliance.toml`, and all that Raspberry Pi Imager's files said.
//!
//! What must always hold: a file here is whole, old or new, and on the disk before what it was made from is taken off the card; it is nobody
//! else's to read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::file::Settings;
use super::secret::{Password, Secret};
use super::wifi::Wifi;

/// The wireless network of `appliance.toml`, with its password.
const WIFI: &str = "wifi.toml";
/// What Imager's files said, in the words of `appliance.toml`.
const IMAGER: &str = "imager.toml";

/// The folder.
pub struct Kept(PathBuf);

impl Kept {
    /// Makes the folder where there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(folder: &Path) -> io::Result<Kept> {
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(Kept(folder.to_owned())),
        }
    }

    /// What Imager's files said.
    pub fn imagers(&self) -> Settings {
        self.read(IMAGER)
    }

    /// Keeps what Imager's files say now; what they say nothing of stays as it was.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep_imagers(&self, new: Settings) -> io::Result<()> {
        self.write(IMAGER, &new.or(self.imagers()))
    }

    /// The secret for the network that `appliance.toml` names, which is kept when it is a new one.
    ///
    /// # Errors
    /// In plain words: there is none, or it could not be kept.
    pub fn secret(&self, wifi: &Wifi) -> Result<Secret, Missing> {
        let kept = match self.read(WIFI).wifi {
            Some(Wifi { ssid, password: Password::Given(secret), .. }) if ssid == wifi.ssid => Some(secret),
            _ => None,
        };
        match (&wifi.password, kept) {
            (Password::TakenOver, Some(secret)) => Ok(secret),
            (Password::TakenOver | Password::Open, _) => Err(Missing::Gone),
            // Power has gone while it was taken off the card.
            (rest, Some(secret)) if rest.is_rest_of(&secret) => Ok(secret),
            (Password::Given(secret), _) => {
                let new = Settings { wifi: Some(wifi.clone()), ..Settings::default() };
                match self.write(WIFI, &new) {
                    Ok(()) => Ok(secret.clone()),
                    Err(why) => Err(Missing::NotKept(secret.clone(), why)),
                }
            }
        }
    }

    fn read(&self, name: &str) -> Settings {
        let text = fs::read_to_string(self.0.join(name)).unwrap_or_default();
        Settings::parse(&text, &self.0, &mut Vec::new())
    }

    fn write(&self, name: &str, settings: &Settings) -> io::Result<()> {
        let (new, path) = (self.0.join(format!("{name}.new")), self.0.join(name));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(text(settings).as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        File::open(&self.0)?.sync_all()
    }
}

/// Why a password on the card is not one that is kept.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// There are only stars.
    #[error(
        "the device has none any more for a network of this name (was it reset, or the network renamed?); write it again"
    )]
    Gone,
    /// It can be used all the same.
    #[error("it could not be kept ({1}), and stays where it is")]
    NotKept(Secret, io::Error),
    /// So can this one, if one is written there.
    #[error("there is no place to keep one")]
    Folder(Option<Secret>),
}

impl Missing {
    /// What the network is joined with all the same.
    pub fn secret(self) -> Option<Secret> {
        match self {
            Missing::NotKept(secret, _) => Some(secret),
            Missing::Folder(secret) => secret,
            Missing::Gone => None,
        }
    }
}

/// As `appliance.toml`; of the capture nothing, which no file here has.
fn text(settings: &Settings) -> String {
    let mut lines = Vec::new();
    lines.extend(settings.hostname.iter().map(|name| format!("hostname = {}", quoted(name.as_str()))));
    let network = &settings.network;
    lines.push("[network]".to_owned());
    lines.extend(network.address.iter().map(|own| format!("address = \"{}/{}\"", own.address, own.bits)));
    lines.extend(network.gateway.iter().map(|gateway| format!("gateway = \"{gateway}\"")));
    let servers: Vec<_> = network.dns.iter().map(|server| format!("\"{server}\"")).collect();
    lines.push(format!("dns = [{}]", servers.join(", ")));
    if let Some(wifi) = &settings.wifi {
        lines.push(format!("[wifi]\nssid = {}\nhidden = {}", quoted(wifi.ssid.as_str()), wifi.hidden));
        lines.extend(wifi.country.iter().map(|country| format!("country = {}", quoted(country.as_str()))));
        if let Password::Given(secret) = &wifi.password {
            lines.push(format!("password = {}", quoted(secret.as_str())));
        }
    }
    let keys: Vec<_> = settings.keys.iter().map(|key| quoted(key.as_str())).collect();
    lines.push(format!("[ssh]\nkeys = [{}]\n", keys.join(", ")));
    lines.join("\n")
}

/// A basic string of TOML; no value has a control character in it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::tests::Folder;
    use crate::settings::keys::Key;
    use crate::settings::wifi::Ssid;
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt;

    fn wifi(ssid: &str, password: &str) -> Wifi {
        Wifi {
            ssid: Ssid::try_from(ssid.to_owned()).unwrap(),
            password: Password::parse(password).unwrap(),
            country: None,
            hidden: false,
            network: Default::default(),
        }
    }

    #[test]
    fn a_password_is_kept_and_replaced() {
        let folder = Folder::new();
        let kept = Kept::open(&folder.0.join("settings")).unwrap();
        let secret = |ssid: &str, password: &str| {
            kept.secret(&wifi(ssid, password)).map(|secret| secret.as_str().to_owned())
        };
        assert!(matches!(secret("home", "********"), Err(Missing::Gone)));
        assert_eq!(secret("home", "first one").unwrap(), "first one");
        assert_eq!(secret("home", "*********").unwrap(), "first one");
        assert_eq!(secret("home", "****t one").unwrap(), "first one");
        assert!(matches!(secret("other", "*********"), Err(Missing::Gone)));
        assert_eq!(secret("home", "second one").unwrap(), "second one");
        assert_eq!(secret("home", "*********").unwrap(), "second one");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&kept.0), mode(&kept.0.join(WIFI))), (0o700, 0o600));
    }

    #[test]
    fn of_imagers_settings_the_newest_count() {
        let folder = Folder::new();
        let kept = Kept::open(&folder.0).unwrap();
        let parse = |text: &str| Settings::parse(text, &folder.0, &mut Vec::new());
        kept.keep_imagers(parse("hostname = \"a\"\n[wifi]\nssid = \"home\"\npassword = \"12345678\"\n"))
            .unwrap();
        kept.keep_imagers(parse("hostname = \"b\"\n")).unwrap();
        assert_eq!(
            kept.imagers(),
            parse("hostname = \"b\"\n[wifi]\nssid = \"home\"\npassword = \"12345678\"\n")
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ssid in "[^\\pC]{1,8}", password in "[ -~]{8,63}", country in "[A-Z]{2}", comment in "[!-~]{0,9}") {
            prop_assume!(Password::parse(&password) != Ok(Password::TakenOver));
            let key = format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9Yk3M9v2VoWJ2dGFVxJr0Zs8m0pUQyRkQbXwS8qkQq {comment}");
            let mut settings = Settings::parse("hostname = \"a\"\n[network]\naddress = \"10.0.0.9/8\"\ngateway = \"10.0.0.1\"\ndns = [\"fd00::1\"]\n", Path::new("/"), &mut Vec::new());
            settings.wifi = Some(Wifi { country: country.try_into().ok(), hidden: true, ..wifi(&ssid, &password) });
            settings.keys = vec![Key::try_from(key).unwrap()];
            let mut problems = Vec::new();
            prop_assert_eq!(Settings::parse(&text(&settings), Path::new("/"), &mut problems), settings);
            prop_assert!(problems.is_empty());
        }
    }
}
