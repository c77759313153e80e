//! What a receiver tells a computer about itself (VESA E-EDID 1.4): its preferred mode, and the modes it takes.
//!
//! Invariant: an [`Edid`] is whole: its header, its length and the checksum of each block are right. A receiver would hand on
//! anything, and the computer would then show nothing.

use std::fmt;

use nix::errno::Errno;

use crate::receiver::Receiver;
use crate::sys::edid as sys;
use crate::{Device, Error, Kind};

/// Bytes of a block.
const BLOCK: usize = 128;
/// The kernel's limit (`v4l2_edid`).
const MOST_BLOCKS: usize = 256;
/// The first bytes of every EDID.
const HEADER: [u8; 8] = [0, 255, 255, 255, 255, 255, 255, 0];
/// Where the base block counts the blocks that follow it.
const AT_EXTENSIONS: usize = 126;

/// An EDID of one or more blocks of 128 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Edid(Vec<u8>);

/// What is wrong with an EDID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EdidError {
    /// Not whole blocks.
    #[error("it has {0} bytes; an EDID has 128, or a multiple of it")]
    Length(usize),
    /// No EDID at all.
    #[error("it does not begin as an EDID does (00 FF FF FF FF FF FF 00)")]
    Header,
    /// The base block counts other blocks than there are.
    #[error("it says that {counted} blocks follow its first, but {there} do")]
    Extensions {
        /// By the base block.
        counted: usize,
        /// In truth.
        there: usize,
    },
    /// A block's bytes do not add up to 0.
    #[error("the checksum of block {block} is {is:#04x} and should be {should:#04x}")]
    Checksum {
        /// Which block, from 0.
        block: usize,
        /// The block's last byte.
        is: u8,
        /// What it should be.
        should: u8,
    },
    /// Neither binary nor hexadecimal.
    #[error("it is neither binary nor hexadecimal digits: {0:?} is no byte")]
    NotHex(String),
}

