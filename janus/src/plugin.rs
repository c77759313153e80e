//! The plugin at work: the viewers, the thread that reads for them, and Janus's calls turned into the hub's events.
//!
//! What must always hold: the core is never called with the hub locked, for it may be waiting for us with locks of
//! its own; all threads have ended when [`Plugin::stop`] returns, for Janus then unloads this code.

use crate::abi::core::{Core, Level, log};
use crate::abi::handle::{Gateway, Handle, HandleKey};
use crate::abi::json::Answer;
use crate::audio::{CaptureThread, Inbox, MicThread, features};
use crate::config::Config;
use crate::hub::{Action, Hub};
use crate::message::{Event, Request};
use crate::reader::ReaderThread;
use memsink::Micros;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The viewers of this plugin.
pub(crate) type Viewers = Hub<HandleKey, Arc<Handle>>;

/// What Janus's threads and ours share.
pub(crate) struct Shared {
    hub: Mutex<Viewers>,
    /// A viewer has come, or is served in another way now; or the end has come.
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

    /// Whether this is so, and the end has not come.
    pub(crate) fn goes_on(&self, so: impl Fn(&Viewers) -> bool) -> bool {
        so(&self.hub()) && !self.ending.load(Ordering::Acquire)
    }

    /// Sleeps until this is so; false at the end.
    pub(crate) fn wait_until(&self, so: impl Fn(&Viewers) -> bool) -> bool {
        let mut hub = self.hub();
        while !so(&hub) && !self.ending.load(Ordering::Acquire) {
            hub = self.changed.wait(hub).unwrap_or_else(PoisonError::into_inner);
        }
        !self.ending.load(Ordering::Acquire)
    }

    /// Sleeps, but not past a change or the end.
    pub(crate) fn sleep(&self, time: Duration) {
        let hub = self.hub();
        if !self.ending.load(Ordering::Acquire) {
            drop(self.changed.wait_timeout(hub, time));
        }
    }
}

/// Does what the hub asks for.
pub(crate) fn perform(gateway: &Gateway, action: Action<Arc<Handle>>) {
    let capture_time = gateway.tells_capture_time();
    let sdp = action.offer.map(|offer| offer.to_sdp(capture_time));
    let jsep = sdp.map(|sdp| json!({"type": "offer", "sdp": sdp}));
    gateway.push_event(&action.handle, &action.transaction, &action.event.to_json(), jsep.as_ref());
}

/// The wall clock as the core writes it into its reports: the middle 32 bits of an NTP time, in 1/65536 s.
fn ntp() -> u32 {
    // Modulo 2^16 s; 1900 to 1970 are 2208988800 s.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs().wrapping_add(2_208_988_800) as u32;
    let fraction = ((u64::from(since.subsec_nanos()) << 16) / 1_000_000_000) as u32;
    (seconds << 16) | fraction
}

/// The running plugin.
pub struct Plugin {
    core: &'static Core,
    gateway: Gateway,
    config: Config,
    shared: Arc<Shared>,
    /// What viewers say, if there is something to play it.
    microphones: Option<Arc<Inbox>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(body)
}

impl Plugin {
    /// Starts the reader's thread, and those for sound where that is configured; they sleep until somebody comes.
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
        let microphones = config.sound.playback.is_some().then(Arc::<Inbox>::default);
        let plugin = Plugin { core, gateway, config, shared, microphones, threads: Mutex::default() };
        if let Err(error) = plugin.start_threads() {
            plugin.stop();
            return Err(error);
        }
        Ok(plugin)
    }

    fn start_threads(&self) -> std::io::Result<()> {
        let Plugin { core, gateway, config, shared, .. } = self;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = ReaderThread::new(core, *gateway, Arc::clone(shared), config.sink.clone());
        threads.push(spawn("ustreamer-sink", || reader.run())?);
        if let Some(capture) = &config.sound.capture {
            let capture = CaptureThread::new(core, *gateway, Arc::clone(shared), capture.clone());
            threads.push(spawn("ustreamer-sound", || capture.run())?);
        }
        if let (Some(inbox), Some(device)) = (&self.microphones, &config.sound.playback) {
            let mic = MicThread::new(Arc::clone(inbox), device.clone());
            threads.push(spawn("ustreamer-mic", || mic.run())?);
        }
        Ok(())
    }

    /// Ends the threads and lets all viewers go.
    pub fn stop(&self) {
        // Under the lock, so that no thread is between its look at the flag and its sleep.
        let viewers = {
            let mut hub = self.shared.hub();
            self.shared.ending.store(true, Ordering::Release);
            hub.clear()
        };
        self.shared.changed.notify_all();
        if let Some(inbox) = &self.microphones {
            inbox.end();
        }
        drop(viewers);
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if thread.join().is_err() {
                log(Level::Error, &format!("the thread {name} ended in a panic"));
            }
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
        let request = Request::parse(&message).map(|request| self.served(request));
        // Not with the hub locked: devices are looked for.
        let features = (request == Ok(Request::Features)).then(|| features(&self.config.sound));
        let action = {
            let mut hub = self.shared.hub();
            if hub.report(&key, now).is_none() {
                return Answer::Refused(c"No session");
            }
            match (request, features) {
                (Ok(_), Some(features)) => hub.tell(&key, Event::Features(features), transaction),
                (Ok(request), None) => hub.request(&key, request, transaction, now),
                (Err(refusal), _) => hub.tell(&key, Event::Refused(refusal), transaction),
            }
        };
        self.shared.changed.notify_all();
        if let Some(action) = action {
            perform(&self.gateway, action);
        }
        Answer::Done(json!({"ok": true}))
    }

    /// The request without what cannot be served here.
    fn served(&self, request: Request) -> Request {
        let Request::Watch(mut wishes) = request else { return request };
        wishes.audio &= self.config.sound.capture.is_some();
        wishes.mic &= self.microphones.is_some();
        Request::Watch(wishes)
    }

    /// A viewer's connection is up.
    pub fn media_up(&self, key: HandleKey) {
        self.shared.hub().media_up(&key);
        self.shared.changed.notify_all();
    }

    /// What a viewer says into its microphone.
    pub fn rtp(&self, key: HandleKey, packet: &[u8]) {
        if let Some(inbox) = &self.microphones
            && self.shared.hub().speaks(&key)
        {
            inbox.put(key, packet);
        }
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
