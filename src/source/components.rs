//! Raw pictures, a strip at a time, as a JPEG has them: planes of their own chroma resolution, in full range. No detour through RGB; what is RGB
//! already stays so, for libjpeg-turbo converts that faster than anybody.
//!
//! What must always hold: a buffer shorter than its format says converts nothing and is an error, never a panic. Nothing is
//! averaged: 4:2:2 stays 4:2:2. Loops run over whole rows in fixed chunks, which the compiler turns into vector code.

use turbojpeg::{PixelFormat, Subsamp};
use v4l2m2m::{FourCc, Size};

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

/// A raw picture, of which strips can be taken. Its buffer holds what its layout says.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    layout: Layout,
    range: Range,
    bytes: &'a [u8],
}

impl<'a> Raw<'a> {
    /// A captured one.
    ///
    /// # Errors
    /// When the format is unknown here or the buffer is too short.
    pub fn captured(layout: Layout, range: Range, bytes: &'a [u8]) -> Result<Raw<'a>, Error> {
        layout.check(bytes)?;
        Ok(Raw { layout, range, bytes })
    }

    /// One of our own, which is 4:2:0 in limited range.
    pub fn drawn(picture: &'a Picture) -> Raw<'a> {
        let size = Size { width: picture.width() as u32, height: picture.height() as u32 };
        let layout = Layout { format: FourCc::YUV420, size, stride: picture.width() };
        Raw { layout, range: Range::Limited, bytes: picture.bytes() }
    }

    /// How it lies, and what its samples reach.
    pub fn layout(&self) -> (Layout, Range) {
        (self.layout, self.range)
    }

    /// Pixels in a row, and rows; both even: an odd side is cut by one.
    pub fn size(&self) -> (usize, usize) {
        (self.layout.size.width as usize & !1, self.layout.size.height as usize & !1)
    }

    /// So many rows, beginning with the row `from`. Both are even, and in the picture.
    pub fn strip(&self, from: usize, rows: usize) -> Strip<'a> {
        let (width, height) = self.size();
        let Raw { layout: Layout { format, stride, .. }, range, bytes } = *self;
        // Of each plane behind the first: bytes from a row to the next, and how many rows of the picture share one.
        let chroma: &[(usize, usize)] = match format {
            FourCc::NV12 => &[(stride, 2)],
            FourCc::NV16 => &[(stride, 1)],
            FourCc::NV24 => &[(stride * 2, 1)],
            FourCc::YUV420 | FourCc::YVU420 => &[(stride / 2, 2), (stride / 2, 2)],
            _ => &[],
        };
        let mut planes = [Plane { bytes: &[], stride }; 3];
        let mut begin = 0;
        for (plane, (stride, down)) in planes.iter_mut().zip([(stride, 1)].iter().chain(chroma).copied()) {
            let (first, end) = (begin + stride * (from / down), begin + stride * ((from + rows) / down));
            // The last row of the last plane need not be padded.
            *plane = Plane { bytes: &bytes[first..end.min(bytes.len())], stride };
            begin += stride * (height / down);
        }
        Strip { format, range, width, rows, planes }
    }
}

/// Rows of a raw picture.
#[derive(Debug, Clone, Copy)]
pub struct Strip<'a> {
    format: FourCc,
    range: Range,
    width: usize,
    rows: usize,
    planes: [Plane<'a>; 3],
}

/// A strip's part of a plane.
#[derive(Debug, Clone, Copy)]
struct Plane<'a> {
    bytes: &'a [u8],
    /// Bytes from one row to the next.
    stride: usize,
}

impl<'a> Strip<'a> {
    /// All its bytes, padding included, plane by plane. Strips with the same bytes are the same picture, where format and size are.
    pub fn bytes(&self) -> [&'a [u8]; 3] {
        self.planes.map(|plane| plane.bytes)
    }

    /// A plane's rows without padding, so many bytes each.
    fn rows_of(&self, plane: usize, width: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let Plane { bytes, stride } = self.planes[plane];
        bytes.chunks(stride).map(move |row| &row[..width])
    }

    /// A luma plane's rows, without padding.
    fn luma(&self, luma: &mut [u8]) {
        for (from, to) in self.rows_of(0, self.width).zip(luma.chunks_exact_mut(self.width)) {
            copy_luma(from, to, self.range);
        }
    }
}

