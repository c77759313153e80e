//! The border to Janus: C's declarations, and safe things made of them.
//!
//! All `unsafe` of the plugin is here and in `entry`. What must always hold: what leaves this module cannot be used
//! wrongly by safe code.
#![allow(unsafe_code)]

pub mod config;
pub mod core;
pub mod handle;
pub mod json;
pub mod types;
