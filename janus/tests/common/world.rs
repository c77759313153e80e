//! The plugin in this process, as Janus would have it: a core of the tests' own with Janus's real structs, which keeps what it is given, and a real sink.
#![allow(dead_code)]

use super::common::*;
use janus_ustreamer::abi::types::{Callbacks, Json, Plugin, PluginResult, Refcount, Rtcp, Rtp, Session};
use janus_ustreamer::entry::create;
use memsink::{SinkName, Writer};
use serde_json::Value;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// One packet as the core was given it: the handle, its bytes, and the playout delays.
pub type Sent = (usize, Vec<u8>, (i16, i16));
/// What was said with a packet: the handle, the rotation, and when it was captured.
pub type Marks = (usize, c_int, u64);

/// One event: the handle, the transaction, the event and the offer with it.
pub type Pushed = (usize, String, Value, Option<Value>);

pub static EVENTS: Mutex<Vec<Pushed>> = Mutex::new(vec![]);
pub static PACKETS: Mutex<Vec<Sent>> = Mutex::new(vec![]);
pub static MARKS: Mutex<Vec<Marks>> = Mutex::new(vec![]);
pub static FREED: AtomicUsize = AtomicUsize::new(0);

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The helpers of `core.c`, which is compiled and loaded once.
pub struct Core {
    pub log: *const c_char,
    pub packet: unsafe extern "C" fn(*mut Rtp, *mut *const u8, *mut c_int, *mut c_int) -> c_int,
    pub marks: unsafe extern "C" fn(*mut Rtp, *mut u64) -> c_int,
    pub json: unsafe extern "C" fn(*const c_char) -> *mut Json,
    pub json_free: unsafe extern "C" fn(*mut Json),
    pub text: unsafe extern "C" fn(*const c_char) -> *mut c_char,
    pub result_free: unsafe extern "C" fn(*mut PluginResult),
    pub dumps: unsafe extern "C" fn(*const Json, usize) -> *mut c_char,
}
// SAFETY: functions and a buffer of a library that stays loaded.
unsafe impl Send for Core {}
// SAFETY: as above.
unsafe impl Sync for Core {}

pub fn core() -> &'static Core {
    static CORE: OnceLock<Core> = OnceLock::new();
    CORE.get_or_init(|| {
        let handle = load_core(super::VERSION, super::NUMBER);
        // SAFETY: the types are those in core.c and jansson.h.
        unsafe {
            Core {
                log: symbol(handle, c"test_log"),
                packet: symbol(handle, c"test_packet"),
                marks: symbol(handle, c"test_marks"),
                json: symbol(handle, c"test_json"),
                json_free: symbol(handle, c"test_json_free"),
                text: symbol(handle, c"test_text"),
                result_free: symbol(handle, c"test_result_free"),
                dumps: symbol(libc::RTLD_DEFAULT, c"json_dumps"),
            }
        }
    })
}

/// # Safety
/// `T` is a pointer type that fits the symbol.
unsafe fn symbol<T: Copy>(handle: *mut c_void, name: &CStr) -> T {
    // SAFETY: an open library and a C string.
    let found = unsafe { libc::dlsym(handle, name.as_ptr()) };
    assert!(!found.is_null() && size_of::<T>() == size_of_val(&found), "{name:?}");
    // SAFETY: of one size, and the caller vouches for the type.
    unsafe { std::mem::transmute_copy(&found) }
}

pub fn log() -> String {
    // SAFETY: a C string in a buffer that stays; a line being written may be cut.
    unsafe { CStr::from_ptr(core().log) }.to_string_lossy().into_owned()
}

fn value(json: *const Json) -> Option<Value> {
    if json.is_null() {
        return None;
    }
    // SAFETY: a live jansson value; its text is malloc's.
    unsafe {
        let text = (core().dumps)(json, 0x200);
        let value = serde_json::from_slice(CStr::from_ptr(text).to_bytes()).ok();
        libc::free(text.cast());
        value
    }
}

