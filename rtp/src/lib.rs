//! What every way to WebRTC viewers shares: H.264 access units become RTP packets, and wishes for key frames become one.
//!
//! What must always hold: nothing here knows a viewer, a socket or a clock. Packets are made once for all viewers, and given
//! to each as they are.
#![forbid(unsafe_code)]

mod keys;
mod nal;
mod packets;

pub use keys::{APART as KEYS_APART, KeyRequests, Reason};
pub use nal::{NalKind, nals};
pub use packets::{MAX_PACKET, PAYLOAD_TYPE, Packetizer, Packets, Timestamp, set_sequence};
