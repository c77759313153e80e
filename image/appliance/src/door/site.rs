//! Who gets what: requests are told apart here, by who asks.
//!
//! What must always hold: a request reaches what is behind only through [`Site::visit`], with a session; whatever changes something, and
//! every WebSocket, only from this host's own pages. A code or a password is looked at only when the limiter has allowed it. Nobody gets in
//! with a password that is not the current one any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::interval;

use super::answer::{self, Body, see, text};
use super::device::{CHANGED, Device};
use super::form;
use super::limiter::{Limiter, Place};
use super::owner::{Owner, Refused};
use super::pages::{self, DEVICE, Notice};
use super::proxy::{Behind, Far, is_websocket};
use super::serve::Seat;
use super::sessions::{Sessions, Token, Visit};

/// The session's cookie. By the prefix, browsers take it from this host alone, by HTTPS alone, for all paths.
pub const COOKIE: &str = "__Host-door";
/// Where the page finds how to sign out, and the page of the device: headers of /state.
const WAYS: [(&str, &str); 2] = [("x-sign-out", "/door/logout"), ("x-device", DEVICE)];

const TIDY: Duration = Duration::from_secs(30);

/// All that is known while the door is open.
pub struct Site {
    owner: Arc<Mutex<Owner>>,
    claimed: AtomicBool,
    limiter: Mutex<Limiter>,
    sessions: Mutex<Sessions>,
    /// A hash takes 19 MiB and a processor: one at a time.
    hashing: Semaphore,
    behind: Behind,
    device: Device,
    security_txt: Option<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Site {
    /// Of this owner and device, with this behind it.
    pub fn new(owner: Owner, behind: Behind, device: Device, security_txt: Option<String>) -> Self {
        Self {
            claimed: AtomicBool::new(owner.password().is_some()),
            owner: Arc::new(Mutex::new(owner)),
            limiter: Mutex::new(Limiter::new(Instant::now())),
            sessions: Mutex::default(),
            hashing: Semaphore::new(1),
            behind,
            device,
            security_txt,
        }
    }

    /// Ends sessions when their time has come. Never returns.
    pub async fn tidy(&self) {
        let mut ticks = interval(TIDY);
        loop {
            ticks.tick().await;
            lock(&self.sessions).sweep(Instant::now());
        }
    }

    /// The answer to a request that came by HTTPS.
    pub async fn answer(&self, request: Request<Incoming>, place: Place, seat: Arc<Seat>) -> Response<Body> {
        answer::guard(self.route(request, place, seat).await)
    }

    async fn route(&self, request: Request<Incoming>, place: Place, seat: Arc<Seat>) -> Response<Body> {
        if answer::host(&request).is_none() {
            return text(StatusCode::BAD_REQUEST, "This request names no host.");
        }
        let path = request.uri().path();
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if reads && let Some(file) = pages::file(path) {
            return file.answer();
        }
        if reads && path == "/.well-known/security.txt" {
            return match &self.security_txt {
                Some(words) => text(StatusCode::OK, words.trim_end()),
                None => text(StatusCode::NOT_FOUND, "There is no security.txt."),
            };
        }
        if (!reads || is_websocket(&request)) && !answer::is_own_origin(&request) {
            return text(
                StatusCode::FORBIDDEN,
                "This is taken from the device's own pages only: its Origin has to be this very host.",
            );
        }
        match (request.method(), path) {
            (&Method::POST, "/door/claim") => return self.claim(request, place).await,
            (&Method::POST, "/door/login") => return self.login(request, place).await,
            (&Method::POST, "/door/logout") => return self.logout(&request),
            _ => {}
        }
        let Some(visit) = self.visit(&request) else { return self.shut(&request) };
        match path {
            "/janus" => self.behind.websocket(Far::Janus, request, visit, seat).await,
            "/h264" => self.behind.websocket(Far::H264, request, visit, seat).await,
            "/door/password" if *request.method() == Method::POST => self.change(request, place).await,
            _ if path.starts_with("/door/") => self.device(request, visit).await,
            _ => {
                let state = path == "/state";
                let mut response = self.behind.streamer(request, visit).await;
                if state {
                    let ways = WAYS
                        .map(|(name, way)| (HeaderName::from_static(name), HeaderValue::from_static(way)));
                    response.headers_mut().extend(ways);
                }
                response
            }
        }
    }

    /// What goes on here, too, ends with the session.
    async fn device(&self, request: Request<Incoming>, visit: Visit) -> Response<Body> {
        tokio::select! {
            answer = self.device.answer(request) => answer.unwrap_or_else(|| see("/")),
            () = visit.over() => text(StatusCode::UNAUTHORIZED, "The session is over. Sign in again."),
        }
    }

    /// Who has a session.
    fn visit(&self, request: &Request<Incoming>) -> Option<Visit> {
        lock(&self.sessions).enter(Instant::now(), token(request)?)
    }

    /// What everybody else gets, wherever they knock.
    fn shut(&self, request: &Request<Incoming>) -> Response<Body> {
        match (answer::wants_page(request), self.claimed.load(Ordering::Acquire)) {
            (true, true) => pages::login(StatusCode::UNAUTHORIZED, "", request.uri().path()),
            (true, false) => pages::claim(StatusCode::UNAUTHORIZED, ""),
            (false, true) => {
                text(StatusCode::UNAUTHORIZED, "Sign in first: the page at / asks for the password.")
            }
            (false, false) => text(
                StatusCode::UNAUTHORIZED,
                "This device has no owner yet: the page at / says how to claim it.",
            ),
        }
    }

    async fn claim(&self, request: Request<Incoming>, place: Place) -> Response<Body> {
        if self.claimed.load(Ordering::Acquire) {
            return pages::login(StatusCode::CONFLICT, &Refused::Claimed.to_string(), "");
        }
        let [code, password, again] = match form::fields(request, ["code", "password", "again"]).await {
            Ok(fields) => fields,
            Err(refusal) => return refusal,
        };
        if let Err(pause) = lock(&self.limiter).attempt(Instant::now(), place) {
            return answer::wait(pages::claim(StatusCode::FORBIDDEN, &patience(pause)), pause);
        }
        let Ok(_turn) = self.hashing.acquire().await else { return failed() };
        let owner = self.owner.clone();
        let claimed = spawn_blocking(move || lock(&owner).claim(&code, &password, &again)).await;
        match claimed {
            Ok(Ok(())) => {
                self.claimed.store(true, Ordering::Release);
                eprintln!("claimed from {place}");
                self.let_in(place, "/")
            }
            Ok(Err(refused)) => {
                eprintln!("a claim from {place} was refused: {refused}");
                match refused {
                    Refused::Claimed => pages::login(StatusCode::CONFLICT, &refused.to_string(), ""),
                    Refused::Code | Refused::Old => pages::claim(StatusCode::FORBIDDEN, &refused.to_string()),
                    // The code was right: only its owner has come so far.
                    Refused::Weak(_) | Refused::NotKept(_) => {
                        lock(&self.limiter).succeeded(place);
                        pages::claim(StatusCode::UNPROCESSABLE_ENTITY, &refused.to_string())
                    }
                }
            }
            Err(_) => failed(),
        }
    }

    async fn login(&self, request: Request<Incoming>, place: Place) -> Response<Body> {
        let [password, to] = match form::fields(request, ["password", "to"]).await {
            Ok(fields) => fields,
            Err(refusal) => return refusal,
        };
        if !self.claimed.load(Ordering::Acquire) {
            return pages::claim(StatusCode::CONFLICT, "This device has no owner yet. Claim it first.");
        }
        if let Err(pause) = lock(&self.limiter).attempt(Instant::now(), place) {
            return answer::wait(pages::login(StatusCode::FORBIDDEN, &patience(pause), &to), pause);
        }
        // Until the end of this: whoever changes the password ends the session that begins here, or it does not begin.
        let Ok(_turn) = self.hashing.acquire().await else { return failed() };
        let Some(kept) = lock(&self.owner).password().cloned() else { return failed() };
        match spawn_blocking(move || kept.is(&password)).await {
            Ok(true) => {
                eprintln!("signed in from {place}");
                self.let_in(place, pages::after_login(&to))
            }
            Ok(false) => {
                eprintln!("a wrong password from {place}");
                pages::login(StatusCode::FORBIDDEN, "That is not the password.", &to)
            }
            Err(_) => failed(),
        }
    }

    /// Another password, of who is signed in and knows the current one. All others are signed out.
    async fn change(&self, request: Request<Incoming>, place: Place) -> Response<Body> {
        let own = token(&request).unwrap_or_default().to_owned();
        let [old, password, again] = match form::fields(request, ["old", "password", "again"]).await {
            Ok(fields) => fields,
            Err(refusal) => return refusal,
        };
        let refusal = |status, why: String| self.device.page(status, &Notice::Password(why));
        if let Err(pause) = lock(&self.limiter).attempt(Instant::now(), place) {
            return answer::wait(refusal(StatusCode::FORBIDDEN, patience(pause)), pause);
        }
        let Ok(_turn) = self.hashing.acquire().await else { return failed() };
        let owner = self.owner.clone();
        match spawn_blocking(move || lock(&owner).change(&old, &password, &again)).await {
            Ok(Ok(())) => {
                eprintln!("another password, from {place}");
                lock(&self.limiter).succeeded(place);
                lock(&self.sessions).end_others(&own);
                see(CHANGED)
            }
            Ok(Err(refused)) => {
                eprintln!("another password from {place} was refused: {refused}");
                let wrong = matches!(refused, Refused::Old);
                if !wrong {
                    lock(&self.limiter).succeeded(place);
                }
                let status = if wrong { StatusCode::FORBIDDEN } else { StatusCode::UNPROCESSABLE_ENTITY };
                refusal(status, refused.to_string())
            }
            Err(_) => failed(),
        }
    }

    /// Somebody has shown who they are.
    fn let_in(&self, place: Place, to: &'static str) -> Response<Body> {
        lock(&self.limiter).succeeded(place);
        let token = Token::random();
        lock(&self.sessions).begin(Instant::now(), &token);
        with_cookie(see(to), &format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict"))
    }

    fn logout(&self, request: &Request<Incoming>) -> Response<Body> {
        if let Some(token) = token(request) {
            lock(&self.sessions).end(token);
        }
        with_cookie(see("/"), &format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"))
    }
}

fn with_cookie(mut response: Response<Body>, cookie: &str) -> Response<Body> {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The session's token, as the browser shows it.
fn token<B>(request: &Request<B>) -> Option<&str> {
    let cookies =
        request.headers().get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

fn patience(pause: Duration) -> String {
    let seconds = answer::seconds(pause);
    let time = match seconds {
        1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    };
    format!("Too many tries. Wait {time}, then try again.")
}

fn failed() -> Response<Body> {
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "That went wrong inside the device; its log says more. Try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let of = |cookies: &[&str]| {
            let request = cookies
                .iter()
                .fold(Request::builder(), |request, cookies| request.header("cookie", *cookies))
                .body(())
                .unwrap();
            token(&request).map(str::to_owned)
        };
        assert_eq!(of(&["a=b; __Host-door=123; c=d"]).as_deref(), Some("123"));
        assert_eq!(of(&["a=b", "__Host-door=4"]).as_deref(), Some("4"));
        assert_eq!(of(&["x__Host-door=4; __Host-doors=5; __Host-door"]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_wait_is_told_in_words() {
        assert_eq!(patience(Duration::from_millis(300)), "Too many tries. Wait a second, then try again.");
        assert_eq!(patience(Duration::from_secs(42)), "Too many tries. Wait 42 seconds, then try again.");
        assert_eq!(patience(Duration::from_secs(121)), "Too many tries. Wait 3 minutes, then try again.");
    }
}
