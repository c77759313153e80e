//! A viewer's handle, and what the core does with it.
//!
//! What must always hold: a handle's memory lives as long as any [`Handle`] does. The core gives the plugin one
//! reference with every session; it is given back here when the last user of the handle lets go, so that a packet
//! on its way in one thread and `destroy_session` in another cannot meet in freed memory, and nothing is held locked
//! while the core is called.

use super::core::{Core, RTP_ROOM, RtpMemory};
use super::json::OwnedJson;
use super::types::{Callbacks, Plugin, Rtp, RtpExtensions, Session};
use crate::ntp::Ntp;
use rtp::set_sequence;
use serde_json::Value;
use std::ffi::c_char;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, Ordering};

/// Which handle: its address, never followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandleKey(pub usize);

/// A viewer's handle, with the plugin's reference to it.
#[derive(Debug)]
pub struct Handle(NonNull<Session>);

// SAFETY: the core's functions take a handle on any thread; the count is atomic.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Handle {
    /// Takes over the plugin's reference; `None` for a null pointer.
    ///
    /// # Safety
    /// Called once for each `create_session`, with its handle.
    pub unsafe fn adopt(session: *mut Session) -> Option<Handle> {
        NonNull::new(session).map(Handle)
    }

    /// Which one it is.
    pub fn key(&self) -> HandleKey {
        HandleKey(self.0.as_ptr() as usize)
    }

    /// Forgets the handle without giving the reference back: for a session that was refused.
    pub fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let session = self.0.as_ptr();
        // SAFETY: the reference taken over keeps the struct alive up to here; its count is changed atomically by all.
        unsafe {
            let refcount = &raw mut (*session).refcount;
            let free = (*refcount).free;
            if AtomicI32::from_ptr(&raw mut (*refcount).count).fetch_sub(1, Ordering::AcqRel) == 1
                && let Some(free) = free
            {
                free(refcount);
            }
        }
    }
}

/// What the core is to write into header extensions of a packet of video.
#[derive(Debug, Clone, Copy)]
pub struct Marks {
    /// It is to be shown at once. Else the browser may wait with it for the sound that belongs to it, as it does not if it is told a playout delay of
    /// 0 to 0.
    pub at_once: bool,
    /// How the picture is to be turned, in degrees; said on its last packet.
    pub rotation: Option<i16>,
    /// When it was captured; said on its first packet. (A core that does not know this extension leaves it out.)
    pub captured: Option<Ntp>,
}

/// 10 s, in units of 10 ms.
const LONGEST: i16 = 1000;

/// Which medium of our offer a packet belongs to: video is the first, audio the second.
#[derive(Debug, Clone, Copy)]
pub enum Medium {
    /// A packet of a picture.
    Video(Marks),
    /// A packet of sound.
    Audio,
}

/// One RTP packet in the form the running core wants it, used again and again.
pub struct RtpEnvelope {
    core: &'static Core,
    memory: Box<RtpMemory>,
    /// The packet as it is for one viewer; the core may write to it.
    packet: Vec<u8>,
}

impl RtpEnvelope {
    /// An empty one.
    pub fn new(core: &'static Core) -> RtpEnvelope {
        RtpEnvelope { core, memory: Box::new(RtpMemory([0; RTP_ROOM])), packet: vec![] }
    }

    /// Fills it in for one viewer.
    fn fill(&mut self, packet: &[u8], sequence: u16, medium: Medium) -> *mut Rtp {
        self.packet.clear();
        self.packet.extend_from_slice(packet);
        set_sequence(&mut self.packet, sequence);
        let layout = self.core.layout();
        let start = self.memory.0.as_mut_ptr();
        let rtp = start.cast::<Rtp>();
        // SAFETY: the memory is aligned for and larger than the core's struct, whose fixed part is `Rtp` and whose
        // extensions were measured to begin, and to fit, at this offset.
        unsafe {
            (self.core.rtp_reset)(start.cast());
            (*rtp).buffer = self.packet.as_mut_ptr().cast::<c_char>();
            (*rtp).length = u16::try_from(self.packet.len()).unwrap_or(0);
            let extensions = start.add(layout.extensions).cast::<RtpExtensions>();
            match medium {
                Medium::Video(Marks { at_once, rotation, captured }) => {
                    (*rtp).mindex = 0;
                    (*rtp).video = 1;
                    (*extensions).min_delay = 0;
                    (*extensions).max_delay = if at_once { 0 } else { LONGEST };
                    (*extensions).video_rotation = rotation.unwrap_or(-1);
                    if let (Some(captured), Some(place)) = (captured, layout.capture_time) {
                        start.add(place).cast::<u64>().write_unaligned(captured.0);
                    }
                }
                Medium::Audio => {
                    (*rtp).mindex = 1;
                    (*rtp).video = 0;
                }
            }
        }
        rtp
    }
}

/// The core's callbacks.
#[derive(Clone, Copy)]
pub struct Gateway {
    core: &'static Core,
    callbacks: &'static Callbacks,
    plugin: &'static Plugin,
}

impl Gateway {
    /// What `init` was given.
    pub fn new(core: &'static Core, callbacks: &'static Callbacks, plugin: &'static Plugin) -> Gateway {
        Gateway { core, callbacks, plugin }
    }

    /// Whether the core can tell viewers when a picture was captured.
    pub fn tells_capture_time(&self) -> bool {
        self.core.layout().capture_time.is_some()
    }

    /// Sends an event to a viewer, with a session description if one is given.
    pub fn push_event(&self, handle: &Handle, transaction: &str, event: &Value, jsep: Option<&Value>) {
        let transaction = super::core::c_text(transaction);
        let event = OwnedJson::of(self.core, event);
        let jsep = jsep.map_or_else(|| OwnedJson::none(self.core), |jsep| OwnedJson::of(self.core, jsep));
        // SAFETY: a live handle; the core takes references of its own to both values and copies the text.
        unsafe {
            (self.callbacks.push_event)(
                handle.0.as_ptr(),
                self.plugin,
                transaction.as_ptr(),
                event.as_ptr(),
                jsep.as_ptr(),
            );
        }
    }

    /// Sends a viewer one packet, with its own sequence number.
    pub fn relay(
        &self,
        envelope: &mut RtpEnvelope,
        packet: &[u8],
        sequence: u16,
        medium: Medium,
        viewer: &Handle,
    ) {
        let rtp = envelope.fill(packet, sequence, medium);
        // SAFETY: a live handle and a whole struct; the core copies the packet before it returns.
        unsafe { (self.callbacks.relay_rtp)(viewer.0.as_ptr(), rtp) };
    }
}
