//! The kernel's encoders: a stateful one of H.264 (kernel documentation, "Memory-to-memory Stateful Video Encoder Interface"), and those of
//! JPEG, which are worked the same way.
//!
//! Invariants: a picture given to the encoder is held here until the kernel gives its input buffer back; capture slot `i` always
//! goes to input buffer `i`, as some drivers remember what they imported there; at most [`MAX_IN_FLIGHT`] pictures are inside; a
//! piece of bitstream is borrowed, and its buffer goes back to the driver when the borrow ends.
#![allow(unsafe_code)]

mod bitstream;
mod change;
mod codec;
mod drain;
mod ledger;
mod level;
mod setup;

use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

pub use bitstream::BitstreamMemory;
use bitstream::{Bitstream, Lent};
pub use codec::Codec;
pub use drain::Draining;
use ledger::{Ledger, Record};
use setup::Parts;

use crate::control::{self, Note};
use crate::layout::copy_picture;
use crate::memory::Mapping;
use crate::queue::{Buffers, Dequeued};
use crate::sys::buffer::{Buffer, Filled};
use crate::sys::lp64::{V4L2_BUF_FLAG_ERROR, V4L2_BUF_FLAG_KEYFRAME, V4L2_BUF_FLAG_LAST};
use crate::{Device, Error, Frame, Kind, Micros, PixelLayout};

/// Pictures inside the encoder at once: one being coded and one waiting. More would only add delay.
pub const MAX_IN_FLIGHT: usize = 2;

/// How pictures get into the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The encoder reads the capture's own memory.
    DmaBuf,
    /// Into the encoder's memory, by the processor.
    Copy,
}

/// Whether [`EncoderConfig::heap`] pays on this kind of processor. Where devices see what is in its cache, as on x86, a driver's own memory is
/// cached anyway, and a heap's would cost two calls for each piece of bitstream and gain nothing.
pub const HEAP_PAYS: bool = cfg!(not(any(target_arch = "x86", target_arch = "x86_64")));

/// What to ask of an encoder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderConfig {
    /// The pictures' layout: a capture's, as it is.
    pub layout: PixelLayout,
    /// How they get in.
    pub input: Input,
    /// Buffers of the capture; any number for [`Input::Copy`].
    pub buffers: u32,
    /// What is made of them.
    pub codec: Codec,
    /// Bitstream in cached memory of a DMA heap, where there is one that the driver takes: see [`HEAP_PAYS`].
    pub heap: bool,
}

/// What happened in an encoder so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EncoderCounters {
    /// Pictures that went in.
    pub submitted: u64,
    /// Pieces of bitstream that came out.
    pub encoded: u64,
    /// Pictures that went in and never came out: the encoder's rate control left them out.
    pub swallowed: u64,
    /// Pieces the driver marked as damaged; they were not handed out.
    pub corrupt: u64,
}

/// A picture that was not taken, and why.
#[derive(Debug)]
pub struct Rejected {
    /// The picture.
    pub frame: Frame,
    /// The reason.
    pub why: Refusal,
}

/// Why a picture was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// [`MAX_IN_FLIGHT`] pictures are inside: wait for one to come out, or leave this one out.
    #[error("the encoder is busy with {MAX_IN_FLIGHT} pictures")]
    Full,
    /// It is not of the capture session, or of the layout, this encoder was opened for: open another encoder.
    #[error("the picture is of another session or layout than the encoder was opened for")]
    Foreign,
    /// The driver said no, or the picture cannot be imported.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// A picture inside the encoder.
#[derive(Debug)]
struct InFlight {
    /// Keeps the imported memory from being captured into; a copied picture needs none.
    _frame: Option<Frame>,
    begin: Micros,
}

/// An encoder that is streaming.
pub struct Encoder {
    // The queues are dropped first, which takes the pictures from the driver; only then the frames are let go.
    input: Buffers,
    output: Bitstream,
    device: Device,
    copies: Vec<Mapping>,
    layout: PixelLayout,
    source: PixelLayout,
    rate: Option<u32>,
    notes: Vec<Note>,
    /// By input buffer.
    in_flight: Vec<Option<InFlight>>,
    /// The capture session its pictures are of, from the first on.
    session: Option<u64>,
    ledger: Ledger,
    unanswered: u32,
    counters: EncoderCounters,
    /// A bitstream buffer the driver did not take back.
    lost: Option<Error>,
    /// While draining: the driver has marked its last piece.
    ended: bool,
}

impl Encoder {
    /// Opens an encoder and makes it ready to take pictures.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] when it is no encoder of that, or does not take such pictures or imports: copying may do, or another
    /// encoder. [`Kind::Busy`], [`Kind::Gone`].
    pub fn open(path: &Path, config: &EncoderConfig) -> Result<Self, Error> {
        Self::set_up(Device::open(path)?, config)
    }

