//! The kernel's JPEG encoder, opened for the frames that come: one picture in, one JPEG out.
//!
//! What must always hold: a wait ends by an answer, by [`PATIENCE`], or by the end of the process; a JPEG is copied once, from the encoder's
//! memory to where viewers share it; and when a picture is done with, the encoder has let go of it.

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use memsink::Micros;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use v4l2m2m::{
    Codec, Device, Encoder, EncoderConfig, Error, FourCc, HEAP_PAYS, Input, Note, PixelLayout, Refusal,
    find_encoders,
};

use super::super::ladder::Rung;
use super::showcase::BOUNDARY;
use crate::config::{JpegKind, KernelJpeg, Quality};
use crate::source::jpeg::{self, Repair};
use crate::source::{Frame, Pixels};

/// An encoder that takes longer for a picture hangs.
const PATIENCE: Duration = Duration::from_millis(500);
/// The driver of the Raspberry Pi's encoders. That of stills is known not to work from imported pictures.
const RASPBERRY_PI: &str = "bcm2835-codec";
/// Motion JPEG's largest and smallest bitrate, kbit/s: those of quality 100 and 1.
const BITRATES: (f64, f64) = (25.0, 20_000.0);

/// Why the kernel's encoder cannot go on, or cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is none.
    #[error("no encoder of {0} in hardware was found")]
    None(FourCc),
    /// It, or its driver, failed.
    #[error(transparent)]
    Device(#[from] Error),
    /// It has taken a picture and gives nothing back.
    #[error("{}: the encoder has not answered for {} ms", .0.display(), PATIENCE.as_millis())]
    Hangs(PathBuf),
    /// It marks what it gives as damaged.
    #[error("{}: the encoder gives damaged pictures", .0.display())]
    Damages(PathBuf),
    /// What it gives is no JPEG.
    #[error("{}: the encoder gives {}", .0.display(), .1)]
    Foreign(PathBuf, jpeg::Error),
    /// It is one that gets copies in any case.
    #[error("{}: the Raspberry Pi's encoder of stills does not work from imported pictures", .0.display())]
    CopiesOnly(PathBuf),
}

/// What became of a picture.
pub enum Outcome {
    /// A JPEG, with [`BOUNDARY`] behind it.
    Made(Bytes),
    /// The encoder marked it as damaged.
    Damaged,
    /// The process ends.
    Stopped,
}

/// An opened encoder.
pub struct Session {
    encoder: Encoder,
    kind: JpegKind,
    rung: Rung,
    layout: PixelLayout,
    /// The capture session that its pictures are of, when it imports them.
    source: Option<u64>,
}

impl Session {
    /// Opens the encoder for frames like this one.
    ///
    /// # Errors
    /// There is none, or it does not take such frames this way.
    pub fn open(wish: &KernelJpeg, rung: Rung, frame: &Frame, quality: Quality) -> Result<Session, Fault> {
        let coded = match wish.kind {
            JpegKind::Image => FourCc::JPEG,
            JpegKind::Video => FourCc::MJPEG,
        };
        let path = wish.device.clone().or_else(|| find(wish.kind, coded)).ok_or(Fault::None(coded))?;
        let layout = frame.layout();
        let import = rung == Rung::DmaBuf;
        let config = EncoderConfig {
            layout,
            input: if import { Input::DmaBuf } else { Input::Copy },
            buffers: match &frame.pixels {
                Pixels::Captured(frame) => frame.buffers(),
                Pixels::Drawn(_) => 1,
            },
            codec: match wish.kind {
                JpegKind::Image => Codec::Jpeg { quality: quality.get() },
                JpegKind::Video => Codec::Mjpeg { bitrate_kbps: bitrate(quality) },
            },
            heap: HEAP_PAYS,
        };
        let encoder = Encoder::open(&path, &config)?;
        if import && wish.kind == JpegKind::Image && encoder.device().driver() == RASPBERRY_PI {
            return Err(Fault::CopiesOnly(path));
        }
        Ok(Session { encoder, kind: wish.kind, rung, layout, source: source_of(rung, frame) })
    }

    /// Whether it was opened for frames like this one.
    pub fn fits(&self, rung: Rung, frame: &Frame) -> bool {
        (self.rung, self.layout, self.source) == (rung, frame.layout(), source_of(rung, frame))
    }

    /// What the driver did not take as asked.
    pub fn notes(&self) -> &[Note] {
        self.encoder.notes()
    }

    /// Its node.
    pub fn path(&self) -> &Path {
        self.encoder.device().path()
    }

    /// Who encodes and how, in words.
    pub fn name(&self) -> String {
        let how = if self.rung == Rung::DmaBuf { "DMA-BUF" } else { "copies" };
        format!("{} ({}), {how}", self.encoder.device().driver(), self.path().display())
    }

