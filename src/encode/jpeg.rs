//! JPEG in software: libjpeg-turbo, fed strip by strip with the planes as they are.
//!
//! What must always hold: a strip that shows what it showed before is neither converted nor encoded again, and the JPEG is the same as if it had been;
//! a strip's samples are encoded while they are still in the processor's cache; what comes out is a piece of memory that all
//! viewers share.

use bytes::{Bytes, BytesMut};
use turbojpeg::{Compressor, Image, Subsamp, YuvImage, compressed_buf_len};
use twox_hash::XxHash3_128;

use super::Error;
use crate::config::Quality;
use crate::source::components::{Components, Range, Raw, Samples, Strip};
use crate::source::convert::Layout;
use crate::source::jpeg::segments::{DEFINE_RESTART_INTERVAL, START_OF_FRAME, START_OF_SCAN, segments};
use crate::source::jpeg::{END, START};

/// Rows of a strip: those of the largest unit of a JPEG. Each strip ends with a restart marker, so it stands for itself.
const ROWS: usize = 16;
/// The first of the eight restart markers (`RST0`), which take turns.
const RESTART: u8 = 0xd0;
/// JPEGs whose memory is kept.
const SPENT: usize = 4;

/// Encodes pictures one after the other.
pub struct Encoder {
    compressor: Compressor,
    /// What lies behind each JPEG in the same memory.
    behind: &'static [u8],
    /// How the pictures lie whose strips these are.
    layout: Option<(Layout, Range)>,
    strips: Vec<Made>,
    /// All that comes before the first strip's data.
    head: Vec<u8>,
    /// The JPEG of these strips.
    made: Option<Bytes>,
    /// Memory of JPEGs before: what no viewer holds any more is used again, since fresh memory costs a fault for each page.
    spent: Vec<Bytes>,
    /// Where a strip is made ready, and where it is encoded.
    ready: Components,
    output: Vec<u8>,
}

/// A strip as it was encoded last.
#[derive(Default)]
struct Made {
    /// What it was made of.
    source: Option<Print>,
    /// Its part of the picture's data.
    scan: Vec<u8>,
}

/// What strips of one layout are known by again: 128 bits for each plane. That two that differ are taken for the same is not to be expected in the age
/// of the world, and to keep all bytes of all strips for comparing costs as much memory as the picture, and a pass over it.
type Print = [u128; 3];

fn print(strip: &Strip<'_>) -> Print {
    strip.bytes().map(XxHash3_128::oneshot)
}

impl From<turbojpeg::Error> for Error {
    fn from(error: turbojpeg::Error) -> Error {
        Error::Jpeg(error.to_string())
    }
}

impl Encoder {
    /// An encoder of this quality; `behind` will follow each JPEG in its memory.
    ///
    /// # Errors
    /// When there is no memory for one.
    pub fn new(quality: Quality, behind: &'static [u8]) -> Result<Encoder, Error> {
        let mut compressor = Compressor::new()?;
        compressor.set_quality(quality.get() as i32)?;
        // For pictures that are RGB; planes keep the chroma resolution that they have.
        compressor.set_subsamp(Subsamp::Sub2x2)?;
        Ok(Encoder {
            compressor,
            behind,
            layout: None,
            strips: Vec::new(),
            head: Vec::new(),
            made: None,
            spent: Vec::with_capacity(SPENT),
            ready: Components::default(),
            output: Vec::new(),
        })
    }

    /// Another quality from the next picture on.
    pub fn set_quality(&mut self, quality: Quality) {
        // Only a number outside of 1 to 100 is refused.
        let _ = self.compressor.set_quality(quality.get() as i32);
        self.strips.clear();
    }

    /// The picture as a JPEG, with what is to follow. For a picture like the one before it is the same piece of memory once more.
    ///
    /// # Errors
    /// libjpeg-turbo's own: a side of more than 65,500 pixels, or no memory.
    pub fn encode(&mut self, picture: &Raw<'_>) -> Result<Bytes, Error> {
        let (_, height) = picture.size();
        let made = self.made.take();
        let layout = Some(picture.layout());
        if std::mem::replace(&mut self.layout, layout) != layout {
            self.strips.clear();
        }
        let mut changed = self.strips.is_empty();
        self.strips.resize_with(height.div_ceil(ROWS), Made::default);
        for (n, from) in (0..height).step_by(ROWS).enumerate() {
            let strip = picture.strip(from, ROWS.min(height - from));
            let source = Some(print(&strip));
            if self.strips[n].source != source {
                changed = true;
                self.strips[n].source = None;
                self.encode_strip(n, height, &strip)?;
                self.strips[n].source = source;
            }
        }
        let bytes = match made {
            Some(made) if !changed => made,
            made => {
                // Of too many held by slow viewers the oldest is left to them.
                if self.spent.len() == SPENT {
                    self.spent.remove(0);
                }
                self.spent.extend(made);
                self.join()
            }
        };
        self.made = Some(bytes.clone());
        Ok(bytes)
    }

