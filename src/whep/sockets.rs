//! The port for media: the same number by UDP and by TCP, for IPv4 and, where there is IPv6, for that.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};

use super::Error;
use super::connections::listen;
use super::datagrams::Datagrams;
use crate::config::WhepConfig;
use crate::debug;

/// How often a port is sought that is free by UDP and by TCP.
const TRIES: usize = 16;

/// The port for media.
pub struct Sockets {
    pub(super) v4: (Datagrams, TcpListener),
    /// On a machine that has IPv6.
    pub(super) v6: Option<(Datagrams, TcpListener)>,
}

impl Sockets {
    /// Takes the port that was asked for.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn bind(config: &WhepConfig) -> Result<Sockets, Error> {
        let mut tried = 0;
        loop {
            match Self::take(config.port) {
                Ok(sockets) => return Ok(sockets),
                // Free by UDP, but not by TCP.
                Err(why) if config.port == 0 && tried < TRIES && why.kind() == io::ErrorKind::AddrInUse => {
                    tried += 1
                }
                Err(why) => return Err(Error::Port { port: config.port, why }),
            }
        }
    }

    fn take(port: u16) -> io::Result<Sockets> {
        let datagrams = Datagrams::bind(port, false)?;
        let port = datagrams.port();
        let v4 = (datagrams, listen(port, false)?);
        let v6 = Datagrams::bind(port, true).and_then(|datagrams| Ok((datagrams, listen(port, true)?)));
        match v6 {
            Ok(v6) => Ok(Sockets { v4, v6: Some(v6) }),
            Err(why) if why.kind() == io::ErrorKind::AddrInUse => Err(why),
            Err(why) => {
                debug!("WHEP: IPv4 only: {why}");
                Ok(Sockets { v4, v6: None })
            }
        }
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        match &self.v6 {
            None => self.v4.1.accept().await,
            Some((_, v6)) => tokio::select! {
                accepted = self.v4.1.accept() => accepted,
                accepted = v6.accept() => accepted,
            },
        }
    }
}
