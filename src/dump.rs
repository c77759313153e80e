//! `ustreamer-dump`'s parts: its command line, and what it writes. Its program is `dump/main.rs`.

pub mod options;
pub mod output;
