//! Listening: on TCP addresses, on a UNIX socket, on sockets that systemd has opened.
//!
//! Keeps: nothing is removed but a socket, and only when `--unix-rm` says so; a failed start leaves no socket behind that was not
//! there before.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpSocket, UnixListener, lookup_host};

use super::tls::TlsError;
use crate::config::{HttpConfig, Listen};

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
    /// There is something at the path of the UNIX socket.
    #[error("cannot listen on {0}: it is there already; --unix-rm removes a socket, or give another --unix")]
    Exists(PathBuf),
    /// What `--unix-rm` should remove is not a socket.
    #[error(
        "cannot listen on {0}: what is there is no socket, and --unix-rm removes nothing else; give another --unix"
    )]
    NoSocket(PathBuf),
    /// The system refused the UNIX socket.
    #[error("cannot listen on {0}: {1}; give a --unix in a folder where this user may write")]
    Unix(PathBuf, io::Error),
    /// There are no sockets of systemd's.
    #[error("--systemd: {0}; start it by a systemd unit with a .socket beside it, or take --host and --port")]
    Systemd(String),
    /// The certificate will not do.
    #[error("{0}")]
    Tls(#[from] TlsError),
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

/// A socket that listens.
pub enum Listener {
    /// For TCP.
    Tcp(TcpListener),
    /// At a path.
    Unix(UnixListener),
}

/// As much as is known of where it listens.
impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listener::Tcp(listener) => match listener.local_addr() {
                Ok(address) => address.fmt(f),
                Err(_) => f.write_str("a TCP socket"),
            },
            Listener::Unix(listener) => {
                match listener.local_addr().ok().and_then(|address| address.as_pathname().map(PathBuf::from))
                {
                    Some(path) => write!(f, "unix:{}", path.display()),
                    None => f.write_str("a UNIX socket"),
                }
            }
        }
    }
}

/// Listens where the configuration says.
///
/// # Errors
/// What keeps it from one of the places.
pub async fn bind(config: &HttpConfig) -> Result<Vec<Listener>, BindError> {
    match &config.listen {
        Listen::Tcp { hosts, port } => {
            let mut listeners = Vec::new();
            for host in hosts {
                // Of several hosts one may be 0.0.0.0 and another ::, which alone takes IPv4, too.
                let only_v6 = hosts.len() > 1;
                listeners.extend(tcp(host, *port, only_v6).await?.into_iter().map(Listener::Tcp));
            }
            Ok(listeners)
        }
        Listen::Unix { path, remove, mode } => Ok(vec![Listener::Unix(unix(path, *remove, *mode)?)]),
        Listen::Systemd => systemd(),
    }
}

/// Listens on all addresses that `host` stands for. An address that this machine does not have is passed over as long as another
/// one of the same name is there (`localhost` without IPv6).
async fn tcp(host: &str, port: u16, only_v6: bool) -> Result<Vec<TcpListener>, BindError> {
    let unresolved = |why: String| BindError::Unresolved { host: host.to_owned(), why };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = lookup_host((bare, port)).await.map_err(|error| unresolved(error.to_string()))?;
    let (mut listeners, mut absent) = (Vec::new(), None);
    for address in addresses {
        match listen(address, only_v6).map_err(|error| BindError::new(address, error)) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.is_absent() => absent = Some(error),
            Err(error) => return Err(error),
        }
    }
    if listeners.is_empty() {
        return Err(absent.unwrap_or_else(|| unresolved("the name has no address".to_owned())));
    }
    Ok(listeners)
}

fn listen(address: SocketAddr, only_v6: bool) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    if address.is_ipv6() && only_v6 {
        socket2::SockRef::from(&socket).set_only_v6(true)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn unix(path: &Path, remove: bool, mode: Option<u32>) -> Result<UnixListener, BindError> {
    let failed = |why| BindError::Unix(path.to_owned(), why);
    match fs::symlink_metadata(path) {
        Ok(_) if !remove => return Err(BindError::Exists(path.to_owned())),
        Ok(found) if !found.file_type().is_socket() => return Err(BindError::NoSocket(path.to_owned())),
        Ok(_) => fs::remove_file(path).map_err(failed)?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    if let Some(mode) = mode {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed)?;
    }
    Ok(listener)
}

/// All sockets that systemd has opened for this process.
fn systemd() -> Result<Vec<Listener>, BindError> {
    let failed = |why: io::Error| BindError::Systemd(why.to_string());
    let mut sockets = ListenFd::from_env();
    if sockets.len() == 0 {
        return Err(BindError::Systemd("systemd has given this process no socket".to_owned()));
    }
    let mut listeners = Vec::new();
    for number in 0..sockets.len() {
        // A socket of another kind stays in its place.
        if let Ok(Some(socket)) = sockets.take_tcp_listener(number) {
            socket.set_nonblocking(true).map_err(failed)?;
            listeners.push(Listener::Tcp(TcpListener::from_std(socket).map_err(failed)?));
        } else if let Some(socket) = sockets.take_unix_listener(number).map_err(failed)? {
            socket.set_nonblocking(true).map_err(failed)?;
            listeners.push(Listener::Unix(UnixListener::from_std(socket).map_err(failed)?));
        }
    }
    Ok(listeners)
}
