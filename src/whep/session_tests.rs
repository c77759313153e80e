//! A viewer against another WebRTC at the other end, in one thread and with a clock that is moved by hand: ICE, DTLS, SRTP and RTCP are real, the
//! network is a list.

use super::super::peer::{Peer, stream};
use super::*;

fn certificate() -> DtlsCert {
    str0m::crypto::from_feature_flags().dtls_provider.generate_certificate().unwrap()
}

fn refusal(offer: &str) -> Refusal {
    Session::accept(offer, vec![], certificate(), 5000, 0, Instant::now()).expect_err("it is refused")
}

#[test]
fn what_is_no_offer_is_refused_with_words() {
    let offer = Peer::new(Instant::now(), true).offer().to_owned();
    let without = |what: &str| -> String {
        offer.lines().filter(|line| !line.starts_with(what)).map(|line| format!("{line}\r\n")).collect()
    };
    for bad in
        ["", "v=0", "hello", &offer[..40], &without("a=fingerprint"), &without("a=ice-ufrag"), &without("m=")]
    {
        assert!(matches!(refusal(bad), Refusal::Malformed(_)), "{bad}");
    }
}

#[test]
fn who_takes_no_h264_is_told_so() {
    let offer = Peer::new(Instant::now(), false).offer().to_owned();
    assert!(!offer.contains("H264"));
    assert!(matches!(refusal(&offer), Refusal::NoH264));
    // It sends, and wants nothing.
    let sender = Peer::new(Instant::now(), true).offer().replace("a=recvonly", "a=sendonly");
    assert!(matches!(refusal(&sender), Refusal::NoH264));
    // Whole access units in one packet each (mode 0) are not what is made here.
    let mode_0 =
        Peer::new(Instant::now(), true).offer().replace("packetization-mode=1", "packetization-mode=0");
    assert!(matches!(refusal(&mode_0), Refusal::NoH264));
}

#[test]
fn the_answer_is_one_that_waits_and_sends_h264_alone() {
    let mut peer = Peer::new(Instant::now(), true);
    let (_, answer) = peer.session(certificate());
    for line in ["a=ice-lite", "a=sendonly", "H264/90000", "playout-delay", "a=setup:passive", " typ host"] {
        assert!(answer.contains(line), "{line} is missing: {answer}");
    }
    for line in ["VP8", "opus", "transport-wide-cc", "transport-cc", "goog-remb"] {
        assert!(!answer.contains(line), "{line}: {answer}");
    }
}

#[test]
fn a_viewer_gets_each_packet_once_in_order_from_a_key_frame_on() {
    let mut peer = Peer::new(Instant::now(), true);
    let (mut session, _) = peer.session(certificate());
    peer.connect(&mut session);
    let mut gop = Gop::default();
    let mut expected = vec![];
    for number in 0..40 {
        let unit = stream(number, if number == 0 { 5000 } else { 1500 });
        expected.extend(unit.payloads.iter().map(|payload| payload.to_vec()));
        gop.push(number == 0, Arc::new(unit));
        assert!(peer.drive(&mut session, &gop, |_| false));
    }
    peer.settle(&mut session, &gop);
    let got: Vec<Vec<u8>> = peer.packets.iter().map(|packet| packet.payload.to_vec()).collect();
    assert_eq!(got.len(), expected.len());
    assert!(got == expected, "other bytes than were sent");
    let sequence: Vec<u64> = peer.packets.iter().map(|packet| *packet.seq_no).collect();
    assert!(sequence.windows(2).all(|two| two[1] == two[0] + 1), "{sequence:?}");
    assert!(sequence[0] < 0x8000, "in the lower half");
    assert!(
        peer.packets
            .iter()
            .all(|packet| packet.header.ext_vals.play_delay_max == Some(MediaTime::from_hundredths(0)))
    );
    let markers = peer.packets.iter().filter(|packet| packet.header.marker).count();
    assert_eq!(markers, 40, "one for each unit");
    let report = session.report();
    assert_eq!((report.playing, report.protocol, report.packets), (true, Some("udp"), expected.len() as u64));
}

#[test]
fn what_is_lost_is_sent_again() {
    let mut peer = Peer::new(Instant::now(), true);
    let (mut session, _) = peer.session(certificate());
    peer.connect(&mut session);
    let mut gop = Gop::default();
    let (mut sent, mut nth) = (0, 0);
    for number in 0..29 {
        let unit = stream(number, 3000);
        sent += unit.payloads.len();
        gop.push(number == 0, Arc::new(unit));
        // One in ten is lost; retransmissions, too.
        peer.drive(&mut session, &gop, |_| {
            nth += 1;
            nth % 10 == 7
        });
    }
    peer.settle(&mut session, &gop);
    let mut sequence: Vec<u64> = peer.packets.iter().map(|packet| *packet.seq_no).collect();
    sequence.sort_unstable();
    sequence.dedup();
    assert!(sequence.len() as f64 > 0.97 * sent as f64, "{} of {sent}", sequence.len());
}

