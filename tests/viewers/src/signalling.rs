//! How a viewer comes by its connection: what is said beside the media, to Janus or to a streamer that does WHEP.
//!
//! What must always hold: nothing here waits for an answer; what has come is handed out piece by piece.

mod janus;
mod socket;
mod whep;

use crate::viewer::Failure;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use janus::{Conversation, Plugin};
pub use whep::{Place, Session};

/// What is not there yet is asked for again after this.
const RETRY: Duration = Duration::from_millis(500);

/// Whose viewers these are.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Server {
    /// Janus's UNIX socket (transport pfunix, SOCK_SEQPACKET).
    #[arg(long)]
    pub janus: Option<PathBuf>,
    /// The same, to watch what Janus's own streaming plugin has as number 1.
    #[arg(long)]
    pub streaming: Option<PathBuf>,
    /// Where a streamer takes offers: http://HOST:PORT/whep.
    #[arg(long)]
    pub whep: Option<Place>,
}

/// What the other side says.
#[derive(Debug)]
pub enum News {
    /// An offer in SDP, to be answered.
    Offer(String),
    /// Its answer to our offer.
    Answer(String),
    /// Something was wrong that does not end the connection.
    Error,
    /// The connection has ended.
    Gone,
}

/// One viewer's conversation.
pub trait Signalling {
    /// To be polled for reading; nothing while nothing is awaited.
    fn fd(&self) -> Option<BorrowedFd<'_>>;

    /// When it wants to be looked after, whatever comes; nothing if only for what comes.
    fn due(&self) -> Option<Instant>;

    /// Since when a picture has been asked for.
    fn asked(&self) -> Instant;

    /// Says what is to be said by now; what has come. To be called until there is nothing.
    ///
    /// # Errors
    /// Why there is no connection to be had.
    fn step(&mut self, now: Instant) -> Result<Option<News>, Failure>;

    /// Answers an offer.
    fn answer(&mut self, answer: &str);

    /// Tells the other side that the viewer leaves.
    fn leave(&mut self);
}
