//! `firstrun.sh`: the script that Imager writes for images that say nothing of what they read (its `systemd` form). It is never run: the lines that
//! call Raspberry Pi OS's helpers say what was wished, and all others (what is done where these are missing) the same once more.
//!
//! What must always hold: a line counts only if all its words are plain ones: nothing is put in for them, no variable, no command.

use super::{Draft, NO_LOCALE, NO_USERS, Problems};

/// Raspberry Pi OS's helper for Imager.
const HELPER: &str = "/usr/lib/raspberrypi-sys-mods/imager_custom";
/// That for accounts.
const USERS: &str = "/usr/lib/userconf-pi/userconf";

/// Reads one.
pub fn read(text: &str, problems: &mut Problems<'_>) -> Option<Draft> {
    let mut draft = Draft::default();
    let mut known = false;
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some(rest) =
            [HELPER, USERS].iter().find_map(|program| line.strip_prefix(program)?.strip_prefix(' '))
        else {
            continue;
        };
        known = true;
        if line.starts_with(USERS) {
            problems.tell("the account", NO_USERS);
            continue;
        }
        let place = format!("line {}", n + 1);
        match words(rest) {
            Some(words) => wish(&words, &place, &mut draft, problems),
            None => problems.tell(&place, "its words are not plain ones"),
        }
    }
    if !known {
        problems.all_left_out("this is not a script of Raspberry Pi Imager's, and no script is run");
    }
    known.then_some(draft)
}

/// What the helper was to do.
fn wish(words: &[String], place: &str, draft: &mut Draft, problems: &mut Problems<'_>) {
    let mut words = words.iter().map(String::as_str);
    let what = words.next().unwrap_or_default();
    let (options, values): (Vec<_>, Vec<_>) =
        words.partition(|word| word.len() == 2 && word.starts_with('-'));
    match (what, &*values) {
        ("set_hostname", [name]) => draft.hostname = Some((*name).to_owned()),
        ("set_wlan", [ssid, rest @ ..]) if rest.len() <= 2 => {
            draft.ssid = Some((*ssid).to_owned());
            draft.password = rest.first().map(|&text| text.to_owned());
            // (A country may come in a line of its own, before or after.)
            draft.country = rest.get(1).map(|&text| text.to_owned()).or(draft.country.take());
            draft.hidden = options.contains(&"-h");
        }
        ("set_wlan_country", [country]) => draft.country = Some((*country).to_owned()),
        ("enable_ssh", [_, ..]) => draft.keys.extend(values.iter().map(|&key| key.to_owned())),
        ("enable_ssh", []) => problems.tell("SSH", "it takes a key: nobody logs in by password"),
        ("set_keymap" | "set_timezone", _) => problems.tell(what, NO_LOCALE),
        _ => problems.tell(place, "it is not known here"),
    }
}

/// A shell's words, where none has anything in it that the shell would put something in for; otherwise `None`.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(mark), letter) if letter == mark => quote = None,
            (Some('\''), letter) => word.get_or_insert_default().push(letter),
            (Some(_), '$' | '`' | '\\') => return None,
            (Some(_), letter) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, letter) if letter.is_alphanumeric() || "-_.,:/@%+=".contains(letter) => {
                word.get_or_insert_default().push(letter);
            }
            (None, _) => return None,
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::imager::tests::reads;
    use crate::settings::secret::{Password, Secret};

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9Yk3M9v2VoWJ2dGFVxJr0Zs8m0pUQyRkQbXwS8qkQq me@desk";

    /// As Imager 1.9 and 2.0 write it, cut short where the rest says the same once more.
    #[test]
    fn a_script_of_imagers_is_read_and_not_run() {
        let psk = "0".repeat(64);
        let text = format!(
            r#"#!/bin/sh

set +e

CURRENT_HOSTNAME=$(cat /etc/hostname | tr -d " \t\n\r")
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom set_hostname desk
else
   echo desk >/etc/hostname
   sed -i "s/127.0.1.1.*$CURRENT_HOSTNAME/127.0.1.1\tdesk/g" /etc/hosts
fi
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom enable_ssh -k '{KEY}'
else
   systemctl enable ssh
fi
if [ -f /usr/lib/userconf-pi/userconf ]; then
   /usr/lib/userconf-pi/userconf 'me' '$5$HASH'
fi
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom set_wlan  -h 'Bob'"'"'s' '{psk}' 'DE'
else
cat >/etc/wpa_supplicant/wpa_supplicant.conf <<'WPAEOF'
network={{
	psk={psk}
}}
WPAEOF
fi
   /usr/lib/raspberrypi-sys-mods/imager_custom set_timezone 'Europe/Berlin'
rm -f /boot/firstrun.sh
exit 0
"#
        );
        let (settings, problems) = reads("firstrun.sh", &text);
        let settings = settings.unwrap();
        assert_eq!(settings.hostname.unwrap().as_str(), "desk");
        assert_eq!(settings.keys[0].as_str(), KEY);
        let wifi = settings.wifi.unwrap();
        assert_eq!((wifi.ssid.as_str(), wifi.country.unwrap().as_str(), wifi.hidden), ("Bob's", "DE", true));
        assert_eq!(wifi.password, Password::Given(Secret::Key(psk)));
        assert!(problems.len() == 2 && !problems.iter().any(|line| line.contains("HASH")), "{problems:#?}");
    }

    #[test]
    fn what_a_shell_would_put_something_in_for_is_not_taken() {
        for (line, expected) in [
            ("a 'b c' \"d e\"", Some(vec!["a", "b c", "d e"])),
            ("''", Some(vec![""])),
            ("'a'\"'\"'b'", Some(vec!["a'b"])),
            ("$HOME", None),
            ("\"$HOME\"", None),
            ("'$HOME'", Some(vec!["$HOME"])),
            ("a; b", None),
            ("`a`", None),
            ("'open", None),
            ("a\\ b", None),
        ] {
            assert_eq!(
                words(line),
                expected.map(|words| words.into_iter().map(str::to_owned).collect()),
                "{line}"
            );
        }
        let line = format!("{HELPER} set_hostname $(id)\n{HELPER} become_root now\n");
        let (settings, problems) = reads("firstrun.sh", &line);
        assert_eq!((settings, problems.len()), (Some(Default::default()), 2), "{problems:?}");
        let (settings, problems) = reads("firstrun.sh", "#!/bin/sh\nreboot\n");
        assert!(settings.is_none() && problems.len() == 1, "{problems:?}");
    }
}
