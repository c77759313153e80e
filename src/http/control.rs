//! `/control`: what can be changed while it runs. GET tells it, PATCH changes it: `{"bitrate": 3000, "gop": 60, "quality": 70, "fps": 30, "key": true}`.
//!
//! What must always hold: a request is carried out as a whole or not at all; what is wrong is said with the range that would be right.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::Site;
use crate::config::{Bounded, Fps, Gop, Kbps, Quality};
use crate::info;
use crate::pipeline::{Settings, Tuning};

/// GET: the settings, and beside them what each may be.
pub async fn tell(State(site): State<Arc<Site>>) -> Response {
    let settings = site.tuning.settings();
    let told = json!({"ok": true, "result": report(&settings), "limits": limits(&settings)});
    answer(StatusCode::OK, &told)
}

/// PATCH: other settings.
pub async fn change(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    match apply(&site.tuning, &body) {
        Ok(settings) => answer(StatusCode::OK, &json!({"ok": true, "result": report(&settings)})),
        Err(why) => answer(StatusCode::BAD_REQUEST, &json!({"ok": false, "error": why})),
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

fn report(settings: &Settings) -> Value {
    let mut report = json!({"quality": settings.quality, "fps": settings.fps.map_or(0, Fps::get)});
    if let Some((bitrate, gop)) = settings.h264 {
        report["bitrate"] = json!(bitrate);
        report["gop"] = json!(gop);
    }
    report
}

/// Smallest and largest value of each setting that there is; for the frame rate beside 0, which is all.
fn limits(settings: &Settings) -> Value {
    let mut limits = json!({"quality": limit::<Quality>(), "fps": limit::<Fps>()});
    if settings.h264.is_some() {
        limits["bitrate"] = limit::<Kbps>();
        limits["gop"] = limit::<Gop>();
    }
    limits
}

fn limit<T: Bounded>() -> Value {
    json!([T::RANGE.start(), T::RANGE.end()])
}

/// Changes the settings as a request's body says; the settings afterwards.
///
/// # Errors
/// What is wrong with it, in words for whoever asked. Then nothing has changed.
pub fn apply(tuning: &Tuning, body: &[u8]) -> Result<Settings, String> {
    let wish: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|why| format!("{why}; a JSON object is needed, as in {{\"bitrate\": 3000}}"))?;
    let before = tuning.settings();
    let mut key_wanted = false;
    let settings = tuning.change(|settings| {
        for (key, value) in &wish {
            key_wanted |= one(settings, key, value)?;
        }
        Ok::<_, String>(())
    })?;
    if key_wanted {
        tuning.request_key();
    }
    if settings != before {
        info!("HTTP: changed to {}", report(&settings));
    }
    Ok(settings)
}

/// Changes one setting; true: a key frame is wanted.
fn one(settings: &mut Settings, key: &str, value: &Value) -> Result<bool, String> {
    let no_stream =
        || format!("{key}: there is no H.264 stream; name a sink for one (--h264-sink), or take --whep");
    match key {
        "bitrate" => settings.h264.as_mut().ok_or_else(no_stream)?.0 = bounded(key, value)?,
        "gop" => settings.h264.as_mut().ok_or_else(no_stream)?.1 = bounded(key, value)?,
        "quality" => settings.quality = bounded(key, value)?,
        "fps" if value == 0 => settings.fps = None,
        "fps" => {
            let wrong =
                |_| format!("fps: a whole number between 1 and {} is needed, or 0 for all", Fps::RANGE.end());
            settings.fps = Some(bounded(key, value).map_err(wrong)?);
        }
        "key" => {
            settings.h264.ok_or_else(no_stream)?;
            return value.as_bool().ok_or_else(|| "key: true or false is needed".to_owned());
        }
        _ => {
            let key = key.escape_debug();
            return Err(format!(
                "{key}: there is no such setting; there are bitrate, gop, quality, fps and key"
            ));
        }
    }
    Ok(false)
}

fn bounded<T: Bounded>(key: &str, value: &Value) -> Result<T, String> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.and_then(T::new).ok_or_else(|| {
        format!("{key}: a whole number between {} and {} is needed", T::RANGE.start(), T::RANGE.end())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuning(h264: bool) -> Tuning {
        let h264 = h264.then(|| (Kbps::new(5000).unwrap(), Gop::new(30).unwrap()));
        Tuning::new(Settings { h264, quality: Quality::new(80).unwrap(), fps: None })
    }

    #[test]
    fn what_is_asked_for_is_so_afterwards() {
        let tuning = tuning(true);
        let settings =
            apply(&tuning, br#"{"bitrate": 300, "gop": 0, "quality": 1, "fps": 120, "key": true}"#).unwrap();
        assert_eq!(report(&settings), json!({"bitrate": 300, "gop": 0, "quality": 1, "fps": 120}));
        assert_eq!(apply(&tuning, b"{\"fps\": 0}").unwrap().fps, None);
        assert_eq!(report(&apply(&tuning, b"{}").unwrap())["bitrate"], 300);
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_changes() {
        let tuning = tuning(true);
        for (body, words) in [
            (r#"{"fps": 5, "bitrate": 24}"#, "bitrate: a whole number between 25 and 20000 is needed"),
            (r#"{"gop": 61}"#, "between 0 and 60"),
            (r#"{"quality": 0}"#, "between 1 and 100"),
            (r#"{"quality": "80"}"#, "between 1 and 100"),
            (r#"{"fps": 121}"#, "between 1 and 120 is needed, or 0 for all"),
            (r#"{"fps": 1.5}"#, "between 1 and 120"),
            (r#"{"key": 1}"#, "true or false"),
            (r#"{"speed": 1}"#, "speed: there is no such setting"),
            ("[1]", "a JSON object is needed"),
            ("", "a JSON object is needed"),
        ] {
            let before = tuning.settings();
            let why = apply(&tuning, body.as_bytes()).unwrap_err();
            assert!(why.contains(words), "{body}: {why}");
            assert_eq!(tuning.settings(), before, "{body}");
        }
    }

    #[test]
    fn without_a_stream_there_is_nothing_of_it_to_change() {
        for body in [r#"{"bitrate": 300}"#, r#"{"gop": 3}"#, r#"{"key": true}"#] {
            assert!(apply(&tuning(false), body.as_bytes()).unwrap_err().contains("--h264-sink"), "{body}");
        }
        assert_eq!(report(&tuning(false).settings()), json!({"quality": 80, "fps": 0}));
        assert_eq!(limits(&tuning(false).settings()), json!({"quality": [1, 100], "fps": [1, 120]}));
    }

    #[test]
    fn each_limit_is_accepted_and_what_lies_beyond_is_not() {
        let tuning = tuning(true);
        let limits = limits(&tuning.settings());
        for (key, limit) in limits.as_object().unwrap() {
            let [least, most] = [0, 1].map(|end| limit[end].as_u64().unwrap());
            for (value, good) in [(least, true), (most, true), (most + 1, false)] {
                let body = json!({key.as_str(): value}).to_string();
                assert_eq!(apply(&tuning, body.as_bytes()).is_ok(), good, "{body}");
            }
        }
        assert_eq!(limits["bitrate"], json!([25, 20_000]));
    }
}
