//! The reading end: follows a sink through everything that may become of it.
//!
//! What must always hold: a sink that is absent, abandoned, re-created or being rewritten is a state that passes,
//! not an error; an error is only what will not pass by itself. Every read refreshes the readers' time stamp, so
//! that the writer knows somebody is there.

use crate::abi::{AT_ID, AT_MAGIC, AT_VERSION, Abi, MAGIC};
use crate::error::Error;
use crate::header::{self, FrameInfo};
use crate::name::{Kind, SinkName};
use crate::region::Region;
use crate::time::Micros;
use crate::{lock, long_double};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::mman::shm_open;
use nix::sys::stat::{Mode, fstat};
use std::fs::File;
use std::time::{Duration, Instant};

/// Between looks at the object when its writer is not ours and wakes nobody.
const POLL: Duration = Duration::from_millis(1);
/// Between looks for an object that is not there.
const SEARCH: Duration = Duration::from_millis(10);
/// The longest sleep: after it the object and its writer are looked at again, and the readers' time stamp renewed.
const NAP: Duration = Duration::from_millis(100);
/// A frame that lay in the sink for longer before it was opened is history, not news.
const STALE_US: u64 = 1_000_000;

/// A frame, in memory that is used again for the next one.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// What is known of it.
    pub info: FrameInfo,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Frame {
    /// An empty frame with room for most frames of this kind; it grows when one is larger.
    pub fn with_capacity(kind: Kind) -> Frame {
        let room = match kind {
            Kind::H264 => 256 << 10,
            Kind::Jpeg => 1 << 20,
            Kind::Raw => 1920 * 1080 * 2,
        };
        Frame { info: FrameInfo::default(), data: Vec::with_capacity(room) }
    }
}

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// A new frame.
    Frame,
    /// None in the time given.
    Nothing(Idle),
}

/// Why there was no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// There is no such object.
    NoObject,
    /// The object is there, its writer was one of ours and is gone.
    NoWriter,
    /// The object is there and has no newer frame.
    NoNewFrame,
}

struct Open {
    file: File,
    region: Region,
    abi: Option<Abi>,
    /// Mark of the last frame taken.
    id: u64,
    opened: Micros,
    stamped: Option<Instant>,
    saw_life: bool,
}

/// The reading end of a sink.
pub struct Reader {
    name: SinkName,
    lock_timeout: Duration,
    open: Option<Open>,
    key_wish: bool,
}

impl Reader {
    /// A reader of this sink, which need not be there yet. `lock_timeout` bounds the wait for other readers.
    pub fn new(name: SinkName, lock_timeout: Duration) -> Reader {
        Reader { name, lock_timeout, open: None, key_wish: false }
    }

    /// The sink's name.
    pub fn name(&self) -> &SinkName {
        &self.name
    }

    /// The version of the object, once one was read.
    pub fn abi(&self) -> Option<Abi> {
        self.open.as_ref().and_then(|open| open.abi)
    }

    /// Forgets the object, so that its writer sees this reader go.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Asks the writer for a key frame: at once when the object is open, otherwise as soon as it is.
    pub fn request_key(&mut self) {
        self.key_wish = true;
        let timeout = self.lock_timeout;
        if let Some(open) = &mut self.open {
            open.stamp(&mut self.key_wish, timeout);
        }
    }

    /// Waits up to `timeout` for a frame newer than the last one and copies it into `frame`.
    ///
    /// # Errors
    /// What does not pass by itself: no permission, a foreign object, another version, a damaged one. The reader
    /// may be used again; it then looks afresh.
    pub fn read(&mut self, frame: &mut Frame, timeout: Duration) -> Result<Read, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            let idle = match self.attempt(frame) {
                Ok(None) => return Ok(Read::Frame),
                Ok(Some(idle)) => idle,
                Err(error) => {
                    self.open = None;
                    return Err(error);
                }
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Read::Nothing(idle));
            }
            match &self.open {
                Some(open) if lock::writer_lives(&open.file) => {
                    open.region.wait(AT_ID, open.id as u32, left.min(NAP));
                }
                Some(_) => std::thread::sleep(left.min(POLL)),
                None => std::thread::sleep(left.min(SEARCH)),
            }
        }
    }

    /// One look at the sink: `None` when it gave a frame.
    fn attempt(&mut self, frame: &mut Frame) -> Result<Option<Idle>, Error> {
        if self.open.as_ref().is_some_and(Open::is_outdated) {
            self.open = None;
        }
        let open = match &mut self.open {
            Some(open) => open,
            none => match Open::find(&self.name)? {
                Some(open) => none.insert(open),
                None => return Ok(Some(Idle::NoObject)),
            },
        };
        if open.region.load_u64(AT_ID) != open.id && open.take(&self.name, frame, self.lock_timeout)? {
            open.saw_life = open.saw_life || lock::writer_lives(&open.file);
            open.stamp_if_due(&mut self.key_wish, self.lock_timeout);
            return Ok(None);
        }
        open.stamp_if_due(&mut self.key_wish, self.lock_timeout);
        let lives = lock::writer_lives(&open.file);
        open.saw_life |= lives;
        Ok(Some(if open.saw_life && !lives { Idle::NoWriter } else { Idle::NoNewFrame }))
    }
}

