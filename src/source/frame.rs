//! What flows from a source to the sinks.

use std::sync::Arc;

use memsink::Micros;

use super::Picture;

/// What is known of a frame beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// The moment of capture.
    pub captured: Micros,
    /// When the frame was in our hands.
    pub dequeued: Micros,
    /// The source's own count; gaps are frames that never reached us.
    pub sequence: u32,
    /// False for a picture that stands in for a missing source.
    pub online: bool,
}

/// One picture on its way. Cheap to clone; its memory goes back to the source's pool with the last clone.
#[derive(Debug, Clone)]
pub struct Frame {
    /// What is known of it.
    pub meta: Meta,
    /// Its pixels.
    pub picture: Arc<Picture>,
}
