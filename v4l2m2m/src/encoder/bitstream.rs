//! The encoder's bitstream buffers: its CAPTURE queue, and the memory behind it.
//!
//! What a driver allocates may be slow to read: on a Raspberry Pi it is not cached. So the memory comes from a DMA heap where there is
//! one that the driver takes, and from the driver otherwise.
//!
//! Invariants: buffer `i` always has memory `i`, as some drivers remember what they imported there; a buffer that is lent is not the
//! driver's, and the bracket around the processor's reads ends before it goes back.
#![allow(unsafe_code)]

use std::fmt;
use std::os::fd::AsFd;
use std::sync::{Arc, OnceLock};

use crate::heap::{self, DmaHeap};
use crate::memory::{SlotMemory, View};
use crate::queue::{Buffers, Dequeued};
use crate::sys::Queue;
use crate::sys::buffer::{Buffer, Filled, Memory};
use crate::{Device, Error, Kind};

/// Where an encoder's bitstream lies until it is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BitstreamMemory {
    /// In cached memory of the DMA heap of this name.
    Heap(&'static str),
    /// In memory of the driver's; why no heap's, if there is one.
    Driver(Option<String>),
}

impl fmt::Display for BitstreamMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heap(name) => write!(f, "cached memory of the DMA heap {name}"),
            Self::Driver(None) => f.write_str("memory of the driver's"),
            Self::Driver(Some(why)) => write!(f, "memory of the driver's ({why})"),
        }
    }
}

#[derive(Debug)]
pub(super) struct Bitstream {
    buffers: Buffers,
    slots: Vec<SlotMemory>,
    memory: BitstreamMemory,
}

impl Bitstream {
    /// Buffers of `bytes` each, in memory of a heap if that is wished and possible, all the driver's; the stream is yet to be started.
    pub(super) fn set_up(
        device: &Device,
        queue: Queue,
        count: u32,
        bytes: u32,
        heap: bool,
    ) -> Result<Self, Error> {
        let mut why = None;
        let heaps = if heap { DmaHeap::names() } else { Vec::new() };
        for name in heap::cached(&heaps) {
            match Self::from_heap(device, queue, count, bytes, name) {
                Ok(bitstream) => return Ok(bitstream),
                Err(e) if e.kind() == Kind::Gone && e.path() == device.path() => return Err(e),
                // The first is the best heap's; about the others there is nothing more to know.
                Err(e) => why = why.or(Some(format!("not of the DMA heap {name}: {e}"))),
            }
        }
        Self::from_driver(device, queue, count, BitstreamMemory::Driver(why))
    }

    fn from_heap(
        device: &Device,
        queue: Queue,
        count: u32,
        bytes: u32,
        name: &'static str,
    ) -> Result<Self, Error> {
        let heap = DmaHeap::open(name)?;
        let buffers = Buffers::request(device, queue, Memory::DmaBuf, count)?;
        let slots = (0..buffers.count())
            .map(|_| Ok(slot(device, 0, bytes, Some(heap.allocate(bytes)?))))
            .collect::<Result<Vec<_>, Error>>()?;
        Self { buffers, slots, memory: BitstreamMemory::Heap(name) }.ready(device)
    }

    fn from_driver(
        device: &Device,
        queue: Queue,
        count: u32,
        memory: BitstreamMemory,
    ) -> Result<Self, Error> {
        let buffers = Buffers::request(device, queue, Memory::Mmap, count)?;
        let slots = (0..buffers.count())
            .map(|index| buffers.query(index).map(|b| slot(device, b.offset, b.length, None)))
            .collect::<Result<Vec<_>, Error>>()?;
        Self { buffers, slots, memory }.ready(device)
    }

    /// Mapped once and for all, and given to the driver, which may refuse what it cannot import.
    fn ready(self, device: &Device) -> Result<Self, Error> {
        for slot in &self.slots {
            slot.map().map_err(|errno| device.error("mapping a buffer", errno))?;
        }
        self.give_all()?;
        Ok(self)
    }

    pub(super) fn memory(&self) -> &BitstreamMemory {
        &self.memory
    }

    pub(super) fn start(&self) -> Result<(), Error> {
        self.buffers.start()
    }

    /// Stops the stream, whatever is in it, and has everything ready for the next.
    pub(super) fn reset(&self) -> Result<(), Error> {
        self.buffers.stop()?;
        self.give_all()
    }

    fn give_all(&self) -> Result<(), Error> {
        (0..self.buffers.count()).try_for_each(|index| self.give(index))
    }

    /// Gives the driver a buffer to fill.
    pub(super) fn give(&self, index: u32) -> Result<(), Error> {
        let room = self.slots[index as usize].dma_buf.as_ref().map(|fd| Filled {
            used: 0,
            timestamp: 0,
            dma_buf: Some((fd.as_fd(), self.slots[index as usize].length)),
        });
        self.buffers.enqueue(index, room)
    }

    pub(super) fn take(&self) -> Result<Dequeued, Error> {
        self.buffers.dequeue_or_end()
    }

    /// Lends a buffer that was taken; `lost` is told when the driver does not take it back.
    pub(super) fn lend<'a>(
        &'a self,
        buffer: &Buffer,
        lost: &'a mut Option<Error>,
    ) -> Result<Lent<'a>, Error> {
        let back = Back { bitstream: self, index: buffer.index, lost };
        // SAFETY: the buffer was dequeued, and goes back to the driver only when `back` is dropped, after the view.
        match unsafe { self.slots[buffer.index as usize].view(buffer.used as usize) } {
            Ok(view) => Ok(Lent { view, _back: back }),
            Err(errno) => Err(self.buffers.error("mapping a buffer", errno)),
        }
    }
}

fn slot(device: &Device, offset: u32, length: u32, heap: Option<crate::DmaBuf>) -> SlotMemory {
    SlotMemory {
        dma_buf: heap.map(Into::into),
        device: Arc::downgrade(&device.fd),
        offset,
        length,
        mapping: OnceLock::new(),
    }
}

/// A buffer that is the caller's to read.
pub(super) struct Lent<'a> {
    // In this order: the processor is done with the memory before the driver has it again.
    view: View<'a>,
    _back: Back<'a>,
}

impl Lent<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        self.view.bytes
    }
}

/// The way back to the driver.
struct Back<'a> {
    bitstream: &'a Bitstream,
    index: u32,
    lost: &'a mut Option<Error>,
}

impl Drop for Back<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.bitstream.give(self.index) {
            *self.lost = Some(error);
        }
    }
}
