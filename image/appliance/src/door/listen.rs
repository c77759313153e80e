//! The sockets: systemd's, or addresses of one's own.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpSocket};

const BACKLOG: u32 = 128;

/// Why it cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// An address of one's own.
    #[error("cannot listen on {0}: {1}; ss -ltnp names who has the port, ip address the machine's addresses")]
    Address(SocketAddr, io::Error),
    /// systemd's.
    #[error("--systemd: {0}; start it by a systemd unit with a .socket beside it, or take --https")]
    Systemd(String),
}

/// What somebody who comes in there gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HTTP: the way to HTTPS on this port, and nothing else.
    Way(u16),
    /// HTTPS.
    Door,
}

/// A socket that listens.
#[derive(Debug)]
pub struct Listener {
    /// What it is for.
    pub kind: Kind,
    /// The socket.
    pub socket: TcpListener,
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.kind == Kind::Door { "https" } else { "http" };
        match self.socket.local_addr() {
            Ok(address) => write!(f, "{scheme}://{address}/"),
            Err(why) => write!(f, "{scheme}: {why}"),
        }
    }
}

/// systemd's sockets, or these addresses.
///
/// # Errors
/// What keeps it from one of them.
pub fn listeners(
    systemd: bool,
    http: &[SocketAddr],
    https: &[SocketAddr],
) -> Result<Vec<Listener>, ListenError> {
    let (ways, doors) = if systemd { of_systemd()? } else { (own(http)?, own(https)?) };
    let port =
        doors.first().and_then(|socket| socket.local_addr().ok()).map_or(443, |address| address.port());
    let ways = ways.into_iter().map(|socket| Listener { kind: Kind::Way(port), socket });
    let doors = doors.into_iter().map(|socket| Listener { kind: Kind::Door, socket });
    Ok(ways.chain(doors).collect())
}

fn own(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, ListenError> {
    let listen = |address: &SocketAddr| {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(*address)?;
        socket.listen(BACKLOG)
    };
    addresses
        .iter()
        .map(|address| listen(address).map_err(|why| ListenError::Address(*address, why)))
        .collect()
}

fn of_systemd() -> Result<(Vec<TcpListener>, Vec<TcpListener>), ListenError> {
    let failed = |why: io::Error| ListenError::Systemd(why.to_string());
    let mut sockets = ListenFd::from_env();
    let (mut ways, mut doors) = (Vec::new(), Vec::new());
    for number in 0..sockets.len() {
        let Some(socket) = sockets.take_tcp_listener(number).map_err(failed)? else { continue };
        socket.set_nonblocking(true).map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();
        let socket = TcpListener::from_std(socket).map_err(failed)?;
        if port == 80 { ways.push(socket) } else { doors.push(socket) }
    }
    if doors.is_empty() {
        return Err(ListenError::Systemd("systemd has given this process no socket for HTTPS".to_owned()));
    }
    Ok((ways, doors))
}
