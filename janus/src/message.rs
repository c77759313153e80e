//! The words spoken with a page: its requests, our events. The texts are µStreamer's, as pages know them.

use serde_json::{Value, json};

/// The STUN server that pages are told of when the environment names none, as µStreamer does.
const ICE_URL: &str = "stun:stun.l.google.com:19302";
/// The environment variable that names another one.
const ICE_URL_VARIABLE: &str = "JANUS_USTREAMER_WEB_ICE_URL";

/// How the picture is to be turned, in the words of `watch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// As it is.
    #[default]
    Upright,
    /// 90 degrees.
    Quarter,
    /// 180 degrees.
    Half,
    /// 270 degrees.
    ThreeQuarters,
}

impl Orientation {
    fn of_degrees(degrees: i64) -> Option<Orientation> {
        match degrees {
            0 => Some(Orientation::Upright),
            90 => Some(Orientation::Quarter),
            180 => Some(Orientation::Half),
            270 => Some(Orientation::ThreeQuarters),
            _ => None,
        }
    }

    /// The rotation for the header extension, in degrees; `None` for none. Pages count the other way round.
    pub fn rotation(self) -> Option<i16> {
        match self {
            Orientation::Upright => None,
            Orientation::Quarter => Some(270),
            Orientation::Half => Some(180),
            Orientation::ThreeQuarters => Some(90),
        }
    }
}

/// The parameters of `watch`. What is missing or of a wrong type is as if it had not been said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wishes {
    /// How the picture is to be turned.
    pub orientation: Orientation,
    /// Sound is wanted.
    pub audio: bool,
    /// The viewer's microphone is to be played.
    pub mic: bool,
}

impl Wishes {
    fn parse(params: Option<&Value>) -> Wishes {
        let get = |key: &str| params.and_then(|params| params.get(key));
        let is = |key: &str| get(key).and_then(Value::as_bool).unwrap_or(false);
        let degrees = get("orientation").and_then(Value::as_i64);
        Wishes {
            orientation: degrees.and_then(Orientation::of_degrees).unwrap_or_default(),
            audio: is("audio"),
            mic: is("mic"),
        }
    }
}

/// What a page may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// What this plugin can do.
    Features,
    /// An offer.
    Watch(Wishes),
    /// The answer to the offer is given.
    Start,
    /// No more pictures, please.
    Stop,
    /// A key frame, please.
    KeyRequired,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no `request`.
    Missing,
    /// `request` is not a string.
    NotAString,
    /// `request` is none of ours.
    Unknown,
}

impl Request {
    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it, to be told to the page.
    pub fn parse(message: &Value) -> Result<Request, Refusal> {
        match message.get("request") {
            None => Err(Refusal::Missing),
            Some(Value::String(request)) => match request.as_str() {
                "features" => Ok(Request::Features),
                "watch" => Ok(Request::Watch(Wishes::parse(message.get("params")))),
                "start" => Ok(Request::Start),
                "stop" => Ok(Request::Stop),
                "key_required" => Ok(Request::KeyRequired),
                _ => Err(Refusal::Unknown),
            },
            Some(_) => Err(Refusal::NotAString),
        }
    }
}

/// Which devices for sound are there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    /// Sound can be sent.
    pub audio: bool,
    /// Viewers' microphones can be played.
    pub mic: bool,
}

/// What a page is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// What this plugin can do.
    Features(Features),
    /// To `watch`, with the offer, and to `start`.
    Started,
    /// To `stop`.
    Stopped,
    /// The request was refused.
    Refused(Refusal),
    /// There is no video; why, and what helps.
    NoVideo(String),
}

