//! Options of openh264 that its crate sets too late, or not at all.
#![allow(unsafe_code)]

use std::ffi::c_int;

use openh264::encoder::Encoder;
use openh264_sys2::{
    ENCODER_OPTION_BITRATE, ENCODER_OPTION_FRAME_RATE, ENCODER_OPTION_TRACE_LEVEL, SBitrateInfo,
    SPATIAL_LAYER_ALL, WELS_LOG_QUIET,
};

/// Silences an encoder that has not encoded anything yet: openh264 writes warnings of its own to stderr, one of them at every
/// start. What fails is told by its return values all the same.
pub fn quiet(encoder: &mut Encoder) {
    let mut level: c_int = WELS_LOG_QUIET;
    // SAFETY: this option alone may be set before initialization; it reads one int, which lives until the call returns.
    unsafe { encoder.raw_api().set_option(ENCODER_OPTION_TRACE_LEVEL, (&raw mut level).cast()) };
}

/// Has a running encoder aim at another bitrate and frame rate, without a key frame; false: it has not encoded anything yet, or
/// does not want to.
pub fn aim(encoder: &mut Encoder, bits: u32, frames: f32) -> bool {
    let mut bitrate =
        SBitrateInfo { iLayer: SPATIAL_LAYER_ALL, iBitrate: bits.min(i32::MAX as u32) as c_int };
    let mut frames = frames;
    // SAFETY: each option reads the value of its own type that it is given, which lives until the call returns. An encoder that is
    // not initialized refuses both.
    unsafe {
        let api = encoder.raw_api();
        api.set_option(ENCODER_OPTION_BITRATE, (&raw mut bitrate).cast()) == 0
            && api.set_option(ENCODER_OPTION_FRAME_RATE, (&raw mut frames).cast()) == 0
    }
}
