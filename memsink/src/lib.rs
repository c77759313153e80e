//! µStreamer's shared-memory sink: one frame at a time, from one writer to any number of readers, through `/dev/shm`.
//!
//! The object's bytes are µStreamer's ABI (versions 2 to 10), so its programs can be at either end. Four things are
//! added beside the ABI, for our own programs only: a futex on the low half of the frame's `id` wakes readers at
//! once; the writer holds an open-file-description lock past the object's end, which the kernel drops when the
//! writer dies; its ids count, so that a reader knows how many frames it missed; and a reader says by such a lock,
//! too, which bitrate it can pass on.
//!
//! What must always hold: the shared memory is never a Rust slice (others write to it at any time), every access is
//! checked against the object's real size, and no peer, stopped, dead or hostile, can block or crash a reader, nor a
//! writer, unless it takes the object's pages away in the very moment in which the writer copies a frame into them.
#![deny(unsafe_code)]

mod abi;
mod error;
mod futex;
mod gop;
mod header;
mod lock;
mod long_double;
mod mark;
mod name;
mod object;
mod reader;
mod region;
mod time;
mod wish;
mod writer;

pub use abi::Abi;
pub use error::Error;
pub use gop::{BYTES as GOP_BYTES, Gop, Joining, Serial, UNITS as GOP_UNITS, Weighed};
pub use header::{FORMAT_H264, FORMAT_JPEG, FrameInfo};
pub use name::{Kind, NameError, SinkName};
pub use reader::{Frame, Idle, Read, Reader};
pub use time::Micros;
pub use wish::{Cause, Wish};
pub use writer::{Demand, Published, Writer, WriterOptions};
