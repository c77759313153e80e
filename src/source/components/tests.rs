//! Every format in its place, whole and in strips.

use super::*;
use crate::source::convert::tests::any_layout;
use crate::source::picture::Colour;
use proptest::prelude::*;

const SIZE: Size = Size { width: 4, height: 2 };

fn take(format: FourCc, stride: usize, range: Range, bytes: &[u8]) -> Components {
    let mut components = Components::default();
    let picture = Raw::captured(Layout { format, size: SIZE, stride }, range, bytes).unwrap();
    components.take(&picture.strip(0, SIZE.height as usize));
    components
}

#[test]
fn the_range_is_mapped_to_the_nearest_or_the_one_beside_it() {
    for limited in 0..=255u16 {
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
fn a_wide_row_is_unpacked_like_a_narrow_one() {
    // 32 pixels at once, and six that are left over.
    let (width, size) = (38, Size { width: 38, height: 2 });
    let bytes: Vec<u8> = (0..width * 4).map(|n| (n * 37 % 256) as u8).collect();
    for (format, y, [u, v]) in
        [(FourCc::YUYV, 0, [1, 3]), (FourCc::YVYU, 0, [3, 1]), (FourCc::UYVY, 1, [0, 2])]
    {
        for (range, luma, chroma) in [
            (Range::Full, (|y| y) as fn(u16) -> u16, (|c| c) as fn(u16) -> u16),
            (Range::Limited, luma_full, chroma_full),
        ] {
            let picture = Raw::captured(Layout { format, size, stride: width * 2 }, range, &bytes).unwrap();
            let mut components = Components::default();
            components.take(&picture.strip(0, 2));
            let plane = |of: fn(u16) -> u16, from: usize, step: usize| {
                bytes
                    .iter()
                    .skip(from)
                    .step_by(step)
                    .map(move |byte| of((*byte).into()) as u8)
                    .collect::<Vec<u8>>()
            };
            let expected = [plane(luma, y, 2), plane(chroma, u, 4), plane(chroma, v, 4)].concat();
            assert!(components.bytes == expected, "{format} {range:?}");
        }
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
    components.take(&Raw::drawn(&Picture::new(SIZE, Colour::WHITE)).strip(0, 2));
    assert_eq!(components.bytes, [&[255; 8][..], &[128; 4]].concat());
    let nv12 = |colorspace| take(FourCc::NV12, 4, Range::of(FourCc::NV12, colorspace), &[16; 12]).bytes[0];
    assert_eq!((nv12(0), nv12(COLORSPACE_JPEG)), (0, 16));
    assert_eq!(take(FourCc::GREY, 4, Range::of(FourCc::GREY, 0), &[16; 8]).bytes, [16; 8]);
}

proptest! {
    #[test]
    fn no_layout_panics(layout in any_layout(), length in 0usize..6000) {
        let bytes = vec![7; length];
        if let Ok(picture) = Raw::captured(layout, Range::Limited, &bytes) {
            let (_, height) = picture.size();
            for from in (0..height).step_by(16) {
                Components::default().take(&picture.strip(from, 16.min(height - from)));
            }
        }
    }
}

#[test]
fn strips_are_the_picture_cut_in_pieces() {
    let size = Size { width: 8, height: 10 };
    for format in [
        FourCc::YUYV,
        FourCc::NV12,
        FourCc::NV16,
        FourCc::NV24,
        FourCc::YUV420,
        FourCc::YVU420,
        FourCc::RGB24,
        FourCc::RGB565,
        FourCc::GREY,
    ] {
        let bytes: Vec<u8> = (0..10 * 32 * 3).map(|n| (n * 7 % 256) as u8).collect();
        let picture = Raw::captured(Layout { format, size, stride: 32 }, Range::Limited, &bytes).unwrap();
        let take = |from, rows| {
            let mut components = Components::default();
            components.take(&picture.strip(from, rows));
            components
        };
        let [whole, first, second] = [take(0, 10), take(0, 4), take(4, 6)];
        // Plane by plane: each is as long as the picture's rows say, in this chroma resolution.
        let lengths = |of: &Components| match of.samples {
            Samples::Pixels(_) => vec![of.bytes.len()],
            Samples::Planes(Subsamp::Gray) => vec![of.width * of.height],
            Samples::Planes(subsamp) => {
                let (luma, (across, down)) = (of.width * of.height, subsamp.size());
                vec![luma, luma / across / down, luma / across / down]
            }
        };
        let mut at = [0; 3];
        for (n, (first_length, second_length)) in
            lengths(&first).into_iter().zip(lengths(&second)).enumerate()
        {
            let [here, there, all] = at;
            let plane =
                [&first.bytes[here..][..first_length], &second.bytes[there..][..second_length]].concat();
            assert_eq!(whole.bytes[all..][..plane.len()], plane, "{format}, plane {n}");
            at = [here + first_length, there + second_length, all + plane.len()];
        }
        assert_eq!(at[2], whole.bytes.len());
    }
}
