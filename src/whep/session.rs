//! One viewer's WebRTC: from its offer to the packets that go to it. No socket, no clock, no thread: what comes in and what time it is are told,
//! what is to be sent is handed out.
//!
//! What must always hold: nothing is sent before the first key frame; after it comes each unit in order, once, or a later key frame; its
//! sequence numbers go on without a gap whatever it was not sent; a viewer that is not heard of any more ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use memsink::{Gop, Micros, Serial, Weighed};
use rtp::Feedback;
use serde::Serialize;
use str0m::change::SdpOffer;
use str0m::crypto::dtls::DtlsCert;
use str0m::media::{MediaTime, Mid, Pt};
use str0m::net::{Protocol, Transmit};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc};

use super::terms;
use super::unit::Unit;

/// Who has not connected after this long does not come any more.
const CONNECT_WITHIN: Duration = Duration::from_secs(30);
/// How much of what it has to catch up with goes out at once, in bytes: more than that, and a burst of packets is larger than what a
/// browser's socket holds. The next portion follows after [`PAUSE`].
const PORTION: usize = 32 << 10;
const PAUSE: Duration = Duration::from_millis(1);
/// How many of a unit's packets are written before they are sent: str0m's queue grows to the most that were ever in it, and stays so large.
const QUEUED: usize = 16;

/// Why an offer is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is no SDP, or not all that WebRTC needs.
    #[error("this is no offer that can be answered: {0}")]
    Malformed(String),
    /// The viewer does not take what there is.
    #[error("the offer has no H.264 video to receive (packetization-mode=1), and there is nothing else here")]
    NoH264,
}

/// What is known of the way to a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Figures {
    /// Which part of the packets was lost in the last second, from 0 to 1.
    pub loss: Option<f32>,
    /// Round-trip time in ms.
    pub rtt_ms: Option<u64>,
}

/// What `/state` shows of a viewer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Pictures are going to it.
    pub playing: bool,
    /// `udp` or `tcp`; nothing before it is connected.
    pub protocol: Option<&'static str>,
    /// Packets given to it, without those that were sent again.
    pub packets: u64,
    /// The way to it.
    #[serde(flatten)]
    pub way: Figures,
}

/// Its H.264 stream.
#[derive(Debug, Clone, Copy)]
struct Stream {
    mid: Mid,
    format: Pt,
    sequence: u64,
    /// What it has not had: this unit and those behind it; `None`: it waits for a key frame.
    next: Option<Serial>,
}

/// A viewer.
#[derive(Debug)]
pub struct Session {
    rtc: Rtc,
    stream: Stream,
    begun: Instant,
    connected: bool,
    protocol: Option<&'static str>,
    key_wanted: bool,
    packets: u64,
    way: Figures,
    /// What it has said of the way, and nobody has taken.
    heard: Vec<Feedback>,
    /// Packets that it has been asked about.
    asked: u64,
    /// When it wants to be driven again.
    due: Instant,
    ended: bool,
}

impl Session {
    /// Answers an offer: the viewer, and the answer in SDP. `kbps` is what the stream is set to, in kbit/s; `seed` tells its numbers from those of
    /// others.
    ///
    /// # Errors
    /// Why the offer is not taken.
    pub fn accept(
        offer: &str,
        candidates: Vec<Candidate>,
        certificate: DtlsCert,
        kbps: u32,
        seed: u64,
        now: Instant,
    ) -> Result<(Session, String), Refusal> {
        let malformed = |why: &dyn std::fmt::Display| Refusal::Malformed(why.to_string());
        let offer = SdpOffer::from_sdp_string(offer).map_err(|why| malformed(&why))?;
        let mut rtc = terms::configuration(certificate).build(now);
        for candidate in candidates {
            rtc.add_local_candidate(candidate);
        }
        let answer = rtc.sdp_api().accept_offer(offer).map_err(|why| malformed(&why))?;
        let answer = answer.to_sdp_string();
        let (mid, format) = terms::video(&mut rtc, &answer).ok_or(Refusal::NoH264)?;
        if let Some(stream) = rtc.direct_api().stream_tx_by_mid(mid, None) {
            stream.set_rtx_cache(terms::kept(kbps), terms::KEPT_FOR, Some(terms::RESENT));
        }
        // RFC 3711 3.3.1: the first one in the lower half, or a loss at the start desynchronizes the ciphers.
        let stream = Stream { mid, format, sequence: seed & 0x7fff, next: None };
        let session = Session {
            rtc,
            stream,
            begun: now,
            connected: false,
            protocol: None,
            key_wanted: false,
            packets: 0,
            way: Figures::default(),
            heard: vec![],
            asked: 0,
            due: now,
            ended: false,
        };
        Ok((session, answer))
    }

    /// Whether this came from its viewer.
    pub fn accepts(&self, input: &Input<'_>) -> bool {
        self.rtc.accepts(input)
    }

    /// Something came from its viewer.
    pub fn receive(&mut self, input: Input<'_>, now: Instant, out: &mut impl Extend<Transmit>) {
        if let Input::Receive(_, received) = &input {
            let protocol = if received.proto == Protocol::Udp { "udp" } else { "tcp" };
            self.protocol = Some(protocol);
        }
        if self.rtc.handle_input(input).is_err() {
            self.ended = true;
        }
        self.poll(now, out);
    }

