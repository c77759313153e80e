//! The appliance's own program, by subcommands. `appliance door` is the one way in from the network, `appliance settings` reads what the
//! owner wrote on the card, `appliance doctor` tells what is so in the device.

#![forbid(unsafe_code)]

mod doctor;
mod door;
mod settings;

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
    /// A report of what is so in this device; nothing in it is secret
    Doctor(doctor::Options),
    /// HTTPS, the claim by the owner, the login, and behind them the streamer and Janus
    Door(door::Options),
    /// What the owner wrote on the card, for those who are started afterwards
    Settings(settings::Options),
}

fn main() -> ExitCode {
    let (name, end) = match Arguments::parse().what {
        What::Doctor(options) => ("doctor", doctor::run(&options).map_err(|error| error.to_string())),
        What::Door(options) => ("door", door::run(&options).map_err(|error| error.to_string())),
        What::Settings(options) => ("settings", settings::run(&options).map_err(|error| error.to_string())),
    };
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("appliance {name}: {error}");
            ExitCode::FAILURE
        }
    }
}
