//! How a picture lies in memory: strides, planes, sizes. Pure arithmetic.

use crate::{FourCc, Size};

/// A picture's format, size and place in its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PixelLayout {
    /// What the bytes mean.
    pub format: FourCc,
    /// In pixels.
    pub size: Size,
    /// Bytes from row to row of the first plane; 0 for compressed pictures.
    pub stride: u32,
    /// Bytes of a whole buffer; what is used of it may be less.
    pub sizeimage: u32,
    /// The kernel's number of the colour space (`enum v4l2_colorspace`); 0: unknown.
    pub colorspace: u32,
}

/// A plane of a picture: where it starts and how many rows of how many bytes it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plane {
    /// Bytes from the picture's start.
    pub offset: usize,
    /// Bytes from row to row.
    pub stride: usize,
    /// Bytes of a row that are picture.
    pub row: usize,
    /// Rows.
    pub rows: usize,
}

/// Each plane: width and height as divisors of the picture's, bytes per sample.
fn shape(format: FourCc) -> Option<&'static [(u32, u32, u32)]> {
    Some(match format {
        FourCc::YUYV | FourCc::YVYU | FourCc::UYVY | FourCc::VYUY | FourCc::RGB565 => &[(1, 1, 2)],
        FourCc::RGB24 | FourCc::BGR24 => &[(1, 1, 3)],
        FourCc::GREY => &[(1, 1, 1)],
        FourCc::YUV420 | FourCc::YVU420 => &[(1, 1, 1), (2, 2, 1), (2, 2, 1)],
        FourCc::NV12 | FourCc::NV21 => &[(1, 1, 1), (2, 2, 2)],
        FourCc::NV16 => &[(1, 1, 1), (2, 1, 2)],
        FourCc::NV24 => &[(1, 1, 1), (1, 1, 2)],
        _ => return None,
    })
}

impl PixelLayout {
    /// A picture without gaps between its rows; of a compressed or unknown format, without stride and size.
    pub fn packed(format: FourCc, size: Size) -> Self {
        Self::with_stride(format, size, min_stride(format, size.width).unwrap_or(0))
    }

    /// A picture with the given bytes from row to row.
    pub fn with_stride(format: FourCc, size: Size, stride: u32) -> Self {
        let mut layout = Self { format, size, stride, sizeimage: 0, colorspace: 0 };
        layout.sizeimage = layout.planes().last().map_or(0, |p| (p.offset + p.stride * p.rows) as u32);
        layout
    }

    /// The planes in memory order; none for compressed or unknown formats. V4L2's rule for one-memory formats: each plane
    /// follows the one before it, and chroma's stride is luma's times the ratio of their row lengths.
    pub fn planes(&self) -> impl DoubleEndedIterator<Item = Plane> + use<> {
        let shape = shape(self.format).unwrap_or(&[]);
        let luma_bytes = shape.first().map_or(1, |p| p.2);
        let (size, stride) = (self.size, self.stride);
        let plane = move |&(dx, dy, bytes): &(u32, u32, u32)| Plane {
            offset: 0,
            stride: (stride * bytes / (dx * luma_bytes)) as usize,
            row: (size.width.div_ceil(dx) * bytes) as usize,
            rows: size.height.div_ceil(dy) as usize,
        };
        let mut offset = 0;
        let mut planes = [None; 3];
        for (place, shape) in planes.iter_mut().zip(shape) {
            let next = Plane { offset, ..plane(shape) };
            offset += next.stride * next.rows;
            *place = Some(next);
        }
        planes.into_iter().flatten()
    }
}

/// Bytes of a row of luma or of packed pixels without padding; `None` for compressed or unknown formats.
pub fn min_stride(format: FourCc, width: u32) -> Option<u32> {
    shape(format).map(|planes| width * planes[0].2)
}

/// Stride to ask a capture driver for: encoders in hardware read rows from multiples of 64 bytes, while receivers may
/// be content with 32; where they share buffers, the stricter rule must hold from the start.
pub(crate) fn shareable_stride(format: FourCc, width: u32) -> u32 {
    min_stride(format, width).map_or(0, |bytes| bytes.next_multiple_of(64))
}

