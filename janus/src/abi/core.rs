//! The running Janus, found by `dlsym`: so the plugin links, and its tests run, on a machine without Janus, and one
//! file serves every Janus 1.x.
//!
//! What must always hold: a [`Core`] exists only when everything needed was found and the layout of
//! `janus_plugin_rtp` was measured in this very core; without it nothing of Janus is ever called.

use super::types::{Json, PluginResult, Rtp, RtpExtensions};
use libc::{RTLD_DEFAULT, dlsym};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::{offset_of, size_of};
use std::sync::OnceLock;

/// How grave a line in Janus's log is, by Janus's own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something does not work.
    Error = 2,
    /// Something is not as it should be.
    Warning = 3,
    /// Something happened.
    Info = 4,
}

/// Where the running core keeps the parts of `janus_plugin_rtp` that moved between versions, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpLayout {
    /// Of the whole struct.
    pub size: usize,
    /// From its start to `extensions`.
    pub extensions: usize,
    /// From its start to `extensions.abs_capture_ts`, which Janus has since 1.2.1.
    pub capture_time: Option<usize>,
}

/// Room for any core's `janus_plugin_rtp`: three times today's largest.
pub(super) const RTP_ROOM: usize = 1024;

/// From the start of the extensions to `abs_capture_ts`.
pub const CAPTURE_TIME: usize = 288;

/// Memory for one `janus_plugin_rtp` of whatever layout.
#[repr(C, align(16))]
pub(super) struct RtpMemory(pub [u8; RTP_ROOM]);

type RtpReset = unsafe extern "C" fn(*mut c_void);
type Vprintf = unsafe extern "C" fn(*const c_char, ...);

/// What is used of the core, of jansson and of GLib.
pub struct Core {
    version: c_int,
    layout: RtpLayout,
    log_level: *const c_int,
    vprintf: Vprintf,
    pub(super) rtp_reset: RtpReset,
    pub(super) result_new: unsafe extern "C" fn(c_int, *const c_char, *mut Json) -> *mut PluginResult,
    pub(super) json_loads: unsafe extern "C" fn(*const c_char, usize, *mut c_void) -> *mut Json,
    pub(super) json_dumps: unsafe extern "C" fn(*const Json, usize) -> *mut c_char,
    pub(super) json_delete: unsafe extern "C" fn(*mut Json),
    pub(super) g_free: unsafe extern "C" fn(*mut c_void),
    pub(super) config_parse: unsafe extern "C" fn(*const c_char) -> *mut c_void,
    pub(super) config_destroy: unsafe extern "C" fn(*mut c_void),
    pub(super) config_get:
        unsafe extern "C" fn(*mut c_void, *mut c_void, c_int, *const c_char) -> *mut super::config::Container,
}

// SAFETY: the pointers are to functions and to one int of the core, which outlive every plugin.
unsafe impl Send for Core {}
// SAFETY: as above; the functions may be called from any thread.
unsafe impl Sync for Core {}

/// Why no core can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoreError {
    /// A symbol is not there.
    #[error(
        "this process does not export '{0}', so it is not Janus 1.x; load the plugin into Janus 1.0 or newer"
    )]
    Missing(String),
    /// The core is of the 0.x series.
    #[error("Janus {0} is too old; this plugin needs Janus 1.0 or newer (Debian 12 has 1.1.2)")]
    TooOld(String),
    /// The struct of RTP packets is not one this plugin can fill.
    #[error("this Janus describes RTP packets in a way this plugin does not know; update the plugin")]
    Layout,
}

/// Looks a symbol up.
///
/// # Safety
/// `T` must be a pointer type that fits what the symbol is.
unsafe fn symbol<T: Copy>(name: &CStr) -> Result<T, CoreError> {
    const { assert!(size_of::<T>() == size_of::<*mut c_void>()) };
    // SAFETY: the name is a C string, and dlsym only reads it.
    let found = unsafe { dlsym(RTLD_DEFAULT, name.as_ptr()) };
    if found.is_null() {
        return Err(CoreError::Missing(name.to_string_lossy().into_owned()));
    }
    // SAFETY: sizes are equal (asserted), the address is not null, and the caller vouches for the type.
    Ok(unsafe { std::mem::transmute_copy(&found) })
}

/// Lets the core reset a poisoned struct and looks at what changed: its size, and where the first extension,
/// `audio_level`, became -1.
fn measure(reset: RtpReset) -> Option<RtpLayout> {
    const POISON: u8 = 0xa5;
    let mut memory = RtpMemory([POISON; RTP_ROOM]);
    // SAFETY: the memory is larger than any core's struct and aligned for it.
    unsafe { reset(memory.0.as_mut_ptr().cast()) };
    let bytes = &memory.0;
    let size = bytes.iter().rposition(|&byte| byte != POISON)? + 1;
    let behind_fixed_part = offset_of!(Rtp, length) + size_of::<u16>();
    let extensions = (behind_fixed_part..size).find(|&at| bytes[at] == 0xff)?;
    let fits =
        extensions + size_of::<RtpExtensions>() <= size && extensions % align_of::<RtpExtensions>() == 0;
    let word = |at: usize| i16::from_ne_bytes([bytes[at], bytes[at + 1]]);
    let known = bytes[..4] == [0xff; 4]
        && fits
        && word(extensions + offset_of!(RtpExtensions, min_delay)) == -1
        && word(extensions + offset_of!(RtpExtensions, max_delay)) == -1;
    let capture_time = extensions + CAPTURE_TIME;
    let capture_time = (capture_time + size_of::<u64>() <= size).then_some(capture_time);
    known.then_some(RtpLayout { size, extensions, capture_time })
}

