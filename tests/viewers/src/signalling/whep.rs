//! WHEP (draft-ietf-wish-whep): one request with the offer, whose answer has ours and the session's place; and one that ends it.
//!
//! What must always hold: an answer that does not come in time is an error, and so is a refusal, but for that which says to come again.

use super::{News, RETRY, Signalling};
use crate::viewer::Failure;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// An answer takes no longer than this; a streamer waits for its first picture for a part of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a streamer takes offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    host: String,
    address: SocketAddr,
    path: String,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(url: &str) -> Result<Place, String> {
        let rest = url.strip_prefix("http://").ok_or("it does not begin with http://")?;
        let (host, path) = rest.split_once('/').ok_or("it has no path")?;
        let mut addresses = host.to_socket_addrs().map_err(|why| format!("{host}: {why}"))?;
        let address = addresses.next().ok_or_else(|| format!("{host} has no address"))?;
        Ok(Place { host: host.to_owned(), address, path: format!("/{path}") })
    }
}

impl Place {
    /// Sends a request; its answer ends with the connection.
    fn ask(&self, method: &str, path: &str, offer: &str) -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let (host, length) = (&self.host, offer.len());
        let kind = if offer.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{kind}Content-Length: {length}\r\n\r\n{offer}"
        );
        stream.write_all(request.as_bytes())?;
        Ok(stream)
    }
}

/// A request whose answer has not come yet.
struct Asked {
    stream: TcpStream,
    answer: Vec<u8>,
    until: Instant,
}

impl Asked {
    /// The whole answer, once it is there.
    fn hear(&mut self, now: Instant) -> std::io::Result<Option<String>> {
        match self.stream.read_to_end(&mut self.answer) {
            Ok(_) => Ok(Some(String::from_utf8_lossy(&self.answer).into_owned())),
            Err(why) if why.kind() == ErrorKind::WouldBlock && now < self.until => Ok(None),
            Err(why) if why.kind() == ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
            Err(why) => Err(why),
        }
    }
}

/// A session, from its offer on.
pub struct Session {
    place: Place,
    offer: String,
    begun: Instant,
    asked: Option<Asked>,
    again: Option<Instant>,
    /// The session's path, once there is one.
    path: Option<String>,
}

impl Session {
    /// Makes the offer.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(place: &Place, offer: String, now: Instant) -> Result<Session, Failure> {
        let mut session =
            Session { place: place.clone(), offer, begun: now, asked: None, again: None, path: None };
        session.ask(now)?;
        Ok(session)
    }

    fn ask(&mut self, now: Instant) -> Result<(), Failure> {
        let stream = self.place.ask("POST", &self.place.path, &self.offer)?;
        stream.set_nonblocking(true)?;
        self.asked = Some(Asked { stream, answer: vec![], until: now + PATIENCE });
        Ok(())
    }
}

impl Signalling for Session {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.asked.as_ref().map(|asked| asked.stream.as_fd())
    }

    fn due(&self) -> Option<Instant> {
        self.asked.as_ref().map(|asked| asked.until).or(self.again)
    }

    fn asked(&self) -> Instant {
        self.begun
    }

    fn step(&mut self, now: Instant) -> Result<Option<News>, Failure> {
        if self.again.take_if(|again| now >= *again).is_some() {
            self.ask(now)?;
        }
        let Some(asked) = &mut self.asked else { return Ok(None) };
        let heard = asked.hear(now).map_err(|why| format!("no answer to an offer: {why}"))?;
        let Some(answer) = heard else { return Ok(None) };
        self.asked = None;
        match Reply::read(&answer) {
            Some(Reply { code: 201, place: Some(path), body }) => {
                self.path = Some(path.to_owned());
                Ok(Some(News::Answer(body.to_owned())))
            }
            Some(Reply { code: 503, .. }) => {
                self.again = Some(now + RETRY);
                Ok(None)
            }
            _ => Err(format!("an offer was not taken: {answer}").into()),
        }
    }

    /// Offers come from this side alone.
    fn answer(&mut self, _: &str) {}

    /// The end of the session is waited for; one that cannot be told of it notices by the viewer's silence.
    fn leave(&mut self) {
        if let Some(path) = self.path.take() {
            let told = self.place.ask("DELETE", &path, "");
            let _ = told.and_then(|mut stream| stream.read_to_end(&mut vec![]));
        }
    }
}

/// An answer by HTTP.
#[derive(Debug, PartialEq, Eq)]
struct Reply<'a> {
    code: u16,
    /// `Location`.
    place: Option<&'a str>,
    body: &'a str,
}

impl<'a> Reply<'a> {
    fn read(answer: &'a str) -> Option<Reply<'a>> {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let code = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let mut headers = lines.filter_map(|line| line.split_once(':'));
        let place = headers.find(|(name, _)| name.eq_ignore_ascii_case("location"));
        Some(Reply { code, place: place.map(|(_, value)| value.trim()), body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let place: Place = "http://127.0.0.1:8080/whep".parse().unwrap();
        assert_eq!(
            (place.host.as_str(), place.address, place.path.as_str()),
            ("127.0.0.1:8080", "127.0.0.1:8080".parse().unwrap(), "/whep")
        );
        let place: Place = "http://[::1]:8080/a/b".parse().unwrap();
        assert_eq!((place.address.is_ipv6(), place.path.as_str()), (true, "/a/b"));
        for bad in ["", "127.0.0.1:8080/whep", "http://127.0.0.1:8080", "http://127.0.0.1/whep"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }

    #[test]
    fn answers_are_read() {
        let answer = "HTTP/1.1 201 Created\r\ncontent-length: 3\r\nlocation: /whep/1\r\n\r\nv=0";
        assert_eq!(Reply::read(answer), Some(Reply { code: 201, place: Some("/whep/1"), body: "v=0" }));
        let refusal = "HTTP/1.1 503 Service Unavailable\r\n\r\nlater\n";
        assert_eq!(Reply::read(refusal), Some(Reply { code: 503, place: None, body: "later\n" }));
        for bad in ["", "HTTP/1.1 201 Created\r\n", "SIP/2.0 201 Created\r\n\r\n"] {
            assert_eq!(Reply::read(bad), None, "{bad}");
        }
    }
}
