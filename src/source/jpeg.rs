//! JPEGs, as cameras and dongles send them, into planar 4:2:0 without a detour through RGB.
//!
//! What must always hold: a damaged JPEG is an error, never a picture; nothing in it, its size included, is believed before
//! it was checked; what is decoded is a copy of our own, so that nobody can change it meanwhile and the driver has its buffer back.

mod planes;
mod repair;
pub mod segments;

use turbojpeg::{Colorspace, Decompressor, Subsamp, YuvImage, yuv_pixels_len};
use v4l2m2m::{FourCc, Size};

use super::Picture;
use super::picture::Colour;
pub use repair::Repair;

/// The tables alone take more than this: what is shorter is no JPEG, whatever it begins with.
const SHORTEST: usize = 125;
/// Larger pictures are refused: no encoder here takes them, and each of their pixels costs memory.
const MOST_PIXELS: usize = 4096 * 4096;
/// A progressive JPEG may refine its picture again and again; honest ones are done after about ten scans.
const MOST_SCANS: u32 = 64;
/// Dongles round a picture up with some bytes before its end marker. Where more are left over, the decoder has lost its way.
const MOST_PADDING: u32 = 64;
/// A JPEG's first bytes (`SOI`).
pub const START: [u8; 2] = [0xff, 0xd8];
/// Its last ones (`EOI`).
pub const END: [u8; 2] = [0xff, 0xd9];

/// Which JPEGs are whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Shorter ones are damaged.
    pub shortest: usize,
    /// One that ends too early is shown as far as it goes.
    pub allow_truncated: bool,
}

/// Why a JPEG is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too few bytes.
    #[error("a JPEG of {0} bytes, which is too short to be one")]
    Short(usize),
    /// It begins with something else.
    #[error("the bytes are not a JPEG")]
    Foreign,
    /// Larger than any encoder takes, or without any pixels.
    #[error("a JPEG of {0}, which is no size that can be encoded")]
    Size(Size),
    /// Its colours are not luma and chroma, or those are of sizes that no camera uses.
    #[error("a JPEG whose colours are not Y, Cb and Cr as cameras send them")]
    Colours,
    /// The decoder's own words.
    #[error("a damaged JPEG: {0}")]
    Damaged(String),
}

impl From<turbojpeg::Error> for Error {
    fn from(error: turbojpeg::Error) -> Error {
        Error::Damaged(match error {
            turbojpeg::Error::TurboJpegError(words) => words,
            other => other.to_string(),
        })
    }
}

/// Whether pictures of this format are JPEGs.
pub fn is_jpeg(format: FourCc) -> bool {
    matches!(format, FourCc::MJPEG | FourCc::JPEG)
}

/// Decodes JPEGs one after the other.
pub struct Decoder {
    decompressor: Decompressor,
    rules: Rules,
    /// The JPEG in hand.
    jpeg: Vec<u8>,
    /// Its planes, in full range and in its own chroma resolution.
    planes: Vec<u8>,
}

impl Decoder {
    /// A decoder for pictures by these rules.
    ///
    /// # Errors
    /// When there is no memory for one.
    pub fn new(rules: Rules) -> Result<Decoder, Error> {
        Ok(Decoder { decompressor: decompressor()?, rules, jpeg: Vec::new(), planes: Vec::new() })
    }

    /// Takes a copy of what a driver gave. From then on its buffer is not needed.
    ///
    /// # Errors
    /// When it is not worth decoding.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.jpeg.clear();
        let (picture, complete) = trimmed(bytes, self.rules.shortest)?;
        self.jpeg.extend_from_slice(picture);
        if !complete {
            self.jpeg.extend(END);
        }
        Ok(())
    }

    /// Decodes the one taken last into `picture`, which takes its size if it has another one.
    ///
    /// # Errors
    /// When it is damaged; `picture` is then undefined but valid.
    pub fn decode(&mut self, picture: &mut Picture) -> Result<(), Error> {
        let decoded = self.try_decode(picture);
        if decoded.is_err() {
            // What a damaged one left behind, its tables for instance, must not be taken for the next one's.
            self.decompressor = decompressor()?;
        }
        decoded
    }

    fn try_decode(&mut self, picture: &mut Picture) -> Result<(), Error> {
        let header = self.decompressor.read_header(&self.jpeg)?;
        let (width, height, subsamp) = (header.width, header.height, header.subsamp);
        if width < 2 || height < 2 || width.saturating_mul(height) > MOST_PIXELS {
            return Err(Error::Size(Size { width: width as u32, height: height as u32 }));
        }
        if header.is_lossless
            || subsamp == Subsamp::Unknown
            || !matches!(header.colorspace, Colorspace::YCbCr | Colorspace::Gray)
        {
            return Err(Error::Colours);
        }
        self.planes.resize(yuv_pixels_len(width, 1, height, subsamp)?, 0);
        let planes = YuvImage { pixels: &mut self.planes[..], width, align: 1, height, subsamp };
        match self.decompressor.decompress_to_yuv(&self.jpeg, planes) {
            Ok(()) => {}
            Err(error) => {
                let error = Error::from(error);
                let Error::Damaged(words) = &error else { return Err(error) };
                if !(harmless(words) || self.rules.allow_truncated && ends_early(words)) {
                    return Err(error);
                }
            }
        }
        let size = Size { width: width as u32, height: height as u32 };
        if (picture.width(), picture.height()) != (width & !1, height & !1) {
            *picture = Picture::new(size, Colour::BLACK);
        }
        planes::to_limited_420(&self.planes, (width, height), subsamp, picture);
        Ok(())
    }
}

fn decompressor() -> Result<Decompressor, Error> {
    let mut decompressor = Decompressor::new()?;
    decompressor.set_scan_limit(MOST_SCANS)?;
    Ok(decompressor)
}

/// The part of a driver's bytes that is the JPEG, and whether it has its end marker. Drivers pad with zeros, and some leave the
/// marker out. Where it is missing, one zero stays: it may be the last byte of the picture.
fn trimmed(bytes: &[u8], shortest: usize) -> Result<(&[u8], bool), Error> {
    if bytes.len() < SHORTEST.max(shortest) {
        return Err(Error::Short(bytes.len()));
    }
    if !bytes.starts_with(&START) {
        return Err(Error::Foreign);
    }
    let used = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let complete = bytes[..used].ends_with(&END);
    let end = if complete { used } else { (used + 1).min(bytes.len()) };
    Ok((&bytes[..end], complete))
}

/// Warnings of libjpeg's after which the picture is whole all the same. It tells of the first one only.
fn harmless(words: &str) -> bool {
    padding(words).is_some_and(|bytes| bytes <= MOST_PADDING)
        || words.contains("Invalid SOS parameters for sequential JPEG")
}

/// So many bytes there are between the picture's last one and the end marker, when that is what the warning says.
fn padding(words: &str) -> Option<u32> {
    let rest = words.strip_prefix("Corrupt JPEG data: ")?;
    rest.strip_suffix(" extraneous bytes before marker 0xd9")?.parse().ok()
}

/// Warnings of libjpeg's for a picture that ends too early. The decoder makes the rest up.
fn ends_early(words: &str) -> bool {
    words.to_ascii_lowercase().contains("premature end of")
}

#[cfg(test)]
mod tests;
