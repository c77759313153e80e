//! Writer and reader over real shared memory, and what may become of an object between them.

#![allow(clippy::unwrap_used)]

mod common;

use common::{LONG, SHORT, Sink, info, this_test};
use memsink::{Abi, Error, Frame, FrameInfo, Idle, Kind, Micros, Read, Writer, WriterOptions};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[test]
fn every_version_carries_a_frame() {
    for abi in Abi::ALL {
        let sink = Sink::new(&format!("abi{abi}"));
        let mut writer = Writer::create(WriterOptions { abi, ..sink.options() }).unwrap();
        let sent = info(true);
        writer.publish(&sent, b"\0\0\0\x01\x65abc").unwrap();
        let mut reader = sink.reader();
        let mut frame = Frame::with_capacity(Kind::H264);
        assert_eq!(reader.read(&mut frame, SHORT).unwrap(), Read::Frame, "{abi}");
        assert_eq!(reader.abi().unwrap().number(), abi.number());
        assert_eq!(frame.data, b"\0\0\0\x01\x65abc");
        let expected = FrameInfo {
            gop: if abi == Abi::V2 { 0 } else { 30 },
            grab_end: if matches!(abi, Abi::V7b | Abi::V8 | Abi::V10) {
                sent.grab_end
            } else {
                sent.grab_begin
            },
            ..sent
        };
        assert_eq!(frame.info, expected, "{abi}");
        assert_eq!(reader.read(&mut frame, Duration::ZERO).unwrap(), Read::Nothing(Idle::NoNewFrame));
        assert_eq!(fs::metadata(sink.path()).unwrap().len() as usize, abi.object_size(Kind::H264));
    }
}

#[test]
fn a_reader_waits_for_a_sink_that_is_not_there_yet() {
    let sink = Sink::new("later");
    let mut reader = sink.reader();
    let mut frame = Frame::default();
    assert_eq!(reader.read(&mut frame, Duration::from_millis(20)).unwrap(), Read::Nothing(Idle::NoObject));
    let options = sink.options();
    let writer = std::thread::spawn(move || {
        let mut writer = Writer::create(options).unwrap();
        writer.publish(&info(true), b"first").unwrap();
        writer
    });
    assert_eq!(reader.read(&mut frame, Duration::from_secs(10)).unwrap(), Read::Frame);
    assert_eq!(frame.data, b"first");
    drop(writer.join().unwrap());
    assert_eq!(reader.read(&mut frame, Duration::ZERO).unwrap(), Read::Nothing(Idle::NoWriter));
}

#[test]
fn a_recreated_or_resized_sink_is_followed() {
    let sink = Sink::new("again");
    let mut reader = sink.reader();
    let mut frame = Frame::default();
    for (turn, abi) in [Abi::V10, Abi::V10, Abi::V2, Abi::V7a, Abi::V8].into_iter().enumerate() {
        let remove_on_drop = turn % 2 == 0;
        let mut writer = Writer::create(WriterOptions { abi, remove_on_drop, ..sink.options() }).unwrap();
        writer.publish(&info(true), &[turn as u8; 100]).unwrap();
        assert_eq!(reader.read(&mut frame, SHORT).unwrap(), Read::Frame, "turn {turn}");
        assert_eq!(frame.data, [turn as u8; 100]);
        drop(writer);
        assert_eq!(fs::exists(sink.path()).unwrap(), !remove_on_drop);
    }
}

#[test]
fn the_writer_learns_who_reads_and_wants_a_key_frame() {
    for abi in [Abi::V4, Abi::V7a, Abi::V8, Abi::V10] {
        let sink = Sink::new(&format!("demand{abi}"));
        let mut writer = Writer::create(WriterOptions { abi, ..sink.options() }).unwrap();
        assert!(!writer.demand(Micros::now()).has_clients);
        let mut reader = sink.reader();
        let mut frame = Frame::default();
        assert_eq!(reader.read(&mut frame, Duration::ZERO).unwrap(), Read::Nothing(Idle::NoNewFrame));
        assert!(writer.demand(Micros::now()).has_clients, "{abi}: a reader of an empty sink is one");
        assert!(!writer.demand(Micros::now()).key_wanted);
        reader.request_key();
        assert!(writer.demand(Micros::now()).key_wanted);
        writer.publish(&info(false), b"p").unwrap();
        assert!(writer.demand(Micros::now()).key_wanted, "only a key frame fulfils the wish");
        writer.publish(&info(true), b"i").unwrap();
        assert!(!writer.demand(Micros::now()).key_wanted);
        let later = Micros(Micros::now().0 + 11_000_000);
        assert!(!writer.demand(later).has_clients, "a reader that went counts for ten seconds");
    }
}

