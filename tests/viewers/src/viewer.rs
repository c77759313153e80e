//! One viewer, from `watch` to the last picture: a WebRTC receiver without a decoder.
//!
//! What must always hold: it behaves towards Janus as a browser does: it answers the offer, says how its way is, asks again
//! for what is lost, and for a key frame when pictures are missing.

use crate::janus::Janus;
use crate::line::{Line, Quality};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::{Duration, Instant};
use str0m::change::SdpOffer;
use str0m::media::{KeyframeRequestKind, MediaData};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc};

/// A session of Janus's ends after a minute of silence.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Who has lost a picture asks for a key frame, no more often than this.
const KEYS_APART: Duration = Duration::from_millis(500);
/// A picture that stands for longer has frozen.
const FREEZE: Duration = Duration::from_millis(500);
/// `watch` is repeated after this, when Janus has no video yet.
const RETRY: Duration = Duration::from_millis(500);

/// Why a viewer is of no use any more.
pub type Failure = Box<dyn std::error::Error>;

/// What a viewer has seen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    /// Whole access units.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Access units before which packets are missing for good.
    pub broken: u64,
    /// Pauses of more than half a second.
    pub freezes: u64,
    /// The longest time without a new unit, in ms.
    pub longest_ms: u64,
    /// Packets asked for again.
    pub nacks: u64,
    /// Key frames asked for.
    pub plis: u64,
    /// From `watch` to the first unit, in ms.
    pub first_ms: Option<u64>,
    /// Events with an error.
    pub errors: u64,
}

/// What is known of the connection.
enum Link {
    /// There is none yet.
    None,
    /// An offer was answered.
    Up(Box<Rtc>),
    /// It has ended.
    Gone,
}

pub struct Viewer {
    janus: Janus,
    session: Option<u64>,
    handle: Option<u64>,
    link: Link,
    socket: UdpSocket,
    line: Line,
    /// It looks at its socket no more, as a stopped process.
    deaf: bool,
    asked: Instant,
    again: Option<Instant>,
    said: Instant,
    timeout: Instant,
    last: Option<Instant>,
    key_asked: Option<Instant>,
    buffer: Vec<u8>,
    pub seen: Seen,
}

impl Viewer {
    /// One that asks for a picture at once. `deaf`: it stops looking once it has one.
    pub fn begin(
        janus: &Path,
        address: IpAddr,
        quality: Quality,
        seed: u64,
        deaf: bool,
    ) -> Result<Viewer, Failure> {
        let socket = UdpSocket::bind((address, 0))?;
        socket.set_nonblocking(true)?;
        let now = Instant::now();
        let mut viewer = Viewer {
            janus: Janus::connect(janus)?,
            session: None,
            handle: None,
            link: Link::None,
            socket,
            line: Line::new(quality, seed),
            deaf,
            asked: now,
            again: None,
            said: now,
            timeout: now,
            last: None,
            key_asked: None,
            buffer: vec![0; 2048],
            seen: Seen::default(),
        };
        viewer.janus.say("create", json!({"janus": "create"}));
        Ok(viewer)
    }

    /// Whether pictures come.
    pub fn plays(&self) -> bool {
        self.seen.frames > 0
    }

    /// What is to be polled for reading.
    pub fn fds(&self) -> [BorrowedFd<'_>; 2] {
        [self.janus.fd(), self.socket.as_fd()]
    }

    /// When it wants to be looked after, whatever comes.
    pub fn due(&self) -> Instant {
        let line = self.line.due().unwrap_or(self.timeout);
        line.min(self.timeout).min(self.said + KEEP_ALIVE)
    }

    /// Its way is a good one from now on.
    pub fn mend(&mut self) {
        self.line.mend();
    }

    /// Leaves, as a page that is closed: Janus is told, and nothing is waited for.
    pub fn leave(&mut self) {
        if let Some(session) = self.session {
            self.janus.say("end", json!({"janus": "destroy", "session_id": session}));
        }
    }

    /// Does what is to be done now.
    pub fn step(&mut self, now: Instant) -> Result<(), Failure> {
        while let Some(message) = self.janus.hear()? {
            self.hear(&message, now)?;
        }
        if let (Some(session), true) = (self.session, now >= self.said + KEEP_ALIVE) {
            self.said = now;
            self.janus.say("alive", json!({"janus": "keepalive", "session_id": session}));
        }
        if self.again.take_if(|again| now >= *again).is_some() {
            self.watch();
        }
        if !(self.deaf && self.plays()) {
            self.receive(now)?;
        }
        self.drive(now)
    }

