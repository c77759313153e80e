//! The part of Janus's plugin interface that has not changed from 1.0.0 to 1.4.1, as `repr(C)` declarations.
//!
//! What changed is `janus_plugin_rtp`: the block of RTP header extensions behind [`Rtp`] moved and grew. Its place
//! is measured in the running core, see `core::RtpLayout`. `tests/layout.rs` compares all of this with the headers.

use std::ffi::{c_char, c_int, c_void};

/// jansson's `json_t`: what its inline functions touch.
#[repr(C)]
#[derive(Debug)]
pub struct Json {
    /// `json_type`.
    pub kind: c_int,
    /// Owners; `usize::MAX` for the constants.
    pub refcount: usize,
}

/// `janus_refcount`.
#[repr(C)]
#[derive(Debug)]
pub struct Refcount {
    /// Owners, changed atomically.
    pub count: c_int,
    /// Called with this struct's address when the last owner lets go.
    pub free: Option<unsafe extern "C" fn(*const Refcount)>,
}

/// `janus_plugin_session`: one viewer's handle.
#[repr(C)]
#[derive(Debug)]
pub struct Session {
    /// The core's side.
    pub gateway: *mut c_void,
    /// The plugin's side; unused here.
    pub plugin: *mut c_void,
    /// Set by the core when the handle goes.
    pub stopped: c_int,
    /// Set up by the core after `create_session` returned, with one reference for the plugin.
    pub refcount: Refcount,
}

/// `janus_plugin_rtp` up to its extensions.
#[repr(C)]
#[derive(Debug)]
pub struct Rtp {
    /// Index of the m-line.
    pub mindex: c_int,
    /// `gboolean`.
    pub video: c_int,
    /// The packet.
    pub buffer: *mut c_char,
    /// Its bytes.
    pub length: u16,
}

/// `janus_plugin_rtcp`.
#[repr(C)]
#[derive(Debug)]
pub struct Rtcp {
    /// Index of the m-line.
    pub mindex: c_int,
    /// `gboolean`.
    pub video: c_int,
    /// The compound packet.
    pub buffer: *mut c_char,
    /// Its bytes.
    pub length: u16,
}

/// `janus_plugin_rtp_extensions` up to the playout delay.
#[repr(C)]
#[derive(Debug)]
pub struct RtpExtensions {
    /// dBov, -1 for none.
    pub audio_level: i8,
    /// `gboolean`.
    pub audio_level_vad: c_int,
    /// Degrees, -1 for none.
    pub video_rotation: i16,
    /// `gboolean`.
    pub video_back_camera: c_int,
    /// `gboolean`.
    pub video_flipped: c_int,
    /// Playout delay in 10 ms, -1 for none.
    pub min_delay: i16,
    /// Playout delay in 10 ms, -1 for none.
    pub max_delay: i16,
}

/// `janus_plugin_result`: made and freed by the core.
#[repr(C)]
#[derive(Debug)]
pub struct PluginResult {
    /// -1 error, 0 answered, 1 answer follows.
    pub kind: c_int,
    /// Text of an error; never freed by the core.
    pub text: *const c_char,
    /// The answer, owned by the result.
    pub content: *mut Json,
}

/// `janus_callbacks`: what the core does for plugins.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Callbacks {
    pub push_event:
        unsafe extern "C" fn(*mut Session, *const Plugin, *const c_char, *mut Json, *mut Json) -> c_int,
    pub relay_rtp: unsafe extern "C" fn(*mut Session, *mut Rtp),
    pub relay_rtcp: unsafe extern "C" fn(*mut Session, *mut Rtcp),
    pub relay_data: unsafe extern "C" fn(*mut Session, *mut c_void),
    pub send_pli: unsafe extern "C" fn(*mut Session),
    pub send_pli_stream: unsafe extern "C" fn(*mut Session, c_int),
    pub send_remb: unsafe extern "C" fn(*mut Session, u32),
    pub close_pc: unsafe extern "C" fn(*mut Session),
    pub end_session: unsafe extern "C" fn(*mut Session),
    pub events_is_enabled: unsafe extern "C" fn() -> c_int,
    pub notify_event: unsafe extern "C" fn(*const Plugin, *mut Session, *mut Json),
    pub auth_is_signed: unsafe extern "C" fn() -> c_int,
    pub auth_is_signature_valid: unsafe extern "C" fn(*const Plugin, *const c_char) -> c_int,
    pub auth_signature_contains: unsafe extern "C" fn(*const Plugin, *const c_char, *const c_char) -> c_int,
}

/// A getter of one of the plugin's texts.
pub type Text = extern "C" fn() -> *const c_char;

/// `janus_plugin`: what a plugin does for the core.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Plugin {
    pub init: unsafe extern "C" fn(*const Callbacks, *const c_char) -> c_int,
    pub destroy: extern "C" fn(),
    pub get_api_compatibility: extern "C" fn() -> c_int,
    pub get_version: extern "C" fn() -> c_int,
    pub get_version_string: Text,
    pub get_description: Text,
    pub get_name: Text,
    pub get_author: Text,
    pub get_package: Text,
    pub create_session: unsafe extern "C" fn(*mut Session, *mut c_int),
    pub handle_message:
        unsafe extern "C" fn(*mut Session, *mut c_char, *mut Json, *mut Json) -> *mut PluginResult,
    pub handle_admin_message: Option<unsafe extern "C" fn(*mut Json) -> *mut Json>,
    pub setup_media: unsafe extern "C" fn(*mut Session),
    pub incoming_rtp: Option<unsafe extern "C" fn(*mut Session, *mut Rtp)>,
    pub incoming_rtcp: Option<unsafe extern "C" fn(*mut Session, *mut Rtcp)>,
    pub incoming_data: Option<unsafe extern "C" fn(*mut Session, *mut c_void)>,
    pub data_ready: Option<unsafe extern "C" fn(*mut Session)>,
    pub slow_link: Option<unsafe extern "C" fn(*mut Session, c_int, c_int, c_int)>,
    pub hangup_media: unsafe extern "C" fn(*mut Session),
    pub destroy_session: unsafe extern "C" fn(*mut Session, *mut c_int),
    pub query_session: unsafe extern "C" fn(*mut Session) -> *mut Json,
}
