//! The Janus plugin between pages and sink: messages, media, RTCP and frames in any order, for three viewers and one too many.
//!
//! Each line of the input is an event. One that begins with `{` or `[` is a page's message; of the others the first byte says what happens,
//! the rest is its content.

use std::collections::BTreeMap;
use std::sync::Arc;

use janus_ustreamer::hub::{Action, Hub, PATIENCE};
use janus_ustreamer::message::{Event, Request};
use janus_ustreamer::source::Sight;
use memsink::{Idle, Micros};
use rtp::{MAX_PACKET, Packetizer, Packets};

const KEY: &[u8] = &[0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65, 0x88, 0x80];
const DELTA: &[u8] = &[0, 0, 0, 1, 0x41, 0x9a, 0x80];

/// A viewer as the other side of the plugin has it.
#[derive(Default)]
struct Peer {
    up: bool,
    stopped: bool,
    /// It has had a key frame since its connection is up and it wants pictures.
    begun: bool,
    /// The next packet's sequence number, once there was one.
    sequence: Option<u16>,
    /// Since when `watch` has had no answer.
    asked: Option<Micros>,
}

struct Plugin {
    hub: Hub<u8, u8>,
    packetizer: Packetizer,
    now: Micros,
    peers: BTreeMap<u8, Peer>,
    actions: Vec<Action<u8>>,
}

pub fn run(input: &[u8]) {
    let sink = "fuzz::ustreamer::h264".parse().expect("a sink's name");
    let mut plugin = Plugin {
        hub: Hub::new(sink),
        packetizer: Packetizer::default(),
        now: Micros(1_000_000_000),
        peers: BTreeMap::new(),
        actions: vec![],
    };
    for (index, line) in input.split(|&byte| byte == b'\n').enumerate() {
        let viewer = line.first().map_or(0, |_| (index % 4) as u8);
        match line {
            [b'{' | b'[', ..] => plugin.message(viewer, line),
            [what, content @ ..] => plugin.event(viewer, *what, content),
            [] => {}
        }
        plugin.turn();
    }
}

impl Plugin {
    fn message(&mut self, viewer: u8, text: &[u8]) {
        let Ok(value) = serde_json::from_slice(text) else { return };
        let transaction = format!("{viewer}");
        let action = match Request::parse(&value) {
            Ok(request) => {
                if let Some(peer) = self.peers.get_mut(&viewer) {
                    match request {
                        Request::Watch(_) => {
                            peer.asked.get_or_insert(self.now);
                            peer.stopped = false;
                        }
                        Request::Start => peer.stopped = false,
                        Request::Stop => {
                            *peer = Peer { stopped: true, begun: false, asked: None, ..std::mem::take(peer) }
                        }
                        Request::Features | Request::KeyRequired => {}
                    }
                }
                self.hub.request(&viewer, request, transaction, self.now)
            }
            Err(refusal) => self.hub.tell(&viewer, Event::Refused(refusal), transaction),
        };
        self.actions.extend(action);
    }

    fn event(&mut self, viewer: u8, what: u8, content: &[u8]) {
        match what % 13 {
            0 => {
                let known = self.peers.contains_key(&viewer);
                assert_eq!(self.hub.attach(viewer, viewer, self.now).is_err(), known);
                self.peers.entry(viewer).or_default();
            }
            1 => assert_eq!(self.hub.detach(&viewer).is_some(), self.peers.remove(&viewer).is_some()),
            2 => {
                self.hub.media_up(&viewer);
                self.with(viewer, |peer| (peer.up, peer.begun) = (true, false));
            }
            3 => {
                self.hub.media_down(&viewer);
                self.with(viewer, |peer| peer.up = false);
            }
            4 => self.hub.feedback(&viewer, content, self.now.0 as u32, self.now),
            5 => self.frame(KEY),
            6 => self.frame(DELTA),
            7 => self.frame(content),
            8 => self.hub.missed(content.len() as u32),
            9 => {
                let sights = [Idle::NoObject, Idle::NoWriter, Idle::NoNewFrame].map(Sight::from);
                let sight = sights.into_iter().nth(content.len());
                self.hub.no_frame(sight.unwrap_or_else(|| Sight::Broken("why".to_owned())), self.now);
            }
            10 => self.hub.reading_ends(),
            11 => self.hub.slow_link(&viewer, self.now),
            _ => self.now.0 += 1000 * content.iter().map(|&byte| u64::from(byte)).sum::<u64>(),
        }
    }

    fn with(&mut self, viewer: u8, change: impl FnOnce(&mut Peer)) {
        if let Some(peer) = self.peers.get_mut(&viewer) {
            change(peer);
        }
    }

    fn frame(&mut self, unit: &[u8]) {
        self.now.0 += 33_333;
        let (key, packets) = self.packetizer.pack(unit, self.now);
        if packets.is_empty() {
            return;
        }
        self.hub.frame(key, Arc::new(packets), self.now, &mut self.actions);
    }

    /// What the reader's thread does after each event, and what must be so then.
    fn turn(&mut self) {
        let mut deliveries = vec![];
        // More than a unit behind, a viewer gets portions.
        while {
            let before = deliveries.len();
            self.hub.deliver(self.now, &mut deliveries);
            deliveries.len() > before
        } {}
        self.hub.tick(self.now, &mut self.actions);
        for action in std::mem::take(&mut self.actions) {
            assert!(!sdp_and_words(&action).is_empty());
            let Some(peer) = self.peers.get_mut(&action.handle) else { panic!("an answer to nobody") };
            if action.offer.is_some() || matches!(action.event, Event::NoVideo(_)) {
                peer.asked = None;
            }
        }
        for delivery in &deliveries {
            let Some(peer) = self.peers.get_mut(&delivery.handle) else { panic!("a unit for nobody") };
            assert!(peer.up && !peer.stopped, "a unit for who has none to get");
            assert!(peer.sequence.is_none_or(|next| next == delivery.sequence), "a gap in the numbers");
            assert!(delivery.unit.iter().all(|packet| packet.len() <= MAX_PACKET));
            assert!(peer.begun || has_idr(&delivery.unit), "its first is no key frame");
            peer.begun = true;
            peer.sequence = Some(delivery.sequence.wrapping_add(delivery.unit.len() as u16));
        }
        for (viewer, peer) in &self.peers {
            let late = peer.asked.is_some_and(|asked| self.now.since(asked) >= PATIENCE);
            assert!(!late, "viewer {viewer} has no answer to its watch");
            assert!(self.hub.report(viewer, self.now).is_some());
        }
    }
}

fn sdp_and_words(action: &Action<u8>) -> String {
    let offer = action.offer.map(|offer| offer.to_sdp(true)).unwrap_or_default();
    format!("{}{offer}", action.event.to_json())
}

/// Whether any packet carries an IDR picture, whole or its beginning.
fn has_idr(unit: &Packets) -> bool {
    unit.iter().map(|packet| &packet[12..]).any(|payload| match payload[0] & 0x1f {
        28 => payload[1] & 0x1f == 5,
        kind => kind == 5,
    })
}
