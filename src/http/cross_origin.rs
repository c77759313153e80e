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
        (StatusCode::OK, [(header::ALLOW, "GET, HEAD, OPTIONS")]).into_response()
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

fn allow(origin: &str, asked: &HeaderMap, headers: &mut HeaderMap) {
    let Ok(value) = HeaderValue::from_str(origin) else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
    if origin != "*" {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    for (question, reply) in [
        (header::ACCESS_CONTROL_REQUEST_HEADERS, header::ACCESS_CONTROL_ALLOW_HEADERS),
        (header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_ALLOW_METHODS),
    ] {
        if let Some(value) = asked.get(question) {
            headers.insert(reply, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
