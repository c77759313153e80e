//! How buffers come home: a set of slots that any thread adds to and one thread empties.
//!
//! Invariant: after [`Returned::take`] has given nothing, a slot added by another thread makes [`Returned::fd`] readable, and it stays so
//! for one take at most: the owner never spins. The owner's own additions do not (it takes the set before it waits, see [`Returned::take`]), which spares it two system calls
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
    /// The descriptor will be or has been written to, and has not been read since.
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
        if before == 0
            && self.owner.load(Ordering::Relaxed) != thread_number()
            && !self.woken.swap(true, Ordering::AcqRel)
        {
            // Only full counters and closed descriptors can fail: neither is possible.
            let _ = self.wake.write(1);
        }
    }

    /// Empties the set; the calling thread is the owner from now on. It must call this after its last [`Self::give`] and
    /// before it waits for [`Self::fd`].
    pub(crate) fn take(&self) -> Slots {
        self.owner.store(thread_number(), Ordering::Relaxed);
        // A giver says so before it writes: where nothing can be read yet, it is still to come, and is read another time.
        if self.woken.load(Ordering::Relaxed) && self.wake.read().is_ok() {
            // Acquire: who has found it still set since then does not write, and its slot is taken below.
            self.woken.swap(false, Ordering::AcqRel);
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
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;
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

    /// The giver is interrupted by the owner that it wakes, wherever that is: on one processor that is the rule.
    #[test]
    fn the_owner_does_not_spin_while_the_giver_waits_for_the_processor() {
        const GIVEN: u32 = 2000;
        let mut one = CpuSet::new();
        let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap();
        let first = (0..CpuSet::count()).find(|cpu| allowed.is_set(*cpu).unwrap()).unwrap();
        one.set(first).unwrap();
        sched_setaffinity(Pid::from_raw(0), &one).unwrap();
        let returned = Arc::new(Returned::new().unwrap());
        returned.take();
        let giver = returned.clone();
        let giver = std::thread::spawn(move || (0..GIVEN).for_each(|n| giver.give(n % 32)));
        let (mut taken, mut in_vain) = (0, 0);
        while !giver.is_finished() || taken == 0 {
            let slots = returned.take();
            taken += slots.count();
            if slots == Slots(0) && readable(&returned, 10) {
                in_vain += usize::from(returned.slots.load(Ordering::Relaxed) == 0);
            }
        }
        giver.join().unwrap();
        assert!(in_vain <= GIVEN as usize, "{in_vain} times woken for nothing");
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
