//! What the plugin's tests share: a folder that goes away, a streamer's end of a sink, C programs.
#![allow(dead_code)]

use memsink::{FORMAT_H264, FrameInfo, Micros, SinkName, Writer, WriterOptions};
use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A folder of this test's own.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("ustreamer-janus-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Access units as an encoder makes them; only their NAL headers matter to the plugin.
pub const SPS: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 0xda];
pub const PPS: &[u8] = &[0x68, 0xce, 0x3c, 0x80];

pub fn idr() -> Vec<u8> {
    std::iter::once(0x65).chain((0..5000).map(|at| (at % 253) as u8 | 2)).collect()
}

pub fn slice(number: u8) -> Vec<u8> {
    vec![0x41, 0x9a, number | 2]
}

pub fn unit(nals: &[&[u8]]) -> Vec<u8> {
    nals.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect()
}

pub fn key_unit() -> Vec<u8> {
    unit(&[SPS, PPS, &idr()])
}

/// A sink name of this test's own.
pub fn sink(test: &str) -> SinkName {
    format!("ustreamer-janus-{test}-{}::h264", std::process::id()).parse().unwrap()
}

pub fn writer(name: &SinkName) -> Writer {
    Writer::create(WriterOptions { remove_on_drop: true, ..WriterOptions::new(name.clone()) }).unwrap()
}

/// Publishes one access unit as captured now; its capture time. Readers may hold the lock for long: valgrind runs one thread at a time.
pub fn publish(writer: &mut Writer, data: &[u8], key: bool) -> Micros {
    let info = FrameInfo { key, ..info(FORMAT_H264) };
    until("the sink's lock is free", || match writer.publish(&info, data) {
        Err(memsink::Error::LockBusy(_)) => false,
        published => published.map(|_| true).unwrap(),
    });
    info.grab_begin
}

/// Publishes something in another format.
pub fn publish_as(writer: &mut Writer, format: u32) {
    writer.publish(&info(format), b"no H.264").unwrap();
}

/// A frame that was captured now.
fn info(format: u32) -> FrameInfo {
    let grab_begin = Micros::now();
    FrameInfo { width: 1280, height: 720, format, online: true, gop: 30, grab_begin, ..FrameInfo::default() }
}

/// Waits until something is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !so() {
        assert!(Instant::now() < deadline, "not within 10 s: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What a script of the repository prints.
pub fn script(name: &str, argument: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts").join(name);
    let output = Command::new(&path).arg(argument).output().unwrap();
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The folder with this Janus and all it needs.
pub fn root(version: &str) -> PathBuf {
    PathBuf::from(script("debroot.sh", &format!("janus-{version}")))
}

/// The machine's folder of libraries in such a root.
pub fn libraries() -> PathBuf {
    Path::new("usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH))
}

/// Compiles a C file of the tests against the headers of this Janus.
pub fn compile(source: &str, output: &Path, version: &str, arguments: &[&str]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(source);
    let result = Command::new("cc")
        .args(script("janus-headers.sh", version).split_whitespace())
        .arg("-o")
        .args([output, &source])
        .args(arguments)
        .output()
        .expect("cc is missing: apt-get install gcc");
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
}

/// Loads the core of the tests, with the headers of one Janus and the number of another, if need be.
pub fn load_core(version: &str, number: u32) -> *mut std::ffi::c_void {
    let scratch = Scratch::new("core");
    let library = scratch.0.join("core.so");
    compile("core.c", &library, version, &[&format!("-DCORE_VERSION={number}"), "-shared", "-fPIC"]);
    let jansson = root("1.1").join(libraries()).join("libjansson.so.4");
    let load = |path: &Path| {
        let path = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: libraries without constructors of their own.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
        // SAFETY: after a failure dlerror is a C string.
        assert!(!handle.is_null(), "{:?}", unsafe { CStr::from_ptr(libc::dlerror()) });
        handle
    };
    load(&jansson);
    load(&library)
}
