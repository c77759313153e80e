//! The web server: the page or files of the user's own, `/stream`, `/snapshot`, `/h264`, `/state`, `/metrics`, `/control`, and words for everything else.
//!
//! It runs on one thread of its own kind (tokio) beside the media threads and only ever takes what they publish, so that no client
//! can hold a frame up. Everything a client can make it hold is bounded: connections, header bytes, the time for a request, the
//! time that an answer may wait for a client that does not read, and what lies ready for it meanwhile.

mod assets;
pub mod auth;
mod clients;
pub mod control;
mod cross_origin;
mod files;
mod h264;
mod listen;
mod metrics;
pub mod query;
mod serve;
mod stall;
mod state;
mod stream;
mod tls;
mod whep;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, delete, get, post};

pub use listen::BindError;
pub use serve::Server;

use crate::config::Config;
use crate::life::Look;
use crate::pipeline::{Pipeline, RawSink, Shared, Showcase, Snapshot, Tap, Tuning};
use crate::whep::Whep;
use clients::Clients;
use query::{Action, StreamQuery};

/// What the answers are made of.
pub struct Site {
    config: Config,
    shared: Arc<Shared>,
    showcase: Arc<Showcase>,
    raw: Option<Arc<RawSink>>,
    tap: Option<Arc<Tap>>,
    whep: Option<Whep>,
    clients: Arc<Clients>,
    tuning: Arc<Tuning>,
    /// Requests since the start.
    requests: AtomicU64,
    started: Instant,
}

impl Site {
    /// Of a run that starts now: what it was asked to do, and what its media threads publish.
    pub fn new(config: Config, pipeline: &Pipeline, whep: Option<Whep>) -> Arc<Self> {
        Arc::new(Self {
            config,
            shared: pipeline.state(),
            showcase: pipeline.showcase(),
            raw: pipeline.raw(),
            tap: pipeline.tap(),
            whep,
            clients: Arc::default(),
            tuning: pipeline.tuning(),
            requests: AtomicU64::new(0),
            started: Instant::now(),
        })
    }

    /// Answers on these sockets until dropped; dropping ends all connections.
    pub async fn serve(self: &Arc<Self>, server: Server) {
        tokio::select! {
            () = server.serve(router(Arc::clone(self))) => {}
            () = self.showcase.tell() => {}
            () = self.tell_tap() => {}
            () = self.run_whep() => {}
        }
    }

    async fn tell_tap(&self) {
        match &self.tap {
            Some(tap) => tap.tell().await,
            None => std::future::pending().await,
        }
    }

    async fn run_whep(&self) {
        match &self.whep {
            Some(whep) => whep.run().await,
            None => std::future::pending().await,
        }
    }

    /// WebRTC's viewers are told that the program ends.
    pub fn farewell(&self) {
        if let Some(whep) = &self.whep {
            whep.farewell();
        }
    }

    /// Who watches the H.264 stream here.
    fn h264_viewers(&self) -> usize {
        // WebRTC's viewers take it as one.
        let (webrtc, one) =
            self.whep.as_ref().map_or((0, 0), |whep| (whep.viewers(), usize::from(whep.taking())));
        self.tap.as_ref().map_or(0, |tap| tap.viewers()).saturating_sub(one) + webrtc
    }

    /// What the media threads publish.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.snapshot()
    }

    /// Who watches, reads and asks.
    pub fn look(&self, now: &Snapshot) -> Look {
        let raw = self.raw.as_ref().is_some_and(|raw| raw.has_clients());
        let readers = [("h264", now.has_clients), ("jpeg", self.showcase.sink_has_clients()), ("raw", raw)];
        Look {
            online: now.online,
            size: now.status.size,
            http_clients: self.clients.len() + self.h264_viewers(),
            readers: readers.iter().filter(|(_, reads)| *reads).map(|(kind, _)| *kind).collect(),
            requests: self.requests.load(Relaxed),
        }
    }
}

