//! `appliance.toml`: what its keys mean.
//!
//! What must always hold: a key that is unknown, or whose value cannot be, is told with its place and left out; the others have their effect.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::{Table, Value};
use v4l2m2m::Edid;

use super::OURS;
use super::keys::Key;
use super::secret::Password;
use super::values::{Address, Bitrate, Bridge, FileName, Format, Hostname, Node};
use super::wifi::Wifi;

/// What the owner wishes; nothing, at first.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Settings {
    /// The device's name.
    pub hostname: Option<Hostname>,
    /// The wired network.
    pub network: Network,
    /// The wireless one to join, if any.
    pub wifi: Option<Wifi>,
    /// Who may log in by SSH.
    pub keys: Vec<Key>,
    /// Where the picture comes from.
    pub capture: Capture,
}

/// The device's address in a network: by DHCP, unless there is an address.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Network {
    /// The device's own.
    pub address: Option<Address>,
    /// The way to other networks.
    pub gateway: Option<IpAddr>,
    /// Who knows names.
    pub dns: Vec<IpAddr>,
}

/// Where the picture comes from: the first capture device that appears, unless there is another wish.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Its node.
    pub device: Option<Node>,
    /// The pixel format to ask for.
    pub format: Option<Format>,
    /// Take size and rate from the HDMI signal: an HDMI receiver, no dongle.
    pub hdmi: bool,
    /// What an HDMI receiver shows the computer.
    pub edid: Option<Vec<u8>>,
    /// Of the H.264, kbit/s.
    pub bitrate: Option<Bitrate>,
    /// What is on the camera connector.
    pub bridge: Bridge,
}

/// A table of the file, of which what was read is taken out.
struct Section<'a> {
    name: &'static str,
    table: Table,
    problems: &'a mut Vec<String>,
}

impl Section<'_> {
    /// The value of a key; `None`: it has none, or one that cannot be.
    fn take<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let value = self.table.remove(key)?;
        value.try_into().map_err(|error: toml::de::Error| self.problem(key, error.message())).ok()
    }

    /// A password, which may be left away or empty; `None`: what is there cannot be one. No problem has any of it.
    fn take_password(&mut self) -> Option<Password> {
        let read = match self.table.remove("password") {
            None => return Some(Password::Open),
            Some(Value::String(text)) => Password::parse(&text),
            Some(_) => Err("is a text in quotes"),
        };
        read.map_err(|why| self.problem("password", why)).ok()
    }

    fn problem(&mut self, key: &str, why: &str) {
        self.problems.push(format!("{OURS}: {}{key}: {why}: left out", self.name));
    }

    /// The device's address.
    fn take_network(&mut self) -> Network {
        let mut network = Network {
            address: self.take("address"),
            gateway: self.take("gateway"),
            dns: self.take("dns").unwrap_or_default(),
        };
        if network.address.is_none() && network.gateway.take().is_some() {
            self.problem("gateway", &format!("means nothing without {}address", self.name));
        }
        network
    }

    /// The wireless network; without a password that can be one it is not joined: it would be taken for an open one.
    fn take_wifi(&mut self) -> Option<Wifi> {
        let given = !self.table.is_empty();
        let ssid = self.take("ssid");
        let wifi = (self.take_password(), self.take("country"), self.take("hidden"), self.take_network());
        let (Some(ssid), (Some(password), country, hidden, network)) = (ssid, wifi) else {
            if given {
                self.problems.push(format!(
                    "{OURS}: [wifi]: no network is joined: it takes an ssid, and a password that can be one"
                ));
            }
            return None;
        };
        Some(Wifi { ssid, password, country, hidden: hidden.unwrap_or_default(), network })
    }

    /// SSH keys, those that are ones.
    fn take_keys(&mut self) -> Vec<Key> {
        let lines = self.take::<Vec<String>>("keys").unwrap_or_default().into_iter().enumerate();
        let keys = lines.filter_map(|(n, line)| {
            Key::try_from(line).map_err(|why| self.problem(&format!("keys: number {}", n + 1), &why)).ok()
        });
        keys.collect()
    }

    /// What nobody has asked for.
    fn end(self) {
        for key in self.table.keys() {
            self.problems.push(format!("{OURS}: {}{key}: there is no such setting: left out", self.name));
        }
    }
}

