//! What the device says of itself for a report of a fault: the text that a UNIX socket gives to who connects.

use std::io;
use std::path::Path;
use std::time::Duration;

use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::answer::{self, Body};

/// No report is longer.
const MOST: u64 = 1 << 20;
/// It looks at a picture or two, and asks others; on a busy board that takes its time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Whether there is one to be had.
pub fn is_there(socket: &Path) -> bool {
    socket.exists()
}

/// The report, as a file to be kept.
pub async fn answer(socket: &Path) -> Response<Body> {
    match timeout(PATIENCE, read(socket)).await {
        Ok(Ok(text)) => {
            let mut response = answer::own(StatusCode::OK, "text/plain; charset=utf-8", text);
            response.headers_mut().insert(
                header::CONTENT_DISPOSITION,
                HeaderValue::from_static("attachment; filename=\"report.txt\""),
            );
            response
        }
        Ok(Err(why)) if matches!(why.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            answer::text(StatusCode::NOT_FOUND, "This device has no report to give.")
        }
        Ok(Err(why)) => {
            eprintln!("no report from {}: {why}", socket.display());
            answer::text(
                StatusCode::BAD_GATEWAY,
                "The report could not be written; the device's log says more.",
            )
        }
        Err(_) => answer::text(StatusCode::GATEWAY_TIMEOUT, "The report was not there in time. Try again."),
    }
}

async fn read(socket: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    UnixStream::connect(socket).await?.take(MOST).read_to_end(&mut text).await?;
    Ok(text)
}
