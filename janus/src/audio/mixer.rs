//! Viewers' microphones, decoded and mixed.
//!
//! What must always hold: nobody's packets, whatever is in them, change what is heard of others; of each viewer at most
//! [`LATEST`] waits, so that nobody is heard late; what comes late is left out.

use super::alsa::CHANNELS;
use super::packet::{RATE, read};
use opus::{Channels, Decoder};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

/// Frames that are mixed at a time: 20 ms, as browsers' packets have.
pub const FRAMES: usize = 960;
/// So much of a viewer may wait to be heard, in samples: 80 ms. Of more, the oldest is left out.
const LATEST: usize = 4 * FRAMES * CHANNELS;
/// A packet of 120 ms, the longest of Opus.
const LONGEST: usize = 6 * FRAMES * CHANNELS;
/// A viewer who has said nothing for so many blocks of 20 ms is forgotten.
const SILENT: u32 = 50;

/// One who speaks.
struct Speaker {
    decoder: Decoder,
    /// The number of the newest packet.
    newest: Option<u16>,
    waiting: VecDeque<i16>,
    silent: u32,
}

impl Speaker {
    fn new(decoder: Decoder) -> Speaker {
        Speaker { decoder, newest: None, waiting: VecDeque::with_capacity(LATEST), silent: 0 }
    }

    /// Decodes a packet, unless a newer one has been heard. What cannot be decoded is as if it had not come.
    fn take(&mut self, number: u16, payload: &[u8], decoded: &mut [i16]) {
        let late = self.newest.is_some_and(|newest| number.wrapping_sub(newest) as i16 <= 0);
        if late || payload.is_empty() {
            return;
        }
        let Ok(frames) = self.decoder.decode(payload, decoded, false) else { return };
        self.newest = Some(number);
        self.waiting.extend(&decoded[..frames * CHANNELS]);
        let surplus = self.waiting.len().saturating_sub(LATEST);
        self.waiting.drain(..surplus);
    }
}

/// All who speak, by `K`.
pub struct Mixer<K> {
    speakers: BTreeMap<K, Speaker>,
    decoded: Vec<i16>,
}

impl<K> Default for Mixer<K> {
    fn default() -> Mixer<K> {
        Mixer { speakers: BTreeMap::new(), decoded: vec![0; LONGEST] }
    }
}

