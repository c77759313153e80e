//! The page and what belongs to it, built into the binary.
//!
//! Answers carry a validator made from the bytes, and browsers must ask each time: after an update nobody sees the
//! old page with the new streamer.

use std::hash::{DefaultHasher, Hasher};

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Where it is found.
    pub path: &'static str,
    mime: &'static str,
    bytes: &'static [u8],
}

/// Embeds a file of `web/`, served at the path it has there.
macro_rules! asset {
    ($path:literal, $mime:literal) => {
        Asset { path: $path, mime: $mime, bytes: include_bytes!(concat!("../../web", $path)) }
    };
}

/// What `/` shows.
pub const PAGE: Asset = asset!("/index.html", "text/html; charset=utf-8");

/// All files.
pub const ASSETS: &[Asset] = &[
    PAGE,
    asset!("/app.js", "text/javascript; charset=utf-8"),
    asset!("/style.css", "text/css; charset=utf-8"),
    asset!("/favicon.svg", "image/svg+xml"),
    asset!("/client/canvas.js", "text/javascript; charset=utf-8"),
    asset!("/client/clock.js", "text/javascript; charset=utf-8"),
    asset!("/client/detour.js", "text/javascript; charset=utf-8"),
    asset!("/client/h264.js", "text/javascript; charset=utf-8"),
    asset!("/client/janus-video.js", "text/javascript; charset=utf-8"),
    asset!("/client/janus.js", "text/javascript; charset=utf-8"),
    asset!("/client/microphone.js", "text/javascript; charset=utf-8"),
    asset!("/client/mjpeg.js", "text/javascript; charset=utf-8"),
    asset!("/client/receiver.js", "text/javascript; charset=utf-8"),
    asset!("/client/streamer.js", "text/javascript; charset=utf-8"),
    asset!("/client/through-janus.js", "text/javascript; charset=utf-8"),
    asset!("/client/timing.js", "text/javascript; charset=utf-8"),
    asset!("/client/ustreamer-client.js", "text/javascript; charset=utf-8"),
    asset!("/client/whep.js", "text/javascript; charset=utf-8"),
    asset!("/client/words.js", "text/javascript; charset=utf-8"),
    asset!("/page/choices.js", "text/javascript; charset=utf-8"),
    asset!("/page/graph.js", "text/javascript; charset=utf-8"),
    asset!("/page/keys.js", "text/javascript; charset=utf-8"),
    asset!("/page/light.css", "text/css; charset=utf-8"),
    asset!("/page/minute.js", "text/javascript; charset=utf-8"),
    asset!("/page/panel.css", "text/css; charset=utf-8"),
    asset!("/page/panel.js", "text/javascript; charset=utf-8"),
    asset!("/page/screenshot.js", "text/javascript; charset=utf-8"),
    asset!("/page/settings.js", "text/javascript; charset=utf-8"),
    asset!("/page/theme.js", "text/javascript; charset=utf-8"),
    asset!("/page/told.js", "text/javascript; charset=utf-8"),
    asset!("/page/view.js", "text/javascript; charset=utf-8"),
];

impl Asset {
    /// The file, or "not modified" when the browser has these very bytes.
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        let tag = self.tag();
        let known = asked
            .get(header::IF_NONE_MATCH)
            .and_then(|tags| tags.to_str().ok())
            .is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
        let headers = [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, "no-cache")];
        if known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        (headers, [(header::CONTENT_TYPE, self.mime)], self.bytes).into_response()
    }

    fn tag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        hasher.write(self.bytes);
        format!("\"{:016x}\"", hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_browser_that_has_it_is_told_so() {
        let first = PAGE.answer(&HeaderMap::new());
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[header::ETAG].clone();
        let ask = |value: HeaderValue| {
            PAGE.answer(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value)])).status()
        };
        assert_eq!(ask(tag), StatusCode::NOT_MODIFIED);
        assert_eq!(ask(HeaderValue::from_static("\"0\"")), StatusCode::OK);
    }

    /// The files below `folder` that belong to the page, by their paths from `web/`, without what only explains them.
    fn files(folder: &str) -> Vec<String> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(format!("{}/web{folder}", env!("CARGO_MANIFEST_DIR"))).expect("web/") {
            let entry = entry.expect("an entry");
            let name = format!("{folder}/{}", entry.file_name().to_str().expect("a plain name"));
            if entry.file_type().expect("its type").is_dir() {
                all.extend(files(&name));
            } else if !name.ends_with(".md") && !name.ends_with(".d.ts") && name != "/package.json" {
                all.push(name);
            }
        }
        all
    }

    #[test]
    fn the_table_is_what_lies_in_web() {
        let mut there = files("");
        let mut here: Vec<&str> = ASSETS.iter().map(|asset| asset.path).collect();
        there.sort_unstable();
        here.sort_unstable();
        assert_eq!(here, there);
    }

    #[test]
    fn every_file_has_the_type_of_its_name() {
        for asset in ASSETS {
            let mime = match asset.path.rsplit('.').next() {
                Some("html") => "text/html; charset=utf-8",
                Some("js") => "text/javascript; charset=utf-8",
                Some("css") => "text/css; charset=utf-8",
                Some("svg") => "image/svg+xml",
                other => panic!("what is {other:?}?"),
            };
            assert_eq!(asset.mime, mime, "{}", asset.path);
        }
    }
}
