//! Raw pictures as a JPEG has them: planes of their own chroma resolution, in full range. No detour through RGB; what is RGB
//! already stays so, for libjpeg-turbo converts that faster than anybody.
//!
//! What must always hold: a buffer shorter than its format says converts nothing and is an error, never a panic. Nothing is
//! averaged: 4:2:2 stays 4:2:2. Loops run over whole rows in fixed chunks, which the compiler turns into vector code.

use turbojpeg::{PixelFormat, Subsamp};
use v4l2m2m::FourCc;

use super::Picture;
use super::convert::{Error, Layout};

/// The kernel's number of the colour space whose luma goes from 0 to 255 (`V4L2_COLORSPACE_JPEG`).
const COLORSPACE_JPEG: u32 = 7;

/// What the samples mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Samples {
    /// Y, U and V planes in this chroma resolution, one after the other without padding.
    Planes(Subsamp),
    /// Three bytes a pixel.
    Pixels(PixelFormat),
}

/// What luma and chroma reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// 16 to 235 and 16 to 240, as V4L2 has YUV unless it says otherwise.
    Limited,
    /// 0 to 255.
    Full,
}

impl Range {
    /// Of this format in this colour space, by V4L2's number. Grey cameras use all values.
    pub fn of(format: FourCc, colorspace: u32) -> Range {
        if colorspace == COLORSPACE_JPEG || format == FourCc::GREY { Range::Full } else { Range::Limited }
    }
}

/// A picture ready to become a JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// Pixels in a row; even.
    pub width: usize,
    /// Rows; even.
    pub height: usize,
    /// What the bytes mean.
    pub samples: Samples,
    /// The samples.
    pub bytes: Vec<u8>,
}

impl Default for Components {
    fn default() -> Components {
        Components { width: 0, height: 0, samples: Samples::Planes(Subsamp::Sub2x2), bytes: Vec::new() }
    }
}

impl Components {
    /// Takes a captured picture; the memory of the one before is used again.
    ///
    /// # Errors
    /// When the format is unknown here or the buffer is too short; the picture is then undefined but valid.
    pub fn take(&mut self, layout: Layout, range: Range, bytes: &[u8]) -> Result<(), Error> {
        layout.check(bytes)?;
        let stride = layout.stride;
        let size = (layout.size.width as usize & !1, layout.size.height as usize & !1);
        match layout.format {
            FourCc::YUYV => self.packed::<0, 1, 3>(size, range, bytes, stride),
            FourCc::YVYU => self.packed::<0, 3, 1>(size, range, bytes, stride),
            FourCc::UYVY => self.packed::<1, 0, 2>(size, range, bytes, stride),
            FourCc::NV12 => self.semi_planar(size, Subsamp::Sub2x2, range, bytes, stride),
            FourCc::NV16 => self.semi_planar(size, Subsamp::Sub2x1, range, bytes, stride),
            FourCc::NV24 => self.semi_planar(size, Subsamp::None, range, bytes, stride),
            FourCc::YUV420 => self.planar(size, range, bytes, stride, false),
            FourCc::YVU420 => self.planar(size, range, bytes, stride, true),
            FourCc::RGB24 => self.pixels(size, PixelFormat::RGB, bytes, stride),
            FourCc::BGR24 => self.pixels(size, PixelFormat::BGR, bytes, stride),
            FourCc::RGB565 => self.rgb565(size, bytes, stride),
            _ => {
                let [luma, ..] = self.planes(size, Subsamp::Gray);
                let rows = luma.chunks_exact_mut(size.0).zip(bytes.chunks(stride));
                rows.for_each(|(to, from)| copy_luma(&from[..size.0], to, range));
            }
        }
        Ok(())
    }

    /// Takes a picture of our own, which is 4:2:0 in limited range.
    pub fn take_picture(&mut self, picture: &Picture) {
        let [y, u, v] = picture.planes();
        let [luma, blue, red] = self.planes((picture.width(), picture.height()), Subsamp::Sub2x2);
        copy_luma(y, luma, Range::Limited);
        copy_chroma(u, blue, Range::Limited);
        copy_chroma(v, red, Range::Limited);
    }

