//! EDIDs: blocks of 128 bytes in memory of ours that the kernel reads or fills.

use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use super::{call, lp64::*};

const BLOCK: usize = 128;

/// All blocks of the receiver's first input; ENODATA: it has none.
pub(crate) fn get(fd: BorrowedFd<'_>) -> Result<Vec<u8>, Errno> {
    // The kernel says how many there are when asked for none.
    let mut request = v4l2_edid::default();
    call::g_edid(fd, &mut request)?;
    let blocks = request.blocks.min(256);
    if blocks == 0 {
        return Err(Errno::ENODATA);
    }
    let mut bytes = vec![0u8; blocks as usize * BLOCK];
    let mut request = v4l2_edid { blocks, edid: bytes.as_mut_ptr(), ..Default::default() };
    call::g_edid(fd, &mut request)?;
    bytes.truncate(request.blocks as usize * BLOCK);
    Ok(bytes)
}

/// Replaces them. E2BIG: the receiver has room for fewer.
pub(crate) fn set(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<(), Errno> {
    let mut copy = bytes.to_vec();
    let blocks = (bytes.len() / BLOCK) as u32;
    let mut request = v4l2_edid { blocks, edid: copy.as_mut_ptr(), ..Default::default() };
    call::s_edid(fd, &mut request)
}