    fn say(&mut self, transaction: &str, body: Value, jsep: Option<Value>) {
        let (session, handle) = (self.session, self.handle);
        let mut message =
            json!({"janus": "message", "session_id": session, "handle_id": handle, "body": body});
        if let Some(jsep) = jsep {
            message["jsep"] = jsep;
        }
        self.janus.say(transaction, message);
    }

    fn watch(&mut self) {
        self.say("watch", json!({"request": "watch"}), None);
    }

    fn hear(&mut self, message: &Value, now: Instant) -> Result<(), Failure> {
        let id = || message["data"]["id"].as_u64();
        match (message["janus"].as_str(), message["transaction"].as_str()) {
            (Some("success"), Some("create")) => {
                self.session = id();
                let attach =
                    json!({"janus": "attach", "session_id": id(), "plugin": "janus.plugin.ustreamer"});
                self.janus.say("attach", attach);
            }
            (Some("success"), Some("attach")) => {
                self.handle = id();
                self.asked = now;
                self.watch();
            }
            (Some("event"), _) if message["plugindata"]["data"]["error_code"] == 503 => {
                self.again = Some(now + RETRY)
            }
            (Some("event"), Some("watch")) => {
                if let Some(offer) = message["jsep"]["sdp"].as_str() {
                    self.answer(offer, now)?;
                }
            }
            (Some("error"), _) => self.seen.errors += 1,
            (Some("hangup" | "timeout"), _) => self.link = Link::Gone,
            _ => {}
        }
        Ok(())
    }

    fn answer(&mut self, offer: &str, now: Instant) -> Result<(), Failure> {
        let mut rtc = Rtc::builder().set_stats_interval(Some(Duration::from_secs(1))).build(now);
        rtc.add_local_candidate(Candidate::host(self.socket.local_addr()?, "udp")?);
        let answer = rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(offer)?)?;
        self.link = Link::Up(Box::new(rtc));
        let jsep = json!({"type": "answer", "sdp": answer.to_sdp_string()});
        self.say("start", json!({"request": "start"}), Some(jsep));
        self.drive(now)
    }

    /// Takes packets from the socket, and those that are through the line.
    fn receive(&mut self, now: Instant) -> Result<(), Failure> {
        loop {
            match self.socket.recv_from(&mut self.buffer) {
                Ok((length, from)) => self.line.enter(from, &self.buffer[..length], now),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        let to = self.socket.local_addr()?;
        while let Some((from, packet)) = self.line.leave(now) {
            let Link::Up(rtc) = &mut self.link else { continue };
            // What is no packet of this connection's is nobody's.
            let Ok(contents) = packet.as_slice().try_into() else { continue };
            let input = Input::Receive(
                now,
                Receive { proto: Protocol::Udp, source: from, destination: to, contents },
            );
            if rtc.accepts(&input) {
                rtc.handle_input(input)?;
                self.drive(now)?;
            }
        }
        Ok(())
    }

    /// Does what the connection wants done.
    fn drive(&mut self, now: Instant) -> Result<(), Failure> {
        loop {
            let Link::Up(rtc) = &mut self.link else { return Ok(()) };
            match rtc.poll_output()? {
                Output::Transmit(packet) => {
                    // Where there is no room it is lost, as on any way.
                    let _ = self.socket.send_to(&packet.contents, packet.destination);
                }
                Output::Timeout(due) => {
                    self.timeout = due;
                    if due > now {
                        return Ok(());
                    }
                    rtc.handle_input(Input::Timeout(now))?;
                }
                Output::Event(Event::MediaData(data)) => self.picture(&data, now),
                Output::Event(Event::MediaIngressStats(stats)) => {
                    (self.seen.nacks, self.seen.plis) = (stats.nacks, stats.plis);
                }
                Output::Event(Event::IceConnectionStateChange(IceConnectionState::Disconnected)) => {
                    self.link = Link::Gone;
                }
                Output::Event(_) => {}
            }
        }
    }

    fn picture(&mut self, data: &MediaData, now: Instant) {
        let seen = &mut self.seen;
        seen.frames += 1;
        seen.bytes += data.data.len() as u64;
        seen.first_ms.get_or_insert(now.duration_since(self.asked).as_millis() as u64);
        if let Some(last) = self.last.replace(now) {
            let apart = now.duration_since(last);
            seen.freezes += u64::from(apart > FREEZE);
            seen.longest_ms = seen.longest_ms.max(apart.as_millis() as u64);
        }
        if !data.contiguous && seen.frames > 1 {
            seen.broken += 1;
            let Link::Up(rtc) = &mut self.link else { return };
            if self.key_asked.is_none_or(|asked| now.duration_since(asked) >= KEYS_APART)
                && let Some(mut writer) = rtc.writer(data.mid)
                && writer.request_keyframe(None, KeyframeRequestKind::Pli).is_ok()
            {
                self.key_asked = Some(now);
            }
        }
    }
}