    /// Room for planes of this size.
    fn planes(&mut self, (width, height): (usize, usize), subsamp: Subsamp) -> [&mut [u8]; 3] {
        let (across, down) = subsamp.size();
        let chroma = if subsamp == Subsamp::Gray { 0 } else { width / across * (height / down) };
        (self.width, self.height, self.samples) = (width, height, Samples::Planes(subsamp));
        self.bytes.resize(width * height + 2 * chroma, 0);
        let (luma, rest) = self.bytes.split_at_mut(width * height);
        let (blue, red) = rest.split_at_mut(chroma);
        [luma, blue, red]
    }

    /// 4:2:2 in groups of four bytes: luma in every second one from `Y` on, chroma at `U` and `V`.
    fn packed<const Y: u32, const U: u32, const V: u32>(
        &mut self,
        size: (usize, usize),
        range: Range,
        bytes: &[u8],
        stride: usize,
    ) {
        let width = size.0;
        let [luma, blue, red] = self.planes(size, Subsamp::Sub2x1);
        let chroma = blue.chunks_exact_mut(width / 2).zip(red.chunks_exact_mut(width / 2));
        for ((row, luma), (blue, red)) in bytes.chunks(stride).zip(luma.chunks_exact_mut(width)).zip(chroma) {
            let row = &row[..width * 2];
            match range {
                Range::Limited => {
                    unpack_luma::<Y>(row, luma, luma_full);
                    unpack_chroma::<U, V>(row, blue, red, chroma_full);
                }
                Range::Full => {
                    unpack_luma::<Y>(row, luma, |y| y);
                    unpack_chroma::<U, V>(row, blue, red, |c| c);
                }
            }
        }
    }

    /// A luma plane, then one whose pairs are chroma.
    fn semi_planar(
        &mut self,
        size: (usize, usize),
        subsamp: Subsamp,
        range: Range,
        bytes: &[u8],
        stride: usize,
    ) {
        let (width, height) = size;
        let (across, _) = subsamp.size();
        let [luma, blue, red] = self.planes(size, subsamp);
        let (y, uv) = bytes.split_at(stride * height);
        for (from, to) in y.chunks(stride).zip(luma.chunks_exact_mut(width)) {
            copy_luma(&from[..width], to, range);
        }
        let across = width / across;
        let chroma = blue.chunks_exact_mut(across).zip(red.chunks_exact_mut(across));
        // The rows of a plane with a pair for each pixel are twice as long.
        let stride = if subsamp == Subsamp::None { stride * 2 } else { stride };
        for (row, (blue, red)) in uv.chunks(stride).zip(chroma) {
            let row = &row[..across * 2];
            match range {
                Range::Limited => unpack_pairs(row, blue, red, chroma_full),
                Range::Full => unpack_pairs(row, blue, red, |c| c),
            }
        }
    }

    /// Three planes; with `swapped` the red one comes first.
    fn planar(&mut self, size: (usize, usize), range: Range, bytes: &[u8], stride: usize, swapped: bool) {
        let (width, height) = size;
        let [luma, blue, red] = self.planes(size, Subsamp::Sub2x2);
        let (y, chroma) = bytes.split_at(stride * height);
        let (first, second) = chroma.split_at(stride / 2 * (height / 2));
        let (u, v) = if swapped { (second, first) } else { (first, second) };
        for (from, to) in y.chunks(stride).zip(luma.chunks_exact_mut(width)) {
            copy_luma(&from[..width], to, range);
        }
        for (from, to) in [(u, blue), (v, red)] {
            for (from, to) in from.chunks(stride / 2).zip(to.chunks_exact_mut(width / 2)) {
                copy_chroma(&from[..width / 2], to, range);
            }
        }
    }

    /// Room for pixels of this size.
    fn room(&mut self, (width, height): (usize, usize), format: PixelFormat) -> &mut [u8] {
        (self.width, self.height, self.samples) = (width, height, Samples::Pixels(format));
        self.bytes.resize(width * height * 3, 0);
        &mut self.bytes
    }

    fn pixels(&mut self, size: (usize, usize), format: PixelFormat, bytes: &[u8], stride: usize) {
        let row = size.0 * 3;
        let rows = self.room(size, format).chunks_exact_mut(row).zip(bytes.chunks(stride));
        rows.for_each(|(to, from)| to.copy_from_slice(&from[..row]));
    }

