//! Raw pixel formats into planar 4:2:0, for the software encoder. The hardware path never comes here.
//!
//! What must always hold: a buffer shorter than its format says converts nothing and is an error, never a panic.
//! Loops run over whole rows in fixed chunks, which the compiler turns into vector code.

use v4l2m2m::{FourCc, PixelLayout, Size};

use super::Picture;
use super::picture::Colour;

/// Why a buffer cannot be converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No conversion from this format.
    #[error(
        "pictures in {0} cannot be encoded; choose --format=YUYV, YVYU, UYVY, YUV420, YVU420, NV12, NV16, NV24, RGB565, RGB24, BGR24, GREY, MJPEG, JPEG or H264"
    )]
    Format(FourCc),
    /// The driver gave fewer bytes than the format has.
    #[error("the buffer has {got} bytes, a picture of this size has {expected}")]
    Short {
        /// Bytes there are.
        got: usize,
        /// Bytes there should be.
        expected: usize,
    },
}

/// How the bytes of a raw picture lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Pixel format.
    pub format: FourCc,
    /// Size in pixels.
    pub size: Size,
    /// Bytes from one row of the first plane to the next.
    pub stride: usize,
}

impl From<PixelLayout> for Layout {
    fn from(PixelLayout { format, size, stride, .. }: PixelLayout) -> Layout {
        Layout { format, size, stride: stride as usize }
    }
}

impl Layout {
    /// Bytes that a row's pixels take, without padding.
    fn row_bytes(&self) -> Option<usize> {
        let width = self.size.width as usize & !1;
        match self.format {
            FourCc::YUYV | FourCc::YVYU | FourCc::UYVY | FourCc::RGB565 => Some(width * 2),
            FourCc::RGB24 | FourCc::BGR24 => Some(width * 3),
            FourCc::GREY | FourCc::NV12 | FourCc::NV16 | FourCc::NV24 | FourCc::YUV420 | FourCc::YVU420 => {
                Some(width)
            }
            _ => None,
        }
    }

    /// Checks that `bytes` hold a picture of this layout.
    pub(super) fn check(&self, bytes: &[u8]) -> Result<(), Error> {
        let row = self.row_bytes().ok_or(Error::Format(self.format))?;
        let rows = self.size.height as usize & !1;
        let planes = match self.format {
            FourCc::NV12 | FourCc::YUV420 | FourCc::YVU420 => self.stride * rows * 3 / 2,
            FourCc::NV16 => self.stride * rows * 2,
            FourCc::NV24 => self.stride * rows * 3,
            // The last row need not be padded.
            _ => self.stride * rows.saturating_sub(1) + row,
        };
        let expected = if self.stride < row { row * rows } else { planes };
        if self.stride < row || bytes.len() < expected {
            return Err(Error::Short { got: bytes.len(), expected });
        }
        Ok(())
    }
}

/// Whether there is a conversion from this format.
pub fn takes(format: FourCc) -> bool {
    Layout { format, size: Size::default(), stride: 0 }.row_bytes().is_some()
}

/// Converts a raw picture into `picture`, which takes the layout's size if it has another one.
///
/// # Errors
/// When the format has no conversion or the buffer is too short; `picture` is then undefined but valid.
pub fn convert(layout: Layout, bytes: &[u8], picture: &mut Picture) -> Result<(), Error> {
    layout.check(bytes)?;
    let (width, height) = (layout.size.width as usize & !1, layout.size.height as usize & !1);
    if (picture.width(), picture.height()) != (width, height) {
        *picture = Picture::new(layout.size, Colour::BLACK);
    }
    let stride = layout.stride;
    match layout.format {
        FourCc::YUYV => packed(bytes, stride, picture, [0, 1, 2, 3]),
        FourCc::YVYU => packed(bytes, stride, picture, [0, 3, 2, 1]),
        FourCc::UYVY => packed(bytes, stride, picture, [1, 0, 3, 2]),
        FourCc::NV12 => nv12(bytes, stride, picture),
        FourCc::NV16 => nv16(bytes, stride, picture),
        FourCc::NV24 => nv24(bytes, stride, picture),
        FourCc::YUV420 => planar(bytes, stride, picture, false),
        FourCc::YVU420 => planar(bytes, stride, picture, true),
        FourCc::RGB24 => rgb(bytes, stride, 3, picture, |p| (p[0], p[1], p[2])),
        FourCc::BGR24 => rgb(bytes, stride, 3, picture, |p| (p[2], p[1], p[0])),
        FourCc::RGB565 => rgb(bytes, stride, 2, picture, |p| {
            let v = u16::from_le_bytes([p[0], p[1]]);
            ((v >> 8 & 0xf8) as u8, (v >> 3 & 0xfc) as u8, (v << 3) as u8)
        }),
        _ => grey(bytes, stride, picture),
    }
    Ok(())
}

