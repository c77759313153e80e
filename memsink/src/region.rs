//! The writer's mapping of its object.
//!
//! What must always hold: no reference into the mapping ever leaves this file, and every access lies inside it.
//! Others may write at any moment, so what is read is a value to be checked, never to be trusted. That the object is
//! as long as its mapping is the writer's to see to.
#![allow(unsafe_code)]

use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// A shared mapping of a whole object.
pub(crate) struct Region {
    map: MmapRaw,
}

impl Region {
    /// Maps `size` bytes; the caller has seen by fstat that the object has as many.
    pub fn map(file: &File, size: usize) -> io::Result<Region> {
        Ok(Region { map: MmapOptions::new().len(size).map_raw(file)? })
    }

    /// Bytes mapped.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// The address of `len` bytes at `at`. A place outside the mapping is a fault of this crate, not of a peer.
    fn place(&self, at: usize, len: usize) -> *mut u8 {
        assert!(at.checked_add(len).is_some_and(|end| end <= self.map.len()), "access outside the sink");
        // SAFETY: at + len lies inside the mapping, checked above.
        unsafe { self.map.as_mut_ptr().add(at) }
    }

    /// Copies bytes out, into memory of ours.
    pub fn read(&self, at: usize, into: &mut [u8]) {
        let from = self.place(at, into.len());
        // SAFETY: `from` is valid for into.len() bytes and cannot overlap private memory.
        unsafe { std::ptr::copy_nonoverlapping(from, into.as_mut_ptr(), into.len()) }
    }

    /// Copies bytes in.
    pub fn write(&self, at: usize, bytes: &[u8]) {
        let to = self.place(at, bytes.len());
        // SAFETY: `to` is valid for bytes.len() bytes and cannot overlap private memory.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) }
    }

    /// Reads an array, such as a number's bytes.
    pub fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut bytes = [0; N];
        self.read(at, &mut bytes);
        bytes
    }

    /// Reads an aligned u64 in one piece.
    pub fn load_u64(&self, at: usize) -> u64 {
        assert_eq!(at % 8, 0);
        let place = self.place(at, 8).cast::<u64>();
        // SAFETY: valid, aligned (mappings begin at a page) and only accessed atomically or by copies here.
        unsafe { AtomicU64::from_ptr(place) }.load(Ordering::Acquire)
    }

    /// Writes an aligned u64 in one piece, after everything written before it.
    pub fn store_u64(&self, at: usize, value: u64) {
        assert_eq!(at % 8, 0);
        let place = self.place(at, 8).cast::<u64>();
        // SAFETY: as in load_u64.
        unsafe { AtomicU64::from_ptr(place) }.store(value, Ordering::Release)
    }

    /// Reads one byte.
    pub fn load_u8(&self, at: usize) -> u8 {
        // SAFETY: place checked; a byte is always aligned.
        unsafe { AtomicU8::from_ptr(self.place(at, 1)) }.load(Ordering::Acquire)
    }

    /// Writes one byte.
    pub fn store_u8(&self, at: usize, value: u8) {
        // SAFETY: as in load_u8.
        unsafe { AtomicU8::from_ptr(self.place(at, 1)) }.store(value, Ordering::Release)
    }
}