/// Copies a picture between buffers of different strides. False: the layouts' formats or sizes differ, or a buffer is
/// too small; nothing, or a part, was written.
pub(crate) fn copy_picture(
    from: &[u8],
    from_layout: &PixelLayout,
    to: &mut [u8],
    to_layout: &PixelLayout,
) -> bool {
    if (from_layout.format, from_layout.size) != (to_layout.format, to_layout.size) {
        return false;
    }
    if from_layout.stride == to_layout.stride {
        let length = PixelLayout::with_stride(from_layout.format, from_layout.size, from_layout.stride)
            .sizeimage as usize;
        return match (from.get(..length), to.get_mut(..length)) {
            (Some(from), Some(to)) => {
                to.copy_from_slice(from);
                true
            }
            _ => false,
        };
    }
    for (a, b) in from_layout.planes().zip(to_layout.planes()) {
        for row in 0..a.rows {
            let (start_a, start_b) = (a.offset + row * a.stride, b.offset + row * b.stride);
            match (from.get(start_a..start_a + a.row), to.get_mut(start_b..start_b + a.row)) {
                (Some(from), Some(to)) => to.copy_from_slice(from),
                _ => return false,
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn sizes_of_packed_pictures() {
        let bytes = |format, w, h| PixelLayout::packed(format, size(w, h)).sizeimage;
        assert_eq!(bytes(FourCc::UYVY, 1920, 1080), 1920 * 1080 * 2);
        assert_eq!(bytes(FourCc::RGB24, 1680, 1050), 1680 * 1050 * 3);
        assert_eq!(bytes(FourCc::YUV420, 1280, 720), 1280 * 720 * 3 / 2);
        assert_eq!(bytes(FourCc::NV12, 640, 480), 640 * 480 * 3 / 2);
        assert_eq!(bytes(FourCc::NV16, 640, 480), 640 * 480 * 2);
        assert_eq!(bytes(FourCc::NV24, 640, 480), 640 * 480 * 3);
        assert_eq!(bytes(FourCc::MJPEG, 640, 480), 0);
    }

    /// The widths at which a receiver that aligns to 32 and an encoder that aligns to 64 would disagree.
    #[test]
    fn strides_that_receiver_and_encoder_can_share() {
        let strides = [720, 1360, 1366, 1400, 1680].map(|width| shareable_stride(FourCc::UYVY, width));
        assert_eq!(strides, [1472, 2752, 2752, 2816, 3392]);
        assert_eq!(shareable_stride(FourCc::UYVY, 1920), 3840);
        assert_eq!(shareable_stride(FourCc::MJPEG, 1920), 0);
    }

    #[test]
    fn planes_follow_each_other() {
        let layout = PixelLayout::with_stride(FourCc::YUV420, size(720, 480), 768);
        let planes: Vec<_> = layout.planes().collect();
        assert_eq!(planes[1], Plane { offset: 768 * 480, stride: 384, row: 360, rows: 240 });
        assert_eq!(planes[2].offset, 768 * 480 + 384 * 240);
        let nv16: Vec<_> = PixelLayout::with_stride(FourCc::NV16, size(720, 480), 768).planes().collect();
        assert_eq!(nv16[1], Plane { offset: 768 * 480, stride: 768, row: 720, rows: 480 });
        let nv24: Vec<_> = PixelLayout::packed(FourCc::NV24, size(64, 4)).planes().collect();
        assert_eq!(nv24[1], Plane { offset: 256, stride: 128, row: 128, rows: 4 });
    }

    proptest! {
        /// To a wider stride and back, the picture is the same.
        #[test]
        fn a_picture_survives_a_change_of_stride(
            which in 0usize..6, width in 1u32..40, height in 1u32..20, padding in 0u32..9, seed in any::<u8>(),
        ) {
            let format = [FourCc::YUYV, FourCc::RGB24, FourCc::YUV420, FourCc::NV12, FourCc::NV16, FourCc::NV24][which];
            let size = size(width * 2, height * 2);
            let narrow = PixelLayout::packed(format, size);
            let wide = PixelLayout::with_stride(format, size, narrow.stride + padding * 2);
            let picture: Vec<u8> = (0..narrow.sizeimage).map(|i| (i as u8).wrapping_mul(31).wrapping_add(seed)).collect();
            let mut between = vec![0; wide.sizeimage as usize];
            let mut back = vec![0; picture.len()];
            prop_assert!(copy_picture(&picture, &narrow, &mut between, &wide));
            prop_assert!(copy_picture(&between, &wide, &mut back, &narrow));
            prop_assert_eq!(picture, back);
        }

        #[test]
        fn a_buffer_too_small_is_refused(short in 1usize..100, padding in 0u32..2) {
            let layout = PixelLayout::packed(FourCc::NV12, size(16, 16));
            let other = PixelLayout::with_stride(FourCc::NV12, size(16, 16), 16 + 2 * padding);
            let picture = vec![1; layout.sizeimage as usize - short];
            prop_assert!(!copy_picture(&picture, &layout, &mut vec![0; other.sizeimage as usize], &other));
        }
    }
}
