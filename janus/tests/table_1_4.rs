//! The table of functions at work with the structs of Janus 1.4.1.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/table.rs"]
mod table;
#[path = "common/world.rs"]
mod world;

const VERSION: &str = "1.4";
const NUMBER: u32 = 1401;

/// What the plugin is to find out about it.
fn layout() -> serde_json::Value {
    serde_json::json!({"version": "1.4.1", "rtp_size": 328, "rtp_extensions": 24})
}
