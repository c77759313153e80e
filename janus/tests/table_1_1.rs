//! The table of functions at work with the structs of Janus 1.1.2.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/table.rs"]
mod table;
#[path = "common/world.rs"]
mod world;

const VERSION: &str = "1.1";
const NUMBER: u32 = 1102;

/// What the plugin is to find out about it.
fn layout() -> serde_json::Value {
    serde_json::json!({"version": "1.1.2", "rtp_size": 304, "rtp_extensions": 20})
}