impl Settings {
    /// These, and the other's where these have none.
    pub fn or(self, other: Settings) -> Settings {
        Settings {
            hostname: self.hostname.or(other.hostname),
            network: if self.network == Network::default() { other.network } else { self.network },
            wifi: self.wifi.or(other.wifi),
            keys: if self.keys.is_empty() { other.keys } else { self.keys },
            capture: self.capture,
        }
    }

    /// Reads the file's text; `card` is where its EDID lies. What is wrong is added to `problems`, a line each.
    pub fn parse(text: &str, card: &Path, problems: &mut Vec<String>) -> Settings {
        let mut whole = match text.parse::<Table>() {
            Ok(whole) => whole,
            Err(error) => {
                let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
                problems.push(format!("{OURS}: line {line}: {}: all of it is left out", error.message()));
                return Settings::default();
            }
        };
        let mut section = |name: &'static str| match whole.remove(name) {
            Some(Value::Table(table)) => table,
            Some(_) => {
                problems.push(format!("{OURS}: {name} is a section, as in [{name}]: left out"));
                Table::new()
            }
            None => Table::new(),
        };
        let (network, capture, wifi, ssh) =
            (section("network"), section("capture"), section("wifi"), section("ssh"));

        let mut top = Section { name: "", table: whole, problems };
        let hostname = top.take("hostname");
        top.end();

        let mut section = Section { name: "network.", table: network, problems };
        let network = section.take_network();
        section.end();

        let mut section = Section { name: "wifi.", table: wifi, problems };
        let wifi = section.take_wifi();
        section.end();

        let mut section = Section { name: "ssh.", table: ssh, problems };
        let keys = section.take_keys();
        section.end();

        let mut section = Section { name: "capture.", table: capture, problems };
        let edid = section.take::<FileName>("edid");
        let mut capture = Capture {
            device: section.take("device"),
            format: section.take("format"),
            hdmi: section.take("hdmi").unwrap_or_default(),
            edid: None,
            bitrate: section.take("bitrate"),
            bridge: section.take("bridge").unwrap_or_default(),
        };
        section.end();
        if let Some(name) = edid {
            let name = name.as_str();
            let read = fs::read(card.join(name)).map_err(|error| error.to_string());
            match read.and_then(|bytes| Edid::parse(&bytes).map_err(|error| error.to_string())) {
                Ok(edid) => capture.edid = Some(edid.bytes().to_vec()),
                Err(why) => problems.push(format!("{OURS}: capture.edid: {name}: {why}: left out")),
            }
        }
        Settings { hostname, network, wifi, keys, capture }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::tests::Folder;
    use proptest::prelude::*;

    fn parse(text: &str) -> (Settings, Vec<String>) {
        let mut problems = Vec::new();
        (Settings::parse(text, Path::new("/nonexistent"), &mut problems), problems)
    }

