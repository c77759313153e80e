//! What an encoder is to make of pictures: the coded format, and the controls that go with it, in the order the Raspberry Pi's firmware is
//! known to like.
//!
//! Invariant: a driver's refusal of a control is a note, not a failure, but where nobody could use what comes out without it.

use super::level;
use crate::control::{self, Note, Outcome};
use crate::sys::lp64::*;
use crate::{Device, Error, FourCc, Kind, Size};

/// A coded format, and what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Codec {
    /// A stream of H.264.
    H264 {
        /// In kbit/s.
        bitrate_kbps: u32,
        /// Pictures from one key frame to the next; 0: only when forced.
        gop: u32,
        /// The chip is clocked up: plan for 60 pictures a second at any size.
        boost: bool,
        /// Pictures a second of the source, when known.
        fps: Option<f64>,
    },
    /// Motion JPEG. Its quality is what the bitrate allows each of 30 pictures a second.
    Mjpeg {
        /// In kbit/s.
        bitrate_kbps: u32,
    },
    /// JPEGs.
    Jpeg {
        /// In per cent.
        quality: u32,
    },
}

/// A control: its number, its name for people, and the value that is wanted.
pub(super) type Wish = (u32, &'static str, i32);

const SETTING_CONTROLS: &str = "setting the encoder's controls";
/// What Motion JPEG's bitrate is meant for.
const MJPEG_RATE: u32 = 30;
/// Room for a key frame of any picture: with less, encoders truncate.
const BITSTREAM_BYTES: u32 = 1536 << 10;

impl Codec {
    /// The coded format.
    pub fn format(self) -> FourCc {
        match self {
            Self::H264 { .. } => FourCc::H264,
            Self::Mjpeg { .. } => FourCc::MJPEG,
            Self::Jpeg { .. } => FourCc::JPEG,
        }
    }

    /// Pictures a second the encoder is to plan for; `None`: each stands by itself.
    pub(super) fn rate(self, size: Size) -> Option<u32> {
        match self {
            Self::H264 { boost, fps, .. } => Some(level::rate(size, boost, fps)),
            Self::Mjpeg { .. } => Some(MJPEG_RATE),
            Self::Jpeg { .. } => None,
        }
    }

    /// Room for the largest piece of bitstream.
    pub(super) fn room(self, size: Size) -> u32 {
        match self {
            Self::H264 { .. } => BITSTREAM_BYTES,
            // A byte for each pixel: more than the best quality takes for anything but noise.
            Self::Mjpeg { .. } | Self::Jpeg { .. } => BITSTREAM_BYTES.max(size.width * size.height),
        }
    }

    /// Sets the controls; what the driver did not take as asked comes back.
    pub(super) fn set_controls(self, device: &Device, size: Size) -> Result<Vec<Note>, Error> {
        let wishes = match self {
            Self::H264 { bitrate_kbps, gop: period, boost, fps } => {
                let profile = number(V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE);
                let level = number(level::level(size, level::rate(size, boost, fps)));
                vec![
                    bitrate(bitrate_kbps),
                    gop(period),
                    (V4L2_CID_MPEG_VIDEO_H264_PROFILE, "H.264 profile", profile),
                    (V4L2_CID_MPEG_VIDEO_H264_LEVEL, "H.264 level", level),
                    (V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, "repeated sequence headers", 1),
                    (V4L2_CID_MPEG_VIDEO_H264_MIN_QP, "smallest quantizer", 16),
                    (V4L2_CID_MPEG_VIDEO_H264_MAX_QP, "largest quantizer", 32),
                ]
            }
            Self::Mjpeg { bitrate_kbps } => vec![bitrate(bitrate_kbps)],
            Self::Jpeg { quality: percent } => vec![quality(percent)],
        };
        let mut notes = Vec::new();
        for wish in wishes {
            match change(device, wish)? {
                // Without parameter sets in front of every key frame, nobody could join.
                Some(note) if wish.0 == V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER => {
                    return Err(Error::words(
                        &device.path,
                        SETTING_CONTROLS,
                        Kind::Unsupported,
                        note.to_string(),
                    ));
                }
                note => notes.extend(note),
            }
        }
        Ok(notes)
    }
}

fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

pub(super) fn bitrate(kbps: u32) -> Wish {
    (V4L2_CID_MPEG_VIDEO_BITRATE, "bitrate", number(kbps.saturating_mul(1000)))
}

pub(super) fn gop(pictures: u32) -> Wish {
    (V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, "key frame period", number(pictures))
}

pub(super) fn quality(percent: u32) -> Wish {
    (V4L2_CID_JPEG_COMPRESSION_QUALITY, "JPEG quality", number(percent))
}

/// Sets one control of an encoder, which may be streaming; what the driver says when it does not take it as asked.
pub(super) fn change(device: &Device, (id, name, value): Wish) -> Result<Option<Note>, Error> {
    match control::set(device, id, name, value) {
        Outcome::Taken => Ok(None),
        Outcome::Noted(note) => Ok(Some(note)),
        Outcome::Failed(errno) => Err(device.error(SETTING_CONTROLS, errno)),
    }
}
