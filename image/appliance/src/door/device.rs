//! The owner's page of the device: what it is, another password, an update, a report. All of it needs a session; none of it needs a script.
//!
//! What must always hold: what is shown is escaped, whoever's words it is.

use std::path::PathBuf;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::answer::{self, Body, see, text};
use super::cert::{self, Keeper};
use super::form::{Ended, File};
use super::inbox::{Inbox, Refused};
use super::pages::{self, DEVICE, Notice};
use super::report;

/// What [`DEVICE`] is asked for after the password has been changed.
pub const CHANGED: &str = "/door/device?password=changed";
const OS_RELEASE: &str = "/usr/lib/os-release";

/// The device, as its owner sees it.
pub struct Device {
    keeper: Arc<Keeper>,
    inbox: Inbox,
    report: PathBuf,
    /// Of the image, or of the program alone.
    version: String,
}

impl Device {
    /// With its certificate, where updates are put, and who gives a report.
    pub fn new(keeper: Arc<Keeper>, inbox: Inbox, report: PathBuf) -> Self {
        let release = std::fs::read_to_string(OS_RELEASE).unwrap_or_default();
        Self {
            keeper,
            inbox,
            report,
            version: version(&release).unwrap_or(env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// The page.
    pub fn page(&self, status: StatusCode, notice: &Notice) -> Response<Body> {
        let name = cert::hostname();
        let shown = match self.keeper.shown() {
            Ok(shown) => shown,
            Err(why) => {
                eprintln!("{why}");
                cert::Shown { fingerprint: String::new(), until: String::new() }
            }
        };
        let told = self.inbox.state().told();
        pages::device(
            status,
            notice,
            &pages::About {
                name: &name,
                version: &self.version,
                fingerprint: &shown.fingerprint,
                until: &shown.until,
                update: &told,
                has_report: report::is_there(&self.report),
            },
        )
    }

    /// What is asked for below /door/, by who has a session; `None`: there is no such thing.
    pub async fn answer(&self, request: Request<Incoming>) -> Option<Response<Body>> {
        Some(match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, DEVICE) => {
                let changed = request.uri().query() == Some("password=changed");
                self.page(StatusCode::OK, &if changed { Notice::Changed } else { Notice::Nothing })
            }
            (&Method::GET | &Method::HEAD, "/door/update") => self.state(request.uri().query()),
            (&Method::PUT, "/door/update") => self.put(request).await,
            (&Method::POST, "/door/update") => self.post(request).await,
            (&Method::GET, "/door/report") => report::answer(&self.report).await,
            _ => return None,
        })
    }

    /// What came of the last update; with `size=BYTES`, the refusal of one that has so many, if it is one.
    fn state(&self, query: Option<&str>) -> Response<Body> {
        let size = query.and_then(|query| query.strip_prefix("size=")?.parse().ok());
        match size.map_or(Ok(()), |size| self.inbox.admits(size)) {
            Ok(()) => self.told(StatusCode::OK),
            Err(refused) => text(refused.status(), refused.to_string()),
        }
    }

    fn told(&self, status: StatusCode) -> Response<Body> {
        // A struct of strings has nothing that could fail.
        let told = serde_json::to_string(&self.inbox.state().told()).unwrap_or_default();
        answer::own(status, "application/json", told + "\n")
    }

    /// An update, for scripts and the page's own.
    async fn put(&self, request: Request<Incoming>) -> Response<Body> {
        let Some(file) = File::plain(request.into_body()) else {
            return text(
                StatusCode::LENGTH_REQUIRED,
                "Say how long it is: with a Content-Length, and not in chunks.",
            );
        };
        match self.take(file).await {
            Ok(()) => self.told(StatusCode::ACCEPTED),
            Err(refused) => closing(text(refused.status(), refused.to_string())),
        }
    }

    /// An update, by the page's form.
    async fn post(&self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let taken = match File::of_form(body, &parts.headers).await {
            Ok(file) => self.take(file).await,
            Err(ended) => Err(ended.into()),
        };
        match taken {
            Ok(()) => see(DEVICE),
            Err(refused) => closing(self.page(refused.status(), &Notice::Update(refused.to_string()))),
        }
    }

    async fn take(&self, file: File<Incoming>) -> Result<(), Refused> {
        let bytes = file.left();
        let taken = self.inbox.take(file).await;
        match &taken {
            Ok(()) => eprintln!("an update of {bytes} bytes has come"),
            Err(Refused::Ended(Ended::BrokenOff)) => eprintln!("an update of {bytes} bytes broke off"),
            Err(refused) => eprintln!("an update of {bytes} bytes was not taken: {refused}"),
        }
        taken
    }
}

/// What was not read of a body is not to be taken for the next request.
fn closing(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The image's version, of an os-release file.
fn version(release: &str) -> Option<&str> {
    release.lines().find_map(|line| line.strip_prefix("IMAGE_VERSION=")).map(|value| value.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_images() {
        assert_eq!(version("ID=debian\nIMAGE_ID=rustreamer\nIMAGE_VERSION=2026.11.1\n"), Some("2026.11.1"));
        assert_eq!(version("IMAGE_VERSION=\"1\"\nVERSION_ID=13"), Some("1"));
        assert_eq!(version("VERSION_ID=13\n"), None);
    }
}
