//! Forms, as browsers send them: fields, and the one file that an update is.
//!
//! What must always hold: a form of fields is small and comes soon, or is refused. A file is never in memory as a whole.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as Source, Incoming};
use hyper::header::{self, HeaderMap};
use hyper::{Request, Response, StatusCode};
use tokio::time::timeout;

use super::answer::{Body, text};

/// A claim, a login, another password.
const FORM_BYTES: usize = 4 * 1024;
const FORM_WITHIN: Duration = Duration::from_secs(10);
/// What a browser says of a file before it comes.
const HEAD_BYTES: usize = 4 * 1024;
/// So long a sender may be silent.
const SILENT: Duration = Duration::from_secs(30);

/// A form's fields, by their names; a missing one is empty.
///
/// # Errors
/// The answer to one that is too large, or too slow.
pub async fn fields<const N: usize>(
    request: Request<Incoming>,
    names: [&str; N],
) -> Result<[String; N], Response<Body>> {
    let too_large = || {
        text(StatusCode::PAYLOAD_TOO_LARGE, format!("{FORM_BYTES} bytes are the most that a form may have."))
    };
    match timeout(FORM_WITHIN, Limited::new(request.into_body(), FORM_BYTES).collect()).await {
        Ok(Ok(body)) => Ok(named(&body.to_bytes(), names)),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(text(StatusCode::REQUEST_TIMEOUT, "The form came too slowly.")),
    }
}

fn named<const N: usize>(form: &[u8], names: [&str; N]) -> [String; N] {
    names.map(|name| {
        let value = form_urlencoded::parse(form).find_map(|(key, value)| (key == name).then_some(value));
        value.map(String::from).unwrap_or_default()
    })
}

/// Why no more of a file comes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// Its sender is gone.
    #[error("The upload broke off. Try again.")]
    BrokenOff,
    /// Its sender is silent.
    #[error("Nothing came for {} seconds. Try again.", SILENT.as_secs())]
    Silent,
    /// A form of another kind than the device's own page sends.
    #[error("This is no form with one file in it.")]
    Form,
}

/// A file that is being sent: a request's whole body, or what of it is left when a form has been taken off.
pub struct File<B> {
    body: B,
    /// Has come, and was not asked for yet.
    ready: Bytes,
    /// Bytes of the file that are still to come.
    left: u64,
    /// What has to follow it.
    tail: Vec<u8>,
}

impl<B: Source<Data = Bytes> + Unpin> File<B> {
    /// A body that is the file. `None`: its length is not said.
    pub fn plain(body: B) -> Option<Self> {
        let left = body.size_hint().exact()?;
        Some(Self { body, ready: Bytes::new(), left, tail: Vec::new() })
    }

    /// The file of a form (multipart/form-data, RFC 7578) that has this one field. Its length is that of the body, without what is before and after it:
    /// no byte of the file has to be looked at.
    ///
    /// # Errors
    /// When it is another form, or does not come.
    pub async fn of_form(mut body: B, headers: &HeaderMap) -> Result<Self, Ended> {
        let whole = body.size_hint().exact().ok_or(Ended::Form)?;
        let boundary = boundary(headers).ok_or(Ended::Form)?;
        let mut head = BytesMut::new();
        let end = loop {
            if let Some(at) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            if head.len() > HEAD_BYTES {
                return Err(Ended::Form);
            }
            head.extend_from_slice(&next(&mut body).await?);
        };
        let ready = head.split_off(end).freeze();
        let tail = format!("\r\n--{boundary}--\r\n").into_bytes();
        let around = end as u64 + tail.len() as u64;
        let left = whole.checked_sub(around).ok_or(Ended::Form)?;
        head.starts_with(format!("--{boundary}\r\n").as_bytes())
            .then_some(Self { body, ready, left, tail })
            .ok_or(Ended::Form)
    }

    /// Bytes that are still to come.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// The next piece; `None`: that was all, and what had to follow it did.
    ///
    /// # Errors
    /// When no more comes, or something else follows.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Ended> {
        if self.left == 0 {
            while self.ready.len() < self.tail.len() {
                let more = next(&mut self.body).await?;
                self.ready = [&self.ready[..], &more].concat().into();
            }
            return if self.ready == self.tail { Ok(None) } else { Err(Ended::Form) };
        }
        if self.ready.is_empty() {
            self.ready = next(&mut self.body).await?;
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.ready.len());
        self.left -= most as u64;
        Ok(Some(self.ready.split_to(most)))
    }
}

