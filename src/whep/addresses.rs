//! Under which addresses viewers can reach this machine, as ICE candidates: each by UDP and by TCP.
//!
//! They are looked up for each viewer: interfaces come and go.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use str0m::Candidate;
use str0m::net::TcpType;

/// The most addresses that a viewer is told.
const MOST: usize = 12;

/// What a viewer is told: this machine's addresses, then `others`; those of the loopback for who comes from there.
pub fn candidates(port: u16, v6: bool, others: &[IpAddr], loopback: bool) -> Vec<Candidate> {
    let own = interfaces(loopback);
    let mut addresses: Vec<IpAddr> = vec![];
    for address in own.into_iter().filter(|address| v6 || address.is_ipv4()).chain(others.iter().copied()) {
        if !addresses.contains(&address) && addresses.len() < MOST {
            addresses.push(address);
        }
    }
    let udp = |at: SocketAddr| Candidate::builder().udp().host(at).build().ok();
    let tcp = |at: SocketAddr| Candidate::builder().tcp().host(at).tcptype(TcpType::Passive).build().ok();
    let places = || addresses.iter().map(|&address| SocketAddr::new(address, port));
    places().filter_map(udp).chain(places().filter_map(tcp)).collect()
}

/// The addresses of the interfaces that are up.
fn interfaces(loopback: bool) -> Vec<IpAddr> {
    let Ok(all) = getifaddrs() else { return vec![] };
    all.filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP))
        .filter_map(|interface| {
            let address = interface.address?;
            let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
        })
        .filter(|&address| serves(address, loopback))
        .collect()
}

/// Whether a viewer can use this address; without `loopback` it is on another machine.
fn serves(address: IpAddr, loopback: bool) -> bool {
    match address {
        IpAddr::V4(Ipv4Addr::LOCALHOST) | IpAddr::V6(Ipv6Addr::LOCALHOST) => loopback,
        IpAddr::V4(v4) => !v4.is_unspecified() && !v4.is_multicast(),
        // Link-local addresses are worth nothing without the interface's name, which SDP cannot tell.
        IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_multicast() && !v6.is_unicast_link_local(),
    }
}

/// Whether who asks for this host (the header `Host`) is on this machine, or comes through a tunnel that ends there.
pub fn is_loopback(host: &str) -> bool {
    let bare = match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !bare.ends_with(':') => bare,
        _ => host,
    };
    let bare = bare.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => bare.eq_ignore_ascii_case("localhost") || bare.to_ascii_lowercase().ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_on_this_machine_is_told_of_its_loopback() {
        for own in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:8080",
            "127.0.0.9",
            "[::1]:8080",
            "[::1]",
            "::1",
            "a.localhost",
        ] {
            assert!(is_loopback(own), "{own}");
        }
        for other in [
            "",
            "kvm",
            "kvm:8080",
            "10.0.0.1:8080",
            "[2001:db8::1]:8080",
            "localhost.example",
            "127.0.0.1.example",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
        let lines = |loopback| -> Vec<String> {
            candidates(8189, true, &[], loopback).iter().map(Candidate::to_sdp_string).collect()
        };
        assert!(
            lines(true)
                .iter()
                .any(|line| line.contains(" udp ") && line.contains(" 127.0.0.1 8189 typ host"))
        );
        assert!(lines(true).iter().any(|line| line.contains(" 127.0.0.1 8189 typ host tcptype passive")));
        assert!(!lines(false).iter().any(|line| line.contains(" 127.0.0.1 ") || line.contains(" ::1 ")));
    }

    #[test]
    fn only_addresses_that_others_can_use() {
        for (address, used) in [
            ("192.168.1.5", true),
            ("2001:db8::5", true),
            ("fe80::1", false),
            ("::", false),
            ("224.0.0.1", false),
        ] {
            assert_eq!(serves(address.parse().unwrap(), false), used, "{address}");
        }
    }

    #[test]
    fn others_come_behind_our_own_and_once() {
        let nat: IpAddr = "203.0.113.7".parse().unwrap();
        let all = candidates(1, false, &[nat, nat], true);
        let of_nat: Vec<_> = all.iter().filter(|candidate| candidate.addr().ip() == nat).collect();
        assert_eq!(of_nat.len(), 2, "UDP and TCP");
        assert!(all.iter().all(|candidate| candidate.addr().is_ipv4()));
    }
}
