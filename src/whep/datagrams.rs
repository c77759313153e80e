//! One UDP port for all viewers, on all addresses of this machine: whatever comes is told with the address it came to, and what is sent leaves
//! from the address that it should. ICE tells viewers' ways apart by both ends.
//!
//! What must always hold: a datagram that the kernel does not take at once is lost, as any may be on its way; nothing waits for it.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsRawFd;

use nix::libc;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, recvmsg, sendmsg, setsockopt,
    sockopt,
};
use socket2::{Domain, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// The largest datagram that is taken: browsers send none larger than an Ethernet frame.
pub const LARGEST: usize = 2000;
/// What the kernel may keep for us in each direction, in bytes: some key frames.
const KERNEL: usize = 1 << 20;

/// A socket for all addresses of one family.
pub struct Datagrams {
    socket: UdpSocket,
    port: u16,
    v6: bool,
}

impl Datagrams {
    /// Takes the port; 0: any that is free.
    ///
    /// # Errors
    /// What the system said.
    pub fn bind(port: u16, v6: bool) -> io::Result<Datagrams> {
        let socket = Socket::new(if v6 { Domain::IPV6 } else { Domain::IPV4 }, Type::DGRAM, None)?;
        let address: SocketAddr = if v6 {
            socket.set_only_v6(true)?;
            setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
            (Ipv6Addr::UNSPECIFIED, port).into()
        } else {
            setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
            (Ipv4Addr::UNSPECIFIED, port).into()
        };
        // As much of it as the system grants.
        let _ = socket.set_send_buffer_size(KERNEL);
        let _ = socket.set_recv_buffer_size(KERNEL);
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        let port = socket.local_addr()?.port();
        Ok(Datagrams { socket, port, v6 })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next datagram: its length, where it came from, and to which of our addresses.
    ///
    /// # Errors
    /// What the system said, of this one datagram.
    pub async fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr, SocketAddr)> {
        self.socket.async_io(Interest::READABLE, || self.take(buffer)).await
    }

    fn take(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr, SocketAddr)> {
        let strange = || io::Error::new(io::ErrorKind::InvalidData, "a datagram without its addresses");
        let fd = self.socket.as_raw_fd();
        let mut pieces = [IoSliceMut::new(buffer)];
        if self.v6 {
            let mut control = nix::cmsg_space!(libc::in6_pktinfo);
            let message = recvmsg::<SockaddrIn6>(fd, &mut pieces, Some(&mut control), MsgFlags::empty())?;
            let to = message.cmsgs()?.find_map(|control| match control {
                ControlMessageOwned::Ipv6PacketInfo(info) => Some(Ipv6Addr::from(info.ipi6_addr.s6_addr)),
                _ => None,
            });
            let from = message.address.map(|from| SocketAddrV6::new(from.ip(), from.port(), 0, 0));
            let (to, from) = to.zip(from).ok_or_else(strange)?;
            return Ok((message.bytes, from.into(), (to, self.port).into()));
        }
        let mut control = nix::cmsg_space!(libc::in_pktinfo);
        let message = recvmsg::<SockaddrIn>(fd, &mut pieces, Some(&mut control), MsgFlags::empty())?;
        let to = message.cmsgs()?.find_map(|control| match control {
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                Some(Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr)))
            }
            _ => None,
        });
        let from = message.address.map(|from| SocketAddrV4::new(from.ip(), from.port()));
        let (to, from) = to.zip(from).ok_or_else(strange)?;
        Ok((message.bytes, from.into(), (to, self.port).into()))
    }

    /// Sends from one of our addresses. False: it is lost.
    pub fn send(&self, bytes: &[u8], from: SocketAddr, to: SocketAddr) -> bool {
        let sent = self.socket.try_io(Interest::WRITABLE, || {
            let (fd, pieces, flags) = (self.socket.as_raw_fd(), [IoSlice::new(bytes)], MsgFlags::empty());
            let sent = match (from, to) {
                (SocketAddr::V4(from), SocketAddr::V4(to)) => {
                    let address = libc::in_addr { s_addr: u32::from(*from.ip()).to_be() };
                    let info = libc::in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: address, ipi_addr: address };
                    sendmsg(
                        fd,
                        &pieces,
                        &[ControlMessage::Ipv4PacketInfo(&info)],
                        flags,
                        Some(&SockaddrIn::from(to)),
                    )
                }
                (SocketAddr::V6(from), SocketAddr::V6(to)) => {
                    let address = libc::in6_addr { s6_addr: from.ip().octets() };
                    let info = libc::in6_pktinfo { ipi6_addr: address, ipi6_ifindex: 0 };
                    sendmsg(
                        fd,
                        &pieces,
                        &[ControlMessage::Ipv6PacketInfo(&info)],
                        flags,
                        Some(&SockaddrIn6::from(to)),
                    )
                }
                _ => return Err(io::ErrorKind::InvalidInput.into()),
            };
            Ok(sent?)
        });
        sent.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_known_and_kept() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let ours = Datagrams::bind(0, false).unwrap();
            // All of 127/8 is this machine.
            for address in ["127.0.0.1", "127.0.0.77"] {
                let theirs = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                let to: SocketAddr = format!("{address}:{}", ours.port()).parse().unwrap();
                theirs.send_to(b"question", to).await.unwrap();
                let mut buffer = [0; LARGEST];
                let (length, from, at) = ours.receive(&mut buffer).await.unwrap();
                assert_eq!(
                    (&buffer[..length], from, at),
                    (&b"question"[..], theirs.local_addr().unwrap(), to)
                );
                assert!(ours.send(b"answer", at, from));
                let (length, from) = theirs.recv_from(&mut buffer).await.unwrap();
                assert_eq!((&buffer[..length], from), (&b"answer"[..], to), "from where it was asked");
            }
        });
    }
}
