//! `custom.toml` and `rpi-preseed.toml`, which have the same keys: what Raspberry Pi OS reads at its first start (raspberrypi-sys-mods, init_config;
//! rpi-preseed, its schema).
//!
//! What must always hold: every section that is there has its effect or is told.

use toml::{Table, Value};

use super::{Draft, NO_LOCALE, NO_USERS, Problems};

/// Reads one.
pub fn read(text: &str, problems: &mut Problems<'_>) -> Option<Draft> {
    let table = match text.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            problems.all_left_out(error.message());
            return None;
        }
    };
    let mut draft = Draft::default();
    for (name, value) in &table {
        let Some(section) = value.as_table() else {
            if name != "config_version" {
                problems.tell(name, "it is not known here");
            }
            continue;
        };
        match &**name {
            "system" => draft.hostname = text_of(section, "hostname", problems),
            "wlan" => wlan(section, &mut draft, problems),
            "ssh" => ssh(section, &mut draft, problems),
            "ethernet" => ethernet(section, &mut draft, problems),
            "user" => problems.tell("[user]", NO_USERS),
            "locale" | "time" => problems.tell(&format!("[{name}]"), NO_LOCALE),
            _ => problems.tell(&format!("[{name}]"), "the appliance has no use for it"),
        }
    }
    Some(draft)
}

/// A text; nothing of one that is something else, which may be a secret, is told.
fn text_of(section: &Table, key: &str, problems: &mut Problems<'_>) -> Option<String> {
    let value = section.get(key)?;
    let text = value.as_str().map(str::to_owned);
    if text.is_none() {
        problems.tell(key, "it is a text in quotes");
    }
    text
}

fn texts_of(section: &Table, key: &str) -> Vec<String> {
    let values = section.get(key).and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn is(section: &Table, key: &str) -> bool {
    section.get(key).and_then(Value::as_bool).unwrap_or_default()
}

fn wlan(section: &Table, draft: &mut Draft, problems: &mut Problems<'_>) {
    draft.ssid = text_of(section, "ssid", problems);
    if let Some(digits) = text_of(section, "ssid_hex", problems) {
        match unhex(&digits) {
            Some(name) => draft.ssid = Some(name),
            None => problems.tell("wlan.ssid_hex", "it is not a name in UTF-8"),
        }
    }
    draft.password = match section.get("password") {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        // Nothing that can be one, so that the network is not taken for an open one.
        Some(_) => Some("?".to_owned()),
    };
    draft.country = text_of(section, "country", problems);
    draft.hidden = is(section, "hidden");
}

fn unhex(digits: &str) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = digits.as_bytes().chunks(2).map(|pair| match *pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    });
    String::from_utf8(pairs.collect::<Option<_>>()?).ok()
}

fn ssh(section: &Table, draft: &mut Draft, problems: &mut Problems<'_>) {
    if !is(section, "enabled") {
        return problems.tell("[ssh]", "it is not enabled there");
    }
    draft.keys = texts_of(section, "authorized_keys");
    if section.contains_key("ssh_import_id") {
        problems.tell("ssh.ssh_import_id", "nobody else is asked for keys: write them into authorized_keys");
    }
    if draft.keys.is_empty() {
        problems.tell("[ssh]", "it takes a key in authorized_keys: nobody logs in by password");
    }
}

fn ethernet(section: &Table, draft: &mut Draft, problems: &mut Problems<'_>) {
    match section.get("method").and_then(Value::as_str) {
        None | Some("dhcp") => {}
        Some("static") => {
            draft.address = text_of(section, "address", problems);
            draft.gateway = text_of(section, "gateway", problems);
        }
        Some(_) => problems.tell("ethernet.method", "it is dhcp or static"),
    }
    draft.dns = texts_of(section, "dns");
}

#[cfg(test)]
mod tests {
    use crate::settings::imager::tests::reads;
    use crate::settings::secret::{Password, Secret};

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9Yk3M9v2VoWJ2dGFVxJr0Zs8m0pUQyRkQbXwS8qkQq me@desk";

    #[test]
    fn all_that_is_useful_is_taken_and_the_rest_is_told() {
        let text = format!(
            "config_version = \"1.1\"\n[system]\nhostname = \"pi-4\"\n[user]\nname = \"me\"\npassword = \"changeme\"\n[ssh]\nenabled = true\n\
             authorized_keys = [\"{KEY}\"]\n[wlan]\nssid = \"home\"\npassword = \"a passphrase\"\nhidden = true\ncountry = \"gb\"\n\
             [ethernet]\nmethod = \"static\"\naddress = \"10.0.0.9/8\"\ngateway = \"10.0.0.1\"\ndns = [\"10.0.0.2\"]\n[locale]\nkeymap = \"gb\"\n\
             [runcmd]\nlate = [\"x\"]\n"
        );
        let (settings, problems) = reads("rpi-preseed.toml", &text);
        let settings = settings.unwrap();
        assert_eq!(settings.hostname.unwrap().as_str(), "pi-4");
        assert_eq!(settings.keys[0].as_str(), KEY);
        let wifi = settings.wifi.unwrap();
        assert_eq!((wifi.ssid.as_str(), wifi.country.unwrap().as_str(), wifi.hidden), ("home", "GB", true));
        assert_eq!(wifi.password, Password::Given(Secret::Passphrase("a passphrase".to_owned())));
        assert_eq!((settings.network.address.unwrap().bits, settings.network.dns.len()), (8, 1));
        let told: Vec<_> = problems
            .iter()
            .filter(|line| line.contains("[user]") || line.contains("[locale]") || line.contains("[runcmd]"))
            .collect();
        assert_eq!((told.len(), problems.len()), (3, 3), "{problems:#?}");
        assert!(!problems.iter().any(|line| line.contains("changeme")));
    }

    #[test]
    fn what_is_none_is_told() {
        let (settings, problems) = reads("custom.toml", "[system\n");
        assert!(settings.is_none() && problems.len() == 1, "{problems:?}");
        for (text, what) in [
            ("[system]\nhostname = \"a b\"\n", "\"a b\""),
            ("[system]\nhostname = 5\n", "hostname"),
            ("[wlan]\nssid = \"x\"\npassword = 12345678\n", "wireless network"),
            ("[wlan]\nssid_hex = \"ff\"\n", "ssid_hex"),
            ("[ssh]\nenabled = false\n", "[ssh]"),
            ("[ssh]\nenabled = true\n", "[ssh]"),
        ] {
            let (settings, problems) = reads("custom.toml", text);
            assert_eq!(settings, Some(Default::default()), "{text}");
            assert!(
                problems.len() == 1 && problems[0].contains(what) && !problems[0].contains("12345678"),
                "{text}: {problems:?}"
            );
        }
        let (settings, _) = reads("custom.toml", "[wlan]\nssid_hex = \"686f6d65\"\n");
        assert_eq!(settings.unwrap().wifi.unwrap().ssid.as_str(), "home");
    }
}
