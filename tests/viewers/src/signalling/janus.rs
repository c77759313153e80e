//! The conversation with Janus: a session, a handle of the plugin's, `watch`, and `start` with the answer to its offer. Janus's own streaming plugin
//! is spoken to with the same words.
//!
//! What must always hold: a session that waits is kept alive, and asks again for video that is not there yet.

use super::socket::Socket;
use super::{News, RETRY, Signalling};
use crate::viewer::Failure;
use serde_json::{Value, json};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::time::{Duration, Instant};

/// A session of Janus's ends after a minute of silence.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Whose stream is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plugin {
    /// Our plugin's.
    Ours,
    /// That which Janus's own streaming plugin has as number 1.
    Streaming,
}

/// A conversation.
pub struct Conversation {
    socket: Socket,
    plugin: Plugin,
    session: Option<u64>,
    handle: Option<u64>,
    asked: Instant,
    again: Option<Instant>,
    said: Instant,
}

impl Conversation {
    /// Begins it at Janus's socket.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(path: &Path, plugin: Plugin, now: Instant) -> Result<Conversation, Failure> {
        let socket = Socket::connect(path)?;
        let mut begun =
            Conversation { socket, plugin, session: None, handle: None, asked: now, again: None, said: now };
        begun.socket.say("create", json!({"janus": "create"}));
        Ok(begun)
    }

    fn say(&mut self, transaction: &str, body: Value, jsep: Option<Value>) {
        let (session, handle) = (self.session, self.handle);
        let mut message =
            json!({"janus": "message", "session_id": session, "handle_id": handle, "body": body});
        if let Some(jsep) = jsep {
            message["jsep"] = jsep;
        }
        self.socket.say(transaction, message);
    }

    fn watch(&mut self) {
        let request = match self.plugin {
            Plugin::Ours => json!({"request": "watch"}),
            Plugin::Streaming => json!({"request": "watch", "id": 1}),
        };
        self.say("watch", request, None);
    }

    fn hear(&mut self, message: &Value, now: Instant) -> Option<News> {
        let id = || message["data"]["id"].as_u64();
        match (message["janus"].as_str(), message["transaction"].as_str()) {
            (Some("success"), Some("create")) => {
                self.session = id();
                let plugin = match self.plugin {
                    Plugin::Ours => "janus.plugin.ustreamer",
                    Plugin::Streaming => "janus.plugin.streaming",
                };
                let attach = json!({"janus": "attach", "session_id": id(), "plugin": plugin});
                self.socket.say("attach", attach);
            }
            (Some("success"), Some("attach")) => {
                self.handle = id();
                self.asked = now;
                self.watch();
            }
            (Some("event"), _) if message["plugindata"]["data"]["error_code"] == 503 => {
                self.again = Some(now + RETRY);
            }
            (Some("event"), Some("watch")) => {
                return message["jsep"]["sdp"].as_str().map(|offer| News::Offer(offer.to_owned()));
            }
            (Some("error"), _) => return Some(News::Error),
            (Some("hangup" | "timeout"), _) => return Some(News::Gone),
            _ => {}
        }
        None
    }
}

impl Signalling for Conversation {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.socket.fd())
    }

    fn due(&self) -> Option<Instant> {
        let alive = self.said + KEEP_ALIVE;
        Some(self.again.map_or(alive, |again| again.min(alive)))
    }

    fn asked(&self) -> Instant {
        self.asked
    }

    fn step(&mut self, now: Instant) -> Result<Option<News>, Failure> {
        while let Some(message) = self.socket.hear()? {
            if let Some(news) = self.hear(&message, now) {
                return Ok(Some(news));
            }
        }
        if let (Some(session), true) = (self.session, now >= self.said + KEEP_ALIVE) {
            self.said = now;
            self.socket.say("alive", json!({"janus": "keepalive", "session_id": session}));
        }
        if self.again.take_if(|again| now >= *again).is_some() {
            self.watch();
        }
        Ok(None)
    }

    fn answer(&mut self, answer: &str) {
        let jsep = json!({"type": "answer", "sdp": answer});
        self.say("start", json!({"request": "start"}), Some(jsep));
    }

    /// As a page that is closed: nothing is waited for.
    fn leave(&mut self) {
        if let Some(session) = self.session {
            self.socket.say("end", json!({"janus": "destroy", "session_id": session}));
        }
    }
}
