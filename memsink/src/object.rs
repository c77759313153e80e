//! An object as its readers have it: an open file that is read and written by calls, and never through a mapping.
//!
//! What must always hold: whatever others do to the object's size, at any moment, we only find fewer bytes there. A
//! mapping would raise SIGBUS beyond an end that moved, and with it end the process that we are a guest in. What is
//! read is a private copy, to be checked and then to stay as it is.

use crate::abi::{AT_ID, Abi, MAGIC};
use crate::error::Error;
use crate::futex::Futex;
use crate::header::Header;
use crate::lock;
use crate::name::{Kind, SinkName};
use crate::time::Micros;
use crate::wish::{self, Wish};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::mman::shm_open;
use nix::sys::stat::{Mode, fstat};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// An open object.
pub(crate) struct Object {
    file: File,
    futex: Futex,
    size: usize,
}

impl Object {
    /// Opens the object, for reading frames and for leaving word to its writer; `None` when it is not there yet.
    pub fn open(name: &SinkName) -> Result<Option<Object>, Error> {
        let failed = |op, remedy| move |errno| Error::System { op, name: name.clone(), errno, remedy };
        let file = match shm_open(format!("/{name}").as_str(), OFlag::O_RDWR, Mode::empty()) {
            Ok(fd) => File::from(fd),
            Err(Errno::ENOENT) => return Ok(None),
            Err(errno) => {
                return Err(failed(
                    "open",
                    "reading needs write permission too: run as a user or group that has it",
                )(errno));
            }
        };
        let stat = fstat(&file).map_err(failed("look at", "remove it"))?;
        let size = usize::try_from(stat.st_size).unwrap_or(0);
        if size == 0 {
            // Just made; its writer sizes it next.
            return Ok(None);
        }
        let expected = Abi::V2.layout().data;
        if size < expected {
            return Err(Error::TooShort { name: name.clone(), size, expected });
        }
        let futex = Futex::new(&file, AT_ID).map_err(|error| {
            failed("map", "free some memory")(error.raw_os_error().map_or(Errno::EIO, Errno::from_raw))
        })?;
        Ok(Some(Object { file, futex, size }))
    }

    /// Bytes it had when it was opened.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The object was removed or resized: what is open is not what others see.
    pub fn is_outdated(&self) -> bool {
        fstat(&self.file).map_or(true, |stat| {
            stat.st_nlink == 0 || usize::try_from(stat.st_size).unwrap_or(0) != self.size
        })
    }

    /// The frame's mark, without the lock, so only good for a look whether it changed; `None` when there are no
    /// such bytes any more.
    pub fn id(&self) -> Option<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, AT_ID as u64).ok()?;
        Some(u64::from_le_bytes(bytes))
    }

    /// The header as it stands.
    pub fn header(&self) -> io::Result<Header> {
        Header::read(&self.file)
    }

    /// Copies `len` bytes from `at` into `into`, in place of what it has; false when there are fewer.
    pub fn copy(&self, at: usize, len: usize, into: &mut Vec<u8>) -> bool {
        // Not cleared first: only what the vector grows by is zeroed.
        into.resize(len, 0);
        let copied = self.file.read_exact_at(into, at as u64).is_ok();
        if !copied {
            into.clear();
        }
        copied
    }

    /// Writes bytes; those of an object that was removed or shortened are lost, as they may be.
    pub fn write(&self, at: usize, bytes: &[u8]) {
        let _ = self.file.write_all_at(bytes, at as u64);
    }

    /// Takes µStreamer's lock, waiting for at most `limit`.
    pub fn lock(&self, limit: Duration) -> Option<lock::Held<'_>> {
        lock::take(&self.file, limit)
    }

    /// Whether a writer of ours lives.
    pub fn writer_lives(&self) -> bool {
        lock::writer_lives(&self.file)
    }

    /// Leaves word of the bitrate that is wished for, or takes it back.
    pub fn say(&self, wish: Option<Wish>, now: Micros) {
        // Where the system has no more locks, or this file system has none, the writer goes on as it does.
        let _ = wish::say(&self.file, wish, now);
    }

    /// Sleeps until the frame's mark is no longer `id`, or `limit` has passed.
    pub fn wait(&self, id: u64, limit: Duration) {
        self.futex.wait(id as u32, limit);
    }

    /// The version of an object that has no frame yet, by its size alone, so that its writer learns of a reader
    /// and makes the first one. Sizes are unique enough: where two versions share one, their fields lie alike.
    pub fn guess(&self) -> Option<Abi> {
        if ![0, MAGIC].contains(&self.header().ok()?.magic()) {
            return None;
        }
        [Kind::H264, Kind::Jpeg, Kind::Raw]
            .into_iter()
            .find_map(|kind| Abi::ALL.into_iter().rev().find(|abi| abi.object_size(kind) == self.size))
    }
}