unsafe extern "C" fn push_event(
    session: *mut Session,
    plugin: *const Plugin,
    transaction: *const c_char,
    message: *mut Json,
    jsep: *mut Json,
) -> c_int {
    assert!(ptr::eq(plugin, create()));
    // SAFETY: a C string.
    let transaction = unsafe { CStr::from_ptr(transaction) }.to_string_lossy().into_owned();
    lock(&EVENTS).push((session as usize, transaction, value(message).unwrap(), value(jsep)));
    0
}

unsafe extern "C" fn relay_rtp(session: *mut Session, rtp: *mut Rtp) {
    let (mut buffer, mut length, mut video) = (ptr::null(), 0, 0);
    // SAFETY: a whole struct by contract, whose packet lives during this call; the session must be alive, which is
    // what is being tested.
    unsafe {
        assert_ne!((*session).stopped, 77, "a packet for a freed session");
        let delays = (core().packet)(rtp, &mut buffer, &mut length, &mut video);
        assert_eq!(video, 1);
        let mut captured = 0;
        let rotation = (core().marks)(rtp, &mut captured);
        lock(&MARKS).push((session as usize, rotation, captured));
        let bytes = std::slice::from_raw_parts(buffer, length as usize).to_vec();
        lock(&PACKETS).push((session as usize, bytes, ((delays >> 16) as i16, delays as i16)));
    }
}

unsafe extern "C" fn no_rtcp(_: *mut Session, _: *mut Rtcp) {}
unsafe extern "C" fn no_data(_: *mut Session, _: *mut c_void) {}
unsafe extern "C" fn no_session(_: *mut Session) {}
unsafe extern "C" fn no_stream(_: *mut Session, _: c_int) {}
unsafe extern "C" fn no_remb(_: *mut Session, _: u32) {}
unsafe extern "C" fn no() -> c_int {
    0
}
unsafe extern "C" fn no_event(_: *const Plugin, _: *mut Session, _: *mut Json) {}
unsafe extern "C" fn no_token(_: *const Plugin, _: *const c_char) -> c_int {
    0
}
unsafe extern "C" fn no_descriptor(_: *const Plugin, _: *const c_char, _: *const c_char) -> c_int {
    0
}

pub static CALLBACKS: Callbacks = Callbacks {
    push_event,
    relay_rtp,
    relay_rtcp: no_rtcp,
    relay_data: no_data,
    send_pli: no_session,
    send_pli_stream: no_stream,
    send_remb: no_remb,
    close_pc: no_session,
    end_session: no_session,
    events_is_enabled: no,
    notify_event: no_event,
    auth_is_signed: no,
    auth_is_signature_valid: no_token,
    auth_signature_contains: no_descriptor,
};

/// Frees a session the way the core does, and marks it so that a later use shows.
unsafe extern "C" fn free_session(refcount: *const Refcount) {
    let offset = std::mem::offset_of!(Session, refcount);
    // SAFETY: every count here is inside a leaked Session.
    unsafe { (*refcount.byte_sub(offset).cast::<Session>().cast_mut()).stopped = 77 };
    FREED.fetch_add(1, Ordering::SeqCst);
}

/// A session as the core makes one: two references, one of them the plugin's. Its memory stays, and is known, so that
/// valgrind tells of none but the plugin's.
pub fn session() -> *mut Session {
    static ALL: Mutex<Vec<usize>> = Mutex::new(vec![]);
    let refcount = Refcount { count: 2, free: Some(free_session) };
    let session = Box::into_raw(Box::new(Session {
        gateway: ptr::null_mut(),
        plugin: ptr::null_mut(),
        stopped: 0,
        refcount,
    }));
    lock(&ALL).push(session.expose_provenance());
    session
}

