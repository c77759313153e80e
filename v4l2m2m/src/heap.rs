//! Memory that devices share, from the kernel's DMA-BUF heaps (`/dev/dma_heap/*`).
//!
//! Invariant: the processor touches a buffer only by copies between the two ends of a DMA_BUF_IOCTL_SYNC bracket. There is no slice
//! of it, since whoever was given its descriptor may write to it at any time.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, OnceLock};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;

use crate::memory::Mapping;
use crate::sys::dma_buf::{self, Access, Edge};
use crate::{Error, Kind};

const FOLDER: &str = "/dev/dma_heap";

/// Heaps whose memory the processor reads through its cache, the best first. A Raspberry Pi has the first, an alias of the second;
/// `reserved` and `default_cma_region` are what other kernels call theirs: contiguous memory, for any device. Pages of `system` lie
/// anywhere: only devices that can deal with that take them, and others refuse.
const CACHED: [&str; 5] = ["vidbuf_cached", "linux,cma", "reserved", "default_cma_region", "system"];

/// Those of the heaps that are `there` whose memory is worth offering to an encoder for its bitstream, the best first.
pub(crate) fn cached(there: &[String]) -> impl Iterator<Item = &'static str> {
    CACHED.into_iter().filter(|name| there.iter().any(|heap| heap == name))
}

/// A heap that is open.
#[derive(Debug)]
pub struct DmaHeap {
    fd: OwnedFd,
    path: Arc<str>,
}

impl DmaHeap {
    /// The names of this machine's heaps, sorted; none where the kernel has none.
    pub fn names() -> Vec<String> {
        let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Opens a heap by its name, as `linux,cma`.
    ///
    /// # Errors
    /// [`Kind::Gone`] without such a heap; [`Kind::Other`] where only others may use it.
    pub fn open(name: &str) -> Result<Self, Error> {
        let operation = "opening the heap";
        let path: Arc<str> = format!("{FOLDER}/{name}").into();
        if name.is_empty() || name.contains('/') {
            return Err(Error::words(&path, operation, Kind::Unsupported, "this is no name of a heap"));
        }
        let fd = open(&*path, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())
            .map_err(|errno| Error::errno(&path, operation, errno))?;
        Ok(Self { fd, path })
    }

    /// Memory of so many bytes, rounded up to pages, and zeroed.
    ///
    /// # Errors
    /// [`Kind::Other`] when there is not enough.
    pub fn allocate(&self, bytes: u32) -> Result<DmaBuf, Error> {
        let fd = dma_buf::allocate(self.fd.as_fd(), bytes)
            .map_err(|errno| Error::errno(&self.path, "allocating a buffer", errno))?;
        Ok(DmaBuf { fd, bytes, heap: self.path.clone(), mapping: OnceLock::new() })
    }
}

/// Memory that devices can import. Freed when this, and whatever a device keeps of it, is gone.
#[derive(Debug)]
pub struct DmaBuf {
    fd: OwnedFd,
    bytes: u32,
    heap: Arc<str>,
    /// Made when the processor looks for the first time.
    mapping: OnceLock<Mapping>,
}

impl DmaBuf {
    /// Bytes that were asked for.
    pub fn bytes(&self) -> u32 {
        self.bytes
    }

    /// Copies its first bytes to `to`; of what a device writes meanwhile it may have a part.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] when it has fewer.
    pub fn copy_to(&self, to: &mut [u8]) -> Result<(), Error> {
        self.touch("reading a buffer", Access::Read, to.len(), |mapping| mapping.copy_to(to))
    }

    /// Copies `from` to its first bytes.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] when it has fewer.
    pub fn copy_from(&mut self, from: &[u8]) -> Result<(), Error> {
        self.touch("writing a buffer", Access::Write, from.len(), |mapping| mapping.copy_from(from))
    }

    fn touch(
        &self,
        operation: &'static str,
        access: Access,
        bytes: usize,
        copy: impl FnOnce(&Mapping),
    ) -> Result<(), Error> {
        if bytes > self.bytes as usize {
            let words = format!("it has {} bytes, not {bytes}", self.bytes);
            return Err(Error::words(&self.heap, operation, Kind::Unsupported, words));
        }
        let failed = |errno: Errno| Error::errno(&self.heap, operation, errno);
        if self.mapping.get().is_none() {
            let fresh = Mapping::write(self.fd.as_fd(), 0, self.bytes).map_err(failed)?;
            // Two readers may come here at once: one mapping stays, the other goes.
            let _ = self.mapping.set(fresh);
        }
        let Some(mapping) = self.mapping.get() else { return Ok(()) };
        dma_buf::sync(self.fd.as_fd(), access, Edge::Start).map_err(failed)?;
        copy(mapping);
        dma_buf::sync(self.fd.as_fd(), access, Edge::End).map_err(failed)
    }
}

impl AsFd for DmaBuf {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<DmaBuf> for OwnedFd {
    fn from(buffer: DmaBuf) -> OwnedFd {
        buffer.fd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_heap_is_best() {
        for (there, best) in [
            // A Raspberry Pi with its maker's system, and one with another.
            (&["linux,cma", "system", "vidbuf_cached"][..], &["vidbuf_cached", "linux,cma", "system"][..]),
            (&["linux,cma", "reserved", "system"], &["linux,cma", "reserved", "system"]),
            (&["default_cma_region", "system"], &["default_cma_region", "system"]),
            // A computer without contiguous memory; one whose heaps are uncached, protected or unknown; one without heaps.
            (&["system"], &["system"]),
            (&["system-uncached", "linux,cma-uncached", "secure"], &[]),
            (&[], &[]),
        ] {
            let there: Vec<String> = there.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(cached(&there).collect::<Vec<_>>(), best, "{there:?}");
        }
    }

    #[test]
    fn a_name_is_no_path() {
        for name in ["", "../video0", "a/b"] {
            assert_eq!(DmaHeap::open(name).unwrap_err().kind(), Kind::Unsupported, "{name}");
        }
        assert_eq!(DmaHeap::open("no such heap").unwrap_err().kind(), Kind::Gone);
    }
}
