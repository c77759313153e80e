use super::*;
use proptest::prelude::*;
use turbojpeg::{Compressor, Image, PixelFormat};

/// A picture with something in it, in RGB.
fn rgb(width: usize, height: usize) -> Vec<u8> {
    (0..height)
        .flat_map(|y| {
            (0..width).flat_map(move |x| {
                [
                    (x * 255 / width) as u8,
                    (y * 255 / height) as u8,
                    if (x / 8 + y / 8) % 2 == 0 { 200 } else { 40 },
                ]
            })
        })
        .collect()
}

fn compress(width: usize, height: usize, subsamp: Subsamp, change: impl FnOnce(&mut Compressor)) -> Vec<u8> {
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(95).unwrap();
    compressor.set_subsamp(subsamp).unwrap();
    change(&mut compressor);
    let pixels = rgb(width, height);
    let image = Image { pixels: &pixels[..], width, pitch: width * 3, height, format: PixelFormat::RGB };
    compressor.compress_to_vec(image).unwrap()
}

fn jpeg() -> Vec<u8> {
    compress(64, 48, Subsamp::Sub2x1, |_| {})
}

fn decode_by(rules: Rules, jpeg: &[u8]) -> Result<Picture, Error> {
    let mut decoder = Decoder::new(rules).unwrap();
    let mut picture = Picture::new(Size { width: 2, height: 2 }, Colour::BLACK);
    decoder.take(jpeg)?;
    decoder.decode(&mut picture).map(|()| picture)
}

fn decode(jpeg: &[u8]) -> Result<Picture, Error> {
    decode_by(Rules::default(), jpeg)
}

/// The picture with its Huffman tables taken out, as many dongles send it.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut rest = &jpeg[2..];
    let mut out = START.to_vec();
    while rest[1] != 0xda {
        let (segment, more) = rest.split_at(2 + usize::from(u16::from_be_bytes([rest[2], rest[3]])));
        if segment[1] != 0xc4 {
            out.extend(segment);
        }
        rest = more;
    }
    out.extend(rest);
    assert!(out.len() < jpeg.len() - 400, "there were tables");
    out
}

#[test]
fn every_chroma_resolution_gives_the_same_picture() {
    for (width, height) in [(64, 48), (62, 46), (63, 47)] {
        for subsamp in [
            Subsamp::None,
            Subsamp::Sub2x1,
            Subsamp::Sub2x2,
            Subsamp::Sub1x2,
            Subsamp::Sub4x1,
            Subsamp::Sub1x4,
            Subsamp::Gray,
        ] {
            let picture = decode(&compress(width, height, subsamp, |_| {})).unwrap();
            assert_eq!((picture.width(), picture.height()), (width & !1, height & !1));
            let [luma, blue, _] = picture.planes();
            let (x, y) = (20, 20);
            let pixel = &rgb(width, height)[(y * width + x) * 3..][..3];
            let Colour(wanted, ..) = Colour::rgb(pixel[0], pixel[1], pixel[2]);
            let got = luma[y * picture.width() + x];
            assert!(got.abs_diff(wanted) < 6, "{subsamp:?} {width}x{height}: {got}, not {wanted}");
            let grey = blue.iter().all(|&sample| sample == 128);
            assert_eq!(grey, subsamp == Subsamp::Gray);
        }
    }
}

#[test]
fn standard_tables_may_be_left_out() {
    let whole = jpeg();
    assert_eq!(decode(&without_tables(&whole)), decode(&whole));
}

#[test]
fn progressive_ones_are_decoded() {
    assert!(decode(&compress(64, 48, Subsamp::Sub2x2, |c| c.set_progressive(true).unwrap())).is_ok());
}

#[test]
fn the_end_may_be_padded_or_missing() {
    let whole = jpeg();
    let picture = decode(&whole).unwrap();
    let padded = [&whole[..], &[0; 1000]].concat();
    assert_eq!(decode(&padded), Ok(picture.clone()));
    let open = &whole[..whole.len() - 2];
    assert_eq!(decode(open), Ok(picture.clone()));
    assert_eq!(decode(&[open, &[0; 1000]].concat()), Ok(picture.clone()));
    assert_eq!(decode(&[&whole[..], &[0xff, 0x33, 7]].concat()), Ok(picture), "what follows does not matter");
}

#[test]
fn a_damaged_one_is_never_shown() {
    let whole = jpeg();
    let rules = Rules { allow_truncated: true, ..Rules::default() };
    for keep in [whole.len() / 2, whole.len() - 100] {
        for padding in [0, 2, 3000] {
            let cut = [&whole[..keep], &vec![0; padding]].concat();
            assert!(matches!(decode(&cut), Err(Error::Damaged(_))), "{keep} of {} bytes", whole.len());
            assert!(decode_by(rules, &cut).is_ok(), "shown on request");
        }
    }
    assert!(matches!(decode_by(rules, &whole[..300]), Err(Error::Damaged(_))), "there is not even a size");
    let mut overwritten = whole.clone();
    let middle = whole.len() * 2 / 3;
    overwritten[middle..middle + 40].fill(0xff);
    assert!(decode_by(rules, &overwritten).is_err());
}

