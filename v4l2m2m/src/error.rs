//! What can go wrong with a device, in words and as a value to act on.
//!
//! Each error names the device, what was being done, why it failed and, where there is one, the remedy: on one line.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use nix::errno::Errno;

/// What a failure means to whoever has to react.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The device is not there, or not any more: look for it again after a while.
    Gone,
    /// The device is well, but nothing usable arrives at its input.
    NoSignal(SignalFault),
    /// Another program has it.
    Busy,
    /// The device cannot do this at all: ask for something else.
    Unsupported,
    /// The driver broke down, or gave damaged data: a new session may help.
    Corrupt,
    /// Anything else; the message tells.
    Other,
}

/// Why there is no picture at a receiver's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignalFault {
    /// Nothing is plugged in, as far as the receiver can tell.
    NoCable,
    /// A cable, but no signal (ENOLINK).
    NoSignal,
    /// A signal the receiver cannot get hold of; often only for a moment (ENOLCK).
    NoLock,
    /// A signal outside of what the receiver can take (ERANGE).
    OutOfRange,
    /// A signal that needs more CSI-2 lanes than connect the receiver to the computer.
    TooManyLanes,
}

impl fmt::Display for SignalFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCable => "no cable",
            Self::NoSignal => "no signal",
            Self::NoLock => "the signal is unstable",
            Self::OutOfRange => "the signal is out of the receiver's range",
            Self::TooManyLanes => "the signal needs more CSI lanes than are connected",
        })
    }
}

/// A failed operation on a device. Small, since most results are none.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Details>);

#[derive(Debug, Clone, thiserror::Error)]
#[error("{path}: {operation}: {cause}{}", Remedy(.remedy))]
struct Details {
    path: Arc<str>,
    operation: &'static str,
    cause: Cause,
    remedy: Option<String>,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Cause {
    Errno(Errno),
    Words(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errno(errno) => write!(f, "{} ({errno:?})", errno.desc()),
            Self::Words(words) => f.write_str(words),
        }
    }
}

struct Remedy<'a>(&'a Option<String>);

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

impl Error {
    /// A failed call into the kernel. What the number means is the same for most calls; where not, see [`Self::of_kind`].
    pub(crate) fn errno(path: &Arc<str>, operation: &'static str, errno: Errno) -> Self {
        let (kind, remedy) = match errno {
            Errno::ENODEV | Errno::ENXIO | Errno::ENOENT => (Kind::Gone, None),
            Errno::ENOLINK => (Kind::NoSignal(SignalFault::NoSignal), None),
            Errno::ENOLCK => (Kind::NoSignal(SignalFault::NoLock), None),
            Errno::EBUSY => (Kind::Busy, Some("another program is using it: stop that one")),
            Errno::ENOTTY | Errno::EINVAL | Errno::EOPNOTSUPP | Errno::ENODATA => (Kind::Unsupported, None),
            // How a Raspberry Pi's encoder says no at the start of its stream.
            Errno::ESRCH => (
                Kind::Unsupported,
                Some(
                    "it takes no such size, rate and bitrate together: ask for a lower bitrate or a smaller picture",
                ),
            ),
            Errno::EIO | Errno::EPIPE => (Kind::Corrupt, None),
            Errno::EACCES | Errno::EPERM => {
                (Kind::Other, Some("run as a member of the group `video`, or as root"))
            }
            Errno::ENOMEM => {
                (Kind::Other, Some("give the kernel more contiguous memory (cma=), or take fewer buffers"))
            }
            _ => (Kind::Other, None),
        };
        let remedy = remedy.map(str::to_owned);
        Self(Box::new(Details { path: path.clone(), operation, cause: Cause::Errno(errno), remedy, kind }))
    }

    /// A failure in words of our own.
    pub(crate) fn words(
        path: &Arc<str>,
        operation: &'static str,
        kind: Kind,
        words: impl Into<String>,
    ) -> Self {
        let cause = Cause::Words(words.into());
        Self(Box::new(Details { path: path.clone(), operation, cause, remedy: None, kind }))
    }

    pub(crate) fn of_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// What to do about it.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The device.
    pub fn path(&self) -> &Path {
        Path::new(&*self.0.path)
    }

    /// The kernel's number, when it was a call into the kernel that failed.
    pub fn errno_code(&self) -> Option<i32> {
        match self.0.cause {
            Cause::Errno(errno) => Some(errno as i32),
            Cause::Words(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_with_device_operation_cause_and_remedy() {
        let error = Error::errno(&"/dev/video0".into(), "asking for buffers", Errno::EBUSY);
        assert_eq!(
            error.to_string(),
            "/dev/video0: asking for buffers: Device or resource busy (EBUSY); another program is using it: stop that one"
        );
        assert_eq!(error.kind(), Kind::Busy);
    }

    #[test]
    fn a_signal_that_is_missing_is_told_from_one_that_is_unstable() {
        let kind = |errno| Error::errno(&"x".into(), "measuring the signal", errno).kind();
        assert_eq!(kind(Errno::ENOLINK), Kind::NoSignal(SignalFault::NoSignal));
        assert_eq!(kind(Errno::ENOLCK), Kind::NoSignal(SignalFault::NoLock));
        assert_eq!(kind(Errno::ENODEV), Kind::Gone);
        assert_eq!(kind(Errno::EIO), Kind::Corrupt);
    }
}
