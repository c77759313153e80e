//! What WebRTC without Janus was asked to do.

use std::fmt;
use std::net::IpAddr;

/// WebRTC without Janus (WHEP).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WhepConfig {
    /// The port for media, UDP and TCP, on all addresses; 0: any that is free.
    pub port: u16,
    /// Addresses under which viewers reach it beside those of the interfaces: those of a NAT before it.
    pub hosts: Vec<IpAddr>,
    /// STUN and TURN servers that viewers are told.
    pub ice_servers: Vec<IceServer>,
}

/// A STUN or TURN server (RFC 7064, RFC 7065).
#[derive(Clone, PartialEq, Eq)]
pub struct IceServer {
    /// Its URL, without a name or password in it; visible ASCII only.
    pub url: String,
    /// Name and password for it; visible ASCII without quotes.
    pub credentials: Option<(String, String)>,
}

impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer").field("url", &self.url).finish_non_exhaustive()
    }
}