/// 4:2:2 in groups of four bytes; `at` says where Y0, U, Y1, V lie. Two rows' chroma become one by their mean.
fn packed(bytes: &[u8], stride: usize, picture: &mut Picture, [y0, u, y1, v]: [usize; 4]) {
    let width = picture.width();
    let [luma, blue, red] = picture.planes_mut();
    let rows = bytes.chunks(stride * 2);
    let chroma = blue.chunks_exact_mut(width / 2).zip(red.chunks_exact_mut(width / 2));
    for ((pair, lines), (blue, red)) in rows.zip(luma.chunks_exact_mut(width * 2)).zip(chroma) {
        let (upper, lower) = (&pair[..width * 2], &pair[stride..stride + width * 2]);
        let (upper_luma, lower_luma) = lines.split_at_mut(width);
        for (group, out) in upper.chunks_exact(4).zip(upper_luma.chunks_exact_mut(2)) {
            (out[0], out[1]) = (group[y0], group[y1]);
        }
        for (group, out) in lower.chunks_exact(4).zip(lower_luma.chunks_exact_mut(2)) {
            (out[0], out[1]) = (group[y0], group[y1]);
        }
        for ((a, b), (blue, red)) in
            upper.chunks_exact(4).zip(lower.chunks_exact(4)).zip(blue.iter_mut().zip(red.iter_mut()))
        {
            *blue = mean(a[u], b[u]);
            *red = mean(a[v], b[v]);
        }
    }
}

fn mean(a: u8, b: u8) -> u8 {
    (u16::from(a) + u16::from(b)).div_ceil(2) as u8
}

fn copy_rows(from: &[u8], stride: usize, to: &mut [u8], width: usize) {
    for (from, to) in from.chunks(stride).zip(to.chunks_exact_mut(width)) {
        to.copy_from_slice(&from[..width]);
    }
}

fn nv12(bytes: &[u8], stride: usize, picture: &mut Picture) {
    let (width, height) = (picture.width(), picture.height());
    let [luma, blue, red] = picture.planes_mut();
    let (y, uv) = bytes.split_at(stride * height);
    copy_rows(y, stride, luma, width);
    let chroma = blue.chunks_exact_mut(width / 2).zip(red.chunks_exact_mut(width / 2));
    for (row, (blue, red)) in uv.chunks(stride).zip(chroma) {
        for (pair, (blue, red)) in row[..width].chunks_exact(2).zip(blue.iter_mut().zip(red)) {
            (*blue, *red) = (pair[0], pair[1]);
        }
    }
}

/// Chroma of every row: two rows' become one by their mean.
fn nv16(bytes: &[u8], stride: usize, picture: &mut Picture) {
    let (width, height) = (picture.width(), picture.height());
    let [luma, blue, red] = picture.planes_mut();
    let (y, uv) = bytes.split_at(stride * height);
    copy_rows(y, stride, luma, width);
    let chroma = blue.chunks_exact_mut(width / 2).zip(red.chunks_exact_mut(width / 2));
    for (rows, (blue, red)) in uv.chunks(stride * 2).zip(chroma) {
        let (upper, lower) = (&rows[..width], &rows[stride..stride + width]);
        let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        for ((a, b), (blue, red)) in pairs.zip(blue.iter_mut().zip(red)) {
            (*blue, *red) = (mean(a[0], b[0]), mean(a[1], b[1]));
        }
    }
}