impl Open {
    fn find(name: &SinkName) -> Result<Option<Open>, Error> {
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
        let region = Region::map(&file, size).map_err(|error| {
            failed("map", "free some memory")(error.raw_os_error().map_or(Errno::EIO, Errno::from_raw))
        })?;
        let opened = Micros::now();
        Ok(Some(Open { file, region, abi: None, id: 0, opened, stamped: None, saw_life: false }))
    }

    /// The object was removed or resized: what is mapped is not what others see, or may be gone.
    fn is_outdated(&self) -> bool {
        fstat(&self.file).map_or(true, |stat| {
            stat.st_nlink == 0 || usize::try_from(stat.st_size).unwrap_or(0) != self.region.len()
        })
    }

    /// Learns the object's version; `None` while no writer has finished its first frame.
    fn detect(region: &Region, name: &SinkName) -> Result<Option<Abi>, Error> {
        let magic = region.load_u64(AT_MAGIC);
        if magic == 0 {
            return Ok(None);
        }
        if magic != MAGIC {
            return Err(Error::ForeignMagic { name: name.clone(), found: magic });
        }
        let found = u32::from_le_bytes(region.array(AT_VERSION));
        let abi = Abi::detect(found, name.kind(), region.len())
            .ok_or_else(|| Error::ForeignVersion { name: name.clone(), found })?;
        let (size, expected) = (region.len(), abi.layout().data);
        if size < expected {
            return Err(Error::TooShort { name: name.clone(), size, expected });
        }
        Ok(Some(abi))
    }

    /// Takes the frame, if it is news; false when the lock is busy or nothing is there yet.
    fn take(&mut self, name: &SinkName, frame: &mut Frame, timeout: Duration) -> Result<bool, Error> {
        let Some(_held) = lock::take(&self.file, timeout) else { return Ok(false) };
        let Some(abi) = Open::detect(&self.region, name)? else { return Ok(false) };
        self.abi = Some(abi);
        let id = header::id(&self.region);
        let Some(used) = header::used(&self.region, abi) else {
            let (size, claimed) = (self.region.len(), self.region.load_u64(crate::abi::AT_USED));
            let expected = abi.layout().data.saturating_add(usize::try_from(claimed).unwrap_or(usize::MAX));
            return Err(Error::TooShort { name: name.clone(), size, expected });
        };
        let info = header::read(&self.region, abi.layout());
        let first = std::mem::replace(&mut self.id, id) == 0;
        if first && self.opened.since(info.grab_begin) > STALE_US {
            return Ok(false);
        }
        frame.info = info;
        frame.data.clear();
        self.region.append(abi.layout().data, used, &mut frame.data);
        Ok(true)
    }

    fn stamp_if_due(&mut self, key_wish: &mut bool, timeout: Duration) {
        if *key_wish || self.stamped.is_none_or(|stamped| stamped.elapsed() >= NAP) {
            self.stamp(key_wish, timeout);
        }
    }

    /// Tells the writer that somebody reads, and of a wish for a key frame.
    fn stamp(&mut self, key_wish: &mut bool, timeout: Duration) {
        let Some(abi) = self.abi.or_else(|| self.guess()) else { return };
        let Some(_held) = lock::take(&self.file, timeout) else { return };
        let layout = abi.layout();
        self.region.write(layout.last_client, &long_double::encode(Micros::now()));
        if let Some(at) = layout.key_wanted.filter(|_| *key_wish) {
            self.region.store_u8(at, 1);
        }
        *key_wish = false;
        self.stamped = Some(Instant::now());
    }

    /// The version of an object that has no frame yet, by its size alone, so that its writer learns of a reader
    /// and makes the first one. Sizes are unique enough: where two versions share one, their fields lie alike.
    fn guess(&self) -> Option<Abi> {
        if ![0, MAGIC].contains(&self.region.load_u64(AT_MAGIC)) {
            return None;
        }
        [Kind::H264, Kind::Jpeg, Kind::Raw].into_iter().find_map(|kind| {
            Abi::ALL.into_iter().rev().find(|abi| abi.object_size(kind) == self.region.len())
        })
    }
}
