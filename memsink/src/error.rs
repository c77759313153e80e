//! What can go wrong with a sink, in words: what was done, to which object, why it failed, and what helps.

use crate::name::SinkName;
use nix::errno::Errno;

/// A failed operation on a sink.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The system refused; `remedy` says what helps.
    #[error("cannot {op} the sink /dev/shm/{name}: {}; {remedy}", .errno.desc())]
    System {
        /// What was tried.
        op: &'static str,
        /// The sink.
        name: SinkName,
        /// The system's reason.
        errno: Errno,
        /// What helps.
        remedy: &'static str,
    },
    /// A living writer of ours has the sink.
    #[error("the sink /dev/shm/{0} already has a writer; stop it, or give this one another name")]
    HasWriter(SinkName),
    /// The frame is larger than the sink.
    #[error(
        "a frame of {size} bytes is larger than the sink /dev/shm/{name}, which takes {capacity}; lower the bitrate or the resolution"
    )]
    TooLarge {
        /// The sink.
        name: SinkName,
        /// Bytes of the frame.
        size: usize,
        /// Bytes the sink takes.
        capacity: usize,
    },
    /// Another process kept the lock; a writer drops its frame, a reader tries again.
    #[error(
        "another process keeps the lock of the sink /dev/shm/{0}; if this goes on, find it with: fuser /dev/shm/{0}"
    )]
    LockBusy(SinkName),
    /// The object is smaller than its header says.
    #[error(
        "the sink /dev/shm/{name} has {size} bytes and should have {expected}; it is not a sink or is damaged: remove it and restart its writer"
    )]
    TooShort {
        /// The sink.
        name: SinkName,
        /// Bytes it has.
        size: usize,
        /// Bytes it should have at least.
        expected: usize,
    },
    /// The header claims a frame that no sink could carry.
    #[error(
        "the sink /dev/shm/{name} says that its frame has {claimed} bytes, and none has more than {largest}; it is damaged: restart its writer"
    )]
    Damaged {
        /// The sink.
        name: SinkName,
        /// Bytes the frame is said to have.
        claimed: u64,
        /// Bytes of the largest frame there can be.
        largest: usize,
    },
    /// The object is something else.
    #[error(
        "/dev/shm/{name} is not a sink: it begins with {found:#018x}, a sink with 0xcafebabecafebabe; give another name or remove it"
    )]
    ForeignMagic {
        /// The sink.
        name: SinkName,
        /// What was found.
        found: u64,
    },
    /// The object has a version that this program does not read.
    #[error(
        "the sink /dev/shm/{name} has ABI version {found}; this program reads 2, 4, 6, 7, 8 and 10: update its writer or this program"
    )]
    ForeignVersion {
        /// The sink.
        name: SinkName,
        /// The version found.
        found: u32,
    },
}