/// Chroma of every pixel: four become one by their mean.
fn nv24(bytes: &[u8], stride: usize, picture: &mut Picture) {
    let (width, height) = (picture.width(), picture.height());
    let [luma, blue, red] = picture.planes_mut();
    let (y, uv) = bytes.split_at(stride * height);
    copy_rows(y, stride, luma, width);
    let chroma = blue.chunks_exact_mut(width / 2).zip(red.chunks_exact_mut(width / 2));
    for (rows, (blue, red)) in uv.chunks(stride * 4).zip(chroma) {
        let (upper, lower) = (&rows[..width * 2], &rows[stride * 2..stride * 2 + width * 2]);
        let pairs = upper.chunks_exact(4).zip(lower.chunks_exact(4));
        for ((a, b), (blue, red)) in pairs.zip(blue.iter_mut().zip(red)) {
            *blue = mean4(a[0], a[2], b[0], b[2]);
            *red = mean4(a[1], a[3], b[1], b[3]);
        }
    }
}

fn mean4(a: u8, b: u8, c: u8, d: u8) -> u8 {
    ((u16::from(a) + u16::from(b) + u16::from(c) + u16::from(d) + 2) / 4) as u8
}

fn planar(bytes: &[u8], stride: usize, picture: &mut Picture, swapped: bool) {
    let (width, height) = (picture.width(), picture.height());
    let [luma, blue, red] = picture.planes_mut();
    let (y, chroma) = bytes.split_at(stride * height);
    copy_rows(y, stride, luma, width);
    let (first, second) = chroma.split_at(stride / 2 * (height / 2));
    let (u, v) = if swapped { (second, first) } else { (first, second) };
    copy_rows(u, stride / 2, blue, width / 2);
    copy_rows(v, stride / 2, red, width / 2);
}

fn grey(bytes: &[u8], stride: usize, picture: &mut Picture) {
    let width = picture.width();
    let [luma, blue, red] = picture.planes_mut();
    copy_rows(bytes, stride, luma, width);
    blue.fill(128);
    red.fill(128);
}

