//! The ABI against two witnesses: a C compiler (`golden.c`) and the committed bytes of `golden/`. Each must agree
//! with the other and the crate with both, so none of them can drift alone.
//!
//! The committed files are made anew, one processor at a time, by the same commands that test them, with
//! `MEMSINK_GOLDEN=write` in the environment.
#![allow(clippy::unwrap_used)]

mod common;

use common::{SHORT, Sink, info, program, suffix};
use memsink::{Abi, Frame, FrameInfo, Kind, Micros, Read, Writer, WriterOptions};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;

const PAYLOAD: &[u8] = b"\0\0\0\x01\x65 a frame";
/// Where the id stands, in every version.
const ID: usize = 16;

/// The C program, compiled for the processor that the tests run on.
static GOLDEN: LazyLock<PathBuf> = LazyLock::new(|| {
    // The cross linker is the compiler's driver; without one the machine's own compiler is right.
    let cross = std::env::var("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER");
    let compiler = cross.ok().filter(|_| cfg!(target_arch = "aarch64")).unwrap_or_else(|| "cc".to_owned());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let fresh = folder.join(format!("golden.{}", std::process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.c");
    let result = std::process::Command::new(&compiler)
        .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o"])
        .args([&fresh, &source])
        .output()
        .unwrap_or_else(|error| panic!("cannot run {compiler}: {error}; `make setup-test` installs it"));
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    let program = folder.join(format!("golden-{}", std::env::consts::ARCH));
    fs::rename(fresh, &program).unwrap();
    program
});

/// What the C program prints for these words when it is given `input`.
fn c(words: &[&str], input: &[u8]) -> String {
    let mut command = program(&GOLDEN);
    let mut child = command
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let feeding = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    assert!(output.status.success(), "golden {words:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.lines()
        .flat_map(|line| line.split_once(": ").unwrap().1.split(' '))
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

/// A header with these values, by C, in hex.
fn header(abi: Abi, values: &[(&str, u64)]) -> String {
    let pairs: Vec<String> = values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let version = abi.to_string();
    let words = ["header", &version].into_iter().chain(pairs.iter().map(String::as_str));
    c(&words.collect::<Vec<_>>(), b"")
}

fn values(info: &FrameInfo) -> Vec<(&'static str, u64)> {
    vec![
        ("width", info.width.into()),
        ("height", info.height.into()),
        ("format", info.format.into()),
        ("stride", info.stride.into()),
        ("online", info.online.into()),
        ("key", info.key.into()),
        ("gop", info.gop.into()),
        ("grab_begin", info.grab_begin.0),
        ("grab_end", info.grab_end.0),
        ("encode_begin", info.encode_begin.0),
        ("encode_end", info.encode_end.0),
    ]
}

/// No two fields alike, and times that do not come out even.
fn sample() -> FrameInfo {
    FrameInfo {
        width: 1920,
        height: 1080,
        format: memsink::FORMAT_H264,
        stride: 0x0504_0302,
        online: true,
        key: true,
        gop: 30,
        grab_begin: Micros(12_345_678_000),
        grab_end: Micros(1),
        encode_begin: Micros(31_536_000_333_333),
        encode_end: Micros(4_102_444_800_999_999),
    }
}

/// What version `abi` keeps of a frame's description.
fn kept(abi: Abi, info: FrameInfo) -> FrameInfo {
    let both = matches!(abi, Abi::V7b | Abi::V8 | Abi::V10);
    FrameInfo {
        gop: if abi == Abi::V2 { 0 } else { info.gop },
        grab_end: if both { info.grab_end } else { info.grab_begin },
        ..info
    }
}

/// Each field's place and size in bytes, by the compiler.
fn places(abi: Abi) -> HashMap<String, (usize, usize)> {
    let version = format!("{abi} ");
    c(&["layout"], b"")
        .lines()
        .filter_map(|line| line.strip_prefix(&version))
        .map(|line| {
            let mut words = line.split(' ');
            let name = words.next().unwrap().to_owned();
            let at = words.next().unwrap().parse().unwrap();
            (name, (at, words.next().map_or(0, |size| size.parse().unwrap())))
        })
        .collect()
}

fn committed(name: &str, by_c: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var("MEMSINK_GOLDEN").is_ok_and(|what| what == "write") {
        fs::write(&path, by_c).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, by_c, "{} is not what the C compiler makes", path.display());
}

#[test]
fn the_committed_bytes_are_the_compilers() {
    committed("layout.txt", &c(&["layout"], b""));
    for abi in Abi::ALL {
        let mut all = values(&sample());
        all.extend([("id", 0x0123_4567_89ab_cdef), ("used", 100_000), ("last_client", 86_400_000_001)]);
        all.extend([("key_wanted", 1), ("wants_width", 640), ("wants_height", 480), ("wants_fps", 25)]);
        // A version takes what it has.
        let known = places(abi);
        all.retain(|(name, _)| known.contains_key(*name));
        committed(&format!("v{abi}.{}.hex", std::env::consts::ARCH), &header(abi, &all));
    }
}

#[test]
fn the_sizes_are_the_compilers() {
    for abi in Abi::ALL {
        let places = places(abi);
        for kind in [Kind::Jpeg, Kind::H264, Kind::Raw] {
            assert_eq!(places[suffix(kind)], (abi.capacity(kind), abi.object_size(kind)), "{abi} {kind:?}");
        }
    }
}

#[test]
fn what_we_write_is_byte_for_byte_what_c_writes() {
    for abi in Abi::ALL {
        let sink = Sink::new(&format!("golden{abi}"));
        let mut writer = Writer::create(WriterOptions { abi, ..sink.options() }).unwrap();
        writer.publish(&sample(), PAYLOAD).unwrap();
        let object = fs::read(sink.path()).unwrap();
        let places = places(abi);
        let data = places["data"].0;

        let mut all = values(&kept(abi, sample()));
        all.push(("used", PAYLOAD.len() as u64));
        all.push(("id", u64::from_le_bytes(object[ID..ID + 8].try_into().unwrap())));
        all.retain(|(name, _)| places.contains_key(*name));
        let mask = bytes(&c(&["mask", &abi.to_string()], b""));
        let meant =
            |bytes: &[u8]| bytes.iter().zip(&mask).map(|(byte, mask)| byte & mask).collect::<Vec<_>>();
        assert_eq!(meant(&object[..data]), meant(&bytes(&header(abi, &all))), "{abi}");
        assert_eq!((mask.len(), object.len()), (data, places["h264"].1), "{abi}");
        assert_eq!(&object[data..][..PAYLOAD.len()], PAYLOAD, "{abi}");
    }
}

#[test]
fn what_c_writes_is_read_in_every_field() {
    for abi in Abi::ALL {
        for kind in [Kind::Jpeg, Kind::H264, Kind::Raw] {
            let sink = Sink::of(&format!("made{abi}"), kind);
            let sent = FrameInfo { stride: 77, ..info(true) };
            let places = places(abi);
            let mut all = values(&sent);
            all.extend([("id", 5), ("wants_width", 640), ("wants_format", u64::from(u32::MAX))]);
            all.retain(|(name, _)| places.contains_key(*name));
            let pairs: Vec<String> = all.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let (version, path) = (abi.to_string(), sink.path());
            let words = ["sink", &version, suffix(kind), &path];
            c(&words.into_iter().chain(pairs.iter().map(String::as_str)).collect::<Vec<_>>(), PAYLOAD);

            let before = Micros::now();
            let (mut reader, mut frame) = (sink.reader(), Frame::default());
            assert_eq!(reader.read(&mut frame, SHORT).unwrap(), Read::Frame, "{abi} {kind:?}");
            assert_eq!((frame.info, &frame.data[..]), (kept(abi, sent), PAYLOAD), "{abi} {kind:?}");
            assert_eq!(reader.abi(), Some(abi));

            // What the reader leaves in the object is what C would have left.
            reader.request_key();
            let object = fs::read(&path).unwrap();
            let times = c(&["times"], format!("{}\n{}\n", before.0, Micros::now().0).as_bytes());
            let (at, size) = places["last_client"];
            // Positive numbers of both formats are ordered as their bytes are, from the last to the first.
            let stamp: String =
                object[at..at + size].iter().rev().map(|byte| format!("{byte:02x}")).collect();
            let bounds: Vec<String> =
                times.lines().map(|line| backwards(line.split(' ').next().unwrap())).collect();
            assert!(bounds[0] <= stamp && stamp <= bounds[1], "{abi}: {stamp} is not in {bounds:?}");
            if let Some((at, _)) = places.get("key_wanted") {
                assert_eq!(object[*at], 1, "{abi}");
            }
        }
    }
}

/// Hex digits of bytes, last byte first.
fn backwards(hex: &str) -> String {
    hex.as_bytes().chunks(2).rev().map(|pair| std::str::from_utf8(pair).unwrap()).collect()
}

/// Moments of all sizes: some chosen, thousands random.
fn moments() -> Vec<u64> {
    let year = 31_536_000_000_000;
    let mut all =
        vec![1, 2, 500, 499_999, 999_999, 1_000_000, 12_345_678_000, year - 1, 100 * year + 1, (1 << 53) - 1];
    let mut runner = TestRunner::deterministic();
    let random = (0u32..53, any::<u64>()).prop_map(|(bits, us)| us & ((2 << bits) - 1));
    all.extend((0..5000).map(|_| random.new_tree(&mut runner).unwrap().current()));
    all.resize(all.len().next_multiple_of(4), 0);
    all
}

#[test]
fn times_are_the_compilers_bit_for_bit_and_come_back() {
    let all = moments();
    let lines: String = all.iter().map(|us| format!("{us}\n")).collect();
    let by_c: Vec<[Vec<u8>; 2]> = c(&["times"], lines.as_bytes())
        .lines()
        .map(|line| {
            let (one, other) = line.split_once(' ').unwrap();
            [one, other].map(|hex| {
                (0..hex.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                    .collect()
            })
        })
        .collect();
    assert_eq!(by_c.len(), all.len());

    let places = places(Abi::V10);
    let fields = ["grab_begin", "grab_end", "encode_begin", "encode_end"].map(|name| places[name].0 as u64);
    let describe = |us: &[u64]| FrameInfo {
        grab_begin: Micros(us[0]),
        grab_end: Micros(us[1]),
        encode_begin: Micros(us[2]),
        encode_end: Micros(us[3]),
        ..FrameInfo::default()
    };

    let sink = Sink::new("times");
    let mut writer = Writer::create(sink.options()).unwrap();
    let object = File::open(sink.path()).unwrap();
    for (us, expected) in all.chunks(4).zip(by_c.chunks(4)) {
        writer.publish(&describe(us), b"").unwrap();
        for (n, at) in fields.into_iter().enumerate() {
            let mut ours = [0; 16];
            object.read_exact_at(&mut ours, at).unwrap();
            assert_eq!(ours[..], expected[n][0], "{} µs", us[n]);
        }
    }

    // As a writer in C would have them, whichever way it divides.
    let (mut reader, mut frame) = (sink.reader(), Frame::default());
    writer.publish(&describe(&[info(true).grab_begin.0, 0, 0, 0]), b"").unwrap();
    assert_eq!(reader.read(&mut frame, SHORT).unwrap(), Read::Frame);
    drop(writer);
    let object = OpenOptions::new().write(true).open(sink.path()).unwrap();
    for (turn, (us, made)) in all.chunks(4).zip(by_c.chunks(4)).enumerate() {
        for route in [0, 1] {
            for (n, at) in fields.into_iter().enumerate() {
                object.write_all_at(&made[n][route], at).unwrap();
            }
            object.write_all_at(&(2 * turn as u64 + route as u64 + 1).to_le_bytes(), ID as u64).unwrap();
            assert_eq!(reader.read(&mut frame, SHORT).unwrap(), Read::Frame);
            assert_eq!(frame.info, describe(us));
        }
    }
}