#[test]
fn a_key_wish_that_comes_during_encoding_is_kept() {
    let sink = Sink::new("race");
    let mut writer = Writer::create(sink.options()).unwrap();
    let (mut reader, mut frame) = (sink.reader(), Frame::default());
    let _ = reader.read(&mut frame, Duration::ZERO).unwrap();
    assert!(!writer.demand(Micros::now()).key_wanted);
    reader.request_key();
    writer.publish(&info(true), b"a key frame begun before the wish").unwrap();
    assert!(writer.demand(Micros::now()).key_wanted);
}

#[test]
fn one_living_writer() {
    let sink = Sink::new("second");
    let first = Writer::create(sink.options()).unwrap();
    let error = Writer::create(sink.options()).err().unwrap();
    assert!(matches!(error, Error::HasWriter(_)) && error.to_string().contains("already has a writer"));
    drop(first);
    Writer::create(sink.options()).unwrap();
}

#[test]
fn a_reader_that_keeps_the_lock_costs_one_frame_not_the_writer() {
    let sink = Sink::new("stuck");
    let mut writer = Writer::create(sink.options()).unwrap();
    let stuck = fs::File::open(sink.path()).unwrap();
    stuck.lock().unwrap();
    assert!(matches!(writer.publish(&info(true), b"x"), Err(Error::LockBusy(_))));
    stuck.unlock().unwrap();
    writer.publish(&info(true), b"x").unwrap();
}

#[test]
fn the_mode_is_exact_and_too_large_a_frame_is_refused() {
    let sink = Sink::new("mode");
    let mut writer = Writer::create(WriterOptions { mode: 0o666, ..sink.options() }).unwrap();
    assert_eq!(fs::metadata(sink.path()).unwrap().permissions().mode() & 0o7777, 0o666);
    let error = writer.publish(&info(true), &vec![0; (2 << 20) + 1]).unwrap_err().to_string();
    assert!(error.contains("2097153") && error.contains("2097152"), "{error}");
}

#[test]
fn what_is_no_sink_is_named_and_left_alone() {
    for (test, content, expected) in [
        ("short", vec![1; 100], "has 100 bytes"),
        ("foreign", vec![7; 4096], "is not a sink"),
        (
            "version",
            [&0xCAFE_BABE_CAFE_BABEu64.to_le_bytes()[..], &[99, 0, 0, 0], &[1; 4084]].concat(),
            "version 99",
        ),
        (
            "damaged",
            [&0xCAFE_BABE_CAFE_BABEu64.to_le_bytes()[..], &[10, 0, 0, 0], &[255; 4084]].concat(),
            "is damaged: restart",
        ),
        (
            "cut",
            [&0xCAFE_BABE_CAFE_BABEu64.to_le_bytes()[..], &[10, 0, 0, 0], &[1; 12], &[0, 16], &[0; 4070]]
                .concat(),
            "has 4096 bytes",
        ),
    ] {
        let sink = Sink::new(test);
        fs::write(sink.path(), &content).unwrap();
        let error = sink.reader().read(&mut Frame::default(), SHORT).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(sink.0.as_str()), "{error}");
        assert_eq!(fs::read(sink.path()).unwrap(), content);
    }
}

#[test]
fn a_writer_that_is_killed_is_noticed_and_its_successor_followed() {
    if let Ok(name) = std::env::var("MEMSINK_TEST_VICTIM") {
        let mut writer = Writer::create(WriterOptions::new(name.parse().unwrap())).unwrap();
        loop {
            writer.publish(&info(true), b"alive").unwrap();
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    let sink = Sink::new("killed");
    let mut victim = this_test("a_writer_that_is_killed_is_noticed_and_its_successor_followed")
        .env("MEMSINK_TEST_VICTIM", sink.0.as_str())
        .spawn()
        .unwrap();
    let (mut reader, mut frame) = (sink.reader(), Frame::default());
    assert_eq!(reader.read(&mut frame, LONG).unwrap(), Read::Frame);
    victim.kill().unwrap();
    victim.wait().unwrap();
    while reader.read(&mut frame, Duration::ZERO).unwrap() == Read::Frame {}
    assert_eq!(reader.read(&mut frame, Duration::ZERO).unwrap(), Read::Nothing(Idle::NoWriter));
    let mut successor = Writer::create(sink.options()).unwrap();
    successor.publish(&info(true), b"again").unwrap();
    assert_eq!(reader.read(&mut frame, SHORT).unwrap(), Read::Frame);
    assert_eq!(frame.data, b"again");
}
