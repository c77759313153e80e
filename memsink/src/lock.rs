//! The two locks of an object: µStreamer's `flock`, held around each access, and the writer's mark of life, an
//! open-file-description lock on a byte far past the end, which `flock` and other programs do not see.
#![allow(unsafe_code)]

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// Tries before the first sleep: a peer's copy of a small frame is over by then.
const SPINS: u32 = 20;
const PAUSE: Duration = Duration::from_micros(50);
/// The byte that a living writer of ours has locked.
const LIFE: libc::off_t = 1 << 62;

/// µStreamer's lock on an object, held until dropped.
pub(crate) struct Held<'a>(&'a File);

/// Takes the lock if it is free now or becomes free within `limit`.
pub(crate) fn take(file: &File, limit: Duration) -> Option<Held<'_>> {
    let mut started = None;
    for attempt in 0u32.. {
        // SAFETY: flock takes a descriptor, which `file` keeps open.
        if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
            return Some(Held(file));
        }
        if attempt < SPINS {
            std::thread::yield_now();
        } else if started.get_or_insert_with(Instant::now).elapsed() < limit {
            std::thread::sleep(PAUSE);
        } else {
            return None;
        }
    }
    None
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // SAFETY: as in take.
        unsafe { libc::flock(self.0.as_raw_fd(), libc::LOCK_UN) };
    }
}

fn life_lock() -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: LIFE,
        l_len: 1,
        l_pid: 0,
    }
}

/// Marks the caller as the object's living writer for as long as `file` is open; false when there is one already.
pub(crate) fn mark_alive(file: &File) -> Result<bool, Errno> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&life_lock())) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Whether a writer of ours lives.
pub(crate) fn writer_lives(file: &File) -> bool {
    let mut lock = life_lock();
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock)).is_ok() && lock.l_type != libc::F_UNLCK as libc::c_short
}
