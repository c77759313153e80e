//! A driver's raw picture: whatever format, size and stride it names, and however few bytes it gives.

use std::cell::RefCell;

use rustreamer::options::FORMATS;
use rustreamer::source::Picture;
use rustreamer::source::components::{Components, Range, Raw};
use rustreamer::source::convert::{Layout, convert};
use rustreamer::source::picture::Colour;
use v4l2m2m::{FourCc, Size};

/// Rows that are taken at once.
const STRIP: usize = 16;

thread_local! {
    static ROOM: RefCell<(Components, Picture)> =
        RefCell::new((Components::default(), Picture::new(Size { width: 2, height: 2 }, Colour::BLACK)));
}

pub fn run(input: &[u8]) {
    let [format, colorspace, width, height, low, high, filled, bytes @ ..] = input else { return };
    let format = FORMATS[usize::from(*format) % FORMATS.len()].1;
    let size = Size { width: u32::from(*width).max(2), height: u32::from(*height).max(2) };
    let stride = usize::from(u16::from_le_bytes([*low, *high]));
    let layout = Layout { format: FourCc(u32::from_le_bytes(format)), size, stride };
    // Pictures of some kilobytes are not for inputs of some hundreds.
    let mut bytes = bytes.to_vec();
    bytes.extend(std::iter::repeat_n(*filled, usize::from(*filled) * 512));
    let range = Range::of(layout.format, u32::from(*colorspace));
    let even = (size.width as usize & !1, size.height as usize & !1);
    ROOM.with_borrow_mut(|(components, picture)| {
        let raw = Raw::captured(layout, range, &bytes);
        assert_eq!(raw.is_ok(), convert(layout, &bytes, picture).is_ok(), "both take it, or none does");
        let Ok(raw) = raw else { return };
        assert_eq!((raw.size(), (picture.width(), picture.height())), (even, even));
        for from in (0..even.1).step_by(STRIP) {
            let rows = STRIP.min(even.1 - from);
            components.take(&raw.strip(from, rows));
            assert_eq!((components.width, components.height), (even.0, rows));
        }
    });
}
