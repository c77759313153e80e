//! Asking the system: its files, its programs, and who listens on a socket.
//!
//! What must always hold: whoever is asked and says nothing is left after some seconds, and what cannot be asked is told where the answer would be.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// For one answer; an emulated processor is slow.
const PATIENCE: Duration = Duration::from_secs(20);
/// More of an answer is not for people.
const MOST: usize = 200_000;

/// A file's text, without what ends it; a device tree's texts end with a zero.
pub fn file(path: impl AsRef<Path>) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\0', '\n']).to_owned())
}

/// A line for a file: what it is, and its text.
pub fn line(to: &mut String, name: &str, text: Option<String>) {
    let _ = writeln!(to, "{name:<12} {}", text.as_deref().unwrap_or("(cannot be read)"));
}

/// What a program says, which is its first word.
pub fn program(to: &mut String, command: &str) {
    let _ = writeln!(to, "$ {command}");
    match run(command) {
        Ok(said) => to.push_str(&said),
        Err(why) => {
            let _ = writeln!(to, "({why})");
        }
    }
}

/// What a program says on stdout and stderr.
///
/// # Errors
/// Why it says nothing, in words.
pub fn run(command: &str) -> Result<String, String> {
    let mut words = command.split(' ');
    let mut child = Command::new(words.next().unwrap_or_default())
        .args(words)
        .env("LC_ALL", "C.UTF-8")
        .env("SYSTEMD_COLORS", "0")
        .env("SYSTEMD_PAGER", "")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let readers = [child.stdout.take().map(reading), child.stderr.take().map(reading)];
    let end = Instant::now() + PATIENCE;
    while child.try_wait().is_ok_and(|ended| ended.is_none()) {
        if Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("no end of it in {} s", PATIENCE.as_secs()));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(readers.into_iter().flatten().filter_map(|reader| reader.join().ok()).collect())
}

fn reading(from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || text(from))
}

fn text(from: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.take(MOST as u64).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What an HTTP server on a UNIX socket answers, head and body; `until_head`: its head is enough, and more may never come.
///
/// # Errors
/// Why there is none, in words.
pub fn http(socket: &str, request: &str, until_head: bool) -> Result<(String, String), String> {
    let wrong = |error: std::io::Error| format!("{socket}: {error}");
    let mut stream = UnixStream::connect(socket).map_err(wrong)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(wrong)?;
    stream.write_all(request.as_bytes()).map_err(wrong)?;
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    let is_whole = |answer: &[u8]| until_head && answer.windows(4).any(|four| four == b"\r\n\r\n");
    while answer.len() < MOST && !is_whole(&answer) {
        match stream.read(&mut part).map_err(wrong)? {
            0 => break,
            count => answer.extend_from_slice(&part[..count]),
        }
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    Ok((head.to_owned(), body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn programs() {
        assert_eq!(run("echo a b").unwrap(), "a b\n");
        assert!(run("ls /nonexistent").unwrap().contains("No such file"));
        assert!(run("no-such-program-here").is_err());
    }

    #[test]
    fn servers() {
        let folder = crate::door::tests::Folder::new();
        let path = folder.0.join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let server = thread::spawn(move || {
            for keeps in [false, true] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 5];
                stream.read_exact(&mut request).unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody").unwrap();
                if keeps {
                    // Until the other end has gone.
                    let _ = stream.read(&mut [0; 1]);
                }
            }
        });
        let path = path.to_str().unwrap();
        assert_eq!(http(path, "GET /", false).unwrap().1, "body");
        assert!(http(path, "GET /", true).unwrap().0.starts_with("HTTP/1.1 200"));
        server.join().unwrap();
        assert!(http("/nonexistent", "", true).is_err());
    }
}
