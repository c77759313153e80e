//! A sink whose other end is broken or hostile: any bytes, any size, cut short at any moment, no memory left. What
//! comes of it is an error, a frame or nothing; never a panic, a signal, or bytes from beyond the frame.
#![allow(clippy::unwrap_used)]

mod common;

use common::{SHORT, Sink, info, runner, this_test};
use memsink::{Abi, Error, Frame, FrameInfo, Kind, Micros, Read, Writer, WriterOptions};
use proptest::prelude::*;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const MAGIC: u64 = 0xCAFE_BABE_CAFE_BABE;
const USED: usize = 24;

/// Where the data begin and the readers may write, which `golden.rs` holds against the C compilers.
fn places(abi: Abi, name: &str) -> Option<usize> {
    include_str!("golden/layout.txt").lines().find_map(|line| {
        let mut words = line.split(' ');
        (words.next()? == abi.to_string() && words.next()? == name).then(|| words.next()?.parse().ok())?
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Jpeg, Kind::H264, Kind::Raw])
}

fn abi() -> impl Strategy<Value = Abi> {
    prop::sample::select(Abi::ALL.to_vec())
}

/// Mostly what a sink has there, sometimes anything.
fn mostly<T: Clone + std::fmt::Debug + 'static>(
    usual: T,
    any: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = T> {
    prop_oneof![4 => Just(usual), 1 => any]
}

/// Sizes at, around and far from those that mean something.
fn size(abi: Abi, kind: Kind) -> impl Strategy<Value = usize> {
    let around = (abi.object_size(kind) - 2..abi.object_size(kind) + 3).boxed();
    prop_oneof![0usize..200, 0usize..10_000, around, Just(abi.object_size(kind))]
}

/// Payload sizes that fit, nearly fit, wrap around, or would take all memory.
fn used() -> impl Strategy<Value = u64> {
    let edges =
        [0, 1 << 21, (1 << 25) - 1, 1 << 25, (1 << 25) + 1, 1 << 40, 1 << 63, u64::MAX - 100, u64::MAX];
    prop_oneof![0u64..10_000, prop::sample::select(edges.to_vec()), any::<u64>()]
}

#[derive(Debug, Clone)]
struct Made {
    kind: Kind,
    size: usize,
    head: Vec<u8>,
    tail: u8,
}

