//! What an HDMI bridge (TC358743) says of the sound that it receives: its driver has two controls for that.
//!
//! What must always hold: the node is only looked at, never changed.
#![allow(unsafe_code)]

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// `VIDIOC_G_CTRL`.
const G_CTRL: libc::c_ulong = 0xc008_561b;
/// `V4L2_CID_USER_TC358743_BASE`, in V4L2's user class.
const BASE: u32 = 0x0098_0900 + 0x1080;
const SAMPLING_RATE: u32 = BASE;
const PRESENT: u32 = BASE + 1;

/// `struct v4l2_control`.
#[repr(C)]
struct Control {
    id: u32,
    value: i32,
}

/// What comes in by HDMI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming {
    /// Sound of so many frames a second.
    Rate(u32),
    /// No sound.
    Silence,
}

/// Why the bridge cannot be asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot ask {} about the sound of HDMI ({what}): {error}; name the bridge's node (/dev/v4l-subdevN or /dev/videoN) in acap.tc358743, or the rate in acap.sampling_rate", .node.display())]
pub struct BridgeError {
    node: PathBuf,
    what: &'static str,
    error: std::io::Error,
}

/// Asks the driver.
///
/// # Errors
/// When the node is not there, or not that of such a bridge.
pub fn look(node: &Path) -> Result<Incoming, BridgeError> {
    let failed = |what| move |error| BridgeError { node: node.to_owned(), what, error };
    let file = File::open(node).map_err(failed("open"))?;
    if get(&file, PRESENT).map_err(failed("audio present"))? == 0 {
        return Ok(Incoming::Silence);
    }
    let rate = get(&file, SAMPLING_RATE).map_err(failed("sampling rate"))?;
    Ok(u32::try_from(rate).ok().filter(|&rate| rate > 0).map_or(Incoming::Silence, Incoming::Rate))
}

fn get(node: &File, id: u32) -> std::io::Result<i32> {
    let mut control = Control { id, value: 0 };
    // SAFETY: an open file, and the struct of this call.
    let done = unsafe { libc::ioctl(node.as_raw_fd(), G_CTRL as _, &raw mut control) };
    if done < 0 { Err(std::io::Error::last_os_error()) } else { Ok(control.value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bridge_is_named_with_a_remedy() {
        for (node, words) in [("/dev/nothing", "open"), ("/dev/null", "audio present")] {
            let error = look(Path::new(node)).unwrap_err().to_string();
            assert!(error.contains(node) && error.contains(words), "{error}");
            assert!(error.contains("acap.sampling_rate"), "{error}");
        }
    }
}
