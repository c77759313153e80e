//! The thread that captures sound, encodes it once, and sends it to all who listen.
//!
//! What must always hold: the device is open only while somebody listens; nobody else relays sound, so what goes to
//! a viewer is in order; whatever fails is said once, and tried again.

use super::Troubles;
use super::alsa::{AlsaError, CHANNELS, Direction, Moved, Pcm};
use super::bridge::{self, BridgeError, Incoming};
use super::encoder::{EncodeError, Encoder};
use super::packet::RATE;
use crate::abi::core::{Core, Level, log};
use crate::abi::handle::{Gateway, Handle, Medium, RtpEnvelope};
use crate::config::{Capture, Rate};
use crate::plugin::Shared;
use memsink::Micros;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// Of the device: how often it wakes us, and how many of these its buffer holds before it overruns.
const PERIOD: Duration = Duration::from_millis(10);
const PERIODS: u32 = 20;
/// The longest wait for samples, and so for anything else.
const SLICE: Duration = Duration::from_millis(100);
/// So many slices without a sample, and the device is taken for stuck.
const STUCK: u32 = 20;
/// How often the HDMI bridge is asked for its rate, in µs.
const BRIDGE: u64 = 1_000_000;

/// Why capturing ends, though somebody listens.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Alsa(#[from] AlsaError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    #[error("no sound comes in by HDMI; it is looked for again")]
    Silence,
    #[error(
        "the sound device '{0}' gives no samples; it is opened again, look whether its clock runs (HDMI: whether the source sends sound)"
    )]
    Stuck(String),
}

/// Why capturing ends without trouble.
enum Ended {
    /// Nobody listens any more.
    Alone,
    /// What comes in by HDMI is something else now.
    Changed,
}

pub(crate) struct CaptureThread {
    gateway: Gateway,
    shared: Arc<Shared>,
    config: Capture,
    envelope: RtpEnvelope,
    listeners: Vec<(Arc<Handle>, u16)>,
    troubles: Troubles,
}

impl CaptureThread {
    pub(crate) fn new(
        core: &'static Core,
        gateway: Gateway,
        shared: Arc<Shared>,
        config: Capture,
    ) -> CaptureThread {
        CaptureThread {
            gateway,
            shared,
            config,
            envelope: RtpEnvelope::new(core),
            listeners: vec![],
            troubles: Troubles::default(),
        }
    }

    /// Works until the plugin ends.
    pub(crate) fn run(mut self) {
        while self.shared.wait_until(|hub| hub.is_listened_to()) {
            let captured = catch_unwind(AssertUnwindSafe(|| self.capture()));
            let trouble = match captured {
                Ok(Ok(Ended::Alone | Ended::Changed)) => continue,
                Ok(Err(trouble)) => trouble.to_string(),
                Err(_) => "sound was lost in a panic; this is a bug".to_owned(),
            };
            let pause = self.troubles.note(trouble);
            self.shared.sleep(pause);
        }
    }

    fn incoming(&self) -> Result<Incoming, BridgeError> {
        match &self.config.rate {
            Rate::Nearest => Ok(Incoming::Rate(RATE)),
            Rate::Fixed(rate) => Ok(Incoming::Rate(*rate)),
            Rate::Bridge(node) => bridge::look(node),
        }
    }

    /// Captures until nobody listens.
    fn capture(&mut self) -> Result<Ended, Trouble> {
        let incoming = self.incoming()?;
        let Incoming::Rate(rate) = incoming else { return Err(Trouble::Silence) };
        let device = &self.config.device;
        let mut pcm = Pcm::open(device, Direction::Capture, rate, PERIOD, PERIODS)?;
        let mut encoder = Encoder::new(pcm.rate())?;
        let mut samples: Vec<i16> = vec![];
        let (mut filled, mut missing) = (0, 0);
        let mut asked = Micros::now();
        log(Level::Info, &format!("sound is captured from '{device}' at {} Hz", pcm.rate()));
        loop {
            let wanted = encoder.wanted() * CHANNELS;
            samples.resize(wanted, 0);
            match pcm.read(&mut samples[filled..], SLICE)? {
                Moved::Frames(frames) => {
                    filled += frames * CHANNELS;
                    missing = 0;
                }
                // Also without an overrun: an HDMI bridge's clock may have stood still.
                stopped @ (Moved::Nothing | Moved::Gap) => {
                    if stopped == Moved::Gap {
                        filled = 0;
                    }
                    missing += 1;
                    encoder.interrupt();
                    if missing > STUCK {
                        return Err(Trouble::Stuck(device.clone()));
                    }
                }
            }
            if filled == wanted {
                filled = 0;
                let captured = captured_at(&mut pcm, wanted / CHANNELS);
                let packet = encoder.encode(&samples, captured)?.bytes();
                self.troubles.over();
                self.shared.hub().listeners(&mut self.listeners);
                for (handle, number) in self.listeners.drain(..) {
                    self.gateway.relay(&mut self.envelope, packet, number, Medium::Audio, &handle);
                }
            }
            if !self.shared.goes_on(|hub| hub.is_listened_to()) {
                return Ok(Ended::Alone);
            }
            let now = Micros::now();
            if now.since(asked) > BRIDGE {
                asked = now;
                if self.incoming()? != incoming {
                    return Ok(Ended::Changed);
                }
            }
        }
    }
}

/// When the first of the newest so many frames was captured.
fn captured_at(pcm: &mut Pcm, frames: usize) -> Micros {
    let behind = (frames + pcm.delay()) as u64 * 1_000_000 / u64::from(pcm.rate().max(1));
    Micros(Micros::now().0.saturating_sub(behind))
}