    /// Encodes a strip of a picture of this height.
    fn encode_strip(&mut self, n: usize, whole: usize, strip: &Strip<'_>) -> Result<(), Error> {
        self.ready.take(strip);
        let Components { width, height, ref bytes, samples } = self.ready;
        let worst = compressed_buf_len(width, height, Subsamp::None)?;
        if self.output.len() < worst {
            self.output = vec![0; worst];
        }
        let length = match samples {
            Samples::Planes(subsamp) => {
                let image = YuvImage { pixels: &bytes[..], width, align: 1, height, subsamp };
                self.compressor.compress_yuv_to_slice(image, &mut self.output)
            }
            Samples::Pixels(format) => {
                let image = Image { pixels: &bytes[..], width, pitch: width * 3, height, format };
                self.compressor.compress_to_slice(image, &mut self.output)
            }
        }?;
        let jpeg = &self.output[..length];
        if n == 0 {
            self.head.clear();
            head(jpeg, (width, whole, samples), &mut self.head);
        }
        let scan = &mut self.strips[n].scan;
        scan.clear();
        scan.extend_from_slice(data(jpeg));
        Ok(())
    }

    /// The JPEG of all strips.
    fn join(&mut self) -> Bytes {
        let scans: usize = self.strips.iter().map(|strip| strip.scan.len() + 2).sum();
        let mut jpeg = self.memory(self.head.len() + scans + self.behind.len());
        jpeg.extend_from_slice(&self.head);
        for (n, strip) in self.strips.iter().enumerate() {
            if n > 0 {
                jpeg.extend_from_slice(&[0xff, RESTART + ((n - 1) % 8) as u8]);
            }
            jpeg.extend_from_slice(&strip.scan);
        }
        jpeg.extend_from_slice(&END);
        jpeg.extend_from_slice(self.behind);
        jpeg.freeze()
    }

    /// Empty memory for so many bytes.
    fn memory(&mut self, bytes: usize) -> BytesMut {
        let free = self.spent.iter().position(Bytes::is_unique).map(|free| self.spent.swap_remove(free));
        let mut memory = free.and_then(|free| free.try_into_mut().ok()).unwrap_or_default();
        memory.clear();
        // With some to spare: the next picture is seldom of the same length.
        if memory.capacity() < bytes {
            memory.reserve(bytes + bytes / 8);
        }
        memory
    }
}

/// A picture's head from that of its first strip: its height is another, and there are restart markers.
fn head(strip: &[u8], (width, height, samples): (usize, usize, Samples), to: &mut Vec<u8>) {
    let (across, down) = match samples {
        Samples::Planes(Subsamp::Gray) => (1, 1),
        Samples::Planes(subsamp) => subsamp.size(),
        Samples::Pixels(_) => Subsamp::Sub2x2.size(),
    };
    let units = width.div_ceil(8 * across) * (ROWS / (8 * down));
    to.extend(START);
    for (marker, place) in segments(strip) {
        let begin = to.len();
        if marker == START_OF_SCAN {
            let [high, low] = (units as u16).to_be_bytes();
            to.extend([0xff, DEFINE_RESTART_INTERVAL, 0, 4, high, low]);
            to.extend_from_slice(&strip[place.start..strip.len() - data(strip).len() - END.len()]);
        } else {
            to.extend_from_slice(&strip[place]);
        }
        if marker == START_OF_FRAME {
            // Marker, length, precision, height.
            to[begin + 5..begin + 7].copy_from_slice(&(height as u16).to_be_bytes());
        }
    }
}

