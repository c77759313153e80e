//! `/state`: µStreamer's JSON, and beside it what its users kept asking for.

use std::time::Instant;

use memsink::Micros;
use serde_json::{Value, json};
use std::sync::LazyLock;

use crate::config::{Config, SourceConfig};
use crate::pipeline::Shared;

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The answer. The fields of µStreamer 6.62 keep their names, places and types.
pub fn report(config: &Config, shared: &Shared) -> Value {
    let now = shared.snapshot();
    let device = match &config.source {
        SourceConfig::Device(device) => device.path.display().to_string(),
        SourceConfig::Test(test) => format!("test:{}@{}", test.size, test.fps),
    };
    let mut result = json!({
        "instance_id": config.http.instance_id,
        "version": env!("CARGO_PKG_VERSION"),
        "uptime": STARTED.elapsed().as_secs(),
        "clock": {"monotonic_us": Micros::now().0},
        "encoder": {"type": "CPU", "quality": config.http.quality},
        "source": {
            "resolution": {"width": now.status.size.width, "height": now.status.size.height},
            "online": now.online,
            "desired_fps": config.desired_fps.map_or(0, |fps| fps.get()),
            "captured_fps": now.captured_fps,
            "device": device,
            "format": now.status.format,
            "reason": now.status.reason,
            "sequence": now.sequence,
            "captured": now.captured,
        },
        "stream": {"queued_fps": 0, "clients": 0, "clients_stat": {}},
        "drops": now.drops,
    });
    if let Some(h264) = &config.h264 {
        result["h264"] = json!({
            "bitrate": h264.bitrate,
            "gop": h264.gop,
            "online": now.online,
            "fps": now.h264_fps,
            "published": now.encoded,
            "encoder": {"name": now.status.encoder, "why": now.status.why},
            "delay": now.delay,
        });
        result["sinks"] = json!({"h264": {"name": h264.sink.name.as_str(), "has_clients": now.has_clients}});
    }
    if let Some(url) = &config.http.janus_url {
        result["janus"] = json!(url);
    }
    json!({"ok": true, "result": result})
}

/// Called at the start, so that `uptime` counts from there.
pub fn started() {
    LazyLock::force(&STARTED);
}
