//! Accepting and conversing: hyper on our own sockets.
//!
//! Keeps: at most [`CONNECTIONS`] connections, [`HEADER_BYTES`] of request head each; a client that is slow to ask or to take its
//! answer is cut after the configured time; of an answer no more lies in the kernel than is on its way, so what a slow client
//! gets next is as new as it can be.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::listen::{BindError, Listener, bind};
use super::stall::StallGuard;
use super::tls;
use crate::config::HttpConfig;
use crate::{debug, error};

const CONNECTIONS: usize = 256;
const HEADER_BYTES: usize = 16 * 1024;
/// So many bytes of an answer may wait in the kernel beside those on their way.
const NOT_SENT: u32 = 128 * 1024;

/// A server that has its sockets and waits to be run.
pub struct Server {
    listeners: Vec<Listener>,
    tls: Option<TlsAcceptor>,
    timeout: Duration,
}

impl Server {
    /// Listens where the configuration says.
    ///
    /// # Errors
    /// When a socket or the certificate cannot be had.
    pub async fn bind(config: &HttpConfig) -> Result<Server, BindError> {
        let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
        Ok(Server { listeners: bind(config).await?, tls, timeout: config.timeout })
    }

    /// Where it listens, as a browser wants it.
    pub fn addresses(&self) -> impl Iterator<Item = String> + '_ {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.listeners.iter().map(move |listener| match listener {
            Listener::Tcp(_) => format!("{scheme}://{listener}/"),
            Listener::Unix(_) => listener.to_string(),
        })
    }

    /// Serves until dropped; dropping ends all connections.
    pub(super) async fn serve(self, router: Router) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let mut acceptors = JoinSet::new();
        for listener in self.listeners {
            let host = Host { router: router.clone(), tls: self.tls.clone(), timeout: self.timeout };
            acceptors.spawn(host.accept(listener, room.clone()));
        }
        acceptors.join_all().await;
    }
}

/// What a connection needs.
#[derive(Clone)]
struct Host {
    router: Router,
    tls: Option<TlsAcceptor>,
    timeout: Duration,
}

impl Host {
    async fn accept(self, listener: Listener, room: Arc<Semaphore>) {
        let mut connections = JoinSet::new();
        while let Ok(place) = room.clone().acquire_owned().await {
            // Finished connections leave nothing behind.
            while connections.try_join_next().is_some() {}
            let accepted = match &listener {
                Listener::Tcp(listener) => listener.accept().await.map(|(stream, peer)| {
                    debug!("HTTP: connection from {peer}");
                    hasten(&stream);
                    connections.spawn(self.clone().greet(stream, place));
                }),
                Listener::Unix(listener) => listener.accept().await.map(|(stream, _)| {
                    debug!("HTTP: connection on the UNIX socket");
                    connections.spawn(self.clone().greet(stream, place));
                }),
            };
            if let Err(error) = accepted {
                // Out of descriptors or memory: the next try finds some again.
                error!("HTTP: cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }

    async fn greet<S>(self, stream: S, place: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        match &self.tls {
            None => self.converse(stream, place).await,
            Some(tls) => match tokio::time::timeout(self.timeout, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.converse(stream, place).await,
                Ok(Err(error)) => debug!("HTTP: no TLS with a client: {error}"),
                Err(_) => debug!("HTTP: a client was too slow to greet"),
            },
        }
    }

    async fn converse<S>(&self, stream: S, _place: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(StallGuard::new(stream, self.timeout));
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.timeout)
            .max_buf_size(HEADER_BYTES)
            // As µStreamer writes them: scripts look for them with their capitals.
            .title_case_headers(true)
            .serve_connection(io, TowerToHyperService::new(self.router.clone()))
            .with_upgrades()
            .await;
        if let Err(error) = served {
            debug!("HTTP: a connection ended: {error}");
        }
    }
}

/// Small packets leave at once, and large answers do not pile up in the kernel.
fn hasten(stream: &TcpStream) {
    let set = || -> io::Result<()> {
        stream.set_nodelay(true)?;
        SockRef::from(stream).set_tcp_notsent_lowat(NOT_SENT)
    };
    if let Err(error) = set() {
        debug!("HTTP: cannot set TCP_NODELAY and TCP_NOTSENT_LOWAT: {error}");
    }
}
