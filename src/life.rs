//! What the process tells of itself while it runs, to systemd, its parent and GPIO lines, and when it ends because nobody wants it.
//!
//! What must always hold: it only looks at what the media threads publish, a few times a second, and not at all when nobody is to be told;
//! the watchdog is fed by the life of the media thread, not by our own.

mod gpio;
mod notify;

use std::sync::Arc;
use std::time::{Duration, Instant};

use memsink::Micros;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getppid};
use tokio::time::{MissedTickBehavior, interval};
use v4l2m2m::Size;

use crate::config::ProcessConfig;
use crate::http::Site;
use crate::pipeline::Snapshot;
use crate::{error, verbose};
pub use gpio::{GpioError, Lines};
pub use notify::Systemd;

/// How often it looks.
const PERIOD: Duration = Duration::from_millis(200);

/// What there is to see at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Pictures come.
    pub online: bool,
    /// Their size.
    pub size: Size,
    /// Clients of `/stream`.
    pub http_clients: usize,
    /// The kinds of the sinks that are read.
    pub readers: Vec<&'static str>,
    /// Requests over HTTP since the start.
    pub requests: u64,
}

/// Who is told, and when it ends.
pub struct Life {
    site: Arc<Site>,
    systemd: Option<Systemd>,
    lines: Option<Lines>,
    parent: Option<Parent>,
    idle: Option<Idle>,
}

impl Life {
    /// Of a process that was asked for this. `parent` is who started it.
    pub fn new(
        config: &ProcessConfig,
        site: Arc<Site>,
        systemd: Option<Systemd>,
        lines: Option<Lines>,
        parent: Pid,
    ) -> Life {
        Life {
            parent: config.notify_parent.then(|| Parent { id: parent, last: (false, Size::default()) }),
            idle: config.exit_on_no_clients.map(|limit| Idle { limit, since: Instant::now(), requests: 0 }),
            site,
            systemd,
            lines,
        }
    }

    /// Goes on until nobody has wanted anything for the configured time: for ever without one.
    pub async fn run(&mut self) {
        if self.systemd.is_none() && self.lines.is_none() && self.parent.is_none() && self.idle.is_none() {
            return std::future::pending().await;
        }
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.site.snapshot();
            let look = self.site.look(&now);
            if let Some(systemd) = &mut self.systemd {
                systemd.tell_status(&words(&now, &look));
                systemd.feed_watchdog(Instant::now(), now.overdue(Micros::now()));
            }
            if let Some(lines) = &mut self.lines {
                lines.show(&look);
            }
            if let Some(parent) = &mut self.parent {
                parent.tell(&look);
            }
            if self.idle.as_mut().is_some_and(|idle| idle.is_over(&look, Instant::now())) {
                return;
            }
        }
    }

    /// The end begins.
    pub fn end(&mut self) {
        if let Some(systemd) = &mut self.systemd {
            systemd.tell_stopping();
        }
    }
}

/// `--notify-parent`.
struct Parent {
    id: Pid,
    last: (bool, Size),
}

impl Parent {
    fn is_news(&mut self, look: &Look) -> bool {
        let now = (look.online, look.size);
        // A size without pictures is what they will perhaps have.
        let news = now.0 != self.last.0 || (now.0 && now.1 != self.last.1);
        self.last = now;
        news
    }

    fn tell(&mut self, look: &Look) {
        // Whoever takes a parent's place when it has ended did not ask for signals.
        if self.is_news(look) && getppid() == self.id {
            match kill(self.id, Signal::SIGUSR2) {
                Ok(()) => verbose!("The parent process {} was sent SIGUSR2", self.id),
                Err(why) => error!("--notify-parent: cannot send SIGUSR2 to {}: {}", self.id, why.desc()),
            }
        }
    }
}

/// `--exit-on-no-clients`.
struct Idle {
    limit: Duration,
    since: Instant,
    requests: u64,
}

impl Idle {
    fn is_over(&mut self, look: &Look, now: Instant) -> bool {
        if look.http_clients > 0 || !look.readers.is_empty() || look.requests != self.requests {
            (self.since, self.requests) = (now, look.requests);
        }
        now.duration_since(self.since) >= self.limit
    }
}

/// The state in a line.
fn words(now: &Snapshot, look: &Look) -> String {
    let mut words = match (look.online, now.status.reason.as_str()) {
        (true, _) => format!("{} {}", look.size, now.status.format),
        (false, "") => "Waiting for the first picture".to_owned(),
        (false, reason) => reason.to_owned(),
    };
    if !now.status.encoder.is_empty() {
        words += &format!("; H.264 by {}", now.status.encoder);
    }
    match (look.http_clients, look.readers.as_slice()) {
        (0, []) => words += "; nobody watches",
        (clients, readers) => {
            if clients > 0 {
                words += &format!("; {clients} on /stream");
            }
            if !readers.is_empty() {
                words += &format!("; read: {} sink", readers.join(" and "));
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Shared;

    const SIZE: Size = Size { width: 640, height: 480 };

    #[test]
    fn nobody_is_who_neither_watches_nor_reads_nor_asks() {
        let start = Instant::now();
        let mut idle = Idle { limit: Duration::from_secs(10), since: start, requests: 0 };
        let mut at = |second, look: Look| idle.is_over(&look, start + Duration::from_secs(second));
        assert!(!at(9, Look::default()));
        assert!(!at(10, Look { requests: 1, ..Look::default() }), "somebody asked");
        assert!(!at(19, Look { requests: 1, http_clients: 1, ..Look::default() }));
        assert!(!at(28, Look { requests: 1, readers: vec!["h264"], ..Look::default() }));
        assert!(!at(37, Look { requests: 1, ..Look::default() }));
        assert!(at(38, Look { requests: 1, ..Look::default() }));
    }

    #[test]
    fn the_parent_is_told_of_changes_only() {
        let mut parent = Parent { id: getppid(), last: (false, Size::default()) };
        let mut news = |online, size| parent.is_news(&Look { online, size, ..Look::default() });
        assert!(!news(false, SIZE), "nothing has come yet");
        assert!(news(true, SIZE));
        assert!(!news(true, SIZE));
        assert!(news(true, Size { width: 800, height: 600 }));
        assert!(news(false, SIZE));
        assert!(!news(false, Size::default()));
    }

    #[test]
    fn the_status_is_a_line_for_people() {
        let mut now = Shared::default().snapshot();
        assert_eq!(words(&now, &Look::default()), "Waiting for the first picture; nobody watches");
        now.status.reason = "No signal: no cable".to_owned();
        let look = Look { http_clients: 2, ..Look::default() };
        assert_eq!(words(&now, &look), "No signal: no cable; 2 on /stream");
        (now.status.format, now.status.encoder) = ("YUYV".to_owned(), "openh264 (software)".to_owned());
        let look = Look { online: true, size: SIZE, readers: vec!["h264", "raw"], ..Look::default() };
        assert_eq!(words(&now, &look), "640x480 YUYV; H.264 by openh264 (software); read: h264 and raw sink");
    }
}
