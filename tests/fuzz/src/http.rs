//! What clients send and the server reads by itself: queries, paths, passwords, and the settings of `/control`.

use std::cell::LazyCell;

use axum::http::{HeaderMap, HeaderValue, header};
use rustreamer::config::{Bounded, Credentials, Fps, Gop, Kbps, Quality};
use rustreamer::http::query::{Action, StreamQuery, decode_path};
use rustreamer::http::{auth, control};
use rustreamer::pipeline::{Settings, Tuning};

const WORDS: &str = "a number in its range";

thread_local! {
    static CREDENTIALS: LazyCell<Credentials> =
        LazyCell::new(|| Credentials::new("admin".to_owned(), "secret".to_owned()));
}

pub fn run(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        query(text);
    }
    password(input);
    for h264 in [false, true] {
        settings(h264, input);
    }
}

fn query(text: &str) {
    let wishes = StreamQuery::parse(text);
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
    assert!(!wishes.key.is_empty() && wishes.key.bytes().all(harmless), "it is put into a cookie");
    let again = StreamQuery::parse(&format!("key={}", wishes.key));
    assert_eq!(again.key, wishes.key);
    Action::of(text);
    assert!(decode_path(text).len() <= text.len());
}

fn password(header: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(header) else { return };
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
    let known = CREDENTIALS.with(|credentials| auth::knows(credentials, &headers));
    // "admin:secret"; blanks around it do not count.
    let right = header.len() > 6
        && header[..6].eq_ignore_ascii_case(b"basic ")
        && String::from_utf8_lossy(&header[6..]).trim() == "YWRtaW46c2VjcmV0";
    assert_eq!(known, right);
}

fn settings(h264: bool, body: &[u8]) {
    let stream = (Kbps::new(5000).expect(WORDS), Gop::new(30).expect(WORDS));
    let before =
        Settings { h264: h264.then_some(stream), quality: Quality::new(80).expect(WORDS), fps: Fps::new(30) };
    let tuning = Tuning::new(before);
    match control::apply(&tuning, body) {
        Ok(settings) => {
            assert_eq!(settings, tuning.settings());
            assert_eq!(settings.h264.is_some(), h264);
        }
        Err(why) => {
            assert!(!why.is_empty());
            assert_eq!(tuning.settings(), before, "half of a refused request was carried out");
        }
    }
}
