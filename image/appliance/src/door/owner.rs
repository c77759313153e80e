//! Whose device this is: nobody's yet, or that of who knows the password.
//!
//! What must always hold: there is no password that nobody has chosen; a device that has an owner is never up for a claim again by
//! itself. A password file that cannot be understood is an error, not an invitation.

use std::path::{Path, PathBuf};

use super::claim::ClaimCode;
use super::password::{Kept, Password, Weak};
use super::store;

/// The claim code, while there is no owner. The appliance shows it on its console and on the card's first partition.
const CODE: &str = "claim-code";
/// The hash of the owner's password.
const PASSWORD: &str = "password";

/// Why it cannot be said whose device this is.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] store::FileError),
    /// The password file holds something else.
    #[error(
        "{0} holds no argon2id hash: it is damaged; remove it, and the device can be claimed anew by who sees its console"
    )]
    Damaged(PathBuf),
}

/// Why a claim or another password was refused, as the page says it.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Another code.
    #[error("That is not the claim code.")]
    Code,
    /// Another password than the current one.
    #[error("That is not the current password.")]
    Old,
    /// A password that will not do.
    #[error("{0}")]
    Weak(#[from] Weak),
    /// Somebody was faster.
    #[error("This device has an owner already.")]
    Claimed,
    /// It could not be kept.
    #[error("The password could not be kept: {0}. Nothing has changed.")]
    NotKept(String),
}

enum State {
    Nobody(ClaimCode),
    Known(Box<Kept>),
}

/// Whose device this is, and where that is written.
pub struct Owner {
    folder: PathBuf,
    state: State,
}

impl Owner {
    /// As it was left. A device without an owner and without a claim code gets one.
    ///
    /// # Errors
    /// When the folder's files cannot be used.
    pub fn read(folder: &Path) -> Result<Self, OwnerError> {
        let text = |name: &str| {
            let bytes = store::read(folder, name)?;
            Ok::<_, OwnerError>(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
        };
        let state = if let Some(kept) = text(PASSWORD)? {
            // What a power cut between the two left behind.
            store::remove(folder, CODE)?;
            State::Known(Box::new(
                Kept::parse(&kept).ok_or_else(|| OwnerError::Damaged(folder.join(PASSWORD)))?,
            ))
        } else if let Some(code) = text(CODE)?.as_deref().and_then(ClaimCode::parse) {
            State::Nobody(code)
        } else {
            let code = ClaimCode::random();
            store::write(folder, CODE, format!("{code}\n").as_bytes())?;
            State::Nobody(code)
        };
        Ok(Self { folder: folder.to_owned(), state })
    }

    /// What is kept of the owner's password; `None`: there is no owner.
    pub fn password(&self) -> Option<&Kept> {
        match &self.state {
            State::Known(kept) => Some(kept),
            State::Nobody(_) => None,
        }
    }

    /// Somebody says that the device is theirs, and what the password is to be. With `Ok` it is. Takes as long as a hash does.
    ///
    /// # Errors
    /// Why it is not.
    pub fn claim(&mut self, code: &str, password: &str, again: &str) -> Result<(), Refused> {
        let State::Nobody(ours) = &self.state else { return Err(Refused::Claimed) };
        if !ours.is(code) {
            return Err(Refused::Code);
        }
        self.keep(password, again)?;
        if let Err(store::FileError { why, .. }) = store::remove(&self.folder, CODE) {
            // The password counts, the code does nothing any more.
            eprintln!("cannot remove {}: {why}", self.folder.join(CODE).display());
        }
        Ok(())
    }

    /// Who knows the current password wants another one. With `Ok` it counts. Takes as long as two hashes do.
    ///
    /// # Errors
    /// Why it does not.
    pub fn change(&mut self, old: &str, password: &str, again: &str) -> Result<(), Refused> {
        match &self.state {
            State::Known(kept) if kept.is(old) => self.keep(password, again),
            _ => Err(Refused::Old),
        }
    }

    fn keep(&mut self, password: &str, again: &str) -> Result<(), Refused> {
        let kept = Password::new(password, again)?.hash();
        store::write(&self.folder, PASSWORD, format!("{kept}\n").as_bytes())
            .map_err(|error| Refused::NotKept(error.why.to_string()))?;
        self.state = State::Known(Box::new(kept));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::store::tests::Folder;
    use std::fs;

    const GOOD: &str = "a few words";

    fn code(folder: &Folder) -> String {
        fs::read_to_string(folder.0.join(CODE)).expect("a claim code")
    }

    #[test]
    fn a_new_device_has_a_code_of_its_own_and_keeps_it() {
        let (one, two) = (Folder::new(), Folder::new());
        assert!(Owner::read(&one.0).unwrap().password().is_none());
        assert!(Owner::read(&two.0).unwrap().password().is_none());
        assert_ne!(code(&one), code(&two));
        let before = code(&one);
        Owner::read(&one.0).unwrap();
        assert_eq!(code(&one), before, "a restart makes no new one");
        fs::write(one.0.join(CODE), "AB").unwrap();
        Owner::read(&one.0).unwrap();
        assert_eq!(code(&one).trim().len(), 9, "a damaged one is replaced");
    }

    #[test]
    fn who_has_the_code_becomes_the_owner_once() {
        let folder = Folder::new();
        let mut owner = Owner::read(&folder.0).unwrap();
        let code = code(&folder);
        assert!(matches!(owner.claim("AAAA-AAAA", GOOD, GOOD), Err(Refused::Code)));
        assert!(matches!(owner.claim(&code, "short", "short"), Err(Refused::Weak(Weak::Short))));
        assert!(owner.password().is_none());
        owner.claim(&code, GOOD, GOOD).unwrap();
        assert!(owner.password().is_some_and(|kept| kept.is(GOOD)));
        assert!(matches!(owner.claim(&code, "another password", "another password"), Err(Refused::Claimed)));
        assert!(!folder.0.join(CODE).exists());

        let mut later = Owner::read(&folder.0).unwrap();
        assert!(later.password().is_some_and(|kept| kept.is(GOOD) && !kept.is("another password")));
        assert!(matches!(later.claim(&code, GOOD, GOOD), Err(Refused::Claimed)));
        for entry in fs::read_dir(&folder.0).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains(GOOD), "the password is not kept");
        }
    }

