//! `janus.plugin.ustreamer`: takes H.264 from a memsink and sends it to browsers through Janus.
//!
//! From the core outwards: the crate [`rtp`](::rtp) makes packets of access units; [`hub`] with [`viewer`]
//! and [`source`] knows the viewers and decides what each is owed; [`message`], [`sdp`], [`rtcp`] and [`config`] are what is said
//! and read. All of these are pure. Around them, `reader` is the thread that moves frames, [`plugin`] joins the two,
//! and [`entry`] with [`abi`] is the border to Janus, where all `unsafe` is.
#![deny(unsafe_code)]

pub mod abi;
pub mod config;
pub mod entry;
pub mod hub;
pub mod message;
pub mod plugin;
mod reader;
pub mod rtcp;
pub mod sdp;
pub mod source;
pub mod viewer;