    /// It is over: tells the viewer so.
    pub fn close(&mut self, now: Instant, out: &mut impl Extend<Transmit>) {
        if self.rtc.close().is_ok() {
            self.poll(now, out);
        }
        self.ended = true;
    }

    /// It is over.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Pictures are going to it.
    pub fn plays(&self) -> bool {
        self.stream.next.is_some()
    }

    /// When it wants to be driven again.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Whether its viewer has asked for a key frame since this was last asked.
    pub fn take_key_wanted(&mut self) -> bool {
        std::mem::take(&mut self.key_wanted)
    }

    /// What it has said of the way to it since this was asked last.
    pub fn take_heard(&mut self) -> impl Iterator<Item = Feedback> + '_ {
        self.heard.drain(..)
    }

    /// What `/state` shows.
    pub fn report(&self) -> Report {
        Report {
            playing: self.plays(),
            protocol: self.protocol.filter(|_| self.connected),
            packets: self.packets,
            way: self.way,
        }
    }

    /// Time has passed, or units have come: sends what is due, `beginning` being where it may begin. False if it needs a key frame.
    pub fn drive(
        &mut self,
        gop: &Gop<Unit>,
        beginning: Option<Serial>,
        now: Instant,
        out: &mut impl Extend<Transmit>,
    ) -> bool {
        let mut behind = false;
        let mut served = true;
        let packets = self.packets;
        if self.connected {
            let first = gop.first();
            if self.stream.next.is_none_or(|next| next < first) {
                self.stream.next = beginning;
                served = beginning.is_some();
            }
            behind = self.write(gop, now, out);
        }
        if self.packets == packets {
            self.advance(now, out);
        }
        if behind {
            self.due = self.due.min(now + PAUSE);
        }
        if !self.connected && now.saturating_duration_since(self.begun) >= CONNECT_WITHIN {
            self.ended = true;
        }
        served
    }

    /// It is now: what was written is sent with that.
    fn advance(&mut self, now: Instant, out: &mut impl Extend<Transmit>) {
        if self.rtc.handle_input(Input::Timeout(now)).is_err() {
            self.ended = true;
        }
        self.poll(now, out);
    }

    /// Gives it the units that it has not had, as many as go out at once; whether there are more.
    fn write(&mut self, gop: &Gop<Unit>, now: Instant, out: &mut impl Extend<Transmit>) -> bool {
        let mut room = PORTION;
        while let Some(next) = self.stream.next {
            let Some(unit) = gop.get(next) else { break };
            if room == 0 {
                return true;
            }
            self.send(unit, now, out);
            self.stream.next = Some(next.next());
            room = room.saturating_sub(unit.weight());
        }
        false
    }

    fn send(&mut self, unit: &Unit, now: Instant, out: &mut impl Extend<Transmit>) {
        let Stream { mid, format, .. } = self.stream;
        let age = Duration::from_micros(Micros::now().since(unit.captured));
        let captured = now.checked_sub(age).unwrap_or(now);
        // Show each frame as soon as it is decoded.
        let at_once = ExtensionValues {
            play_delay_min: Some(MediaTime::ZERO),
            play_delay_max: Some(MediaTime::ZERO),
            ..ExtensionValues::default()
        };
        let mut left = unit.payloads.len();
        for payloads in unit.payloads.chunks(QUEUED) {
            let mut api = self.rtc.direct_api();
            let Some(stream) = api.stream_tx_by_mid(mid, None) else { return };
            for payload in payloads {
                let write = RtpWrite::new(
                    format,
                    self.stream.sequence.into(),
                    unit.timestamp.0,
                    captured,
                    Arc::clone(payload),
                );
                left -= 1;
                stream.write_rtp(write.marker(left == 0).nackable(true).ext_vals(at_once.clone()));
                self.stream.sequence += 1;
            }
            self.advance(now, out);
        }
        self.packets += unit.payloads.len() as u64;
    }

    /// Takes out what is to be sent and what has happened.
    fn poll(&mut self, now: Instant, out: &mut impl Extend<Transmit>) {
        let connected = self.connected;
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Transmit(transmit)) => out.extend([transmit]),
                Ok(Output::Event(event)) => self.note(event),
                Ok(Output::Timeout(due)) => {
                    self.due = due.min(now + CONNECT_WITHIN);
                    break;
                }
                Err(_) => {
                    self.ended = true;
                    break;
                }
            }
        }
        if self.connected && !connected {
            // It has its first picture coming.
            self.due = now;
        }
        self.ended |= !self.rtc.is_alive();
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => self.ended = true,
            Event::KeyframeRequest(_) => self.key_wanted = true,
            Event::MediaEgressStats(stats) => {
                self.way.loss = stats.loss;
                self.way.rtt_ms = stats.rtt.map(|rtt| rtt.as_millis() as u64);
                let sent =
                    stats.packets.saturating_sub(std::mem::replace(&mut self.asked, stats.packets)) as u32;
                let lost = stats.loss.map(|loss| (loss * sent as f32) as u32);
                self.heard
                    .extend(lost.map(|lost| Feedback::Arrivals { received: sent - lost.min(sent), lost }));
                self.heard.extend(stats.rtt.map(|rtt| Feedback::RoundTrip(rtt.as_micros() as u64)));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