impl Event {
    /// The event's body.
    pub fn to_json(&self) -> Value {
        let status = |status: &str| json!({"ustreamer": "event", "result": {"status": status}});
        let error = |code: u32, text: &str| json!({"ustreamer": "event", "error_code": code, "error": text});
        match self {
            Event::Features(Features { audio, mic }) => {
                let url = std::env::var(ICE_URL_VARIABLE).unwrap_or_else(|_| ICE_URL.to_owned());
                // Newer pages ask for a camera of the viewer's, which has nowhere to go here.
                let camera = json!({"enabled": false, "request": null});
                let features = json!({"audio": audio, "mic": mic, "camera": camera, "ice": {"url": url}});
                json!({"ustreamer": "event", "result": {"status": "features", "features": features}})
            }
            Event::Started => status("started"),
            Event::Stopped => status("stopped"),
            Event::Refused(Refusal::Missing) => error(400, "Request missing"),
            Event::Refused(Refusal::NotAString) => error(400, "Request not a string"),
            Event::Refused(Refusal::Unknown) => error(405, "Not implemented"),
            Event::NoVideo(why) => error(503, why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Request, Refusal> {
        Request::parse(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn requests() {
        assert_eq!(parse(r#"{"request":"watch"}"#), Ok(Request::Watch(Wishes::default())));
        assert_eq!(parse(r#"{"request":"key_required"}"#), Ok(Request::KeyRequired));
        assert_eq!(parse("{}"), Err(Refusal::Missing));
        assert_eq!(parse("[]"), Err(Refusal::Missing));
        assert_eq!(parse(r#"{"request":1}"#), Err(Refusal::NotAString));
        assert_eq!(parse(r#"{"request":"dance"}"#), Err(Refusal::Unknown));
    }

    #[test]
    fn parameters_of_watch() {
        let wishes = |params: &str| match parse(&format!(r#"{{"request":"watch","params":{params}}}"#)) {
            Ok(Request::Watch(wishes)) => wishes,
            other => panic!("{other:?}"),
        };
        let all = Wishes { orientation: Orientation::Quarter, audio: true, mic: true };
        assert_eq!(wishes(r#"{"orientation":90,"audio":true,"mic":true,"camera":true}"#), all);
        assert_eq!(wishes(r#"{"audio":true}"#), Wishes { audio: true, ..Wishes::default() });
        for wrong in [
            r#"{"audio":"yes","mic":1,"orientation":"90"}"#,
            r#"{"audio":null,"mic":[],"orientation":91}"#,
            r#"{"orientation":90.0}"#,
            r#"{"orientation":-90}"#,
            "7",
            "[]",
            "null",
        ] {
            assert_eq!(wishes(wrong), Wishes::default(), "{wrong}");
        }
    }

    #[test]
    fn pages_count_degrees_the_other_way_round() {
        let rotations = [0, 90, 180, 270].map(|degrees| Orientation::of_degrees(degrees).unwrap().rotation());
        assert_eq!(rotations, [None, Some(270), Some(180), Some(90)]);
    }

    #[test]
    fn events_are_as_pages_know_them() {
        let text = |event: Event| event.to_json().to_string();
        assert_eq!(text(Event::Started), r#"{"result":{"status":"started"},"ustreamer":"event"}"#);
        assert_eq!(text(Event::Stopped), r#"{"result":{"status":"stopped"},"ustreamer":"event"}"#);
        assert_eq!(
            text(Event::Refused(Refusal::Missing)),
            r#"{"error":"Request missing","error_code":400,"ustreamer":"event"}"#
        );
        assert_eq!(
            text(Event::Refused(Refusal::NotAString)),
            r#"{"error":"Request not a string","error_code":400,"ustreamer":"event"}"#
        );
        assert_eq!(
            text(Event::Refused(Refusal::Unknown)),
            r#"{"error":"Not implemented","error_code":405,"ustreamer":"event"}"#
        );
        assert_eq!(
            text(Event::NoVideo("why".into())),
            r#"{"error":"why","error_code":503,"ustreamer":"event"}"#
        );
        let event = Event::Features(Features { audio: true, mic: false }).to_json();
        let features = &event["result"]["features"];
        assert_eq!((&features["audio"], &features["mic"]), (&Value::Bool(true), &Value::Bool(false)));
        assert_eq!(features["camera"], json!({"enabled": false, "request": null}));
        assert!(features["ice"]["url"].is_string());
    }
}
