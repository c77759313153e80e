//! `/metrics`: the state in Prometheus's text form (version 0.0.4).

use std::fmt::Write;
use std::time::Duration;

use super::clients::Clients;
use crate::pipeline::{Delay, Showcase, Snapshot};
use crate::whep::Whep;

/// The answer's media type.
pub const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The answer.
pub fn report(
    uptime: Duration,
    now: &Snapshot,
    showcase: &Showcase,
    clients: &Clients,
    whep: Option<&Whep>,
) -> String {
    let mut text = String::new();
    let jpegs = showcase.counts();
    let mut metric = |name: &str, kind: &str, help: &str, values: &[(&str, f64)]| {
        // Writing to a string does not fail.
        let _ = write!(text, "# HELP ustreamer_{name} {help}\n# TYPE ustreamer_{name} {kind}\n");
        for (labels, value) in values {
            let _ = writeln!(text, "ustreamer_{name}{labels} {value}");
        }
    };
    let version = concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
    metric("info", "gauge", "The version that runs.", &[(version, 1.0)]);
    metric("uptime_seconds", "gauge", "Time since the start.", &[("", uptime.as_secs_f64())]);
    metric("online", "gauge", "1 while the source gives pictures.", &[("", f64::from(u8::from(now.online)))]);
    metric("captured_frames_total", "counter", "Frames captured.", &[("", now.captured as f64)]);
    metric("captured_fps", "gauge", "Frames captured in the last second.", &[("", now.captured_fps.into())]);
    let size = now.status.size;
    let sides = [("{side=\"width\"}", size.width.into()), ("{side=\"height\"}", size.height.into())];
    metric("resolution_pixels", "gauge", "Size of the pictures.", &sides);
    let encoded = [("{codec=\"h264\"}", now.encoded as f64), ("{codec=\"jpeg\"}", jpegs.exposed as f64)];
    metric("encoded_frames_total", "counter", "Frames encoded and published.", &encoded);
    let fps = [("{codec=\"h264\"}", now.h264_fps.into()), ("{codec=\"jpeg\"}", showcase.fps().into())];
    metric("encoded_fps", "gauge", "Frames published in the last second.", &fps);
    metric("stream_clients", "gauge", "Clients of /stream.", &[("", clients.len() as f64)]);
    metric(
        "stream_parts_total",
        "counter",
        "Pictures sent to clients of /stream.",
        &[("", clients.parts() as f64)],
    );
    if let Some(whep) = whep {
        let (sessions, packets) = whep.totals();
        metric("webrtc_viewers", "gauge", "Viewers by WHEP.", &[("", whep.viewers() as f64)]);
        metric("webrtc_sessions_total", "counter", "Viewers by WHEP that came.", &[("", sessions as f64)]);
        metric(
            "webrtc_packets_total",
            "counter",
            "Packets of media sent to viewers by WHEP.",
            &[("", packets as f64)],
        );
    }
    let drops = &now.drops;
    let drops = [
        ("{codec=\"h264\",cause=\"replaced\"}", drops.replaced),
        ("{codec=\"h264\",cause=\"sink_busy\"}", drops.sink_busy),
        ("{codec=\"h264\",cause=\"sink_failed\"}", drops.sink_failed),
        ("{codec=\"h264\",cause=\"too_large\"}", drops.too_large),
        ("{codec=\"h264\",cause=\"encoder_failed\"}", drops.encoder_failed),
        ("{codec=\"h264\",cause=\"undecodable\"}", drops.undecodable),
        ("{codec=\"h264\",cause=\"swallowed\"}", drops.swallowed),
        ("{codec=\"h264\",cause=\"unchanged\"}", drops.unchanged),
        ("{codec=\"jpeg\",cause=\"replaced\"}", jpegs.replaced),
        ("{codec=\"jpeg\",cause=\"overtaken\"}", jpegs.overtaken),
        ("{codec=\"jpeg\",cause=\"identical\"}", jpegs.identical),
        ("{codec=\"jpeg\",cause=\"failed\"}", jpegs.failed),
        ("{codec=\"jpeg\",cause=\"sink\"}", jpegs.sink),
        ("{codec=\"any\",cause=\"capture_errors\"}", drops.capture_errors),
        ("{codec=\"any\",cause=\"capture_missed\"}", drops.capture_missed),
    ]
    .map(|(labels, count)| (labels, count as f64));
    metric("dropped_frames_total", "counter", "Frames left out, by cause.", &drops);
    let seconds = |us: u32| f64::from(us) / 1e6;
    for (codec, delay) in [("h264", now.delay), ("jpeg", showcase.delay())] {
        let Some(Delay { p50_us, p99_us, .. }) = delay else { continue };
        let quantiles = [("{quantile=\"0.5\"}", seconds(p50_us)), ("{quantile=\"0.99\"}", seconds(p99_us))];
        let help = "From capture to publication, over the newest frames.";
        metric(&format!("{codec}_delay_seconds"), "gauge", help, &quantiles);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Shared;

    #[test]
    fn each_line_is_a_comment_or_a_sample() {
        let text = report(
            Duration::from_millis(61_500),
            &Shared::default().snapshot(),
            &Showcase::new(None, 0),
            &Clients::default(),
            None,
        );
        assert!(text.contains("\nustreamer_uptime_seconds 61.5\n") && text.ends_with('\n'));
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                assert!(
                    comment.starts_with("HELP ustreamer_") || comment.starts_with("TYPE ustreamer_"),
                    "{line}"
                );
                continue;
            }
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = name.split('{').next().unwrap();
            assert!(text.contains(&format!("# TYPE {name} ")), "{line}");
            assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        }
    }
}
