//! `appliance door`: the only program of the appliance that others on the network talk to, but for the picture's RTP.
//!
//! What must always hold: nothing of the streamer's or Janus's gets out to whom the owner has not let in; until there is an owner,
//! nothing gets out at all. What a stranger can make it hold is bounded: connections (all, and each address's), bytes of a request, time.

mod answer;
mod cert;
mod claim;
mod device;
mod form;
mod inbox;
mod limiter;
mod listen;
mod owner;
mod pages;
mod password;
mod proxy;
mod random;
mod report;
mod serve;
mod sessions;
mod site;
// The streamer's own: a peer that does not read is cut.
#[path = "../../../src/http/stall.rs"]
mod stall;
mod store;
mod supervisor;
mod update;
mod validity;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

pub use cert::CertError;
pub use listen::ListenError;
pub use owner::OwnerError;
#[cfg(test)]
pub use store::tests;

/// Where it listens, what it keeps, and who is behind it.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Listen on the sockets that systemd has opened: port 80 only leads to HTTPS, all others are HTTPS
    #[arg(long, conflicts_with_all = ["http", "https"], required_unless_present = "https")]
    systemd: bool,
    /// Address for HTTP, which only leads to HTTPS
    #[arg(long, value_name = "ADDRESS:PORT", requires = "https")]
    http: Vec<SocketAddr>,
    /// Address for HTTPS
    #[arg(long, value_name = "ADDRESS:PORT")]
    https: Vec<SocketAddr>,
    /// Folder of the key, the certificate, and what is known of the owner
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// UNIX socket of the streamer
    #[arg(long, value_name = "PATH")]
    streamer: PathBuf,
    /// UNIX socket of Janus's WebSockets
    #[arg(long, value_name = "PATH")]
    janus: PathBuf,
    /// Folder of updates: they are put into its folder inbox, and what came of the last one is in its file last
    #[arg(long, value_name = "FOLDER")]
    updates: PathBuf,
    /// UNIX socket that gives a report of the device to who connects, if it is there
    #[arg(long, value_name = "PATH")]
    report: PathBuf,
    /// File to be served as /.well-known/security.txt, if it is there
    #[arg(long, value_name = "FILE")]
    security_txt: Option<PathBuf>,
}

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Nowhere to listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// No key or certificate.
    #[error(transparent)]
    Cert(#[from] CertError),
    /// Who the owner is cannot be read, or a claim code cannot be made.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// What an earlier upload has left does not go.
    #[error("{0}, and --updates a folder that has a folder inbox of this user's")]
    Updates(store::FileError),
    /// The file of `--security-txt`.
    #[error("cannot read {0}: {1}; give a file that this user may read as --security-txt")]
    SecurityTxt(PathBuf, io::Error),
    /// Threads or signals.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
}

/// Opens, and goes on until a SIGTERM or SIGINT.
///
/// # Errors
/// What keeps it from opening.
pub fn run(options: &Options) -> Result<(), DoorError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(open(options))
}

async fn open(options: &Options) -> Result<(), DoorError> {
    let listeners = listen::listeners(options.systemd, &options.http, &options.https)?;
    let owner = owner::Owner::read(&options.state)?;
    let security_txt = match options.security_txt.as_ref().map(|path| (path, std::fs::read_to_string(path))) {
        Some((_, Ok(words))) => Some(words),
        Some((path, Err(why))) if why.kind() != io::ErrorKind::NotFound => {
            return Err(DoorError::SecurityTxt(path.clone(), why));
        }
        _ => None,
    };
    let behind = proxy::Behind { streamer: options.streamer.clone(), janus: options.janus.clone() };
    let keeper = Arc::new(cert::Keeper::new(&options.state)?);
    let inbox = inbox::Inbox::new(&options.updates).map_err(DoorError::Updates)?;
    let device = device::Device::new(keeper.clone(), inbox, options.report.clone());
    let site = Arc::new(site::Site::new(owner, behind, device, security_txt));
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    supervisor::tell_ready();
    for listener in &listeners {
        eprintln!("listening on {listener}");
    }
    tokio::select! {
        () = serve::serve(listeners, &keeper, site.clone()) => {}
        () = keeper.renew() => {}
        () = site.tidy() => {}
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}
