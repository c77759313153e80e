//! `custom.toml`: what Raspberry Pi Imager and people who prepare cards for Raspberry Pi OS write.
//!
//! What must always hold: what the appliance has no use for is told, so that nobody waits for it.

use serde::Deserialize;
use toml::{Table, Value};

use super::IMAGERS;
use super::values::Hostname;

/// Sections that mean something to Raspberry Pi OS only, and what the owner does instead.
const OTHERS: [(&str, &str); 4] = [
    ("user", "nobody logs in here: the owner's password is set in the browser"),
    ("ssh", "there is no SSH in this image"),
    ("wlan", "there is no Wi-Fi in this image yet: use a cable"),
    ("locale", "there is no keyboard and no clock to be set up"),
];

/// The device's name in such a text. What is wrong is added to `problems`, a line each.
pub fn hostname(text: &str, problems: &mut Vec<String>) -> Option<Hostname> {
    let table = match text.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            problems.push(format!("{IMAGERS}: {}: all of it is left out", error.message()));
            return None;
        }
    };
    for (section, instead) in OTHERS {
        if table.contains_key(section) {
            problems.push(format!("{IMAGERS}: [{section}] is left out: {instead}"));
        }
    }
    let name = table.get("system").and_then(Value::as_table)?.get("hostname")?.clone();
    let wrong = |error: toml::de::Error| problems.push(format!("{IMAGERS}: {}: left out", error.message()));
    Hostname::deserialize(name).map_err(wrong).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_taken_and_the_rest_is_told() {
        let text = "config_version = 1\n[system]\nhostname = \"pi-4\"\n[user]\nname = \"me\"\n[wlan]\nssid = \"home\"\n";
        let mut problems = Vec::new();
        assert_eq!(hostname(text, &mut problems).unwrap().as_str(), "pi-4");
        assert_eq!(problems.len(), 2, "{problems:?}");
        for broken in ["[system]\nhostname = \"a b\"\n", "[system]\nhostname = 5\n", "[system"] {
            let mut problems = Vec::new();
            assert_eq!(hostname(broken, &mut problems), None);
            assert_eq!(problems.len(), 1, "{broken}: {problems:?}");
        }
        assert_eq!(hostname("", &mut Vec::new()), None);
    }
}