    #[test]
    fn a_damaged_password_is_no_invitation() {
        let folder = Folder::new();
        fs::write(folder.0.join(PASSWORD), "").unwrap();
        assert!(matches!(Owner::read(&folder.0), Err(OwnerError::Damaged(_))));
        fs::write(folder.0.join(PASSWORD), [0xff; 40]).unwrap();
        assert!(matches!(Owner::read(&folder.0), Err(OwnerError::Damaged(_))));
        assert!(!folder.0.join(CODE).exists());
    }

    #[test]
    fn who_knows_the_password_chooses_another() {
        let folder = Folder::new();
        let mut owner = Owner::read(&folder.0).unwrap();
        assert!(matches!(owner.change("", GOOD, GOOD), Err(Refused::Old)), "there is none yet");
        owner.claim(&code(&folder), GOOD, GOOD).unwrap();
        let other = "other words";
        assert!(matches!(owner.change(other, other, other), Err(Refused::Old)));
        assert!(matches!(owner.change(GOOD, other, GOOD), Err(Refused::Weak(Weak::Differs))));
        assert!(owner.password().is_some_and(|kept| kept.is(GOOD)));
        owner.change(GOOD, other, other).unwrap();
        let later = Owner::read(&folder.0).unwrap();
        for owner in [&owner, &later] {
            assert!(owner.password().is_some_and(|kept| kept.is(other) && !kept.is(GOOD)));
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let folder = Folder::new();
        let mut owner = Owner::read(&folder.0).unwrap();
        let code = code(&folder);
        fs::create_dir(folder.0.join("password.new")).unwrap();
        assert!(matches!(owner.claim(&code, GOOD, GOOD), Err(Refused::NotKept(_))));
        assert!(owner.password().is_none());
        fs::remove_dir(folder.0.join("password.new")).unwrap();
        owner.claim(&code, GOOD, GOOD).unwrap();
    }
}
