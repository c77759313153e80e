//! Several viewers at once, of whom the network tells nothing but addresses.

use super::super::peer::Peer;
use super::*;
use proptest::prelude::*;

const KEY: &[u8] = &[0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 1, 0, 0, 0, 1, 0x65, 1, 2, 3];
const DELTA: &[u8] = &[0, 0, 0, 1, 0x41, 1, 2];

fn hub() -> Hub {
    Hub::new(str0m::crypto::from_feature_flags().dtls_provider.generate_certificate().unwrap(), 5000)
}

/// A hub, and viewers at addresses of their own, until they are connected.
struct Bench {
    hub: Hub,
    peers: Vec<(Name, Peer)>,
    now: Instant,
    begun: (Instant, Micros),
    /// One of so many packets of media is lost.
    loses: Option<usize>,
    sent: usize,
}

impl Bench {
    fn new(count: u16) -> Bench {
        let now = Instant::now();
        let mut bench =
            Bench { hub: hub(), peers: vec![], now, begun: (now, Micros::now()), loses: None, sent: 0 };
        for _ in 0..count {
            bench.join();
        }
        bench
    }

    fn join(&mut self) {
        let number = self.peers.len() as u16;
        let mut peer = Peer::at(self.now, true, ([10, 0, 0, 2], 5000 + number).into());
        let name = Name::new(u128::from(number) + 7);
        let answer = self.hub.watch(name, peer.offer(), peer.candidates(), self.now).unwrap();
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
            out.retain(|transmit| {
                self.sent += usize::from(transmit.contents.len() > 200);
                transmit.contents.len() <= 200
                    || self.loses.is_none_or(|loses| !self.sent.is_multiple_of(loses))
            });
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
        self.large_unit(key, 0);
    }

    /// One with so many bytes more.
    fn large_unit(&mut self, key: bool, more: usize) {
        let mut data = if key { KEY } else { DELTA }.to_vec();
        data.resize(data.len() + more, 0x55);
        self.hub.unit(key, self.micros(), &data, self.micros());
        self.run(8);
    }

    fn micros(&self) -> Micros {
        let (begun, micros) = self.begun;
        Micros(micros.0 + self.now.duration_since(begun).as_micros() as u64)
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
    hub.watch(Name::new(1), peer.offer(), peer.candidates(), now).unwrap();
    assert_eq!(hub.drive(false, now, &mut vec![]), Some(Reason::Joining));
    assert_eq!(hub.drive(false, now, &mut vec![]), None, "once");
    hub.unit(true, Micros::now(), KEY, Micros::now());
    hub.watch(Name::new(2), peer.offer(), peer.candidates(), now).unwrap();
    assert_eq!(hub.drive(true, now, &mut vec![]), None);
    // Far behind: a new one costs nobody else anything.
    for _ in 0..Joining::Coming.reach() {
        hub.unit(false, Micros::now(), DELTA, Micros::now());
    }
    hub.watch(Name::new(3), peer.offer(), peer.candidates(), now).unwrap();
    assert_eq!(hub.drive(true, now, &mut vec![]), Some(Reason::Joining));
}

#[test]
fn there_is_room_for_so_many_and_again_when_they_do_not_come() {
    let mut hub = hub();
    let now = Instant::now();
    let peer = Peer::new(now, true);
    let watch = |hub: &mut Hub, number: usize, now| {
        hub.watch(Name::new(number as u128), peer.offer(), peer.candidates(), now).map(drop)
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
fn a_way_that_loses_much_becomes_a_wish_that_ends_with_its_viewer() {
    let mut bench = Bench::new(1);
    bench.unit(true);
    let wish_after = |bench: &mut Bench, units: usize| {
        (0..units).find_map(|_| {
            bench.large_unit(false, 8000);
            bench.hub.wish(bench.micros())
        })
    };
    assert_eq!(wish_after(&mut bench, 200), None, "nothing is lost");
    bench.loses = Some(3);
    let wish = wish_after(&mut bench, 500).expect("a third is lost");
    assert!((100..1600).contains(&wish.kbps), "{wish:?}");
    let name = bench.peers[0].0;
    bench.hub.leave(name, bench.now, &mut vec![]);
    assert_eq!(bench.hub.wish(bench.micros()), None);
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
