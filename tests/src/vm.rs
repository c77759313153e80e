//! What the cases of the kernel lane work with, in the guest of `tests/vm/run.sh`: the virtual HDMI receiver (vivid), the virtual
//! encoder (vh264), a viewer of JPEGs, a screen that reads and decodes the sink, and a process seen from outside.

pub mod encoder;
pub mod hdmi;
pub mod jpeg;
pub mod process;
pub mod screen;
pub mod trace;

/// vivid's node.
pub const RECEIVER: &str = "/dev/video20";
/// vh264's node of H.264 and Motion JPEG.
pub const ENCODER: &str = "/dev/video11";
/// vh264's node of JPEG.
pub const IMAGE_ENCODER: &str = "/dev/video31";
