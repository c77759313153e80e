//! What can be changed while it runs: one value for all threads, and each sees by itself that it is another one.
//!
//! What must always hold: looking for news costs one atomic load; nobody waits for a change to be carried out.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::{Config, Fps, Gop, H264Config, Kbps, Quality};

/// The settings that can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Bitrate and key frame distance of the H.264 stream; `None`: there is no stream.
    pub h264: Option<(Kbps, Gop)>,
    /// Quality of JPEGs.
    pub quality: Quality,
    /// At most so many frames a second are encoded; `None`: all.
    pub fps: Option<Fps>,
}

impl Settings {
    /// What the configuration says.
    pub fn of(config: &Config) -> Settings {
        let h264 = config.h264.as_ref().map(|H264Config { bitrate, gop, .. }| (*bitrate, *gop));
        Settings { h264, quality: config.jpeg.quality, fps: config.desired_fps }
    }
}

/// The settings, and who changes them.
pub struct Tuning {
    settings: Mutex<Settings>,
    changes: AtomicU32,
    key: AtomicBool,
}

impl Tuning {
    /// These, until somebody changes them.
    pub fn new(settings: Settings) -> Tuning {
        Tuning { settings: Mutex::new(settings), changes: AtomicU32::new(0), key: AtomicBool::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of this moment.
    pub fn settings(&self) -> Settings {
        *self.lock()
    }

    /// Changes them, or leaves them all as they are when `change` refuses.
    ///
    /// # Errors
    /// What `change` says.
    pub fn change<E>(&self, change: impl FnOnce(&mut Settings) -> Result<(), E>) -> Result<Settings, E> {
        let mut settings = self.lock();
        let mut changed = *settings;
        change(&mut changed)?;
        if *settings != changed {
            *settings = changed;
            self.changes.fetch_add(1, Relaxed);
        }
        Ok(changed)
    }

    /// The next frame that is encoded is to be a key frame.
    pub fn request_key(&self) {
        self.key.store(true, Relaxed);
    }

    /// Whether a key frame was requested since the last time.
    pub(super) fn take_key(&self) -> bool {
        self.key.load(Relaxed) && self.key.swap(false, Relaxed)
    }
}

/// Somebody who works by the settings.
pub struct Follower {
    tuning: Arc<Tuning>,
    seen: u32,
}

impl Follower {
    /// Who works by those of this moment.
    pub fn new(tuning: Arc<Tuning>) -> Follower {
        let seen = tuning.changes.load(Relaxed);
        Follower { tuning, seen }
    }

    /// The settings, if they are others than the last time.
    pub fn news(&mut self) -> Option<Settings> {
        let changes = self.tuning.changes.load(Relaxed);
        if std::mem::replace(&mut self.seen, changes) == changes {
            return None;
        }
        Some(self.tuning.settings())
    }

    /// The settings of this moment.
    pub fn settings(&self) -> Settings {
        self.tuning.settings()
    }

    /// Whether a key frame was requested since the last time.
    pub(super) fn take_key(&self) -> bool {
        self.tuning.take_key()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Bounded;

    fn tuning() -> Arc<Tuning> {
        let quality = Quality::new(80).unwrap();
        Arc::new(Tuning::new(Settings { h264: None, quality, fps: None }))
    }

    #[test]
    fn each_follower_sees_a_change_once() {
        let tuning = tuning();
        let mut followers = [0; 2].map(|_| Follower::new(Arc::clone(&tuning)));
        assert!(followers.iter_mut().all(|follower| follower.news().is_none()));
        let changed = tuning.change(|settings| {
            settings.fps = Fps::new(5);
            Ok::<_, ()>(())
        });
        assert_eq!(changed.unwrap().fps.map(Fps::get), Some(5));
        for follower in &mut followers {
            assert_eq!(follower.news(), Some(tuning.settings()));
            assert_eq!(follower.news(), None);
        }
    }

    #[test]
    fn a_refused_change_changes_nothing() {
        let tuning = tuning();
        let mut follower = Follower::new(Arc::clone(&tuning));
        let refused = tuning.change(|settings| {
            settings.fps = Fps::new(5);
            Err("no")
        });
        assert_eq!((refused, follower.news(), tuning.settings().fps), (Err("no"), None, None));
    }

    #[test]
    fn a_key_frame_is_asked_for_once() {
        let tuning = tuning();
        tuning.request_key();
        assert!(tuning.take_key() && !tuning.take_key());
    }
}
