//! A captured picture, on loan from the driver.
//!
//! Invariant: from DQBUF to the drop of the last clone, the driver does not have the buffer; after that it gets it back.
//! Only a [`Frame`] can be read or given to an encoder, so a buffer cannot be re-queued while anyone uses it. A frame that
//! outlives its session keeps its memory (by its DMA-BUF or its mapping) and touches nothing of any later session.
#![allow(unsafe_code)]

use std::fmt;
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::memory::{SlotMemory, View};
use crate::returned::Returned;
use crate::{Error, Micros, PixelLayout};

/// One buffer of a capture session; made once, lent again and again.
pub(crate) struct Slot {
    pub(crate) index: u32,
    /// Buffers of the session.
    pub(crate) buffers: u32,
    /// Unlike that of any other session in this process.
    pub(crate) session: u64,
    pub(crate) path: Arc<str>,
    pub(crate) memory: SlotMemory,
    pub(crate) home: Arc<Returned>,
    /// Clones of the frame that is out; 0: the buffer is not lent.
    holders: AtomicUsize,
}

impl Slot {
    pub(crate) fn new(
        index: u32,
        buffers: u32,
        session: u64,
        path: Arc<str>,
        memory: SlotMemory,
        home: Arc<Returned>,
    ) -> Self {
        Self { index, buffers, session, path, memory, home, holders: AtomicUsize::new(0) }
    }
}

/// What is known of a picture besides its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meta {
    pub(crate) layout: PixelLayout,
    pub(crate) used: u32,
    pub(crate) sequence: u32,
    pub(crate) timestamp: Micros,
    pub(crate) dequeued: Micros,
}

/// A captured picture. Cloning is cheap; the driver gets its buffer back when the last clone is dropped, on any thread.
pub struct Frame {
    slot: Arc<Slot>,
    meta: Meta,
}

impl Frame {
    /// The first holder of a buffer that has just been dequeued. No allocation: the slot is there already.
    pub(crate) fn lend(slot: &Arc<Slot>, meta: Meta) -> Self {
        slot.holders.store(1, Ordering::Relaxed);
        Self { slot: slot.clone(), meta }
    }

    /// The buffer's number in its session, below 32.
    pub fn index(&self) -> u32 {
        self.slot.index
    }

    /// How many buffers its session has.
    pub fn buffers(&self) -> u32 {
        self.slot.buffers
    }

    /// The session it belongs to; no two sessions of a process have the same.
    pub fn session(&self) -> u64 {
        self.slot.session
    }

    /// The driver's count of pictures, those it dropped included; wraps.
    pub fn sequence(&self) -> u32 {
        self.meta.sequence
    }

    /// When it was captured, by the driver's word; never in the future.
    pub fn timestamp(&self) -> Micros {
        self.meta.timestamp
    }

    /// When it was taken from the driver.
    pub fn dequeued(&self) -> Micros {
        self.meta.dequeued
    }

    /// Bytes of it that are used: less than `layout().sizeimage` for compressed pictures.
    pub fn bytes_used(&self) -> usize {
        self.meta.used as usize
    }

    /// How it lies in memory.
    pub fn layout(&self) -> PixelLayout {
        self.meta.layout
    }

    /// Its memory, to be imported by another device; `None` when the driver cannot export.
    pub fn dmabuf(&self) -> Option<BorrowedFd<'_>> {
        self.slot.memory.dma_buf.as_ref().map(AsFd::as_fd)
    }

    /// Bytes of its memory in all.
    pub(crate) fn length(&self) -> u32 {
        self.slot.memory.length
    }

    /// Its bytes. A buffer that can be exported is mapped when this is called for the first time, never otherwise, and stays
    /// mapped for the rest of the session.
    pub fn map(&self) -> Result<Mapped<'_>, Error> {
        // SAFETY: this frame is a holder and is borrowed for as long as the view lives, so the buffer stays dequeued.
        unsafe { self.slot.memory.view(self.meta.used as usize) }
            .map(Mapped)
            .map_err(|errno| Error::errno(&self.slot.path, "mapping a captured picture", errno))
    }
}

impl Clone for Frame {
    fn clone(&self) -> Self {
        self.slot.holders.fetch_add(1, Ordering::Relaxed);
        Self { slot: self.slot.clone(), meta: self.meta }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // Acquire and release, as in Arc: all holders' reads come before the buffer goes back.
        if self.slot.holders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.slot.home.give(self.slot.index);
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("index", &self.slot.index)
            .field("meta", &self.meta)
            .finish_non_exhaustive()
    }
}

/// A frame's bytes, for reading.
#[derive(Debug)]
pub struct Mapped<'a>(View<'a>);

impl Deref for Mapped<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.bytes
    }
}
