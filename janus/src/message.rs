//! The words spoken with a page: its requests, our events. The texts are µStreamer's, as pages know them.

use serde_json::{Value, json};

/// The STUN server that pages are told of when the environment names none, as µStreamer does.
const ICE_URL: &str = "stun:stun.l.google.com:19302";
/// The environment variable that names another one.
const ICE_URL_VARIABLE: &str = "JANUS_USTREAMER_WEB_ICE_URL";

/// What a page may ask for. Parameters of `watch` (orientation, audio, mic, camera) are not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// What this plugin can do.
    Features,
    /// An offer.
    Watch,
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
                "watch" => Ok(Request::Watch),
                "start" => Ok(Request::Start),
                "stop" => Ok(Request::Stop),
                "key_required" => Ok(Request::KeyRequired),
                _ => Err(Refusal::Unknown),
            },
            Some(_) => Err(Refusal::NotAString),
        }
    }
}

/// What a page is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// What this plugin can do.
    Features,
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
            Event::Features => {
                let url = std::env::var(ICE_URL_VARIABLE).unwrap_or_else(|_| ICE_URL.to_owned());
                let features = json!({"audio": false, "mic": false, "ice": {"url": url}});
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

    #[test]
    fn requests() {
        let parse = |text: &str| Request::parse(&serde_json::from_str(text).unwrap());
        assert_eq!(parse(r#"{"request":"watch"}"#), Ok(Request::Watch));
        assert_eq!(
            parse(r#"{"request":"watch","params":{"audio":"yes","orientation":[]}}"#),
            Ok(Request::Watch)
        );
        assert_eq!(parse(r#"{"request":"watch","params":7}"#), Ok(Request::Watch));
        assert_eq!(parse(r#"{"request":"key_required"}"#), Ok(Request::KeyRequired));
        assert_eq!(parse("{}"), Err(Refusal::Missing));
        assert_eq!(parse("[]"), Err(Refusal::Missing));
        assert_eq!(parse(r#"{"request":1}"#), Err(Refusal::NotAString));
        assert_eq!(parse(r#"{"request":"dance"}"#), Err(Refusal::Unknown));
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
        let features = Event::Features.to_json();
        assert_eq!(features["result"]["features"]["audio"], false);
        assert!(features["result"]["features"]["ice"]["url"].is_string());
    }
}
