//! Buffers of a queue. Single- and multi-planar drivers look the same from outside; a buffer has one plane here.

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::errno::Errno;

use super::{Queue, call, lp64::*};

/// Where a queue's pictures live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// The driver allocates.
    Mmap,
    /// Each picture is somebody else's DMA-BUF.
    DmaBuf,
}

impl Memory {
    fn code(self) -> u32 {
        match self {
            Self::Mmap => V4L2_MEMORY_MMAP,
            Self::DmaBuf => V4L2_MEMORY_DMABUF,
        }
    }
}

/// What the kernel says of a buffer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Buffer {
    pub(crate) index: u32,
    /// Bytes of payload.
    pub(crate) used: u32,
    /// Bytes in all.
    pub(crate) length: u32,
    /// What to give mmap(2), for memory of the driver's.
    pub(crate) offset: u32,
    /// `V4L2_BUF_FLAG_*`.
    pub(crate) flags: u32,
    pub(crate) sequence: u32,
    /// Microseconds, of the clock the flags name.
    pub(crate) timestamp: u64,
}

/// A picture or a room for one, on its way to the driver.
pub(crate) struct Filled<'a> {
    pub(crate) used: u32,
    pub(crate) timestamp: u64,
    /// The picture's memory and its length, for [`Memory::DmaBuf`].
    pub(crate) dma_buf: Option<(BorrowedFd<'a>, u32)>,
}

/// Asks for `count` buffers; the answer is what there are. 0 frees them.
pub(crate) fn request(fd: BorrowedFd<'_>, queue: Queue, memory: Memory, count: u32) -> Result<u32, Errno> {
    let mut r =
        v4l2_requestbuffers { count, type_: queue.code(), memory: memory.code(), ..Default::default() };
    call::reqbufs(fd, &mut r)?;
    Ok(r.count)
}

pub(crate) fn stream(fd: BorrowedFd<'_>, queue: Queue, on: bool) -> Result<(), Errno> {
    let mut code = queue.code() as i32;
    if on { call::streamon(fd, &mut code) } else { call::streamoff(fd, &mut code) }
}

/// The buffer's memory as a DMA-BUF.
pub(crate) fn export(fd: BorrowedFd<'_>, queue: Queue, index: u32) -> Result<OwnedFd, Errno> {
    let flags = (libc::O_RDWR | libc::O_CLOEXEC) as u32;
    let mut e = v4l2_exportbuffer { type_: queue.code(), index, flags, ..Default::default() };
    call::expbuf(fd, &mut e)?;
    // SAFETY: the kernel has just made this descriptor for us; nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(e.fd) })
}

pub(crate) fn query(fd: BorrowedFd<'_>, queue: Queue, index: u32) -> Result<Buffer, Errno> {
    exchange(fd, queue, Memory::Mmap, index, None, call::querybuf)
}

/// Gives a buffer to the driver: for it to fill (`None`), or filled.
pub(crate) fn enqueue(
    fd: BorrowedFd<'_>,
    queue: Queue,
    memory: Memory,
    index: u32,
    filled: Option<Filled<'_>>,
) -> Result<(), Errno> {
    exchange(fd, queue, memory, index, filled, call::qbuf).map(drop)
}

/// Takes the oldest finished buffer; EAGAIN: none.
pub(crate) fn dequeue(fd: BorrowedFd<'_>, queue: Queue, memory: Memory) -> Result<Buffer, Errno> {
    exchange(fd, queue, memory, 0, None, call::dqbuf)
}

fn exchange(
    fd: BorrowedFd<'_>,
    queue: Queue,
    memory: Memory,
    index: u32,
    filled: Option<Filled<'_>>,
    call: fn(BorrowedFd<'_>, &mut v4l2_buffer) -> Result<(), Errno>,
) -> Result<Buffer, Errno> {
    let mut buffer = v4l2_buffer { index, type_: queue.code(), memory: memory.code(), ..Default::default() };
    let mut plane = v4l2_plane::default();
    if let Some(filled) = filled {
        buffer.timestamp.tv_sec = (filled.timestamp / 1_000_000) as i64;
        buffer.timestamp.tv_usec = (filled.timestamp % 1_000_000) as i64;
        buffer.bytesused = filled.used;
        plane.bytesused = filled.used;
        if let Some((memory, length)) = filled.dma_buf {
            buffer.m.fd = memory.as_raw_fd();
            buffer.length = length;
            plane.m.fd = memory.as_raw_fd();
            plane.length = length;
        }
    }
    if queue.planes() {
        buffer.m.planes = &raw mut plane;
        buffer.length = 1;
    }
    call(fd, &mut buffer)?;
    let (used, length, offset) = if queue.planes() {
        // SAFETY: every bit pattern is a valid u32, and the union was zeroed before the kernel wrote it.
        (plane.bytesused, plane.length, unsafe { plane.m.mem_offset })
    } else {
        // SAFETY: as above; the union's pointer was not set.
        (buffer.bytesused, buffer.length, unsafe { buffer.m.offset })
    };
    let timestamp =
        buffer.timestamp.tv_sec.max(0) as u64 * 1_000_000 + buffer.timestamp.tv_usec.max(0) as u64;
    Ok(Buffer {
        index: buffer.index,
        used,
        length,
        offset,
        flags: buffer.flags,
        sequence: buffer.sequence,
        timestamp,
    })
}
