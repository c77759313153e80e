//! WebRTC straight from the streamer to browsers, without Janus: WHEP (draft-ietf-wish-whep), whose HTTP is in `http/whep.rs`.
//!
//! From the core outwards: [`session`] is one viewer ([`terms`]: what it is offered), [`hub`] all of them and the stream that they share ([`unit`]); both know no socket.
//! [`datagrams`] and [`connections`] are the port for media, by UDP and by TCP, [`sockets`] both for IPv4 and IPv6, [`addresses`] what viewers
//! are told of it. What joins them is here: one task beside the web server.
//!
//! What must always hold: with no viewer nothing is taken from the encoder; a viewer that is slow, gone or hostile costs the others nothing
//! but the time for its packets.

mod addresses;
mod connections;
mod datagrams;
mod hub;
#[cfg(test)]
mod peer;
mod session;
mod sockets;
mod terms;
mod unit;

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use memsink::Micros;
use str0m::crypto;
use str0m::net::{Protocol, Transmit};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{sleep_until, timeout};

pub use addresses::is_loopback;
pub use hub::{Name, NoSession, VIEWERS};
pub use session::{Figures, Refusal, Report};
pub use sockets::Sockets;

use crate::config::WhepConfig;
use crate::debug;
use crate::pipeline::{Message, Tap, TapViewer};
use connections::Connections;
use datagrams::LARGEST;
use hub::Hub;

/// How long a viewer's first picture may take to be made before it is told that there is none.
const PATIENCE: Duration = Duration::from_secs(3);
/// Out of descriptors or memory: the next connection is taken after this long.
const BREATH: Duration = Duration::from_millis(100);

/// Why there is no WHEP.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port cannot be had.
    #[error(
        "cannot take port {port} (UDP and TCP) for WebRTC: {why}; give another --whep-port, or 0 for any that is free"
    )]
    Port {
        /// The port.
        port: u16,
        /// What the system said.
        why: io::Error,
    },
    /// The cryptography failed.
    #[error("cannot make a certificate for WebRTC; this should not happen, please report it")]
    Certificate,
}

/// Why somebody cannot watch.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The stream has not begun.
    #[error("no picture has come within {} seconds; /state says what the source and the encoder do", PATIENCE.as_secs())]
    NoPicture,
    /// There is no session.
    #[error("{0}")]
    Session(#[from] NoSession),
}

/// WebRTC for viewers of this program's own.
pub struct Whep {
    config: WhepConfig,
    sockets: Sockets,
    tap: Arc<Tap>,
    hub: Mutex<Hub>,
    /// Somebody has come or gone.
    changed: Notify,
    /// The stream came when it was last wanted.
    flows: AtomicBool,
    /// It is being taken now.
    taking: AtomicBool,
    names: (RandomState, RandomState),
}

/// What the task wakes up for.
enum News {
    Unit(Arc<Message>),
    Datagram(io::Result<(usize, SocketAddr, SocketAddr)>, bool),
    Packet(connections::Heard),
    Connection(io::Result<(TcpStream, SocketAddr)>),
    Nothing,
}

impl Whep {
    /// With this port, viewers of this stream, which is set to so many kbit/s.
    ///
    /// # Errors
    /// When the cryptography fails.
    pub fn new(config: WhepConfig, sockets: Sockets, tap: Arc<Tap>, kbps: u32) -> Result<Whep, Error> {
        let provider = crypto::from_feature_flags();
        let certificate = provider.dtls_provider.generate_certificate().ok_or(Error::Certificate)?;
        provider.install_process_default();
        Ok(Whep {
            config,
            sockets,
            tap,
            hub: Mutex::new(Hub::new(certificate, kbps)),
            changed: Notify::new(),
            flows: AtomicBool::new(false),
            taking: AtomicBool::new(false),
            names: Default::default(),
        })
    }

