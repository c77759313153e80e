//! Secrets on the card, and how they are taken off it once the device has kept them.
//!
//! What must always hold: whenever power goes, the next start finds a file that says the same: a password of `appliance.toml` is written over in
//! place by as many stars, of which any number may be there; a file of Imager's gets a mark as its first bytes, in one sector, before anything
//! else of it goes. No file gets longer or shorter, and none is made: the partition that decides what is started is not changed by it.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::secret::{BLANK, Password};

/// How a file of Imager's begins when the device has taken it over.
pub const MARK: &[u8] = b"# taken over\n";
/// What a card writes wholly or not at all.
const SECTOR: usize = 512;

/// Whether a file of Imager's has been taken over.
pub fn is_taken_over(bytes: &[u8]) -> bool {
    bytes.starts_with(MARK)
}

/// Whether a file that has been taken over still has something in it.
pub fn has_rest(bytes: &[u8]) -> bool {
    is_taken_over(bytes) && bytes[MARK.len()..].iter().any(|byte| !byte.is_ascii_whitespace())
}

/// Takes a file of Imager's over: of what it said nothing is left.
///
/// # Errors
/// What the system says.
pub fn take_over(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    let mut blank = vec![b' '; length];
    for (to, &from) in blank.iter_mut().zip(MARK) {
        *to = from;
    }
    let (first, rest) = blank.split_at(length.min(SECTOR));
    file.write_all_at(first, 0)?;
    file.sync_all()?;
    file.write_all_at(rest, first.len() as u64)?;
    file.sync_all()
}

/// Where in `appliance.toml` the letters of the Wi-Fi password are, if it has one that is not only stars.
pub fn password(text: &str) -> Option<Range<usize>> {
    #[derive(Deserialize)]
    struct File {
        wifi: Wifi,
    }
    #[derive(Deserialize)]
    struct Wifi {
        password: Spanned<String>,
    }
    let password = toml::from_str::<File>(text).ok()?.wifi.password;
    let stars = password.get_ref().bytes().all(|byte| byte == BLANK);
    if stars || Password::parse(password.get_ref()).is_err() {
        return None;
    }
    let Range { start, end } = password.span();
    let quote = text[start..].chars().next()?;
    let quotes = if text[start..].starts_with(&quote.to_string().repeat(3)) { 3 } else { 1 };
    Some(start + quotes..end - quotes)
}

/// Writes stars over the password in `appliance.toml`.
///
/// # Errors
/// What the system says.
pub fn blank_password(path: &Path) -> io::Result<()> {
    let text = std::fs::read_to_string(path)?;
    // (A mark of the byte order, which TOML does not know, moves all that comes after it.)
    let shown = text.trim_start_matches('\u{feff}');
    let Some(place) = password(shown) else { return Ok(()) };
    let before = text.len() - shown.len();
    let file = OpenOptions::new().write(true).open(path)?;
    file.write_all_at(&vec![BLANK; place.len()], (before + place.start) as u64)?;
    file.sync_all()
}

/// Has the card keep what it has been told.
///
/// # Errors
/// What the system says.
pub fn flush(card: &Path) -> io::Result<()> {
    File::open(card)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::tests::Folder;
    use proptest::prelude::*;
    use std::fs;

    #[test]
    fn the_password_becomes_stars_and_nothing_else_changes() {
        for (before, after) in [
            ("[wifi]\npassword = \"password\" # mine\n", "[wifi]\npassword = \"********\" # mine\n"),
            (
                "\u{feff}wifi = {ssid='a', password='literal\"1'}\r\n",
                "\u{feff}wifi = {ssid='a', password='*********'}\r\n",
            ),
            ("wifi.password = \"\"\"a \\\"b\\\" c d\"\"\"", "wifi.password = \"\"\"***********\"\"\""),
            ("[wifi]\npassword = \"***\"\n", "[wifi]\npassword = \"***\"\n"),
            ("[wifi]\npassword = 12345678\n", "[wifi]\npassword = 12345678\n"),
            ("[wifi\n", "[wifi\n"),
        ] {
            let folder = Folder::new();
            let path = folder.0.join("appliance.toml");
            fs::write(&path, before).unwrap();
            blank_password(&path).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after);
        }
    }

    #[test]
    fn of_a_file_of_imagers_nothing_is_left() {
        let folder = Folder::new();
        for length in [0, 5, MARK.len(), 511, 512, 513, 3000] {
            let path = folder.0.join("custom.toml");
            fs::write(&path, vec![b'x'; length]).unwrap();
            take_over(&path).unwrap();
            let bytes = fs::read(&path).unwrap();
            assert_eq!(bytes.len(), length);
            assert!(!bytes.contains(&b'x') && !has_rest(&bytes));
            assert_eq!(is_taken_over(&bytes), length >= MARK.len());
        }
        assert!(has_rest(b"# taken over\n   passwd"));
    }

    proptest! {
        /// Whatever sector has been written and whatever has not.
        #[test]
        fn a_cut_in_between_leaves_a_password_that_is_known(password in "[ !#-\\[\\]-~]{8,63}", at in 0usize..63, end in any::<bool>()) {
            prop_assume!(matches!(Password::parse(&password), Ok(Password::Given(_))));
            let text = format!("[wifi]\nssid = \"x\"\npassword = \"{password}\"\n");
            let place = super::password(&text).unwrap();
            let at = at.min(place.len());
            let mut bytes = text.into_bytes();
            let written = if end { place.start + at..place.end } else { place.start..place.start + at };
            bytes[written].fill(BLANK);
            let torn = toml::from_str::<toml::Table>(std::str::from_utf8(&bytes).unwrap()).unwrap();
            let rest = Password::parse(torn["wifi"]["password"].as_str().unwrap()).unwrap();
            let Ok(Password::Given(kept)) = Password::parse(&password) else { unreachable!() };
            prop_assert!(rest == Password::TakenOver || rest.is_rest_of(&kept));
        }
    }
}
