//! `/stream`: JPEG after JPEG in one answer without end (multipart/x-mixed-replace), and `/snapshot`: one of them.
//!
//! What must always hold: a client gets the newest picture whenever it has taken the one before, so it may skip pictures and never
//! lags behind by more than one; what is held for it is that one, shared with all others, and a few hundred bytes of headers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use memsink::Micros;
use tokio::time::timeout;

use super::Site;
use super::clients::Client;
use super::query::StreamQuery;
use crate::pipeline::{BOUNDARY, Jpeg, Viewer};

/// Where no new picture comes, the last one is sent again: viewers and what lies between see that all is well.
const REPEAT: Duration = Duration::from_secs(1);
/// After this long without a new picture, the last one counts as the final one (`dual_final_frames`).
const FINAL: Duration = Duration::from_millis(100);
/// How long a snapshot waits for what the source shows now.
const PATIENCE: Duration = Duration::from_secs(3);

const MIXED: HeaderValue = HeaderValue::from_static("multipart/x-mixed-replace;boundary=boundarydonotcross");
const JPEG: HeaderValue = HeaderValue::from_static("image/jpeg");

/// µStreamer's headers against caches of every age.
fn never_stored() -> HeaderMap {
    HeaderMap::from_iter([
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static(
                "no-store, no-cache, must-revalidate, proxy-revalidate, pre-check=0, post-check=0, max-age=0",
            ),
        ),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
        (header::EXPIRES, HeaderValue::from_static("Mon, 3 Jan 2000 12:34:56 GMT")),
    ])
}

/// The answer that goes on until the client leaves. With `body` false its head alone.
pub fn stream(site: &Arc<Site>, query: StreamQuery, body: bool) -> Response {
    let mut headers = never_stored();
    headers.insert(header::CONTENT_TYPE, MIXED);
    if !body {
        return headers.into_response();
    }
    let client = site.clients.join(query.clone());
    let instance = &site.config.http.instance_id;
    let instance = if instance.is_empty() { String::new() } else { format!("_{instance}") };
    let cookie = format!("stream_client{instance}={}/{:x}; path=/; max-age=30", query.key, client.id());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    let mut parts = Parts {
        viewer: site.showcase.watch(),
        client,
        dual: query.dual_final_frames && site.config.jpeg.drop_same_frames > 0,
        query,
        ready: VecDeque::from([Bytes::from_static(&BOUNDARY[2..])]),
        last: None,
        owed: false,
    };
    if parts.query.advance_headers {
        parts.advance();
    }
    let pieces = unfold(parts, |mut parts| async move {
        let piece = parts.piece().await;
        Some((Ok::<_, Infallible>(piece), parts))
    });
    let mut answer = (headers, Body::from_stream(pieces)).into_response();
    // Ends with the connection and has no chunks, as µStreamer's: simple clients read the bytes as they come.
    *answer.version_mut() = Version::HTTP_10;
    answer
}

/// One client's answer.
struct Parts {
    viewer: Viewer,
    client: Client,
    query: StreamQuery,
    dual: bool,
    /// What is to be sent next.
    ready: VecDeque<Bytes>,
    /// The picture sent last.
    last: Option<Arc<Jpeg>>,
    /// That one is to be sent once more if it is the final one.
    owed: bool,
}

