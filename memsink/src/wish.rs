//! What a reader wishes of the stream's bitrate, left beside the object and outside of its bytes: a shared
//! open-file-description lock on one byte far past the end, whose place says how much, why and when.
//!
//! What must always hold: a wish costs no byte of the ABI, so readers and writers that know nothing of it never meet it;
//! it ends with its reader, however that ends, for the kernel drops the lock; and a reader that is stopped does not hold
//! the stream down, for a wish that is not said again within [`LIFE`] seconds is not looked at.

use crate::time::Micros;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use std::fs::File;

/// Where wishes are: far from the frames, and below the writer's mark of life.
const BASE: u64 = 1 << 61;
/// Places for the wishes of one second, by bitrate and reason.
const SECOND: u64 = 1 << 24;
const REASONS: u64 = 4;
/// The highest bitrate that has a place; whoever wishes for more has no wish.
const MOST: u64 = SECOND / REASONS - 1;
/// For so many seconds beyond its own a wish is heard.
pub const LIFE: u64 = 3;
/// After so many wishes, each lower than the one before, the look ends: a stranger's locks are not worth more.
const LOOKS: usize = 64;

/// Why a stream is wished to be smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Too much of it is lost on the way to a viewer.
    Loss,
    /// It queues up on the way to a viewer.
    Delay,
    /// A viewer's own estimate of its way is lower.
    Estimate,
}

impl Cause {
    const ALL: [Cause; 3] = [Cause::Loss, Cause::Delay, Cause::Estimate];

    /// One word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Cause::Loss => "loss",
            Cause::Delay => "delay",
            Cause::Estimate => "estimate",
        }
    }
}

/// No more than this, please.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// In kbit/s.
    pub kbps: u32,
    /// What is wrong with more.
    pub cause: Cause,
}

impl Wish {
    /// Its place in the second of `now`.
    fn place(self, now: Micros) -> u64 {
        let reason = Cause::ALL.iter().position(|&cause| cause == self.cause).unwrap_or(0);
        first(second(now)) + u64::from(self.kbps).min(MOST) * REASONS + reason as u64
    }

    /// The wish of which this is the place; `None` where we leave none.
    fn at(place: u64) -> Option<Wish> {
        let place = place % SECOND;
        let cause = *Cause::ALL.get(usize::try_from(place % REASONS).ok()?)?;
        Some(Wish { kbps: u32::try_from(place / REASONS).ok()?, cause })
    }
}

fn second(now: Micros) -> u64 {
    now.0 / 1_000_000
}

/// The first place of a second.
fn first(second: u64) -> u64 {
    // Modulo some ten thousand years.
    BASE + (second % (BASE / SECOND)) * SECOND
}

fn range(kind: i32, start: u64, len: u64) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: start as libc::off_t,
        l_len: len as libc::off_t,
        l_pid: 0,
    }
}

/// Says a wish, or takes back the last one, for whoever has opened this file. To be said again each second.
pub(crate) fn say(file: &File, wish: Option<Wish>, now: Micros) -> Result<(), Errno> {
    let place = wish.map(|wish| wish.place(now));
    if let Some(place) = place {
        fcntl(file, FcntlArg::F_OFD_SETLK(&range(libc::F_RDLCK, place, 1)))?;
    }
    // What was said before goes after the new one has come, so that there is no moment without.
    let unlock = |start, end| fcntl(file, FcntlArg::F_OFD_SETLK(&range(libc::F_UNLCK, start, end - start)));
    let place = place.unwrap_or(BASE);
    if place > BASE {
        unlock(BASE, place)?;
    }
    unlock(place + 1, 2 * BASE)?;
    Ok(())
}

/// The lowest of the wishes that were said in this second or the [`LIFE`] before it.
pub(crate) fn hear(file: &File, now: Micros) -> Option<Wish> {
    let now = second(now);
    let oldest = now.saturating_sub(LIFE);
    // Nearly always there is none, and one look tells.
    let end = first(now) + SECOND;
    any(file, first(oldest).min(end), end)?;
    (oldest..=now)
        .filter_map(|second| lowest(file, first(second), first(second) + SECOND))
        .min_by_key(|wish| wish.kbps)
}