/// Rows of a picture, ready to become a JPEG.
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
    /// Takes a strip of a picture. The memory of the one before is used again.
    pub fn take(&mut self, strip: &Strip<'_>) {
        match strip.format {
            FourCc::YUYV => self.packed::<0>(strip, false),
            FourCc::YVYU => self.packed::<0>(strip, true),
            FourCc::UYVY => self.packed::<1>(strip, false),
            FourCc::NV12 => self.semi_planar(strip, Subsamp::Sub2x2),
            FourCc::NV16 => self.semi_planar(strip, Subsamp::Sub2x1),
            FourCc::NV24 => self.semi_planar(strip, Subsamp::None),
            FourCc::YUV420 => self.planar(strip, [1, 2]),
            FourCc::YVU420 => self.planar(strip, [2, 1]),
            FourCc::RGB24 => self.pixels(strip, PixelFormat::RGB),
            FourCc::BGR24 => self.pixels(strip, PixelFormat::BGR),
            FourCc::RGB565 => self.rgb565(strip),
            _ => {
                let [luma, ..] = self.planes(strip, Subsamp::Gray);
                strip.luma(luma);
            }
        }
    }

    /// Room for planes of this size.
    fn planes(&mut self, &Strip { width, rows, .. }: &Strip<'_>, subsamp: Subsamp) -> [&mut [u8]; 3] {
        let (across, down) = subsamp.size();
        let chroma = if subsamp == Subsamp::Gray { 0 } else { width / across * (rows / down) };
        (self.width, self.height, self.samples) = (width, rows, Samples::Planes(subsamp));
        self.bytes.resize(width * rows + 2 * chroma, 0);
        let (luma, rest) = self.bytes.split_at_mut(width * rows);
        let (blue, red) = rest.split_at_mut(chroma);
        [luma, blue, red]
    }

    /// 4:2:2 in pairs of bytes: luma is byte `Y` of each, chroma the other one, in turns blue and red or, `swapped`, red and blue.
    fn packed<const Y: u32>(&mut self, strip: &Strip<'_>, swapped: bool) {
        let width = strip.width;
        let [luma, blue, red] = self.planes(strip, Subsamp::Sub2x1);
        let [first, second] = if swapped { [red, blue] } else { [blue, red] };
        let chroma = first.chunks_exact_mut(width / 2).zip(second.chunks_exact_mut(width / 2));
        let rows = strip.rows_of(0, 2 * width).zip(luma.chunks_exact_mut(width));
        for ((row, luma), (first, second)) in rows.zip(chroma) {
            match strip.range {
                Range::Limited => unpack::<Y>(row, [luma, first, second], luma_full, chroma_full),
                Range::Full => unpack::<Y>(row, [luma, first, second], |y| y, |c| c),
            }
        }
    }

    /// A luma plane, then one whose pairs are chroma.
    fn semi_planar(&mut self, strip: &Strip<'_>, subsamp: Subsamp) {
        let across = strip.width / subsamp.size().0;
        let [luma, blue, red] = self.planes(strip, subsamp);
        strip.luma(luma);
        let chroma = blue.chunks_exact_mut(across).zip(red.chunks_exact_mut(across));
        for (row, (blue, red)) in strip.rows_of(1, 2 * across).zip(chroma) {
            match strip.range {
                Range::Limited => unpack_pairs(row, blue, red, chroma_full),
                Range::Full => unpack_pairs(row, blue, red, |c| c),
            }
        }
    }

    /// Three planes, the blue and the red one at these places.
    fn planar(&mut self, strip: &Strip<'_>, places: [usize; 2]) {
        let [luma, blue, red] = self.planes(strip, Subsamp::Sub2x2);
        strip.luma(luma);
        let width = strip.width / 2;
        for (place, plane) in places.into_iter().zip([blue, red]) {
            for (from, to) in strip.rows_of(place, width).zip(plane.chunks_exact_mut(width)) {
                copy_chroma(from, to, strip.range);
            }
        }
    }

    /// Room for pixels, row by row.
    fn room(&mut self, strip: &Strip<'_>, format: PixelFormat) -> std::slice::ChunksExactMut<'_, u8> {
        (self.width, self.height, self.samples) = (strip.width, strip.rows, Samples::Pixels(format));
        self.bytes.resize(strip.width * strip.rows * 3, 0);
        self.bytes.chunks_exact_mut(strip.width * 3)
    }

    fn pixels(&mut self, strip: &Strip<'_>, format: PixelFormat) {
        let rows = self.room(strip, format).zip(strip.rows_of(0, strip.width * 3));
        rows.for_each(|(to, from)| to.copy_from_slice(from));
    }

    fn rgb565(&mut self, strip: &Strip<'_>) {
        for (to, from) in self.room(strip, PixelFormat::RGB).zip(strip.rows_of(0, strip.width * 2)) {
            for (to, from) in to.chunks_exact_mut(3).zip(from.chunks_exact(2)) {
                let v = u16::from_le_bytes([from[0], from[1]]);
                let (r, g, b) = ((v >> 11) as u8, (v >> 5 & 63) as u8, (v & 31) as u8);
                // The highest bits once more below, so that white stays white.
                (to[0], to[1], to[2]) = (r << 3 | r >> 2, g << 2 | g >> 4, b << 3 | b >> 2);
            }
        }
    }
}

