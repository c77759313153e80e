//! Cameras that give H.264: what to ask of the encoder inside.

use crate::control::{self, Note, Outcome};
use crate::sys::lp64::{V4L2_CID_MPEG_VIDEO_BITRATE, V4L2_CID_MPEG_VIDEO_H264_I_PERIOD};
use crate::{Device, Error};

/// Wishes of a camera that encodes by itself. It may have its own mind about each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding {
    /// In kbit/s.
    pub bitrate_kbps: u32,
    /// Pictures from one key frame to the next; 0: as it likes.
    pub gop: u32,
}

/// Asks for each by itself, since few cameras have a control for all; what was not taken as asked comes back.
///
/// # Errors
/// When the device itself fails.
pub(crate) fn ask(device: &Device, coding: Coding) -> Result<Vec<Note>, Error> {
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let bitrate = number(coding.bitrate_kbps.saturating_mul(1000));
    let mut wishes = vec![(V4L2_CID_MPEG_VIDEO_BITRATE, "bitrate", bitrate)];
    if coding.gop > 0 {
        wishes.push((V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, "key frame period", number(coding.gop)));
    }
    let mut notes = Vec::new();
    for (id, name, value) in wishes {
        match control::set(device, id, name, value) {
            Outcome::Taken => {}
            Outcome::Noted(note) => notes.push(note),
            Outcome::Failed(errno) => return Err(device.error("setting the camera's encoder", errno)),
        }
    }
    Ok(notes)
}
