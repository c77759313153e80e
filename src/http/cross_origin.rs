//! What other sites' pages may do with the answers (`--allow-origin`), and headers that every answer has.
//!
//! As µStreamer: the configured origin on every answer, the asked-for methods and headers echoed. Unlike it, no
//! credentials are promised together with `*`: browsers refuse that pair.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Site;

/// Answers OPTIONS by itself and adds the headers to all other answers.
pub async fn answer(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let asked = request.headers().clone();
    let mut response = if request.method() == Method::OPTIONS {
        options(request.uri().path())
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(origin) = &site.config.http.allow_origin {
        allow(origin, &asked, headers);
    }
    response
}

/// What can be done at a path.
fn options(path: &str) -> Response {
    let methods = match path {
        "/whep" => "POST, OPTIONS",
        _ if super::is_whep(path) => "DELETE, OPTIONS",
        _ => "GET, HEAD, OPTIONS",
    };
    let mut response = (StatusCode::OK, [(header::ALLOW, methods)]).into_response();
    if path == "/whep" {
        // RFC 9725, 4.1: what WHIP's and WHEP's clients look for.
        response.headers_mut().insert("accept-post", HeaderValue::from_static(super::whep::SDP));
    }
    response
}

fn allow(origin: &str, asked: &HeaderMap, headers: &mut HeaderMap) {
    let Ok(value) = HeaderValue::from_str(origin) else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
    if origin != "*" {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    // Beside those that every page may read: what WHEP answers with.
    let told = HeaderValue::from_static("Location, Link, Retry-After");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, told);
    for (question, reply) in [
        (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
        (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
    ] {
        if let Some(value) = asked.get(question) {
            headers.insert(reply, value.clone());
        }
    }
}

/// Whether a WebSocket may be opened from where this request comes: our own pages, those of the allowed origin, and whatever is no browser
/// (RFC 6455, 10.2). Unlike other answers, what comes by WebSocket can be read by the page that asked for it, whichever that is.
pub fn may_open(allowed: Option<&str>, asked: &HeaderMap) -> bool {
    let Some(origin) = asked.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.is_some_and(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = asked.get(header::HOST).and_then(|host| host.to_str().ok());
    let bare = |host: &str, port: &str| host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
    match (origin.split_once("://"), host) {
        (Some(("http", own)), Some(host)) => bare(own, ":80") == bare(host, ":80"),
        (Some(("https", own)), Some(host)) => bare(own, ":443") == bare(host, ":443"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_websocket_is_for_our_own_pages_and_the_allowed_ones() {
        let asked = |host: &str, origin: &str| {
            HeaderMap::from_iter([
                (header::HOST, HeaderValue::from_str(host).unwrap()),
                (header::ORIGIN, HeaderValue::from_str(origin).unwrap()),
            ])
        };
        let own = |host, origin| may_open(None, &asked(host, origin));
        assert!(may_open(None, &HeaderMap::new()), "no browser");
        assert!(
            own("kvm:8080", "http://kvm:8080") && own("KVM", "https://kvm") && own("kvm:443", "https://kvm")
        );
        for (host, origin) in [
            ("kvm:8080", "http://kvm"),
            ("kvm:8080", "http://evil.example:8080"),
            ("kvm", "null"),
            ("kvm", "file://kvm"),
            ("kvm", "kvm"),
        ] {
            assert!(!own(host, origin), "{host} {origin}");
        }
        assert!(may_open(Some("https://a.example"), &asked("kvm", "https://a.example")));
        assert!(!may_open(Some("https://a.example"), &asked("kvm", "https://b.example")));
        assert!(may_open(Some("*"), &asked("kvm", "https://b.example")));
    }

    #[test]
    fn credentials_are_promised_to_a_named_origin_only() {
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("GET"));
        let mut named = HeaderMap::new();
        allow("https://kvm.example", &asked, &mut named);
        assert_eq!(named[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://kvm.example");
        assert_eq!(named[header::ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(named[header::ACCESS_CONTROL_ALLOW_METHODS], "GET");
        assert!(!named.contains_key(header::ACCESS_CONTROL_ALLOW_HEADERS));

        let mut all = HeaderMap::new();
        allow("*", &HeaderMap::new(), &mut all);
        assert_eq!(all[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!all.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
}
