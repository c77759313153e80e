//! The ABI's versions as one table of offsets. Facts: compiled with `offsetof` from every µStreamer release that
//! shipped the version (x86-64 and aarch64 agree). Nothing else in the crate knows a number of the layout.

use crate::name::Kind;
use std::fmt;
use std::str::FromStr;

/// First eight bytes of every sink.
pub(crate) const MAGIC: u64 = 0xCAFE_BABE_CAFE_BABE;
/// Same place in every version.
pub(crate) const AT_MAGIC: usize = 0;
/// Same place in every version.
pub(crate) const AT_VERSION: usize = 8;
/// Same place in every version.
pub(crate) const AT_ID: usize = 16;
/// Same place in every version.
pub(crate) const AT_USED: usize = 24;

/// A version of the sink's ABI. The number 7 was given to two layouts; µStreamer 6.10 wrote `V7a` first, 6.46 `V7b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Abi {
    /// µStreamer 3.15 to 5.25; Debian's 4.9 and 5.4.
    V2,
    /// µStreamer 5.32 to 6.4.
    V4,
    /// µStreamer 6.7 to 6.9.
    V6,
    /// µStreamer 6.10 to 6.45 (TinyPilot).
    V7a,
    /// µStreamer 6.46 to 6.55.
    V7b,
    /// µStreamer 6.56 to 6.61.
    V8,
    /// µStreamer 6.62.
    #[default]
    V10,
}

/// Where each field lies, in bytes from the start of the object; `None` where the version lacks the field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub last_client: usize,
    pub key_wanted: Option<usize>,
    /// width, height, format, stride follow one another, four bytes each.
    pub geometry: usize,
    pub online: usize,
    pub key: usize,
    pub gop: Option<usize>,
    pub grab_begin: usize,
    pub grab_end: Option<usize>,
    pub encode_begin: usize,
    pub encode_end: usize,
    pub data: usize,
}

/// No version of any kind carries a larger frame, in bytes. It bounds what a damaged header can make us allocate.
pub(crate) const LARGEST: usize = 32 << 20;

impl Abi {
    /// All versions, oldest first.
    pub const ALL: [Abi; 7] = [Abi::V2, Abi::V4, Abi::V6, Abi::V7a, Abi::V7b, Abi::V8, Abi::V10];

    /// The number in the header.
    pub fn number(self) -> u32 {
        match self {
            Abi::V2 => 2,
            Abi::V4 => 4,
            Abi::V6 => 6,
            Abi::V7a | Abi::V7b => 7,
            Abi::V8 => 8,
            Abi::V10 => 10,
        }
    }

    /// The version of an object with this number in its header and this size in bytes; `None` when it is not ours to read.
    pub(crate) fn detect(number: u32, kind: Kind, size: usize) -> Option<Abi> {
        match number {
            7 if size == Abi::V7a.object_size(kind) => Some(Abi::V7a),
            7 => Some(Abi::V7b),
            _ => Abi::ALL.into_iter().find(|abi| abi.number() == number),
        }
    }

    /// The largest payload, in bytes.
    pub fn capacity(self, kind: Kind) -> usize {
        match (self, kind) {
            (Abi::V2 | Abi::V4, _) => LARGEST,
            (_, Kind::Jpeg) => 4 << 20,
            (_, Kind::H264) => 2 << 20,
            (Abi::V6 | Abi::V7a | Abi::V7b, Kind::Raw) => 1920 * 1200 * 3,
            (Abi::V8 | Abi::V10, Kind::Raw) => 3840 * 2160 * 3,
        }
    }

    /// The object's size in bytes.
    pub fn object_size(self, kind: Kind) -> usize {
        // Version 4 is a packed tail in a padded struct: the data begin at 129, the object has room for 144.
        let header = if self == Abi::V4 { 144 } else { self.layout().data };
        header + self.capacity(kind)
    }

    pub(crate) fn layout(self) -> &'static Layout {
        match self {
            Abi::V2 => &OLD,
            Abi::V4 => &V4,
            Abi::V6 => &V6,
            Abi::V7a => &V7A,
            Abi::V7b | Abi::V8 => &V8,
            Abi::V10 => &V10,
        }
    }
}

