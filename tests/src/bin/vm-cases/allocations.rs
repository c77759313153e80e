//! An allocator that counts what one thread asks for.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::SeqCst};

static WATCHED: AtomicI32 = AtomicI32::new(0);
static COUNT: AtomicU64 = AtomicU64::new(0);

thread_local!(static ID: Cell<i32> = const { Cell::new(0) });

/// The system's allocator, with an eye on one thread.
pub struct Counting;

/// How often the thread of this id asked for memory while `work` ran.
pub fn of_thread(id: i32, work: impl FnOnce()) -> u64 {
    COUNT.store(0, SeqCst);
    WATCHED.store(id, SeqCst);
    work();
    WATCHED.store(0, SeqCst);
    COUNT.load(SeqCst)
}

fn note() {
    let watched = WATCHED.load(SeqCst);
    if watched == 0 {
        return;
    }
    let _ = ID.try_with(|id| {
        if id.get() == 0 {
            // SAFETY: gettid(2) takes nothing and cannot fail.
            id.set(unsafe { libc::gettid() });
        }
        if id.get() == watched {
            COUNT.fetch_add(1, SeqCst);
        }
    });
}

// SAFETY: every call is passed on to the system's allocator as it came; counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
