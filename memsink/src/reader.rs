//! The reading end: follows a sink through everything that may become of it.
//!
//! What must always hold: a sink that is absent, abandoned, re-created or being rewritten is a state that passes,
//! not an error; an error is only what will not pass by itself. Every read refreshes the readers' time stamp, so
//! that the writer knows somebody is there.

use crate::abi::{Abi, LARGEST, MAGIC};
use crate::error::Error;
use crate::header::{FrameInfo, Header};
use crate::name::{Kind, SinkName};
use crate::object::Object;
use crate::time::Micros;
use crate::wish::Wish;
use crate::{long_double, mark};
use std::time::{Duration, Instant};

/// Between looks at the object when its writer is not ours and wakes nobody.
const POLL: Duration = Duration::from_millis(1);
/// Between looks for an object that is not there.
const SEARCH: Duration = Duration::from_millis(10);
/// The longest sleep: after it the object and its writer are looked at again, and the readers' time stamp renewed.
const NAP: Duration = Duration::from_millis(100);
/// A wish is said again after this: its writer takes it for past some seconds later.
const SAY: Duration = Duration::from_millis(900);
/// A frame that lay in the sink for longer before it was opened is history, not news.
const STALE_US: u64 = 1_000_000;

/// A frame, in memory that is used again for the next one.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// What is known of it.
    pub info: FrameInfo,
    /// Its bytes.
    pub data: Vec<u8>,
    /// Frames that its writer published since the one before that this reader had or saw, and that were replaced
    /// before this reader came: 0 for the first one, after a new writer began, and always with a foreign writer.
    pub missed: u32,
}

impl Frame {
    /// An empty frame with room for most frames of this kind; it grows when one is larger.
    pub fn with_capacity(kind: Kind) -> Frame {
        let room = match kind {
            Kind::H264 => 256 << 10,
            Kind::Jpeg => 1 << 20,
            Kind::Raw => 1920 * 1080 * 2,
        };
        Frame { data: Vec::with_capacity(room), ..Frame::default() }
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
    object: Object,
    abi: Option<Abi>,
    /// Mark of the last frame taken.
    id: u64,
    opened: Micros,
    stamped: Option<Instant>,
    /// When this reader's wish was last said to its writer.
    said: Option<Instant>,
    saw_life: bool,
}

/// The reading end of a sink.
pub struct Reader {
    name: SinkName,
    lock_timeout: Duration,
    open: Option<Open>,
    key_wish: bool,
    wish: Option<Wish>,
}

impl Reader {
    /// A reader of this sink, which need not be there yet. `lock_timeout` bounds the wait for other readers.
    pub fn new(name: SinkName, lock_timeout: Duration) -> Reader {
        Reader { name, lock_timeout, open: None, key_wish: false, wish: None }
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

    /// Asks a writer of ours for no more than this bitrate from now on; `None`: for no less than it likes. Reading is what
    /// says it again and again, so the wish ends with that.
    pub fn wish(&mut self, wish: Option<Wish>) {
        if self.wish != wish {
            self.wish = wish;
            if let Some(open) = &mut self.open {
                open.said = None;
            }
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
                Some(open) if open.object.writer_lives() => open.object.wait(open.id, left.min(NAP)),
                Some(_) => std::thread::sleep(left.min(POLL)),
                None => std::thread::sleep(left.min(SEARCH)),
            }
        }
    }

    /// One look at the sink: `None` when it gave a frame.
    fn attempt(&mut self, frame: &mut Frame) -> Result<Option<Idle>, Error> {
        if self.open.as_ref().is_some_and(|open| open.object.is_outdated()) {
            self.open = None;
        }
        let open = match &mut self.open {
            Some(open) => open,
            none => match Object::open(&self.name)? {
                Some(object) => none.insert(Open::new(object)),
                None => return Ok(Some(Idle::NoObject)),
            },
        };
        let changed = open.object.id().is_some_and(|id| id != open.id);
        let taken = changed && open.take(&self.name, frame, self.lock_timeout)?;
        open.stamp_if_due(&mut self.key_wish, self.lock_timeout);
        open.say_if_due(self.wish);
        let lives = open.object.writer_lives();
        open.saw_life |= lives;
        Ok(match (taken, open.saw_life && !lives) {
            (true, _) => None,
            (false, true) => Some(Idle::NoWriter),
            (false, false) => Some(Idle::NoNewFrame),
        })
    }
}

impl Open {
    fn new(object: Object) -> Open {
        Open { object, abi: None, id: 0, opened: Micros::now(), stamped: None, said: None, saw_life: false }
    }

