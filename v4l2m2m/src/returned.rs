//! How buffers come home: a set of slots that any thread adds to and one thread empties.
//!
//! Invariant: after [`Returned::take`] has given nothing, a slot added by another thread makes [`Returned::fd`] readable.
//! The owner's own additions do not (it takes the set before it waits, see [`Returned::take`]), which spares it two system calls
//! for each frame that comes out of the encoder.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use nix::errno::Errno;
use nix::sys::eventfd::{EfdFlags, EventFd};

/// Slots that nobody holds any more.
#[derive(Debug)]
pub(crate) struct Returned {
    slots: AtomicU32,
    wake: EventFd,
    /// The descriptor has been written to and not read since.
    woken: AtomicBool,
    /// The thread that takes; 0: not known yet.
    owner: AtomicU64,
}

impl Returned {
    pub(crate) fn new() -> Result<Self, Errno> {
        let wake = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
        Ok(Self { slots: AtomicU32::new(0), wake, woken: AtomicBool::new(false), owner: AtomicU64::new(0) })
    }

    /// Adds a slot below 32; from any thread.
    pub(crate) fn give(&self, slot: u32) {
        // Release: what the holder read from the buffer comes before the driver writes to it again.
        let before = self.slots.fetch_or(1 << slot, Ordering::AcqRel);
        if before == 0 && self.owner.load(Ordering::Relaxed) != thread_number() {
            // Only full counters and closed descriptors can fail: neither is possible.
            let _ = self.wake.write(1);
            self.woken.store(true, Ordering::Release);
        }
    }

    /// Empties the set; the calling thread is the owner from now on. It must call this after its last [`Self::give`] and
    /// before it waits for [`Self::fd`].
    pub(crate) fn take(&self) -> Slots {
        self.owner.store(thread_number(), Ordering::Relaxed);
        if self.woken.swap(false, Ordering::Acquire) {
            let _ = self.wake.read();
        }
        Slots(self.slots.swap(0, Ordering::AcqRel))
    }

    /// Readable when another thread has added to the empty set.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

/// A set of slots, and the iterator over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slots(u32);

impl Iterator for Slots {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let slot = (self.0 != 0).then(|| self.0.trailing_zeros())?;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}

/// A number no other thread of this process ever has.
fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.with(|number| *number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::sync::Arc;

    fn readable(returned: &Returned, milliseconds: u16) -> bool {
        let mut fds = [PollFd::new(returned.fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::from(milliseconds)).unwrap() == 1
    }

    #[test]
    fn slots_come_once_and_in_order() {
        let returned = Returned::new().unwrap();
        for slot in [31, 0, 7] {
            returned.give(slot);
        }
        assert_eq!(returned.take().collect::<Vec<_>>(), [0, 7, 31]);
        assert_eq!(returned.take().next(), None);
    }

    #[test]
    fn another_thread_wakes_the_owner_who_does_not_wake_itself() {
        let returned = Arc::new(Returned::new().unwrap());
        assert_eq!(returned.take().next(), None);
        returned.give(1);
        assert!(!readable(&returned, 0));
        assert_eq!(returned.take().next(), Some(1));

        let other = returned.clone();
        std::thread::spawn(move || (2..4).for_each(|slot| other.give(slot))).join().unwrap();
        assert!(readable(&returned, 0));
        assert_eq!(returned.take().collect::<Vec<_>>(), [2, 3]);
        assert!(!readable(&returned, 0));
    }

    /// Many threads give the same 32 slots round and round; the owner waits only when it has nothing. None is lost.
    #[test]
    fn no_slot_is_lost_and_no_wake_up_missed() {
        const ROUNDS: u32 = 2000;
        let returned = Arc::new(Returned::new().unwrap());
        let rounds: Arc<[AtomicU32; 32]> = Arc::new(std::array::from_fn(|_| AtomicU32::new(0)));
        let givers: Vec<_> = (0..4)
            .map(|giver| {
                let (returned, rounds) = (returned.clone(), rounds.clone());
                std::thread::spawn(move || {
                    for round in 0..ROUNDS {
                        for slot in giver * 8..giver * 8 + 8 {
                            while rounds[slot as usize].load(Ordering::Acquire) != round {
                                std::thread::yield_now();
                            }
                            returned.give(slot);
                        }
                    }
                })
            })
            .collect();
        let mut taken = 0;
        while taken < ROUNDS * 32 {
            let slots = returned.take();
            if slots == Slots(0) {
                assert!(readable(&returned, 5000), "missed a wake-up after {taken}");
            }
            for slot in slots {
                taken += 1;
                rounds[slot as usize].fetch_add(1, Ordering::Release);
            }
        }
        for giver in givers {
            giver.join().unwrap();
        }
        assert_eq!(returned.take().next(), None);
    }
}
