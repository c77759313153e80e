//! The stream since its last key frame, for who passes a sink's frames on to viewers: one who joins begins with it at
//! once, and no key frame is made for it that all others would have to carry too.
//!
//! What must always hold: each access unit has a number, one more than the one before it, and so have those that are
//! missing; what is kept follows one another without a hole; the newest unit is kept, and before it at most
//! [`UNITS`] and [`BYTES`] in all, however many viewers there are. Units are shared, never copied.

use std::collections::VecDeque;
use std::sync::Arc;

/// The most access units kept. A viewer decodes all of them before it is up to date.
pub const UNITS: usize = 30;
/// The most memory they take, in bytes; a key frame that is larger by itself is kept alone.
pub const BYTES: usize = 2 << 20;

/// An access unit in the form in which it goes to viewers.
pub trait Weighed {
    /// The memory it takes, in bytes.
    fn weight(&self) -> usize;
}

/// An access unit's number in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Serial(u64);

impl Serial {
    /// Of the unit behind it.
    pub fn next(self) -> Serial {
        Serial(self.0 + 1)
    }
}

/// A viewer that has nothing to begin with yet. Where it is alone, a new key frame is made if the last one is too far back: there is nobody else
/// who has to carry it, and there are no old pictures to hurry through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joining {
    /// Its connection will be up soon; so will the key frame.
    Coming,
    /// It is connected, which may have taken long.
    Connected,
}

impl Joining {
    /// So many units back it may begin when it is alone.
    pub const fn reach(self) -> usize {
        match self {
            Joining::Coming => 4,
            Joining::Connected => 12,
        }
    }
}

/// What is kept of the stream.
#[derive(Debug)]
pub struct Gop<U> {
    units: VecDeque<Arc<U>>,
    bytes: usize,
    /// The number of the first one kept.
    first: u64,
    /// The first one kept is a key frame.
    begins: bool,
}

impl<U> Default for Gop<U> {
    fn default() -> Self {
        Self { units: VecDeque::new(), bytes: 0, first: 0, begins: false }
    }
}

impl<U: Weighed> Gop<U> {
    /// The next unit of the stream; `key` if decoding can begin with it.
    pub fn push(&mut self, key: bool, unit: Arc<U>) {
        if key || !self.begins {
            self.keep(0);
            self.begins = key;
        }
        self.bytes += unit.weight();
        self.units.push_back(unit);
        if self.units.len() > UNITS || self.bytes > BYTES {
            // Too long a way to the present: the newest unit is for those who are there already.
            self.keep(1);
            self.begins = key;
        }
    }

    /// Something is missing before the next unit, or it is of another stream: nobody can go on with it.
    pub fn interrupt(&mut self) {
        self.keep(0);
        self.first += 1;
        self.begins = false;
    }

    /// Keeps the newest `count` units.
    fn keep(&mut self, count: usize) {
        let old = self.units.len().saturating_sub(count);
        self.bytes -= self.units.drain(..old).map(|unit| unit.weight()).sum::<usize>();
        self.first += old as u64;
    }

    /// The key frame with which a viewer can begin, if all that followed it is here.
    pub fn beginning(&self) -> Option<Serial> {
        self.begins.then_some(self.first())
    }

    /// Where a viewer begins, `alone` being that nobody else watches; `None`: it needs a key frame.
    pub fn beginning_of(&self, joining: Joining, alone: bool) -> Option<Serial> {
        self.beginning().filter(|_| !alone || self.len() <= joining.reach())
    }

    /// The oldest unit that is here, or the next one to come.
    pub fn first(&self) -> Serial {
        Serial(self.first)
    }