    fn rgb565(&mut self, size: (usize, usize), bytes: &[u8], stride: usize) {
        let rows = self.room(size, PixelFormat::RGB).chunks_exact_mut(size.0 * 3).zip(bytes.chunks(stride));
        for (to, from) in rows {
            for (to, from) in to.chunks_exact_mut(3).zip(from.chunks_exact(2)) {
                let v = u16::from_le_bytes([from[0], from[1]]);
                let (r, g, b) = ((v >> 11) as u8, (v >> 5 & 63) as u8, (v & 31) as u8);
                // The highest bits once more below, so that white stays white.
                (to[0], to[1], to[2]) = (r << 3 | r >> 2, g << 2 | g >> 4, b << 3 | b >> 2);
            }
        }
    }
}

/// 16 to 235 becomes 0 to 255.
#[inline(always)]
fn luma_full(limited: u8) -> u8 {
    ((u16::from(limited.clamp(16, 235) - 16) * 298 + 128) >> 8) as u8
}

/// 16 to 240 becomes 0 to 255, with 128 in its place.
#[inline(always)]
fn chroma_full(limited: u8) -> u8 {
    ((u16::from(limited.clamp(16, 240) - 16) * 291 + 240) >> 8) as u8
}

fn unpack_luma<const Y: u32>(row: &[u8], luma: &mut [u8], map: impl Fn(u8) -> u8) {
    for (pair, to) in row.chunks_exact(2).zip(luma) {
        *to = map((u16::from_le_bytes([pair[0], pair[1]]) >> (8 * Y)) as u8);
    }
}

fn unpack_chroma<const U: u32, const V: u32>(
    row: &[u8],
    blue: &mut [u8],
    red: &mut [u8],
    map: impl Fn(u8) -> u8,
) {
    for (group, (blue, red)) in row.chunks_exact(4).zip(blue.iter_mut().zip(red)) {
        let group = u32::from_le_bytes([group[0], group[1], group[2], group[3]]);
        (*blue, *red) = (map((group >> (8 * U)) as u8), map((group >> (8 * V)) as u8));
    }
}

fn unpack_pairs(row: &[u8], blue: &mut [u8], red: &mut [u8], map: impl Fn(u8) -> u8) {
    for (pair, (blue, red)) in row.chunks_exact(2).zip(blue.iter_mut().zip(red)) {
        let pair = u16::from_le_bytes([pair[0], pair[1]]);
        (*blue, *red) = (map(pair as u8), map((pair >> 8) as u8));
    }
}

fn copy_luma(from: &[u8], to: &mut [u8], range: Range) {
    match range {
        Range::Limited => from.iter().zip(to).for_each(|(from, to)| *to = luma_full(*from)),
        Range::Full => to.copy_from_slice(from),
    }
}