impl Parts {
    /// What is to be sent next; asked for only when all before is on its way.
    async fn piece(&mut self) -> Bytes {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return piece;
            }
            if let Some(jpeg) = self.picture().await {
                self.part(&jpeg);
            }
        }
    }

    /// The next picture: a new one, or after a while the last one again.
    async fn picture(&mut self) -> Option<Arc<Jpeg>> {
        let pause = if self.owed { FINAL } else { REPEAT };
        let new = timeout(pause, self.viewer.next()).await.ok();
        self.owed = self.dual && new.is_some();
        if new.is_some() {
            self.last = new;
        }
        self.last.clone()
    }

    /// A picture's part becomes what is to be sent: its headers, then it and the boundary behind it.
    fn part(&mut self, jpeg: &Jpeg) {
        let now = Micros::now();
        let fps = self.client.sent(now);
        if !self.query.advance_headers {
            let length = if self.query.zero_data { 0 } else { jpeg.data().len() };
            let mut head = format!(
                "Content-Type: image/jpeg\r\nContent-Length: {length}\r\nX-Timestamp: {}\r\n",
                seconds(unix_time())
            );
            if self.query.extra_headers {
                extra(&mut head, jpeg, fps, now);
            }
            head.push_str("\r\n");
            self.ready.push_back(head.into());
        }
        self.ready.push_back(if self.query.zero_data { Bytes::from_static(BOUNDARY) } else { jpeg.framed() });
        if self.query.advance_headers {
            self.advance();
        }
    }

    /// The headers of a part whose picture is yet to come.
    fn advance(&mut self) {
        let head = format!("Content-Type: image/jpeg\r\nX-Timestamp: {}\r\n\r\n", seconds(unix_time()));
        self.ready.push_back(head.into());
    }
}

/// What a part tells of its picture, in µStreamer's names. Times are those of the monotonic clock.
fn extra(head: &mut String, jpeg: &Jpeg, fps: u32, now: Micros) {
    let meta = &jpeg.meta;
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        // Writing to a string does not fail.
        let _ = write!(head, "X-UStreamer-{name}: {value}\r\n");
    };
    line("Online", &meta.online);
    line("Dropped", &jpeg.dropped);
    line("Width", &jpeg.size.width);
    line("Height", &jpeg.size.height);
    line("Client-FPS", &fps);
    for (name, time) in [
        ("Grab-Begin-Time", meta.captured),
        ("Grab-End-Time", meta.dequeued),
        ("Encode-Begin-Time", jpeg.encode_begin),
        ("Encode-End-Time", jpeg.encode_end),
        ("Expose-Begin-Time", jpeg.exposed),
        ("Expose-Cmp-Time", jpeg.exposed),
        ("Expose-End-Time", jpeg.exposed),
        ("Send-Time", now),
        ("Latency", Micros(now.since(meta.captured))),
    ] {
        line(name, &seconds(time));
    }
}

/// What the source shows now: a picture captured after the request, or for who asks often one that is ready. With `body` false the head alone, at once.
pub async fn snapshot(site: &Arc<Site>, body: bool) -> Response {
    let mut headers = never_stored();
    headers.insert(header::CONTENT_TYPE, JPEG);
    if !body {
        return headers.into_response();
    }
    let mut viewer = site.showcase.watch();
    let fresh = timeout(PATIENCE, viewer.fresh()).await.ok();
    let Some(jpeg) = fresh.or_else(|| site.showcase.newest()) else {
        let words = "There is no picture yet; ask again in a moment. /state says what the source does.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], words).into_response();
    };
    let meta = &jpeg.meta;
    let mut add = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    add("x-timestamp", seconds(unix_time()));
    add("x-ustreamer-online", meta.online.to_string());
    add("x-ustreamer-width", jpeg.size.width.to_string());
    add("x-ustreamer-height", jpeg.size.height.to_string());
    for (name, time) in [
        ("x-ustreamer-grab-begin-timestamp", meta.captured),
        ("x-ustreamer-grab-end-timestamp", meta.dequeued),
        ("x-ustreamer-encode-begin-timestamp", jpeg.encode_begin),
        ("x-ustreamer-encode-end-timestamp", jpeg.encode_end),
        ("x-ustreamer-send-timestamp", Micros::now()),
    ] {
        add(name, seconds(time));
    }
    (headers, jpeg.data()).into_response()
}

/// As µStreamer writes times.
fn seconds(Micros(us): Micros) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

fn unix_time() -> Micros {
    Micros(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64))
}
