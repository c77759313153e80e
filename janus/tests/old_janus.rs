//! A Janus of the 0.x series: its structs are others, so the plugin says so and stays out of the way.
#![allow(clippy::unwrap_used)]

mod common;

use common::load_core;
use janus_ustreamer::entry::create;
use std::ffi::CStr;
use std::ptr;

#[test]
fn janus_0_x_is_refused_with_one_line_in_its_log() {
    let core = load_core("1.1", 114);
    // SAFETY: the log is a C string in the library just loaded; `create` gives a static table.
    unsafe {
        assert_eq!(((*create()).init)(ptr::null(), c"/etc/janus".as_ptr()), -1);
        let log = CStr::from_ptr(libc::dlsym(core, c"test_log".as_ptr()).cast()).to_str().unwrap();
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(
            log.starts_with("[ERR] [ustreamer] the plugin is not used: Janus 0.x (114) is too old;"),
            "{log}"
        );
        assert!(log.contains("needs Janus 1.0 or newer"), "{log}");
    }
}
