//! `user-data` and `network-config`: cloud-init's files, as Imager 2 writes them.
//!
//! What must always hold: a key that would have done something is taken or told, by its name.

use std::collections::BTreeSet;

use super::yaml::{ENTRY, Leaf, leaves};
use super::{Draft, NO_LOCALE, NO_USERS, Problems};

/// What Imager always writes, whatever was asked for, or what comes with what was taken.
const QUIET: [&str; 5] = ["manage_etc_hosts", "packages", "apt", "enable_ssh", "preserve_hostname"];

fn read(text: &str, problems: &mut Problems<'_>) -> Option<Vec<Leaf>> {
    let read = match leaves(text) {
        Ok(leaves) if leaves.iter().any(|(way, _)| way.is_empty()) => Err("it has no settings".to_owned()),
        read => read,
    };
    read.map_err(|why| problems.all_left_out(&why)).ok()
}

/// Who the device is, and who may log in.
pub fn user_data(text: &str, problems: &mut Problems<'_>) -> Option<Draft> {
    let mut draft = Draft::default();
    let mut others = BTreeSet::new();
    for (way, value) in read(text, problems)? {
        match way.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["hostname"] => draft.hostname = Some(value),
            ["ssh_authorized_keys", ENTRY] | ["users", ENTRY, "ssh_authorized_keys", ENTRY] => {
                draft.keys.push(value)
            }
            [key, ..] => {
                others.insert(key.to_owned());
            }
            [] => {}
        }
    }
    for key in others.iter().filter(|key| !QUIET.contains(&&***key)) {
        let why = match &**key {
            "users" | "user" | "password" | "chpasswd" | "ssh_pwauth" => NO_USERS,
            "timezone" | "keyboard" | "locale" | "ntp" => NO_LOCALE,
            _ => "the appliance has no use for it",
        };
        problems.tell(key, why);
    }
    Some(draft)
}

/// Networks. Without `password` an access point is an open one; `auth` is what netplan calls the long form.
pub fn network_config(text: &str, problems: &mut Problems<'_>) -> Option<Draft> {
    let mut draft = Draft::default();
    let mut others = BTreeSet::new();
    let mut password_of = None;
    for (way, value) in read(text, problems)? {
        let way: Vec<&str> = way.iter().map(String::as_str).collect();
        let way = way.strip_prefix(&["network"]).unwrap_or(&way);
        match *way {
            ["version" | "renderer"] | [] => {}
            ["wifis", _, "access-points", ssid, ref rest @ ..] => {
                // One is joined: the first.
                if draft.ssid.get_or_insert_with(|| ssid.to_owned()) != ssid {
                    others.insert(format!("the network {ssid:?}"));
                    continue;
                }
                match rest {
                    ["password"] | ["auth", "password"] => password_of = Some(value),
                    ["hidden"] => draft.hidden = value == "true",
                    ["auth", "key-management"] | [] => {}
                    _ => {
                        others.insert(rest.join("."));
                    }
                }
            }
            ["wifis", _, "regulatory-domain"] => draft.country = Some(value),
            ["wifis" | "ethernets", _, "dhcp4" | "dhcp6" | "optional"] => {}
            ["ethernets", _, "addresses", ENTRY] => draft.address = draft.address.or(Some(value)),
            ["ethernets", _, "gateway4"] => draft.gateway = Some(value),
            ["ethernets", _, "nameservers", "addresses", ENTRY] => draft.dns.push(value),
            _ => {
                others.insert(way.join("."));
            }
        }
    }
    draft.password = password_of;
    for what in others {
        problems.tell(&what, "the appliance has no use for it");
    }
    Some(draft)
}

#[cfg(test)]
mod tests {
    use crate::settings::imager::tests::reads;
    use crate::settings::secret::{Password, Secret};

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9Yk3M9v2VoWJ2dGFVxJr0Zs8m0pUQyRkQbXwS8qkQq me@desk";

    /// As Imager 2.0 writes it.
    #[test]
    fn user_data() {
        let text = format!(
            "#cloud-config\nhostname: desk\nmanage_etc_hosts: true\npackages:\n- avahi-daemon\napt:\n  conf: |\n    Acquire {{\n      Check-Date \"false\";\n    }};\n\
             timezone: Europe/Berlin\nkeyboard:\n  model: pc105\n  layout: \"de\"\nenable_ssh: true\nusers:\n- name: me\n  groups: users,adm\n  shell: /bin/bash\n\
             \x20 lock_passwd: false\n  passwd: $5$HASH\n  ssh_authorized_keys:\n    - {KEY}\n  sudo: ALL=(ALL) NOPASSWD:ALL\nruncmd:\n  - [ rfkill, unblock, wifi ]\n"
        );
        let (settings, problems) = reads("user-data", &text);
        let settings = settings.unwrap();
        assert_eq!((settings.hostname.unwrap().as_str(), settings.keys[0].as_str()), ("desk", KEY));
        assert_eq!(problems.len(), 4, "{problems:#?}");
        for words in ["users is left out: there are no accounts", "timezone", "keyboard", "runcmd"] {
            assert!(problems.iter().any(|line| line.contains(words)), "{words}: {problems:#?}");
        }
        assert!(!problems.iter().any(|line| line.contains("HASH")));
    }

    /// As Imager 2.0 writes it.
    #[test]
    fn network_config() {
        let psk = "0".repeat(64);
        let text = format!(
            "network:\n  version: 2\n  wifis:\n    wlan0:\n      dhcp4: true\n      regulatory-domain: \"DE\"\n      access-points:\n        \"Bob's \\\"net\\\"\":\n\
             \x20         hidden: true\n          password: \"{psk}\"\n      optional: true\n"
        );
        let (settings, problems) = reads("network-config", &text);
        let wifi = settings.unwrap().wifi.unwrap();
        assert_eq!(
            (wifi.ssid.as_str(), wifi.country.unwrap().as_str(), wifi.hidden),
            ("Bob's \"net\"", "DE", true)
        );
        assert_eq!(wifi.password, Password::Given(Secret::Key(psk)));
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn others() {
        let text = "ethernets:\n  eth0:\n    addresses: [10.0.0.9/8]\n    gateway4: 10.0.0.1\n    nameservers:\n      addresses: [10.0.0.2]\n    mtu: 9000\n\
                    wifis:\n  wlan0:\n    access-points:\n      one: {}\n      two: {password: twotwotwo}\n";
        let (settings, problems) = reads("network-config", text);
        let settings = settings.unwrap();
        assert_eq!((settings.network.address.unwrap().bits, settings.network.dns.len()), (8, 1));
        assert!(!problems.iter().any(|line| line.contains("twotwotwo")), "{problems:?}");
        assert!(problems.iter().any(|line| line.contains("mtu")), "{problems:?}");
        for bad in ["a: [\n", "#!/bin/sh\nreboot\n"] {
            let (settings, problems) = reads("user-data", bad);
            assert!(settings.is_none() && problems.len() == 1, "{problems:?}");
        }
    }
}
