//! The kernel's V4L2, made safe: capture sessions, DMA-BUF, DV timings, events, and encoders of H.264 and JPEG.
//!
//! A picture's way without a copy:
//!
//! ```text
//! Capture::dequeue ──▶ Frame ──▶ Encoder::submit        (its DMA-BUF is imported)
//!        ▲                             │
//!        │ the last holder drops it    ▼
//! Capture::poll_fds ◀──────────  Encoder::next ──▶ Encoded (the bitstream, borrowed)
//! ```
//!
//! - A [`Frame`] owns its driver buffer. The driver gets it back only when the last clone is gone, so re-queueing a
//!   picture that the encoder still reads cannot be written.
//! - A constructor returns a device that is streaming; dropping it leaves nothing in the driver.
//! - Descriptors do not block: wait for them with `ppoll` or anything like it. One thread owns a session; frames go anywhere.
//! - Every failure has a [`Kind`], which says how to react, and one line of text.
//!
//! - An encoder's bitstream lies in cached memory of a DMA heap where there is one; [`Encoder::drain`] ends a stream without a loss;
//!   [`Encoder::reconfigure`] and its like change one that runs.
//!
//! The examples show it all: `capture_encode` (the whole way, to a file), `list`, `edid`, `dma_heap`.
#![deny(unsafe_code)]

mod capture;
mod clock;
mod coding;
mod control;
mod device;
mod discover;
mod edid;
mod encoder;
mod error;
mod event;
mod format;
mod frame;
mod graph;
mod heap;
mod layout;
mod media;
mod memory;
mod queue;
mod receiver;
mod returned;
mod route;
mod signal;
mod sys;
mod timings;
mod topology;
mod trial;

pub use capture::{Capture, CaptureConfig, Counters, PollFds, Standard, probe_signal};
pub use clock::Micros;
pub use coding::Coding;
pub use control::{Control, Note, Wish};
pub use device::{Device, OfferedFormat, SizeRange};
pub use discover::find_encoders;
pub use edid::{Edid, EdidError};
pub use encoder::{
    BitstreamMemory, Codec, Draining, Encoded, Encoder, EncoderConfig, EncoderCounters, HEAP_PAYS, Input,
    MAX_IN_FLIGHT, Refusal, Rejected,
};
pub use error::{Error, Kind, SignalFault};
pub use event::Event;
pub use format::{FourCc, Size};
pub use frame::{Frame, Mapped};
pub use graph::{MediaGraph, media_graphs};
pub use heap::{DmaBuf, DmaHeap};
pub use layout::{PixelLayout, Plane, min_stride};
pub use signal::SignalWatch;
pub use timings::Timings;
pub use trial::{Trial, try_h264_encoder};