/// The core lets its reference go.
pub fn core_lets_go(session: *mut Session) {
    // SAFETY: the memory stays; the count is atomic.
    unsafe {
        let count = &raw mut (*session).refcount.count;
        if AtomicI32::from_ptr(count).fetch_sub(1, Ordering::AcqRel) == 1 {
            free_session(&raw const (*session).refcount);
        }
    }
}

/// The plugin, started on a sink of its own; the tests take turns.
pub struct World {
    pub table: &'static Plugin,
    pub sink: SinkName,
    _scratch: Scratch,
    _turn: MutexGuard<'static, ()>,
}

impl World {
    pub fn new(test: &str) -> World {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = lock(&TURN);
        core();
        lock(&EVENTS).clear();
        lock(&PACKETS).clear();
        lock(&MARKS).clear();
        let sink = sink(test);
        let scratch = Scratch::new(test);
        scratch.write("janus.plugin.ustreamer.jcfg", &format!("memsink object {sink}"));
        let folder = CString::new(scratch.0.to_str().unwrap()).unwrap();
        // SAFETY: a static table, static callbacks, and a C string.
        let (table, result) = unsafe {
            let table = &*create();
            (table, (table.init)(&CALLBACKS, folder.as_ptr()))
        };
        assert_eq!(result, 0, "{}", log());
        World { table, sink, _scratch: scratch, _turn: turn }
    }

    pub fn attach(&self) -> *mut Session {
        let session = session();
        let mut error = 0;
        // SAFETY: a fresh session.
        unsafe { (self.table.create_session)(session, &mut error) };
        assert_eq!(error, 0);
        session
    }

    /// Sends a message; the direct answer, or the error's text.
    pub fn send(&self, session: *mut Session, transaction: &str, message: &str) -> Result<Value, String> {
        let (transaction, message) = (CString::new(transaction).unwrap(), CString::new(message).unwrap());
        // SAFETY: the plugin is given what is its own, and gives the result away.
        unsafe {
            let result = (self.table.handle_message)(
                session,
                (core().text)(transaction.as_ptr()),
                (core().json)(message.as_ptr()),
                ptr::null_mut(),
            );
            assert!(!result.is_null());
            let answer = match (*result).kind {
                0 => Ok(value((*result).content).unwrap()),
                _ => Err(CStr::from_ptr((*result).text).to_string_lossy().into_owned()),
            };
            (core().result_free)(result);
            answer
        }
    }

    /// Waits for the event that answers a transaction.
    pub fn event(&self, session: *mut Session, transaction: &str) -> (Value, Option<Value>) {
        let mut found = None;
        until(transaction, || {
            let events = lock(&EVENTS);
            found = events
                .iter()
                .find(|event| (event.0, event.1.as_str()) == (session as usize, transaction))
                .cloned();
            found.is_some()
        });
        let (_, _, event, jsep) = found.unwrap();
        (event, jsep)
    }

    /// A viewer that plays.
    pub fn viewer(&self, writer: &mut Writer) -> *mut Session {
        let session = self.attach();
        // SAFETY: an attached session.
        unsafe { (self.table.setup_media)(session) };
        until("the first packet", || {
            publish(writer, &key_unit(), true);
            std::thread::sleep(std::time::Duration::from_millis(10));
            lock(&PACKETS).iter().any(|packet| packet.0 == session as usize)
        });
        session
    }

    pub fn query(&self, session: *mut Session) -> Value {
        // SAFETY: any pointer may be asked for; a value is given away.
        unsafe {
            let json = (self.table.query_session)(session);
            let told = value(json).unwrap_or_default();
            if !json.is_null() {
                (core().json_free)(json);
            }
            told
        }
    }

    pub fn detach(&self, session: *mut Session) -> c_int {
        let mut error = 0;
        // SAFETY: any pointer may be given; it is not followed.
        unsafe { (self.table.destroy_session)(session, &mut error) };
        error
    }
}

impl Drop for World {
    fn drop(&mut self) {
        (self.table.destroy)();
    }
}
