//! How the process looks in the list of processes: with a name of the user's in front, and without the password.
//!
//! What must always hold: it happens once. The only way to another command line without writing into memory that the system owns is to
//! run the same program again in the same process; the variable that says so names the process, so that no child takes it for its own.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::options::Appearance;

/// Says that it has happened, in the process with this id.
const MARK: &str = "USTREAMER_STARTED_AS";

/// Runs the program again if it is to look different from how it was started; comes back when it is not, or when that failed.
///
/// # Errors
/// When the system refused. The process goes on as it is.
pub fn change(wish: &Appearance) -> io::Result<()> {
    let done = std::env::var(MARK).is_ok_and(|id| id == std::process::id().to_string());
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let password = wish.password.as_deref().filter(|password| hides(password));
    let Some(look) = look(&arguments, wish.prefix.as_deref(), password.is_some()).filter(|_| !done) else {
        return Ok(());
    };
    let program = std::env::current_exe()?;
    // A program that was started through its loader cannot be told by the path of what runs.
    if program.file_name().is_some_and(|name| name.as_bytes().starts_with(b"ld-")) {
        return Err(io::Error::other("it was started by its loader, ld.so"));
    }
    let pipe = password.map(through_a_pipe).transpose()?;
    let place = pipe.as_ref().map(|pipe| format!("/proc/self/fd/{}", pipe.as_raw_fd()));
    let arguments = look.arguments.into_iter().map(|argument| match (argument, &place) {
        (Some(argument), _) => argument,
        (None, Some(place)) => format!("--passwd-file={place}").into(),
        (None, None) => "--passwd=".into(),
    });
    let mark = std::process::id().to_string();
    Err(Command::new(program).arg0(look.name).args(arguments).env(MARK, mark).exec())
}

/// Whether a file can say this password, and there is something to hide.
fn hides(password: &str) -> bool {
    !password.is_empty() && !password.contains(['\n', '\r'])
}

/// A pipe to read the password from, which outlives the program's change.
fn through_a_pipe(password: &str) -> io::Result<OwnedFd> {
    let (read, write) = nix::unistd::pipe()?;
    // A pipe takes 4096 bytes without a reader.
    let line = format!("{password}\n");
    if line.len() > 4096 {
        return Err(io::Error::other("the password is longer than 4095 bytes"));
    }
    std::fs::File::from(write).write_all(line.as_bytes())?;
    Ok(read)
}

/// A command line as it is to be seen.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    name: OsString,
    /// `None` where the password stood.
    arguments: Vec<Option<OsString>>,
}

/// `None`: it is to be seen as it is.
fn look(arguments: &[OsString], prefix: Option<&str>, hide: bool) -> Option<Look> {
    let (own, rest) = arguments.split_first()?;
    let mut name = OsString::new();
    if let Some(prefix) = prefix {
        name.push(format!("{prefix}: "));
    }
    name.push(own);
    let mut seen = Vec::new();
    let (mut rest, mut hidden) = (rest.iter(), false);
    while let Some(argument) = rest.next() {
        let with_value = argument.as_bytes().starts_with(b"--passwd=");
        if hide && (with_value || argument == OsStr::new("--passwd")) {
            // The last one counts, and only one is needed.
            seen.retain(Option::is_some);
            seen.push(None);
            hidden = true;
            if !with_value {
                rest.next();
            }
        } else {
            seen.push(Some(argument.clone()));
        }
    }
    (hidden || prefix.is_some()).then_some(Look { name, arguments: seen })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &[&str], prefix: Option<&str>, hide: bool) -> Option<(String, Vec<String>)> {
        let line: Vec<OsString> = line.iter().map(OsString::from).collect();
        let look = look(&line, prefix, hide)?;
        let text = |argument: Option<OsString>| argument.map_or("?".to_owned(), |a| a.into_string().unwrap());
        Some((look.name.into_string().unwrap(), look.arguments.into_iter().map(text).collect()))
    }

    #[test]
    fn a_name_stands_in_front_of_the_command_line() {
        let (name, rest) = seen(&["./ustreamer", "-q", "80"], Some("kvmd/streamer"), false).unwrap();
        assert_eq!((name.as_str(), rest.join(" ").as_str()), ("kvmd/streamer: ./ustreamer", "-q 80"));
        assert_eq!(seen(&["ustreamer", "-q80"], None, true), None, "nothing to change");
    }

    #[test]
    fn the_password_is_not_there_any_more() {
        for line in [
            &["u", "--user", "a", "--passwd", "secret", "-q9"][..],
            &["u", "--user", "a", "--passwd=secret", "-q9"],
        ] {
            let (name, rest) = seen(line, None, true).unwrap();
            assert_eq!((name.as_str(), rest.join(" ").as_str()), ("u", "--user a ? -q9"));
        }
        let (_, rest) =
            seen(&["u", "--passwd=one", "--passwd-file=/x", "--passwd", "two"], None, true).unwrap();
        assert_eq!(rest.join(" "), "--passwd-file=/x ?");
        assert!(hides("a b") && !hides("") && !hides("a\nb"));
    }
}
