//! Annex B of H.264: where one NAL unit ends and the next begins. Nothing is copied or allocated.

/// What a NAL unit is, from the five low bits of its first byte (H.264 table 7-1), as far as packing cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NalKind {
    /// Slice of an IDR picture: decoding can begin here.
    Idr,
    /// SEI, SPS or PPS: small, and going with the picture behind them.
    Header,
    /// Anything else that is sent.
    Other,
    /// Of no use to a viewer, or a number that RTP uses for its own: delimiter, filler, end marks, 0 and 24 to 31.
    Dropped,
}

impl NalKind {
    /// The kind of this unit.
    pub fn of(nal: &[u8]) -> NalKind {
        match nal {
            [] | [_] => NalKind::Dropped,
            [header, ..] => match header & 0x1f {
                5 => NalKind::Idr,
                6..=8 => NalKind::Header,
                0 | 9..=12 | 24.. => NalKind::Dropped,
                _ => NalKind::Other,
            },
        }
    }
}

/// What a decoder has to be able to do, as `level_idc` says it (H.264 annex A): 10 times the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u8);

impl Level {
    /// 3.1: that of 720p at 30 frames a second.
    pub const HD: Level = Level(31);

    /// The level that this unit names, if it is an SPS that names one.
    pub fn of(nal: &[u8]) -> Option<Level> {
        match nal {
            [header, _, _, level, ..] if header & 0x1f == 7 && (9..=62).contains(level) => {
                Some(Level(*level))
            }
            _ => None,
        }
    }

    /// As `profile-level-id` ends with it.
    pub fn idc(self) -> u8 {
        self.0
    }
}

/// The NAL units of a byte stream, without start codes and trailing zeros; bytes before the first start code are
/// none.
pub fn nals(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = start_code(stream).map(|at| &stream[at + 3..]);
    std::iter::from_fn(move || {
        loop {
            let here = rest?;
            let end = start_code(here);
            rest = end.map(|at| &here[at + 3..]);
            let nal = &here[..end.unwrap_or(here.len())];
            let length = nal.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            if length > 0 {
                return Some(&nal[..length]);
            }
        }
    })
}

/// Where the next `00 00 01` begins. Looks at every third byte where it can: one above 1 is in no start code.
fn start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    while let Some(&third) = bytes.get(at) {
        match third {
            0 => at += 1,
            1 if bytes[at - 1] == 0 && bytes[at - 2] == 0 => return Some(at - 2),
            _ => at += 3,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_start_codes_and_trailing_zeros() {
        let stream = [9, 9, 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 0, 1, 0x65, 3, 0, 0];
        let found: Vec<&[u8]> = nals(&stream).collect();
        assert_eq!(found, [&[0x67, 1][..], &[0x68, 2], &[0x65, 3]]);
    }

    #[test]
    fn nothing_in_nothing() {
        for stream in [&[][..], &[0], &[0, 0, 1], &[0, 0, 0, 1, 0, 0, 1], &[1, 2, 3, 4], &[0, 0, 2, 1]] {
            assert_eq!(nals(stream).count(), 0, "{stream:?}");
        }
    }

    #[test]
    fn kinds() {
        let kinds =
            [0x65, 0x67, 0x68, 0x06, 0x41, 0x09, 0x0c, 0x7c, 0x00].map(|first| NalKind::of(&[first, 1]));
        use NalKind::{Dropped, Header, Idr, Other};
        assert_eq!(kinds, [Idr, Header, Header, Header, Other, Dropped, Dropped, Dropped, Dropped]);
        assert_eq!(NalKind::of(&[0x65]), Dropped);
    }

    /// The definition itself, slow and plain.
    fn plainly(stream: &[u8]) -> Vec<Vec<u8>> {
        let starts: Vec<usize> =
            (0..stream.len().saturating_sub(2)).filter(|&at| stream[at..at + 3] == [0, 0, 1]).collect();
        let ends = starts.iter().skip(1).copied().chain([stream.len()]);
        starts
            .iter()
            .zip(ends)
            .map(|(&start, end)| {
                let mut nal = stream[start + 3..end].to_vec();
                while nal.last() == Some(&0) {
                    nal.pop();
                }
                nal
            })
            .filter(|nal| !nal.is_empty())
            .collect()
    }

    proptest! {
        #[test]
        fn any_bytes_split_as_the_definition_says(
            stream in prop::collection::vec(prop_oneof![4 => Just(0u8), 3 => Just(1u8), 2 => any::<u8>()], 0..200)
        ) {
            let found: Vec<Vec<u8>> = nals(&stream).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(found, plainly(&stream));
        }
    }
}