    fn hub(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The port for media.
    pub fn port(&self) -> u16 {
        self.sockets.v4.0.port()
    }

    /// How many viewers there are, connected or about to be.
    pub fn viewers(&self) -> usize {
        self.hub().len()
    }

    /// Whether the stream is being taken for them: once for all.
    pub fn taking(&self) -> bool {
        self.taking.load(Relaxed)
    }

    /// What is known of each viewer, and of what the way to it bears.
    pub fn reports(&self) -> Vec<Report> {
        self.hub().reports().collect()
    }

    /// Sessions that began and packets of media that were sent, since the start.
    pub fn totals(&self) -> (u64, u64) {
        let hub = self.hub();
        (hub.counts().sessions, hub.packets())
    }

    /// Somebody comes with an offer, from this machine or another: its name and our answer.
    ///
    /// # Errors
    /// Why it cannot watch.
    pub async fn watch(&self, offer: &str, loopback: bool) -> Result<(Name, String), Problem> {
        let candidates =
            addresses::candidates(self.port(), self.sockets.v6.is_some(), &self.config.hosts, loopback);
        let now = Instant::now();
        let name = self.name(now);
        let answer = self.hub().watch(name, offer, candidates, now)?;
        self.changed.notify_one();
        if !self.flows.load(Relaxed) {
            let mut first = self.tap.watch();
            if timeout(PATIENCE, first.next()).await.is_err() {
                self.leave(name);
                return Err(Problem::NoPicture);
            }
        }
        Ok((name, answer))
    }

    /// One that nobody can guess: the keys of both are random.
    fn name(&self, now: Instant) -> Name {
        let (high, low) = (&self.names.0, &self.names.1);
        let count = self.hub().counts().sessions;
        Name::new(u128::from(high.hash_one((count, now))) << 64 | u128::from(low.hash_one((count, now))))
    }

    /// Somebody goes; false if nobody of that name was there.
    pub fn leave(&self, name: Name) -> bool {
        let left = self.hub().leave(name, Instant::now(), &mut self.outlet(None));
        self.changed.notify_one();
        left
    }

    /// Everybody is told that it is over: the program ends.
    pub fn farewell(&self) {
        self.hub().clear(Instant::now(), &mut self.outlet(None));
    }

    /// Serves the viewers. Never returns.
    pub async fn run(&self) {
        let mut connections = Connections::default();
        let mut watching: Option<TapViewer> = None;
        let mut buffers = ([0; LARGEST], [0; LARGEST]);
        let mut last = Instant::now();
        let mut deaf = last;
        loop {
            let due = {
                let (hub, now) = (self.hub(), Instant::now());
                if hub.is_empty() {
                    (watching, last) = (None, now);
                } else if watching.is_none() {
                    watching = Some(self.tap.watch());
                }
                hub.due(now)
            };
            self.taking.store(watching.is_some(), Relaxed);
            let news = self.news(&mut watching, &mut connections, &mut buffers, (due, deaf)).await;
            let now = Instant::now();
            let mut hub = self.hub();
            let mut new = false;
            match news {
                News::Unit(unit) => {
                    hub.unit(unit.key(), unit.captured(), unit.unit(), Micros::now());
                    (new, last) = (true, now);
                    self.flows.store(true, Relaxed);
                }
                News::Datagram(Ok((length, from, to)), v6) => {
                    let buffer = if v6 { &buffers.1 } else { &buffers.0 };
                    hub.receive(
                        Protocol::Udp,
                        (from, to),
                        &buffer[..length],
                        now,
                        &mut self.outlet(Some(&mut connections)),
                    );
                }
                News::Packet(heard) => {
                    hub.receive(
                        Protocol::Tcp,
                        (heard.from, heard.to),
                        &heard.bytes,
                        now,
                        &mut self.outlet(Some(&mut connections)),
                    );
                }
                News::Connection(Ok((stream, from))) => connections.join(stream, from),
                News::Connection(Err(why)) => {
                    debug!("WHEP: cannot accept a connection: {why}");
                    deaf = now + BREATH;
                }
                // A port that was unreachable, and the like: of one viewer, who will be missed by its silence.
                News::Datagram(Err(why), _) => debug!("WHEP: {why}"),
                News::Nothing => {}
            }
            if now.saturating_duration_since(last) > PATIENCE {
                self.flows.store(false, Relaxed);
            }
            let wanted = hub.drive(new, now, &mut self.outlet(Some(&mut connections)));
            // With each picture is often enough; without a viewer there are none.
            if new || hub.is_empty() {
                self.tap.wish(hub.wish(Micros::now()));
            }
            drop(hub);
            if let Some((viewer, reason)) = watching.as_mut().zip(wanted) {
                viewer.want_key(reason);
            }
        }
    }

    async fn news(
        &self,
        watching: &mut Option<TapViewer>,
        connections: &mut Connections,
        buffers: &mut ([u8; LARGEST], [u8; LARGEST]),
        (due, deaf): (Instant, Instant),
    ) -> News {
        let unit = async {
            match watching {
                Some(viewer) => viewer.next().await,
                None => std::future::pending().await,
            }
        };
        let accept = async {
            sleep_until(deaf.into()).await;
            self.sockets.accept().await
        };
        let v6 = async {
            match &self.sockets.v6 {
                Some((datagrams, _)) => datagrams.receive(&mut buffers.1).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            unit = unit => News::Unit(unit),
            datagram = self.sockets.v4.0.receive(&mut buffers.0) => News::Datagram(datagram, false),
            datagram = v6 => News::Datagram(datagram, true),
            heard = connections.receive() => News::Packet(heard),
            accepted = accept => News::Connection(accepted),
            () = self.changed.notified() => News::Nothing,
            () = sleep_until(due.into()) => News::Nothing,
        }
    }

    fn outlet<'a>(&'a self, connections: Option<&'a mut Connections>) -> Outlet<'a> {
        Outlet { sockets: &self.sockets, connections }
    }
}

/// Where packets leave, each as soon as it is made: what nobody keeps takes no memory.
struct Outlet<'a> {
    sockets: &'a Sockets,
    /// What goes by TCP only goes with them.
    connections: Option<&'a mut Connections>,
}

impl Extend<Transmit> for Outlet<'_> {
    fn extend<T: IntoIterator<Item = Transmit>>(&mut self, packets: T) {
        for Transmit { proto, source, destination, contents } in packets {
            let socket = match (&self.sockets.v6, destination.is_ipv6()) {
                (Some(v6), true) => Some(v6),
                (_, true) => None,
                (_, false) => Some(&self.sockets.v4),
            };
            match (proto, &mut self.connections, socket) {
                (Protocol::Udp, _, Some((socket, _))) => drop(socket.send(&contents, source, destination)),
                (Protocol::Tcp, Some(connections), _) => drop(connections.send(contents.into(), destination)),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::peer::Peer;
    use super::*;

    #[test]
    fn without_a_picture_nobody_stays() {
        let config = WhepConfig::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sockets = Sockets::bind(&config).unwrap();
            let tap = Arc::<Tap>::default();
            let whep = Whep::new(config, sockets, Arc::clone(&tap), 5000).unwrap();
            let peer = Peer::new(Instant::now(), true);
            let asks = async {
                let problem = whep.watch(peer.offer(), true).await.map(drop);
                assert!(matches!(problem, Err(Problem::NoPicture)), "{problem:?}");
                assert_eq!(whep.viewers(), 0);
                // The task lets go of the stream.
                while tap.viewers() > 0 {
                    tokio::task::yield_now().await;
                }
            };
            let demand = async {
                while tap.viewers() == 0 {
                    tokio::task::yield_now().await;
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = asks => {}
                () = whep.run() => unreachable!("it never returns"),
                () = demand => unreachable!("it never returns"),
            }
        });
    }

    #[test]
    fn a_port_is_free_by_both_or_not_taken() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let first = Sockets::bind(&WhepConfig::default()).unwrap();
            let port = first.v4.0.port();
            let again = Sockets::bind(&WhepConfig { port, ..WhepConfig::default() }).map(drop);
            assert!(matches!(again, Err(Error::Port { port: taken, .. }) if taken == port));
            drop(first);
            Sockets::bind(&WhepConfig { port, ..WhepConfig::default() }).unwrap();
        });
    }
}
