//! `rustreamer-viewers`: so many viewers of Janus, or of a streamer by WHEP, as a test wants, without browsers: ICE, DTLS, SRTP and RTCP are real, and
//! only decoding is left out. Says each second how it goes, and at the end what was seen, a JSON object a line.
//!
//! What must always hold: one thread, which waits in one place; a viewer that fails is told of and ends the program with 1.
#![forbid(unsafe_code)]

mod line;
mod signalling;
mod viewer;

use clap::Parser;
use line::Quality;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::{Value, json};
use signalling::Server;
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use viewer::{Failure, Seen, Viewer};

/// Between two viewers that begin.
const APART: Duration = Duration::from_millis(100);

/// What is wanted.
#[derive(Debug, Parser)]
struct Options {
    #[command(flatten)]
    server: Server,
    /// How many at a time.
    #[arg(long, default_value_t = 1)]
    count: usize,
    /// For how long, from the first one's begin.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Each stays for so many seconds, and another one comes in its place; 0: all stay.
    #[arg(long, default_value_t = 0)]
    stay: u64,
    /// The address to receive at.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// Packets lost on their way here, in percent.
    #[arg(long, default_value_t = 0.0)]
    loss: f64,
    /// What the way here bears, in kbit/s; 0: anything.
    #[arg(long, default_value_t = 0)]
    kbps: u32,
    /// The longest wait in that way's queue, in ms.
    #[arg(long, default_value_t = 300)]
    queue: u32,
    /// How long that way is, in ms.
    #[arg(long, default_value_t = 0)]
    delay: u32,
    /// Only so many have such a way, and all others a good one; 0: all have it.
    #[arg(long, default_value_t = 0)]
    bad: usize,
    /// After so many seconds all ways are good ones; 0: never.
    #[arg(long, default_value_t = 0)]
    mended: u64,
    /// So many stop looking at their sockets once they have a picture.
    #[arg(long, default_value_t = 0)]
    deaf: usize,
}

/// The viewers, and what those who have left had seen.
struct Crowd {
    options: Options,
    viewers: Vec<(Instant, Viewer)>,
    begun: u64,
    left: Vec<Seen>,
}

impl Crowd {
    fn begin(&mut self, place: usize) -> Result<(), Failure> {
        let options = &self.options;
        let bad = options.bad == 0 || place < options.bad;
        let quality = if bad {
            Quality {
                loss: options.loss,
                kbps: options.kbps,
                queue_ms: options.queue,
                delay_ms: options.delay,
            }
        } else {
            Quality::default()
        };
        self.begun += 1;
        let viewer =
            Viewer::begin(&options.server, options.address, quality, self.begun, place < options.deaf)?;
        let begun = (Instant::now(), viewer);
        match self.viewers.get_mut(place) {
            Some(old) => *old = begun,
            None => self.viewers.push(begun),
        }
        Ok(())
    }

    /// One whose time is over leaves for another one.
    fn relieve(&mut self, now: Instant) -> Result<(), Failure> {
        let stay = Duration::from_secs(self.options.stay);
        let over = |(since, _): &(Instant, Viewer)| now.duration_since(*since) >= stay;
        if stay.is_zero() {
            return Ok(());
        }
        if let Some(place) = self.viewers.iter().position(over) {
            let (_, viewer) = &mut self.viewers[place];
            viewer.leave();
            self.left.push(viewer.seen);
            self.begin(place)?;
        }
        Ok(())
    }

    /// Waits until something comes, or until `until`.
    fn wait(&self, until: Instant) -> nix::Result<()> {
        let until = self.viewers.iter().map(|(_, viewer)| viewer.due()).fold(until, Instant::min);
        let all = self.viewers.iter().flat_map(|(_, viewer)| viewer.fds());
        let mut fds: Vec<PollFd<'_>> = all.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        let left = until.saturating_duration_since(Instant::now()).as_millis() as u16;
        poll(&mut fds, PollTimeout::from(left.clamp(1, 100))).map(drop)
    }

    fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.viewers.iter().map(|(_, viewer)| &viewer.seen)
    }

    fn second(&self, number: u64, before: (u64, u64)) -> Value {
        let (frames, bytes) = self.sum();
        let kbps = (bytes - before.1) * 8 / 1000 / self.viewers.len().max(1) as u64;
        json!({"second": number, "viewers": self.viewers.len(), "playing": self.viewers.iter().filter(|(_, v)| v.plays()).count(),
            "frames": frames - before.0, "kbps": kbps})
    }

    /// Frames and bytes of all, also of those who have left.
    fn sum(&self) -> (u64, u64) {
        self.seen()
            .chain(&self.left)
            .fold((0, 0), |(frames, bytes), seen| (frames + seen.frames, bytes + seen.bytes))
    }

    fn report(&self) -> Value {
        let one = |seen: &Seen| {
            json!({"frames": seen.frames, "bytes": seen.bytes, "broken": seen.broken, "freezes": seen.freezes,
                "longest_ms": seen.longest_ms, "nacks": seen.nacks, "plis": seen.plis, "first_ms": seen.first_ms,
                "errors": seen.errors})
        };
        let all: Vec<Value> = self.seen().map(one).collect();
        let left: Vec<Value> = self.left.iter().map(one).collect();
        json!({"begun": self.begun, "viewers": all, "left": left})
    }
}

fn run(options: Options) -> Result<(), Failure> {
    str0m::crypto::from_feature_flags().install_process_default();
    let start = Instant::now();
    let end = start + Duration::from_secs(options.seconds);
    let mut crowd = Crowd { options, viewers: vec![], begun: 0, left: vec![] };
    let (mut next, mut second, mut before) = (start, 1, (0, 0));
    loop {
        let now = Instant::now();
        if now >= end {
            break;
        }
        if now >= next {
            // Not all at once, as people do not come, either.
            next = now + APART;
            match crowd.viewers.len() {
                there if there < crowd.options.count => crowd.begin(there)?,
                _ => crowd.relieve(now)?,
            }
        }
        if now >= start + Duration::from_secs(second) {
            println!("{}", crowd.second(second, before));
            (second, before) = (second + 1, crowd.sum());
        }
        if crowd.options.mended > 0 && now >= start + Duration::from_secs(crowd.options.mended) {
            crowd.viewers.iter_mut().for_each(|(_, viewer)| viewer.mend());
        }
        for (_, viewer) in &mut crowd.viewers {
            viewer.step(Instant::now())?;
        }
        crowd.wait(next.min(end))?;
    }
    crowd.viewers.iter_mut().for_each(|(_, viewer)| viewer.leave());
    println!("{}", crowd.report());
    Ok(())
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("viewers: {error}");
            ExitCode::FAILURE
        }
    }
}
