//! H.264 as cameras give it: Annex B, one access unit a buffer. Pure; only NAL unit headers are read.
//!
//! What must always hold: a unit that is called a key frame carries the parameter sets it needs, if the stream ever had any;
//! beyond that no byte is changed.

/// A NAL unit, from its start code (of three bytes) to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Nal<'a> {
    kind: u8,
    start: usize,
    bytes: &'a [u8],
}

const IDR: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;

/// Parameter sets are some dozens of bytes. What claims to be longer is not kept.
const LONGEST: usize = 4096;

/// Where the next start code is, from `from` on.
fn start_code(unit: &[u8], from: usize) -> Option<usize> {
    unit.get(from..)?.windows(3).position(|bytes| bytes == [0, 0, 1]).map(|at| from + at)
}

fn is_slice(kind: u8) -> bool {
    (1..=IDR).contains(&kind)
}

/// The NAL units up to the first one of a slice, whose end is not looked for.
fn headers(unit: &[u8]) -> impl Iterator<Item = Nal<'_>> {
    let mut next = start_code(unit, 0);
    std::iter::from_fn(move || {
        let start = next?;
        let kind = unit.get(start + 3)? & 0x1f;
        next = if is_slice(kind) { None } else { start_code(unit, start + 3) };
        let end = next.unwrap_or(unit.len());
        Some(Nal { kind, start, bytes: &unit[start..end] })
    })
}

/// What a buffer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// An access unit.
    Unit {
        /// It is an IDR picture: decoding can begin here.
        key: bool,
        /// The unit, with parameter sets in front where they are needed and were missing.
        data: &'a [u8],
    },
    /// Parameter sets or the like without a picture; what is needed of them comes with the next key frame.
    NoPicture,
    /// It is not H.264 in Annex B.
    Foreign,
}

/// What is remembered of a stream.
#[derive(Debug, Default)]
pub struct Stream {
    sps: Vec<u8>,
    pps: Vec<u8>,
    completed: Vec<u8>,
}

impl Stream {
    /// Takes the next buffer of the stream.
    pub fn next<'a>(&'a mut self, unit: &'a [u8]) -> Piece<'a> {
        let (mut slice, mut any, mut place) = (None, false, 0);
        let (mut own_sps, mut own_pps) = (false, false);
        for nal in headers(unit) {
            any = true;
            match nal.kind {
                SPS => keep(&mut self.sps, nal.bytes, &mut own_sps),
                PPS => keep(&mut self.pps, nal.bytes, &mut own_pps),
                // Nothing may come before it.
                DELIMITER => place = nal.start + used(nal.bytes),
                kind if is_slice(kind) => slice = Some(kind),
                _ => {}
            }
        }
        match slice {
            None if any => Piece::NoPicture,
            None => Piece::Foreign,
            Some(IDR) if !(own_sps && own_pps) => {
                self.completed.clear();
                for part in [&unit[..place], &self.sps, &self.pps, &unit[place..]] {
                    self.completed.extend_from_slice(part);
                }
                Piece::Unit { key: true, data: &self.completed }
            }
            Some(kind) => Piece::Unit { key: kind == IDR, data: unit },
        }
    }
}

/// How many of a NAL unit's bytes are its own: zeros behind it belong to the next start code.
fn used(nal: &[u8]) -> usize {
    nal.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)
}

