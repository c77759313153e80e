//! The door's own pages: the claim, the login, and what belongs to them. They need no script.

use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};

use super::answer::{Body, own};
use super::password::{LONGEST, SHORTEST};

/// A file of these pages.
pub struct File {
    mime: &'static str,
    bytes: &'static [u8],
}

/// What anybody may have.
pub fn file(path: &str) -> Option<File> {
    Some(match path {
        "/door/style.css" => {
            File { mime: "text/css; charset=utf-8", bytes: include_bytes!("../../pages/style.css") }
        }
        "/door/sign.svg" => {
            File { mime: "image/svg+xml", bytes: include_bytes!("../../../../web/favicon.svg") }
        }
        _ => return None,
    })
}

impl File {
    /// The file.
    pub fn answer(self) -> Response<Body> {
        let mut response = own(StatusCode::OK, self.mime, self.bytes);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

/// The page of a device without an owner. `message`: what was wrong with the last try.
pub fn claim(status: StatusCode, message: &str) -> Response<Body> {
    page(status, include_str!("../../pages/claim.html"), message)
}

/// The page of a device with an owner. `message`: what was wrong with the last try.
pub fn login(status: StatusCode, message: &str) -> Response<Body> {
    page(status, include_str!("../../pages/login.html"), message)
}

/// A page's braces, filled. What is filled in is our own words, never anybody's input.
fn page(status: StatusCode, html: &str, message: &str) -> Response<Body> {
    let message = if message.is_empty() {
        String::new()
    } else {
        format!("<p class=\"wrong\" role=\"alert\">{message}</p>")
    };
    let html = html
        .replace("{message}", &message)
        .replace("{shortest}", &SHORTEST.to_string())
        .replace("{longest}", &LONGEST.to_string());
    own(status, "text/html; charset=utf-8", html)
}
