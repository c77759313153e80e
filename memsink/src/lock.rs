//! The two locks of an object: µStreamer's `flock`, held around each access, and the writer's mark of life, an
//! open-file-description lock on a byte far past the end, which `flock` and other programs do not see.
#![allow(unsafe_code)]

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use std::fs::File;
use std::ops::Deref;
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

/// An object's file, marked as having a living writer until this is dropped, or its process ends.
pub(crate) struct Alive(File);

/// Marks the caller as the object's living writer; `None` when there is one already.
pub(crate) fn mark_alive(file: File) -> Result<Option<Alive>, Errno> {
    match fcntl(&file, FcntlArg::F_OFD_SETLK(&life_lock())) {
        Ok(_) => Ok(Some(Alive(file))),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(None),
        Err(errno) => Err(errno),
    }
}

impl Deref for Alive {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for Alive {
    /// Closing would not do: a program that is just being started by another thread has the descriptor until its `exec`.
    fn drop(&mut self) {
        let mut lock = life_lock();
        lock.l_type = libc::F_UNLCK as libc::c_short;
        let _ = fcntl(&self.0, FcntlArg::F_OFD_SETLK(&lock));
    }
}

/// Whether a writer of ours lives.
pub(crate) fn writer_lives(file: &File) -> bool {
    let mut lock = life_lock();
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock)).is_ok() && lock.l_type != libc::F_UNLCK as libc::c_short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_ends_with_the_writer_although_a_starting_program_has_its_descriptor() {
        let path = std::env::temp_dir().join(format!("memsink-alive-{}", std::process::id()));
        let open = || File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        let alive = mark_alive(open()).unwrap().unwrap();
        let inherited = alive.try_clone().unwrap();
        assert!(mark_alive(open()).unwrap().is_none());
        drop(alive);
        assert!(!writer_lives(&open()));
        assert!(mark_alive(open()).unwrap().is_some());
        drop(inherited);
        std::fs::remove_file(&path).unwrap();
    }
}
