//! The plugin at work: the viewers, the thread that reads for them, and Janus's calls turned into the hub's events.
//!
//! What must always hold: the core is never called with the hub locked, for it may be waiting for us with locks of
//! its own; the thread has ended when [`Plugin::stop`] returns, for Janus then unloads this code.

use crate::abi::core::{Core, Level, log};
use crate::abi::handle::{Gateway, Handle, HandleKey};
use crate::abi::json::Answer;
use crate::config::Config;
use crate::hub::{Action, Hub};
use crate::message::{Event, Request};
use crate::reader::ReaderThread;
use crate::sdp;
use memsink::Micros;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

/// The viewers of this plugin.
pub(crate) type Viewers = Hub<HandleKey, Arc<Handle>>;

/// What Janus's threads and the reader's share.
pub(crate) struct Shared {
    hub: Mutex<Viewers>,
    /// Somebody has come, or the end has.
    pub(crate) changed: Condvar,
    pub(crate) ending: AtomicBool,
    /// The sink's ABI version, 0 while unknown.
    pub(crate) abi: AtomicU32,
}

impl Shared {
    /// The viewers, also after a panic: the hub's steps leave it usable at any point.
    pub(crate) fn hub(&self) -> MutexGuard<'_, Viewers> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what the hub asks for.
pub(crate) fn perform(gateway: &Gateway, action: Action<Arc<Handle>>) {
    let jsep = action.offer.map(|origin| json!({"type": "offer", "sdp": sdp::offer(origin)}));
    gateway.push_event(&action.handle, &action.transaction, &action.event.to_json(), jsep.as_ref());
}

/// The wall clock as the core writes it into its reports: the middle 32 bits of an NTP time, in 1/65536 s.
fn ntp() -> u32 {
    // Modulo 2^16 s; 1900 to 1970 are 2208988800 s.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs().wrapping_add(2_208_988_800) as u32;
    let fraction = ((u64::from(since.subsec_nanos()) << 16) / 1_000_000_000) as u32;
    seconds << 16 | fraction
}

/// The running plugin.
pub struct Plugin {
    core: &'static Core,
    gateway: Gateway,
    config: Config,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Plugin {
    /// Starts the reader's thread, which sleeps until somebody comes.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(core: &'static Core, gateway: Gateway, config: Config) -> std::io::Result<Plugin> {
        let shared = Arc::new(Shared {
            hub: Mutex::new(Hub::new(config.sink.clone())),
            changed: Condvar::new(),
            ending: AtomicBool::new(false),
            abi: AtomicU32::new(0),
        });
        let reader = ReaderThread::new(core, gateway, Arc::clone(&shared), config.sink.clone());
        let thread = std::thread::Builder::new().name("ustreamer-sink".to_owned()).spawn(|| reader.run())?;
        Ok(Plugin { core, gateway, config, shared, thread: Mutex::new(Some(thread)) })
    }

    /// Ends the thread and lets all viewers go.
    pub fn stop(&self) {
        // Under the lock, so that the thread is not between its look at the flag and its sleep.
        let viewers = {
            let mut hub = self.shared.hub();
            self.shared.ending.store(true, Ordering::Release);
            hub.clear()
        };
        self.shared.changed.notify_all();
        drop(viewers);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            log(Level::Error, "the reader's thread ended in a panic");
        }
    }

    /// A viewer comes; false if it is here already.
    pub fn attach(&self, handle: Handle) -> bool {
        let key = handle.key();
        let refused = self.shared.hub().attach(key, Arc::new(handle), Micros::now()).err();
        self.shared.changed.notify_all();
        match refused {
            None => true,
            Some(handle) => {
                if let Some(handle) = Arc::into_inner(handle) {
                    handle.forget();
                }
                false
            }
        }
    }

    /// A viewer goes; false if it was not here.
    pub fn detach(&self, key: HandleKey) -> bool {
        let handle = self.shared.hub().detach(&key);
        handle.is_some()
    }

    /// A viewer's message. The answer is for the request as such; what it brings comes as an event.
    pub fn message(&self, key: HandleKey, transaction: String, message: Option<Value>) -> Answer {
        let Some(message) = message else { return Answer::Refused(c"No message") };
        let now = Micros::now();
        let action = {
            let mut hub = self.shared.hub();
            if hub.report(&key, now).is_none() {
                return Answer::Refused(c"No session");
            }
            match Request::parse(&message) {
                Ok(request) => hub.request(&key, request, transaction, now),
                Err(refusal) => hub.refuse(&key, Event::Refused(refusal), transaction),
            }
        };
        if let Some(action) = action {
            perform(&self.gateway, action);
        }
        Answer::Done(json!({"ok": true}))
    }

    /// A viewer's connection is up.
    pub fn media_up(&self, key: HandleKey) {
        self.shared.hub().media_up(&key);
    }

    /// A viewer's connection is gone.
    pub fn media_down(&self, key: HandleKey) {
        self.shared.hub().media_down(&key);
    }

    /// What a viewer says in RTCP.
    pub fn rtcp(&self, key: HandleKey, compound: &[u8]) {
        self.shared.hub().feedback(&key, compound, ntp(), Micros::now());
    }

    /// The core has to send a viewer much again.
    pub fn slow_link(&self, key: HandleKey) {
        self.shared.hub().slow_link(&key, Micros::now());
    }

    /// What the admin interface shows of a viewer.
    pub fn query(&self, key: HandleKey) -> Option<Value> {
        let report = self.shared.hub().report(&key, Micros::now())?;
        let layout = self.core.layout();
        let abi = self.shared.abi.load(Ordering::Relaxed);
        Some(json!({
            "playing": report.playing,
            "joining": report.joining,
            "packets": report.packets,
            "key_requests": report.key_requests,
            "missed": report.missed,
            "frames": report.frames,
            "viewers": report.viewers,
            "congestion": {
                "kbps": report.kbps,
                "wished": report.wish.map(|wish| json!({"kbps": wish.kbps, "why": wish.cause.word()})),
                "bears": report.bears,
                "loss": report.loss,
                "round_trip_us": report.round_trip,
                "heard": report.heard,
            },
            "sink": {
                "name": self.config.sink.as_str(),
                "state": report.sink,
                "abi": (abi != 0).then_some(abi),
            },
            "janus": {
                "version": self.core.version(),
                "rtp_size": layout.size,
                "rtp_extensions": layout.extensions,
            },
        }))
    }
}
