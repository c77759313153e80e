//! The thread that plays viewers' microphones.
//!
//! What must always hold: one thread for all viewers; the device is open only while somebody speaks; what comes while
//! it cannot be played is thrown away, never kept.

use super::Troubles;
use super::alsa::{AlsaError, CHANNELS, Direction, Moved, Pcm};
use super::mixer::{FRAMES, Mixer};
use super::packet::RATE;
use crate::abi::core::{Level, log};
use crate::abi::handle::HandleKey;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Of the device: 60 ms in all.
const PERIOD: Duration = Duration::from_millis(20);
const PERIODS: u32 = 3;
/// The longest wait for room in the device.
const SLICE: Duration = Duration::from_millis(100);
/// So many slices without room, and the device is taken for stuck.
const STUCK: u32 = 20;
/// Packets that may wait for the thread; more, and the oldest are thrown away.
const ROOM: usize = 256;

type Spoken = (HandleKey, Vec<u8>);

#[derive(Default)]
struct Waiting {
    packets: VecDeque<Spoken>,
    ending: bool,
}

/// What viewers have said, on its way to the thread.
#[derive(Default)]
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A viewer's packet.
    pub(crate) fn put(&self, key: HandleKey, packet: &[u8]) {
        let mut waiting = self.lock();
        if waiting.packets.len() == ROOM {
            waiting.packets.pop_front();
        }
        waiting.packets.push_back((key, packet.to_vec()));
        drop(waiting);
        self.changed.notify_one();
    }

    /// No more will come.
    pub(crate) fn end(&self) {
        self.lock().ending = true;
        self.changed.notify_one();
    }

    /// Waits for a packet; false at the end.
    fn wait(&self) -> bool {
        let mut waiting = self.lock();
        while waiting.packets.is_empty() && !waiting.ending {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        !waiting.ending
    }

    /// What has come by now; false at the end.
    fn take(&self, to: &mut VecDeque<Spoken>) -> bool {
        let mut waiting = self.lock();
        std::mem::swap(&mut waiting.packets, to);
        !waiting.ending
    }

    /// Throws away what comes within this time; less at the end.
    fn ignore(&self, time: Duration) {
        let until = std::time::Instant::now() + time;
        let mut waiting = self.lock();
        loop {
            waiting.packets.clear();
            let left = until.saturating_duration_since(std::time::Instant::now());
            if waiting.ending || left.is_zero() {
                return;
            }
            waiting = self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

pub(crate) struct MicThread {
    inbox: Arc<Inbox>,
    device: String,
    troubles: Troubles,
}

impl MicThread {
    pub(crate) fn new(inbox: Arc<Inbox>, device: String) -> MicThread {
        MicThread { inbox, device, troubles: Troubles::default() }
    }

    /// Works until the plugin ends.
    pub(crate) fn run(mut self) {
        while self.inbox.wait() {
            let trouble = match catch_unwind(AssertUnwindSafe(|| self.play())) {
                Ok(Ok(())) => continue,
                Ok(Err(trouble)) => trouble.to_string(),
                Err(_) => "a microphone was lost in a panic; this is a bug".to_owned(),
            };
            let pause = self.troubles.note(trouble);
            self.inbox.ignore(pause);
        }
    }

    /// Plays until nobody speaks.
    fn play(&mut self) -> Result<(), AlsaError> {
        let mut pcm = Pcm::open(&self.device, Direction::Playback, RATE, PERIOD, PERIODS)?;
        if pcm.rate() != RATE {
            let reason = format!("it plays {} Hz, and viewers' sound has 48000", pcm.rate());
            return Err(AlsaError::Setup { device: self.device.clone(), what: "rate", reason });
        }
        log(Level::Info, &format!("a viewer's microphone is played on '{}'", self.device));
        let mut mixer = Mixer::default();
        let mut packets = VecDeque::new();
        let mut block = [0; FRAMES * CHANNELS];
        // A block of silence first: what is heard is never about to run out.
        let mut written = 0;
        let mut missing = 0;
        while self.inbox.take(&mut packets) {
            for (key, packet) in packets.drain(..) {
                mixer.push(key, &packet);
            }
            match pcm.write(&block[written..], SLICE)? {
                Moved::Frames(frames) => {
                    written += frames * CHANNELS;
                    missing = 0;
                }
                // It ran empty: silence first, as at the beginning.
                Moved::Gap => {
                    block.fill(0);
                    written = 0;
                }
                Moved::Nothing => missing += 1,
            }
            if missing > STUCK {
                let reason = "it takes no samples".to_owned();
                return Err(AlsaError::Failed { device: self.device.clone(), reason });
            }
            if written == block.len() {
                written = 0;
                mixer.mix(&mut block);
                self.troubles.over();
                if mixer.is_empty() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