/// The lowest wish of a second.
fn lowest(file: &File, start: u64, end: u64) -> Option<Wish> {
    let mut found = None;
    let mut end = end;
    for _ in 0..LOOKS {
        match any(file, start, end) {
            Some(place) if place >= start => (found, end) = (Some(place), place),
            // Of a lock that reaches in from below nothing can be told.
            _ => break,
        }
    }
    Wish::at(found?)
}

/// Where some lock in this range begins.
fn any(file: &File, start: u64, end: u64) -> Option<u64> {
    if start >= end {
        return None;
    }
    let mut lock = range(libc::F_WRLCK, start, end - start);
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock)).ok()?;
    (lock.l_type != libc::F_UNLCK as libc::c_short).then_some(lock.l_start as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    const SEC: u64 = 1_000_000;

    struct Bench(std::path::PathBuf);

    impl Bench {
        fn new(test: &str) -> Bench {
            Bench(std::env::temp_dir().join(format!("memsink-wish-{}-{test}", std::process::id())))
        }

        fn open(&self) -> File {
            File::options().read(true).write(true).create(true).truncate(false).open(&self.0).unwrap()
        }
    }

    impl Drop for Bench {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn wish(kbps: u32, cause: Cause) -> Option<Wish> {
        Some(Wish { kbps, cause })
    }

    #[test]
    fn the_lowest_wish_is_heard_as_long_as_it_is_said() {
        let bench = Bench::new("lowest");
        let (writer, now) = (bench.open(), Micros(1000 * SEC));
        let readers = [0; 3].map(|_| bench.open());
        assert_eq!(hear(&writer, now), None);
        for (reader, kbps) in readers.iter().zip([3000, 900, 2000]) {
            say(reader, wish(kbps, Cause::Delay), now).unwrap();
        }
        assert_eq!(hear(&writer, now), wish(900, Cause::Delay));
        let later = Micros(now.0 + 2 * SEC);
        say(&readers[1], wish(4000, Cause::Loss), later).unwrap();
        assert_eq!(hear(&writer, later), wish(2000, Cause::Delay), "of an earlier second");
        say(&readers[2], None, later).unwrap();
        assert_eq!(hear(&writer, later), wish(3000, Cause::Delay));
        assert_eq!(fs::metadata(&bench.0).unwrap().len(), 0, "no byte is written");
    }

    #[test]
    fn a_wish_ages_and_dies_with_its_reader() {
        let bench = Bench::new("dies");
        let (writer, now) = (bench.open(), Micros(1000 * SEC));
        let reader = bench.open();
        say(&reader, wish(500, Cause::Loss), now).unwrap();
        assert_eq!(hear(&writer, Micros(now.0 + LIFE * SEC)), wish(500, Cause::Loss));
        assert_eq!(hear(&writer, Micros(now.0 + (LIFE + 1) * SEC)), None, "it is stopped");
        drop(reader);
        assert_eq!(hear(&writer, now), None);
    }

    #[test]
    fn a_wish_that_is_said_again_is_one() {
        let bench = Bench::new("again");
        let (writer, reader) = (bench.open(), bench.open());
        for second in 0..20 {
            let now = Micros((1000 + second) * SEC);
            say(&reader, wish(1000 + 10 * second as u32, Cause::Estimate), now).unwrap();
            assert_eq!(hear(&writer, now), wish(1000 + 10 * second as u32, Cause::Estimate));
        }
    }

    #[test]
    fn strange_locks_are_no_wishes() {
        let bench = Bench::new("strange");
        let (writer, stranger, now) = (bench.open(), bench.open(), Micros(1000 * SEC));
        fcntl(&stranger, FcntlArg::F_OFD_SETLK(&range(libc::F_WRLCK, 0, 0))).unwrap();
        assert_eq!(hear(&writer, now), None, "the whole file");
    }

    proptest! {
        #[test]
        fn a_place_is_read_as_it_was_written(kbps in 0..MOST as u32, cause in 0..3usize, now: u64) {
            let wish = Wish { kbps, cause: Cause::ALL[cause] };
            prop_assert_eq!(Wish::at(wish.place(Micros(now))), Some(wish));
        }
    }
}
