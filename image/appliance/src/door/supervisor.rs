//! Who started it is told when it is open. No supervisor, or one that does not listen, is no fault.

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Tells systemd (`Type=notify`) that connections are answered from now on, and that a claim code is there when one is needed.
pub fn tell_ready() {
    let Ok(path) = env::var("NOTIFY_SOCKET") else { return };
    let tell = || -> io::Result<usize> {
        let address = match path.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&path)?,
        };
        UnixDatagram::unbound()?.send_to_addr(b"READY=1", &address)
    };
    if let Err(why) = tell() {
        eprintln!("systemd cannot be told that the door is open: {why}");
    }
}
