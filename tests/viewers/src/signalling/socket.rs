//! Messages to and from Janus by its UNIX socket (`SOCK_SEQPACKET`, a message a packet).
//!
//! What must always hold: nothing here waits; what comes is handed out message by message.

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, socket};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// The longest message that Janus sends: an offer with many candidates is some kilobytes.
const LONGEST: usize = 64 << 10;

/// One connection.
pub struct Socket {
    socket: OwnedFd,
    /// What Janus had no room for yet.
    unsent: VecDeque<String>,
    buffer: Vec<u8>,
}

impl Socket {
    /// Connects to the socket at `path`.
    ///
    /// # Errors
    /// What the system says.
    pub fn connect(path: &Path) -> nix::Result<Socket> {
        let flags = SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        Ok(Socket { socket, unsent: VecDeque::new(), buffer: vec![0; LONGEST] })
    }

    /// To be polled for reading.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Says something, now or with the next [`Socket::flush`].
    pub fn say(&mut self, transaction: &str, mut message: Value) {
        message["transaction"] = json!(transaction);
        self.unsent.push_back(message.to_string());
        self.flush();
    }

    /// Says what could not be said before.
    pub fn flush(&mut self) {
        while let Some(text) = self.unsent.front() {
            match send(self.socket.as_raw_fd(), text.as_bytes(), MsgFlags::MSG_DONTWAIT) {
                Ok(_) => drop(self.unsent.pop_front()),
                // It will have room again; what else is wrong shows when nothing comes any more.
                Err(_) => return,
            }
        }
    }

    /// The next message that is there; `Err` when Janus has gone.
    ///
    /// # Errors
    /// What the system says.
    pub fn hear(&mut self) -> nix::Result<Option<Value>> {
        self.flush();
        match recv(self.socket.as_raw_fd(), &mut self.buffer, MsgFlags::MSG_DONTWAIT) {
            Ok(0) => Err(Errno::ECONNRESET),
            Ok(length) => Ok(Some(serde_json::from_slice(&self.buffer[..length]).unwrap_or(Value::Null))),
            Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(errno),
        }
    }
}