const OLD: Layout = Layout {
    last_client: 112,
    key_wanted: None,
    geometry: 32,
    online: 48,
    key: 49,
    gop: None,
    grab_begin: 64,
    grab_end: None,
    encode_begin: 80,
    encode_end: 96,
    data: 128,
};
const V4: Layout = Layout { key_wanted: Some(128), gop: Some(52), data: 129, ..OLD };
const V6: Layout = Layout { data: 144, ..V4 };
const V7A: Layout = Layout {
    last_client: 32,
    key_wanted: Some(48),
    geometry: 52,
    online: 68,
    key: 69,
    gop: Some(72),
    grab_begin: 80,
    grab_end: None,
    encode_begin: 96,
    encode_end: 112,
    data: 128,
};
const V8: Layout = Layout { grab_end: Some(96), encode_begin: 112, encode_end: 128, data: 144, ..V7A };
const V10: Layout = Layout {
    last_client: 32,
    key_wanted: Some(64),
    geometry: 68,
    online: 84,
    key: 85,
    gop: Some(88),
    grab_begin: 96,
    grab_end: Some(112),
    encode_begin: 128,
    encode_end: 144,
    data: 160,
};

impl fmt::Display for Abi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Abi::V7a => f.write_str("7a"),
            Abi::V7b => f.write_str("7b"),
            other => write!(f, "{}", other.number()),
        }
    }
}

impl FromStr for Abi {
    type Err = String;

    fn from_str(text: &str) -> Result<Abi, String> {
        Abi::ALL
            .into_iter()
            .find(|abi| abi.to_string() == text)
            .ok_or_else(|| format!("'{text}' is not a sink ABI; use 2, 4, 6, 7a, 7b, 8 or 10"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tests/golden.rs` holds the file against the C compilers.
    #[test]
    fn the_offsets_are_the_c_compilers() {
        let places: Vec<Vec<&str>> = include_str!("../tests/golden/layout.txt")
            .lines()
            .map(|line| line.split(' ').collect())
            .collect();
        for abi in Abi::ALL {
            let version = abi.to_string();
            let at = |name| {
                let place = places.iter().find(|place| place[0] == version && place[1] == name)?;
                place[2].parse::<usize>().ok()
            };
            let Layout {
                last_client,
                key_wanted,
                geometry,
                online,
                key,
                gop,
                grab_begin,
                grab_end,
                encode_begin,
                encode_end,
                data,
            } = *abi.layout();
            for (name, place) in [
                ("magic", Some(AT_MAGIC)),
                ("version", Some(AT_VERSION)),
                ("id", Some(AT_ID)),
                ("used", Some(AT_USED)),
                ("last_client", Some(last_client)),
                ("key_wanted", key_wanted),
                ("width", Some(geometry)),
                ("height", Some(geometry + 4)),
                ("format", Some(geometry + 8)),
                ("stride", Some(geometry + 12)),
                ("online", Some(online)),
                ("key", Some(key)),
                ("gop", gop),
                ("grab_begin", Some(grab_begin)),
                ("grab_end", grab_end),
                ("encode_begin", Some(encode_begin)),
                ("encode_end", Some(encode_end)),
                ("data", Some(data)),
            ] {
                assert_eq!(at(name), place, "{name} of version {abi}");
            }
        }
    }

    #[test]
    fn object_sizes_are_those_of_the_releases() {
        assert_eq!(Abi::V10.object_size(Kind::Jpeg), 4_194_464);
        assert_eq!(Abi::V10.object_size(Kind::H264), 2_097_312);
        assert_eq!(Abi::V10.object_size(Kind::Raw), 24_883_360);
        assert_eq!(Abi::V7a.object_size(Kind::H264), 2_097_280);
        assert_eq!(Abi::V7b.object_size(Kind::H264), 2_097_296);
        assert_eq!(Abi::V4.object_size(Kind::H264), 33_554_576);
        assert_eq!(Abi::V2.object_size(Kind::H264), 33_554_560);
    }

    #[test]
    fn every_version_is_told_by_its_number_and_size() {
        for abi in Abi::ALL {
            for kind in [Kind::Jpeg, Kind::H264, Kind::Raw] {
                assert_eq!(Abi::detect(abi.number(), kind, abi.object_size(kind)), Some(abi));
            }
            assert_eq!(abi.to_string().parse(), Ok(abi));
        }
        for number in [0, 1, 3, 5, 9, 11, u32::MAX] {
            assert_eq!(Abi::detect(number, Kind::H264, 1 << 21), None);
        }
    }
}
