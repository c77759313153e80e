//! WebRTC's media by TCP, for viewers whose network lets no UDP through (RFC 6544, `passive`): viewers connect, and packets go both ways with
//! their length in front (RFC 4571).
//!
//! What must always hold: at most [`CONNECTIONS`] at a time; what lies ready for one that does not take it is bounded, and what is beyond is
//! lost, as any packet may be; one that says nothing sensible is closed.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::datagrams::LARGEST;

/// The most connections there are at a time.
const CONNECTIONS: usize = 96;
const BACKLOG: i32 = 64;
/// Packets that lie ready for a viewer: a key frame.
const READY: usize = 192;
/// The kernel keeps no more than this beside what is on its way, in bytes: what it keeps is old when it leaves.
const NOT_SENT: u32 = 64 * 1024;
/// Who says nothing for so long is not there; a browser checks each few seconds.
const SILENCE: Duration = Duration::from_secs(30);
/// Packets that wait for being read here, from all viewers.
const HEARD: usize = 64;

/// A packet that has come.
#[derive(Debug)]
pub struct Heard {
    /// Who sent it.
    pub from: SocketAddr,
    /// Where it came to.
    pub to: SocketAddr,
    /// The packet.
    pub bytes: Vec<u8>,
}

/// Listens on all addresses of one family.
///
/// # Errors
/// What the system said.
pub fn listen(port: u16, v6: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(if v6 { Domain::IPV6 } else { Domain::IPV4 }, Type::STREAM, None)?;
    let address: SocketAddr = if v6 {
        socket.set_only_v6(true)?;
        (Ipv6Addr::UNSPECIFIED, port).into()
    } else {
        (Ipv4Addr::UNSPECIFIED, port).into()
    };
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// All connections.
pub struct Connections {
    open: HashMap<SocketAddr, (mpsc::Sender<Vec<u8>>, AbortHandle)>,
    tasks: JoinSet<SocketAddr>,
    tell: mpsc::Sender<Heard>,
    heard: mpsc::Receiver<Heard>,
}

impl Default for Connections {
    fn default() -> Self {
        let (tell, heard) = mpsc::channel(HEARD);
        Self { open: HashMap::new(), tasks: JoinSet::new(), tell, heard }
    }
}

impl Connections {
    /// Somebody has connected.
    pub fn join(&mut self, stream: TcpStream, from: SocketAddr) {
        self.forget_ended();
        let Ok(to) = stream.local_addr() else { return };
        if self.open.len() >= CONNECTIONS {
            return;
        }
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(NOT_SENT);
        let (reader, writer) = stream.into_split();
        let (ready, packets) = mpsc::channel(READY);
        let tell = self.tell.clone();
        let task = self.tasks.spawn(async move {
            tokio::select! {
                () = read(reader, from, to, tell) => {}
                () = write(writer, packets) => {}
            }
            from
        });
        self.open.insert(from, (ready, task));
    }

    fn forget_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            match ended {
                Ok(from) => drop(self.open.remove(&from)),
                Err(_) => self.open.retain(|_, (_, task)| !task.is_finished()),
            }
        }
    }

    /// The next packet that comes from anybody.
    pub async fn receive(&mut self) -> Heard {
        match self.heard.recv().await {
            Some(heard) => heard,
            // There is always one who could tell: it is kept here.
            None => std::future::pending().await,
        }
    }

    /// Sends to a viewer that has connected. False: it is lost.
    pub fn send(&mut self, bytes: Vec<u8>, to: SocketAddr) -> bool {
        self.open.get(&to).is_some_and(|(ready, _)| ready.try_send(bytes).is_ok())
    }
}

/// Reads packets until there are no more, or something else comes.
async fn read(mut reader: OwnedReadHalf, from: SocketAddr, to: SocketAddr, tell: mpsc::Sender<Heard>) {
    while let Ok(Ok(length)) = timeout(SILENCE, reader.read_u16()).await {
        if length == 0 || usize::from(length) > LARGEST {
            return;
        }
        let mut bytes = vec![0; length.into()];
        if !matches!(timeout(SILENCE, reader.read_exact(&mut bytes)).await, Ok(Ok(_))) {
            return;
        }
        if tell.send(Heard { from, to, bytes }).await.is_err() {
            return;
        }
    }
}

/// Writes packets until there are no more, or the viewer takes none.
async fn write(mut writer: OwnedWriteHalf, mut packets: mpsc::Receiver<Vec<u8>>) {
    let mut frame = Vec::with_capacity(LARGEST + 2);
    while let Some(packet) = packets.recv().await {
        let Ok(length) = u16::try_from(packet.len()) else { continue };
        frame.clear();
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&packet);
        if !matches!(timeout(SILENCE, writer.write_all(&frame)).await, Ok(Ok(()))) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    }

    async fn pair(connections: &mut Connections) -> TcpStream {
        let listener = listen(0, false).unwrap();
        let theirs = TcpStream::connect(("127.0.0.1", listener.local_addr().unwrap().port())).await.unwrap();
        let (ours, from) = listener.accept().await.unwrap();
        connections.join(ours, from);
        theirs
    }

    #[test]
    fn packets_keep_their_bounds_both_ways() {
        run(async {
            let mut connections = Connections::default();
            let mut theirs = pair(&mut connections).await;
            // Two in one piece, then one in two.
            theirs.write_all(&[0, 2, 1, 2, 0, 1, 3, 0]).await.unwrap();
            theirs.write_all(&[3, 4, 5, 6]).await.unwrap();
            for expected in [&[1, 2][..], &[3], &[4, 5, 6]] {
                let heard = connections.receive().await;
                assert_eq!((&heard.bytes[..], heard.from), (expected, theirs.local_addr().unwrap()));
            }
            assert!(connections.send(vec![7, 8], theirs.local_addr().unwrap()));
            let mut frame = [0; 4];
            theirs.read_exact(&mut frame).await.unwrap();
            assert_eq!(frame, [0, 2, 7, 8]);
            assert!(!connections.send(vec![7], "127.0.0.1:1".parse().unwrap()), "nobody is there");
        });
    }

    #[test]
    fn who_sends_no_packets_is_closed() {
        run(async {
            let mut connections = Connections::default();
            for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0, 0], &[0xff; 2]] {
                let mut theirs = pair(&mut connections).await;
                theirs.write_all(nonsense).await.unwrap();
                let mut rest = vec![];
                // Closed with what was not read: that may be told as a reset.
                let read = timeout(SILENCE / 2, theirs.read_to_end(&mut rest)).await;
                assert!(read.is_ok(), "{nonsense:?}: it is still open");
                assert!(rest.is_empty());
            }
            connections.forget_ended();
            assert!(connections.open.is_empty());
        });
    }

    #[test]
    fn who_does_not_read_holds_a_bounded_number_of_packets() {
        run(async {
            let mut connections = Connections::default();
            let theirs = pair(&mut connections).await;
            let to = theirs.local_addr().unwrap();
            let mut lost = 0;
            for _ in 0..100_000 {
                if !connections.send(vec![0; 1200], to) {
                    lost += 1;
                    if lost > 10 {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            assert!(lost > 10);
        });
    }
}