fn copy_chroma(from: &[u8], to: &mut [u8], range: Range) {
    match range {
        Range::Limited => from.iter().zip(to).for_each(|(from, to)| *to = chroma_full(*from)),
        Range::Full => to.copy_from_slice(from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::picture::Colour;
    use proptest::prelude::*;
    use v4l2m2m::Size;

    const SIZE: Size = Size { width: 4, height: 2 };

    fn take(format: FourCc, stride: usize, range: Range, bytes: &[u8]) -> Components {
        let mut components = Components::default();
        components.take(Layout { format, size: SIZE, stride }, range, bytes).unwrap();
        components
    }

    #[test]
    fn the_range_is_mapped_to_the_nearest_or_the_one_beside_it() {
        for limited in 0..=255u8 {
            let luma = ((f64::from(limited) - 16.0) * 255.0 / 219.0).clamp(0.0, 255.0);
            assert!((f64::from(luma_full(limited)) - luma).abs() <= 1.0, "{limited}");
            let chroma = ((f64::from(limited) - 128.0) * 255.0 / 224.0 + 128.0).clamp(0.0, 255.0);
            assert!((f64::from(chroma_full(limited)) - chroma).abs() <= 1.0, "{limited}");
        }
        assert_eq!([0, 16, 235, 255].map(luma_full), [0, 0, 255, 255]);
        assert_eq!([16, 128, 240].map(chroma_full), [0, 128, 255]);
    }

    #[test]
    fn each_sample_of_422_finds_its_place() {
        // Y 1 to 8, U 21 22 / 23 24, V 31 32 / 33 34; rows padded by two bytes.
        let yuyv = [1, 21, 2, 31, 3, 22, 4, 32, 99, 99, 5, 23, 6, 33, 7, 24, 8, 34];
        let expected: Vec<u8> = (1..=8).chain(21..=24).chain(31..=34).collect();
        let swap = |pairs: &[u8]| pairs.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect::<Vec<u8>>();
        let mut yvyu = yuyv;
        for group in [1, 5, 11, 15] {
            yvyu.swap(group, group + 2);
        }
        for (format, bytes) in
            [(FourCc::YUYV, yuyv.to_vec()), (FourCc::UYVY, swap(&yuyv)), (FourCc::YVYU, yvyu.to_vec())]
        {
            let components = take(format, 10, Range::Full, &bytes);
            assert_eq!(components.samples, Samples::Planes(Subsamp::Sub2x1));
            assert_eq!(components.bytes, expected, "{format}");
        }
    }

    #[test]
    fn planes_of_each_chroma_resolution_find_their_place() {
        let luma: Vec<u8> = (1..=8).collect();
        let nv = |pairs: &[u8]| [&luma[..], pairs].concat();
        for (format, bytes, subsamp, u, v) in [
            (FourCc::NV12, nv(&[21, 31, 22, 32]), Subsamp::Sub2x2, &[21, 22][..], &[31, 32][..]),
            (
                FourCc::NV16,
                nv(&[21, 31, 22, 32, 23, 33, 24, 34]),
                Subsamp::Sub2x1,
                &[21, 22, 23, 24],
                &[31, 32, 33, 34],
            ),
            (FourCc::NV24, nv(&[21, 31].repeat(8)), Subsamp::None, &[21; 8], &[31; 8]),
            (FourCc::YUV420, nv(&[21, 22, 31, 32]), Subsamp::Sub2x2, &[21, 22], &[31, 32]),
            (FourCc::YVU420, nv(&[31, 32, 21, 22]), Subsamp::Sub2x2, &[21, 22], &[31, 32]),
            (FourCc::GREY, luma.clone(), Subsamp::Gray, &[], &[]),
        ] {
            let components = take(format, 4, Range::Full, &bytes);
            assert_eq!(components.samples, Samples::Planes(subsamp), "{format}");
            assert_eq!(components.bytes, [&luma[..], u, v].concat(), "{format}");
        }
    }

    #[test]
    fn pixels_stay_pixels() {
        let rgb: Vec<u8> = (0..28).collect();
        let rows: Vec<u8> = (0..12).chain(14..26).collect();
        for (format, kind) in [(FourCc::RGB24, PixelFormat::RGB), (FourCc::BGR24, PixelFormat::BGR)] {
            let components = take(format, 14, Range::Limited, &rgb);
            assert_eq!((components.samples, components.bytes), (Samples::Pixels(kind), rows.clone()));
        }
        let white_and_red = [0xff, 0xff, 0x00, 0xf8].repeat(4);
        assert_eq!(
            take(FourCc::RGB565, 8, Range::Limited, &white_and_red).bytes[..6],
            [255, 255, 255, 255, 0, 0]
        );
    }

    #[test]
    fn our_own_pictures_get_full_range() {
        let mut components = Components::default();
        components.take_picture(&Picture::new(SIZE, Colour::WHITE));
        assert_eq!(components.bytes, [&[255; 8][..], &[128; 4]].concat());
        let nv12 =
            |colorspace| take(FourCc::NV12, 4, Range::of(FourCc::NV12, colorspace), &[16; 12]).bytes[0];
        assert_eq!((nv12(0), nv12(COLORSPACE_JPEG)), (0, 16));
        assert_eq!(take(FourCc::GREY, 4, Range::of(FourCc::GREY, 0), &[16; 8]).bytes, [16; 8]);
    }

    proptest! {
        #[test]
        fn no_layout_panics(width in 1u32..40, height in 1u32..20, stride in 0usize..100, length in 0usize..6000, format in 0usize..12) {
            let formats = [FourCc::YUYV, FourCc::YVYU, FourCc::UYVY, FourCc::NV12, FourCc::YUV420, FourCc::YVU420,
                FourCc::RGB24, FourCc::BGR24, FourCc::RGB565, FourCc::GREY, FourCc::NV16, FourCc::NV24];
            let layout = Layout { format: formats[format], size: Size { width: width.max(2), height: height.max(2) }, stride };
            let _ = Components::default().take(layout, Range::Limited, &vec![7; length]);
        }
    }
}