/// 16 to 235 becomes 0 to 255. In 16 bits, as wide as what it is taken from: that spares the vector code much packing.
#[inline(always)]
fn luma_full(limited: u16) -> u16 {
    (limited.saturating_sub(16).min(219) * 298 + 128) >> 8
}

/// 16 to 240 becomes 0 to 255, with 128 in its place.
#[inline(always)]
fn chroma_full(limited: u16) -> u16 {
    (limited.saturating_sub(16).min(224) * 291 + 240) >> 8
}

/// Pixels that are unpacked at once.
const BLOCK: usize = 32;

/// A row of pairs, luma in byte `Y` of each, into luma and the two kinds of chroma that the other bytes are in turns. In blocks, and step by step
/// with everything at hand: so it becomes vector code that keeps all in registers.
fn unpack<const Y: u32>(
    row: &[u8],
    [luma, first, second]: [&mut [u8]; 3],
    of_luma: impl Fn(u16) -> u16,
    of_chroma: impl Fn(u16) -> u16,
) {
    let (blocks, rest) = row.as_chunks::<{ 2 * BLOCK }>();
    let (lumas, luma_rest) = luma.as_chunks_mut::<BLOCK>();
    let (firsts, first_rest) = first.as_chunks_mut::<{ BLOCK / 2 }>();
    let (seconds, second_rest) = second.as_chunks_mut::<{ BLOCK / 2 }>();
    for (((block, luma), first), second) in blocks.iter().zip(lumas).zip(firsts).zip(seconds) {
        let pairs: [u16; BLOCK] =
            std::array::from_fn(|n| u16::from_le_bytes([block[2 * n], block[2 * n + 1]]));
        *luma = pairs.map(|pair| of_luma(pair >> (8 * Y) & 0xff) as u8);
        let chroma = pairs.map(|pair| of_chroma(pair >> (8 - 8 * Y) & 0xff) as u8);
        let chroma: [u16; BLOCK / 2] =
            std::array::from_fn(|n| u16::from_le_bytes([chroma[2 * n], chroma[2 * n + 1]]));
        *first = chroma.map(|pair| pair as u8);
        *second = chroma.map(|pair| (pair >> 8) as u8);
    }
    let chroma = first_rest.iter_mut().zip(second_rest);
    for ((group, luma), (first, second)) in
        rest.chunks_exact(4).zip(luma_rest.chunks_exact_mut(2)).zip(chroma)
    {
        let (y, c) = (Y as usize, 1 - Y as usize);
        for n in 0..2 {
            luma[n] = of_luma(group[2 * n + y].into()) as u8;
        }
        (*first, *second) = (of_chroma(group[c].into()) as u8, of_chroma(group[2 + c].into()) as u8);
    }
}

fn unpack_pairs(row: &[u8], blue: &mut [u8], red: &mut [u8], map: impl Fn(u16) -> u16) {
    for (pair, (blue, red)) in row.chunks_exact(2).zip(blue.iter_mut().zip(red)) {
        let pair = u16::from_le_bytes([pair[0], pair[1]]);
        (*blue, *red) = (map(pair & 0xff) as u8, map(pair >> 8) as u8);
    }
}

fn copy_luma(from: &[u8], to: &mut [u8], range: Range) {
    match range {
        Range::Limited => from.iter().zip(to).for_each(|(from, to)| *to = luma_full((*from).into()) as u8),
        Range::Full => to.copy_from_slice(from),
    }
}

fn copy_chroma(from: &[u8], to: &mut [u8], range: Range) {
    match range {
        Range::Limited => from.iter().zip(to).for_each(|(from, to)| *to = chroma_full((*from).into()) as u8),
        Range::Full => to.copy_from_slice(from),
    }
}

#[cfg(test)]
mod tests;
