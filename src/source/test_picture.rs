//! The built-in test picture: colour bars, a ramp, a clock, the frame number, something that moves, and a time code
//! that programs can read from the decoded pixels.
//!
//! The time code is two rows of 40 square blocks at the top left, white for 1 and black for 0: 32 bits, highest
//! first, and an 8-bit checksum. The first row is the moment of capture in units of 100 µs of CLOCK_MONOTONIC
//! (modulo 2^32), the second the frame number.
//!
//! What must always hold: a frame costs only what changes in it. Pictures come from a small pool, and each
//! remembers what was last drawn over its background.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use memsink::Micros;
use v4l2m2m::Size;

use super::Meta;
use super::font;
use super::picture::{Colour, Picture, Rect};

/// Blocks in a row of the time code.
const BLOCKS: usize = 40;

/// A source of test pictures.
pub struct TestPicture {
    background: Picture,
    pool: Vec<Pooled>,
    block: usize,
    panel: Rect,
    track: Rect,
    number: u32,
}

struct Pooled {
    picture: Arc<Picture>,
    /// Where the moving box was drawn.
    marker: Rect,
}

impl TestPicture {
    /// Pictures of this size; odd sides are cut by one.
    pub fn new(size: Size) -> TestPicture {
        let mut background = Picture::new(size, Colour::NIGHT);
        let (width, height) = (background.width(), background.height());
        let block = (width / BLOCKS / 4 * 4).clamp(4, 16);
        paint_background(&mut background, size);
        let panel = Rect {
            x: (width * 5 / 16) & !1,
            y: (height * 5 / 16) & !1,
            width: (width * 6 / 16) & !1,
            height: (height * 3 / 16) & !1,
        };
        background.fill(panel, Colour::BLACK);
        let track = Rect { x: 0, y: (height * 13 / 16) & !1, width, height: (height / 16) & !1 };
        TestPicture { background, pool: Vec::new(), block, panel, track, number: 0 }
    }

    /// The next frame is left out: its number passes, nothing is drawn.
    pub fn skip(&mut self) {
        self.number = self.number.wrapping_add(1);
    }

    /// Draws the next frame. Its memory is used again once the caller has let go of it.
    pub fn next(&mut self, captured: Micros) -> (Meta, Arc<Picture>) {
        let number = self.number;
        self.skip();
        let slot = self.pool.iter().position(|pooled| Arc::strong_count(&pooled.picture) == 1);
        let slot = slot.unwrap_or_else(|| {
            let nowhere = Rect { x: 0, y: 0, width: 0, height: 0 };
            self.pool.push(Pooled { picture: Arc::new(self.background.clone()), marker: nowhere });
            self.pool.len() - 1
        });
        let pooled = &mut self.pool[slot];
        // Only this source clones a pooled picture into a frame, so the only holder is the pool.
        let picture = Arc::make_mut(&mut pooled.picture);

        picture.restore(pooled.marker, &self.background);
        let travel = self.track.width.saturating_sub(self.track.height).max(2);
        let x = ((number as usize * (self.background.width() / 160).max(2)) % travel) & !1;
        pooled.marker = Rect { x, width: self.track.height, ..self.track };
        picture.fill(pooled.marker, Colour::AMBER);

        let clock = wall_clock();
        let label = format!("frame {number:>8}");
        let scale = font::scale_to_fit(14, self.panel.width).min(self.panel.height / 24).max(1);
        picture.fill(self.panel, Colour::BLACK);
        let left = self.panel.x + (self.panel.width.saturating_sub(14 * 8 * scale)) / 2;
        let top = self.panel.y + (self.panel.height.saturating_sub(20 * scale)) / 2;
        picture.text(left + 8 * scale, top, scale, Colour::WHITE.0, &clock);
        picture.text(left, top + 12 * scale, scale, Colour::GREY.0, &label);

        write_row(picture, 0, self.block, (captured.0 / 100) as u32);
        write_row(picture, self.block, self.block, number);
        let meta = Meta { captured, dequeued: Micros::now(), sequence: number, online: true };
        (meta, Arc::clone(&pooled.picture))
    }
}

