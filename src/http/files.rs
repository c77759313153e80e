//! The files of `--static`.
//!
//! As µStreamer: a folder shows its index.html, and what is a symbolic link itself is not there. Everything else (types, ranges,
//! paths that lead out of the folder) is tower-http's.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use super::query::decode_path;
use super::{Site, act, unknown};

/// A file, or what `?action=` asks for.
pub async fn serve(State(site): State<Arc<Site>>, RawQuery(query): RawQuery, request: Request) -> Response {
    if let Some(answer) = act(&site, query.as_deref(), request.method()).await {
        return answer;
    }
    let Some(folder) = site.config.http.files.as_deref() else { return unknown().await };
    if is_link(folder, request.uri().path()).await {
        return unknown().await;
    }
    match ServeDir::new(folder).try_call(request).await {
        Ok(answer) if answer.status() == StatusCode::NOT_FOUND => unknown().await,
        Ok(answer) => answer.map(axum::body::Body::new).into_response(),
        Err(why) => {
            let words = format!("This file cannot be read: {why}\n");
            (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
        }
    }
}

/// Whether the last part of the path is a symbolic link, the folder's own index.html included.
async fn is_link(folder: &Path, path: &str) -> bool {
    let decoded = decode_path(path);
    let below: PathBuf =
        Path::new(&decoded).components().filter(|part| matches!(part, Component::Normal(_))).collect();
    let file = folder.join(below);
    for path in [file.join("index.html"), file] {
        if tokio::fs::symlink_metadata(path).await.is_ok_and(|found| found.is_symlink()) {
            return true;
        }
    }
    false
}
