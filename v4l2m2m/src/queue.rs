//! One queue of a device: its format, its buffers, its stream.
//!
//! Invariant: dropping it stops the stream and frees the buffers, so nothing is left in the driver, whatever happened before.
//! Which buffer may be given to the driver is for its owner (capture, encoder) to know; the kernel refuses what is not dequeued.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use nix::errno::Errno;

use crate::sys::buffer::{self, Buffer, Filled, Memory};
use crate::sys::format::{self, Format};
use crate::sys::{Queue, lp64};
use crate::{Device, Error, FourCc, Kind, PixelLayout, Size};

/// Slots are bits of a `u32`, and vb2 has no more either.
pub(crate) const MAX_BUFFERS: u32 = lp64::VIDEO_MAX_FRAME;

/// Buffers of one direction.
#[derive(Debug)]
pub(crate) struct Buffers {
    fd: Arc<OwnedFd>,
    path: Arc<str>,
    queue: Queue,
    memory: Memory,
    count: u32,
}

/// What a queue has.
pub(crate) enum Dequeued {
    Buffer(Buffer),
    NotYet,
    /// Nothing will come before the stream is started again.
    End,
}

/// Asks a queue for a format. What the driver made of it comes back; its pictures must have one memory.
pub(crate) fn negotiate(device: &Device, queue: Queue, want: &PixelLayout) -> Result<PixelLayout, Error> {
    let want = Format {
        fourcc: want.format.0,
        width: want.size.width,
        height: want.size.height,
        stride: want.stride,
        sizeimage: want.sizeimage,
        colorspace: want.colorspace,
        planes: 1,
    };
    let got = format::set(device.fd(), queue, &want).map_err(|e| device.error(SETTING_FORMAT, e))?;
    if got.planes != 1 {
        let words = format!(
            "{} has its planes in {} memories, which is not supported",
            FourCc(got.fourcc),
            got.planes
        );
        return Err(Error::words(&device.path, SETTING_FORMAT, Kind::Unsupported, words));
    }
    Ok(PixelLayout {
        format: FourCc(got.fourcc),
        size: Size { width: got.width, height: got.height },
        stride: if FourCc(got.fourcc).is_compressed() { 0 } else { got.stride },
        sizeimage: got.sizeimage,
        colorspace: got.colorspace,
    })
}

pub(crate) const SETTING_FORMAT: &str = "setting the format";

impl Buffers {
    /// Allocates up to `count` buffers, or places for that many DMA-BUFs; the driver may give fewer or more, but one at least.
    pub(crate) fn request(device: &Device, queue: Queue, memory: Memory, count: u32) -> Result<Self, Error> {
        let operation = match memory {
            Memory::Mmap => "asking for buffers",
            Memory::DmaBuf => "asking for DMA-BUF import",
        };
        let count = buffer::request(device.fd(), queue, memory, count.clamp(1, MAX_BUFFERS))
            .map_err(|e| device.error(operation, e))?;
        let buffers = Self { fd: device.fd.clone(), path: device.path.clone(), queue, memory, count };
        if count == 0 || count > MAX_BUFFERS {
            return Err(Error::words(
                &device.path,
                operation,
                Kind::Other,
                format!("the driver gave {count}"),
            ));
        }
        Ok(buffers)
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    pub(crate) fn error(&self, operation: &'static str, errno: Errno) -> Error {
        Error::errno(&self.path, operation, errno)
    }

    pub(crate) fn query(&self, index: u32) -> Result<Buffer, Error> {
        buffer::query(self.fd(), self.queue, index).map_err(|e| self.error("asking about a buffer", e))
    }

    /// `None`: the driver cannot export.
    pub(crate) fn export(&self, index: u32) -> Option<OwnedFd> {
        buffer::export(self.fd(), self.queue, index).ok()
    }

    pub(crate) fn enqueue(&self, index: u32, filled: Option<Filled<'_>>) -> Result<(), Error> {
        buffer::enqueue(self.fd(), self.queue, self.memory, index, filled)
            .map_err(|e| self.error("giving the driver a buffer", e))
    }

    /// The oldest finished buffer; `None`: none is ready, or the stream has ended.
    pub(crate) fn dequeue(&self) -> Result<Option<Buffer>, Error> {
        Ok(match self.dequeue_or_end()? {
            Dequeued::Buffer(buffer) => Some(buffer),
            Dequeued::NotYet | Dequeued::End => None,
        })
    }

    /// The oldest finished buffer, where the difference between none yet and none any more matters.
    pub(crate) fn dequeue_or_end(&self) -> Result<Dequeued, Error> {
        match buffer::dequeue(self.fd(), self.queue, self.memory) {
            Ok(buffer) if buffer.index < self.count => Ok(Dequeued::Buffer(buffer)),
            Ok(buffer) => {
                let words = format!("the driver gave buffer {} of {}", buffer.index, self.count);
                Err(Error::words(&self.path, DEQUEUE, Kind::Corrupt, words))
            }
            Err(Errno::EAGAIN) => Ok(Dequeued::NotYet),
            // The buffer marked as the last one has been taken.
            Err(Errno::EPIPE) => Ok(Dequeued::End),
            Err(errno) => {
                let error = self.error(DEQUEUE, errno);
                // EINVAL is how a queue says that its stream was stopped under us.
                Err(if errno == Errno::EINVAL { error.of_kind(Kind::Corrupt) } else { error })
            }
        }
    }

    pub(crate) fn start(&self) -> Result<(), Error> {
        buffer::stream(self.fd(), self.queue, true).map_err(|e| self.error("starting the stream", e))
    }

    /// Stops the stream; the driver has none of the buffers any more.
    pub(crate) fn stop(&self) -> Result<(), Error> {
        buffer::stream(self.fd(), self.queue, false).map_err(|e| self.error("stopping the stream", e))
    }
}

const DEQUEUE: &str = "taking a buffer from the driver";

impl Drop for Buffers {
    fn drop(&mut self) {
        // A device that is gone has forgotten them already.
        let _ = buffer::stream(self.fd(), self.queue, false);
        let _ = buffer::request(self.fd(), self.queue, self.memory, 0);
    }
}
