//! What is behind the door: the streamer by HTTP and WebSocket, Janus by WebSocket, each on a UNIX socket.
//!
//! What must always hold: whoever comes here has been let in, and what goes on here ends with their session. The session's cookie stays at the
//! door. Bodies pass as they come, through buffers of a fixed size.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional_with_sizes;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::answer::{self, Body, Error, Until};
use super::serve::Seat;
use super::sessions::Visit;
use super::site::COOKIE;

/// The largest body of a request: /control takes a few hundred bytes.
const REQUEST_BYTES: usize = 64 * 1024;
/// For a request's body to arrive, and the head of its answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// What is read at once from behind; also the largest head of an answer.
const BUFFER: usize = 64 * 1024;

/// What a WebSocket leads to.
#[derive(Debug, Clone, Copy)]
pub enum Far {
    /// Janus: messages of a few kilobytes, SDPs.
    Janus,
    /// The streamer's H.264.
    H264,
}

impl Far {
    fn name(self) -> &'static str {
        match self {
            Self::Janus => "Janus",
            Self::H264 => "The streamer",
        }
    }

    /// Where it is behind there.
    fn path(self) -> Uri {
        Uri::from_static(match self {
            Self::Janus => "/",
            Self::H264 => "/h264",
        })
    }

    /// What is passed on at once, in bytes.
    fn portion(self) -> usize {
        match self {
            Self::Janus => 8 * 1024,
            Self::H264 => 64 * 1024,
        }
    }
}

/// These are between two neighbours, and go no further. (RFC 9110, 7.6.1)
const BETWEEN_TWO: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Of a WebSocket's greeting, what the other side has to know. (RFC 6455, 4.1)
const GREETING: [HeaderName; 3] =
    [header::SEC_WEBSOCKET_KEY, header::SEC_WEBSOCKET_VERSION, header::SEC_WEBSOCKET_PROTOCOL];
/// And of its answer, what the browser has to. No extensions: none was asked for.
const REPLY: [HeaderName; 2] = [header::SEC_WEBSOCKET_ACCEPT, header::SEC_WEBSOCKET_PROTOCOL];

/// Where they are.
#[derive(Debug)]
pub struct Behind {
    /// The streamer's socket.
    pub streamer: PathBuf,
    /// Janus's, for WebSockets.
    pub janus: PathBuf,
}

impl Behind {
    /// Asks the streamer.
    pub async fn streamer(&self, request: Request<Incoming>, visit: Visit) -> Response<Body> {
        if request.body().size_hint().lower() > REQUEST_BYTES as u64 {
            return answer::text(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("{REQUEST_BYTES} bytes are the most that is taken."),
            );
        }
        match timeout(PATIENCE, ask(&self.streamer, forward(request))).await {
            Ok(Ok(response)) => back(response, visit),
            Ok(Err(why)) => {
                eprintln!("the streamer ({}) does not answer: {why}", self.streamer.display());
                answer::text(
                    StatusCode::BAD_GATEWAY,
                    "The streamer does not answer; it may be starting. Try again in a moment.",
                )
            }
            Err(_) => answer::text(
                StatusCode::GATEWAY_TIMEOUT,
                "The streamer has not answered in time, or the request came too slowly.",
            ),
        }
    }