#[test]
fn some_padding_before_the_end_is_harmless() {
    let whole = jpeg();
    let stuffed = |bytes| [&whole[..whole.len() - 2], &vec![0x55; bytes], &END].concat();
    assert_eq!(decode(&stuffed(3)), decode(&whole));
    assert!(matches!(decode(&stuffed(300)), Err(Error::Damaged(_))));
}

#[test]
fn what_is_no_jpeg_is_named() {
    let whole = jpeg();
    assert_eq!(decode(&whole[..124]), Err(Error::Short(124)));
    assert_eq!(decode(&[0; 200]), Err(Error::Foreign));
    let rules = Rules { shortest: whole.len() + 1, ..Rules::default() };
    assert_eq!(decode_by(rules, &whole), Err(Error::Short(whole.len())));
    let cmyk = {
        let mut compressor = Compressor::new().unwrap();
        compressor.set_subsamp(Subsamp::None).unwrap();
        let image = Image {
            pixels: &[90u8; 64 * 4 * 64][..],
            width: 64,
            pitch: 256,
            height: 64,
            format: PixelFormat::CMYK,
        };
        compressor.compress_to_vec(image).unwrap()
    };
    assert_eq!(decode(&cmyk), Err(Error::Colours));
}

/// Bytes of the height and the width in the frame header.
fn size_in(jpeg: &mut [u8]) -> &mut [u8] {
    let header = jpeg.windows(2).position(|bytes| bytes == [0xff, 0xc0]).unwrap();
    &mut jpeg[header + 5..header + 9]
}

#[test]
fn a_size_that_is_a_lie_costs_nothing() {
    for lie in [[0xff, 0xdc, 0xff, 0xdc], [0x80, 0, 0x10, 0], [0, 1, 0, 1], [0, 1, 0xff, 0xdc]] {
        let mut jpeg = jpeg();
        size_in(&mut jpeg).copy_from_slice(&lie);
        assert!(matches!(decode(&jpeg), Err(Error::Size(_))), "{lie:x?}");
    }
    let mut taller = jpeg();
    size_in(&mut taller).copy_from_slice(&[0, 96, 0, 64]);
    assert!(matches!(decode(&taller), Err(Error::Damaged(_))));
}

#[test]
fn one_decoder_follows_the_size() {
    let mut decoder = Decoder::new(Rules::default()).unwrap();
    let mut picture = Picture::new(Size { width: 640, height: 480 }, Colour::BLACK);
    for (width, height) in [(64, 48), (128, 96), (32, 32)] {
        decoder.take(&compress(width, height, Subsamp::Sub2x2, |_| {})).unwrap();
        decoder.decode(&mut picture).unwrap();
        assert_eq!((picture.width(), picture.height()), (width, height));
    }
}

/// What one leaves behind in the decoder must not be taken for the next one's, which may have no tables of its own.
#[test]
fn a_damaged_one_does_no_harm_to_the_next() {
    let whole = jpeg();
    let (expected, bare) = (decode(&whole).unwrap(), without_tables(&whole));
    let mut decoder = Decoder::new(Rules::default()).unwrap();
    let mut picture = expected.clone();
    let marker = |marker| whole.windows(2).position(|bytes| bytes == [0xff, marker]).unwrap();
    for at in [marker(0xdb) + 4, marker(0xc0) + 2, marker(0xc4) + 4, marker(0xc4) + 30, marker(0xda) + 6] {
        let mut damaged = whole.clone();
        damaged[at..at + 9].fill(0x48);
        let _ = decoder.take(&damaged).and_then(|()| decoder.decode(&mut picture));
        for next in [&whole, &bare] {
            decoder.take(next).unwrap();
            assert_eq!(decoder.decode(&mut picture), Ok(()), "after damage at {at}");
            assert!(picture == expected, "after damage at {at}");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), truncated in any::<bool>()) {
        let rules = Rules { shortest: 0, allow_truncated: truncated };
        let _ = decode_by(rules, &bytes);
        let _ = decode_by(rules, &[&START[..], &bytes].concat());
    }

    #[test]
    fn no_change_panics(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in any::<prop::sample::Index>(), truncated in any::<bool>(), progressive in any::<bool>()) {
        let mut jpeg = compress(64, 48, Subsamp::Sub2x1, |c| c.set_progressive(progressive).unwrap());
        for (at, byte) in changes {
            let at = at.index(jpeg.len());
            jpeg[at] = byte;
        }
        let rules = Rules { shortest: 0, allow_truncated: truncated };
        let _ = decode_by(rules, &jpeg);
        let _ = decode_by(rules, &jpeg[..cut.index(jpeg.len())]);
    }
}
