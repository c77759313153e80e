//! What must not be seen: a Wi-Fi password.
//!
//! What must always hold: no text that is shown (a problem, a debug line) has any of it, not even of one that cannot be.

use std::fmt;

/// Letters of a passphrase (IEEE 802.11, J.4): printable ASCII.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=63;
/// What is left of a password on the card when the device has taken it over: as long as it was, so that the file's length stays.
pub const BLANK: u8 = b'*';

/// A network's secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// A passphrase.
    Passphrase(String),
    /// What is made of one and the network's name, 256 bits in hexadecimal. WPA3 cannot be done with it.
    Key(String),
}

impl Secret {
    /// As the owner wrote it.
    pub fn as_str(&self) -> &str {
        match self {
            Secret::Passphrase(text) | Secret::Key(text) => text,
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// What one is; none of the text.
    pub fn parse(text: &str) -> Result<Secret, &'static str> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Secret::Key(text.to_ascii_lowercase()));
        }
        if LENGTHS.contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Ok(Secret::Passphrase(text.to_owned()));
        }
        Err(
            "is not a Wi-Fi password: 8 to 63 letters, digits and signs without accents, or 64 hexadecimal digits",
        )
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What a file says of a password.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Password {
    /// The network is open to all.
    #[default]
    Open,
    /// It was written here, and the device has taken it over, or was about to.
    TakenOver,
    /// This one.
    Given(Secret),
}

impl Password {
    /// Reads one; an empty text is no password.
    ///
    /// # Errors
    /// As [`Secret::parse`].
    pub fn parse(text: &str) -> Result<Password, &'static str> {
        match text.as_bytes() {
            [] => Ok(Password::Open),
            bytes if bytes.iter().all(|&byte| byte == BLANK) => Ok(Password::TakenOver),
            // What is left of a key; no passphrase is as long.
            bytes
                if bytes.len() == 64
                    && bytes.contains(&BLANK)
                    && bytes.iter().all(|&byte| byte == BLANK || byte.is_ascii_hexdigit()) =>
            {
                Ok(Password::TakenOver)
            }
            _ => Secret::parse(text).map(Password::Given),
        }
    }

    /// Whether it is what a power cut has left of `kept` while that was taken off the card.
    pub fn is_rest_of(&self, kept: &Secret) -> bool {
        let Password::Given(rest) = self else { return false };
        let (rest, kept) = (rest.as_str().as_bytes(), kept.as_str().as_bytes());
        rest.len() == kept.len() && rest.iter().zip(kept).all(|(&rest, &kept)| rest == kept || rest == BLANK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_password_can_be() {
        assert_eq!(Password::parse("").unwrap(), Password::Open);
        assert_eq!(Password::parse("*********").unwrap(), Password::TakenOver);
        let rest = format!("{}{}", "*".repeat(60), "12ab");
        assert_eq!(Password::parse(&rest).unwrap(), Password::TakenOver);
        let key = "AB".repeat(32);
        assert_eq!(Secret::parse(&key), Ok(Secret::Key(key.to_lowercase())));
        assert_eq!(Secret::parse("eight\"# "), Ok(Secret::Passphrase("eight\"# ".to_owned())));
        for bad in ["seven77", "p\u{e4}sswort", "line\nbreak", &"x".repeat(64)] {
            let why = Secret::parse(bad).unwrap_err();
            assert!(!why.contains(bad), "{why}");
        }
        assert_eq!(format!("{:?}", Password::parse("not to be seen").unwrap()), "Given(Secret)");
    }

    #[test]
    fn the_rest_of_one_is_known() {
        let kept = Secret::parse("correct horse").unwrap();
        let rest = |text: &str| Password::parse(text).unwrap().is_rest_of(&kept);
        assert!(rest("correct horse") && rest("*****ct horse") && rest("correct h****"));
        assert!(!rest("correct hors*e") && !rest("correct house") && !rest("*************"));
    }
}
