//! A viewer of `/stream`: takes JPEGs and decodes them.

use std::net::TcpStream;

use turbojpeg::{Subsamp, decompress_to_yuv};

use super::screen::Shot;
use crate::http::{Part, Reply, get};
use crate::streamer::Streamer;

/// The viewer.
pub struct Viewer(Reply<TcpStream>);

impl Viewer {
    /// Comes to watch.
    pub fn new(streamer: &Streamer) -> Self {
        Self(get(streamer.port(), "/stream?extra_headers=1"))
    }

    /// The next picture.
    ///
    /// # Panics
    /// When none comes.
    pub fn picture(&mut self) -> Part {
        self.0.part()
    }
}

/// The samples of a JPEG in 4:2:0, as they are in it.
///
/// # Panics
/// When it is none.
pub fn decode(jpeg: &[u8]) -> Shot {
    let picture = decompress_to_yuv(jpeg).expect("a good JPEG");
    assert_eq!((picture.subsamp, picture.align), (Subsamp::Sub2x2, 4));
    let (width, height) = (picture.width, picture.height);
    let plane = |offset: usize, width: usize, height: usize| {
        let stride = width.next_multiple_of(4);
        picture.pixels[offset..].chunks(stride).take(height).flat_map(|row| row[..width].to_vec()).collect()
    };
    let luma = width.next_multiple_of(4) * height;
    let chroma = (width / 2).next_multiple_of(4) * (height / 2);
    Shot {
        size: (width, height),
        planes: [
            plane(0, width, height),
            plane(luma, width / 2, height / 2),
            plane(luma + chroma, width / 2, height / 2),
        ],
    }
}