    /// Brings a browser's WebSocket there. It keeps its seat.
    pub async fn websocket(
        &self,
        far: Far,
        mut request: Request<Incoming>,
        visit: Visit,
        seat: Arc<Seat>,
    ) -> Response<Body> {
        let stream = match UnixStream::connect(self.socket(far)).await {
            Ok(stream) => stream,
            Err(why) => return self.nobody(far, &why.into()),
        };
        if !is_websocket(&request) {
            let words = format!("{} is here, by WebSocket only.", far.name());
            return answer::text(StatusCode::UPGRADE_REQUIRED, words);
        }
        let mut response = match timeout(PATIENCE, greet(far, stream, request.headers())).await {
            Ok(Ok(response)) => response,
            Ok(Err(why)) => return self.nobody(far, &why),
            Err(_) => {
                let words = format!("{} has not answered in time.", far.name());
                return answer::text(StatusCode::GATEWAY_TIMEOUT, words);
            }
        };
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return self.nobody(far, &format!("it said {}", response.status()).into());
        }
        let mut accepted = Response::new(answer::whole(""));
        *accepted.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        upgrade(accepted.headers_mut());
        copy(&REPLY, response.headers(), accepted.headers_mut());
        let both = (hyper::upgrade::on(&mut request), hyper::upgrade::on(&mut response));
        tokio::spawn(async move {
            let _seat = seat;
            let (Ok(near), Ok(behind)) = (both.0.await, both.1.await) else { return };
            let (mut near, mut behind) = (TokioIo::new(near), TokioIo::new(behind));
            let portion = far.portion();
            tokio::select! {
                // Whichever side ends it: it has said so itself, or is gone.
                _ = copy_bidirectional_with_sizes(&mut near, &mut behind, portion, portion) => {}
                () = visit.over() => {}
            }
        });
        accepted
    }

    fn socket(&self, far: Far) -> &Path {
        match far {
            Far::Janus => &self.janus,
            Far::H264 => &self.streamer,
        }
    }

    fn nobody(&self, far: Far, why: &Error) -> Response<Body> {
        let name = far.name();
        eprintln!("{name} ({}) does not answer: {why}", self.socket(far).display());
        let words = format!("{name} does not answer; it may be starting. Try again in a moment.");
        answer::text(StatusCode::BAD_GATEWAY, words)
    }
}

/// A connection to one of them, for one request.
async fn connect(stream: UnixStream) -> hyper::Result<SendRequest<Body>> {
    let (sender, connection) =
        http1::Builder::new().max_buf_size(BUFFER).handshake(TokioIo::new(stream)).await?;
    // It ends when its answer has been passed on, or nobody wants that any more.
    tokio::spawn(connection.with_upgrades());
    Ok(sender)
}

async fn ask(socket: &Path, request: Request<Body>) -> Result<Response<Incoming>, Error> {
    let stream = UnixStream::connect(socket).await?;
    Ok(connect(stream).await?.send_request(request).await?)
}

/// The browser's request, as the streamer gets it.
fn forward(request: Request<Incoming>) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    parts.uri =
        parts.uri.path_and_query().map_or_else(|| Uri::from_static("/"), |place| Uri::from(place.clone()));
    parts.version = Version::HTTP_11;
    strip(&mut parts.headers);
    parts.headers.remove(header::COOKIE);
    parts.headers.remove(header::AUTHORIZATION);
    Request::from_parts(parts, Limited::new(body, REQUEST_BYTES).boxed_unsync())
}

/// The streamer's answer, as the browser gets it.
fn back(response: Response<Incoming>, visit: Visit) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    parts.version = Version::HTTP_11;
    strip(&mut parts.headers);
    let cookies: Vec<HeaderValue> = parts.headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    parts.headers.remove(header::SET_COOKIE);
    // Who is let in is the door's to say.
    for cookie in cookies.into_iter().filter(|cookie| !cookie.as_bytes().starts_with(COOKIE.as_bytes())) {
        parts.headers.append(header::SET_COOKIE, cookie);
    }
    Response::from_parts(parts, Until::new(body, visit).boxed_unsync())
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&BETWEEN_TWO) {
        headers.remove(name);
    }
}

/// Whether a request is a WebSocket's greeting.
pub fn is_websocket<B>(request: &Request<B>) -> bool {
    let asks = request
        .headers()
        .get(header::UPGRADE)
        .is_some_and(|wanted| wanted.as_bytes().eq_ignore_ascii_case(b"websocket"));
    *request.method() == Method::GET && asks && request.headers().contains_key(header::SEC_WEBSOCKET_KEY)
}

async fn greet(far: Far, stream: UnixStream, asked: &HeaderMap) -> Result<Response<Incoming>, Error> {
    let mut request = Request::new(answer::whole(""));
    *request.uri_mut() = far.path();
    request.headers_mut().insert(header::HOST, HeaderValue::from_static("appliance"));
    upgrade(request.headers_mut());
    copy(&GREETING, asked, request.headers_mut());
    Ok(connect(stream).await?.send_request(request).await?)
}

fn upgrade(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

fn copy(names: &[HeaderName], from: &HeaderMap, to: &mut HeaderMap) {
    for name in names {
        if let Some(value) = from.get(name) {
            to.insert(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_two_neighbours_goes_no_further() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Mine"),
            ("x-mine", "1"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("accept", "*/*"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        strip(&mut headers);
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["accept"]);
    }
}