/// Remembers a parameter set; the first of a unit takes the place of those of earlier units.
fn keep(sets: &mut Vec<u8>, nal: &[u8], own: &mut bool) {
    if !std::mem::replace(own, true) {
        sets.clear();
    }
    let used = used(nal);
    if sets.len() + used <= LONGEST {
        sets.push(0);
        sets.extend_from_slice(&nal[..used]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AUD: &[u8] = &[0, 0, 0, 1, 0x09, 0xf0];
    const SPS_A: &[u8] = &[0, 0, 0, 1, 0x67, 66, 0xc0, 30, 1];
    const PPS_A: &[u8] = &[0, 0, 0, 1, 0x68, 0xce, 0x80];
    const SPS_B: &[u8] = &[0, 0, 0, 1, 0x27, 77, 0x40, 40, 2];
    const SEI: &[u8] = &[0, 0, 1, 0x06, 5, 1, 9, 0x80];
    /// Its second slice is not looked at.
    const KEY: &[u8] = &[0, 0, 0, 1, 0x65, 0x88, 1, 0, 0, 1, 0x65, 0x40, 0, 0, 1, 0x67, 1];
    const DELTA: &[u8] = &[0, 0, 1, 0x41, 0x9a, 3];

    fn after(stream: &mut Stream, unit: &[&[u8]]) -> (bool, Vec<u8>) {
        match stream.next(&unit.concat()) {
            Piece::Unit { key, data } => (key, data.to_vec()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_whole_passes_untouched() {
        let mut stream = Stream::default();
        for (unit, key) in [
            (&[SPS_A, PPS_A, KEY][..], true),
            (&[DELTA], false),
            (&[AUD, SPS_A, PPS_A, SEI, KEY], true),
            (&[AUD, SEI, DELTA], false),
            (&[SPS_B, DELTA], false),
        ] {
            assert_eq!(after(&mut stream, unit), (key, unit.concat()));
        }
    }

    #[test]
    fn a_key_frame_gets_what_it_lacks() {
        let mut stream = Stream::default();
        assert_eq!(after(&mut stream, &[KEY]), (true, KEY.to_vec()), "there is nothing to add yet");
        after(&mut stream, &[SPS_A, PPS_A, KEY]);
        assert_eq!(after(&mut stream, &[KEY]).1, [SPS_A, PPS_A, KEY].concat());
        assert_eq!(after(&mut stream, &[AUD, KEY]).1, [AUD, SPS_A, PPS_A, KEY].concat());
        assert_eq!(after(&mut stream, &[DELTA]).1, DELTA, "only key frames");
        // Another SPS: it is the one that counts from now on, and stands before the PPS.
        assert_eq!(after(&mut stream, &[SPS_B, KEY]).1, [SPS_B, PPS_A, SPS_B, KEY].concat());
        assert_eq!(after(&mut stream, &[KEY]).1, [SPS_B, PPS_A, KEY].concat());
    }

    #[test]
    fn parameter_sets_alone_come_with_the_next_key_frame() {
        let mut stream = Stream::default();
        assert_eq!(stream.next(&[SPS_A, PPS_A].concat()), Piece::NoPicture);
        assert_eq!(after(&mut stream, &[KEY]).1, [SPS_A, PPS_A, KEY].concat());
    }

    #[test]
    fn what_is_not_annex_b_is_foreign() {
        let mut stream = Stream::default();
        for bytes in [&b""[..], &[0, 0, 1], &[0; 500], &[0, 0, 0, 5, 0x65, 1, 2, 3, 4], &[0xff, 0xd8, 0xff]] {
            assert_eq!(stream.next(bytes), Piece::Foreign, "{bytes:?}");
        }
    }

    #[test]
    fn endless_parameter_sets_are_not_kept() {
        let mut stream = Stream::default();
        let vast = [&[0, 0, 1, 0x67][..], &[7; LONGEST * 3]].concat();
        stream.next(&vast);
        stream.next(&SPS_A.repeat(LONGEST));
        assert!(stream.sps.len() <= LONGEST + 1);
    }

    proptest! {
        /// Whatever comes: a picture's own bytes are all there, in order, and only parameter sets are added.
        #[test]
        fn nothing_is_lost(pieces in proptest::collection::vec(
            (0usize..9, proptest::collection::vec(0u8..3, 0..6)), 0..12)) {
            let mut stream = Stream::default();
            for unit in pieces.chunks(4) {
                let unit: Vec<u8> = unit.iter().flat_map(|(which, noise)| {
                    let known = [AUD, SPS_A, PPS_A, SPS_B, SEI, KEY, DELTA, &[0, 0, 1], &[]][*which];
                    [known, noise].concat()
                }).collect();
                if let Piece::Unit { key, data } = stream.next(&unit) {
                    let added = data.len() - unit.len();
                    prop_assert!(key || added == 0);
                    let inserted = |at: usize| data[..at] == unit[..at] && data[at + added..] == unit[at..];
                    prop_assert!((0..=unit.len()).any(inserted));
                }
            }
        }
    }
}
