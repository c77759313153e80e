//! The owner's password: which ones will do, and what is kept of it.
//!
//! What must always hold: the password itself is never kept; from what is kept, trying one costs 19 MiB and two passes (argon2id).

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

use super::random;

/// The fewest characters. Against guessing through the door, which is slow, this is plenty; more would be noted down beside the screen.
pub const SHORTEST: usize = 10;
/// The most bytes: a bound for the hash's work, far above any phrase.
pub const LONGEST: usize = 256;

/// A password that will do.
pub struct Password(String);

/// Why one will not do, as the page says it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Too few characters.
    #[error("The password needs at least {SHORTEST} characters.")]
    Short,
    /// Too many bytes.
    #[error("The password is too long: {LONGEST} bytes are the most.")]
    Long,
    /// The two fields differ.
    #[error("The two passwords are not the same.")]
    Differs,
    /// It has no more than two different characters.
    #[error("The password is the same character over and over. Take a few words.")]
    Monotone,
}

impl Password {
    /// What somebody wants as a password, typed twice.
    ///
    /// # Errors
    /// When it will not do.
    pub fn new(typed: &str, again: &str) -> Result<Self, Weak> {
        if typed != again {
            return Err(Weak::Differs);
        }
        if typed.chars().count() < SHORTEST {
            return Err(Weak::Short);
        }
        if typed.len() > LONGEST {
            return Err(Weak::Long);
        }
        let mut different: Vec<char> = typed.chars().collect();
        different.sort_unstable();
        different.dedup();
        if different.len() < 3 {
            return Err(Weak::Monotone);
        }
        Ok(Self(typed.to_owned()))
    }

    /// What is kept of it. Takes a good part of a second on a small board.
    pub fn hash(&self) -> Kept {
        let salt: [u8; 16] = random::bytes();
        // With fixed parameters and bounded lengths there is nothing that can fail.
        let hash: PasswordHash = Argon2::default()
            .hash_password_with_salt(self.0.as_bytes(), &salt)
            .expect("a password and a salt of allowed lengths");
        Kept(hash)
    }
}

/// What is kept of a password.
#[derive(Clone)]
pub struct Kept(PasswordHash);

impl Kept {
    /// As it was written down; `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text.trim_end()).ok()?;
        (hash.algorithm.as_str() == "argon2id" && hash.hash.is_some()).then_some(Self(hash))
    }

    /// Whether this is the password. Takes as long for a wrong one as for the right one.
    pub fn is(&self, typed: &str) -> bool {
        typed.len() <= LONGEST && Argon2::default().verify_password(typed.as_bytes(), &self.0).is_ok()
    }
}

/// In the usual form of such hashes (PHC).
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(typed: &str) -> Result<Password, Weak> {
        Password::new(typed, typed)
    }

    #[test]
    fn what_will_do_is_ten_characters_typed_twice() {
        assert!(new("ten chars!").is_ok());
        assert!(new("zehn Zöich").is_ok());
        assert_eq!(new("nine char").err(), Some(Weak::Short));
        assert_eq!(new("äöüäöüäöü").err(), Some(Weak::Short), "characters, not bytes");
        assert_eq!(new("aaaaaaaaaaaaa").err(), Some(Weak::Monotone));
        assert_eq!(new(&"long".repeat(65)).err(), Some(Weak::Long));
        assert_eq!(Password::new("ten chars!", "ten chars?").err(), Some(Weak::Differs));
    }

    #[test]
    fn what_is_kept_knows_the_password_and_nothing_else() {
        let kept = new("correct horse").unwrap().hash();
        let written = kept.to_string();
        assert!(written.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{written}");
        assert!(!written.contains("horse"));
        let read = Kept::parse(&(written.clone() + "\n")).unwrap();
        assert!(read.is("correct horse"));
        for wrong in ["correct horsf", "correct horse ", "", "Correct horse"] {
            assert!(!read.is(wrong), "{wrong}");
        }
        assert_ne!(new("correct horse").unwrap().hash().to_string(), written, "a salt of its own");
        for bad in
            ["", "correct horse", "$argon2i$v=19$m=19456,t=2,p=1$", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ"]
        {
            assert!(Kept::parse(bad).is_none(), "{bad}");
        }
    }
}