impl Edid {
    /// Checks an EDID's bytes.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn new(bytes: Vec<u8>) -> Result<Self, EdidError> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK) || bytes.len() > MOST_BLOCKS * BLOCK {
            return Err(EdidError::Length(bytes.len()));
        }
        if bytes[..HEADER.len()] != HEADER {
            return Err(EdidError::Header);
        }
        let (counted, there) = (usize::from(bytes[AT_EXTENSIONS]), bytes.len() / BLOCK - 1);
        if counted != there {
            return Err(EdidError::Extensions { counted, there });
        }
        for (block, data) in bytes.chunks(BLOCK).enumerate() {
            let sum = data[..BLOCK - 1].iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
            let (is, should) = (data[BLOCK - 1], sum.wrapping_neg());
            if is != should {
                return Err(EdidError::Checksum { block, is, should });
            }
        }
        Ok(Self(bytes))
    }

    /// Reads a file's content: binary, or hexadecimal digits with white space anywhere, as `v4l2-ctl` and `edid-decode` write them.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(content: &[u8]) -> Result<Self, EdidError> {
        if content.starts_with(&HEADER) {
            return Self::new(content.to_vec());
        }
        let text = String::from_utf8_lossy(content);
        let digits: Vec<u8> =
            text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b',').collect();
        let bytes = digits
            .chunks(2)
            .map(|pair| {
                let pair = String::from_utf8_lossy(pair);
                (pair.len() == 2)
                    .then(|| u8::from_str_radix(&pair, 16).ok())
                    .flatten()
                    .ok_or_else(|| EdidError::NotHex(pair.into_owned()))
            })
            .collect::<Result<Vec<u8>, _>>();
        match bytes {
            Ok(bytes) => Self::new(bytes),
            // Binary with a damaged header: that is the better word for it.
            Err(_) if content.iter().any(|byte| !byte.is_ascii()) => Err(EdidError::Header),
            Err(error) => Err(error),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Hexadecimal, sixteen bytes in a row: what [`Edid::parse`] reads.
impl fmt::Display for Edid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.0.chunks(16) {
            let words: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(f, "{}", words.join(" "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Edid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edid({} bytes)", self.0.len())
    }
}

impl Device {
    /// The EDID that the receiver shows now.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] when it is no receiver, shows none, or shows a damaged one.
    pub fn edid(&self) -> Result<Edid, Error> {
        let receiver = Receiver::of(self)?;
        let bytes = sys::get(receiver.fd()).map_err(|errno| failed(&receiver, READING, errno))?;
        Edid::new(bytes).map_err(|why| {
            let words = format!("the receiver's EDID is damaged: {why}");
            Error::words(&receiver.path, READING, Kind::Unsupported, words)
        })
    }

    /// Makes the receiver show this EDID. Computers see it as a cable unplugged and plugged in again.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] when it is no receiver, or has no room for so many blocks.
    pub fn set_edid(&self, edid: &Edid) -> Result<(), Error> {
        let receiver = Receiver::of(self)?;
        sys::set(receiver.fd(), edid.bytes()).map_err(|errno| match errno {
            Errno::E2BIG => {
                let words = format!(
                    "the EDID has {} blocks, more than the receiver has room for",
                    edid.0.len() / BLOCK
                );
                Error::words(&receiver.path, SETTING, Kind::Unsupported, words)
            }
            errno => failed(&receiver, SETTING, errno),
        })
    }
}

fn failed(receiver: &Receiver, operation: &'static str, errno: Errno) -> Error {
    let error = Error::errno(&receiver.path, operation, errno);
    if errno == Errno::ENODATA {
        return error.with_remedy("the receiver shows none yet: set one");
    }
    match error.kind() {
        Kind::Unsupported => error.with_remedy("it is no HDMI receiver whose EDID can be set"),
        _ => error,
    }
}

const READING: &str = "reading the EDID";
const SETTING: &str = "setting the EDID";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A base block with so many extensions, all with right checksums.
    fn blocks(extensions: u8) -> Vec<u8> {
        let mut bytes = vec![0; BLOCK * (1 + usize::from(extensions))];
        bytes[..8].copy_from_slice(&HEADER);
        bytes[AT_EXTENSIONS] = extensions;
        for block in bytes.chunks_mut(BLOCK) {
            let sum = block.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
            block[BLOCK - 1] = sum.wrapping_neg();
        }
        bytes
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(Edid::new(blocks(0)).is_ok() && Edid::new(blocks(1)).is_ok());
        assert_eq!(Edid::new(vec![]), Err(EdidError::Length(0)));
        assert_eq!(Edid::new(blocks(1)[..200].to_vec()), Err(EdidError::Length(200)));
        assert_eq!(Edid::new(vec![7; 128]), Err(EdidError::Header));
        let short = blocks(1)[..128].to_vec();
        assert_eq!(Edid::new(short), Err(EdidError::Extensions { counted: 1, there: 0 }));
        let mut damaged = blocks(1);
        damaged[200] ^= 1;
        let error = Edid::new(damaged).unwrap_err();
        assert_eq!(error, EdidError::Checksum { block: 1, is: 0, should: 255 });
        assert_eq!(error.to_string(), "the checksum of block 1 is 0x00 and should be 0xff");
    }

    #[test]
    fn binary_and_hexadecimal_are_read() {
        let edid = Edid::new(blocks(1)).unwrap();
        assert_eq!(Edid::parse(edid.bytes()), Ok(edid.clone()));
        assert_eq!(Edid::parse(edid.to_string().as_bytes()), Ok(edid.clone()));
        let dense = edid.to_string().replace([' ', '\n'], "").to_uppercase();
        assert_eq!(Edid::parse(dense.as_bytes()), Ok(edid));
        assert_eq!(Edid::parse(b"00 ff zz"), Err(EdidError::NotHex("zz".into())));
        assert_eq!(Edid::parse(b"00 f"), Err(EdidError::NotHex("f".into())));
        assert_eq!(Edid::parse(&[200; 128]), Err(EdidError::Header));
        assert_eq!(Edid::parse(b""), Err(EdidError::Length(0)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_edid_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Edid::parse(&bytes);
        }
    }
}
