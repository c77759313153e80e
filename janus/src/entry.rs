//! Janus's way in: `create`, and the table of functions it gives.
//!
//! What must always hold: whatever Janus calls, in whatever order, with null or unknown handles, before `init` or
//! after `destroy`, is answered; no panic leaves this file.
#![allow(unsafe_code)]

use crate::abi::config::ConfigFile;
use crate::abi::core::{Core, Level, log};
use crate::abi::handle::{Gateway, Handle, HandleKey};
use crate::abi::json::{Answer, OwnedJson, plugin_result, take_text};
use crate::abi::types::{Callbacks, Json, Plugin as Table, PluginResult, Rtcp, Rtp, Session};
use crate::config::{Config, ConfigError, FILE};
use crate::plugin::Plugin;
use std::ffi::{CStr, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

/// The highest plugin interface of the 1.x series; a core refuses only lower numbers than its own.
const API: c_int = 106;
const VERSION: c_int = 1;
const VERSION_STRING: &CStr = c_string(concat!(env!("CARGO_PKG_VERSION"), "\0"));

const fn c_string(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("a text without its zero"),
    }
}

static TABLE: Table = Table {
    init,
    destroy,
    get_api_compatibility,
    get_version,
    get_version_string,
    get_description,
    get_name,
    get_author,
    get_package,
    create_session,
    handle_message,
    handle_admin_message: None,
    setup_media,
    incoming_rtp: Some(incoming_rtp),
    incoming_rtcp: Some(incoming_rtcp),
    incoming_data: None,
    data_ready: None,
    slow_link: Some(slow_link),
    hangup_media,
    destroy_session,
    query_session,
};

static RUNNING: RwLock<Option<Arc<Plugin>>> = RwLock::new(None);

fn running() -> Option<Arc<Plugin>> {
    RUNNING.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Does something for C: a panic becomes a line in the log and the given result.
fn guarded<T>(call: &str, otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        let _ = catch_unwind(|| log(Level::Error, &format!("{call} failed in a panic; this is a bug")));
        otherwise
    })
}

fn key(session: *mut Session) -> HandleKey {
    HandleKey(session as usize)
}

/// What Janus looks for in every plugin.
#[unsafe(no_mangle)]
pub extern "C" fn create() -> *const Table {
    &TABLE
}

extern "C" fn get_api_compatibility() -> c_int {
    API
}

extern "C" fn get_version() -> c_int {
    VERSION
}

extern "C" fn get_version_string() -> *const c_char {
    VERSION_STRING.as_ptr()
}

extern "C" fn get_description() -> *const c_char {
    c"ustreamer's H.264 memsink, to browsers".as_ptr()
}

extern "C" fn get_name() -> *const c_char {
    c"ustreamer".as_ptr()
}

extern "C" fn get_author() -> *const c_char {
    c"The rustreamer authors".as_ptr()
}

extern "C" fn get_package() -> *const c_char {
    c"janus.plugin.ustreamer".as_ptr()
}

/// Why the plugin does not start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Core(#[from] crate::abi::core::CoreError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("Janus gave no callbacks")]
    NoCallbacks,
    #[error("it is running already")]
    Running,
    #[error("the system gives no thread: {0}; look at the limit of processes")]
    Thread(std::io::Error),
}

unsafe extern "C" fn init(callbacks: *const Callbacks, folder: *const c_char) -> c_int {
    guarded("init", -1, || {
        // SAFETY: null, or Janus's table, which it keeps for its life.
        let callbacks = unsafe { callbacks.as_ref() };
        // SAFETY: null, or a C string that lives during this call.
        let folder = (!folder.is_null()).then(|| unsafe { CStr::from_ptr(folder) }.to_string_lossy());
        match start(callbacks, folder.as_deref()) {
            Ok(()) => 0,
            Err(error) => {
                log(Level::Error, &format!("the plugin is not used: {error}"));
                -1
            }
        }
    })
}

fn start(callbacks: Option<&'static Callbacks>, folder: Option<&str>) -> Result<(), StartError> {
    let core = Core::find()?;
    let callbacks = callbacks.ok_or(StartError::NoCallbacks)?;
    let mut running = RUNNING.write().unwrap_or_else(PoisonError::into_inner);
    if running.is_some() {
        return Err(StartError::Running);
    }
    let config = read_config(core, folder)?;
    let line = format!("ready on Janus {}, reading the sink {}", core.version(), config.sink);
    let plugin =
        Plugin::start(core, Gateway::new(core, callbacks, &TABLE), config).map_err(StartError::Thread)?;
    *running = Some(Arc::new(plugin));
    log(Level::Info, &line);
    Ok(())
}

