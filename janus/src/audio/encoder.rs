//! Samples of a sound card to packets: resampled to 48 kHz where the card has another rate, encoded once for all.
//!
//! What must always hold: a packet's time is that of the capture of what its decoder will give; the packets of one
//! stretch follow each other without a gap, on the card's own clock, and the next stretch begins where it was
//! captured, later than all before.

use super::alsa::CHANNELS;
use super::packet::{FRAMES, Packet, RATE, Timestamp};
use memsink::Micros;
use opus::{Application, Bitrate, Channels};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType, WindowFunction,
};

/// What the sound takes of the network, in bits a second.
const BITRATE: i32 = 128_000;

/// A stretch that begins this little after the last one's end, in frames, goes on with it: so well is the time of capture known.
const SLACK: i32 = 480;

/// Why sound cannot be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// libopus refuses.
    #[error("libopus: {0}")]
    Opus(#[from] opus::Error),
    /// A rate that cannot be converted.
    #[error("cannot make 48000 Hz of {0} Hz")]
    Rate(u32),
}

/// For one card while it is open.
pub struct Encoder {
    opus: opus::Encoder,
    resampler: Option<Async<f32>>,
    rate: u32,
    input: Vec<f32>,
    block: [f32; FRAMES * CHANNELS],
    /// How much earlier than it comes out a sound went in, in frames of the packets' clock.
    lag: i32,
    next: Option<Timestamp>,
    /// Of the next packet: it begins a stretch.
    first: bool,
    packet: Packet,
}

impl Encoder {
    /// For a card of this rate.
    ///
    /// # Errors
    /// When the rate cannot be converted.
    pub fn new(rate: u32) -> Result<Encoder, EncodeError> {
        let mut opus = opus::Encoder::new(RATE, Channels::Stereo, Application::LowDelay)?;
        opus.set_bitrate(Bitrate::Bits(BITRATE))?;
        let resampler = if rate == RATE { None } else { Some(resampler(rate)?) };
        let delay = resampler.as_ref().map_or(0, Resampler::output_delay);
        let lag = opus.get_lookahead()? + i32::try_from(delay).unwrap_or(0);
        Ok(Encoder {
            opus,
            resampler,
            rate,
            input: vec![],
            block: [0.0; FRAMES * CHANNELS],
            lag,
            next: None,
            first: true,
            packet: Packet::default(),
        })
    }

    /// So many frames of the card make the next packet.
    pub fn wanted(&self) -> usize {
        self.resampler.as_ref().map_or(FRAMES, Resampler::input_frames_next)
    }

    /// Something may be missing before the next samples.
    pub fn interrupt(&mut self) {
        self.first = true;
    }

    /// The packet of these samples, as many as were wanted, the first of which was captured at this time.
    ///
    /// # Errors
    /// When libopus fails.
    pub fn encode(&mut self, samples: &[i16], captured: Micros) -> Result<&Packet, EncodeError> {
        self.input.clear();
        self.input.extend(samples.iter().map(|&sample| f32::from(sample) / 32_768.0));
        let block = match &mut self.resampler {
            None => &self.input[..],
            Some(resampler) => {
                resample(resampler, &self.input, &mut self.block).ok_or(EncodeError::Rate(self.rate))?;
                &self.block[..]
            }
        };
        let length = self.opus.encode_float(block, self.packet.payload_mut())?;
        let begun = Timestamp::of(captured).plus(-self.lag);
        let time = match self.next {
            Some(next) if !self.first || begun.since(next) < SLACK => next,
            _ => begun,
        };
        self.next = Some(time.plus(FRAMES as i32));
        self.packet.finish(length, time, std::mem::take(&mut self.first));
        Ok(&self.packet)
    }
}

/// The sinc of 64 points loses nothing that can be heard and takes a tenth of what the encoder does.
fn resampler(rate: u32) -> Result<Async<f32>, EncodeError> {
    let parameters = SincInterpolationParameters {
        sinc_len: 64,
        f_cutoff: None,
        oversampling_factor: 128,
        interpolation: SincInterpolationType::Linear,
        window: WindowFunction::BlackmanHarris2,
    };
    let ratio = f64::from(RATE) / f64::from(rate);
    Async::new_sinc(ratio, 1.0, &parameters, FRAMES, CHANNELS, FixedAsync::Output)
        .map_err(|_| EncodeError::Rate(rate))
}

