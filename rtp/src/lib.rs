//! What every way to WebRTC viewers shares: H.264 access units become RTP packets, wishes for key frames become one, and so
//! does what viewers say of the width of their ways.
//!
//! What must always hold: nothing here knows a socket or a clock. Packets are made once for all viewers, and given
//! to each as they are.
#![forbid(unsafe_code)]

mod congestion;
mod keys;
mod nal;
mod packets;
mod way;

pub use congestion::Congestion;
pub use keys::{APART as KEYS_APART, KeyRequests, Reason};
pub use nal::{Level, NalKind, nals};
pub use packets::{MAX_PACKET, PAYLOAD_TYPE, Packetizer, Packets, Timestamp, captured_at, set_sequence};
pub use way::{Feedback, Way};
