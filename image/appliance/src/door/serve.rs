//! Accepting and conversing: hyper and rustls on our own sockets.
//!
//! What must always hold: at most [`CONNECTIONS`] connections, and [`EACH`] of one place, so that nobody alone takes all; a greeting and a
//! request's head within [`PATIENCE`], [`HEAD_BYTES`] at most; an answer waits no longer than that for who does not read, and no more of
//! it lies ready meanwhile than a few buffers.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::answer;
use super::cert::Keeper;
use super::limiter::Place;
use super::listen::{Kind, Listener};
use super::site::Site;
use super::stall::StallGuard;

const CONNECTIONS: usize = 256;
const EACH: usize = 64;
const HEAD_BYTES: usize = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);
/// So many bytes of an answer may wait in the kernel beside those on their way: who is slow gets what is new.
const NOT_SENT: u32 = 128 * 1024;
/// Peers that have gone without a word are noticed after a minute or two: their sessions end, and their places are free.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Serves until dropped; dropping ends all connections.
pub async fn serve(listeners: Vec<Listener>, keeper: &Keeper, site: Arc<Site>) {
    let room = Arc::new(Room { all: Arc::new(Semaphore::new(CONNECTIONS)), each: Mutex::default() });
    let accepting =
        listeners.into_iter().map(|listener| accept(listener, keeper, site.clone(), room.clone()));
    futures_util::future::join_all(accepting).await;
}

/// Who is in.
struct Room {
    all: Arc<Semaphore>,
    each: Mutex<HashMap<Place, usize>>,
}

/// A place in the room, given back when dropped. What a connection becomes by an upgrade keeps it.
pub struct Seat {
    room: Arc<Room>,
    place: Place,
    _permit: OwnedSemaphorePermit,
}

impl Room {
    /// `None`: this place has as many as it gets.
    fn seat(self: &Arc<Self>, place: Place, permit: OwnedSemaphorePermit) -> Option<Seat> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = each.entry(place).or_default();
        if *taken >= EACH {
            return None;
        }
        *taken += 1;
        Some(Seat { room: self.clone(), place, _permit: permit })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut each = self.room.each.lock().unwrap_or_else(PoisonError::into_inner);
        match each.get_mut(&self.place) {
            Some(taken) if *taken > 1 => *taken -= 1,
            _ => _ = each.remove(&self.place),
        }
    }
}

async fn accept(listener: Listener, keeper: &Keeper, site: Arc<Site>, room: Arc<Room>) {
    let mut connections = JoinSet::new();
    while let Ok(permit) = room.all.clone().acquire_owned().await {
        // Finished connections leave nothing behind.
        while connections.try_join_next().is_some() {}
        let (stream, peer) = match listener.socket.accept().await {
            Ok(accepted) => accepted,
            Err(why) => {
                // Out of descriptors or memory: the next try finds some again.
                eprintln!("cannot accept a connection: {why}");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let place = Place::from(peer.ip());
        let Some(seat) = room.seat(place, permit) else { continue };
        if let Err(why) = prepare(&stream) {
            eprintln!("cannot set options of a connection: {why}");
        }
        let site = site.clone();
        match listener.kind {
            Kind::Way(port) => {
                connections.spawn(async move {
                    let answer = service_fn(|request| {
                        let answer = answer::way(&request, port);
                        async { Ok::<_, Infallible>(answer) }
                    });
                    converse(stream, answer).await;
                    drop(seat);
                });
            }
            Kind::Door => {
                let tls = match keeper.acceptor() {
                    Ok(tls) => tls,
                    Err(why) => {
                        eprintln!("{why}");
                        continue;
                    }
                };
                let seat = Arc::new(seat);
                connections.spawn(async move {
                    // A greeting that fails or comes too late is the client's affair.
                    let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await else { return };
                    let answer = service_fn(|request| {
                        let (site, seat) = (site.clone(), seat.clone());
                        async move { Ok::<_, Infallible>(site.answer(request, place, seat).await) }
                    });
                    converse(stream, answer).await;
                });
            }
        }
    }
}

/// One connection's requests, until it ends. What it becomes by an upgrade goes on elsewhere.
async fn converse<S, H>(stream: S, answer: H)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: HttpService<Incoming, ResBody = answer::Body, Error = Infallible>,
    H::Future: Send,
{
    // How a connection ends is its client's affair, too.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(StallGuard::new(stream, PATIENCE)), answer)
        .with_upgrades()
        .await;
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(
        &TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 3).with_retries(3),
    )?;
    socket.set_tcp_notsent_lowat(NOT_SENT)
}
