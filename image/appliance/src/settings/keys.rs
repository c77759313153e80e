//! SSH keys: who may log in.
//!
//! What must always hold: a key is one line of a known kind, whose bytes say the same kind; no options come with it. What is none is not repeated.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// Kinds that the image's SSH server knows.
const KINDS: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// A public key, as a line of `authorized_keys` has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Key(String);

impl Key {
    /// The line, without its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Key {
    type Error = String;

    fn try_from(line: String) -> Result<Key, String> {
        let line = line.trim();
        if line.contains("PRIVATE KEY") {
            return Err(
                "this is the secret half of a key; the line in the file that ends with .pub is wanted"
                    .to_owned(),
            );
        }
        let mut words = line.split(' ');
        let (kind, key) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let known = KINDS.contains(&kind) && !line.contains(char::is_control);
        // It begins with its kind, and that with its length (RFC 4253, 6.6).
        let begins = |bytes: Vec<u8>| {
            let (length, rest) = bytes.split_first_chunk()?;
            (u32::from_be_bytes(*length) as usize == kind.len()
                && rest.starts_with(kind.as_bytes())
                && rest.len() > kind.len())
            .then_some(())
        };
        if known && STANDARD.decode(key).ok().and_then(begins).is_some() {
            return Ok(Key(line.to_owned()));
        }
        // (Nothing of it: who knows what was pasted there.)
        Err(format!("this is not an SSH key, as \"ssh-ed25519 AAAA… me\" is; kinds: {}", KINDS.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9Yk3M9v2VoWJ2dGFVxJr0Zs8m0pUQyRkQbXwS8qkQq me@desk";

    #[test]
    fn keys() {
        assert_eq!(Key::try_from(format!(" {GOOD}\n")).unwrap().as_str(), GOOD);
        for bad in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 AAAA me",
            "ssh-dss AAAAB3NzaC1kc3M= me",
            &GOOD.replace("ssh-ed25519", "ssh-rsa"),
            &format!("command=\"x\" {GOOD}"),
            &format!("{GOOD}\n{GOOD}"),
            "-----BEGIN OPENSSH PRIVATE KEY-----",
        ] {
            assert!(Key::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        let secret = Key::try_from("-----BEGIN OPENSSH PRIVATE KEY-----b3Blbn".to_owned()).unwrap_err();
        assert!(!secret.contains("b3Blbn"), "{secret}");
    }
}
