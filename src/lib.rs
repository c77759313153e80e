//! The streamer: pictures from a source, encoded, into shared memory and to whoever asks over HTTP.
//!
//! Arrows go one way: `options → config → {source, encode, pipeline, whep, http}`; nothing below `config` reads the
//! command line, and nothing in `http` touches a device.
#![deny(unsafe_code)]

pub mod appearance;
pub mod config;
pub mod dump;
pub mod encode;
pub mod http;
pub mod life;
pub mod list_devices;
pub mod log;
pub mod options;
pub mod pipeline;
pub mod source;
pub mod whep;
