//! A planar 4:2:0 picture in our own memory, and how to draw on it.
//!
//! What must always hold: both sides are even, and each plane is exactly as large as the size says, without padding.

use v4l2m2m::Size;

use super::font;

/// A colour as Y, U, V (BT.601, limited range).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Black.
    pub const BLACK: Colour = Colour(16, 128, 128);
    /// White.
    pub const WHITE: Colour = Colour(235, 128, 128);
    /// Light grey.
    pub const GREY: Colour = Colour(180, 128, 128);
    /// A dark, slightly blue ground.
    pub const NIGHT: Colour = Colour(32, 134, 126);
    /// A warm accent.
    pub const AMBER: Colour = Colour(170, 60, 165);

    /// From red, green and blue, each 0 to 255.
    pub const fn rgb(r: u8, g: u8, b: u8) -> Colour {
        let (r, g, b) = (r as i32, g as i32, b as i32);
        Colour(
            (16 + (66 * r + 129 * g + 25 * b + 128) / 256) as u8,
            (128 + (-38 * r - 74 * g + 112 * b + 128) / 256) as u8,
            (128 + (112 * r - 94 * g - 18 * b + 128) / 256) as u8,
        )
    }
}

/// A rectangle in pixels; all four numbers are even, so that it covers whole chroma samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: usize,
    /// Upper edge.
    pub y: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Rect {
    /// The rectangle, moved and cut so that it is even and inside a picture of this size.
    fn within(self, width: usize, height: usize) -> Rect {
        let (x, y) = (self.x.min(width) & !1, self.y.min(height) & !1);
        Rect { x, y, width: self.width.min(width - x) & !1, height: self.height.min(height - y) & !1 }
    }
}

/// Y, U and V planes, 4:2:0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    planes: Vec<u8>,
}

impl Picture {
    /// A picture of one colour. An odd side is cut by one.
    pub fn new(size: Size, colour: Colour) -> Picture {
        let (width, height) = (size.width as usize & !1, size.height as usize & !1);
        let mut picture = Picture { width, height, planes: vec![0; width * height * 3 / 2] };
        picture.fill(Rect { x: 0, y: 0, width, height }, colour);
        picture
    }

    /// Pixels in a row, which is also the luma stride in bytes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Y, U, V: width × height, then twice width/2 × height/2 bytes.
    pub fn planes(&self) -> [&[u8]; 3] {
        let (y, chroma) = self.planes.split_at(self.width * self.height);
        let (u, v) = chroma.split_at(chroma.len() / 2);
        [y, u, v]
    }

    /// The planes as one: Y, then U, then V.
    pub fn bytes(&self) -> &[u8] {
        &self.planes
    }

    /// The planes, to write.
    pub fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let (y, chroma) = self.planes.split_at_mut(self.width * self.height);
        let half = chroma.len() / 2;
        let (u, v) = chroma.split_at_mut(half);
        [y, u, v]
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, rect: Rect, Colour(y, u, v): Colour) {
        let (width, rect) = (self.width, rect.within(self.width, self.height));
        let [luma, blue, red] = self.planes_mut();
        for row in rect.y..rect.y + rect.height {
            luma[row * width + rect.x..][..rect.width].fill(y);
        }
        for row in rect.y / 2..(rect.y + rect.height) / 2 {
            let start = row * (width / 2) + rect.x / 2;
            blue[start..][..rect.width / 2].fill(u);
            red[start..][..rect.width / 2].fill(v);
        }
    }

    /// Copies a rectangle from the same place of another picture of the same size.
    pub fn restore(&mut self, rect: Rect, from: &Picture) {
        debug_assert_eq!((self.width, self.height), (from.width, from.height));
        let (width, rect) = (self.width, rect.within(self.width, self.height));
        for (n, (to, from)) in self.planes_mut().into_iter().zip(from.planes()).enumerate() {
            let half = usize::from(n > 0);
            for row in rect.y >> half..(rect.y + rect.height) >> half {
                let start = row * (width >> half) + (rect.x >> half);
                to[start..][..rect.width >> half].copy_from_slice(&from[start..][..rect.width >> half]);
            }
        }
    }

    /// Writes luma text from (x, y), each glyph a square of `8 * scale` pixels; what does not fit is cut.
    pub fn text(&mut self, x: usize, y: usize, scale: usize, luma: u8, text: &str) {
        let (width, height) = (self.width, self.height);
        for (n, character) in text.chars().enumerate() {
            let glyph = font::glyph(character);
            for (row, bits) in glyph.iter().enumerate() {
                for column in (0..8).filter(|column| bits >> column & 1 == 1) {
                    let left = x + (n * 8 + column) * scale;
                    if left + scale > width {
                        continue;
                    }
                    for line in y + row * scale..(y + (row + 1) * scale).min(height) {
                        self.planes[line * width + left..][..scale].fill(luma);
                    }
                }
            }
        }
    }
}
