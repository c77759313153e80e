//! What the tests of whole processes share.

pub mod http;
pub mod streamer;
pub mod vm;
