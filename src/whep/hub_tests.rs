//! Several viewers at once, of whom the network tells nothing but addresses.

use super::super::peer::Peer;
use super::*;
use proptest::prelude::*;

const BITRATE: Bitrate = Bitrate::ZERO;
const KEY: &[u8] = &[0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 1, 0, 0, 0, 1, 0x65, 1, 2, 3];
const DELTA: &[u8] = &[0, 0, 0, 1, 0x41, 1, 2];

fn hub() -> Hub {
    Hub::new(str0m::crypto::from_feature_flags().dtls_provider.generate_certificate().unwrap())
}

/// A hub, and viewers at addresses of their own, until they are connected.
struct Bench {
    hub: Hub,
    peers: Vec<(Name, Peer)>,
    now: Instant,
}

impl Bench {
    fn new(count: u16) -> Bench {
        let now = Instant::now();
        let mut bench = Bench { hub: hub(), peers: vec![], now };
        for _ in 0..count {
            bench.join();
        }
        bench
    }

    fn join(&mut self) {
        let number = self.peers.len() as u16;
        let mut peer = Peer::at(self.now, true, ([10, 0, 0, 2], 5000 + number).into());
        let name = Name::new(u128::from(number) + 7);
        let answer = self.hub.watch(name, peer.offer(), peer.candidates(), BITRATE, self.now).unwrap();
        peer.take_answer(&answer);
        self.peers.push((name, peer));
        self.run(400);
        assert!(self.peers.iter().all(|(_, peer)| peer.connected()));
    }

    /// Steps of 5 ms.
    fn run(&mut self, steps: usize) {
        let mut out = vec![];
        for _ in 0..steps {
            self.now += Duration::from_millis(5);
            self.hub.drive(true, self.now, &mut out);
            for (_, peer) in &mut self.peers {
                peer.now = self.now;
                let here = peer.here();
                let mut own: Vec<Transmit> =
                    out.extract_if(.., |transmit| transmit.destination == here).collect();
                for (from, to, bytes) in peer.exchange(&mut own) {
                    self.hub.receive(Protocol::Udp, (from, to), &bytes, self.now, &mut out);
                }
            }
        }
    }

    fn unit(&mut self, key: bool) {
        self.hub.unit(key, Micros::now(), if key { KEY } else { DELTA });
        self.run(8);
    }

    /// How many units each has had.
    fn got(&self) -> Vec<usize> {
        self.peers
            .iter()
            .map(|(_, peer)| peer.packets.iter().filter(|packet| packet.header.marker).count())
            .collect()
    }
}

#[test]
fn all_have_the_same_and_a_late_one_begins_with_the_key_frame() {
    let mut bench = Bench::new(2);
    bench.unit(true);
    bench.unit(false);
    bench.unit(false);
    assert_eq!(bench.got(), [3, 3]);
    bench.join();
    bench.run(50);
    assert_eq!(bench.got(), [3, 3, 3], "at once, with what is kept");
    bench.unit(false);
    assert_eq!(bench.got(), [4, 4, 4]);
    assert_eq!(bench.hub.packets(), 3 * 4 + 3, "a key frame is two packets");
    let reports: Vec<Report> = bench.hub.reports().collect();
    assert!(reports.len() == 3 && reports.iter().all(|report| report.playing));
}

#[test]
fn who_leaves_is_told_and_gone_and_the_others_go_on() {
    let mut bench = Bench::new(2);
    bench.unit(true);
    let (name, _) = bench.peers[0];
    let mut out = vec![];
    assert!(bench.hub.leave(name, bench.now, &mut out));
    assert!(!out.is_empty(), "a farewell");
    assert!(!bench.hub.leave(name, bench.now, &mut out), "once");
    bench.peers.remove(0);
    bench.unit(false);
    assert_eq!((bench.hub.len(), bench.got()), (1, vec![2]));
    assert_eq!(bench.hub.counts().sessions, 2);
    assert_eq!(bench.hub.packets(), 2 + 3, "those of who has gone are counted, too");
}

#[test]
fn a_key_frame_is_wanted_for_who_comes_and_not_where_one_is_at_hand() {
    let mut hub = hub();
    let now = Instant::now();
    let peer = Peer::new(now, true);
    hub.watch(Name::new(1), peer.offer(), peer.candidates(), BITRATE, now).unwrap();
    assert_eq!(hub.drive(false, now, &mut vec![]), Some(Reason::Joining));
    assert_eq!(hub.drive(false, now, &mut vec![]), None, "once");
    hub.unit(true, Micros::now(), KEY);
    hub.watch(Name::new(2), peer.offer(), peer.candidates(), BITRATE, now).unwrap();
    assert_eq!(hub.drive(true, now, &mut vec![]), None);
    // Far behind: a new one costs nobody else anything.
    for _ in 0..RECENT {
        hub.unit(false, Micros::now(), DELTA);
    }
    hub.watch(Name::new(3), peer.offer(), peer.candidates(), BITRATE, now).unwrap();
    assert_eq!(hub.drive(true, now, &mut vec![]), Some(Reason::Joining));
}

#[test]
fn there_is_room_for_so_many_and_again_when_they_do_not_come() {
    let mut hub = hub();
    let now = Instant::now();
    let peer = Peer::new(now, true);
    let watch = |hub: &mut Hub, number: usize, now| {
        hub.watch(Name::new(number as u128), peer.offer(), peer.candidates(), BITRATE, now).map(drop)
    };
    for number in 0..VIEWERS {
        watch(&mut hub, number, now).unwrap();
    }
    assert!(matches!(watch(&mut hub, VIEWERS, now), Err(NoSession::Full)));
    let later = now + Duration::from_secs(31);
    hub.drive(false, later, &mut vec![]);
    assert!(hub.is_empty());
    watch(&mut hub, VIEWERS, later).unwrap();
}

#[test]
fn names_are_read_as_they_are_written() {
    let name = Name::new(0xabc);
    assert_eq!(name.to_string(), "00000000000000000000000000000abc");
    assert_eq!(Name::parse(&name.to_string()), Some(name));
    for wrong in [
        "",
        "abc",
        "+0000000000000000000000000000abc",
        "00000000000000000000000000000ABC",
        "g0000000000000000000000000000abc",
    ] {
        assert_eq!(Name::parse(wrong), None, "{wrong}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_from_the_network_the_others_go_on(
        datagrams in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..80), any::<bool>(), 0u8..4), 1..40)
    ) {
        let mut bench = Bench::new(1);
        bench.unit(true);
        let viewer = bench.peers[0].1.here();
        let mut out = vec![];
        for (mut bytes, from_viewer, kind) in datagrams {
            // STUN, DTLS, RTP and RTCP by their first bytes, or anything.
            if let (Some(first), Some(start)) = (bytes.first_mut(), [0u8, 22, 128].get(usize::from(kind))) {
                *first = *start;
            }
            let from = if from_viewer { viewer } else { "10.9.9.9:9".parse().unwrap() };
            bench.hub.receive(Protocol::Udp, (from, "10.0.0.1:8189".parse().unwrap()), &bytes, bench.now, &mut out);
        }
        bench.unit(false);
        prop_assert_eq!(bench.got(), vec![2]);
    }
}
