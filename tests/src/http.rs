//! Requests and answers as bytes: what a client sees, nothing hidden by a library.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer's head, and what follows it.
pub struct Reply<S> {
    /// As it came: `HTTP/1.1 200 OK`.
    pub status: String,
    /// Names as they came, and values, in their order.
    pub headers: Vec<(String, String)>,
    /// Where the body comes from.
    pub body: BufReader<S>,
}

/// Sends a request on a connection and reads the answer's head.
///
/// # Panics
/// When there is no answer.
pub fn request<S: Read + Write>(stream: S, method: &str, target: &str, headers: &str) -> Reply<S> {
    request_with_body(stream, method, target, headers, "")
}

/// As [`request`], with a body, whose length the headers tell.
///
/// # Panics
/// When there is no answer.
pub fn request_with_body<S: Read + Write>(
    mut stream: S,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> Reply<S> {
    write!(stream, "{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n{body}")
        .expect("send");
    let mut body = BufReader::new(stream);
    let status = line(&mut body).expect("a status line");
    let headers = head(&mut body).expect("a head");
    Reply { status, headers, body }
}

/// A connection to a port of this machine; reads wait no longer than a test's patience.
///
/// # Panics
/// When nobody listens.
pub fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("connect");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set a time limit");
    stream
}

/// GET.
pub fn get(port: u16, target: &str) -> Reply<TcpStream> {
    request(connect(port), "GET", target, "")
}

impl<S: Read> Reply<S> {
    /// The status code.
    pub fn code(&self) -> u16 {
        self.status.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status code")
    }

    /// A header's value, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All of the body.
    pub fn bytes(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.body.read_to_end(&mut bytes).expect("a body");
        bytes
    }

    /// The next part of a multipart body, which begins with this line; with its length as its headers tell it.
    ///
    /// # Panics
    /// When the framing is wrong.
    pub fn part(&mut self) -> Part {
        if line(&mut self.body).expect("a boundary") != "--boundarydonotcross" {
            panic!("a part begins with its boundary");
        }
        let headers = head(&mut self.body).expect("a part's headers");
        let mut part = Part { headers, data: Vec::new() };
        let length = part.header("Content-Length").expect("a length").parse().expect("a number");
        part.data.resize(length, 0);
        self.body.read_exact(&mut part.data).expect("a picture");
        assert_eq!(line(&mut self.body).as_deref(), Some(""), "a picture is followed by an empty line's end");
        part
    }
}

/// A part of a multipart body.
pub struct Part {
    /// Names and values, in their order.
    pub headers: Vec<(String, String)>,
    /// The picture.
    pub data: Vec<u8>,
}

impl Part {
    /// A header's value, by its name as µStreamer writes it.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header's value as a number.
    ///
    /// # Panics
    /// When it is missing or no number.
    pub fn number(&self, name: &str) -> f64 {
        self.header(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or_else(|| panic!("{name} is no number"))
    }
}

fn line(from: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line).ok()?;
    let line = line.strip_suffix(b"\r\n")?;
    String::from_utf8(line.to_vec()).ok()
}

fn head(from: &mut impl BufRead) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = line(from)?;
        if line.is_empty() {
            return Some(headers);
        }
        let (name, value) = line.split_once(": ")?;
        headers.push((name.to_owned(), value.to_owned()));
    }
}
