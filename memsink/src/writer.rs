//! The writing end: makes the object, says who is reading, and publishes frames.
//!
//! What must always hold: no reader can make the writer wait for longer than `PATIENCE`, a failed start leaves
//! nothing behind, and there is one living writer to an object. Before memory is touched, the object is seen to be as
//! long as its mapping and to have pages where the frame goes: a missing one would be a SIGBUS.

use crate::abi::{AT_ID, AT_MAGIC, AT_VERSION, Abi, Layout, MAGIC};
use crate::error::Error;
use crate::futex::Futex;
use crate::header::{self, FrameInfo};
use crate::name::SinkName;
use crate::region::Region;
use crate::time::Micros;
use crate::wish::{self, Wish};
use crate::{lock, long_double, mark};
use nix::errno::Errno;
use nix::fcntl::{OFlag, posix_fallocate};
use nix::sys::mman::{shm_open, shm_unlink};
use nix::sys::stat::{Mode, fchmod, fstat};
use nix::unistd::ftruncate;
use std::fs::File;
use std::io;
use std::time::Duration;

/// How long a publish waits for a reader that holds the lock, before the frame is dropped.
const PATIENCE: Duration = Duration::from_millis(2);

/// What a writer is made from.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// The object's name.
    pub name: SinkName,
    /// Its permissions, such as 0o660.
    pub mode: u32,
    /// Remove the object when the writer goes.
    pub remove_on_drop: bool,
    /// How long after its last read a reader still counts as one.
    pub client_ttl: Duration,
    /// The version to write.
    pub abi: Abi,
}

impl WriterOptions {
    /// µStreamer's defaults for this name.
    pub fn new(name: SinkName) -> WriterOptions {
        let client_ttl = Duration::from_secs(10);
        WriterOptions { name, mode: 0o660, remove_on_drop: false, client_ttl, abi: Abi::default() }
    }
}

/// What readers want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Somebody reads; without readers a frame need not be made.
    pub has_clients: bool,
    /// A reader waits for a key frame.
    pub key_wanted: bool,
}

/// A published frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Bytes copied.
    pub bytes: usize,
}

/// The writing end of a sink.
pub struct Writer {
    options: WriterOptions,
    layout: &'static Layout,
    file: lock::Alive,
    region: Region,
    /// Bytes from the start that the system has given memory for.
    backed: usize,
    futex: Futex,
    /// The readers' time stamp as it was last seen, and when it last changed.
    client: ([u8; long_double::SIZE], Option<Micros>),
    /// A wish for a key frame that the encoder has been told of: the next key frame fulfils it.
    key_promised: bool,
    /// The mark of the last frame, once there is one.
    marked: Option<u64>,
}

impl Writer {
    /// Makes the object, or takes over one that has no living writer.
    ///
    /// # Errors
    /// `HasWriter`, or what the system refused. An object that this call made is removed again.
    pub fn create(options: WriterOptions) -> Result<Writer, Error> {
        let path = format!("/{}", options.name);
        let mode = Mode::from_bits_truncate(options.mode);
        let failed = |op, remedy| {
            let name = options.name.clone();
            move |errno| Error::System { op, name, errno, remedy }
        };
        let flags = OFlag::O_RDWR | OFlag::O_CREAT;
        let (fd, made) = match shm_open(path.as_str(), flags | OFlag::O_EXCL, mode) {
            Ok(fd) => (fd, true),
            // Without O_CREAT: the kernel's protection of /dev/shm refuses that on another user's object.
            Err(Errno::EEXIST) => (
                shm_open(path.as_str(), OFlag::O_RDWR, mode)
                    .map_err(failed("open", "run as the user it belongs to, or remove it"))?,
                false,
            ),
            Err(errno) => return Err(failed("create", "check the permissions of /dev/shm")(errno)),
        };
        Writer::prepare(options, File::from(fd), made).inspect_err(|error| {
            if made && !matches!(error, Error::HasWriter(_)) {
                let _ = shm_unlink(path.as_str());
            }
        })
    }

