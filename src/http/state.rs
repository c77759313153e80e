//! `/state`: µStreamer's JSON, and beside it what its users kept asking for.

use std::time::Duration;

use memsink::Micros;
use serde_json::{Value, json};

use super::Site;
use super::clients::Clients;
use crate::config::{Config, JpegKind, SourceConfig};
use crate::pipeline::{JpegMaker, Showcase, Snapshot};

/// The answer.
pub fn report(site: &Site) -> Value {
    let mut report =
        of(&site.config, site.started.elapsed(), &site.shared.snapshot(), &site.showcase, &site.clients);
    // What was changed since the start.
    let settings = site.tuning.settings();
    let result = &mut report["result"];
    result["encoder"]["quality"] = json!(settings.quality);
    result["source"]["desired_fps"] = json!(settings.fps.map_or(0, |fps| fps.get()));
    if let Some((bitrate, gop)) = settings.h264 {
        result["h264"]["bitrate"] = json!(bitrate);
        result["h264"]["gop"] = json!(gop);
        result["h264"]["viewers"] = json!(site.h264_viewers());
    }
    if let Some(whep) = &site.whep {
        result["whep"] = json!({"port": whep.port(), "viewers": whep.reports()});
    }
    if let Some((sink, raw)) = site.config.raw.as_ref().zip(site.raw.as_ref()) {
        result["sinks"]["raw"] =
            json!({"name": sink.name.as_str(), "has_clients": raw.has_clients(), "frames": raw.counts()});
    }
    report
}

/// Who makes JPEGs, by µStreamer's names, and why.
fn maker(config: &Config, maker: &JpegMaker) -> (&'static str, String) {
    let kind = config.jpeg.kernel.as_ref().map(|kernel| kernel.kind);
    match (maker, kind) {
        (JpegMaker::Kernel(words), Some(JpegKind::Image)) => ("M2M-IMAGE", words.clone()),
        (JpegMaker::Kernel(words), Some(JpegKind::Video)) => ("M2M-VIDEO", words.clone()),
        (JpegMaker::Kernel(words) | JpegMaker::Software(Some(words)), _) => {
            ("CPU", format!("libjpeg-turbo on {} threads: {words}", config.jpeg.workers))
        }
        (JpegMaker::Software(None), _) => {
            ("CPU", format!("libjpeg-turbo on {} threads", config.jpeg.workers))
        }
    }
}