/// An object, nearly a sink. Its times are any sixteen bytes, so any long double.
fn made() -> impl Strategy<Value = Made> {
    (abi(), kind()).prop_flat_map(|(abi, kind)| {
        let parts = (
            mostly(MAGIC, any::<u64>()),
            mostly(abi.number(), prop_oneof![0u32..20, any::<u32>()]),
            used(),
            prop::collection::vec(any::<u8>(), 300),
            size(abi, kind),
            1u8..,
        );
        parts.prop_map(move |(magic, version, used, mut head, size, tail)| {
            head[..8].copy_from_slice(&magic.to_le_bytes());
            head[8..12].copy_from_slice(&version.to_le_bytes());
            head[USED..USED + 8].copy_from_slice(&used.to_le_bytes());
            head.truncate(size);
            Made { kind, size, head, tail }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_object_gives_an_error_a_frame_or_nothing(made in made()) {
        let sink = Sink::of("any", made.kind);
        let mut content = made.head.clone();
        // Up to a page and a half beyond the head; the rest is a hole.
        content.resize(made.size.min(made.head.len() + 6000), made.tail);
        fs::write(sink.path(), &content).unwrap();
        OpenOptions::new().write(true).open(sink.path()).unwrap().set_len(made.size as u64).unwrap();

        let (mut reader, mut frame) = (sink.reader(), Frame::default());
        let mut outcomes = Vec::new();
        for _ in 0..2 {
            reader.request_key();
            if let Ok(outcome) = reader.read(&mut frame, Duration::ZERO) {
                outcomes.push(outcome);
            }
        }
        prop_assert!(outcomes.iter().filter(|&&outcome| outcome == Read::Frame).count() <= 1);
        prop_assert_eq!(fs::metadata(sink.path()).unwrap().len() as usize, made.size);
        if outcomes.contains(&Read::Frame) {
            let data = places(reader.abi().unwrap(), "data").unwrap();
            let used = u64::from_le_bytes(content[USED..USED + 8].try_into().unwrap()) as usize;
            prop_assert!(data + used <= made.size);
            prop_assert_eq!(frame.data.len(), used);
            let known = used.min(content.len() - data);
            prop_assert_eq!(&frame.data[..known], &content[data..data + known]);
            prop_assert!(frame.data[known..].iter().all(|&byte| byte == 0));
        }
        // Only the readers' own places in the header change, those of whichever version it took it for.
        let after = fs::read(sink.path()).unwrap();
        let ours = |at: usize| [32, 112].iter().any(|&stamp| (stamp..stamp + 16).contains(&at)) || [48, 64, 128].contains(&at);
        for (at, (before, after)) in content.iter().zip(&after).enumerate() {
            prop_assert!(before == after || ours(at), "byte {} changed", at);
        }
    }

    #[test]
    fn what_is_published_is_read_whatever_it_is(
        abi in abi(),
        numbers: [u32; 5],
        flags: [bool; 2],
        times in prop::array::uniform4(0u64..1 << 53),
        payload in prop::collection::vec(any::<u8>(), 0..9000),
    ) {
        let sink = Sink::new("roundtrip");
        let mut writer = Writer::create(WriterOptions { abi, ..sink.options() }).unwrap();
        let (mut reader, mut frame) = (sink.reader(), Frame::default());
        // The first one must be recent to count.
        writer.publish(&info(true), b"first").unwrap();
        prop_assert_eq!(reader.read(&mut frame, SHORT).unwrap(), Read::Frame);
        let [width, height, format, stride, gop] = numbers;
        let [grab_begin, grab_end, encode_begin, encode_end] = times.map(Micros);
        let [online, key] = flags;
        let sent =
            FrameInfo { width, height, format, stride, online, key, gop, grab_begin, grab_end, encode_begin, encode_end };
        writer.publish(&sent, &payload).unwrap();
        prop_assert_eq!(reader.read(&mut frame, SHORT).unwrap(), Read::Frame);
        let expected = FrameInfo {
            gop: places(abi, "gop").map_or(0, |_| gop),
            grab_end: places(abi, "grab_end").map_or(grab_begin, |_| grab_end),
            ..sent
        };
        prop_assert_eq!((frame.info, &frame.data), (expected, &payload));
    }
}

#[test]
fn a_sink_cut_at_any_length_is_no_more_than_that() {
    for abi in Abi::ALL {
        let sink = Sink::new(&format!("cut{abi}"));
        let mut writer = Writer::create(WriterOptions { abi, ..sink.options() }).unwrap();
        writer.publish(&info(true), &[9; 40]).unwrap();
        let object = fs::read(sink.path()).unwrap();
        drop(writer);
        let data = places(abi, "data").unwrap();
        for length in 0..data + 60 {
            fs::write(sink.path(), &object[..length]).unwrap();
            let mut frame = Frame::default();
            let outcome = sink.reader().read(&mut frame, Duration::ZERO);
            // A number alone does not tell the two layouts with the number 7; the size does, when it is whole.
            let whole = length >= data + 40;
            match outcome {
                Ok(Read::Frame) => {
                    assert!(whole && (frame.data == [9; 40] || abi == Abi::V7a), "{abi} {length}")
                }
                Ok(Read::Nothing(_)) => assert!(length == 0 || abi == Abi::V7a, "{abi} {length}"),
                Err(error) => {
                    assert!(matches!(error, Error::TooShort { .. }), "{abi} {length}: {error}");
                    assert!(!whole || abi == Abi::V7a, "{abi} {length}");
                }
            }
        }
    }
}

#[test]
fn a_frame_larger_than_any_sink_carries_is_not_taken_in() {
    let sink = Sink::new("vast");
    let mut writer = Writer::create(sink.options()).unwrap();
    writer.publish(&info(true), b"frame").unwrap();
    let object = OpenOptions::new().write(true).open(sink.path()).unwrap();
    drop(writer);
    // There is room for it, all of it a hole.
    object.set_len(1 << 26).unwrap();
    object.write_all_at(&((32u64 << 20) + 1).to_le_bytes(), USED as u64).unwrap();
    let error = sink.reader().read(&mut Frame::default(), SHORT).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

/// A generator of numbers, the same ones each time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Damages a sound header in one to four places; mostly the magic stays, or there would be nothing else to see.
    fn damage(&mut self, header: &mut [u8]) {
        let edges = [0, 1, 1 << 21, (1 << 25) + 1, 1 << 31, 1 << 63, u64::MAX];
        for _ in 0..1 + self.below(4) {
            let at = if self.below(8) == 0 { self.below(8) } else { 8 + self.below(header.len() - 8) };
            match self.below(3) {
                0 => header[at] = self.next() as u8,
                1 => header[at] ^= 1 << self.below(8),
                _ => {
                    let at = (at & !7).min(header.len() - 8);
                    let value = edges[self.below(edges.len())];
                    header[at..at + 8].copy_from_slice(&value.to_le_bytes());
                }
            }
        }
    }
}

/// A figure of this process's own, in KiB.
fn memory(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn ten_thousand_malformed_headers_cost_neither_memory_nor_descriptors() {
    if std::env::var("MEMSINK_TEST_MALFORMED").is_err() {
        // In a process of its own, whose memory is no other test's.
        let name = "ten_thousand_malformed_headers_cost_neither_memory_nor_descriptors";
        let status = this_test(name).env("MEMSINK_TEST_MALFORMED", "1").status().unwrap();
        assert!(status.success(), "{status}");
        return;
    }
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let sink = Sink::new("malformed");
    let sound = Abi::ALL.map(|abi| {
        let mut writer = Writer::create(WriterOptions { abi, ..sink.options() }).unwrap();
        writer.publish(&info(true), &[9; 40]).unwrap();
        (
            abi.object_size(Kind::H264) as u64,
            fs::read(sink.path()).unwrap()[..places(abi, "data").unwrap()].to_vec(),
        )
    });
    // As large a frame as there can be, so that no later one needs more memory.
    let object = OpenOptions::new().write(true).open(sink.path()).unwrap();
    let (mut steady, mut frames) = (sink.reader(), [Frame::default(), Frame::default()]);
    let (size, mut largest) = sound[0].clone();
    largest[USED..USED + 8].copy_from_slice(&(32u64 << 20).to_le_bytes());
    object.set_len(size).unwrap();
    object.write_all_at(&largest, 0).unwrap();
    for frame in &mut frames {
        assert_eq!(sink.reader().read(frame, SHORT).unwrap(), Read::Frame);
    }
    let before = (memory("VmRSS"), descriptors());

    let (mut numbers, mut outcomes) = (Numbers(0x5EED), [0; 3]);
    for n in 0..10_000u64 {
        let (size, mut header) = sound[n as usize % sound.len()].clone();
        // News for the reader that has seen those before.
        header[16..24].copy_from_slice(&(n + 1).to_le_bytes());
        numbers.damage(&mut header);
        let size = if numbers.below(16) == 0 { numbers.below(300) as u64 } else { size };
        object.set_len(size).unwrap();
        object.write_all_at(&header[..header.len().min(size as usize)], 0).unwrap();
        for (reader, frame) in [&mut steady, &mut sink.reader()].into_iter().zip(&mut frames) {
            let outcome = match reader.read(frame, Duration::ZERO) {
                Ok(Read::Frame) => {
                    assert!((frame.data.len() as u64) < size);
                    0
                }
                Ok(Read::Nothing(_)) => 1,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    2
                }
            };
            outcomes[outcome] += 1;
        }
    }
    drop(steady);
    assert!(outcomes.iter().all(|&count| count > 1000), "frames, nothing, errors: {outcomes:?}");
    let grown = memory("VmRSS").saturating_sub(before.0);
    assert!(grown < 4096, "{grown} KiB more than before");
    assert_eq!(descriptors(), before.1);
}

#[test]
fn a_reader_survives_a_sink_that_is_cut_short_under_its_hands() {
    let sink = Sink::new("shrinking");
    let mut writer = Writer::create(sink.options()).unwrap();
    writer.publish(&info(true), &vec![5; 1 << 20]).unwrap();
    let head = fs::read(sink.path()).unwrap()[..160].to_vec();
    drop(writer);
    let size = Abi::default().object_size(Kind::H264) as u64;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let object = OpenOptions::new().write(true).open(sink.path()).unwrap();
            let mut id = 1u64;
            while !done.load(Ordering::Relaxed) {
                for length in [0, 20, 130, 5000, size / 2] {
                    object.set_len(length).unwrap();
                    object.set_len(size).unwrap();
                    id += 1;
                    object.write_all_at(&head, 0).unwrap();
                    object.write_all_at(&id.to_le_bytes(), 16).unwrap();
                    std::thread::yield_now();
                }
            }
        });
        let (mut reader, mut frame, mut frames) = (sink.reader(), Frame::default(), 0);
        for turn in 0..1_000_000 {
            if turn >= 3000 && frames > 0 {
                break;
            }
            reader.request_key();
            if let Ok(Read::Frame) = reader.read(&mut frame, Duration::ZERO) {
                assert!(frame.data.is_empty() || frame.data.len() == 1 << 20);
                frames += 1;
            }
        }
        done.store(true, Ordering::Relaxed);
        assert!(frames > 0);
    });
}