fn resample(resampler: &mut Async<f32>, from: &[f32], to: &mut [f32]) -> Option<()> {
    let from = InterleavedSlice::new(from, CHANNELS, from.len() / CHANNELS).ok()?;
    let frames = to.len() / CHANNELS;
    let mut to = InterleavedSlice::new_mut(to, CHANNELS, frames).ok()?;
    resampler.process_into_buffer(&from, &mut to, None).ok()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::packet::read;
    use super::*;
    use std::f32::consts::TAU;

    /// A second of a tone at this rate, left; another one an octave higher, right.
    fn tone(rate: u32, hz: f32) -> Vec<i16> {
        let at = |n: u32, hz: f32| (12_000.0 * (TAU * hz * n as f32 / rate as f32).sin()) as i16;
        (0..rate).flat_map(|n| [at(n, hz), at(n, 2.0 * hz)]).collect()
    }

    /// How much of a frequency is in every second sample.
    fn power(samples: &[i16], channel: usize, hz: f32) -> f32 {
        let (mut real, mut imaginary) = (0.0, 0.0);
        let one: Vec<f32> =
            samples.iter().skip(channel).step_by(2).map(|&sample| f32::from(sample)).collect();
        for (n, sample) in one.iter().enumerate() {
            let angle = TAU * hz * n as f32 / RATE as f32;
            real += sample * angle.cos();
            imaginary += sample * angle.sin();
        }
        (real * real + imaginary * imaginary).sqrt() / one.len() as f32
    }

    #[test]
    fn a_tone_of_any_rate_is_the_same_tone_when_it_is_decoded() {
        for rate in [48_000, 44_100, 32_000, 96_000, 8_000] {
            let (mut encoder, samples) = (Encoder::new(rate).unwrap(), tone(rate, 500.0));
            let mut decoder = opus::Decoder::new(RATE, Channels::Stereo).unwrap();
            let (mut heard, mut rest) = (vec![], &samples[..]);
            while rest.len() >= encoder.wanted() * CHANNELS {
                let (block, behind) = rest.split_at(encoder.wanted() * CHANNELS);
                rest = behind;
                let packet = encoder.encode(block, Micros(0)).unwrap();
                let (_, payload) = read(packet.bytes()).unwrap();
                let mut out = [0; FRAMES * CHANNELS];
                assert_eq!(decoder.decode(payload, &mut out, false).unwrap(), FRAMES);
                heard.extend(out);
            }
            let heard = &heard[heard.len() / 2..];
            let level = |channel, hz| power(heard, channel, hz);
            assert!(heard.len() > 40_000, "{rate}: {} samples", heard.len());
            assert!(level(0, 500.0) > 4000.0 && level(1, 1000.0) > 4000.0, "{rate}");
            assert!(level(0, 1000.0) < 200.0 && level(1, 500.0) < 200.0, "{rate}: the channels are mixed");
        }
    }

    #[test]
    fn time_goes_on_by_frames_and_jumps_only_where_something_is_missing() {
        let mut encoder = Encoder::new(RATE).unwrap();
        let stamp = |encoder: &mut Encoder, micros: u64| {
            let packet = encoder.encode(&[0; FRAMES * CHANNELS], Micros(micros)).unwrap();
            let bytes = packet.bytes();
            (bytes[1] >> 7, u32::from_be_bytes(bytes[4..8].try_into().unwrap()) + encoder.lag as u32)
        };
        assert_eq!(stamp(&mut encoder, 1_000_000), (1, 48_000));
        assert_eq!(stamp(&mut encoder, 1_013_000), (0, 48_480), "a wake-up that came late");
        assert_eq!(stamp(&mut encoder, 1_020_000), (0, 48_960));
        encoder.interrupt();
        assert_eq!(
            stamp(&mut encoder, 1_037_000),
            (1, 49_440),
            "nothing was missing, but for what is not known so well"
        );
        encoder.interrupt();
        assert_eq!(stamp(&mut encoder, 2_000_000), (1, 96_000));
        encoder.interrupt();
        assert_eq!(stamp(&mut encoder, 2_000_000), (1, 96_480), "never back");
    }

    #[test]
    fn the_lag_is_that_of_the_encoder_and_the_resampler() {
        let delayed = |rate| Encoder::new(rate).unwrap().lag;
        assert!((100..200).contains(&delayed(RATE)), "{}", delayed(RATE));
        assert!(delayed(44_100) > delayed(RATE));
    }
}