/// A JPEG's picture: what is behind the head of its scan, without the end marker.
fn data(jpeg: &[u8]) -> &[u8] {
    let scan = segments(jpeg).find(|(marker, _)| *marker == START_OF_SCAN);
    let behind = scan.and_then(|(_, place)| {
        let scan = &jpeg[place];
        let length = u16::from_be_bytes([*scan.get(2)?, *scan.get(3)?]);
        scan.get(2 + usize::from(length)..scan.len() - END.len())
    });
    behind.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Bounded;
    use crate::source::components::Range;
    use crate::source::convert::Layout;
    use turbojpeg::{Decompressor, PixelFormat};
    use v4l2m2m::{FourCc, Size};

    const SIZE: Size = Size { width: 320, height: 240 };

    /// A smooth picture with some edges, in YUYV.
    fn yuyv() -> Vec<u8> {
        let (width, height) = (SIZE.width as usize, SIZE.height as usize);
        let mut bytes = Vec::new();
        for y in 0..height {
            for x in (0..width).step_by(2) {
                let luma =
                    |x: usize| (40 + (x + 2 * y) / 5 + if x / 32 % 2 == y / 32 % 2 { 40 } else { 0 }) as u8;
                bytes.extend([luma(x), (60 + x / 4) as u8, luma(x + 1), (200 - y / 2) as u8]);
            }
        }
        bytes
    }

    fn encode(quality: u32, format: FourCc, stride: usize, bytes: &[u8]) -> (Components, Bytes) {
        let raw = Raw::captured(Layout { format, size: SIZE, stride }, Range::Limited, bytes).unwrap();
        let mut picture = Components::default();
        picture.take(&raw.strip(0, SIZE.height as usize));
        (picture, encoder(quality).encode(&raw).unwrap())
    }

    fn encoder(quality: u32) -> Encoder {
        Encoder::new(Quality::new(quality).unwrap(), b"").unwrap()
    }

    fn psnr(one: &[u8], other: &[u8]) -> f64 {
        assert_eq!(one.len(), other.len());
        let sum: f64 = one.iter().zip(other).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
        10.0 * (255.0 * 255.0 / (sum / one.len() as f64)).log10()
    }

    #[test]
    fn a_picture_in_422_stays_so_and_is_the_one_that_was_given() {
        let (picture, jpeg) = encode(80, FourCc::YUYV, SIZE.width as usize * 2, &yuyv());
        let decoded = turbojpeg::decompress_to_yuv(&jpeg).unwrap();
        assert_eq!(decoded.subsamp, Subsamp::Sub2x1);
        let mut planes = vec![0; picture.bytes.len()];
        let into = YuvImage {
            pixels: &mut planes[..],
            width: picture.width,
            align: 1,
            height: picture.height,
            subsamp: Subsamp::Sub2x1,
        };
        Decompressor::new().unwrap().decompress_to_yuv(&jpeg, into).unwrap();
        let (luma, chroma) = (picture.width * picture.height, picture.width * picture.height / 2);
        assert!(psnr(&planes[..luma], &picture.bytes[..luma]) > 36.0, "luma");
        for plane in [luma..luma + chroma, luma + chroma..luma + 2 * chroma] {
            assert!(psnr(&planes[plane.clone()], &picture.bytes[plane]) > 40.0, "chroma");
        }
    }

    #[test]
    fn each_kind_of_picture_keeps_its_chroma() {
        let area = (SIZE.width * SIZE.height) as usize;
        for (format, stride, length, subsamp) in [
            (FourCc::UYVY, 2, area * 2, Subsamp::Sub2x1),
            (FourCc::NV12, 1, area * 3 / 2, Subsamp::Sub2x2),
            (FourCc::NV24, 1, area * 3, Subsamp::None),
            (FourCc::GREY, 1, area, Subsamp::Gray),
            (FourCc::BGR24, 3, area * 3, Subsamp::Sub2x2),
        ] {
            let bytes = vec![90; length];
            let (_, jpeg) = encode(80, format, stride * SIZE.width as usize, &bytes);
            let header = turbojpeg::read_header(&jpeg).unwrap();
            assert_eq!((header.width, header.height, header.subsamp), (320, 240, subsamp), "{format}");
        }
    }

    #[test]
    fn colours_are_right() {
        // Red in limited range, and in BGR.
        let red = |format, stride: usize, unit: &[u8], times: usize| {
            let (_, jpeg) = encode(90, format, stride * SIZE.width as usize, &unit.repeat(times));
            turbojpeg::decompress(&jpeg, PixelFormat::RGB).unwrap().pixels[..3].to_vec()
        };
        let area = (SIZE.width * SIZE.height) as usize;
        for pixel in [
            red(FourCc::YUYV, 2, &[81, 90, 81, 240], area / 2),
            red(FourCc::BGR24, 3, &[0, 0, 255], area),
            red(FourCc::RGB565, 2, &[0x00, 0xf8], area),
        ] {
            assert!(pixel[0] > 245 && pixel[1] < 12 && pixel[2] < 12, "{pixel:?}");
        }
    }

    #[test]
    fn quality_has_its_effect_and_what_follows_is_there() {
        let length = |quality| encode(quality, FourCc::YUYV, SIZE.width as usize * 2, &yuyv()).1.len();
        assert!(length(30) < length(80) && length(80) < length(95));
        let bytes = yuyv();
        let jpeg =
            Encoder::new(Quality::new(80).unwrap(), b"\r\n--x").unwrap().encode(&raw(SIZE, &bytes)).unwrap();
        assert!(
            jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9, b'\r', b'\n', b'-', b'-', b'x'])
        );
    }

    fn raw(size: Size, bytes: &[u8]) -> Raw<'_> {
        let layout = Layout { format: FourCc::YUYV, size, stride: size.width as usize * 2 };
        Raw::captured(layout, Range::Limited, bytes).unwrap()
    }

    #[test]
    fn what_changes_is_encoded_and_the_jpeg_is_as_if_all_had_been() {
        let mut encoder = encoder(80);
        let mut bytes = yuyv();
        let first = encoder.encode(&raw(SIZE, &bytes)).unwrap();
        let again = encoder.encode(&raw(SIZE, &bytes)).unwrap();
        assert!(std::ptr::eq(&first[..], &again[..]), "not even copied");
        // In the third strip, and in the last row of all.
        for row in [40, 239] {
            bytes[row * 640 + 100..][..80].fill(200);
            let jpeg = encoder.encode(&raw(SIZE, &bytes)).unwrap();
            assert_eq!(jpeg, self::encoder(80).encode(&raw(SIZE, &bytes)).unwrap(), "row {row}");
            assert_ne!(jpeg, first);
        }
    }

    #[test]
    fn memory_is_used_again_once_nobody_holds_it() {
        let mut encoder = encoder(80);
        let mut bytes = yuyv();
        let mut next = |encoder: &mut Encoder| {
            bytes.iter_mut().step_by(2).for_each(|luma| *luma ^= 1);
            encoder.encode(&raw(SIZE, &bytes)).unwrap()
        };
        let held = next(&mut encoder);
        let copy = held.to_vec();
        let mut places: Vec<_> = (0..40).map(|_| next(&mut encoder).as_ptr()).collect();
        places.sort_unstable();
        places.dedup();
        assert!(places.len() <= 3 && !places.contains(&held.as_ptr()), "{places:?}");
        assert_eq!(held, copy, "not written to while somebody holds it");
    }

    #[test]
    fn another_quality_or_size_is_another_jpeg() {
        let mut encoder = encoder(80);
        let bytes = yuyv();
        let first = encoder.encode(&raw(SIZE, &bytes)).unwrap();
        encoder.set_quality(Quality::new(30).unwrap());
        let worse = encoder.encode(&raw(SIZE, &bytes)).unwrap();
        assert_eq!(worse, self::encoder(30).encode(&raw(SIZE, &bytes)).unwrap());
        assert!(worse.len() < first.len());
        // As many strips as before, of the same samples but for the last row.
        let lower = Size { height: 238, ..SIZE };
        let jpeg = encoder.encode(&raw(lower, &bytes)).unwrap();
        assert_eq!(turbojpeg::read_header(&jpeg).unwrap().height, 238);
        assert_eq!(jpeg, self::encoder(30).encode(&raw(lower, &bytes)).unwrap());
    }

    #[test]
    fn a_strip_for_each_piece_decodes_like_the_whole() {
        // Sizes whose last strip, and whose last unit in a row, are not whole.
        for (width, height) in [(320, 240), (322, 250), (16, 16), (18, 8), (2, 2), (64, 34)] {
            let (bytes, size) = ([yuyv(), yuyv()].concat(), Size { width, height });
            let picture = raw(size, &bytes);
            let jpeg = encoder(80).encode(&picture).unwrap();
            let mut whole = Components::default();
            whole.take(&picture.strip(0, height as usize));
            let image = YuvImage {
                pixels: &whole.bytes[..],
                width: whole.width,
                align: 1,
                height: whole.height,
                subsamp: Subsamp::Sub2x1,
            };
            let mut compressor = Compressor::new().unwrap();
            compressor.set_quality(80).unwrap();
            let at_once = compressor.compress_yuv_to_vec(image).unwrap();
            let decode = |jpeg: &[u8]| turbojpeg::decompress(jpeg, PixelFormat::RGB).unwrap().pixels;
            assert!(decode(&jpeg) == decode(&at_once), "{width}x{height}");
        }
    }
}