/// All there is, by path.
fn router(site: Arc<Site>) -> Router {
    let ours = Router::new()
        .route("/state", get(state))
        .route("/metrics", get(metrics))
        .route("/snapshot", get(snapshot))
        .route("/control", get(control::tell).patch(control::change))
        .route("/stream", get(stream))
        .route("/h264", any(h264::answer))
        .route("/whep", post(whep::watch))
        .route("/whep/{name}", delete(whep::leave));
    let all = if site.config.http.files.is_some() { ours.fallback(files::serve) } else { page(ours) };
    all.layer(middleware::from_fn_with_state(site.clone(), auth::check))
        .layer(middleware::from_fn_with_state(site.clone(), methods))
        .layer(middleware::from_fn_with_state(site.clone(), cross_origin::answer))
        .with_state(site)
}

/// The page that is built in.
fn page(router: Router<Arc<Site>>) -> Router<Arc<Site>> {
    assets::ASSETS
        .iter()
        .fold(router, |router, asset| {
            router.route(
                asset.path,
                get(move |request: Request| async move { asset.answer(request.headers()) }),
            )
        })
        .route("/", get(root))
        .route("/favicon.ico", get(|| async { Redirect::permanent("/favicon.svg") }))
        .fallback(unknown)
}

/// The page; with mjpg-streamer's `?action=…` what its clients want instead.
async fn root(State(site): State<Arc<Site>>, RawQuery(query): RawQuery, request: Request) -> Response {
    match act(&site, query.as_deref(), request.method()).await {
        Some(answer) => answer,
        None => assets::PAGE.answer(request.headers()),
    }
}

/// What `?action=` asks for.
async fn act(site: &Arc<Site>, query: Option<&str>, method: &Method) -> Option<Response> {
    let query = query?;
    let body = method != Method::HEAD;
    match Action::of(query)? {
        Action::Snapshot => Some(stream::snapshot(site, body).await),
        Action::Stream => Some(stream::stream(site, StreamQuery::parse(query), body)),
    }
}

async fn stream(State(site): State<Arc<Site>>, RawQuery(query): RawQuery, method: Method) -> Response {
    let query = query.as_deref().map(StreamQuery::parse).unwrap_or_default();
    stream::stream(&site, query, method != Method::HEAD)
}

async fn snapshot(State(site): State<Arc<Site>>, method: Method) -> Response {
    stream::snapshot(&site, method != Method::HEAD).await
}

async fn state(State(site): State<Arc<Site>>) -> Response {
    let body = state::report(&site).to_string();
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

async fn metrics(State(site): State<Arc<Site>>) -> Response {
    let (uptime, now) = (site.started.elapsed(), site.shared.snapshot());
    let body = metrics::report(uptime, &now, &site.showcase, &site.clients, site.whep.as_ref());
    ([(header::CONTENT_TYPE, metrics::TYPE), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// Nothing here can be written but /control and WHEP's; µStreamer says so with 501.
async fn methods(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    site.requests.fetch_add(1, Relaxed);
    match *request.method() {
        Method::PATCH if request.uri().path() == "/control" => next.run(request).await,
        Method::POST | Method::DELETE | Method::PATCH if is_whep(request.uri().path()) => {
            next.run(request).await
        }
        Method::GET | Method::HEAD | Method::OPTIONS => next.run(request).await,
        _ => text(
            StatusCode::NOT_IMPLEMENTED,
            "Only GET, HEAD and OPTIONS work here, PATCH on /control, and POST on /whep.\n",
        ),
    }
}

/// Where WHEP is spoken.
fn is_whep(path: &str) -> bool {
    path == "/whep" || path.starts_with("/whep/")
}

async fn unknown() -> Response {
    let words = "There is nothing here. The page is at /, pictures are at /stream and /snapshot, the streamer's state is at \
                 /state.\n";
    text(StatusCode::NOT_FOUND, words)
}

fn text(status: StatusCode, words: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], words).into_response()
}