/// The fields of µStreamer 6.62 keep their names, places and types.
fn of(config: &Config, uptime: Duration, now: &Snapshot, showcase: &Showcase, clients: &Clients) -> Value {
    let size = config.http.fake_resolution.unwrap_or(now.status.size);
    // A camera's JPEGs pass: µStreamer calls that encoder HW.
    let (encoder, why) = match now.status.format.as_str() {
        "MJPG" | "JPEG" => ("HW", "the camera sends JPEGs, which pass as they are".to_owned()),
        _ => maker(config, &now.status.jpeg),
    };
    let counts = showcase.counts();
    let device = match &config.source {
        SourceConfig::Device(device) => device.path.display().to_string(),
        SourceConfig::Test(test) => format!("test:{}@{}", test.size, test.fps),
    };
    let mut result = json!({
        "instance_id": config.http.instance_id,
        "version": env!("CARGO_PKG_VERSION"),
        "uptime": uptime.as_secs(),
        "clock": {"monotonic_us": Micros::now().0},
        "encoder": {"type": encoder, "quality": config.jpeg.quality, "why": why},
        "source": {
            "resolution": {"width": size.width, "height": size.height},
            "online": now.online,
            "desired_fps": config.desired_fps.map_or(0, |fps| fps.get()),
            "captured_fps": now.captured_fps,
            "device": device,
            "format": now.status.format,
            "reason": now.status.reason,
            "sequence": now.sequence,
            "captured": now.captured,
        },
        "stream": {
            "queued_fps": showcase.fps(),
            "clients": clients.len(),
            "clients_stat": clients.stat(),
            "published": counts.exposed,
            "drops": counts,
            "delay": showcase.delay(),
        },
        "drops": now.drops,
    });
    if let Some(h264) = &config.h264 {
        result["h264"] = json!({
            "bitrate": h264.bitrate,
            "gop": h264.gop,
            "online": now.online,
            "fps": now.h264_fps,
            "published": now.encoded,
            "encoder": {"name": now.status.encoder, "why": now.status.why, "refused": now.status.refused},
            "delay": now.delay,
            "congestion": now.status.relief.map(|relief| json!({
                "wished": relief.wish.kbps,
                "why": relief.wish.cause.word(),
                "bitrate": relief.bitrate,
                "fps": relief.fps,
            })),
        });
        if let Some(sink) = &h264.sink {
            result["sinks"]["h264"] = json!({"name": sink.name.as_str(), "has_clients": now.has_clients});
        }
    }
    if let Some(sink) = &config.jpeg.sink {
        result["sinks"]["jpeg"] =
            json!({"name": sink.name.as_str(), "has_clients": showcase.sink_has_clients()});
    }
    if let Some(url) = &config.http.janus_url {
        result["janus"] = json!(url);
    }
    // As a browser's RTCIceServer.
    let servers = config.http.ice_servers.iter().map(|server| match &server.credentials {
        Some((user, password)) => json!({"urls": server.url, "username": user, "credential": password}),
        None => json!({"urls": server.url}),
    });
    if servers.len() > 0 {
        result["ice_servers"] = servers.collect();
    }
    json!({"ok": true, "result": result})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Options, Request};
    use crate::pipeline::Shared;

    fn state(arguments: &[&str]) -> Value {
        let all = std::iter::once(&"ustreamer").chain(arguments).copied();
        let Ok(Request::Run(options)) = Options::parse(all) else { panic!("{arguments:?}") };
        let config = options.into_config().expect("a good combination");
        let now = Shared::default().snapshot();
        of(&config, Duration::from_secs(61), &now, &Showcase::new(None, 0), &Clients::default())
    }

    /// The paths of all values.
    fn paths(value: &Value, at: &str, all: &mut Vec<String>) {
        match value.as_object() {
            Some(object) if !object.is_empty() => {
                for (key, value) in object {
                    paths(value, &format!("{at}/{key}"), all);
                }
            }
            _ => all.push(at.to_owned()),
        }
    }

    #[test]
    fn ustreamers_fields_are_all_there_with_their_types() {
        // An answer of µStreamer 6.62 with an H.264 sink and nobody on /stream.
        let theirs = json!({"ok": true, "result": {
            "instance_id": "demo/1", "encoder": {"type": "CPU", "quality": 80},
            "h264": {"bitrate": 5000, "gop": 30, "online": false, "fps": 0},
            "sinks": {"jpeg": {"has_clients": false}, "h264": {"has_clients": false}},
            "source": {"resolution": {"width": 1280, "height": 720}, "online": false, "desired_fps": 0,
                       "captured_fps": 0},
            "stream": {"queued_fps": 0, "clients": 0, "clients_stat": {}}}});
        let ours =
            state(&["-d", "test", "--instance-id=demo/1", "--h264-sink=a::h264", "--jpeg-sink=a::jpeg"]);
        let mut all = Vec::new();
        paths(&theirs, "", &mut all);
        assert!(all.len() > 12);
        for path in all {
            let (theirs, ours) = (theirs.pointer(&path), ours.pointer(&path));
            let same = match (theirs, ours) {
                (Some(Value::Number(_)), Some(Value::Number(_))) => true,
                (theirs, ours) => theirs == ours,
            };
            assert!(same, "{path}: {theirs:?} there, {ours:?} here");
        }
    }

    #[test]
    fn what_was_not_asked_for_is_not_there() {
        let result = &state(&[])["result"];
        assert!(
            result.get("h264").is_none() && result.get("sinks").is_none() && result.get("janus").is_none()
        );
        assert_eq!(result["source"]["device"], "/dev/video0");
        assert_eq!(result["uptime"], 61);
        assert!(result["clock"]["monotonic_us"].as_u64().is_some_and(|now| now > 0));
    }

    #[test]
    fn the_page_is_told_where_janus_is() {
        assert_eq!(state(&["--janus-url", "ws://cam:8188/"])["result"]["janus"], "ws://cam:8188/");
    }

    #[test]
    fn the_page_is_told_of_ice_servers_as_it_needs_them() {
        let result =
            &state(&["--ice-server=stun:a.example", "--ice-server=turn:me:secret@b.example:3478"])["result"];
        let expected = json!([{"urls": "stun:a.example"},
            {"urls": "turn:b.example:3478", "username": "me", "credential": "secret"}]);
        assert_eq!(result["ice_servers"], expected);
        assert!(state(&[])["result"].get("ice_servers").is_none());
    }
}