    /// Another quality from the next picture on. `Some`: what the driver made of it.
    ///
    /// # Errors
    /// When the device failed.
    pub fn set_quality(&mut self, quality: Quality) -> Result<Option<Note>, Error> {
        match self.kind {
            JpegKind::Image => self.encoder.set_quality(quality.get()),
            JpegKind::Video => self.encoder.set_bitrate(bitrate(quality)),
        }
    }

    /// Makes a JPEG of a frame. `stop` is readable when the process ends.
    ///
    /// # Errors
    /// The encoder is to be closed.
    pub fn encode(&mut self, frame: Frame, repair: &Repair, stop: BorrowedFd<'_>) -> Result<Outcome, Fault> {
        let corrupt = self.encoder.counters().corrupt;
        self.submit(frame)?;
        let deadline = deadline();
        loop {
            let made = self.encoder.next()?.map(|piece| {
                let mut whole = Vec::with_capacity(piece.len() + 1024);
                repair.pass(&piece, &mut whole).map(|()| whole)
            });
            if let Some(made) = made {
                let mut framed = made.map_err(|why| Fault::Foreign(self.path().to_owned(), why))?;
                framed.extend_from_slice(BOUNDARY);
                return Ok(Outcome::Made(framed.into()));
            }
            if self.encoder.counters().corrupt > corrupt {
                return Ok(Outcome::Damaged);
            }
            if !self.wait(PollFlags::POLLIN, deadline, stop)? {
                return Ok(Outcome::Stopped);
            }
        }
    }

    /// Waits until the encoder has let go of the last picture, so that its buffer is the driver's again. It mostly has.
    ///
    /// # Errors
    /// The encoder is to be closed.
    pub fn settle(&mut self, stop: BorrowedFd<'_>) -> Result<(), Fault> {
        let deadline = deadline();
        loop {
            // Nothing else is expected: what would come beside it belongs to no picture.
            while self.encoder.next()?.is_some() {}
            if self.encoder.in_flight() == 0 || !self.wait(PollFlags::POLLOUT, deadline, stop)? {
                return Ok(());
            }
        }
    }

    fn submit(&mut self, frame: Frame) -> Result<(), Fault> {
        let refusal = match frame.pixels {
            Pixels::Captured(captured) => self.encoder.submit(captured).err().map(|rejected| rejected.why),
            Pixels::Drawn(picture) => {
                let captured = v4l2m2m::Micros(frame.meta.captured.0);
                self.encoder.submit_copy(picture.bytes(), captured).err()
            }
        };
        match refusal {
            None => Ok(()),
            Some(Refusal::Failed(why)) => Err(why.into()),
            // It was opened for this frame, and is empty, unless it keeps pictures.
            Some(Refusal::Full | Refusal::Foreign) => Err(Fault::Hangs(self.path().to_owned())),
        }
    }

    /// False: the process ends.
    fn wait(&self, events: PollFlags, deadline: Micros, stop: BorrowedFd<'_>) -> Result<bool, Fault> {
        let left = deadline.since(Micros::now());
        if left == 0 {
            return Err(Fault::Hangs(self.path().to_owned()));
        }
        let mut fds = [PollFd::new(self.encoder.fd(), events), PollFd::new(stop, PollFlags::POLLIN)];
        // EINTR is as good as the time being over: the caller looks again.
        let _ = ppoll(&mut fds, Some(TimeSpec::from(Duration::from_micros(left))), None);
        Ok(fds[1].revents().is_none_or(|events| events.is_empty()))
    }
}

fn deadline() -> Micros {
    Micros(Micros::now().0 + PATIENCE.as_micros() as u64)
}

/// What an encoder that imports pictures must not mix.
fn source_of(rung: Rung, frame: &Frame) -> Option<u64> {
    match &frame.pixels {
        Pixels::Captured(captured) if rung == Rung::DmaBuf => Some(captured.session()),
        _ => None,
    }
}

/// The Raspberry Pi's node if it is what is looked for, or else the first that is.
fn find(kind: JpegKind, coded: FourCc) -> Option<PathBuf> {
    let usual = Path::new(match kind {
        JpegKind::Image => "/dev/video31",
        JpegKind::Video => "/dev/video11",
    });
    if Device::open(usual).is_ok_and(|device| device.encodes(coded)) {
        return Some(usual.to_owned());
    }
    find_encoders(coded).into_iter().next()
}

/// The bitrate of Motion JPEG that stands for a quality, kbit/s, in steps of 25: as µStreamer has it.
fn bitrate(quality: Quality) -> u32 {
    let (least, most) = BITRATES;
    let kbps = f64::from(quality.get()).log10() * (most - least) / 2.0 + least;
    ((kbps / least).round() * least) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Bounded;

    #[test]
    fn the_bitrate_of_a_quality_is_ustreamers() {
        let of = |quality| bitrate(Quality::new(quality).unwrap());
        assert_eq!([of(1), of(80), of(100)], [25, 19_025, 20_000]);
        assert!((2..=100).all(|quality| of(quality) >= of(quality - 1)));
    }
}