    /// Learns the object's version; `None` while no writer has finished its first frame.
    fn detect(&self, header: &Header, name: &SinkName) -> Result<Option<Abi>, Error> {
        let magic = header.magic();
        if magic == 0 {
            return Ok(None);
        }
        if magic != MAGIC {
            return Err(Error::ForeignMagic { name: name.clone(), found: magic });
        }
        let found = header.version();
        let abi = Abi::detect(found, name.kind(), self.object.size())
            .ok_or_else(|| Error::ForeignVersion { name: name.clone(), found })?;
        let (size, expected) = (header.len(), abi.layout().data);
        if size < expected {
            return Err(Error::TooShort { name: name.clone(), size, expected });
        }
        Ok(Some(abi))
    }

    /// The payload's size, when the object can have one of that size.
    fn used(&self, header: &Header, data: usize, name: &SinkName) -> Result<usize, Error> {
        let claimed = header.used();
        let Some(used) = usize::try_from(claimed).ok().filter(|&used| used <= LARGEST) else {
            return Err(Error::Damaged { name: name.clone(), claimed, largest: LARGEST });
        };
        let (size, expected) = (self.object.size(), data + used);
        if size < expected {
            return Err(Error::TooShort { name: name.clone(), size, expected });
        }
        Ok(used)
    }

    /// Takes the frame, if it is news; false when the lock is busy, nothing is there yet, or the object was cut short
    /// meanwhile, which the next look finds.
    fn take(&mut self, name: &SinkName, frame: &mut Frame, timeout: Duration) -> Result<bool, Error> {
        let Some(_held) = self.object.lock(timeout) else { return Ok(false) };
        let Ok(header) = self.object.header() else { return Ok(false) };
        let Some(abi) = self.detect(&header, name)? else { return Ok(false) };
        self.abi = Some(abi);
        let layout = abi.layout();
        let used = self.used(&header, layout.data, name)?;
        let info = header.info(layout);
        let first = self.id == 0;
        if first && self.opened.since(info.grab_begin) > STALE_US {
            self.id = header.id();
            return Ok(false);
        }
        if header.id() == self.id || !self.object.copy(layout.data, used, &mut frame.data) {
            return Ok(false);
        }
        // Only a writer of ours counts by its marks. It may have gone since it wrote.
        self.saw_life |= self.object.writer_lives();
        frame.missed = if self.saw_life { mark::between(self.id, header.id()) } else { 0 };
        self.id = header.id();
        frame.info = info;
        Ok(true)
    }

    fn stamp_if_due(&mut self, key_wish: &mut bool, timeout: Duration) {
        if *key_wish || self.stamped.is_none_or(|stamped| stamped.elapsed() >= NAP) {
            self.stamp(key_wish, timeout);
        }
    }

    fn say_if_due(&mut self, wish: Option<Wish>) {
        // None is said once; the object's descriptor is new when it was opened, and has said none.
        let due = self.said.is_none_or(|said| wish.is_some() && said.elapsed() >= SAY);
        if due {
            self.object.say(wish, Micros::now());
            self.said = Some(Instant::now());
        }
    }

    /// Tells the writer that somebody reads, and of a wish for a key frame.
    fn stamp(&mut self, key_wish: &mut bool, timeout: Duration) {
        let Some(abi) = self.abi.or_else(|| self.object.guess()) else { return };
        let Some(_held) = self.object.lock(timeout) else { return };
        if self.object.is_outdated() {
            // Writing would lengthen what somebody cut short.
            return;
        }
        let layout = abi.layout();
        self.object.write(layout.last_client, &long_double::encode(Micros::now()));
        if let Some(at) = layout.key_wanted.filter(|_| *key_wish) {
            self.object.write(at, &[1]);
        }
        *key_wish = false;
        self.stamped = Some(Instant::now());
    }
}
