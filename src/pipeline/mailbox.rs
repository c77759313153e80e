//! One slot between a producer and slower consumers: the newest wins, nothing queues up, nobody waits to put.
//!
//! What must always hold: of consumers that wait, the one that has waited least gets the next value. It knows best what came before: a worker
//! of JPEGs encodes only what has changed since its own last picture.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// A slot for the newest `T`.
pub struct Mailbox<T> {
    slot: Mutex<Slot<T>>,
}

struct Slot<T> {
    newest: Option<T>,
    /// Who waits, the newest last. Who is woken is taken out.
    waiting: Vec<Thread>,
    closed: bool,
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Mailbox { slot: Mutex::new(Slot { newest: None, waiting: Vec::new(), closed: false }) }
    }
}

impl<T> Mailbox<T> {
    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a value in and returns the one it replaces, which nobody took.
    pub fn put(&self, value: T) -> Option<T> {
        let mut slot = self.lock();
        let replaced = slot.newest.replace(value);
        // Where one is replaced, somebody was woken for it, or all are busy.
        let next = if replaced.is_none() { slot.waiting.pop() } else { None };
        drop(slot);
        if let Some(next) = next {
            next.unpark();
        }
        replaced
    }

    /// Takes the newest value if there is one.
    pub fn try_take(&self) -> Option<T> {
        self.lock().newest.take()
    }

    /// Takes the newest value, waiting for one; `None` once the mailbox is closed.
    pub fn take(&self) -> Option<T> {
        let own = thread::current();
        let mut slot = self.lock();
        loop {
            if slot.closed {
                return None;
            }
            if let Some(value) = slot.newest.take() {
                // It may have woken by itself, and another have been woken for this value.
                slot.waiting.retain(|waiting| waiting.id() != own.id());
                return Some(value);
            }
            if slot.waiting.iter().all(|waiting| waiting.id() != own.id()) {
                slot.waiting.push(own.clone());
            }
            drop(slot);
            thread::park();
            slot = self.lock();
        }
    }

    /// Ends it: who waits gets `None`.
    pub fn close(&self) {
        let mut slot = self.lock();
        slot.closed = true;
        slot.waiting.drain(..).for_each(|waiting| waiting.unpark());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// Closes it, also when the test fails: nobody is to wait for ever.
    struct End<'a, T>(&'a Mailbox<T>);

    impl<T> Drop for End<'_, T> {
        fn drop(&mut self) {
            self.0.close();
        }
    }

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

    #[test]
    fn who_has_waited_least_gets_the_next() {
        let mailbox = Mailbox::default();
        let (got, gets) = mpsc::channel();
        thread::scope(|scope| {
            let _end = End(&mailbox);
            let waiting = |many: usize| {
                while mailbox.lock().waiting.len() < many {
                    thread::yield_now();
                }
            };
            for n in 0..4 {
                let (mailbox, got) = (&mailbox, got.clone());
                scope.spawn(move || {
                    while let Some(value) = mailbox.take() {
                        got.send((n, value)).unwrap();
                    }
                });
                waiting(n + 1);
            }
            for value in 0..100 {
                mailbox.put(value);
                assert_eq!(gets.recv().unwrap(), (3, value));
                waiting(4);
            }
        });
    }

    #[test]
    fn each_value_is_taken_once_and_the_last_one_in_any_case() {
        let mailbox = Mailbox::default();
        let (got, gets) = mpsc::channel();
        thread::scope(|scope| {
            let _end = End(&mailbox);
            for _ in 0..3 {
                let (mailbox, got) = (&mailbox, got.clone());
                scope.spawn(move || {
                    while let Some(value) = mailbox.take() {
                        got.send(value).unwrap();
                    }
                });
            }
            let replaced: Vec<u32> = (0..20_000).filter_map(|value| mailbox.put(value)).collect();
            let mut all = replaced;
            while all.len() < 20_000 {
                all.push(gets.recv().unwrap());
            }
            all.sort_unstable();
            assert!(all.into_iter().eq(0..20_000));
        });
    }
}
