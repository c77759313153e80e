//! A wireless network: what the owner says of it, and how wpa_supplicant reads that.
//!
//! What must always hold: what goes into wpa_supplicant's file is digits and words of our own, so nothing that an owner can write means
//! something else there.

use std::fmt::Write;
use std::num::NonZeroU32;

use ring::pbkdf2::{PBKDF2_HMAC_SHA1, derive};
use serde::Deserialize;

use super::file::Network;
use super::secret::{Password, Secret};

/// Rounds of the passphrase's hash (IEEE 802.11, J.4.1).
const ROUNDS: NonZeroU32 = NonZeroU32::new(4096).unwrap();

/// A network's name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Ssid(String);

impl Ssid {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Ssid {
    type Error = String;

    fn try_from(name: String) -> Result<Ssid, String> {
        if (1..=32).contains(&name.len()) && !name.contains(char::is_control) {
            return Ok(Ssid(name));
        }
        Err(format!("{name:?} is not the name of a wireless network: 1 to 32 bytes"))
    }
}

/// Where the device is: which channels it may use, and how loud (ISO 3166-1, two letters).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Country(String);

impl Country {
    /// In capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(code: String) -> Result<Country, String> {
        if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Ok(Country(code.to_ascii_uppercase()));
        }
        Err(format!("{code:?} is not a country, as \"DE\" or \"US\" is"))
    }
}

/// The wireless network to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wifi {
    /// Its name.
    pub ssid: Ssid,
    /// What it asks for.
    pub password: Password,
    /// Where that is.
    pub country: Option<Country>,
    /// It does not tell its name by itself.
    pub hidden: bool,
    /// The device's address there.
    pub network: Network,
}

impl Wifi {
    /// wpa_supplicant's configuration (wpa_supplicant.conf(5)), to join with this secret or openly.
    pub fn configuration(&self, secret: Option<&Secret>) -> String {
        let mut text = "sae_pwe=2\np2p_disabled=1\n".to_owned();
        text.extend(self.country.iter().map(|country| format!("country={}\n", country.as_str())));
        text += "network={\n";
        text += &format!("ssid={}\n", hex(self.ssid.as_str().as_bytes()));
        text += if self.hidden { "scan_ssid=1\n" } else { "" };
        text += &match secret {
            None => "key_mgmt=NONE\n".to_owned(),
            Some(Secret::Key(key)) => format!("key_mgmt=WPA-PSK\nieee80211w=1\npsk={key}\n"),
            // WPA3 wants the passphrase itself.
            Some(Secret::Passphrase(words)) => format!(
                "key_mgmt=WPA-PSK SAE\nieee80211w=1\npsk={}\nsae_password={}\n",
                key(words, &self.ssid),
                hex(words.as_bytes())
            ),
        };
        text + "}\n"
    }
}

/// What WPA2 makes of a passphrase and the network's name.
fn key(words: &str, ssid: &Ssid) -> String {
    let mut key = [0; 32];
    derive(PBKDF2_HMAC_SHA1, ROUNDS, ssid.as_str().as_bytes(), words.as_bytes(), &mut key);
    hex(&key)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wifi(ssid: &str) -> Wifi {
        Wifi {
            ssid: Ssid::try_from(ssid.to_owned()).unwrap(),
            password: Password::Open,
            country: None,
            hidden: false,
            network: Network::default(),
        }
    }

    /// IEEE 802.11, J.4.3.
    #[test]
    fn the_standards_own_examples() {
        let ssid = |name: &str| Ssid::try_from(name.to_owned()).unwrap();
        assert_eq!(
            key("password", &ssid("IEEE")),
            "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
        );
        assert_eq!(
            key("ThisIsAPassword", &ssid("ThisIsASSID")),
            "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"
        );
    }

    #[test]
    fn only_digits_and_our_own_words_are_in_the_configuration() {
        let mut wifi = wifi("a\"}\u{e4}#");
        wifi.country = Some(Country::try_from("de".to_owned()).unwrap());
        wifi.hidden = true;
        let secret = Secret::parse("\"}#network={").unwrap();
        let text = wifi.configuration(Some(&secret));
        let psk = key("\"}#network={", &wifi.ssid);
        assert_eq!(
            text,
            format!(
                "sae_pwe=2\np2p_disabled=1\ncountry=DE\nnetwork={{\nssid=61227dc3a423\nscan_ssid=1\nkey_mgmt=WPA-PSK SAE\nieee80211w=1\npsk={psk}\n\
                 sae_password=227d236e6574776f726b3d7b\n}}\n"
            )
        );
        let key = Secret::parse(&"0A".repeat(32)).unwrap();
        assert!(wifi.configuration(Some(&key)).contains(&format!("psk={}\n", "0a".repeat(32))));
        assert!(wifi.configuration(None).contains("key_mgmt=NONE\n"));
    }

    #[test]
    fn names_and_countries() {
        for bad in ["", "a\nb", &"x".repeat(33)] {
            assert!(Ssid::try_from(bad.to_owned()).is_err());
        }
        for bad in ["", "D", "DEU", "d\u{e4}"] {
            assert!(Country::try_from(bad.to_owned()).is_err());
        }
    }
}
