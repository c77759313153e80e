//! What a reader knows of frames that it missed, and when it knows nothing and says 0.
#![allow(clippy::unwrap_used)]

mod common;

use common::{LONG, SHORT, Sink, info, this_test};
use memsink::{Abi, Frame, FrameInfo, Idle, Micros, Read, Reader, Writer, WriterOptions};
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::time::Duration;

fn publish(writer: &mut Writer, count: u32) {
    for _ in 0..count {
        writer.publish(&info(true), b"frame").unwrap();
    }
}

/// Reads a frame; how many were missed before it.
fn missed(reader: &mut Reader, frame: &mut Frame) -> u32 {
    assert_eq!(reader.read(frame, SHORT).unwrap(), Read::Frame);
    frame.missed
}

/// Where the id stands, in every version.
fn id(sink: &Sink) -> u64 {
    let mut bytes = [0; 8];
    OpenOptions::new().read(true).open(sink.path()).unwrap().read_exact_at(&mut bytes, 16).unwrap();
    u64::from_le_bytes(bytes)
}

fn set_id(sink: &Sink, id: u64) {
    OpenOptions::new().write(true).open(sink.path()).unwrap().write_all_at(&id.to_le_bytes(), 16).unwrap();
}

#[test]
fn each_reader_counts_what_it_missed_itself() {
    for abi in Abi::ALL {
        let sink = Sink::new(&format!("missed{abi}"));
        let mut writer = Writer::create(WriterOptions { abi, ..sink.options() }).unwrap();
        let (mut one, mut other, mut frame) = (sink.reader(), sink.reader(), Frame::default());
        publish(&mut writer, 5);
        assert_eq!(missed(&mut one, &mut frame), 0, "what came before a reader is not missed by it");
        publish(&mut writer, 1);
        assert_eq!(missed(&mut one, &mut frame), 0);
        assert_eq!(missed(&mut other, &mut frame), 0);
        publish(&mut writer, 8);
        assert_eq!(missed(&mut one, &mut frame), 7);
        publish(&mut writer, 1);
        assert_eq!(missed(&mut one, &mut frame), 0, "missed frames are told once");
        assert_eq!(missed(&mut other, &mut frame), 8);
        one.close();
        publish(&mut writer, 3);
        assert_eq!(missed(&mut one, &mut frame), 0, "a reader that was away begins anew");
    }
}

#[test]
fn an_old_frame_is_no_news_but_a_mark_to_count_from() {
    let sink = Sink::new("old");
    let mut writer = Writer::create(sink.options()).unwrap();
    let (mut reader, mut frame) = (sink.reader(), Frame::default());
    writer.publish(&FrameInfo { grab_begin: Micros(1), ..info(true) }, b"old").unwrap();
    assert_eq!(reader.read(&mut frame, Duration::ZERO).unwrap(), Read::Nothing(Idle::NoNewFrame));
    publish(&mut writer, 3);
    assert_eq!(missed(&mut reader, &mut frame), 2);
    assert_eq!(frame.data, b"frame");
}

#[test]
fn the_last_frames_of_a_writer_that_has_gone_are_counted_too() {
    let sink = Sink::new("last");
    let mut writer = Writer::create(sink.options()).unwrap();
    let (mut reader, mut frame) = (sink.reader(), Frame::default());
    publish(&mut writer, 1);
    assert_eq!(missed(&mut reader, &mut frame), 0);
    publish(&mut writer, 3);
    drop(writer);
    assert_eq!(missed(&mut reader, &mut frame), 2);
}

#[test]
fn a_frame_that_was_not_published_is_not_missed() {
    let sink = Sink::new("dropped");
    let mut writer = Writer::create(sink.options()).unwrap();
    let (mut reader, mut frame) = (sink.reader(), Frame::default());
    publish(&mut writer, 1);
    assert_eq!(missed(&mut reader, &mut frame), 0);
    let stuck = std::fs::File::open(sink.path()).unwrap();
    stuck.lock().unwrap();
    writer.publish(&info(true), b"dropped").unwrap_err();
    stuck.unlock().unwrap();
    writer.publish(&info(true), &vec![0; 3 << 20]).unwrap_err();
    publish(&mut writer, 1);
    assert_eq!(missed(&mut reader, &mut frame), 0);
}

#[test]
fn a_writer_that_begins_anew_missed_nothing_and_repeats_no_id() {
    let sink = Sink::new("anew");
    let (mut reader, mut frame, mut before) = (sink.reader(), Frame::default(), 0);
    for turn in 0..20 {
        let mut writer = Writer::create(sink.options()).unwrap();
        publish(&mut writer, 1);
        assert!(id(&sink) != before && id(&sink) as u32 != before as u32, "turn {turn}");
        assert_eq!(missed(&mut reader, &mut frame), 0, "turn {turn}");
        publish(&mut writer, 4);
        assert_eq!(missed(&mut reader, &mut frame), 3, "turn {turn}");
        // Not taken: of the next writer's frames the reader knows nothing.
        publish(&mut writer, turn);
        before = id(&sink);
    }
}

#[test]
fn a_killed_writers_successor_is_not_taken_for_it() {
    if let Ok(name) = std::env::var("MEMSINK_TEST_VICTIM") {
        let mut writer = Writer::create(WriterOptions::new(name.parse().unwrap())).unwrap();
        publish(&mut writer, 7);
        loop {
            std::thread::park();
        }
    }
    let sink = Sink::new("successor");
    let mut victim = this_test("a_killed_writers_successor_is_not_taken_for_it")
        .env("MEMSINK_TEST_VICTIM", sink.0.as_str())
        .spawn()
        .unwrap();
    let (mut reader, mut frame) = (sink.reader(), Frame::default());
    assert_eq!(reader.read(&mut frame, LONG).unwrap(), Read::Frame);
    while reader.read(&mut frame, SHORT).unwrap() == Read::Frame {}
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert_eq!(reader.read(&mut frame, Duration::ZERO).unwrap(), Read::Nothing(Idle::NoWriter));
    let mut writer = Writer::create(sink.options()).unwrap();
    publish(&mut writer, 100);
    assert_eq!(missed(&mut reader, &mut frame), 0);
}

#[test]
fn a_foreign_writers_ids_are_only_compared() {
    let sink = Sink::new("foreign");
    publish(&mut Writer::create(sink.options()).unwrap(), 1);
    // From here on nobody of ours has the object: ids that would count mean nothing.
    let (mut reader, mut frame) = (sink.reader(), Frame::default());
    for id in [0x5_0000_0001, 0x5_0000_0009, 0x5_0000_0002, 0x6_0000_0003, 1, u64::MAX] {
        set_id(&sink, id);
        assert_eq!(missed(&mut reader, &mut frame), 0, "{id:#x}");
    }
}

#[test]
fn a_foreign_writer_beside_ours_ends_the_row() {
    let sink = Sink::new("beside");
    let mut writer = Writer::create(sink.options()).unwrap();
    let (mut reader, mut frame) = (sink.reader(), Frame::default());
    publish(&mut writer, 1);
    assert_eq!(missed(&mut reader, &mut frame), 0);
    set_id(&sink, 0x1234_5678_9abc_def0);
    assert_eq!(missed(&mut reader, &mut frame), 0);
    publish(&mut writer, 3);
    assert_eq!(missed(&mut reader, &mut frame), 0);
    publish(&mut writer, 3);
    assert_eq!(missed(&mut reader, &mut frame), 2);
}
