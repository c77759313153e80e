//! `/h264`: the H.264 stream by WebSocket (RFC 6455), for pages that decode it themselves (WebCodecs), where WebRTC does not get through.
//!
//! Each binary message is one access unit ([`crate::pipeline::Tap`] says in which form). The first one is a key frame; after a gap the next one
//! is one, too. The client may send the text `key`, to ask for another.
//!
//! What must always hold: another site's page gets nothing unless that is allowed; a client that does not read has at most one message on its way and is skipped to a key frame later; what it sends is
//! bounded.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use futures_util::future::{Either, select};

use super::{Site, cross_origin, text};
use crate::pipeline::Tap;

/// What a client may say at once, in bytes.
const WORDS: usize = 64;

/// Answers with the stream, or says how it is to be asked for.
pub async fn answer(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Some(tap) = site.tap.clone() else {
        return text(
            StatusCode::NOT_FOUND,
            "The streamer makes no H.264; start it with --h264-sink NAME or --whep.\n",
        );
    };
    if !cross_origin::may_open(site.config.http.allow_origin.as_deref(), &headers) {
        return text(
            StatusCode::FORBIDDEN,
            "This is another site's page; it may watch when the streamer is started with --allow-origin.\n",
        );
    }
    match upgrade {
        Ok(upgrade) => upgrade
            .max_message_size(WORDS)
            .max_frame_size(WORDS)
            .on_upgrade(async move |socket| serve(socket, &tap).await),
        Err(_) => text(StatusCode::UPGRADE_REQUIRED, "The H.264 stream is here, by WebSocket only.\n"),
    }
}

/// Sends until the client leaves.
async fn serve(mut socket: WebSocket, tap: &Arc<Tap>) {
    let mut viewer = tap.watch();
    loop {
        let unit = {
            let (next, heard) = (std::pin::pin!(viewer.next()), std::pin::pin!(socket.recv()));
            match select(next, heard).await {
                Either::Left((unit, _)) => Some(unit),
                Either::Right((Some(Ok(Message::Text(words))), _)) if words.as_str() == "key" => None,
                Either::Right((Some(Ok(Message::Ping(_) | Message::Pong(_))), _)) => continue,
                Either::Right(_) => return,
            }
        };
        match unit {
            Some(unit) => {
                if socket.send(Message::Binary(unit.bytes())).await.is_err() {
                    return;
                }
            }
            None => viewer.lost(),
        }
    }
}
