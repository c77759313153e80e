//! What the cases of the kernel lane work with, in the guest of `tests/vm/run.sh`: the virtual HDMI receiver (vivid), the virtual
//! encoder (vh264), a screen that reads and decodes the sink, and a process seen from outside.

pub mod encoder;
pub mod hdmi;
pub mod process;
pub mod screen;
pub mod trace;

/// vivid's node.
pub const RECEIVER: &str = "/dev/video20";
/// vh264's node.
pub const ENCODER: &str = "/dev/video11";
