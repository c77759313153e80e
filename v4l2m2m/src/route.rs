//! What goes from a receiver through other sub-devices to a video node: links enabled, formats handed down from pad to pad.
//!
//! Invariant: after [`Route::settle`] has succeeded, each pad has the size of the signal and the code that the pad above it gives.
//! What a driver makes of a format is handed on; a driver that makes another size of it is named.

use nix::errno::Errno;

use crate::media::{Opened, Route, Stage};
use crate::sys::subdev::{self, PadFormat};
use crate::sys::{lp64::*, media};
use crate::{Error, FourCc, Kind, Size};

/// What pixels look like in memory, and on the media bus.
const CODES: [(FourCc, u32); 8] = [
    (FourCc::UYVY, MEDIA_BUS_FMT_UYVY8_1X16),
    (FourCc::VYUY, MEDIA_BUS_FMT_VYUY8_1X16),
    (FourCc::YUYV, MEDIA_BUS_FMT_YUYV8_1X16),
    (FourCc::YVYU, MEDIA_BUS_FMT_YVYU8_1X16),
    (FourCc::RGB24, MEDIA_BUS_FMT_RGB888_1X24),
    (FourCc::BGR24, MEDIA_BUS_FMT_BGR888_1X24),
    (FourCc::RGB565, MEDIA_BUS_FMT_RGB565_1X16),
    (FourCc::GREY, MEDIA_BUS_FMT_Y8_1X8),
];

const SETTING_PAD: &str = "setting a pad's format";

impl Route {
    /// The receiver.
    pub(crate) fn receiver(&self) -> Option<&Opened> {
        self.steps.first().map(|stage| &stage.from)
    }

    /// Opens the way for a signal of this size. The answer is the pixel format to ask the video node for: the wanted one when the
    /// receiver can give it, or else what it gives.
    pub(crate) fn settle(&self, want: FourCc, size: Size) -> Result<FourCc, Error> {
        // What comes down to the sub-device that a stage begins with, and by which of its pads.
        let mut above: Option<(PadFormat, u32)> = None;
        for stage in &self.steps {
            let (from, pad) = (&stage.from, stage.link.source.index);
            let given = match above {
                None => give(from, pad, want, size)?,
                Some((format, entry)) => {
                    let taken = set(from, entry, format, size)?;
                    if taken.code() != format.code() {
                        return Err(other_code(from, entry, taken, format));
                    }
                    set(from, pad, taken, size)?
                }
            };
            if stage.link.closed {
                self.enable(stage)?;
            }
            above = Some((given, stage.link.sink.index));
        }
        let code = above.map(|(format, _)| format.code());
        Ok(CODES.iter().find(|(_, known)| Some(*known) == code).map_or(want, |(fourcc, _)| *fourcc))
    }

    fn enable(&self, stage: &Stage) -> Result<(), Error> {
        let (source, sink) = (stage.link.source, stage.link.sink);
        media::enable_link(self.media.fd(), source, sink).map_err(|errno| {
            let link = format!("from {}:{} to {}:{}", stage.from.name, source.index, stage.to, sink.index);
            let kind = Error::errno(&self.media.path, "", errno).kind();
            let words = format!("{link}: {} ({errno:?})", errno.desc());
            Error::words(&self.media.path, "enabling a link", kind, words)
                .with_remedy("another one may be in its way: `media-ctl -p` shows them")
        })
    }

    /// What a failed start of the stream means here.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let is = |errno: Errno| error.errno_code() == Some(errno as i32);
        if is(Errno::EPIPE) {
            error.with_remedy(format!(
                "formats differ between {} and the video node; `media-ctl -p -d {}` shows them",
                self.receiver().map_or("the receiver", |receiver| &receiver.name),
                self.media.path
            ))
        } else if is(Errno::ENOLINK) {
            error.of_kind(Kind::Unsupported).with_remedy(format!(
                "a link before the video node is not enabled; `media-ctl -p -d {}` shows them",
                self.media.path
            ))
        } else {
            error
        }
    }
}

/// Makes the receiver give the wanted code at its source pad, or leaves it at what it gives.
fn give(receiver: &Opened, pad: u32, want: FourCc, size: Size) -> Result<PadFormat, Error> {
    let now = subdev::format(receiver.fd(), pad).map_err(|errno| failed(receiver, pad, errno))?;
    let code = CODES.iter().find(|(known, _)| *known == want).map(|(_, code)| *code);
    // Drivers refuse a code that they do not know, or take another one.
    let got = match code.filter(|code| *code != now.code()) {
        None => now,
        Some(code) => match subdev::set_format(receiver.fd(), pad, now.with_code(code)) {
            Ok(got) => got,
            Err(Errno::EINVAL) => now,
            Err(errno) => return Err(failed(receiver, pad, errno)),
        },
    };
    same_size(receiver, pad, got, size)
}

fn set(part: &Opened, pad: u32, format: PadFormat, size: Size) -> Result<PadFormat, Error> {
    let got = subdev::set_format(part.fd(), pad, format).map_err(|errno| failed(part, pad, errno))?;
    same_size(part, pad, got, size)
}

fn same_size(part: &Opened, pad: u32, got: PadFormat, size: Size) -> Result<PadFormat, Error> {
    let (width, height) = got.size();
    let given = Size { width, height };
    if given == size {
        return Ok(got);
    }
    let words = format!("the signal is {size}, but pad {pad} of {} has {given}", part.name);
    Err(Error::words(&part.path, SETTING_PAD, Kind::Corrupt, words))
}

fn other_code(part: &Opened, pad: u32, taken: PadFormat, given: PadFormat) -> Error {
    let words = format!(
        "pad {pad} of {} takes media bus code {:#06x}, but {:#06x} comes from the receiver",
        part.name,
        taken.code(),
        given.code()
    );
    Error::words(&part.path, SETTING_PAD, Kind::Unsupported, words).with_remedy("ask for another format")
}

fn failed(part: &Opened, pad: u32, errno: Errno) -> Error {
    let kind = Error::errno(&part.path, SETTING_PAD, errno).kind();
    let words = format!("pad {pad} of {}: {} ({errno:?})", part.name, errno.desc());
    Error::words(&part.path, SETTING_PAD, kind, words)
}
