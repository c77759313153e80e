//! A sleep on one word of an object, from which another process wakes us.
//!
//! What must always hold: the mapping made for it is never read or written from here; the kernel alone looks at the
//! word. On an object that was cut short it says so, where an access of ours would be a SIGBUS.
#![allow(unsafe_code)]

use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::io;
use std::time::Duration;

/// The word at one place of an object.
pub(crate) struct Futex {
    map: MmapRaw,
    at: usize,
}

impl Futex {
    /// The word at `at`, which must be a multiple of 4.
    pub fn new(file: &File, at: usize) -> io::Result<Futex> {
        assert_eq!(at % 4, 0);
        Ok(Futex { map: MmapOptions::new().len(at + 4).map_raw(file)?, at })
    }

    fn word(&self) -> *mut u32 {
        self.map.as_mut_ptr().wrapping_add(self.at).cast()
    }

    /// Wakes all who sleep in `wait`, in any process (futex(2), not private).
    pub fn wake(&self) {
        // SAFETY: FUTEX_WAKE only uses the address as a key.
        unsafe { libc::syscall(libc::SYS_futex, self.word(), libc::FUTEX_WAKE, i32::MAX) };
    }

    /// Sleeps until somebody wakes us or `limit` has passed, if the word is still `value` (futex(2)).
    pub fn wait(&self, value: u32, limit: Duration) {
        let limit = libc::timespec {
            tv_sec: limit.as_secs() as libc::time_t,
            tv_nsec: limit.subsec_nanos() as libc::c_long,
        };
        // SAFETY: the kernel reads one aligned word, or fails, and reads `limit`, which outlives the call.
        unsafe { libc::syscall(libc::SYS_futex, self.word(), libc::FUTEX_WAIT, value, &raw const limit) };
    }
}
