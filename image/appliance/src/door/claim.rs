//! The claim code: how the first owner shows that the device is in front of them.

use std::fmt;

use subtle::ConstantTimeEq;

use super::random;

/// Letters and digits that are not taken for one another: no I, O, 0 and 1. As many as five bits tell apart.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Forty bits: at the limiter's pace, a try every three seconds, guessing takes thousands of years.
const LENGTH: usize = 8;

/// A code, made up by this device at its first start.
pub struct ClaimCode([u8; LENGTH]);

impl ClaimCode {
    /// A new one.
    pub fn random() -> Self {
        Self(random::bytes().map(|byte: u8| ALPHABET[usize::from(byte) % ALPHABET.len()]))
    }

    /// As it was written down; `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; LENGTH] = plain(text).try_into().ok()?;
        code.iter().all(|byte| ALPHABET.contains(byte)).then_some(Self(code))
    }

    /// Whether somebody typed this one, in small letters or not, with or without dashes and spaces. How long that takes tells nothing of
    /// how much of it was right.
    pub fn is(&self, typed: &str) -> bool {
        bool::from(plain(typed).ct_eq(&self.0[..]))
    }
}

/// What counts of what somebody typed.
fn plain(text: &str) -> Vec<u8> {
    text.bytes().filter(|byte| !b" -\t\r\n".contains(byte)).map(|byte| byte.to_ascii_uppercase()).collect()
}

/// In two groups, as one reads it out.
impl fmt::Display for ClaimCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, byte) in self.0.iter().enumerate() {
            if n == LENGTH / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*byte))?;
        }
        Ok(())
    }
}

/// Not shown in a log.
impl fmt::Debug for ClaimCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_made_of_the_whole_alphabet_and_differ() {
        let codes: Vec<String> = (0..500).map(|_| ClaimCode::random().to_string()).collect();
        let letters: HashSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        // (4000 letters: that one of 32 is missing has a chance below 10^-50.)
        assert_eq!(letters, ALPHABET.iter().map(|b| char::from(*b)).chain(['-']).collect());
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
        assert!(codes.iter().all(|code| code.len() == LENGTH + 1 && code.as_bytes()[4] == b'-'), "{codes:?}");
    }

    #[test]
    fn it_is_taken_as_people_type_it() {
        let code = ClaimCode::parse("ABCD-2345\n").unwrap();
        for typed in ["ABCD-2345", "abcd2345", " abcd 2345 ", "a-b-c-d-2-3-4-5"] {
            assert!(code.is(typed), "{typed}");
        }
        for typed in ["", "ABCD", "ABCD-2346", "ABCD-23455", "ABCD_2345", "ÄBCD-2345"] {
            assert!(!code.is(typed), "{typed}");
        }
        assert!(ClaimCode::parse("ABCD-234O").is_none(), "no such letter");
        assert!(!format!("{code:?}").contains("ABCD"));
    }

    proptest! {
        #[test]
        fn only_the_code_itself_fits(typed in "[A-Z2-9]{8}", text in ".*") {
            let code = ClaimCode::random();
            prop_assert!(code.is(&code.to_string()) && code.is(&ClaimCode::parse(&code.to_string()).unwrap().to_string()));
            let plain = code.to_string().replace('-', "");
            prop_assert_eq!(code.is(&typed), typed == plain);
            prop_assert!(!code.is(&text) || text.to_ascii_uppercase().replace([' ', '-', '\t', '\r', '\n'], "") == plain);
        }
    }
}