#[test]
fn a_writer_restores_a_sink_that_was_cut_short() {
    let sink = Sink::new("restored");
    let mut writer = Writer::create(sink.options()).unwrap();
    let mut frame = Frame::default();
    for length in [0, 20, 5000] {
        writer.publish(&info(true), &[3; 9000]).unwrap();
        OpenOptions::new().write(true).open(sink.path()).unwrap().set_len(length).unwrap();
        let _ = writer.demand(Micros::now());
        OpenOptions::new().write(true).open(sink.path()).unwrap().set_len(length).unwrap();
        writer.publish(&info(true), &[4; 9000]).unwrap();
        assert_eq!(sink.reader().read(&mut frame, SHORT).unwrap(), Read::Frame);
        assert_eq!(frame.data, [4; 9000]);
    }
}

#[test]
fn a_full_dev_shm_costs_a_frame_not_the_writer() {
    if std::env::var("MEMSINK_TEST_FULL").is_ok() {
        // In a /dev/shm of 256 KiB of this process's own.
        let sink = Sink::new("full");
        let mut writer = Writer::create(sink.options()).unwrap();
        writer.publish(&info(true), &[1; 10_000]).unwrap();
        let error = writer.publish(&info(true), &[2; 1 << 20]).unwrap_err().to_string();
        assert!(error.contains("No space left") && error.contains("/dev/shm"), "{error}");
        let mut frame = Frame::default();
        assert_eq!(sink.reader().read(&mut frame, SHORT).unwrap(), Read::Frame);
        assert_eq!(frame.data, [1; 10_000]);
        writer.publish(&info(true), &[3; 10_000]).unwrap();
        return;
    }
    let mount = "mount -t tmpfs -o size=256k none /dev/shm && exec \"$@\"";
    let status = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"])
        .args(runner())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "a_full_dev_shm_costs_a_frame_not_the_writer"])
        .env("MEMSINK_TEST_FULL", "1")
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}
