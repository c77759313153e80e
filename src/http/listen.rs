//! Listening and accepting: hyper on our own sockets, which small packets leave at once.
//!
//! Keeps: at most [`CONNECTIONS`] connections, [`HEADER_BYTES`] of request head each; a client that is slow to ask or
//! to take its answer is cut after the configured time.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::stall::StallGuard;
use crate::{debug, error};

const CONNECTIONS: usize = 256;
const HEADER_BYTES: usize = 16 * 1024;
const BACKLOG: u32 = 128;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process has the port.
    #[error(
        "cannot listen on {0}: the port is taken; end the process that has it (ss -ltnp names it) or give another --port"
    )]
    Taken(SocketAddr),
    /// The address belongs to no interface.
    #[error(
        "cannot listen on {0}: this machine has no such address; ip address shows those it has, --host 0.0.0.0 takes all"
    )]
    NoSuchAddress(SocketAddr),
    /// The kernel does not let this user have the port.
    #[error(
        "cannot listen on {0}: permission denied; give a --port of 1024 or more, or grant CAP_NET_BIND_SERVICE"
    )]
    Denied(SocketAddr),
    /// The name has no address.
    #[error("cannot listen on {host:?}: {why}; give an address of this machine as --host")]
    Unresolved {
        /// The name.
        host: String,
        /// What the resolver said.
        why: String,
    },
    /// Anything else.
    #[error("cannot listen on {0}: {1}; give another --host or --port")]
    Other(SocketAddr, io::Error),
}

impl BindError {
    fn new(address: SocketAddr, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::Taken(address),
            io::ErrorKind::AddrNotAvailable => Self::NoSuchAddress(address),
            io::ErrorKind::PermissionDenied => Self::Denied(address),
            _ => Self::Other(address, error),
        }
    }

    /// The machine lacks this address family or address; another of the same name may do.
    fn is_absent(&self) -> bool {
        match self {
            Self::NoSuchAddress(_) => true,
            Self::Other(_, error) => error.raw_os_error() == Some(libc::EAFNOSUPPORT),
            _ => false,
        }
    }
}

/// Sockets that listen, one for each address of the host.
pub struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// Listens on all addresses that `host` stands for. An address that this machine does not have is passed over as
    /// long as another one of the same name is there (`localhost` without IPv6).
    pub async fn bind(host: &str, port: u16) -> Result<Self, BindError> {
        let unresolved = |why: String| BindError::Unresolved { host: host.to_owned(), why };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = lookup_host((bare, port)).await.map_err(|error| unresolved(error.to_string()))?;
        let (mut listeners, mut absent) = (Vec::new(), None);
        for address in addresses {
            match listen(address).map_err(|error| BindError::new(address, error)) {
                Ok(listener) => listeners.push(listener),
                Err(error) if error.is_absent() => absent = Some(error),
                Err(error) => return Err(error),
            }
        }
        if listeners.is_empty() {
            return Err(absent.unwrap_or_else(|| unresolved("the name has no address".to_owned())));
        }
        Ok(Self(listeners))
    }

    /// Where it listens.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.0.iter().filter_map(|listener| listener.local_addr().ok())
    }

    /// Serves until dropped; dropping ends all connections.
    pub async fn serve(self, router: Router, timeout: Duration) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let mut acceptors = JoinSet::new();
        for listener in self.0 {
            acceptors.spawn(accept(listener, router.clone(), timeout, room.clone()));
        }
        acceptors.join_all().await;
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(listener: TcpListener, router: Router, timeout: Duration, room: Arc<Semaphore>) {
    let mut connections = JoinSet::new();
    while let Ok(place) = room.clone().acquire_owned().await {
        // Finished connections leave nothing behind.
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, peer)) => {
                debug!("HTTP: connection from {peer}");
                connections.spawn(converse(stream, router.clone(), timeout, place));
            }
            Err(error) => {
                // Out of descriptors or memory: the next try finds some again.
                error!("HTTP: cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, router: Router, timeout: Duration, _place: OwnedSemaphorePermit) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!("HTTP: cannot set TCP_NODELAY: {error}");
    }
    let io = TokioIo::new(StallGuard::new(stream, timeout));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(io, TowerToHyperService::new(router))
        .await;
    if let Err(error) = served {
        debug!("HTTP: a connection ended: {error}");
    }
}
