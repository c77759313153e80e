//! `janus.plugin.ustreamer`: takes H.264 from a memsink, and sound from a card, and sends both to browsers through Janus.
//!
//! From the core outwards: the crate [`rtp`](::rtp) makes packets of access units; [`hub`] with [`viewer`]
//! and [`source`] knows the viewers and decides what each is owed; [`message`], [`sdp`], [`rtcp`] and [`config`] are what is said
//! and read. All of these are pure. Around them, `reader` is the thread that moves frames, [`audio`] has those for
//! sound, [`plugin`] joins them, and [`entry`] with [`abi`] is the border to Janus. Other `unsafe` code is where sound
//! meets the system.
#![deny(unsafe_code)]

pub mod abi;
pub mod audio;
pub mod config;
pub mod entry;
pub mod hub;
pub mod message;
pub mod ntp;
pub mod plugin;
mod reader;
pub mod rtcp;
pub mod sdp;
pub mod source;
pub mod viewer;