    /// The next one to come.
    pub fn end(&self) -> Serial {
        Serial(self.first + self.units.len() as u64)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The unit of this number, if it is here.
    pub fn get(&self, serial: Serial) -> Option<&Arc<U>> {
        let index = serial.0.checked_sub(self.first)?;
        self.units.get(usize::try_from(index).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit of so many bytes.
    #[derive(Debug)]
    struct Unit(usize);

    impl Weighed for Unit {
        fn weight(&self) -> usize {
            self.0
        }
    }

    fn unit(size: usize) -> Arc<Unit> {
        Arc::new(Unit(size))
    }

    fn gop(units: &[bool]) -> Gop<Unit> {
        let mut gop = Gop::default();
        for &key in units {
            gop.push(key, unit(100));
        }
        gop
    }

    #[test]
    fn kept_from_the_last_key_frame_on() {
        let mut gop = gop(&[false, false]);
        assert_eq!((gop.beginning(), gop.first(), gop.end(), gop.len()), (None, Serial(1), Serial(2), 1));
        for key in [true, false, true, false, false] {
            gop.push(key, unit(100));
        }
        assert_eq!((gop.beginning(), gop.end(), gop.len()), (Some(Serial(4)), Serial(7), 3));
        assert!(gop.get(Serial(3)).is_none() && gop.get(Serial(7)).is_none());
        assert!((4..7).all(|number| gop.get(Serial(number)).is_some()));
    }

    #[test]
    fn a_unit_is_shared_and_not_copied() {
        let mut gop = Gop::default();
        let key = unit(100);
        gop.push(true, Arc::clone(&key));
        assert!(gop.get(Serial(0)).is_some_and(|kept| Arc::ptr_eq(kept, &key)));
        gop.push(true, unit(100));
        assert_eq!(Arc::strong_count(&key), 1, "and let go with its group");
    }

    #[test]
    fn too_many_units_are_no_beginning_until_the_next_key_frame() {
        let mut gop = gop(&[true]);
        for _ in 1..UNITS {
            gop.push(false, unit(100));
        }
        assert_eq!((gop.beginning(), gop.len()), (Some(Serial(0)), UNITS));
        gop.push(false, unit(100));
        assert_eq!((gop.beginning(), gop.len(), gop.end()), (None, 1, Serial(UNITS as u64 + 1)));
        gop.push(false, unit(100));
        assert_eq!((gop.beginning(), gop.len()), (None, 1));
        gop.push(true, unit(100));
        assert_eq!(gop.beginning(), Some(Serial(UNITS as u64 + 2)));
    }

    #[test]
    fn who_is_alone_begins_no_further_back_than_a_few_units() {
        for joining in [Joining::Coming, Joining::Connected] {
            let mut gop = gop(&[true]);
            for _ in 1..joining.reach() {
                gop.push(false, unit(100));
            }
            assert_eq!(gop.beginning_of(joining, true), Some(gop.first()));
            gop.push(false, unit(100));
            assert_eq!(gop.beginning_of(joining, true), None);
            assert_eq!(gop.beginning_of(joining, false), Some(gop.first()), "with others");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut gop = gop(&[true]);
        let size = BYTES / 8;
        for _ in 0..20 {
            gop.push(false, unit(size));
            let held: usize =
                (0..40).filter_map(|number| gop.get(Serial(number))).map(|unit| unit.weight()).sum();
            assert_eq!(held, gop.bytes);
            assert!(held <= BYTES, "{held}");
        }
        assert_eq!(gop.beginning(), None);
        gop.push(true, unit(BYTES + 1));
        assert!(gop.beginning().is_some(), "a key frame is a beginning whatever its size");
        gop.push(false, unit(100));
        assert_eq!((gop.beginning(), gop.len()), (None, 1));
    }

    #[test]
    fn what_is_missing_has_a_number_too() {
        let mut gop = gop(&[true, false]);
        let next = gop.end();
        gop.interrupt();
        assert_eq!((gop.beginning(), gop.is_empty()), (None, true));
        gop.push(false, unit(100));
        assert!(gop.get(next).is_none() && next < gop.first(), "nobody goes on with it");
        gop.push(true, unit(100));
        assert_eq!(gop.beginning(), Some(gop.first()));
    }
}
