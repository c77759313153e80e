//! Where the owner puts an update, for the system to find: the folder `inbox` of the folder of updates.
//!
//! What must always hold: `bundle.raucb` is there whole, and on the card, or not at all; one comes at a time, none while another is under way, and
//! none that leaves too little room. Whatever ends an upload before its end leaves nothing. Whether an update is good is not known here:
//! who installs it (usr/lib/appliance/update) trusts nothing that lies here.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use hyper::StatusCode;
use hyper::body::Body;
use nix::sys::statvfs::statvfs;
use tokio::fs::{self, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use super::form::{self, Ended};
use super::store::FileError;
use super::update::{self, State};

const INBOX: &str = "inbox";
/// What the system waits for.
const BUNDLE: &str = "bundle.raucb";
/// What has not come as a whole yet.
const ARRIVING: &str = "arriving";
/// What came of the last one, by who installs it.
const LAST: &str = "last";

/// A slot's two partitions: no update can be larger.
pub const MOST: u64 = 512 << 20;
/// What is left free for others' notes.
const SPARE: u64 = 16 << 20;

/// Why an update is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is nothing to take.
    #[error("There is nothing in it. Choose an update, a file whose name ends in .raucb.")]
    Empty,
    /// More than a slot has.
    #[error("This is too large to be an update: {} MiB are the most.", MOST >> 20)]
    TooLarge,
    /// One at a time.
    #[error("Another update is under way. Wait until it is done.")]
    Busy,
    /// The card is full.
    #[error(
        "There is no room for it: it has {} MiB, and {} MiB are free on the card. Take a larger card, or empty this one by a factory reset.",
        needed.div_ceil(1 << 20), free >> 20
    )]
    NoRoom {
        /// Bytes that it has.
        needed: u64,
        /// Bytes that it could take.
        free: u64,
    },
    /// It did not come as a whole.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The system's reason.
    #[error("It could not be kept: {0}. Try again; if that does not help, start the device anew.")]
    NotKept(#[from] io::Error),
}

impl Refused {
    /// As HTTP has it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Empty | Self::Ended(Ended::BrokenOff | Ended::Form) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::CONFLICT,
            Self::NoRoom { .. } => StatusCode::INSUFFICIENT_STORAGE,
            Self::Ended(Ended::Silent) => StatusCode::REQUEST_TIMEOUT,
            Self::NotKept(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The folder of updates, as the door has it.
pub struct Inbox {
    updates: PathBuf,
    /// One comes at a time.
    turn: Semaphore,
}

impl Inbox {
    /// Of this folder of updates. What a power cut has left in it goes.
    ///
    /// # Errors
    /// When it does not go.
    pub fn new(updates: &Path) -> Result<Self, FileError> {
        super::store::remove(&updates.join(INBOX), ARRIVING)?;
        Ok(Self { updates: updates.to_owned(), turn: Semaphore::new(1) })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.updates.join(INBOX).join(name)
    }

    /// What is known of updates.
    pub fn state(&self) -> State {
        if self.turn.available_permits() == 0 { State::Arriving } else { self.state_of_last() }
    }

    fn state_of_last(&self) -> State {
        if self.path(BUNDLE).exists() { State::Arrived } else { update::last(&self.updates.join(LAST)) }
    }

    /// Whether an update of so many bytes would be taken now.
    ///
    /// # Errors
    /// Why not.
    pub fn admits(&self, bytes: u64) -> Result<(), Refused> {
        if self.state().is_under_way() {
            return Err(Refused::Busy);
        }
        self.has_room(bytes)
    }

    fn has_room(&self, bytes: u64) -> Result<(), Refused> {
        let inbox = statvfs(&self.updates.join(INBOX)).map_err(io::Error::from)?;
        // (On some machines these are not 64 bits.)
        #[allow(clippy::useless_conversion)]
        let free = u64::from(inbox.blocks_available()) * u64::from(inbox.fragment_size());
        fits(bytes, free)
    }

    /// Takes an update. With `Ok` it is on the card, for the system to find.
    ///
    /// # Errors
    /// Why not; then nothing of it is there.
    pub async fn take<B>(&self, mut file: form::File<B>) -> Result<(), Refused>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let Ok(_turn) = self.turn.try_acquire() else { return Err(Refused::Busy) };
        if self.state_of_last().is_under_way() {
            return Err(Refused::Busy);
        }
        self.has_room(file.left())?;
        let arriving = Arriving(self.path(ARRIVING));
        let mut kept = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&arriving.0).await?;
        while let Some(piece) = file.piece().await? {
            kept.write_all(&piece).await.map_err(|why| self.not_written(why, file.left()))?;
        }
        kept.flush().await.map_err(|why| self.not_written(why, 0))?;
        kept.sync_all().await.map_err(|why| self.not_written(why, 0))?;
        // Who installs it wants it for themselves: nobody has it open any more when it has its name.
        drop(kept);
        fs::rename(&arriving.0, self.path(BUNDLE)).await?;
        let inbox = self.updates.join(INBOX);
        tokio::task::spawn_blocking(move || File::open(inbox)?.sync_all())
            .await
            .map_err(io::Error::from)??;
        Ok(())
    }

