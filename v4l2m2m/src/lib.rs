//! The kernel's V4L2, made safe: queues, DMA-BUF, DV timings, events, the stateful encoder.
#![deny(unsafe_code)]

mod format;

pub use format::{FourCc, Size};
