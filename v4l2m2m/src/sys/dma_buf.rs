//! DMA-BUFs: memory from a heap, and the brackets around the processor's use of it.

use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd};

use nix::errno::Errno;

use super::{call, lp64::*};

/// What the processor does to the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Whether a bracket opens or closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    Start,
    End,
}

/// DMA_BUF_IOCTL_SYNC. The kernel asks to repeat it when it was interrupted.
pub(crate) fn sync(fd: BorrowedFd<'_>, access: Access, edge: Edge) -> Result<(), Errno> {
    let access = if access == Access::Read { DMA_BUF_SYNC_READ } else { DMA_BUF_SYNC_WRITE };
    let edge = if edge == Edge::Start { DMA_BUF_SYNC_START } else { DMA_BUF_SYNC_END };
    loop {
        match call::dma_buf_sync(fd, &mut dma_buf_sync { flags: u64::from(access | edge) }) {
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            outcome => return outcome,
        }
    }
}

/// DMA_HEAP_IOCTL_ALLOC: memory of so many bytes, rounded up to pages, from an opened heap.
pub(crate) fn allocate(heap: BorrowedFd<'_>, bytes: u32) -> Result<OwnedFd, Errno> {
    let fd_flags = (libc::O_RDWR | libc::O_CLOEXEC) as u32;
    let mut request = dma_heap_allocation_data { len: u64::from(bytes), fd_flags, ..Default::default() };
    call::dma_heap_alloc(heap, &mut request)?;
    // SAFETY: the kernel has just made this descriptor for us; nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(request.fd as i32) })
}
