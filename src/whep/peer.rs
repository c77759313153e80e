//! For tests: the other end of a viewer's WebRTC, with a clock that is moved by hand, and access units to send to it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use memsink::{Gop, Micros};
use rtp::Packetizer;
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::crypto::dtls::DtlsCert;
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::rtp::{Extension, RtpPacket};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use super::session::Session;
use super::unit::Unit;

const STEP: Duration = Duration::from_millis(5);

/// A unit of so many bytes that no other number's is like.
pub fn stream(number: u8, size: usize) -> Unit {
    let mut bytes = vec![0, 0, 0, 1, 0x65];
    bytes.extend((0..size).map(|at| (at as u8).wrapping_mul(31).wrapping_add(number) | 1));
    let captured = Micros(1_000_000 + u64::from(number) * 33_000);
    let (_, packets) = Packetizer::default().pack(&bytes, captured);
    Unit::new(&packets, captured).expect("there is something in it")
}

/// The other end.
pub struct Peer {
    pub rtc: Rtc,
    pub now: Instant,
    pub packets: Vec<RtpPacket>,
    here: SocketAddr,
    there: SocketAddr,
    offer: String,
    pending: Option<SdpPendingOffer>,
    mid: Mid,
    connected: bool,
    to_session: VecDeque<Transmit>,
}

impl Peer {
    /// One that wants video, of H.264 or of something else.
    pub fn new(now: Instant, h264: bool) -> Peer {
        Peer::at(now, h264, "10.0.0.2:5000".parse().unwrap())
    }

    /// The same at an address of its own.
    pub fn at(now: Instant, h264: bool, here: SocketAddr) -> Peer {
        let config =
            RtcConfig::new().set_rtp_mode(true).clear_codecs().set_extension(5, Extension::PlayoutDelay);
        let config = if h264 { config.enable_h264(true) } else { config.enable_vp8(true) };
        let mut rtc = config.build(now);
        rtc.add_local_candidate(Candidate::host(here, "udp").unwrap());
        let mut api = rtc.sdp_api();
        let mid = api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        let (offer, pending) = api.apply().unwrap();
        Peer {
            rtc,
            now,
            packets: vec![],
            here,
            there: "10.0.0.1:8189".parse().unwrap(),
            offer: offer.to_sdp_string(),
            pending: Some(pending),
            mid,
            connected: false,
            to_session: VecDeque::new(),
        }
    }

    pub fn here(&self) -> SocketAddr {
        self.here
    }

    pub fn offer(&self) -> &str {
        &self.offer
    }

    /// What the streamer tells it of itself.
    pub fn candidates(&self) -> Vec<Candidate> {
        vec![Candidate::host(self.there, "udp").unwrap()]
    }

    pub fn take_answer(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        self.rtc.sdp_api().accept_answer(self.pending.take().unwrap(), answer).unwrap();
    }

    pub fn session(&mut self, certificate: DtlsCert) -> (Session, String) {
        let accepted = Session::accept(
            &self.offer,
            self.candidates(),
            certificate,
            5000,
            0x1234_5678_9abc_def0,
            self.now,
        );
        let (session, answer) = accepted.unwrap();
        self.take_answer(&answer);
        (session, answer)
    }

    /// Takes what comes from the other side, and gives what is to go there.
    pub fn exchange(&mut self, from_session: &mut Vec<Transmit>) -> Vec<(SocketAddr, SocketAddr, Vec<u8>)> {
        for transmit in from_session.drain(..) {
            let Transmit { source, destination, contents, .. } = transmit;
            assert_eq!((source, destination), (self.there, self.here));
            let received = Receive::new(Protocol::Udp, source, destination, &contents).unwrap();
            self.rtc.handle_input(Input::Receive(self.now, received)).unwrap();
            self.poll();
        }
        self.rtc.handle_input(Input::Timeout(self.now)).unwrap();
        self.poll();
        self.to_session.drain(..).map(|out| (out.source, out.destination, out.contents.to_vec())).collect()
    }

    fn poll(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => break,
                Output::Transmit(transmit) => self.to_session.push_back(transmit),
                Output::Event(Event::RtpPacket(packet)) => self.packets.push(packet),
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(_) => {}
            }
        }
    }

    pub fn connected(&self) -> bool {
        self.connected
    }

    /// One step of time in which both sides have their say; `lost` says which of the streamer's packets do not arrive.
    fn step(&mut self, session: &mut Session, gop: &Gop<Unit>, mut lost: impl FnMut(&[u8]) -> bool) -> bool {
        self.now += STEP;
        let mut out = vec![];
        let served = session.drive(gop, gop.beginning(), self.now, &mut out);
        out.retain(|transmit| !lost(&transmit.contents));
        for (from, to, bytes) in self.exchange(&mut out) {
            let Ok(received) = Receive::new(Protocol::Udp, from, to, &bytes) else { continue };
            let input = Input::Receive(self.now, received);
            if session.accepts(&input) {
                let mut out = vec![];
                session.receive(input, self.now, &mut out);
                self.exchange(&mut out);
            }
        }
        served
    }

    /// A frame's time, in steps.
    pub fn drive(
        &mut self,
        session: &mut Session,
        gop: &Gop<Unit>,
        mut lost: impl FnMut(&[u8]) -> bool,
    ) -> bool {
        (0..6).fold(true, |served, _| self.step(session, gop, &mut lost) && served)
    }

    /// Until both are connected.
    pub fn connect(&mut self, session: &mut Session) {
        let gop = Gop::default();
        for _ in 0..2000 {
            self.step(session, &gop, |_| false);
            if self.connected && session.report().protocol.is_some() {
                return;
            }
        }
        panic!("no connection");
    }

    /// Time for what is on its way.
    pub fn settle(&mut self, session: &mut Session, gop: &Gop<Unit>) {
        for _ in 0..200 {
            self.step(session, gop, |_| false);
        }
    }

    pub fn ask_for_key(&mut self) {
        let mut api = self.rtc.direct_api();
        api.stream_rx_by_mid(self.mid, None)
            .expect("it has had packets")
            .request_keyframe(KeyframeRequestKind::Pli);
    }
}