    #[test]
    fn every_key_has_its_effect() {
        let card = Folder::new();
        let edid = {
            let mut edid = vec![0u8, 255, 255, 255, 255, 255, 255, 0];
            edid.resize(127, 1);
            edid[126] = 0;
            let sum = edid.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
            edid.push(0u8.wrapping_sub(sum));
            edid
        };
        fs::write(card.0.join("screen.bin"), &edid).unwrap();
        let text = r#"
            hostname = "desk"
            [network]
            address = "192.168.1.20/24"
            gateway = "192.168.1.1"
            dns = ["192.168.1.1", "fd00::1"]
            [capture]
            device = "/dev/video2"
            format = "UYVY"
            hdmi = true
            edid = "screen.bin"
            bitrate = 8000
            bridge = "4-lane"
            [wifi]
            ssid = "home"
            password = "a passphrase"
            country = "de"
            hidden = true
            address = "10.0.0.9/8"
            gateway = "10.0.0.1"
            [ssh]
            keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9Yk3M9v2VoWJ2dGFVxJr0Zs8m0pUQyRkQbXwS8qkQq me"]
        "#;
        let mut problems = Vec::new();
        let settings = Settings::parse(text, &card.0, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(settings.hostname.unwrap().as_str(), "desk");
        assert_eq!((settings.network.address.unwrap().bits, settings.network.dns.len()), (24, 2));
        assert_eq!(settings.network.gateway.unwrap().to_string(), "192.168.1.1");
        let capture = settings.capture;
        assert_eq!(
            (capture.device.unwrap().as_str(), capture.format.unwrap().as_str()),
            ("/dev/video2", "UYVY")
        );
        assert_eq!((capture.hdmi, capture.edid, capture.bitrate.unwrap().get()), (true, Some(edid), 8000));
        assert_eq!(capture.bridge, Bridge::Four);
        let wifi = settings.wifi.unwrap();
        assert_eq!((wifi.ssid.as_str(), wifi.country.unwrap().as_str(), wifi.hidden), ("home", "DE", true));
        assert_eq!(wifi.password, Password::parse("a passphrase").unwrap());
        assert_eq!((wifi.network.address.unwrap().bits, settings.keys.len()), (8, 1));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_the_rest_has_its_effect() {
        let (settings, problems) = parse(
            "hostname = \"a b\"\ncolour = 1\n[network]\naddress = \"1.2.3.4\"\ngateway = \"1.2.3.1\"\n[capture]\nhdmi = 1\nbitrate = 9\nformat = \"NV12\"\nedid = \"none.hex\"\nbridge = \"3-lane\"\n",
        );
        assert_eq!(settings.capture.format.unwrap().as_str(), "NV12");
        assert_eq!(Settings { capture: Capture::default(), ..settings }, Settings::default());
        for words in [
            "appliance.toml: hostname: \"a b\" is not a name",
            "colour: there is no such setting",
            "network.address: \"1.2.3.4\" is not an address",
            "network.gateway: means nothing",
            "capture.hdmi:",
            "capture.bitrate: 9 kbit/s is not from 25",
            "capture.edid: none.hex: No such file",
            "capture.bridge: unknown variant `3-lane`, expected one of `none`, `2-lane`, `4-lane`",
        ] {
            assert!(
                problems.iter().any(|problem| problem.contains(words)),
                "{words:?} is not in {problems:#?}"
            );
        }
        assert_eq!(problems.len(), 8, "{problems:#?}");
    }

    #[test]
    fn of_a_wrong_password_nothing_is_told_and_its_network_is_not_joined() {
        for wrong in ["'sevenXY'", "12345678", "[\"12345678\"]", "\"p\u{e4}sswort1\""] {
            let (settings, problems) = parse(&format!("[wifi]\nssid = \"home\"\npassword = {wrong}\n"));
            assert_eq!(settings.wifi, None);
            let told = problems.join("\n");
            assert!(
                problems.len() == 2
                    && !told.contains("1234")
                    && !told.contains("seven")
                    && !told.contains("wort1"),
                "{told}"
            );
        }
        let (settings, problems) = parse(
            "[wifi]\nssid = \"home\"\n[ssh]\nkeys = [\"a\", \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9Yk3M9v2VoWJ2dGFVxJr0Zs8m0pUQyRkQbXwS8qkQq\"]\n",
        );
        assert_eq!((settings.wifi.unwrap().password, settings.keys.len()), (Password::Open, 1));
        assert!(problems.len() == 1 && problems[0].contains("ssh.keys: number 1"), "{problems:?}");
    }

    #[test]
    fn a_text_that_is_no_toml_is_told_with_its_line() {
        let (settings, problems) = parse("hostname = \"a\"\n[network\n");
        assert_eq!(settings, Settings::default());
        assert!(problems.len() == 1 && problems[0].contains("line 2"), "{problems:?}");
        let (_, problems) = parse("network = 5\n");
        assert!(problems[0].contains("[network]"), "{problems:?}");
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(hostname|\\[network\\]|\\[capture\\]|edid|dns|=|\"[^\"]{0,9}\"|\\PC|\n){0,30}") {
            let _ = parse(&text);
        }
    }
}
