//! JPEG in software: libjpeg-turbo, fed with the planes as they are.
//!
//! What must always hold: the encoder's memory is made once and used for every picture; what it gives is a piece of memory of
//! its own that all viewers share.

use bytes::Bytes;
use turbojpeg::{Compressor, Image, YuvImage, compressed_buf_len};

use super::Error;
use crate::config::Quality;
use crate::source::components::{Components, Samples};

/// Encodes pictures one after the other.
pub struct Encoder {
    compressor: Compressor,
    output: Vec<u8>,
}

impl From<turbojpeg::Error> for Error {
    fn from(error: turbojpeg::Error) -> Error {
        Error::Jpeg(error.to_string())
    }
}

impl Encoder {
    /// An encoder of this quality.
    ///
    /// # Errors
    /// When there is no memory for one.
    pub fn new(quality: Quality) -> Result<Encoder, Error> {
        let mut compressor = Compressor::new()?;
        compressor.set_quality(quality.get() as i32)?;
        // For pictures that are RGB; planes keep the chroma resolution that they have.
        compressor.set_subsamp(turbojpeg::Subsamp::Sub2x2)?;
        Ok(Encoder { compressor, output: Vec::new() })
    }

    /// Another quality from the next picture on.
    pub fn set_quality(&mut self, quality: Quality) {
        // Only a number outside of 1 to 100 is refused.
        let _ = self.compressor.set_quality(quality.get() as i32);
    }

    /// The picture as a JPEG, with `behind` following it in the same memory.
    ///
    /// # Errors
    /// libjpeg-turbo's own: a side of more than 65,500 pixels, or no memory.
    pub fn encode(&mut self, picture: &Components, behind: &[u8]) -> Result<Bytes, Error> {
        let Components { width, height, ref bytes, samples } = *picture;
        let worst = compressed_buf_len(width, height, turbojpeg::Subsamp::None)?;
        if self.output.len() < worst {
            // Pages that no picture was long enough for are never touched, so they cost nothing.
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
        let mut jpeg = Vec::with_capacity(length + behind.len());
        jpeg.extend_from_slice(&self.output[..length]);
        jpeg.extend_from_slice(behind);
        Ok(jpeg.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Bounded;
    use crate::source::components::Range;
    use crate::source::convert::Layout;
    use turbojpeg::{Decompressor, PixelFormat, Subsamp};
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
        let mut picture = Components::default();
        picture.take(Layout { format, size: SIZE, stride }, Range::Limited, bytes).unwrap();
        let jpeg = Encoder::new(Quality::new(quality).unwrap()).unwrap().encode(&picture, b"").unwrap();
        (picture, jpeg)
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
        let picture = encode(80, FourCc::YUYV, SIZE.width as usize * 2, &yuyv()).0;
        let jpeg = Encoder::new(Quality::new(80).unwrap()).unwrap().encode(&picture, b"\r\n--x").unwrap();
        assert!(
            jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9, b'\r', b'\n', b'-', b'-', b'x'])
        );
    }
}
