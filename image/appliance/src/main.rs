//! The appliance's own program, by subcommands. `appliance door` is the one way in from the network.

#![forbid(unsafe_code)]

mod door;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The appliance's own program
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// HTTPS, the claim by the owner, the login, and behind them the streamer and Janus
    Door(door::Options),
}

fn main() -> ExitCode {
    let Arguments { what: What::Door(options) } = Arguments::parse();
    match door::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("appliance door: {error}");
            ExitCode::FAILURE
        }
    }
}
