//! What the plugin keeps for a viewer, by what malloc says. The one test of its program, as nobody else may take memory meanwhile.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/world.rs"]
mod world;

use common::{key_unit, publish, until, writer};
use janus_ustreamer::abi::types::Session;
use memsink::Writer;
use std::collections::HashMap;
use std::time::Duration;
use world::{EVENTS, MARKS, PACKETS, World, lock};

const VERSION: &str = "1.4";
const NUMBER: u32 = 1401;

const VIEWERS: usize = 100;
/// Pictures that each gets before it is looked at what is kept for it.
const PICTURES: usize = 60;
/// The most that is kept for one; 2 is what it was when this was written.
const MOST_KIB: f64 = 8.0;

/// Bytes that are in use, in all arenas and beside them.
fn in_use() -> usize {
    // SAFETY: it takes nothing and gives numbers.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

/// The tests' core forgets what it was given.
fn forget() {
    *lock(&EVENTS) = vec![];
    *lock(&PACKETS) = vec![];
    *lock(&MARKS) = vec![];
}

/// One that watches: it is told the offer, and its connection is there.
fn watching(world: &World, writer: &mut Writer) -> *mut Session {
    let viewer = world.attach();
    world.send(viewer, "watch", r#"{"request":"watch"}"#).unwrap();
    until("its offer", || {
        publish(writer, &key_unit(), true);
        lock(&EVENTS).iter().any(|event| event.0 == viewer as usize && event.3.is_some())
    });
    // SAFETY: an attached session.
    unsafe { (world.table.setup_media)(viewer) };
    viewer
}

/// Until each of these viewers has had so many pictures.
fn show(writer: &mut Writer, viewers: &[*mut Session]) {
    let mut pictures: HashMap<usize, usize> = HashMap::new();
    until("all have their pictures", || {
        publish(writer, &key_unit(), true);
        std::thread::sleep(Duration::from_millis(5));
        // (The last packet of a picture has the marker.)
        for (viewer, ..) in lock(&PACKETS).drain(..).filter(|(_, packet, _)| packet[1] & 0x80 != 0) {
            *pictures.entry(viewer).or_default() += 1;
        }
        viewers.iter().all(|viewer| pictures.get(&(*viewer as usize)).is_some_and(|&had| had >= PICTURES))
    });
}

#[test]
fn a_viewer_takes_little_memory() {
    let world = World::new("memory");
    let mut writer = writer(&world.sink);
    // What is made once is there with the first one.
    let mut viewers = vec![watching(&world, &mut writer)];
    show(&mut writer, &viewers);
    forget();
    let before = in_use();
    viewers.extend((0..VIEWERS).map(|_| watching(&world, &mut writer)));
    show(&mut writer, &viewers);
    forget();
    let after = in_use();
    let each = (after as f64 - before as f64) / 1024.0 / VIEWERS as f64;
    println!("{each:.1} KiB for each of {VIEWERS} viewers ({before} bytes, then {after})");
    assert!(each > 0.0, "something is kept");
    assert!(each < MOST_KIB, "{each:.1} KiB for a viewer");
    for viewer in viewers {
        assert_eq!(world.detach(viewer), 0);
    }
}
