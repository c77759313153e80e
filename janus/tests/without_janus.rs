//! The table of functions in a process that is not Janus: every call is answered, none crashes.
#![allow(clippy::unwrap_used)]

use janus_ustreamer::abi::types::{Json, Rtcp, Session};
use janus_ustreamer::entry::create;
use std::ffi::CStr;
use std::ptr;

#[test]
fn every_call_is_answered_without_a_core() {
    // SAFETY: `create` gives a static table; all arguments are null or live on this stack.
    unsafe {
        let table = &*create();
        assert_eq!((table.get_api_compatibility)(), 106);
        assert_eq!(CStr::from_ptr((table.get_package)()).to_bytes(), b"janus.plugin.ustreamer");
        for text in [table.get_version_string, table.get_description, table.get_name, table.get_author] {
            assert!(!CStr::from_ptr(text()).is_empty());
        }
        let nowhere: *mut Session = ptr::without_provenance_mut(0x10);
        for _ in 0..2 {
            assert_eq!((table.init)(ptr::null(), ptr::null()), -1);
            assert_eq!((table.init)(ptr::null(), c"/nonexistent".as_ptr()), -1);
            for session in [ptr::null_mut(), nowhere] {
                let mut error = 0;
                (table.create_session)(session, &mut error);
                assert_eq!(error, -1);
                (table.create_session)(session, ptr::null_mut());
                let message: *mut Json = ptr::null_mut();
                assert!((table.handle_message)(session, ptr::null_mut(), message, message).is_null());
                (table.setup_media)(session);
                (table.hangup_media)(session);
                let mut rtcp = Rtcp { mindex: 0, video: 1, buffer: ptr::null_mut(), length: 9 };
                (table.incoming_rtcp.unwrap())(session, &mut rtcp);
                (table.incoming_rtcp.unwrap())(session, ptr::null_mut());
                assert!((table.query_session)(session).is_null());
                error = 0;
                (table.destroy_session)(session, &mut error);
                assert_eq!(error, -1);
                (table.destroy_session)(session, ptr::null_mut());
            }
            (table.destroy)();
        }
    }
}
