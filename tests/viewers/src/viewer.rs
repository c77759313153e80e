//! One viewer, from its first word to the last picture: a WebRTC receiver without a decoder.
//!
//! What must always hold: it behaves towards the other side as a browser does: it says how its way is, asks again for what is
//! lost, and for a key frame when pictures are missing.

use crate::line::{Line, Quality};
use crate::signalling::{Conversation, News, Plugin, Server, Session, Signalling};
use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, KeyframeRequestKind, MediaData, MediaKind};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};

/// Who has lost a picture asks for a key frame, no more often than this.
const KEYS_APART: Duration = Duration::from_millis(500);
/// A picture that stands for longer has frozen.
const FREEZE: Duration = Duration::from_millis(500);

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
    /// From asking for a picture to the first unit, in ms.
    pub first_ms: Option<u64>,
    /// Events with an error.
    pub errors: u64,
}

/// What is known of the connection.
enum Link {
    /// There is none yet.
    None,
    /// Our offer has not been answered yet.
    Offered(Box<Rtc>, SdpPendingOffer),
    /// Both sides know of each other.
    Up(Box<Rtc>),
    /// It has ended.
    Gone,
}

pub struct Viewer {
    signalling: Box<dyn Signalling>,
    link: Link,
    socket: UdpSocket,
    line: Line,
    /// It looks at its socket no more, as a stopped process.
    deaf: bool,
    timeout: Instant,
    last: Option<Instant>,
    key_asked: Option<Instant>,
    buffer: Vec<u8>,
    pub seen: Seen,
}

impl Viewer {
    /// One that asks for a picture at once. `deaf`: it stops looking once it has one.
    pub fn begin(
        server: &Server,
        address: IpAddr,
        quality: Quality,
        seed: u64,
        deaf: bool,
    ) -> Result<Viewer, Failure> {
        let socket = UdpSocket::bind((address, 0))?;
        socket.set_nonblocking(true)?;
        let now = Instant::now();
        let (signalling, link): (Box<dyn Signalling>, Link) = match server {
            Server { whep: Some(place), .. } => {
                let (rtc, offer, pending) = offer(&socket, now)?;
                (Box::new(Session::begin(place, offer, now)?), Link::Offered(Box::new(rtc), pending))
            }
            Server { janus: Some(path), .. } => {
                (Box::new(Conversation::begin(path, Plugin::Ours, now)?), Link::None)
            }
            Server { streaming: Some(path), .. } => {
                (Box::new(Conversation::begin(path, Plugin::Streaming, now)?), Link::None)
            }
            Server { .. } => return Err("none of --janus, --streaming and --whep".into()),
        };
        Ok(Viewer {
            signalling,
            link,
            socket,
            line: Line::new(quality, seed),
            deaf,
            timeout: now,
            last: None,
            key_asked: None,
            buffer: vec![0; 2048],
            seen: Seen::default(),
        })
    }

    /// Whether pictures come.
    pub fn plays(&self) -> bool {
        self.seen.frames > 0
    }

    /// What is to be polled for reading.
    pub fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.signalling.fd().into_iter().chain([self.socket.as_fd()])
    }

    /// When it wants to be looked after, whatever comes.
    pub fn due(&self) -> Instant {
        [self.line.due(), self.signalling.due()].into_iter().flatten().fold(self.timeout, Instant::min)
    }

    /// Its way is a good one from now on.
    pub fn mend(&mut self) {
        self.line.mend();
    }

    /// Leaves, as a page that is closed.
    pub fn leave(&mut self) {
        self.signalling.leave();
    }

    /// Does what is to be done now.
    pub fn step(&mut self, now: Instant) -> Result<(), Failure> {
        while let Some(news) = self.signalling.step(now)? {
            match news {
                News::Offer(offer) => self.answer(&offer, now)?,
                News::Answer(answer) => self.take(&answer)?,
                News::Error => self.seen.errors += 1,
                News::Gone => self.link = Link::Gone,
            }
        }
        if !(self.deaf && self.plays()) {
            self.receive(now)?;
        }
        self.drive(now)
    }

    fn answer(&mut self, offer: &str, now: Instant) -> Result<(), Failure> {
        let mut rtc = connection(RtcConfig::new(), &self.socket, now)?;
        let answer = rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(offer)?)?;
        self.link = Link::Up(Box::new(rtc));
        self.signalling.answer(&answer.to_sdp_string());
        Ok(())
    }

    fn take(&mut self, answer: &str) -> Result<(), Failure> {
        self.link = match std::mem::replace(&mut self.link, Link::None) {
            Link::Offered(mut rtc, pending) => {
                rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(answer)?)?;
                Link::Up(rtc)
            }
            other => other,
        };
        Ok(())
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
        seen.first_ms.get_or_insert(now.duration_since(self.signalling.asked()).as_millis() as u64);
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

/// A connection that receives at this socket, and says each second how its way is.
fn connection(config: RtcConfig, socket: &UdpSocket, now: Instant) -> Result<Rtc, Failure> {
    let mut rtc = config.set_stats_interval(Some(Duration::from_secs(1))).build(now);
    rtc.add_local_candidate(Candidate::host(socket.local_addr()?, "udp")?);
    Ok(rtc)
}

/// One that wants a video of H.264 and nothing else; with its offer, and what is needed for taking the answer.
fn offer(socket: &UdpSocket, now: Instant) -> Result<(Rtc, String, SdpPendingOffer), Failure> {
    let mut rtc = connection(RtcConfig::new().clear_codecs().enable_h264(true), socket, now)?;
    let mut changes = rtc.sdp_api();
    changes.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
    let (offer, pending) = changes.apply().ok_or("there is nothing to offer")?;
    Ok((rtc, offer.to_sdp_string(), pending))
}