fn read_config(core: &Core, folder: Option<&str>) -> Result<Config, ConfigError> {
    let path = Path::new(folder.ok_or(ConfigError::NoFolder)?).join(FILE);
    if let Err(error) = std::fs::File::open(&path) {
        return Err(ConfigError::Unreadable { path, error });
    }
    let Some(file) = ConfigFile::parse(core, &path) else { return Err(ConfigError::Syntax(path)) };
    let (config, warnings) = Config::read(&path, |section, key| file.get(section, key))?;
    for warning in warnings {
        log(Level::Warning, &warning);
    }
    Ok(config)
}

extern "C" fn destroy() {
    guarded("destroy", (), || {
        let plugin = RUNNING.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(plugin) = plugin {
            plugin.stop();
        }
    });
}

unsafe extern "C" fn create_session(session: *mut Session, error: *mut c_int) {
    let attached = guarded("create_session", false, || {
        let Some(plugin) = running() else { return false };
        // SAFETY: Janus gives a new handle, and with it one reference.
        let handle = unsafe { Handle::adopt(session) };
        handle.is_some_and(|handle| plugin.attach(handle))
    });
    report(error, attached);
}

unsafe extern "C" fn destroy_session(session: *mut Session, error: *mut c_int) {
    let detached =
        guarded("destroy_session", false, || running().is_some_and(|plugin| plugin.detach(key(session))));
    report(error, detached);
}

/// Leaves an error behind for the core unless all went well.
fn report(error: *mut c_int, ok: bool) {
    if !ok && !error.is_null() {
        // SAFETY: Janus gives a place for the error code, or null.
        unsafe { *error = -1 };
    }
}

unsafe extern "C" fn handle_message(
    session: *mut Session,
    transaction: *mut c_char,
    message: *mut Json,
    jsep: *mut Json,
) -> *mut PluginResult {
    guarded("handle_message", std::ptr::null_mut(), || {
        let Ok(core) = Core::find() else { return std::ptr::null_mut() };
        // SAFETY: Janus gives the text away, made by GLib.
        let transaction = unsafe { take_text(core, transaction) };
        // SAFETY: Janus gives one reference of each away.
        let (message, _jsep) = unsafe { (OwnedJson::adopt(core, message), OwnedJson::adopt(core, jsep)) };
        let answer = match running() {
            Some(plugin) => plugin.message(key(session), transaction, message.to_value()),
            None => Answer::Refused(c"No session"),
        };
        plugin_result(core, &answer)
    })
}

unsafe extern "C" fn setup_media(session: *mut Session) {
    guarded("setup_media", (), || {
        if let Some(plugin) = running() {
            plugin.media_up(key(session));
        }
    });
}

unsafe extern "C" fn incoming_rtp(session: *mut Session, packet: *mut Rtp) {
    guarded("incoming_rtp", (), || {
        // SAFETY: null, or Janus's struct, which lives during this call.
        let packet = unsafe { packet.as_ref() };
        if let (Some(plugin), Some(packet)) = (running(), packet)
            && packet.video == 0
            && !packet.buffer.is_null()
        {
            // SAFETY: the packet has this many bytes, and they live during this call.
            let bytes = unsafe { std::slice::from_raw_parts(packet.buffer.cast(), packet.length.into()) };
            plugin.rtp(key(session), bytes);
        }
    });
}

unsafe extern "C" fn incoming_rtcp(session: *mut Session, packet: *mut Rtcp) {
    guarded("incoming_rtcp", (), || {
        // SAFETY: null, or Janus's struct, which lives during this call.
        let packet = unsafe { packet.as_ref() };
        if let (Some(plugin), Some(packet)) = (running(), packet)
            && !packet.buffer.is_null()
        {
            // SAFETY: the packet has this many bytes, and they live during this call.
            let bytes = unsafe { std::slice::from_raw_parts(packet.buffer.cast(), packet.length.into()) };
            plugin.rtcp(key(session), bytes);
        }
    });
}

unsafe extern "C" fn slow_link(session: *mut Session, _mindex: c_int, _video: c_int, _uplink: c_int) {
    guarded("slow_link", (), || {
        if let Some(plugin) = running() {
            plugin.slow_link(key(session));
        }
    });
}

unsafe extern "C" fn hangup_media(session: *mut Session) {
    guarded("hangup_media", (), || {
        if let Some(plugin) = running() {
            plugin.media_down(key(session));
        }
    });
}

unsafe extern "C" fn query_session(session: *mut Session) -> *mut Json {
    guarded("query_session", std::ptr::null_mut(), || {
        let Ok(core) = Core::find() else { return std::ptr::null_mut() };
        let value = running().and_then(|plugin| plugin.query(key(session)));
        value.map_or(std::ptr::null_mut(), |value| OwnedJson::of(core, &value).into_raw())
    })
}