/// RGB of `size` bytes a pixel, BT.601 limited range; chroma from the mean of four pixels.
fn rgb(
    bytes: &[u8],
    stride: usize,
    size: usize,
    picture: &mut Picture,
    pixel: impl Fn(&[u8]) -> (u8, u8, u8),
) {
    let width = picture.width();
    let [luma, blue, red] = picture.planes_mut();
    let chroma = blue.chunks_exact_mut(width / 2).zip(red.chunks_exact_mut(width / 2));
    for ((pair, lines), (blue, red)) in
        bytes.chunks(stride * 2).zip(luma.chunks_exact_mut(width * 2)).zip(chroma)
    {
        let (upper, lower) = (&pair[..width * size], &pair[stride..stride + width * size]);
        let (upper_luma, lower_luma) = lines.split_at_mut(width);
        for x in 0..width / 2 {
            let mut sum = (0u16, 0u16, 0u16);
            for (row, out) in [(upper, &mut *upper_luma), (lower, &mut *lower_luma)] {
                for column in [2 * x, 2 * x + 1] {
                    let (r, g, b) = pixel(&row[column * size..][..size]);
                    out[column] = Colour::rgb(r, g, b).0;
                    sum = (sum.0 + u16::from(r), sum.1 + u16::from(g), sum.2 + u16::from(b));
                }
            }
            let Colour(_, u, v) = Colour::rgb((sum.0 / 4) as u8, (sum.1 / 4) as u8, (sum.2 / 4) as u8);
            (blue[x], red[x]) = (u, v);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: Size = Size { width: 8, height: 4 };

    /// A picture of one colour in any format, with padded rows, comes out as that colour.
    #[test]
    fn every_format_keeps_a_colour() {
        let (r, g, b) = (200u8, 100u8, 50u8);
        let Colour(y, u, v) = Colour::rgb(r, g, b);
        let rgb565 = (u16::from(r) >> 3 << 11 | u16::from(g) >> 2 << 5 | u16::from(b) >> 3).to_le_bytes();
        let cases: [(FourCc, &[u8]); 7] = [
            (FourCc::YUYV, &[y, u, y, v]),
            (FourCc::YVYU, &[y, v, y, u]),
            (FourCc::UYVY, &[u, y, v, y]),
            (FourCc::RGB24, &[r, g, b]),
            (FourCc::BGR24, &[b, g, r]),
            (FourCc::RGB565, &rgb565),
            (FourCc::GREY, &[y]),
        ];
        for (format, unit) in cases {
            let layout = Layout { format, size: SIZE, stride: 0 };
            let row = layout.row_bytes().unwrap();
            let layout = Layout { stride: row + 8, ..layout };
            let mut bytes = Vec::new();
            for _ in 0..SIZE.height {
                bytes.extend(unit.iter().copied().cycle().take(row));
                bytes.extend([0xEE; 8]);
            }
            let mut picture = Picture::new(SIZE, Colour::WHITE);
            convert(layout, &bytes, &mut picture).unwrap();
            let near = |plane: &[u8], value: u8| plane.iter().all(|&byte| byte.abs_diff(value) <= 3);
            let [luma, blue, red] = picture.planes();
            assert!(near(luma, y), "{format}: {luma:?}, not {y}");
            if format == FourCc::GREY {
                assert!(near(blue, 128) && near(red, 128));
            } else {
                assert!(near(blue, u) && near(red, v), "{format}: {blue:?} {red:?}, not {u} {v}");
            }
        }
    }

    #[test]
    fn planar_formats_find_their_planes() {
        let stride = 12;
        let mut bytes = vec![10; stride * 4];
        bytes.extend([20; 12]);
        bytes.extend([30; 12]);
        let mut picture = Picture::new(SIZE, Colour::WHITE);
        for (format, u, v) in [(FourCc::YUV420, 20, 30), (FourCc::YVU420, 30, 20)] {
            convert(Layout { format, size: SIZE, stride }, &bytes, &mut picture).unwrap();
            assert_eq!(picture.planes(), [&[10; 32][..], &[u; 8], &[v; 8]]);
        }
        let mut nv12 = vec![10; stride * 4];
        nv12.extend([20, 30].repeat(12));
        convert(Layout { format: FourCc::NV12, size: SIZE, stride }, &nv12, &mut picture).unwrap();
        assert_eq!(picture.planes(), [&[10; 32][..], &[20; 8], &[30; 8]]);
        // Chroma of 19 and 21 by rows, and by columns too.
        let luma = vec![10; stride * 4];
        let rows = |u: u8| [u, 30].repeat(6);
        let nv16 = [luma.clone(), rows(19), rows(21), rows(19), rows(21)].concat();
        convert(Layout { format: FourCc::NV16, size: SIZE, stride }, &nv16, &mut picture).unwrap();
        assert_eq!(picture.planes(), [&[10; 32][..], &[20; 8], &[30; 8]]);
        let pixels = [19, 29, 21, 31].repeat(6);
        let nv24 = [luma, pixels.repeat(4)].concat();
        convert(Layout { format: FourCc::NV24, size: SIZE, stride }, &nv24, &mut picture).unwrap();
        assert_eq!(picture.planes(), [&[10; 32][..], &[20; 8], &[30; 8]]);
    }

    #[test]
    fn what_cannot_be_converted_is_named() {
        let mut picture = Picture::new(SIZE, Colour::WHITE);
        let error =
            convert(Layout { format: FourCc::MJPEG, size: SIZE, stride: 16 }, &[0; 999], &mut picture);
        assert!(error.unwrap_err().to_string().contains("MJPG"));
        let error = convert(Layout { format: FourCc::YUYV, size: SIZE, stride: 16 }, &[0; 63], &mut picture);
        assert_eq!(error, Err(Error::Short { got: 63, expected: 64 }));
    }

    /// Small pictures of every format that is converted, their rows of any length.
    pub fn any_layout() -> impl Strategy<Value = Layout> {
        let formats = vec![
            FourCc::YUYV,
            FourCc::YVYU,
            FourCc::UYVY,
            FourCc::NV12,
            FourCc::YUV420,
            FourCc::YVU420,
            FourCc::RGB24,
            FourCc::BGR24,
            FourCc::RGB565,
            FourCc::GREY,
            FourCc::NV16,
            FourCc::NV24,
        ];
        (prop::sample::select(formats), 2u32..40, 2u32..20, 0usize..100).prop_map(
            |(format, width, height, stride)| Layout { format, size: Size { width, height }, stride },
        )
    }

    proptest! {
        #[test]
        fn no_layout_panics(layout in any_layout(), length in 0usize..6000) {
            let _ = convert(layout, &vec![7; length], &mut Picture::new(SIZE, Colour::BLACK));
        }
    }
}