    fn set_up(device: Device, config: &EncoderConfig) -> Result<Self, Error> {
        let Parts { input, copies, output, layout, rate, notes } = setup::set_up(&device, config)?;
        Ok(Self {
            in_flight: (0..input.count()).map(|_| None).collect(),
            input,
            output,
            device,
            copies,
            layout,
            source: config.layout,
            rate,
            notes,
            session: None,
            ledger: Ledger::new(),
            unanswered: 0,
            counters: EncoderCounters::default(),
            lost: None,
            ended: false,
        })
    }

    /// The descriptor to wait for while anything is in flight: `POLLIN`: call [`Self::next`]. Not `POLLOUT`, which is ready always.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.device.fd.as_fd()
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Pictures a second the encoder was told to expect, 30 or 60. Give a stream no more. `None`: there is no rate, each stands by itself.
    pub fn rate(&self) -> Option<u32> {
        self.rate
    }

    /// What the driver did not take as asked.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Where its bitstream lies until it is copied.
    pub fn bitstream_memory(&self) -> &BitstreamMemory {
        self.output.memory()
    }

    /// What happened so far.
    pub fn counters(&self) -> EncoderCounters {
        EncoderCounters { swallowed: self.counters.swallowed + self.ledger.swallowed(), ..self.counters }
    }

    /// Pictures inside.
    pub fn in_flight(&self) -> usize {
        self.in_flight.iter().flatten().count()
    }

    /// When the oldest picture inside was submitted: the caller knows how long is too long.
    pub fn oldest_submit(&self) -> Option<Micros> {
        self.in_flight.iter().flatten().map(|f| f.begin).min()
    }

    /// When the newest picture inside was submitted.
    pub fn newest_submit(&self) -> Option<Micros> {
        self.in_flight.iter().flatten().map(|f| f.begin).max()
    }

    /// Pictures taken and given back since the last piece of bitstream: many in a row, and the encoder is not working.
    pub fn unanswered(&self) -> u32 {
        self.unanswered
    }

    /// Gives the encoder a picture. It is held until the kernel is done with it, whatever the caller does.
    pub fn submit(&mut self, frame: Frame) -> Result<(), Rejected> {
        match self.try_submit(&frame) {
            Ok(Taken::Imported { index, begin }) => {
                self.in_flight[index] = Some(InFlight { _frame: Some(frame), begin });
                Ok(())
            }
            Ok(Taken::Copied) => Ok(()),
            Err(why) => Err(Rejected { frame, why }),
        }
    }

    fn try_submit(&mut self, frame: &Frame) -> Result<Taken, Refusal> {
        if frame.layout() != self.source {
            return Err(Refusal::Foreign);
        }
        if !self.copies.is_empty() {
            let picture = frame.map()?;
            return self.copy_in(&picture, frame.timestamp(), frame.dequeued()).map(|()| Taken::Copied);
        }
        if *self.session.get_or_insert(frame.session()) != frame.session() {
            return Err(Refusal::Foreign);
        }
        self.make_room()?;
        let index = frame.index() as usize;
        match self.in_flight.get(index) {
            Some(None) => {}
            Some(Some(_)) => return Err(self.failed("this picture is inside already")),
            None => return Err(Refusal::Foreign),
        }
        let Some(memory) = frame.dmabuf() else {
            return Err(self.failed("the capture driver does not export its pictures"));
        };
        let used = u32::try_from(frame.bytes_used()).unwrap_or(u32::MAX);
        let begin = Micros::now();
        let filled = Filled { used, timestamp: frame.timestamp().0, dma_buf: Some((memory, frame.length())) };
        self.input.enqueue(frame.index(), Some(filled))?;
        self.submitted(Record { timestamp: frame.timestamp(), dequeued: frame.dequeued(), begin });
        Ok(Taken::Imported { index, begin })
    }

    /// Gives an encoder opened for [`Input::Copy`] a picture of the layout it was opened for.
    pub fn submit_copy(&mut self, picture: &[u8], timestamp: Micros) -> Result<(), Refusal> {
        self.copy_in(picture, timestamp, Micros::now())
    }

    fn copy_in(&mut self, picture: &[u8], timestamp: Micros, dequeued: Micros) -> Result<(), Refusal> {
        if self.copies.is_empty() {
            return Err(self.failed("the encoder was opened for imported pictures, not for copies"));
        }
        self.make_room()?;
        let Some(index) = self.in_flight.iter().position(Option::is_none) else { return Err(Refusal::Full) };
        let begin = Micros::now();
        // SAFETY: nothing is in flight in this input buffer, so the driver does not have it, and no slice of it exists.
        let room = unsafe { self.copies[index].bytes_mut() };
        if !copy_picture(picture, &self.source, room, &self.layout) {
            return Err(self.failed("the picture is shorter than its layout says"));
        }
        let filled = Filled { used: self.layout.sizeimage, timestamp: timestamp.0, dma_buf: None };
        self.input.enqueue(index as u32, Some(filled))?;
        self.submitted(Record { timestamp, dequeued, begin });
        self.in_flight[index] = Some(InFlight { _frame: None, begin });
        Ok(())
    }

