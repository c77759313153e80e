//! openh264 writes warnings of its own to stderr, one of them at every start. This silences it before its first word; what
//! fails is told by its return values all the same.
#![allow(unsafe_code)]

use std::ffi::c_int;

use openh264::encoder::Encoder;
use openh264_sys2::{ENCODER_OPTION_TRACE_LEVEL, WELS_LOG_QUIET};

/// Silences an encoder that has not encoded anything yet.
pub fn quiet(encoder: &mut Encoder) {
    let mut level: c_int = WELS_LOG_QUIET;
    // SAFETY: this option alone may be set before initialization; it reads one int, which lives until the call returns.
    unsafe { encoder.raw_api().set_option(ENCODER_OPTION_TRACE_LEVEL, (&raw mut level).cast()) };
}