impl<K: Ord> Mixer<K> {
    /// A packet has come from somebody.
    pub fn push(&mut self, key: K, packet: &[u8]) {
        let Some((number, payload)) = read(packet) else { return };
        let speaker = match self.speakers.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            // libopus fails here only for want of memory.
            Entry::Vacant(new) => match Decoder::new(RATE, Channels::Stereo) {
                Ok(decoder) => new.insert(Speaker::new(decoder)),
                Err(_) => return,
            },
        };
        speaker.take(number, payload, &mut self.decoded);
    }

    /// The next block of all together; false if nobody has anything to say.
    pub fn mix(&mut self, block: &mut [i16]) -> bool {
        let mut heard = false;
        block.fill(0);
        for speaker in self.speakers.values_mut() {
            heard |= !speaker.waiting.is_empty();
            speaker.silent = if speaker.waiting.is_empty() { speaker.silent + 1 } else { 0 };
            let count = speaker.waiting.len().min(block.len());
            for (sum, sample) in block.iter_mut().zip(speaker.waiting.drain(..count)) {
                *sum = sum.saturating_add(sample);
            }
        }
        self.speakers.retain(|_, speaker| speaker.silent < SILENT);
        heard
    }

    /// Nobody is left.
    pub fn is_empty(&self) -> bool {
        self.speakers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::packet::PAYLOAD_TYPE;
    use super::*;
    use opus::{Application, Encoder};
    use proptest::prelude::*;

    /// Somebody with a tone of so many frames a period.
    struct Voice {
        encoder: Encoder,
        period: usize,
        number: u16,
    }

    impl Voice {
        fn new(period: usize) -> Voice {
            let encoder = Encoder::new(RATE, Channels::Stereo, Application::Audio).unwrap();
            Voice { encoder, period, number: 0 }
        }

        fn packet(&mut self) -> Vec<u8> {
            let half = self.period / 2;
            let sample = |n: usize| if n % self.period < half { 8000 } else { -8000 };
            let block: Vec<i16> = (0..FRAMES).flat_map(|n| [sample(n); 2]).collect();
            let payload = self.encoder.encode_vec(&block, 1000).unwrap();
            self.number += 1;
            packet(self.number, &payload)
        }
    }

    fn packet(number: u16, payload: &[u8]) -> Vec<u8> {
        let [high, low] = number.to_be_bytes();
        [&[0x80, PAYLOAD_TYPE, high, low, 0, 0, 0, 0, 0, 0, 0, 0], payload].concat()
    }

    fn mixed(mixer: &mut Mixer<u32>) -> (bool, Vec<i16>) {
        let mut block = vec![0; FRAMES * CHANNELS];
        (mixer.mix(&mut block), block)
    }

    fn loudest(block: &[i16]) -> i32 {
        block.iter().map(|&sample| i32::from(sample).abs()).max().unwrap()
    }

    #[test]
    fn two_are_louder_than_one_and_nobody_is_silence() {
        let (mut mixer, mut a, mut b) = (Mixer::default(), Voice::new(96), Voice::new(480));
        assert_eq!(mixed(&mut mixer), (false, vec![0; FRAMES * CHANNELS]));
        let (mut one, mut both) = (0, 0);
        for _ in 0..10 {
            mixer.push(1, &a.packet());
            one = loudest(&mixed(&mut mixer).1);
        }
        for _ in 0..10 {
            mixer.push(1, &a.packet());
            mixer.push(2, &b.packet());
            both = loudest(&mixed(&mut mixer).1);
        }
        assert!((6_000..12_000).contains(&one) && both > one + 4_000, "{one} {both}");
    }

    #[test]
    fn packets_that_are_late_or_come_twice_are_left_out() {
        let (mut mixer, mut voice) = (Mixer::default(), Voice::new(96));
        let (first, second) = (voice.packet(), voice.packet());
        mixer.push(1, &second);
        mixer.push(1, &first);
        mixer.push(1, &second);
        assert!(mixed(&mut mixer).0);
        assert!(!mixed(&mut mixer).0, "one of three was played");
    }

    #[test]
    fn nobody_is_heard_later_than_the_limit() {
        let (mut mixer, mut voice) = (Mixer::default(), Voice::new(96));
        for _ in 0..50 {
            mixer.push(1, &voice.packet());
        }
        let blocks = (0..50).filter(|_| mixed(&mut mixer).0).count();
        assert_eq!(blocks, LATEST / FRAMES / CHANNELS);
    }

    #[test]
    fn who_is_silent_is_forgotten() {
        let (mut mixer, mut voice) = (Mixer::default(), Voice::new(96));
        mixer.push(1, &voice.packet());
        for _ in 0..=SILENT {
            assert!(!mixer.is_empty());
            mixed(&mut mixer);
        }
        assert!(mixer.is_empty());
    }

    proptest! {
        /// What one sends, another is heard the same as alone.
        #[test]
        fn malformed_packets_hurt_nobody(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..8)) {
            let (mut alone, mut beside) = (Mixer::default(), Mixer::default());
            let mut voice = Voice::new(96);
            for (number, payload) in payloads.iter().enumerate() {
                let good = voice.packet();
                alone.push(1, &good);
                beside.push(1, &good);
                beside.push(2, payload);
                beside.push(2, &packet(number as u16, payload));
            }
            beside.speakers.remove(&2);
            for _ in 0..4 {
                prop_assert_eq!(mixed(&mut alone), mixed(&mut beside));
            }
        }
    }
}