impl Core {
    /// The core of this process.
    ///
    /// # Errors
    /// When this process is not a Janus of the 1.x series.
    pub fn find() -> Result<&'static Core, CoreError> {
        static CORE: OnceLock<Core> = OnceLock::new();
        if let Some(core) = CORE.get() {
            return Ok(core);
        }
        let core = Core::look_up()?;
        Ok(CORE.get_or_init(|| core))
    }

    fn look_up() -> Result<Core, CoreError> {
        // SAFETY: each type is that of the symbol in Janus's, jansson's and GLib's headers.
        unsafe {
            let version: *const c_int = symbol(c"janus_version")?;
            let version = *version;
            if version < 1000 {
                return Err(CoreError::TooOld(dotted(version)));
            }
            let rtp_reset = symbol(c"janus_plugin_rtp_reset")?;
            Ok(Core {
                version,
                layout: measure(rtp_reset).ok_or(CoreError::Layout)?,
                log_level: symbol(c"janus_log_level")?,
                vprintf: symbol(c"janus_vprintf")?,
                rtp_reset,
                result_new: symbol(c"janus_plugin_result_new")?,
                json_loads: symbol(c"json_loads")?,
                json_dumps: symbol(c"json_dumps")?,
                json_delete: symbol(c"json_delete")?,
                g_free: symbol(c"g_free")?,
                config_parse: symbol(c"janus_config_parse")?,
                config_destroy: symbol(c"janus_config_destroy")?,
                config_get: symbol(c"janus_config_get")?,
            })
        }
    }

    /// The core's version, as people write it.
    pub fn version(&self) -> String {
        dotted(self.version)
    }

    /// The measured layout of its RTP packets.
    pub fn layout(&self) -> RtpLayout {
        self.layout
    }

    /// Writes one line to Janus's log, if its level lets it through.
    pub fn log(&self, level: Level, line: &str) {
        // SAFETY: janus_log_level is an int that lives as long as the core; it may change, hence volatile.
        if level as c_int > unsafe { self.log_level.read_volatile() } {
            return;
        }
        print(self.vprintf, level, line);
    }
}

/// A C string of this text, zero bytes left out.
pub(super) fn c_text(text: &str) -> CString {
    let bytes: Vec<u8> = text.bytes().filter(|&byte| byte != 0).collect();
    CString::new(bytes).unwrap_or_default()
}

/// 1102 is 1.1.2; the 0.x series counted 114 for 0.11.4.
fn dotted(version: c_int) -> String {
    if version < 1000 {
        return format!("0.x ({version})");
    }
    format!("{}.{}.{}", version / 1000, version / 100 % 10, version % 100)
}

fn print(vprintf: Vprintf, level: Level, line: &str) {
    let text = c_text(line);
    let format = match level {
        Level::Error => c"[ERR] [ustreamer] %s\n",
        Level::Warning => c"[WARN] [ustreamer] %s\n",
        Level::Info => c"[ustreamer] %s\n",
    };
    // SAFETY: a constant format with one %s, and one C string.
    unsafe { vprintf(format.as_ptr(), text.as_ptr()) };
}

/// One line for the log: Janus's own, even that of a Janus we refuse; stderr where there is none.
pub fn log(level: Level, line: &str) {
    if let Ok(core) = Core::find() {
        return core.log(level, line);
    }
    // SAFETY: the type is that of the symbol in Janus's headers, 0.x included.
    match unsafe { symbol::<Vprintf>(c"janus_vprintf") } {
        Ok(vprintf) => print(vprintf, level, line),
        Err(_) => eprintln!("[ustreamer] {line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A struct as of Janus 1.0 to 1.2.0, reset the way that core does it.
    unsafe extern "C" fn reset_like_1_1(memory: *mut c_void) {
        // SAFETY: the caller gives RTP_ROOM bytes.
        let bytes = unsafe { std::slice::from_raw_parts_mut(memory.cast::<u8>(), RTP_ROOM) };
        bytes[..304].fill(0);
        bytes[..4].fill(0xff);
        bytes[20] = 0xff;
        bytes[28..30].fill(0xff);
        bytes[40..44].fill(0xff);
    }

    unsafe extern "C" fn reset_nothing(_: *mut c_void) {}

    #[test]
    fn the_layout_is_measured_and_nonsense_is_refused() {
        let layout = RtpLayout { size: 304, extensions: 20, capture_time: None };
        assert_eq!(measure(reset_like_1_1), Some(layout));
        assert_eq!(measure(reset_nothing), None);
    }

    #[test]
    fn a_process_that_is_not_janus_is_named() {
        let error = Core::find().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("janus_version") && error.contains("Janus 1.0 or newer"), "{error}");
    }

    #[test]
    fn versions_read_as_people_write_them() {
        assert_eq!([1102, 1401, 1000].map(dotted), ["1.1.2", "1.4.1", "1.0.0"]);
    }
}
