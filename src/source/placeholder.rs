//! The picture that stands in for a missing source: it says in words why there is none.

use v4l2m2m::Size;

use super::font;
use super::picture::{Colour, Picture, Rect};

/// A calm dark picture of this size with the reason in it, broken into lines where it is long.
pub fn picture(size: Size, reason: &str) -> Picture {
    let mut picture = Picture::new(size, Colour::NIGHT);
    let (width, height) = (picture.width(), picture.height());
    let mut lines: Vec<String> = vec![String::new()];
    for word in reason.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= 36 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let longest = lines.iter().map(String::len).max().unwrap_or(1).max(24);
    let scale = font::scale_to_fit(longest, width * 9 / 10).min((height / (10 * (lines.len() + 2))).max(1));
    let line_height = 12 * scale;
    let mut y = height.saturating_sub(lines.len() * line_height) / 2;
    let bar =
        Rect { x: width / 2 - width / 16, y: y.saturating_sub(3 * scale + 4), width: width / 8, height: 4 };
    picture.fill(bar, Colour::AMBER);
    for line in &lines {
        picture.text(
            width.saturating_sub(line.len() * 8 * scale) / 2,
            y + 2 * scale,
            scale,
            Colour::GREY.0,
            line,
        );
        y += line_height;
    }
    picture
}