    fn prepare(options: WriterOptions, file: File, made: bool) -> Result<Writer, Error> {
        let name = &options.name;
        let failed = |op, remedy| move |errno| Error::System { op, name: name.clone(), errno, remedy };
        let file = lock::mark_alive(file)
            .map_err(failed("mark as in use", "check that /dev/shm is a tmpfs"))?
            .ok_or_else(|| Error::HasWriter(name.clone()))?;
        let wanted = Mode::from_bits_truncate(options.mode);
        let stat = fstat(&*file).map_err(failed("look at", "remove it"))?;
        if made || stat.st_mode & 0o7777 != options.mode {
            fchmod(&*file, wanted).map_err(failed("set the mode of", "run as the user it belongs to"))?;
        }
        let size = options.abi.object_size(name.kind());
        if stat.st_size != size as libc::off_t {
            ftruncate(&*file, size as libc::off_t).map_err(failed("size", "free memory in /dev/shm"))?;
        }
        let unmapped = |error: io::Error| {
            let errno = error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
            failed("map", "free some memory")(errno)
        };
        let region = Region::map(&file, size).map_err(unmapped)?;
        let futex = Futex::new(&file, AT_ID).map_err(unmapped)?;
        let layout = options.abi.layout();
        let mut writer = Writer {
            client: ([0; 16], None),
            layout,
            file,
            region,
            backed: 0,
            futex,
            options,
            key_promised: false,
            marked: None,
        };
        writer.make_room(layout.data)?;
        if !writer.header_is_ours() || stat.st_size != size as libc::off_t {
            // Another version's fields would be taken for ours.
            writer.region.write(0, &vec![0; layout.data]);
        }
        let stamp: [u8; 16] = writer.region.array(layout.last_client);
        writer.client = (stamp, Some(long_double::decode(stamp)).filter(|&seen| seen != Micros(0)));
        Ok(writer)
    }

    fn header_is_ours(&self) -> bool {
        self.region.load_u64(AT_MAGIC) == MAGIC
            && u32::from_le_bytes(self.region.array(AT_VERSION)) == self.options.abi.number()
    }

    /// Sees to it that the first `len` bytes can be touched: restores an object that somebody cut short, and has the
    /// system give memory, which it otherwise would at the first touch, or kill us when it has none.
    fn make_room(&mut self, len: usize) -> Result<(), Error> {
        let name = &self.options.name;
        let failed = |op| {
            move |errno| {
                let remedy = "free memory in /dev/shm: see df /dev/shm";
                Error::System { op, name: name.clone(), errno, remedy }
            }
        };
        let size = self.region.len() as libc::off_t;
        if fstat(&*self.file).map_err(failed("look at"))?.st_size < size {
            ftruncate(&*self.file, size).map_err(failed("size"))?;
            self.backed = 0;
        }
        if self.backed < len {
            posix_fallocate(&*self.file, 0, len as libc::off_t).map_err(failed("get memory for"))?;
            self.backed = len;
        }
        Ok(())
    }

    /// What readers want now. Two reads of memory and an fstat: call it for each frame, before any work on it.
    pub fn demand(&mut self, now: Micros) -> Demand {
        if self.make_room(self.layout.data).is_err() {
            // Publishing fails likewise, and says why.
            return Demand { has_clients: true, key_wanted: false };
        }
        let stamp = self.region.array(self.layout.last_client);
        if stamp != self.client.0 {
            self.client = (stamp, Some(now));
        }
        let ttl = self.options.client_ttl.as_micros() as u64;
        let key_wanted = self.layout.key_wanted.is_some_and(|at| self.region.load_u8(at) != 0);
        self.key_promised |= key_wanted;
        Demand { has_clients: self.client.1.is_some_and(|seen| now.since(seen) < ttl), key_wanted }
    }

    /// The lowest bitrate that a reader has wished for in the last seconds. One system call where there is no wish: to be
    /// asked some times a second.
    pub fn wish(&self, now: Micros) -> Option<Wish> {
        wish::hear(&self.file, now)
    }

    /// Copies a frame into the sink and wakes its readers.
    ///
    /// # Errors
    /// `TooLarge`, `LockBusy` when a reader kept the lock for too long, or `System` when there is no memory for the
    /// frame: it is dropped and the sink is as it was.
    pub fn publish(&mut self, info: &FrameInfo, payload: &[u8]) -> Result<Published, Error> {
        let capacity = self.options.abi.capacity(self.options.name.kind());
        if payload.len() > capacity {
            let name = self.options.name.clone();
            return Err(Error::TooLarge { name, size: payload.len(), capacity });
        }
        self.make_room(self.layout.data + payload.len())?;
        let held =
            lock::take(&self.file, PATIENCE).ok_or_else(|| Error::LockBusy(self.options.name.clone()))?;
        if info.key && self.key_promised {
            self.key_promised = false;
            if let Some(at) = self.layout.key_wanted {
                self.region.store_u8(at, 0);
            }
        }
        self.region.write(self.layout.data, payload);
        header::write(&self.region, self.layout, info, payload.len());
        self.region.write(AT_VERSION, &self.options.abi.number().to_le_bytes());
        self.region.store_u64(AT_MAGIC, MAGIC);
        let id = mark::next(self.marked, self.region.load_u64(AT_ID), Micros::now);
        self.region.store_u64(AT_ID, id);
        drop(held);
        self.marked = Some(id);
        self.futex.wake();
        Ok(Published { bytes: payload.len() })
    }

    /// The sink's name.
    pub fn name(&self) -> &SinkName {
        &self.options.name
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.options.remove_on_drop {
            let _ = shm_unlink(format!("/{}", self.options.name).as_str());
        }
    }
}
