//! What WebRTC without Janus was asked to do.

use std::net::IpAddr;

/// WebRTC without Janus (WHEP).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WhepConfig {
    /// The port for media, UDP and TCP, on all addresses; 0: any that is free.
    pub port: u16,
    /// Addresses under which viewers reach it beside those of the interfaces: those of a NAT before it.
    pub hosts: Vec<IpAddr>,
}
