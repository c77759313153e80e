//! A viewer: reads the sink, decodes, and looks at the picture.

use std::time::{Duration, Instant};

use memsink::{Frame, FrameInfo, Kind, Read, Reader, Wish};
use openh264::decoder::Decoder;
use openh264::formats::YUVSource;

use crate::streamer::patient;

/// One access unit as it lay in the sink.
#[derive(Debug, Clone)]
pub struct Unit {
    /// What its header says.
    pub info: FrameInfo,
    /// Annex B.
    pub data: Vec<u8>,
}

/// Y, U and V of a decoded picture, 4:2:0, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shot {
    /// Pixels in a row, and rows.
    pub size: (usize, usize),
    /// The planes.
    pub planes: [Vec<u8>; 3],
}

/// The viewer. How long it waits is what it is told, or as long as [`patient`] makes that.
pub struct Screen {
    reader: Reader,
    frame: Frame,
}

impl Screen {
    /// Watches this sink, which need not be there yet.
    ///
    /// # Panics
    /// When it is no name of a sink.
    pub fn new(sink: &str) -> Self {
        let reader = Reader::new(sink.parse().expect("a sink name"), Duration::from_millis(100));
        Self { reader, frame: Frame::with_capacity(Kind::H264) }
    }

    /// The next access unit, and how many were missed before it.
    ///
    /// # Panics
    /// When none comes in this time, or the sink cannot be read.
    pub fn next(&mut self, patience: Duration) -> (Unit, u32) {
        let patience = patient(patience);
        match self.reader.read(&mut self.frame, patience).expect("a readable sink") {
            Read::Frame => (Unit { info: self.frame.info, data: self.frame.data.clone() }, self.frame.missed),
            Read::Nothing(idle) => panic!("no frame within {patience:?}: {idle:?}"),
        }
    }

    /// Reads until a unit is as wanted; it, and how long it took.
    ///
    /// # Panics
    /// When it does not come in this time; says what was waited for.
    pub fn until(
        &mut self,
        what: &str,
        patience: Duration,
        wanted: impl Fn(&FrameInfo) -> bool,
    ) -> (Unit, Duration) {
        let (start, patience) = (Instant::now(), patient(patience));
        while start.elapsed() < patience {
            if let Ok(Read::Frame) = self.reader.read(&mut self.frame, Duration::from_millis(200))
                && wanted(&self.frame.info)
            {
                return (Unit { info: self.frame.info, data: self.frame.data.clone() }, start.elapsed());
            }
        }
        panic!("{what}: not within {patience:?}, the last was {:?}", self.frame.info);
    }

    /// Asks for a key frame.
    pub fn request_key(&mut self) {
        self.reader.request_key();
    }

    /// Asks for no more than this bitrate, as long as it reads.
    pub fn wish(&mut self, wish: Option<Wish>) {
        self.reader.wish(wish);
    }

    /// So many units in a row, the first a key frame of this width. A unit that was missed makes it begin again.
    ///
    /// # Panics
    /// When that does not succeed in this time.
    pub fn record(&mut self, width: u32, count: usize, patience: Duration) -> Vec<Unit> {
        let (start, limit) = (Instant::now(), patient(patience));
        let mut units: Vec<Unit> = Vec::new();
        self.reader.request_key();
        while units.len() < count {
            assert!(start.elapsed() < limit, "{} of {count} units in {limit:?}", units.len());
            let (unit, missed) = self.next(patience);
            let begins = unit.info.key && unit.info.width == width && unit.info.online;
            if missed > 0 || unit.info.width != width {
                units.clear();
                if !begins {
                    self.reader.request_key();
                }
            }
            if begins || !units.is_empty() {
                units.push(unit);
            }
        }
        units
    }
}

/// Decodes units that begin with a key frame.
///
/// # Panics
/// When one cannot be decoded.
pub fn decode(units: &[Unit]) -> Vec<Shot> {
    let mut decoder = Decoder::new().expect("a decoder");
    let shot = |unit: &Unit| {
        let picture = decoder.decode(&unit.data).expect("a good unit").expect("a picture for each unit");
        let (width, height) = picture.dimensions();
        let (luma, chroma_u, chroma_v) = picture.strides();
        let plane = |data: &[u8], stride: usize, width: usize, height: usize| {
            data.chunks(stride).take(height).flat_map(|row| row[..width].to_vec()).collect()
        };
        Shot {
            size: (width, height),
            planes: [
                plane(picture.y(), luma, width, height),
                plane(picture.u(), chroma_u, width / 2, height / 2),
                plane(picture.v(), chroma_v, width / 2, height / 2),
            ],
        }
    };
    units.iter().map(shot).collect()
}

/// Peak signal-to-noise ratio over all three planes, in dB; infinite for equal pictures.
///
/// # Panics
/// When the pictures' sizes differ.
pub fn psnr(a: &Shot, b: &Shot) -> f64 {
    assert_eq!(a.size, b.size);
    let (mut squares, mut samples) = (0.0, 0usize);
    for (a, b) in a.planes.iter().zip(&b.planes) {
        assert_eq!(a.len(), b.len());
        squares += a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum::<f64>();
        samples += a.len();
    }
    10.0 * (255.0 * 255.0 * samples as f64 / squares).log10()
}
