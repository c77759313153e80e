//! Basic authentication (`--user`), on every path.
//!
//! What must always hold: how long an answer takes tells nothing of how much of a password was right.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use super::Site;
use crate::config::Credentials;

/// Lets a request pass whose user and password are right, or when nobody is asked for any. OPTIONS passes: a browser asks
/// before it knows them.
pub async fn check(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let known = match &site.config.http.credentials {
        Some(credentials) => request.method() == Method::OPTIONS || knows(credentials, request.headers()),
        None => true,
    };
    if known {
        return next.run(request).await;
    }
    let ask = [(header::WWW_AUTHENTICATE, r#"Basic realm="Restricted area""#)];
    (StatusCode::UNAUTHORIZED, ask, "A user's name and password are needed.\n").into_response()
}

/// Whether the headers name this user and password.
pub fn knows(credentials: &Credentials, headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, pair)| STANDARD.decode(pair.trim()).ok());
    given.is_some_and(|given| bool::from(given.ct_eq(credentials.pair().as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_the_right_pair_is_let_in() {
        let credentials = Credentials::new("admin".to_owned(), "p:ä".to_owned());
        let knows = |value: &str| {
            let value = HeaderValue::from_str(value).unwrap();
            knows(&credentials, &HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
        };
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        assert!(knows(&basic("admin:p:ä")));
        assert!(knows(&basic("admin:p:ä").replace("Basic", "basic")), "schemes have no case");
        for wrong in ["admin:p:a", "admin:p:ä ", "Admin:p:ä", "admin:", "admin", ""] {
            assert!(!knows(&basic(wrong)), "{wrong}");
        }
        for wrong in ["", "Basic", "Basic !", "Bearer YWRtaW46cDrDpA==", &STANDARD.encode("admin:p:ä")] {
            assert!(!knows(wrong), "{wrong}");
        }
        assert!(!format!("{credentials:?}").contains("ä"), "it is not shown in a log");
    }
}
