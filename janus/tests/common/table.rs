//! The table of functions at work: calls as Janus makes them (as it never should: `wrong.rs`).

#[path = "wrong.rs"]
mod wrong;

use super::common::*;
use super::world::*;
use janus_ustreamer::abi::types::{Rtcp, Rtp, Session};
use memsink::Micros;
use rtp::{MAX_PACKET, Timestamp};
use serde_json::{Value, json};
use std::ffi::c_int;
use std::ptr;
use std::sync::atomic::Ordering;

fn sent_to(session: *mut Session) -> Vec<Sent> {
    lock(&PACKETS).iter().filter(|packet| packet.0 == session as usize).cloned().collect()
}

fn sequence(packet: &[u8]) -> u16 {
    u16::from_be_bytes([packet[2], packet[3]])
}

#[test]
fn a_viewer_s_life_from_the_sink_to_packets() {
    let world = World::new("life");
    let viewer = world.attach();
    assert_eq!(world.send(viewer, "features", r#"{"request":"features"}"#), Ok(json!({"ok": true})));
    assert_eq!(world.event(viewer, "features").0["result"]["status"], "features");

    let mut writer = writer(&world.sink);
    until("the streamer sees a reader", || writer.demand(Micros::now()).has_clients);
    assert_eq!(world.send(viewer, "watch", r#"{"request":"watch"}"#), Ok(json!({"ok": true})));
    assert!(lock(&EVENTS).iter().all(|event| event.1 != "watch"), "there is no video yet");
    publish(&mut writer, &unit(&[&slice(1)]), false);
    let (event, jsep) = world.event(viewer, "watch");
    assert_eq!(event["result"]["status"], "started");
    let jsep = jsep.unwrap();
    assert_eq!(jsep["type"], "offer");
    assert!(jsep["sdp"].as_str().unwrap().contains("m=video 1 RTP/SAVPF 96\r\n"));
    world.send(viewer, "again", r#"{"request":"watch"}"#).unwrap();
    assert_eq!(lock(&EVENTS).last().unwrap().1, "again", "while video flows the offer comes at once");

    // SAFETY: an attached session.
    unsafe { (world.table.setup_media)(viewer) };
    until("a key frame is asked for", || writer.demand(Micros::now()).key_wanted);
    publish(&mut writer, &unit(&[&slice(2)]), false);
    until("the frame was taken", || world.query(viewer)["frames"] == 2);
    assert!(sent_to(viewer).is_empty(), "nothing before the first key frame");
    let captured = publish(&mut writer, &key_unit(), true);
    until("the key frame's packets", || sent_to(viewer).len() == 6);
    let packets = sent_to(viewer);
    let stap: Vec<u8> = [&[0x78, 0, 5][..], SPS, &[0, 4], PPS].concat();
    assert_eq!(packets[0].1[12..], stap);
    let mut body = vec![0x65];
    for (index, (_, packet, delays)) in packets.iter().enumerate() {
        assert_eq!(*delays, (0, 0), "playout delay");
        assert!(packet.len() <= MAX_PACKET);
        assert_eq!(packet[4..8], Timestamp::of(captured).0.to_be_bytes());
        assert_eq!(sequence(packet), sequence(&packets[0].1).wrapping_add(index as u16));
        if index > 0 {
            body.extend_from_slice(&packet[14..]);
        }
    }
    assert_eq!(body, idr());

    let query = world.query(viewer);
    assert_eq!(
        (&query["playing"], &query["packets"], &query["key_requests"]),
        (&json!(true), &json!(6), &json!(1))
    );
    assert_eq!(query["sink"], json!({"name": world.sink.as_str(), "state": "flowing", "abi": 10}));
    assert_eq!(query["janus"], super::layout());

    world.send(viewer, "stop", r#"{"request":"stop"}"#).unwrap();
    assert_eq!(world.event(viewer, "stop").0["result"]["status"], "stopped");
    publish(&mut writer, &key_unit(), true);
    until("the frame was taken", || world.query(viewer)["frames"] == 4);
    assert_eq!(sent_to(viewer).len(), 6, "after stop nothing is sent");
    assert_eq!(world.detach(viewer), 0);
}

#[test]
fn a_picture_s_packets_say_how_it_is_turned_and_when_it_was_captured() {
    let world = World::new("marks");
    let mut writer = writer(&world.sink);
    let plain = world.viewer(&mut writer);
    let turned = world.attach();
    let watch = r#"{"request":"watch","params":{"orientation":90}}"#;
    world.send(turned, "watch", watch).unwrap();
    // SAFETY: an attached session.
    unsafe { (world.table.setup_media)(turned) };
    lock(&MARKS).clear();
    publish(&mut writer, &key_unit(), true);
    until("both have the picture", || {
        [plain, turned]
            .iter()
            .all(|&viewer| lock(&MARKS).iter().filter(|mark| mark.0 == viewer as usize).count() >= 6)
    });
    let of = |viewer: *mut Session| -> Vec<(c_int, bool)> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
            + 2_208_988_800;
        let marks = lock(&MARKS);
        let marks = marks.iter().filter(|mark| mark.0 == viewer as usize);
        marks.map(|mark| (mark.1, now - (mark.2 >> 32) < 30)).collect()
    };
    let told = super::NUMBER >= 1201;
    for (viewer, rotation) in [(plain, -1), (turned, 270)] {
        let marks = of(viewer);
        let last_picture = &marks[marks.len() - 6..];
        let expected: Vec<(c_int, bool)> =
            (0..6).map(|at| (if at == 5 { rotation } else { -1 }, told && at == 0)).collect();
        assert_eq!(last_picture, expected);
    }
}

#[test]
fn a_viewer_s_sound_without_a_loudspeaker_is_survived() {
    let world = World::new("mic");
    let viewer = world.attach();
    world.send(viewer, "watch", r#"{"request":"watch","params":{"mic":true,"audio":true}}"#).unwrap();
    // SAFETY: an attached session.
    unsafe { (world.table.setup_media)(viewer) };
    let mut sound = [0x80u8, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xfc, 0xff, 0xfe];
    for length in [0, 1, 12, 15] {
        for video in [0, 1] {
            let mut packet = Rtp { mindex: 1, video, buffer: sound.as_mut_ptr().cast(), length };
            // SAFETY: a packet of this length, and an attached session or none.
            unsafe {
                (world.table.incoming_rtp.unwrap())(viewer, &mut packet);
                (world.table.incoming_rtp.unwrap())(ptr::null_mut(), &mut packet);
            }
        }
    }
    // SAFETY: null is looked at.
    unsafe { (world.table.incoming_rtp.unwrap())(viewer, ptr::null_mut()) };
    assert_eq!(world.detach(viewer), 0);
}

#[test]
fn pictures_lost_are_asked_for_through_the_sink() {
    let world = World::new("pli");
    let mut writer = writer(&world.sink);
    let viewer = world.viewer(&mut writer);
    until("the old wish is fulfilled", || {
        publish(&mut writer, &key_unit(), true);
        !writer.demand(Micros::now()).key_wanted
    });
    let mut pli = [0x81u8, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    let mut packet = Rtcp { mindex: 0, video: 1, buffer: pli.as_mut_ptr().cast(), length: 12 };
    until("a key frame is asked for", || {
        // SAFETY: a packet of this length. It is repeated, as browsers do: a key frame on its way answers the first.
        unsafe { (world.table.incoming_rtcp.unwrap())(viewer, &mut packet) };
        writer.demand(Micros::now()).key_wanted
    });
}

#[test]
fn numbers_go_on_when_the_streamer_is_restarted() {
    let world = World::new("restart");
    let mut first = writer(&world.sink);
    let viewer = world.viewer(&mut first);
    let before = sent_to(viewer).last().unwrap().1.clone();
    drop(first);
    until("the sink is gone", || world.query(viewer)["sink"]["state"] == "no_sink");
    let taken = lock(&PACKETS).len();
    let mut second = writer(&world.sink);
    until("the reader comes back", || second.demand(Micros::now()).has_clients);
    publish(&mut second, &unit(&[&slice(1)]), false);
    until("a key frame is asked for", || second.demand(Micros::now()).key_wanted);
    assert_eq!(lock(&PACKETS).len(), taken, "nothing from the middle of another stream");
    publish(&mut second, &key_unit(), true);
    until("packets again", || lock(&PACKETS).len() > taken);
    let after = lock(&PACKETS)[taken].1.clone();
    // The frame that was not sent leaves no gap.
    assert_eq!(sequence(&after), sequence(&before).wrapping_add(1));
    assert!(after[4..8] > before[4..8]);
}

#[test]
fn who_joins_others_is_given_what_they_have_had_and_no_key_frame_is_asked_for() {
    let world = World::new("join");
    let mut writer = writer(&world.sink);
    let first = world.viewer(&mut writer);
    let was_sent = |captured| {
        until("a frame was sent", || {
            sent_to(first).last().unwrap().1[4..8] == Timestamp::of(captured).0.to_be_bytes()
        });
    };
    let key = publish(&mut writer, &key_unit(), true);
    was_sent(key);
    was_sent(publish(&mut writer, &unit(&[&slice(1)]), false));
    until("no wish is left", || !writer.demand(Micros::now()).key_wanted);

    let second = world.attach();
    world.send(second, "watch", r#"{"request":"watch"}"#).unwrap();
    // SAFETY: an attached session.
    unsafe { (world.table.setup_media)(second) };
    until("it has what is kept", || sent_to(second).len() == 7);
    publish(&mut writer, &unit(&[&slice(2)]), false);
    until("both have the next one", || {
        [first, second].iter().all(|&viewer| sent_to(viewer).last().unwrap().1[12..] == slice(2)[..])
    });
    let (others, own) = (sent_to(first), sent_to(second));
    assert_eq!(own[0].1[4..8], Timestamp::of(key).0.to_be_bytes());
    for (index, (packet, same)) in own.iter().zip(&others[others.len() - 8..]).enumerate() {
        assert_eq!(packet.1[4..8], same.1[4..8]);
        assert_eq!(packet.1[12..], same.1[12..]);
        assert_eq!(sequence(&packet.1), sequence(&own[0].1).wrapping_add(index as u16));
    }
    assert_eq!(own.len(), 8);
    assert!(!writer.demand(Micros::now()).key_wanted);
}

#[test]
fn viewers_come_and_go_while_frames_flow() {
    let world = World::new("coming");
    let mut writer = writer(&world.sink);
    let steady = world.viewer(&mut writer);
    let freed = FREED.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let churn = scope.spawn(|| {
            for _ in 0..300 {
                let guest = world.attach();
                // SAFETY: an attached session.
                unsafe { (world.table.setup_media)(guest) };
                std::thread::sleep(std::time::Duration::from_micros(300));
                core_lets_go(guest);
                assert_eq!(world.detach(guest), 0);
            }
        });
        while !churn.is_finished() {
            publish(&mut writer, &key_unit(), true);
        }
    });
    until("every guest's session is freed", || FREED.load(Ordering::SeqCst) == freed + 300);
    let packets = sent_to(steady);
    assert!(lock(&PACKETS).iter().any(|packet| packet.0 != steady as usize), "guests got packets");
    for pair in packets.windows(2) {
        assert_eq!(sequence(&pair[1].1), sequence(&pair[0].1).wrapping_add(1), "a gap for who stayed");
    }
}
