//! What drivers announce.

use crate::sys::{RawEvent, lp64};

/// An event of a capture device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The signal came, went or changed: the session is over, open a new one.
    SourceChange,
    /// The last picture has been captured.
    EndOfStream,
    /// Another one, by the kernel's number.
    Other(u32),
}

impl From<RawEvent> for Event {
    fn from(raw: RawEvent) -> Self {
        match raw.kind {
            lp64::V4L2_EVENT_SOURCE_CHANGE if raw.changes & lp64::V4L2_EVENT_SRC_CH_RESOLUTION != 0 => {
                Self::SourceChange
            }
            lp64::V4L2_EVENT_EOS => Self::EndOfStream,
            other => Self::Other(other),
        }
    }
}
