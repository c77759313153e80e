//! systemd's notification protocol: READY, STATUS, WATCHDOG, STOPPING, one datagram each.
//!
//! What must always hold: nothing here waits, and a supervisor that does not listen is no fault of ours.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use crate::error;

/// The supervisor that started this process.
pub struct Systemd {
    socket: UnixDatagram,
    address: SocketAddr,
    status: String,
    watchdog: Option<Watchdog>,
}

impl Systemd {
    /// As the environment names it; `None`: there is none.
    ///
    /// # Errors
    /// When its address is none, or the system gives no socket.
    pub fn from_env() -> io::Result<Option<Systemd>> {
        let Some(path) = env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty()) else {
            return Ok(None);
        };
        let number = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let ours = number("WATCHDOG_PID").is_none_or(|id| id == u64::from(std::process::id()));
        let limit = number("WATCHDOG_USEC").filter(|us| ours && *us > 0).map(Duration::from_micros);
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        let watchdog = limit.map(Watchdog::new);
        Ok(Some(Systemd { socket, address: address(&path)?, status: String::new(), watchdog }))
    }

    fn tell(&self, message: &str) {
        if let Err(why) = self.socket.send_to_addr(message.as_bytes(), &self.address) {
            crate::verbose!("systemd cannot be told {message:?}: {why}");
        }
    }

    /// It listens, and the source is worked with.
    pub fn tell_ready(&self) {
        self.tell("READY=1");
    }

    /// The end begins.
    pub fn tell_stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=Stopping");
    }

    /// How it is, in a line; told when it is another one.
    pub fn tell_status(&mut self, words: &str) {
        if self.status != words {
            // A line's end would begin another message.
            self.tell(&format!("STATUS={}", words.replace(char::is_control, " ")));
            words.clone_into(&mut self.status);
        }
    }

    /// Tells the watchdog that all is well, as long as the media thread is behind by less than half of the watchdog's patience.
    pub fn feed_watchdog(&mut self, now: Instant, behind: Duration) {
        let Some(watchdog) = &mut self.watchdog else { return };
        if watchdog.is_to_be_fed(now, behind) {
            self.tell("WATCHDOG=1");
        }
    }
}

/// A path, or with `@` in front a name of the kernel's own.
fn address(path: &OsStr) -> io::Result<SocketAddr> {
    match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(path),
    }
}

/// When it is fed.
struct Watchdog {
    limit: Duration,
    fed: Option<Instant>,
    /// The log knows that it is left to bark.
    told: bool,
}

impl Watchdog {
    fn new(limit: Duration) -> Watchdog {
        Watchdog { limit, fed: None, told: false }
    }

    fn is_to_be_fed(&mut self, now: Instant, behind: Duration) -> bool {
        if behind >= self.limit / 2 {
            if !std::mem::replace(&mut self.told, true) {
                error!(
                    "The media thread has not answered for {:.1} s: systemd is left to restart this",
                    behind.as_secs_f64()
                );
            }
            return false;
        }
        self.told = false;
        let due = self.fed.is_none_or(|fed| now.duration_since(fed) >= self.limit / 4);
        if due {
            self.fed = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watchdog_is_fed_while_the_media_thread_lives() {
        let start = Instant::now();
        let mut watchdog = Watchdog::new(Duration::from_secs(8));
        let mut fed = |at: u64, behind| {
            watchdog.is_to_be_fed(start + Duration::from_secs(at), Duration::from_secs(behind))
        };
        assert_eq!([fed(0, 0), fed(1, 0), fed(2, 3), fed(3, 0)], [true, false, true, false]);
        assert_eq!([fed(4, 4), fed(6, 6)], [false, false], "it hangs");
        assert!(fed(7, 0), "it goes on");
    }

    #[test]
    fn addresses_are_paths_or_names() {
        assert_eq!(address(OsStr::new("/run/x")).unwrap().as_pathname().unwrap().to_str(), Some("/run/x"));
        assert_eq!(address(OsStr::new("@x/y")).unwrap().as_abstract_name(), Some(&b"x/y"[..]));
    }
}
