//! Our declarations of Janus's structs against Janus's own headers, 1.1.2's and 1.4.1's, by a C program that prints
//! their layout.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Scratch, compile};
use janus_ustreamer::abi::config::{CATEGORY, Container, ITEM};
use janus_ustreamer::abi::core::CAPTURE_TIME;
use janus_ustreamer::abi::types::{
    Callbacks, Json, Plugin, PluginResult, Refcount, Rtcp, Rtp, RtpExtensions, Session,
};
use std::fmt::Write;
use std::mem::{offset_of, size_of};
use std::process::Command;

macro_rules! sizes { ($out:ident: $($name:literal $type:ty),* $(,)?) => { $(
    writeln!($out, "sizeof {} {}", $name, size_of::<$type>()).unwrap();
)* } }

macro_rules! offsets { ($out:ident: $($name:literal $type:ty { $($theirs:literal $ours:tt),* $(,)? })*) => { $($(
    writeln!($out, "{}.{} {}", $name, $theirs, offset_of!($type, $ours)).unwrap();
)*)* } }

#[test]
fn the_declarations_are_those_of_the_headers() {
    let mut ours = String::new();
    sizes!(ours:
        "janus_plugin" Plugin, "janus_callbacks" Callbacks, "janus_plugin_session" Session,
        "janus_plugin_result" PluginResult, "janus_plugin_rtcp" Rtcp, "janus_config_container" Container,
    );
    offsets!(ours:
        "json_t" Json { "type" kind, "refcount" refcount }
        "janus_plugin_session" Session { "gateway_handle" gateway, "plugin_handle" plugin, "stopped" stopped, "ref" refcount }
        "janus_refcount" Refcount { "count" count, "free" free }
        "janus_plugin_rtp" Rtp { "mindex" mindex, "video" video, "buffer" buffer, "length" length }
        "janus_plugin_rtcp" Rtcp { "buffer" buffer, "length" length }
        "janus_plugin_rtp_extensions" RtpExtensions { "min_delay" min_delay, "max_delay" max_delay, "video_rotation" video_rotation }
        "janus_plugin_result" PluginResult { "type" kind, "text" text, "content" content }
        "janus_config_container" Container { "type" kind, "name" name, "value" value }
        "janus_callbacks" Callbacks {
            "push_event" push_event, "relay_rtp" relay_rtp, "send_pli_stream" send_pli_stream, "close_pc" close_pc,
            "auth_signature_contains" auth_signature_contains,
        }
        "janus_plugin" Plugin {
            "init" init, "destroy" destroy, "get_api_compatibility" get_api_compatibility, "get_version" get_version,
            "get_version_string" get_version_string, "get_package" get_package, "create_session" create_session,
            "handle_message" handle_message, "handle_admin_message" handle_admin_message, "setup_media" setup_media,
            "incoming_rtp" incoming_rtp, "incoming_rtcp" incoming_rtcp, "incoming_data" incoming_data,
            "data_ready" data_ready, "slow_link" slow_link, "hangup_media" hangup_media,
            "destroy_session" destroy_session, "query_session" query_session,
        }
    );
    writeln!(ours, "config item {ITEM}\nconfig category {CATEGORY}\nresult error -1\nresult ok 0").unwrap();

    let scratch = Scratch::new("layout");
    for version in ["1.1", "1.4"] {
        let program = scratch.0.join("layout");
        compile("layout.c", &program, version, &[]);
        let theirs = String::from_utf8(Command::new(program).output().unwrap().stdout).unwrap();
        // What is there since 1.2.1 only.
        let capture_time = format!("janus_plugin_rtp_extensions.abs_capture_ts {CAPTURE_TIME}\n");
        assert_eq!(theirs.contains(&capture_time), version == "1.4", "{theirs}");
        assert_eq!(ours, theirs.replace(&capture_time, ""), "Janus {version}");
    }
}
