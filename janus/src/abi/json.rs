//! JSON across the border: jansson's values in, serde's inside.

use super::core::{Core, c_text};
use super::types::{Json, PluginResult};
use serde_json::Value;
use std::ffi::{CStr, c_char, c_int};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// jansson's flag: any value may be the outermost.
const ENCODE_ANY: usize = 0x200;

/// One reference to a jansson value, given back when dropped; null for none.
pub struct OwnedJson<'a> {
    core: &'a Core,
    json: *mut Json,
}

impl<'a> OwnedJson<'a> {
    /// Takes over a reference.
    ///
    /// # Safety
    /// `json` is null or a jansson value of which one reference becomes ours.
    pub unsafe fn adopt(core: &'a Core, json: *mut Json) -> Self {
        OwnedJson { core, json }
    }

    /// A jansson value like this one; null if jansson refuses it.
    pub fn of(core: &'a Core, value: &Value) -> Self {
        let text = c_text(&value.to_string());
        // SAFETY: a C string; no error struct is asked for.
        let json = unsafe { (core.json_loads)(text.as_ptr(), 0, ptr::null_mut()) };
        OwnedJson { core, json }
    }

    /// No value.
    pub fn none(core: &'a Core) -> Self {
        OwnedJson { core, json: ptr::null_mut() }
    }

    /// Lends it to C.
    pub fn as_ptr(&self) -> *mut Json {
        self.json
    }

    /// Hands the reference to C.
    pub fn into_raw(self) -> *mut Json {
        std::mem::ManuallyDrop::new(self).json
    }

    /// The same as a serde value; `None` for no value.
    pub fn to_value(&self) -> Option<Value> {
        if self.json.is_null() {
            return None;
        }
        // SAFETY: a live value; jansson gives a C string made by malloc, or null.
        let text = unsafe { (self.core.json_dumps)(self.json, ENCODE_ANY) };
        if text.is_null() {
            return None;
        }
        // SAFETY: a C string that is ours until it is freed on the next line, and freed only there.
        let value = serde_json::from_slice(unsafe { CStr::from_ptr(text) }.to_bytes()).ok();
        // SAFETY: malloc made it.
        unsafe { libc::free(text.cast()) };
        value
    }
}

impl Drop for OwnedJson<'_> {
    fn drop(&mut self) {
        if self.json.is_null() {
            return;
        }
        // SAFETY: a live value of which one reference is ours; jansson counts by atomic operations on this field.
        let last = unsafe {
            let count = AtomicUsize::from_ptr(&raw mut (*self.json).refcount);
            count.load(Ordering::Relaxed) != usize::MAX && count.fetch_sub(1, Ordering::AcqRel) == 1
        };
        if last {
            // SAFETY: nobody else has a reference.
            unsafe { (self.core.json_delete)(self.json) };
        }
    }
}

/// Takes over a string that GLib made and the core gave away.
///
/// # Safety
/// `text` is null or such a string, used by nobody else.
pub unsafe fn take_text(core: &Core, text: *mut c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: a C string by contract.
    let owned = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    // SAFETY: GLib made it.
    unsafe { (core.g_free)(text.cast()) };
    owned
}

/// The direct answer to a message.
pub enum Answer {
    /// Answered with this value.
    Done(Value),
    /// Refused, in a few words.
    Refused(&'static CStr),
}

/// The core's own struct for an answer.
pub fn plugin_result(core: &Core, answer: &Answer) -> *mut PluginResult {
    let (kind, text, content): (c_int, *const c_char, *mut Json) = match answer {
        Answer::Done(value) => (0, ptr::null(), OwnedJson::of(core, value).into_raw()),
        Answer::Refused(text) => (-1, text.as_ptr(), ptr::null_mut()),
    };
    // SAFETY: the text is static, and the content's reference goes over to the result.
    unsafe { (core.result_new)(kind, text, content) }
}
