//! The door's own pages: the claim, the login, the device, and what belongs to them. They need no script.
//!
//! What must always hold: what is filled into a page is escaped, whoever's words it is.

use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};

use super::answer::{Body, own};
use super::password::{LONGEST, SHORTEST};
use super::update::Told;

/// The page of the device, for its owner.
pub const DEVICE: &str = "/door/device";

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
        "/door/device.js" => {
            File { mime: "text/javascript; charset=utf-8", bytes: include_bytes!("../../pages/device.js") }
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

/// Where a login leads to, of the places that it could be asked for: only to one of our own.
pub fn after_login(wanted: &str) -> &'static str {
    if wanted == DEVICE { DEVICE } else { "/" }
}

/// The page of a device without an owner. `message`: what was wrong with the last try.
pub fn claim(status: StatusCode, message: &str) -> Response<Body> {
    page(status, include_str!("../../pages/claim.html"), &[("message", &wrong(message))])
}

/// The page of a device with an owner, which leads to `to`. `message`: what was wrong with the last try.
pub fn login(status: StatusCode, message: &str, to: &str) -> Response<Body> {
    let to = after_login(to);
    page(status, include_str!("../../pages/login.html"), &[("message", &wrong(message)), ("to", to)])
}

/// What came of what the owner has just done on the device's page.
pub enum Notice {
    /// Nothing was done.
    Nothing,
    /// The password is another one.
    Changed,
    /// It is not, and why.
    Password(String),
    /// No update was taken, and why.
    Update(String),
}

/// What the device's page tells.
pub struct About<'a> {
    /// The device's name.
    pub name: &'a str,
    /// The image's version.
    pub version: &'a str,
    /// The certificate's.
    pub fingerprint: &'a str,
    /// The day that the certificate ends on.
    pub until: &'a str,
    /// Of updates.
    pub update: &'a Told,
    /// Whether it gives a report.
    pub has_report: bool,
}

/// The page of the device, for its owner.
pub fn device(status: StatusCode, notice: &Notice, about: &About<'_>) -> Response<Body> {
    let (mut password, mut update, mut open) = (String::new(), String::new(), "");
    match notice {
        Notice::Nothing => {}
        Notice::Changed => {
            password = "<p class=\"right\" role=\"status\">The password has been changed. Everyone else has been signed out.</p>".to_owned();
        }
        Notice::Password(why) => (password, open) = (wrong(why), " open"),
        Notice::Update(why) => update = wrong(why),
    }
    // (Where a line may end.)
    let fingerprint = escape(about.fingerprint).replace(':', ":<wbr>");
    let mood = if about.update.bad { "wrong" } else { "" };
    // (Without a script, what changes by itself is looked at again.)
    let refresh = "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>";
    let report =
        "<p><a class=\"button\" href=\"/door/report\" download=\"report.txt\">Download a report</a></p>";
    page(
        status,
        include_str!("../../pages/device.html"),
        &[
            ("name", &escape(about.name)),
            ("version", &escape(about.version)),
            ("fingerprint", &fingerprint),
            ("until", &escape(about.until)),
            ("update", &escape(&about.update.text)),
            ("mood", mood),
            ("under-way", if about.update.under_way { "true" } else { "false" }),
            ("refresh", if about.update.under_way { refresh } else { "" }),
            (
                "report",
                if about.has_report { report } else { "<p class=\"hint\">This device has none to give.</p>" },
            ),
            ("password-notice", &password),
            ("update-notice", &update),
            ("open", open),
        ],
    )
}

fn wrong(message: &str) -> String {
    if message.is_empty() {
        return String::new();
    }
    format!("<p class=\"wrong\" role=\"alert\">{}</p>", escape(message))
}

/// As text and in quotes, whatever it is.
fn escape(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A page, its braces filled. What has been filled in is not looked at again.
fn page(status: StatusCode, html: &str, filling: &[(&str, &str)]) -> Response<Body> {
    let (shortest, longest) = (SHORTEST.to_string(), LONGEST.to_string());
    let rules = [("shortest", shortest.as_str()), ("longest", &longest)];
    let mut parts = html.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or_default();
        let value = filling.iter().chain(&rules).find(|(brace, _)| *brace == name);
        filled += value.map_or("", |(_, value)| *value);
        filled += rest;
    }
    own(status, "text/html; charset=utf-8", filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::update::State;
    use http_body_util::BodyExt;

    fn words(page: Response<Body>) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        String::from_utf8(runtime.block_on(page.into_body().collect()).unwrap().to_bytes().to_vec()).unwrap()
    }

    fn of(name: &str, update: &State, notice: &Notice) -> String {
        let about = About {
            name,
            version: "1",
            fingerprint: "AA",
            until: "2029-01-01",
            update: &update.told(),
            has_report: true,
        };
        words(device(StatusCode::OK, notice, &about))
    }

    #[test]
    fn every_brace_of_every_page_is_filled() {
        let ok = StatusCode::OK;
        for page in
            [words(claim(ok, "")), words(login(ok, "", "")), of("kvm", &State::None, &Notice::Nothing)]
        {
            assert!(!page.contains(['{', '}']) && page.ends_with("</html>\n"), "{page}");
        }
    }

    #[test]
    fn others_words_are_shown_and_do_nothing() {
        let evil = "\"><script>{name}";
        let page = of(evil, &State::Refused(evil.to_owned()), &Notice::Update(evil.to_owned()));
        assert_eq!(
            page.matches("&quot;&gt;&lt;script&gt;{name}").count(),
            4,
            "title, heading, state and notice: {page}"
        );
        assert!(!page.contains("<script>"));
    }

    #[test]
    fn a_login_leads_to_our_own_places_only() {
        assert!(words(login(StatusCode::OK, "", DEVICE)).contains("value=\"/door/device\""));
        for wanted in ["", "/", "//evil.example", "/door/device?x", "https://evil.example/door/device"] {
            assert_eq!(after_login(wanted), "/", "{wanted}");
        }
    }
}
