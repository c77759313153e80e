//! Answers: their form, and the headers that each of them has.
//!
//! What must always hold: no answer leaves without [`guard`]ed headers, whoever made it.
//!
//! There is no Strict-Transport-Security: browsers ignore it where the certificate is not trusted, and where its owner has made a browser
//! trust this one, the next certificate (another name, another term) would shut them out with no way past the warning. Port 80 gives
//! nothing but the way to HTTPS, and the session's cookie goes by HTTPS only.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::uri::Authority;
use hyper::{Request, Response, StatusCode};

use super::sessions::Visit;

/// What an answer's body is.
pub type Body = UnsyncBoxBody<Bytes, Error>;
/// Why a body ends before its end.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What pages may do: load their own scripts, styles and pictures, talk to this host, and stand in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of every answer. (With `same-origin`, a form's POST names its origin; with `no-referrer` it would not.)
const GUARDS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Puts the headers on that every answer has.
pub fn guard(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in GUARDS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A body that is there as a whole.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// An answer of our own. Nobody may keep it.
pub fn own(status: StatusCode, mime: &'static str, bytes: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(whole(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An answer in words, for programs.
pub fn text(status: StatusCode, words: impl Into<String>) -> Response<Body> {
    own(status, "text/plain; charset=utf-8", words.into() + "\n")
}

/// Go there, by GET.
pub fn see(place: &'static str) -> Response<Body> {
    let mut response = text(StatusCode::SEE_OTHER, "");
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(place));
    response
}

/// Come back later: says when, in whole seconds.
pub fn wait(mut response: Response<Body>, pause: Duration) -> Response<Body> {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds(pause)));
    response
}

/// A wait in whole seconds, never too few.
pub fn seconds(pause: Duration) -> u64 {
    pause.as_secs() + u64::from(pause.subsec_nanos() > 0)
}

/// The host and port that a request is for; `None`: it names none, two, or something that is none.
pub fn host<B>(request: &Request<B>) -> Option<Authority> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return None };
    let host: Authority = host.to_str().ok()?.parse().ok()?;
    (!host.as_str().contains('@') && !host.host().is_empty()).then_some(host)
}

/// The only answer over HTTP: the same place by HTTPS.
pub fn way<B>(request: &Request<B>, port: u16) -> Response<Body> {
    let Some(host) = host(request) else {
        return guard(text(StatusCode::BAD_REQUEST, "This request names no host."));
    };
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    let place = request.uri().path_and_query().map_or("/", |place| place.as_str());
    let Ok(place) = HeaderValue::from_str(&format!("https://{}{port}{place}", host.host())) else {
        return guard(text(StatusCode::BAD_REQUEST, "This is no place that there could be."));
    };
    let mut response = text(StatusCode::MOVED_PERMANENTLY, "This device speaks HTTPS only.");
    response.headers_mut().insert(header::LOCATION, place);
    guard(response)
}

/// Whether a request comes from a page of this very host and port, by its `Origin`, which browsers put on whatever is not a plain GET.
pub fn is_own_origin<B>(request: &Request<B>) -> bool {
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let (Some(host), Some(origin), None) = (host(request), origins.next(), origins.next()) else {
        return false;
    };
    let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("https://"));
    origin.is_some_and(|origin| same_host(origin, host.as_str()))
}

/// Without the port where it is that of HTTPS: browsers leave it out, others may not.
fn same_host(one: &str, other: &str) -> bool {
    let bare = |host: &str| host.strip_suffix(":443").unwrap_or(host).to_ascii_lowercase();
    bare(one) == bare(other)
}

/// Whether who asks is a browser that wants a page to show.
pub fn wants_page<B>(request: &Request<B>) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accepts.is_some_and(|accept| accept.contains("text/html"))
}

/// A body from behind that ends, broken, when the session does in whose name it goes out.
pub struct Until {
    body: Incoming,
    over: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Until {
    /// Of this session.
    pub fn new(body: Incoming, visit: Visit) -> Self {
        Self { body, over: Box::pin(visit.over()) }
    }
}

impl hyper::body::Body for Until {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.over.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err("the session is over".into())));
        }
        Pin::new(&mut self.body).poll_frame(cx).map_err(Error::from)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(target: &str, headers: &[(&str, &str)]) -> Request<()> {
        headers
            .iter()
            .fold(Request::builder().uri(target), |request, (name, value)| request.header(*name, *value))
            .body(())
            .unwrap()
    }

    #[test]
    fn http_leads_to_the_same_place_by_https() {
        for (host, port, target, place) in [
            ("kvm.local", 443, "/stream?key=1", "https://kvm.local/stream?key=1"),
            ("kvm.local:8080", 8443, "/", "https://kvm.local:8443/"),
            ("[2001:db8::1]:80", 443, "/", "https://[2001:db8::1]/"),
            ("192.0.2.1", 443, "http://elsewhere.example/x", "https://192.0.2.1/x"),
        ] {
            let answer = way(&request(target, &[("host", host)]), port);
            assert_eq!(answer.headers()[header::LOCATION], place);
            assert_eq!(answer.status(), StatusCode::MOVED_PERMANENTLY);
        }
        assert_eq!(way(&request("/", &[]), 443).status(), StatusCode::BAD_REQUEST);
        assert_eq!(way(&request("/", &[("host", "a@b")]), 443).status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn only_pages_of_this_host_and_port_are_own() {
        let own =
            |host: &str, origin: &str| is_own_origin(&request("/", &[("host", host), ("origin", origin)]));
        assert!(own("kvm.local", "https://kvm.local"));
        assert!(own("KVM.local:443", "https://kvm.local"));
        assert!(own("127.0.0.1:8443", "https://127.0.0.1:8443"));
        for (host, origin) in [
            ("kvm.local", "http://kvm.local"),
            ("kvm.local", "https://kvm.local:8443"),
            ("kvm.local:8443", "https://kvm.local"),
            ("kvm.local", "https://kvm.local.evil.example"),
            ("kvm.local", "https://evil.example"),
            ("kvm.local", "null"),
            ("kvm.local", ""),
        ] {
            assert!(!own(host, origin), "{host} {origin}");
        }
        assert!(!is_own_origin(&request("/", &[("host", "kvm.local")])), "none named");
        let two = [("host", "a"), ("origin", "https://a"), ("origin", "https://b")];
        assert!(!is_own_origin(&request("/", &two)), "two named");
    }

    #[test]
    fn a_wait_is_never_told_too_short() {
        assert_eq!(seconds(Duration::from_millis(1)), 1);
        assert_eq!(seconds(Duration::from_secs(2)), 2);
        let answer = wait(text(StatusCode::FORBIDDEN, ""), Duration::from_millis(2100));
        assert_eq!(
            (answer.status(), answer.headers()[header::RETRY_AFTER].to_str().unwrap()),
            (StatusCode::TOO_MANY_REQUESTS, "3")
        );
    }

    proptest! {
        /// Whatever the host and the origin, they are the same or the request is not our page's.
        #[test]
        fn another_origin_is_never_own(host in "[a-zA-Z0-9.:@\\[\\]-]{0,20}", origin in "[a-zA-Z0-9.:@/\\[\\]-]{0,30}") {
            let Ok(request) = Request::builder().uri("/").header("host", &host).header("origin", &origin).body(()) else { return Ok(()) };
            if is_own_origin(&request) {
                let bare = |text: &str| text.to_ascii_lowercase().trim_end_matches(":443").to_owned();
                prop_assert_eq!(bare(&origin), format!("https://{}", bare(&host)));
            }
            let _ = way(&request, 443);
        }
    }
}
