//! One slot between a producer and a slower consumer: the newest wins, nothing queues up, nobody waits to put.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A slot for the newest `T`.
pub struct Mailbox<T> {
    slot: Mutex<Slot<T>>,
    filled: Condvar,
}

struct Slot<T> {
    newest: Option<T>,
    closed: bool,
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Mailbox { slot: Mutex::new(Slot { newest: None, closed: false }), filled: Condvar::new() }
    }
}

impl<T> Mailbox<T> {
    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a value in and returns the one it replaces, which nobody took.
    pub fn put(&self, value: T) -> Option<T> {
        let replaced = self.lock().newest.replace(value);
        self.filled.notify_one();
        replaced
    }

    /// Takes the newest value if there is one.
    pub fn try_take(&self) -> Option<T> {
        self.lock().newest.take()
    }

    /// Takes the newest value, waiting for one; `None` once the mailbox is closed.
    pub fn take(&self) -> Option<T> {
        let mut slot = self.lock();
        loop {
            if slot.closed {
                return None;
            }
            if let Some(value) = slot.newest.take() {
                return Some(value);
            }
            slot = self.filled.wait(slot).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends it: who waits gets `None`.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_wins_and_the_replaced_one_comes_back() {
        let mailbox = Mailbox::default();
        assert_eq!(mailbox.put(1), None);
        assert_eq!(mailbox.put(2), Some(1));
        assert_eq!(mailbox.take(), Some(2));
        assert_eq!(mailbox.try_take(), None);
        mailbox.put(3);
        assert_eq!(mailbox.try_take(), Some(3));
    }

    #[test]
    fn closing_ends_the_wait() {
        let mailbox = Mailbox::<u8>::default();
        std::thread::scope(|scope| {
            let taker = scope.spawn(|| mailbox.take());
            mailbox.close();
            assert_eq!(taker.join().unwrap(), None);
        });
    }
}
