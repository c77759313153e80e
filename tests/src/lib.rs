//! What the tests of whole processes share.

pub mod streamer;
pub mod vm;