#[test]
fn without_a_key_frame_nothing_is_sent_and_one_is_wanted() {
    let mut peer = Peer::new(Instant::now(), true);
    let (mut session, _) = peer.session(certificate());
    peer.connect(&mut session);
    let mut gop = Gop::default();
    gop.push(false, Arc::new(stream(0, 1000)));
    assert!(!peer.drive(&mut session, &gop, |_| false), "it needs one");
    assert!(!session.plays() && peer.packets.is_empty());
    gop.push(true, Arc::new(stream(1, 1000)));
    assert!(peer.drive(&mut session, &gop, |_| false));
    peer.settle(&mut session, &gop);
    assert_eq!(peer.packets.len(), 1);
    // A gap: it waits again.
    gop.interrupt();
    gop.push(false, Arc::new(stream(2, 1000)));
    assert!(!peer.drive(&mut session, &gop, |_| false));
    peer.settle(&mut session, &gop);
    assert_eq!(peer.packets.len(), 1);
}

#[test]
fn a_viewer_that_has_lost_its_picture_is_heard() {
    let mut peer = Peer::new(Instant::now(), true);
    let (mut session, _) = peer.session(certificate());
    peer.connect(&mut session);
    let mut gop = Gop::default();
    gop.push(true, Arc::new(stream(0, 1000)));
    peer.drive(&mut session, &gop, |_| false);
    peer.settle(&mut session, &gop);
    assert!(!session.take_key_wanted());
    peer.ask_for_key();
    peer.settle(&mut session, &gop);
    assert!(session.take_key_wanted() && !session.take_key_wanted(), "once");
}

#[test]
fn what_is_asked_for_late_is_sent_again() {
    let mut peer = Peer::new(Instant::now(), true);
    let (mut session, _) = peer.session(certificate());
    peer.connect(&mut session);
    let mut gop = Gop::default();
    let mut sent = 0;
    // A second of which nothing arrives but the first unit and what comes at the end.
    for number in 0..30 {
        let unit = stream(number, 3000);
        sent += unit.payloads.len();
        gop.push(number == 0, Arc::new(unit));
        peer.drive(&mut session, &gop, |packet| packet.len() > 500 && (13..29).contains(&number));
    }
    peer.settle(&mut session, &gop);
    let mut sequence: Vec<u64> = peer.packets.iter().map(|packet| *packet.seq_no).collect();
    sequence.sort_unstable();
    sequence.dedup();
    assert_eq!(sequence.len(), sent);
}

#[test]
fn who_reaches_us_but_does_not_connect_ends_in_time() {
    let mut peer = Peer::new(Instant::now(), true);
    let accepted = Session::accept(peer.offer(), peer.candidates(), certificate(), 5000, 1, peer.now);
    let (mut session, answer) = accepted.unwrap();
    // With its ICE alone: for DTLS each waits for the other.
    peer.take_answer(&answer.replace("a=setup:passive", "a=setup:active"));
    let (begun, gop) = (peer.now, Gop::default());
    while !session.ended() && peer.now < begun + 2 * CONNECT_WITHIN {
        peer.drive(&mut session, &gop, |_| false);
    }
    assert!(session.protocol.is_some() && !session.connected, "it was heard of");
    let after = peer.now - begun;
    assert!((CONNECT_WITHIN..CONNECT_WITHIN + Duration::from_secs(1)).contains(&after), "{after:?}");
}

#[test]
fn a_viewer_that_is_gone_or_never_came_ends() {
    let begun = Instant::now();
    let mut peer = Peer::new(begun, true);
    let (mut session, _) = peer.session(certificate());
    let gop = Gop::default();
    session.drive(&gop, None, begun + CONNECT_WITHIN / 2, &mut vec![]);
    assert!(!session.ended());
    session.drive(&gop, None, begun + CONNECT_WITHIN, &mut vec![]);
    assert!(session.ended(), "it never came");

    let mut peer = Peer::new(begun, true);
    let (mut session, _) = peer.session(certificate());
    peer.connect(&mut session);
    let silent = peer.now;
    let mut now = silent;
    while !session.ended() && now < silent + 2 * CONNECT_WITHIN {
        now += Duration::from_millis(500);
        session.drive(&gop, None, now, &mut vec![]);
    }
    assert!(session.ended(), "it is gone");

    let mut peer = Peer::new(begun, true);
    let (mut session, _) = peer.session(certificate());
    peer.connect(&mut session);
    peer.rtc.close().unwrap();
    peer.settle(&mut session, &gop);
    assert!(session.ended(), "it has said goodbye");
}