fn paint_background(picture: &mut Picture, size: Size) {
    let (width, height) = (picture.width(), picture.height());
    let bars = [
        Colour::rgb(191, 191, 191),
        Colour::rgb(191, 191, 0),
        Colour::rgb(0, 191, 191),
        Colour::rgb(0, 191, 0),
        Colour::rgb(191, 0, 191),
        Colour::rgb(191, 0, 0),
        Colour::rgb(0, 0, 191),
    ];
    for (n, colour) in bars.into_iter().enumerate() {
        let (left, right) = ((width * n / 7) & !1, (width * (n + 1) / 7) & !1);
        picture.fill(Rect { x: left, y: height / 8, width: right - left, height: height * 9 / 16 }, colour);
    }
    for step in 0..32 {
        let (left, right) = ((width * step / 32) & !1, (width * (step + 1) / 32) & !1);
        let luma = 16 + (219 * step / 31) as u8;
        let rect = Rect { x: left, y: height * 11 / 16, width: right - left, height: height / 10 };
        picture.fill(rect, Colour(luma, 128, 128));
    }
    let title = format!("rustreamer test picture {size}");
    let scale = font::scale_to_fit(title.len() * 2, width);
    let left = width.saturating_sub(title.len() * 8 * scale) / 2;
    picture.text(left, height * 15 / 16 - 4 * scale, scale, Colour::GREY.0, &title);
}

/// Writes one row of the time code.
fn write_row(picture: &mut Picture, y: usize, block: usize, value: u32) {
    let bits = u64::from(value) << 8 | u64::from(checksum(value));
    for n in 0..BLOCKS {
        let colour = if bits >> (BLOCKS - 1 - n) & 1 == 1 { Colour::WHITE } else { Colour::BLACK };
        picture.fill(Rect { x: n * block, y, width: block, height: block }, colour);
    }
}

/// Reads a row of the time code from a luma plane; `None` when its checksum is wrong.
pub fn read_row(luma: &[u8], stride: usize, width: usize, row: usize) -> Option<u32> {
    let block = (width / BLOCKS / 4 * 4).clamp(4, 16);
    let line = luma.get((row * block + block / 2) * stride..)?;
    let mut bits = 0u64;
    for n in 0..BLOCKS {
        bits = bits << 1 | u64::from(*line.get(n * block + block / 2)? > 128);
    }
    let value = (bits >> 8) as u32;
    (checksum(value) == bits as u8).then_some(value)
}

fn checksum(value: u32) -> u8 {
    value.to_be_bytes().into_iter().fold(0x5a, |sum: u8, byte| sum.rotate_left(1) ^ byte)
}

/// The time of day, UTC, `HH:MM:SS.mmm`.
fn wall_clock() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, millis) = (now.as_secs(), now.subsec_millis());
    format!("{:02}:{:02}:{:02}.{millis:03}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_code_can_be_read_and_frames_are_numbered() {
        for size in [
            Size { width: 1920, height: 1080 },
            Size { width: 642, height: 361 },
            Size { width: 160, height: 120 },
        ] {
            let mut source = TestPicture::new(size);
            for number in 0..20 {
                let captured = Micros(123_456_789_000 + u64::from(number) * 33_333);
                let (_, picture) = source.next(captured);
                let [luma, ..] = picture.planes();
                let width = picture.width();
                assert_eq!(read_row(luma, width, width, 0), Some((captured.0 / 100) as u32), "{size}");
                assert_eq!(read_row(luma, width, width, 1), Some(number));
            }
            assert_eq!(source.pool.len(), 1, "a picture that nobody holds is used again");
        }
    }

    #[test]
    fn a_pooled_picture_is_as_if_drawn_afresh() {
        let size = Size { width: 640, height: 360 };
        let mut source = TestPicture::new(size);
        let held: Vec<_> = (0..3).map(|n| source.next(Micros(n))).collect();
        assert_eq!(source.pool.len(), 3);
        drop(held);
        for _ in 0..50 {
            source.next(Micros(7));
        }
        let (_, again) = source.next(Micros(9));
        let mut fresh = TestPicture::new(size);
        fresh.number = source.number - 1;
        let (_, fresh) = fresh.next(Micros(9));
        let outside_clock = |picture: &Picture| picture.planes()[0][640 * 200..].to_vec();
        assert!(outside_clock(&again) == outside_clock(&fresh));
    }

    #[test]
    fn a_damaged_row_is_not_read() {
        let mut source = TestPicture::new(Size { width: 640, height: 360 });
        let mut picture = (*source.next(Micros(1_000_000)).1).clone();
        let bit = picture.planes()[0][8 * 640 + 100] > 128;
        picture.fill(
            Rect { x: 96, y: 0, width: 16, height: 16 },
            if bit { Colour::BLACK } else { Colour::WHITE },
        );
        assert_eq!(read_row(picture.planes()[0], 640, 640, 0), None);
    }
}
