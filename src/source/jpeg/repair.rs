//! JPEGs of a camera's own on their way to viewers: as they are, but for what browsers cannot do without.
//!
//! What must always hold: a picture that has everything passes byte for byte; what is no JPEG does not pass. Cameras that send
//! Motion JPEG leave out the Huffman tables, which are the standard's in every picture, and some leave out the end marker.

use turbojpeg::{Compressor, Image, PixelFormat};

use super::segments::{DEFINE_HUFFMAN_TABLES, START_OF_SCAN, segments};
use super::{END, Error, Rules, trimmed};

/// Makes JPEGs whole.
pub struct Repair {
    rules: Rules,
    /// The standard's Huffman tables, as segments.
    tables: Vec<u8>,
}

impl Repair {
    /// For pictures by these rules.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn new(rules: Rules) -> Result<Repair, Error> {
        Ok(Repair { rules, tables: standard_tables()? })
    }

    /// Appends a driver's JPEG, whole, to `to`.
    ///
    /// # Errors
    /// When it is not one; `to` is then as it was.
    pub fn pass(&self, bytes: &[u8], to: &mut Vec<u8>) -> Result<(), Error> {
        let (picture, complete) = trimmed(bytes, self.rules.shortest)?;
        if !complete && !self.rules.allow_truncated && bytes[picture.len()..].is_empty() {
            return Err(Error::Damaged("it ends without its end marker".to_owned()));
        }
        let mut tables = false;
        let mut scan = None;
        for (marker, place) in segments(picture) {
            tables |= marker == DEFINE_HUFFMAN_TABLES;
            if marker == START_OF_SCAN {
                scan = Some(place.start);
            }
        }
        let Some(scan) = scan else { return Err(Error::Damaged("it has no picture in it".to_owned())) };
        to.extend_from_slice(&picture[..scan]);
        if !tables {
            to.extend_from_slice(&self.tables);
        }
        to.extend_from_slice(&picture[scan..]);
        if !complete {
            to.extend(END);
        }
        Ok(())
    }
}

/// The Huffman tables of the standard, taken from a picture that has them: every encoder writes them that does not make its own.
fn standard_tables() -> Result<Vec<u8>, Error> {
    let grey =
        Image { pixels: &[128; 8 * 8 * 3][..], width: 8, pitch: 8 * 3, height: 8, format: PixelFormat::RGB };
    let sample = Compressor::new()?.compress_to_vec(grey)?;
    let tables = segments(&sample).filter(|(marker, _)| *marker == DEFINE_HUFFMAN_TABLES);
    Ok(tables.flat_map(|(_, place)| &sample[place]).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::super::START;
    use super::*;

    fn sample() -> Vec<u8> {
        let pixels: Vec<u8> = (0..64 * 64 * 3).map(|n| (n * 7 % 251) as u8).collect();
        let image =
            Image { pixels: &pixels[..], width: 64, pitch: 64 * 3, height: 64, format: PixelFormat::RGB };
        turbojpeg::compress(image, 80, turbojpeg::Subsamp::Sub2x1).unwrap().to_vec()
    }

    fn tables(jpeg: &[u8]) -> Vec<u8> {
        let tables = segments(jpeg).filter(|(marker, _)| *marker == DEFINE_HUFFMAN_TABLES);
        tables.flat_map(|(_, place)| jpeg[place].to_vec()).collect()
    }

    fn without_tables(jpeg: &[u8]) -> Vec<u8> {
        let mut bare = START.to_vec();
        for (marker, place) in segments(jpeg) {
            if marker != DEFINE_HUFFMAN_TABLES {
                bare.extend(&jpeg[place]);
            }
        }
        bare
    }

    fn pass(rules: Rules, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::new();
        Repair::new(rules).unwrap().pass(bytes, &mut whole).map(|()| whole)
    }

    #[test]
    fn a_whole_picture_passes_byte_for_byte() {
        let jpeg = sample();
        assert_eq!(pass(Rules::default(), &jpeg).unwrap(), jpeg);
        assert_eq!(
            pass(Rules::default(), &[&jpeg[..], &[0; 100]].concat()).unwrap(),
            jpeg,
            "padding is no picture"
        );
    }

    #[test]
    fn missing_tables_are_the_standards() {
        let jpeg = sample();
        let bare = without_tables(&jpeg);
        assert_eq!(tables(&bare), b"");
        let whole = pass(Rules::default(), &bare).unwrap();
        assert!(tables(&whole).len() > 400 && tables(&whole) == tables(&jpeg));
        let decode = |jpeg: &[u8]| turbojpeg::decompress(jpeg, PixelFormat::RGB).unwrap().pixels;
        assert_eq!(decode(&whole), decode(&jpeg));
    }

    #[test]
    fn what_is_cut_off_passes_only_when_that_is_allowed() {
        let jpeg = sample();
        let cut = &jpeg[..jpeg.len() - 200];
        assert!(pass(Rules::default(), cut).is_err());
        let allowed = Rules { allow_truncated: true, ..Rules::default() };
        assert_eq!(pass(allowed, cut).unwrap(), [cut, &END[..]].concat());
        assert!(pass(allowed, &jpeg[..300]).is_err(), "there is no picture in its head");
    }

    #[test]
    fn arbitrary_bytes_do_not_pass() {
        assert_eq!(pass(Rules::default(), &[7; 4000]), Err(Error::Foreign));
        let mut headless = START.to_vec();
        headless.extend([0xff; 4000]);
        assert!(pass(Rules { allow_truncated: true, ..Rules::default() }, &headless).is_err());
    }
}
