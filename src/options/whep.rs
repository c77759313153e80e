//! Options of WebRTC without Janus (WHEP).

use std::net::IpAddr;

use clap::Args;

use super::{OptionError, values};
use crate::config::WhepConfig;

/// The group.
#[derive(Debug, Args)]
#[command(next_help_heading = "WebRTC without Janus")]
pub struct Whep {
    /// Answer WHEP at /whep: browsers get the H.264 stream by WebRTC from this very program. It needs no --h264-sink
    #[arg(long)]
    whep: bool,
    /// UDP and TCP port for WebRTC's media, on all addresses (0..65535; 0: any that is free)
    #[arg(long, value_name = "N", default_value = "8189", value_parser = |t: &str| values::integer_in(t, 0, 65_535).map(|p| p as u16))]
    whep_port: u16,
    /// Addresses under which viewers reach that port beside the machine's own, separated by commas: those of a NAT before it
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    whep_host: Vec<IpAddr>,
}

impl Whep {
    /// Whether there is to be any.
    pub fn wanted(&self) -> bool {
        self.whep
    }

    /// What these options describe.
    pub fn config(&self) -> Result<Option<WhepConfig>, OptionError> {
        if let Some(wrong) =
            self.whep_host.iter().find(|address| address.is_unspecified() || address.is_multicast())
        {
            return Err(OptionError(format!(
                "--whep-host {wrong}: this is no address under which anybody is reached"
            )));
        }
        Ok(self.whep.then(|| WhepConfig { port: self.whep_port, hosts: self.whep_host.clone() }))
    }
}
