//! What Raspberry Pi Imager writes on a card, in each of its forms.
//!
//! What must always hold: none of it is ever run; what the appliance has no use for, or what cannot be understood, is told in plain words and left
//! out, so that nobody waits for it.

mod cloud;
mod preseed;
mod script;
mod yaml;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StringDeserializer};

use super::file::{Network, Settings};
use super::keys::Key;
use super::secret::Password;
use super::wifi::Wifi;

/// Reads a file's text. `None`: nothing in it is Imager's, and the problems say why.
type Reader = fn(&str, &mut Problems<'_>) -> Option<Draft>;

/// The files, in the order in which they count: a later one's settings replace an earlier one's.
pub const FILES: [(&str, Reader); 5] = [
    ("custom.toml", preseed::read),
    ("rpi-preseed.toml", preseed::read),
    ("firstrun.sh", script::read),
    ("user-data", cloud::user_data),
    ("network-config", cloud::network_config),
];
/// What people put on a card for Raspberry Pi OS, and what the owner does instead.
pub const OTHERS: [(&str, &str); 4] = [
    ("wpa_supplicant.conf", "Wi-Fi is [wifi] in appliance.toml; delete this file, it has a password in it"),
    ("ssh", "SSH is [ssh] in appliance.toml, with a key"),
    ("userconf.txt", NO_USERS),
    ("userconf", NO_USERS),
];
/// Of the accounts that these files speak of.
const NO_USERS: &str = "there are no accounts with passwords: the owner's password is set in the browser";
/// Of clocks and keyboards.
const NO_LOCALE: &str = "there is no keyboard and no clock to be set up";

/// The problems of one file, a line each.
pub struct Problems<'a> {
    /// Its name.
    pub file: &'a str,
    /// All problems.
    pub all: &'a mut Vec<String>,
}

impl Problems<'_> {
    /// That something has no effect.
    pub fn tell(&mut self, what: &str, why: &str) {
        self.all.push(format!("{}: {what} is left out: {why}", self.file));
    }

    /// That nothing has.
    pub fn all_left_out(&mut self, why: &str) {
        self.all.push(format!("{}: {why}: all of it is left out", self.file));
    }
}

/// What a file says, not yet checked.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Draft {
    hostname: Option<String>,
    ssid: Option<String>,
    password: Option<String>,
    country: Option<String>,
    hidden: bool,
    keys: Vec<String>,
    address: Option<String>,
    gateway: Option<String>,
    dns: Vec<String>,
}

impl Draft {
    /// What of it can be.
    pub fn checked(self, problems: &mut Problems<'_>) -> Settings {
        let mut settings = Settings {
            hostname: value("the name", self.hostname, problems),
            network: Network {
                address: value("the address", self.address, problems),
                gateway: value("the gateway", self.gateway, problems),
                dns: self
                    .dns
                    .into_iter()
                    .filter_map(|one| value("a name server", Some(one), problems))
                    .collect(),
            },
            keys: self
                .keys
                .into_iter()
                .filter_map(|line| value::<Key>("a key", Some(line), problems))
                .collect(),
            ..Settings::default()
        };
        if settings.network.address.is_none() {
            settings.network.gateway = None;
        }
        let Some(ssid) = value("the wireless network", self.ssid, problems) else { return settings };
        // (Of Imager's own making, stars are as wrong as any other text that is none.)
        match Password::parse(self.password.as_deref().unwrap_or_default()) {
            Ok(Password::TakenOver) => problems.tell("the wireless network", "its password is stars"),
            Err(why) => problems.tell("the wireless network", &format!("its password {why}")),
            Ok(password) => {
                let country = value("the country", self.country, problems);
                settings.wifi =
                    Some(Wifi { ssid, password, country, hidden: self.hidden, network: Network::default() });
            }
        }
        settings
    }
}

fn value<T: for<'de> Deserialize<'de>>(
    what: &str,
    text: Option<String>,
    problems: &mut Problems<'_>,
) -> Option<T> {
    let reader: StringDeserializer<Error> = text.filter(|text| !text.is_empty())?.into_deserializer();
    T::deserialize(reader).map_err(|why| problems.tell(what, &why.to_string())).ok()
}

/// What one of [`FILES`] says. `None`: nothing of it is understood, and it is to stay as it is.
pub fn read(file: &str, reader: Reader, text: &str, all: &mut Vec<String>) -> Option<Settings> {
    let problems = &mut Problems { file, all };
    reader(text, problems).map(|draft| draft.checked(problems))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a file of this name and text says, and the problems with it.
    pub fn reads(name: &str, text: &str) -> (Option<Settings>, Vec<String>) {
        let mut all = Vec::new();
        let (_, reader) = FILES.iter().find(|(file, _)| *file == name).unwrap();
        (read(name, *reader, text, &mut all), all)
    }

    #[test]
    fn what_cannot_be_is_told_without_the_password() {
        let draft = Draft {
            hostname: Some("a b".to_owned()),
            ssid: Some("home".to_owned()),
            password: Some("sevenXY".to_owned()),
            keys: vec!["ssh-rsa no".to_owned()],
            gateway: Some("10.0.0.1".to_owned()),
            ..Draft::default()
        };
        let mut all = Vec::new();
        assert_eq!(draft.checked(&mut Problems { file: "f", all: &mut all }), Settings::default());
        assert!(all.len() == 3 && !all.iter().any(|line| line.contains("sevenXY")), "{all:#?}");
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(
            text in "(hostname|wlan|ssid|set_wlan|/usr/lib/raspberrypi-sys-mods/imager_custom |enable_ssh -k|['\": \\-\\[\\]{}&*!|>=]|  |\\PC|\n){0,40}"
        ) {
            for (name, _) in FILES {
                reads(name, &text);
            }
        }

        #[test]
        fn nor_are_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for (name, _) in FILES {
                reads(name, &String::from_utf8_lossy(&bytes));
            }
        }
    }
}
