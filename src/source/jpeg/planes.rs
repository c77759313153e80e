//! From a JPEG's planes to ours: chroma of any resolution to that of 4:2:0, full range to limited range. Pure.
//!
//! Loops run over whole rows in fixed steps, which the compiler turns into vector code.

use turbojpeg::Subsamp;

use crate::source::Picture;

/// A plane of a JPEG.
#[derive(Clone, Copy)]
struct Plane<'a> {
    bytes: &'a [u8],
    /// Samples in a row.
    stride: usize,
}

impl<'a> Plane<'a> {
    fn row(&self, row: usize) -> &'a [u8] {
        &self.bytes[row * self.stride..][..self.stride]
    }
}

/// Fills `picture`, whose sides are those of the JPEG, each cut to an even number. `bytes` are the JPEG's planes as turbojpeg
/// lays them: each side a multiple of what one chroma sample covers.
pub fn to_limited_420(
    bytes: &[u8],
    (width, height): (usize, usize),
    subsamp: Subsamp,
    picture: &mut Picture,
) {
    let (across, down) = subsamp.size();
    let (stride, rows) = (width.next_multiple_of(across), height.next_multiple_of(down));
    let (luma, chroma) = bytes.split_at(stride * rows);
    let [y, u, v] = {
        let width = picture.width();
        picture.planes_mut().map(|plane| (plane, width))
    };
    for (from, to) in luma.chunks_exact(stride).zip(y.0.chunks_exact_mut(y.1)) {
        for (from, to) in from.iter().zip(to) {
            *to = luma_limited(*from);
        }
    }
    if subsamp == Subsamp::Gray {
        u.0.fill(128);
        v.0.fill(128);
        return;
    }
    let stride = stride / across;
    let (blue, red) = chroma.split_at(stride * (rows / down));
    for (bytes, (to, width)) in [(blue, u), (red, v)] {
        halve(Plane { bytes, stride }, across, down, to, width / 2);
    }
}

/// Chroma samples that cover `across` by `down` pixels become samples that cover two by two.
fn halve(from: Plane<'_>, across: usize, down: usize, to: &mut [u8], width: usize) {
    for (row, to) in to.chunks_exact_mut(width).enumerate() {
        let [upper, lower] = [2 * row / down, (2 * row + 1) / down].map(|row| from.row(row));
        match across {
            1 => {
                let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
                for ((a, b), to) in pairs.zip(to) {
                    let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
                    *to = chroma_limited(((sum + 2) / 4) as u8);
                }
            }
            2 => {
                for ((a, b), to) in upper.iter().zip(lower).zip(to) {
                    *to = chroma_limited(mean(*a, *b));
                }
            }
            _ => {
                for ((a, b), to) in upper.iter().zip(lower).zip(to.chunks_mut(2)) {
                    to.fill(chroma_limited(mean(*a, *b)));
                }
            }
        }
    }
}

fn mean(a: u8, b: u8) -> u8 {
    (u16::from(a) + u16::from(b)).div_ceil(2) as u8
}

/// 0 to 255 becomes 16 to 235.
fn luma_limited(full: u8) -> u8 {
    (16 + divided_by_255(u16::from(full) * 219)) as u8
}

/// 0 to 255 becomes 16 to 240, with 128 in its place.
fn chroma_limited(full: u8) -> u8 {
    divided_by_255(u16::from(full) * 224 + 3968) as u8
}

/// Rounded to the nearest, for what is below 65,000.
fn divided_by_255(number: u16) -> u16 {
    let number = number + 128;
    (number + (number >> 8)) >> 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::picture::Colour;
    use v4l2m2m::Size;

    #[test]
    fn the_range_is_mapped_exactly() {
        for full in 0..=255u8 {
            let exact = |low: f64, span: f64| low + f64::from(full) * span / 255.0;
            assert_eq!(luma_limited(full), exact(16.0, 219.0).round() as u8, "{full}");
            let chroma = 128.0 + (f64::from(full) - 128.0) * 224.0 / 255.0;
            assert_eq!(chroma_limited(full), chroma.round() as u8, "{full}");
        }
        assert_eq!([0, 128, 255].map(chroma_limited), [16, 128, 240]);
    }

    /// Luma of 0 and 255 by columns; chroma whose samples are 100 and 102 by columns, by rows or by both.
    #[test]
    fn chroma_of_each_resolution_finds_its_place() {
        let size = Size { width: 8, height: 8 };
        for (subsamp, expected) in [
            (Subsamp::None, [101, 101]),
            (Subsamp::Sub2x1, [100, 102]),
            (Subsamp::Sub2x2, [100, 102]),
            (Subsamp::Sub1x2, [101, 101]),
            (Subsamp::Sub4x1, [100, 100]),
            (Subsamp::Sub1x4, [101, 101]),
        ] {
            let (across, down) = subsamp.size();
            let chroma: Vec<u8> = [100, 102].repeat(8 / across / 2).repeat(8 / down);
            let bytes = [[0, 255].repeat(32), chroma.clone(), chroma].concat();
            let mut picture = Picture::new(size, Colour::WHITE);
            to_limited_420(&bytes, (8, 8), subsamp, &mut picture);
            let [y, u, v] = picture.planes();
            assert_eq!(y[..4], [16, 235, 16, 235]);
            for plane in [u, v] {
                for row in plane.chunks(4) {
                    assert_eq!(row[..2], expected.map(chroma_limited), "{subsamp:?}");
                }
            }
        }
    }

    #[test]
    fn rows_of_chroma_become_their_mean_and_odd_sides_are_cut() {
        // 5x3 in 4:2:2: rows of 6 luma samples, of 3 chroma samples, 3 rows of each.
        let bytes = [vec![255; 18], [[60; 3], [80; 3], [9; 3]].concat(), [[10; 3], [20; 3], [9; 3]].concat()]
            .concat();
        let mut picture = Picture::new(Size { width: 5, height: 3 }, Colour::BLACK);
        to_limited_420(&bytes, (5, 3), Subsamp::Sub2x1, &mut picture);
        assert_eq!((picture.width(), picture.height()), (4, 2));
        let [y, u, v] = picture.planes();
        assert_eq!((y, u, v), (&[235; 8][..], &[chroma_limited(70); 2][..], &[chroma_limited(15); 2][..]));
    }

    #[test]
    fn grey_has_no_colour() {
        let mut picture = Picture::new(Size { width: 4, height: 2 }, Colour::AMBER);
        to_limited_420(&[255; 8], (4, 2), Subsamp::Gray, &mut picture);
        assert_eq!(picture.planes(), [&[235; 8][..], &[128; 2], &[128; 2]]);
    }
}
