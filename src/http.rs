//! The web server: the page, `/state`, and words for everything else.
//!
//! It runs on one thread of its own kind (tokio) beside the media threads and only ever reads what they publish, so
//! that no client can hold a frame up. Everything a client can make it hold is bounded: connections, header bytes,
//! the time for a request and the time that an answer may wait for a client that does not read.

mod assets;
mod cross_origin;
mod listen;
mod stall;
mod state;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

pub use listen::{BindError, Listeners};

use crate::config::Config;
use crate::pipeline::Shared;

/// What the answers are made of.
pub struct Site {
    config: Config,
    shared: Arc<Shared>,
    started: Instant,
}

impl Site {
    /// Of a run that starts now: what it was asked to do, and what its media threads publish.
    pub fn new(config: Config, shared: Arc<Shared>) -> Arc<Self> {
        Arc::new(Self { config, shared, started: Instant::now() })
    }
}

/// All there is, by path.
pub fn router(site: Arc<Site>) -> Router {
    let page = assets::ASSETS.iter().fold(Router::new(), |router, asset| {
        router.route(asset.path, get(move |request: Request| async move { asset.answer(request.headers()) }))
    });
    page.route("/", get(root))
        .route("/favicon.ico", get(|| async { Redirect::permanent("/favicon.svg") }))
        .route("/state", get(state))
        .route("/snapshot", get(no_jpeg))
        .route("/stream", get(no_jpeg))
        .fallback(unknown)
        .layer(middleware::from_fn_with_state(site.clone(), cross_origin::answer))
        .with_state(site)
}

/// The page; with mjpg-streamer's `?action=…` what its clients want instead.
async fn root(RawQuery(query): RawQuery, request: Request) -> Response {
    match query.as_deref() {
        Some("action=snapshot" | "action=stream") => no_jpeg().await,
        _ => assets::PAGE.answer(request.headers()),
    }
}

async fn state(State(site): State<Arc<Site>>) -> Response {
    let body = state::report(&site.config, site.started.elapsed(), &site.shared.snapshot()).to_string();
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

async fn no_jpeg() -> Response {
    let words = "JPEG output (/stream, /snapshot) is not in this version yet. The H.264 picture is on the page at /.\n";
    text(StatusCode::NOT_IMPLEMENTED, words)
}

async fn unknown() -> Response {
    text(StatusCode::NOT_FOUND, "There is nothing here. The page is at /, the streamer's state at /state.\n")
}

fn text(status: StatusCode, words: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], words).into_response()
}
