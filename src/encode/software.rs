//! Software H.264 with openh264: constrained baseline, one reference, no reordering, tuned for delay.
//!
//! What must always hold: each access unit that goes out decodes with those before it, because no frame is skipped
//! behind our back, and every key frame carries its SPS and PPS.

use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile,
    RateControlMode, SpsPpsStrategy, UsageType,
};
use openh264::formats::YUVSlices;

use super::quiet::{aim, quiet};
use super::{Error, Settings};
use crate::source::Picture;

/// A software encoder.
pub struct Software {
    encoder: Encoder,
    size: Option<(usize, usize)>,
    settings: Settings,
}

impl Software {
    /// An encoder for these settings; the size comes with the first picture.
    ///
    /// # Errors
    /// When openh264 cannot be started.
    pub fn new(settings: Settings) -> Result<Software, Error> {
        let config = EncoderConfig::new()
            .bitrate(BitRate::from_bps(settings.bitrate.get() * 1000))
            .max_frame_rate(FrameRate::from_hz(settings.fps.get() as f32))
            .intra_frame_period(IntraFramePeriod::from_num_frames(settings.gop.get()))
            .profile(Profile::Baseline)
            .usage_type(UsageType::CameraVideoRealTime)
            .complexity(Complexity::Low)
            .rate_control_mode(RateControlMode::Bitrate)
            // A new identifier at each key frame would make decoders start anew for nothing.
            .sps_pps_strategy(SpsPpsStrategy::ConstantId)
            .skip_frames(false)
            .scene_change_detect(false)
            .adaptive_quantization(false)
            .background_detection(false)
            .long_term_reference(false)
            .num_threads(1);
        let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), config)
            .map_err(|why| Error::Software { what: "its start", why: why.to_string() })?;
        quiet(&mut encoder);
        Ok(Software { encoder, size: None, settings })
    }

    /// What is asked for from now on. Another bitrate or frame rate is aimed at without a key frame, which would be the last thing
    /// that a narrow way needs; another key frame distance starts the encoder anew.
    ///
    /// # Errors
    /// When openh264 cannot be started.
    pub fn ask(&mut self, settings: Settings) -> Result<(), Error> {
        if self.settings == settings {
            return Ok(());
        }
        let Settings { bitrate, gop, fps } = settings;
        let bits = bitrate.get() * 1000;
        if gop == self.settings.gop && aim(&mut self.encoder, bits, fps.get() as f32) {
            self.settings = settings;
        } else {
            *self = Software::new(settings)?;
        }
        Ok(())
    }

    /// Encodes a picture into `unit`, which then holds one access unit in Annex B form; true for a key frame.
    ///
    /// # Errors
    /// When openh264 refuses the picture. The next one should then be asked for as a key frame.
    pub fn encode(&mut self, picture: &Picture, key: bool, unit: &mut Vec<u8>) -> Result<bool, Error> {
        let size = (picture.width(), picture.height());
        if self.size.is_some_and(|old| old != size) {
            // Started anew rather than resized in flight: the old size's buffers are given back.
            *self = Software::new(self.settings)?;
        }
        self.size = Some(size);
        if key {
            self.encoder.force_intra_frame();
        }
        let [y, u, v] = picture.planes();
        let source = YUVSlices::new((y, u, v), size, (size.0, size.0 / 2, size.0 / 2));
        let stream = self
            .encoder
            .encode(&source)
            .map_err(|why| Error::Software { what: "a picture", why: why.to_string() })?;
        unit.clear();
        stream.write_vec(unit);
        Ok(matches!(stream.frame_type(), FrameType::IDR | FrameType::I))
    }
}