async fn next<B: Source<Data = Bytes> + Unpin>(body: &mut B) -> Result<Bytes, Ended> {
    loop {
        match timeout(SILENT, body.frame()).await {
            Err(_) => return Err(Ended::Silent),
            Ok(None | Some(Err(_))) => return Err(Ended::BrokenOff),
            Ok(Some(Ok(frame))) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(bytes);
                }
            }
        }
    }
}

fn boundary(headers: &HeaderMap) -> Option<&str> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = kind.strip_prefix("multipart/form-data;")?.trim().strip_prefix("boundary=")?;
    let boundary = boundary.trim_matches('"');
    (!boundary.is_empty() && boundary.len() <= 70).then_some(boundary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use hyper::body::{Frame, SizeHint};
    use hyper::header::HeaderValue;
    use proptest::prelude::*;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// A body that comes in pieces.
    struct Pieces(Vec<Bytes>);

    impl Source for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop().map(|piece| Ok(Frame::data(piece))))
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
        }
    }

    fn pieces(bytes: &[u8], each: usize) -> Pieces {
        Pieces(bytes.chunks(each).rev().map(Bytes::copy_from_slice).collect())
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    async fn all<B: Source<Data = Bytes> + Unpin>(mut file: File<B>) -> Result<Vec<u8>, Ended> {
        let mut bytes = Vec::new();
        while let Some(piece) = file.piece().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    fn form(bytes: &[u8], each: usize, kind: &str) -> Result<Vec<u8>, Ended> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        wait(async { all(File::of_form(pieces(bytes, each), &headers).await?).await })
    }

    /// As Chromium writes it.
    fn written(file: &[u8]) -> Vec<u8> {
        let head = "--XyZ\r\nContent-Disposition: form-data; name=\"bundle\"; filename=\"a.raucb\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        [head.as_bytes(), file, b"\r\n--XyZ--\r\n"].concat()
    }

    const KIND: &str = "multipart/form-data; boundary=XyZ";

    #[test]
    fn a_body_is_the_file() {
        assert_eq!(
            wait(all(File::plain(Full::new(Bytes::from_static(b"abc"))).unwrap())),
            Ok(b"abc".to_vec())
        );
        assert_eq!(wait(all(File::plain(pieces(b"", 1)).unwrap())), Ok(Vec::new()));
    }

    #[test]
    fn other_forms_are_refused() {
        for (bytes, kind) in [
            (written(b"abc"), "multipart/form-data; boundary=other"),
            (written(b"abc"), "multipart/form-data"),
            (written(b"abc"), "application/x-www-form-urlencoded"),
            (written(b"abc")[1..].to_vec(), KIND),
            ([&written(b"abc")[..], b"more"].concat(), KIND),
            (vec![b'x'; 3 * HEAD_BYTES], KIND),
            (written(b"")[..b"--XyZ\r\n\r\n".len()].to_vec(), KIND),
        ] {
            assert!(form(&bytes, 1000, kind).is_err(), "{kind}: {}", String::from_utf8_lossy(&bytes));
        }
    }

    proptest! {
        /// Whatever is in the file, and however it comes.
        #[test]
        fn a_forms_file_arrives_as_it_was(file: Vec<u8>, each in 1usize..60) {
            prop_assert_eq!(form(&written(&file), each, KIND), Ok(file));
        }

        #[test]
        fn garbage_is_no_form(garbage: Vec<u8>, each in 1usize..60) {
            prop_assert!(form(&garbage, each, KIND).is_err());
        }

        /// Whatever comes as fields, and what a browser sends arrives as it was typed.
        #[test]
        fn fields_are_read_as_browsers_write_them(garbage: Vec<u8>, code in ".*", password in ".*") {
            let _ = named(&garbage, ["code", "password"]);
            let sent = form_urlencoded::Serializer::new(String::new()).append_pair("code", &code).append_pair("password", &password).finish();
            prop_assert_eq!(named(sent.as_bytes(), ["code", "password", "again"]), [code, password, String::new()]);
        }
    }
}