    fn submitted(&mut self, record: Record) {
        self.counters.submitted += 1;
        self.ledger.submitted(record);
    }

    /// The next piece of bitstream; `None`: none is ready. Also lets go of the pictures the kernel is done with. After
    /// `POLLIN`, call it until it gives `None`.
    #[allow(clippy::should_implement_trait)] // An iterator could not lend.
    pub fn next(&mut self) -> Result<Option<Encoded<'_>>, Error> {
        match self.take(false)? {
            Some((buffer, record)) => self.lend(buffer, record).map(Some),
            None => Ok(None),
        }
    }

    /// Takes the next piece from the driver. Where none is expected none is asked for, but at the end of a stream, which is marked.
    fn take(&mut self, draining: bool) -> Result<Option<(Buffer, Record)>, Error> {
        if let Some(error) = self.lost.take() {
            return Err(error);
        }
        self.release_inputs()?;
        while !self.ended && (draining || !self.ledger.is_empty()) {
            let buffer = match self.output.take()? {
                Dequeued::Buffer(buffer) => buffer,
                Dequeued::NotYet => break,
                Dequeued::End => {
                    self.ended = draining;
                    break;
                }
            };
            self.ended = draining && buffer.flags & V4L2_BUF_FLAG_LAST != 0;
            let damaged = buffer.flags & V4L2_BUF_FLAG_ERROR != 0;
            // Empty pieces mean nothing: some drivers begin with one, and some end with one.
            let record = if damaged || buffer.used > 0 {
                self.ledger.completed(Micros(buffer.timestamp))
            } else {
                None
            };
            self.counters.corrupt += u64::from(damaged);
            match record.filter(|_| !damaged && buffer.used > 0) {
                Some(record) => return Ok(Some((buffer, record))),
                None => self.output.give(buffer.index)?,
            }
        }
        Ok(None)
    }

    fn lend(&mut self, buffer: Buffer, record: Record) -> Result<Encoded<'_>, Error> {
        let lent = self.output.lend(&buffer, &mut self.lost)?;
        self.unanswered = 0;
        self.counters.encoded += 1;
        Ok(Encoded {
            key: buffer.flags & V4L2_BUF_FLAG_KEYFRAME != 0,
            timestamp: record.timestamp,
            dequeued: record.dequeued,
            begin: record.begin,
            lent,
        })
    }

    /// Throws away what is inside, and begins a new stream.
    fn restart(&mut self) -> Result<(), Error> {
        self.input.stop()?;
        self.output.reset()?;
        self.in_flight.fill_with(|| None);
        self.ledger.finish();
        self.unanswered = 0;
        self.input.start()?;
        self.output.start()
    }

    /// Makes the next picture a key frame.
    pub fn force_key(&mut self) -> Result<(), Error> {
        control::force_key(&self.device)
    }

    /// Room for one more picture; those the kernel is done with make some.
    fn make_room(&mut self) -> Result<(), Refusal> {
        if self.in_flight() >= MAX_IN_FLIGHT {
            self.release_inputs()?;
        }
        if self.in_flight() < MAX_IN_FLIGHT { Ok(()) } else { Err(Refusal::Full) }
    }

    fn release_inputs(&mut self) -> Result<(), Error> {
        while self.in_flight() > 0 {
            let Some(buffer) = self.input.dequeue()? else { break };
            self.in_flight[buffer.index as usize] = None;
            self.unanswered = self.unanswered.saturating_add(1);
        }
        Ok(())
    }

    fn failed(&self, words: &str) -> Refusal {
        Error::words(&self.device.path, "giving the encoder a picture", Kind::Unsupported, words).into()
    }
}

enum Taken {
    Imported { index: usize, begin: Micros },
    Copied,
}

/// A coded picture, in the encoder's memory. Copy what is needed in one go: that memory may be slow to read. The driver gets
/// it back when this is dropped.
pub struct Encoded<'a> {
    /// Decoding can start here.
    pub key: bool,
    /// When the picture was captured.
    pub timestamp: Micros,
    /// When it was taken from the capture driver.
    pub dequeued: Micros,
    /// When it was given to the encoder.
    pub begin: Micros,
    lent: Lent<'a>,
}

impl Encoded<'_> {
    /// H.264 in Annex B (NAL units behind start codes), or a JPEG; never empty.
    pub fn data(&self) -> &[u8] {
        self.lent.bytes()
    }
}

impl Deref for Encoded<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.lent.bytes()
    }
}
