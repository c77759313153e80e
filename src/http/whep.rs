//! `/whep`: a browser's offer in, our answer out, and WebRTC goes on from there (draft-ietf-wish-whep-04: POST, and DELETE on what POST made).
//!
//! There is neither PATCH nor an entity tag: our side of ICE is the one that waits (ICE-lite), so a viewer's candidates would tell it nothing, and
//! who has another network comes with another POST.
//!
//! What must always hold: another site's page gets nothing unless that is allowed; what a client can make us read and wait for is bounded; every
//! refusal says why.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::{Site, cross_origin};
use crate::config::IceServer;
use crate::whep::{self, Name, NoSession, Problem, Refusal};

/// What an offer is called.
pub const SDP: &str = "application/sdp";
/// The largest offer, in bytes; those of browsers have some thousands.
const LARGEST: usize = 64 << 10;

/// POST /whep: somebody wants to watch.
pub async fn watch(State(site): State<Arc<Site>>, headers: HeaderMap, body: Body) -> Response {
    let Some(whep) = &site.whep else { return absent() };
    if !cross_origin::may_open(site.config.http.allow_origin.as_deref(), &headers) {
        let words =
            "This is another site's page; it may watch when the streamer is started with --allow-origin.";
        return refuse(StatusCode::FORBIDDEN, words);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(SDP) {
        return refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "An offer in SDP is needed (Content-Type: application/sdp).",
        );
    }
    let offer = match timeout(site.config.http.timeout, to_bytes(body, LARGEST)).await {
        Ok(Ok(offer)) => offer,
        Ok(Err(_)) => {
            return refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The offer is larger than 64 KiB, or it ended too early.",
            );
        }
        Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT, "The offer took too long to come."),
    };
    let Ok(offer) = std::str::from_utf8(&offer) else {
        return refuse(StatusCode::BAD_REQUEST, "The offer is no text.");
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match whep.watch(offer, whep::is_loopback(host)).await {
        Ok((name, answer)) => created(name, answer, &site.config.http.ice_servers),
        Err(problem) => sorry(&problem),
    }
}

/// DELETE /whep/NAME: somebody has watched enough.
pub async fn leave(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Response {
    let Some(whep) = &site.whep else { return absent() };
    match Name::parse(&name) {
        Some(name) if whep.leave(name) => StatusCode::OK.into_response(),
        _ => refuse(StatusCode::NOT_FOUND, "There is no such session, or not any more."),
    }
}

fn created(name: Name, answer: String, servers: &[IceServer]) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(SDP));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(place) = HeaderValue::from_str(&format!("/whep/{name}")) {
        headers.insert(header::LOCATION, place);
    }
    for server in servers {
        if let Ok(link) = HeaderValue::from_str(&link(server)) {
            headers.append(header::LINK, link);
        }
    }
    (StatusCode::CREATED, headers, answer).into_response()
}

/// A server in the form of RFC 9725, 4.6.
fn link(server: &IceServer) -> String {
    let IceServer { url, credentials } = server;
    let quoted = |text: &str| text.replace('\\', r"\\").replace('"', r#"\""#);
    match credentials {
        None => format!("<{url}>; rel=\"ice-server\""),
        Some((user, password)) => format!(
            "<{url}>; rel=\"ice-server\"; username=\"{}\"; credential=\"{}\"; credential-type=\"password\"",
            quoted(user),
            quoted(password)
        ),
    }
}

fn sorry(problem: &Problem) -> Response {
    let (status, later) = match problem {
        Problem::Session(NoSession::Refused(Refusal::Malformed(_))) => (StatusCode::BAD_REQUEST, None),
        Problem::Session(NoSession::Refused(Refusal::NoH264)) => (StatusCode::UNPROCESSABLE_ENTITY, None),
        Problem::Session(NoSession::Full) => (StatusCode::SERVICE_UNAVAILABLE, Some("10")),
        Problem::NoPicture => (StatusCode::SERVICE_UNAVAILABLE, Some("1")),
    };
    let mut response = refuse(status, &problem.to_string());
    if let Some(seconds) = later {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
    }
    response
}

fn absent() -> Response {
    refuse(StatusCode::NOT_FOUND, "The streamer does no WebRTC by itself; start it with --whep.")
}

fn refuse(status: StatusCode, words: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{words}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_as_whip_tells_them() {
        let stun = IceServer { url: "stun:stun.example:3478".to_owned(), credentials: None };
        assert_eq!(link(&stun), r#"<stun:stun.example:3478>; rel="ice-server""#);
        let turn = IceServer {
            url: "turn:t.example".to_owned(),
            credentials: Some(("u".to_owned(), "p".to_owned())),
        };
        assert_eq!(
            link(&turn),
            r#"<turn:t.example>; rel="ice-server"; username="u"; credential="p"; credential-type="password""#
        );
    }
}
