//! Memory shared with devices: mappings, DMA-BUFs, and who may look at them when.
//!
//! A mapping is never a slice by itself, since a device may write to it. It becomes one only for bytes that a driver has
//! handed over (a dequeued buffer) and for as long as it cannot have them back; each caller of the `unsafe` functions
//! says why that holds.
#![allow(unsafe_code)]

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{OnceLock, Weak};

use memmap2::{MmapOptions, MmapRaw};
use nix::errno::Errno;

use crate::sys::dma_buf::{self, Access, Edge};

/// A buffer of a driver's, mapped.
#[derive(Debug)]
pub(crate) struct Mapping(MmapRaw);

impl Mapping {
    /// For reading.
    pub(crate) fn read(fd: BorrowedFd<'_>, offset: u32, length: u32) -> Result<Self, Errno> {
        options(offset, length).map_raw_read_only(&fd).map(Self).map_err(errno)
    }

    /// For writing.
    pub(crate) fn write(fd: BorrowedFd<'_>, offset: u32, length: u32) -> Result<Self, Errno> {
        options(offset, length).map_raw(&fd).map(Self).map_err(errno)
    }

    /// The first `length` bytes, or all there are.
    ///
    /// # Safety
    /// While the slice lives, nobody writes there: the buffer is dequeued and cannot be given back to the driver.
    pub(crate) unsafe fn bytes(&self, length: usize) -> &[u8] {
        // SAFETY: the mapping is readable for its whole length as long as `self` lives; the caller promises the rest.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr(), length.min(self.0.len())) }
    }

    /// Copies its first bytes, as many as there are on both sides. Whoever writes there meanwhile spoils the copy, nothing else.
    pub(crate) fn copy_to(&self, to: &mut [u8]) {
        let length = to.len().min(self.0.len());
        // SAFETY: both are valid for `length` bytes, and `to`, a Rust slice, is no part of the mapping, of which there are none.
        unsafe { std::ptr::copy_nonoverlapping(self.0.as_ptr(), to.as_mut_ptr(), length) }
    }

    /// Copies to its first bytes; only for mappings made by [`Self::write`] of which no slice is made.
    pub(crate) fn copy_from(&self, from: &[u8]) {
        let length = from.len().min(self.0.len());
        // SAFETY: as above, with the mapping writable for its whole length.
        unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), self.0.as_mut_ptr(), length) }
    }

    /// All of it, to be written; only for mappings made by [`Self::write`].
    ///
    /// # Safety
    /// While the slice lives, no device reads or writes there: the driver does not have the buffer.
    pub(crate) unsafe fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the mapping is writable for its whole length and `self` is borrowed mutably; the caller promises the rest.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr(), self.0.len()) }
    }
}

fn options(offset: u32, length: u32) -> MmapOptions {
    let mut options = MmapOptions::new();
    options.offset(u64::from(offset)).len(length as usize);
    options
}

fn errno(error: std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EINVAL, Errno::from_raw)
}

/// The memory of a buffer that a driver fills, mapped only when someone looks.
#[derive(Debug)]
pub(crate) struct SlotMemory {
    pub(crate) dma_buf: Option<OwnedFd>,
    /// The device, for drivers that do not export. Weak: a frame kept after its session must not keep the device open.
    pub(crate) device: Weak<OwnedFd>,
    pub(crate) offset: u32,
    pub(crate) length: u32,
    pub(crate) mapping: OnceLock<Mapping>,
}

impl SlotMemory {
    fn mapping(&self) -> Result<&Mapping, Errno> {
        if let Some(mapping) = self.mapping.get() {
            return Ok(mapping);
        }
        let fresh = match &self.dma_buf {
            Some(fd) => Mapping::read(fd.as_fd(), 0, self.length)?,
            None => {
                let device = self.device.upgrade().ok_or(Errno::ENODEV)?;
                Mapping::read(device.as_fd(), self.offset, self.length)?
            }
        };
        // Two readers may come here at once: one mapping stays, the other goes.
        Ok(self.mapping.get_or_init(|| fresh))
    }

    /// Maps it now, so that looking costs no more later.
    pub(crate) fn map(&self) -> Result<(), Errno> {
        self.mapping().map(drop)
    }

    /// Where nobody can import the buffer it will be mapped anyhow, and some drivers (v4l2loopback) do not hand out one that is not.
    pub(crate) fn prepare(&self) -> Result<(), Errno> {
        if self.dma_buf.is_none() { self.map() } else { Ok(()) }
    }

    fn sync(&self, edge: Edge) {
        // Exporters without cache maintenance refuse the call; there is nothing to do then.
        if let Some(fd) = &self.dma_buf {
            let _ = dma_buf::sync(fd.as_fd(), Access::Read, edge);
        }
    }

    /// A view of the first `used` bytes.
    ///
    /// # Safety
    /// While the view lives, the buffer stays dequeued.
    pub(crate) unsafe fn view(&self, used: usize) -> Result<View<'_>, Errno> {
        let mapping = self.mapping()?;
        self.sync(Edge::Start);
        // SAFETY: passed on to the caller.
        Ok(View { memory: self, bytes: unsafe { mapping.bytes(used) } })
    }
}

/// Bytes of a buffer between the two ends of a DMA_BUF_IOCTL_SYNC bracket.
#[derive(Debug)]
pub(crate) struct View<'a> {
    memory: &'a SlotMemory,
    pub(crate) bytes: &'a [u8],
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        self.memory.sync(Edge::End);
    }
}