    /// Somebody else may have filled the card meanwhile.
    fn not_written(&self, why: io::Error, left: u64) -> Refused {
        match (why.kind(), self.has_room(left.max(1))) {
            (io::ErrorKind::StorageFull, Err(no_room)) => no_room,
            _ => why.into(),
        }
    }
}

fn fits(needed: u64, free: u64) -> Result<(), Refused> {
    let free = free.saturating_sub(SPARE);
    match needed {
        0 => Err(Refused::Empty),
        _ if needed > MOST => Err(Refused::TooLarge),
        _ if needed > free => Err(Refused::NoRoom { needed, free }),
        _ => Ok(()),
    }
}

/// What has come so far. It goes with the value, unless it has got its name.
struct Arriving(PathBuf);

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Err(why) = std::fs::remove_file(&self.0)
            && why.kind() != io::ErrorKind::NotFound
        {
            eprintln!("cannot remove {}: {why}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::store::tests::Folder;
    use http_body_util::Full;

    fn inbox(folder: &Folder) -> Inbox {
        std::fs::create_dir_all(folder.0.join(INBOX)).unwrap();
        Inbox::new(&folder.0).unwrap()
    }

    fn take(inbox: &Inbox, bytes: &'static [u8]) -> Result<(), Refused> {
        let file = form::File::plain(Full::new(Bytes::from_static(bytes))).unwrap();
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(inbox.take(file))
    }

    fn names(folder: &Folder) -> Vec<String> {
        let entries = std::fs::read_dir(folder.0.join(INBOX)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn an_update_waits_whole_and_no_other_is_taken_meanwhile() {
        let folder = Folder::new();
        let inbox = inbox(&folder);
        assert!(matches!(take(&inbox, b""), Err(Refused::Empty)));
        take(&inbox, b"one").unwrap();
        assert_eq!(std::fs::read(inbox.path(BUNDLE)).unwrap(), b"one");
        assert_eq!((names(&folder), inbox.state()), (vec![BUNDLE.to_owned()], State::Arrived));
        assert!(matches!(take(&inbox, b"two"), Err(Refused::Busy)));
        std::fs::remove_file(inbox.path(BUNDLE)).unwrap();
        for (last, free) in
            [("installing", false), ("trying 2", false), ("installed 2", true), ("refused: it", true)]
        {
            std::fs::write(folder.0.join(LAST), last).unwrap();
            assert_eq!(inbox.admits(1).is_ok(), free, "{last}");
        }
    }

    #[test]
    fn what_a_power_cut_has_left_is_gone() {
        let folder = Folder::new();
        std::fs::create_dir(folder.0.join(INBOX)).unwrap();
        std::fs::write(folder.0.join(INBOX).join(ARRIVING), "half").unwrap();
        take(&inbox(&folder), b"whole").unwrap();
        assert_eq!(names(&folder), [BUNDLE]);
    }

    #[test]
    fn room_is_left_for_others() {
        let mebibyte = 1 << 20;
        assert!(fits(100 * mebibyte, 116 * mebibyte).is_ok());
        let refused = fits(100 * mebibyte, 115 * mebibyte).unwrap_err();
        assert_eq!(refused.status(), StatusCode::INSUFFICIENT_STORAGE);
        assert!(refused.to_string().contains("it has 100 MiB, and 99 MiB are free"), "{refused}");
        let close = fits(100 * mebibyte + 2, 116 * mebibyte + 1).unwrap_err().to_string();
        assert!(close.contains("it has 101 MiB, and 100 MiB are free"), "{close}");
        assert!(fits(1, 0).unwrap_err().to_string().contains("and 0 MiB are free"));
        assert!(fits(MOST, u64::MAX).is_ok());
        assert!(matches!(fits(MOST + 1, u64::MAX), Err(Refused::TooLarge)));
    }
}
