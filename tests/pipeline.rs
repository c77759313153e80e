//! The pipeline into a real sink, read back and decoded.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use memsink::{Frame, Idle, Kind, Read, Reader, SinkName, WriterOptions};
use openh264::decoder::Decoder;
use openh264::formats::YUVSource;
use rustreamer::config::{
    Bounded, Buffers, Coding, Config, DeviceConfig, Gop, H264Config, HttpConfig, JpegConfig, Kbps, Listen,
    ProcessConfig, Quality, SourceConfig, TestConfig, Workers,
};
use rustreamer::pipeline::{self, Pipeline};
use rustreamer::source::jpeg::Rules;
use rustreamer::source::test_picture::read_row;
use v4l2m2m::{FourCc, Size};

const PATIENCE: Duration = Duration::from_secs(10);

fn sink(test: &str) -> SinkName {
    format!("pipeline.{}.{test}::h264", std::process::id()).parse().unwrap()
}

fn start(name: &SinkName, source: SourceConfig) -> Result<Pipeline, pipeline::Error> {
    pipeline::start(Config {
        source,
        h264: Some(H264Config {
            sink: Some(WriterOptions { remove_on_drop: true, ..WriterOptions::new(name.clone()) }),
            bitrate: Kbps::new(2000).unwrap(),
            gop: Gop::new(0).unwrap(),
            boost: false,
            device: None,
        }),
        jpeg: JpegConfig {
            kernel: None,
            quality: Quality::new(80).unwrap(),
            workers: Workers::new(2).unwrap(),
            drop_same_frames: 0,
            sink: None,
        },
        whep: None,
        http: HttpConfig {
            listen: Listen::Tcp { hosts: vec!["127.0.0.1".into()], port: 1 },
            credentials: None,
            tls: None,
            files: None,
            fake_resolution: None,
            allow_origin: None,
            instance_id: String::new(),
            timeout: PATIENCE,
            janus_url: None,
            ice_servers: vec![],
        },
        desired_fps: None,
        raw: None,
        slowdown: false,
        process: ProcessConfig::default(),
    })
}

fn test_source() -> SourceConfig {
    SourceConfig::Test(TestConfig { size: Size { width: 640, height: 360 }, ..TestConfig::default() })
}

fn missing_device(persistent: bool) -> SourceConfig {
    SourceConfig::Device(DeviceConfig {
        path: "/dev/video-that-is-not-there".into(),
        input: 0,
        standard: None,
        image: Vec::new(),
        size: Size { width: 640, height: 480 },
        format: FourCc::YUYV,
        swap_rgb: false,
        jpeg: Rules::default(),
        coding: Coding { bitrate: Kbps::new(2000).unwrap(), gop: Gop::new(0).unwrap() },
        imported: true,
        dv_timings: false,
        edid: None,
        persistent,
        buffers: Buffers::default(),
        timeout: Duration::from_secs(1),
        error_delay: Duration::from_secs(1),
        exit_on_error: false,
    })
}

struct Viewer {
    reader: Reader,
    frame: Frame,
    decoder: Decoder,
    /// What came last can be decoded: no frame since its key frame was missed, as a slow machine may do.
    whole: bool,
}

impl Viewer {
    fn new(name: &SinkName) -> Viewer {
        let reader = Reader::new(name.clone(), Duration::from_secs(1));
        Viewer {
            reader,
            frame: Frame::with_capacity(Kind::H264),
            decoder: Decoder::new().unwrap(),
            whole: false,
        }
    }

    /// The next frame's luma with its stride and size; the first, and the first after a gap, is a key frame, which it asks for as any
    /// viewer does.
    fn next(&mut self) -> (Vec<u8>, usize, (usize, usize)) {
        loop {
            assert_eq!(self.reader.read(&mut self.frame, PATIENCE).unwrap(), Read::Frame);
            self.whole = self.frame.info.key || self.whole && self.frame.missed == 0;
            if self.whole {
                break;
            }
            self.reader.request_key();
        }
        let picture = self.decoder.decode(&self.frame.data).unwrap().expect("each access unit is a picture");
        (picture.y().to_vec(), picture.strides().0, picture.dimensions())
    }
}

#[test]
fn what_is_drawn_is_what_is_decoded() {
    let name = sink("decode");
    let pipeline = start(&name, test_source()).unwrap();
    let mut viewer = Viewer::new(&name);
    let (mut last, mut keys) = (None, 0);
    for _ in 0..30 {
        let (luma, stride, size) = viewer.next();
        assert_eq!(size, (640, 360));
        keys += usize::from(viewer.frame.info.key);
        let captured = read_row(&luma, stride, 640, 0).expect("the time code is readable");
        assert_eq!(captured, (viewer.frame.info.grab_begin.0 / 100) as u32);
        let number = read_row(&luma, stride, 640, 1).expect("the frame number is readable");
        assert!(last.is_none_or(|last| number > last), "{number} after {last:?}");
        last = Some(number);
    }
    assert!(
        (1..10).contains(&keys),
        "{keys} key frames, though there is no distance of them: only the first, and when one is asked for"
    );
    let state = pipeline.state().snapshot();
    assert!(state.online && state.has_clients && state.encoded >= 29 && state.delay.is_some());
    pipeline.stop();
    assert!(!std::fs::exists(format!("/dev/shm/{name}")).unwrap());
}

#[test]
fn a_key_frame_comes_when_a_reader_asks() {
    let name = sink("key");
    let _pipeline = start(&name, test_source()).unwrap();
    let mut viewer = Viewer::new(&name);
    let usual = (0..10).find(|_| {
        viewer.next();
        !viewer.frame.info.key
    });
    assert!(usual.is_some(), "not every frame is one");
    viewer.reader.request_key();
    let waited = (0..).find(|_| {
        viewer.next();
        viewer.frame.info.key
    });
    assert!(waited.unwrap() < 10, "it came after {waited:?} frames");
}

#[test]
fn nobody_watching_means_no_work() {
    let name = sink("idle");
    let pipeline = start(&name, test_source()).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let state = pipeline.state().snapshot();
    assert!(state.captured > 10, "the source goes on");
    assert!(state.encoded <= 1, "only the very first frame, by which µStreamer's readers find the sink");
    assert!(!state.has_clients);
}

#[test]
fn a_missing_device_is_an_error_or_a_picture_that_says_so() {
    let name = sink("missing");
    let error = start(&name, missing_device(false)).err().unwrap();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("/dev/video-that-is-not-there"), "{error}");
    assert!(!std::fs::exists(format!("/dev/shm/{name}")).unwrap());

    let pipeline = start(&name, missing_device(true)).unwrap();
    let mut viewer = Viewer::new(&name);
    let (luma, stride, size) = viewer.next();
    assert_eq!(size, (640, 480));
    assert!(!viewer.frame.info.online);
    let lit = luma.chunks(stride).flat_map(|row| &row[..640]).filter(|&&y| y > 120).count();
    assert!(lit > 500, "there are words in the picture ({lit} light pixels)");
    let state = pipeline.state().snapshot();
    assert!(!state.online && state.status.reason.contains("/dev/video-that-is-not-there"), "{state:?}");
}

#[test]
fn a_sink_that_is_taken_is_an_error() {
    let name = sink("taken");
    let _first = start(&name, test_source()).unwrap();
    let second = start(&name, test_source()).err().unwrap();
    assert_eq!(second.exit_code(), 3);
    let mut reader = Reader::new(name, Duration::from_secs(1));
    assert_ne!(reader.read(&mut Frame::default(), PATIENCE).unwrap(), Read::Nothing(Idle::NoObject));
}
