//! Options of WebRTC without Janus (WHEP).

use std::net::IpAddr;

use clap::Args;

use super::{OptionError, values};
use crate::config::{IceServer, WhepConfig};

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
    /// STUN and TURN servers for viewers, separated by commas: stun:HOST:PORT, turn:USER:PASSWORD@HOST:PORT
    #[arg(long, value_name = "URL", value_delimiter = ',', value_parser = ice_server)]
    whep_ice_server: Vec<IceServer>,
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
        Ok(self.whep.then(|| WhepConfig {
            port: self.whep_port,
            hosts: self.whep_host.clone(),
            ice_servers: self.whep_ice_server.clone(),
        }))
    }
}

/// A server's URL, with a name and a password in it where it wants them. They can hold no `@`, `,` or quotes.
fn ice_server(text: &str) -> Result<IceServer, String> {
    let wrong = || "stun:HOST:PORT, turn:USER:PASSWORD@HOST:PORT or turns:… is needed".to_owned();
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"\\@".contains(&b))
    };
    let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
    let (who, host) = match rest.rsplit_once('@') {
        Some((who, host)) => (Some(who), host),
        None => (None, rest),
    };
    let credentials = match who.map(|who| who.split_once(':').ok_or_else(wrong)).transpose()? {
        Some((user, password)) if plain(user) && plain(password) => {
            Some((user.to_owned(), password.to_owned()))
        }
        Some(_) => return Err(wrong()),
        None => None,
    };
    let fits = match scheme {
        "stun" | "stuns" => credentials.is_none(),
        "turn" | "turns" => credentials.is_some(),
        _ => false,
    };
    if !fits || !plain(host) {
        return Err(wrong());
    }
    Ok(IceServer { url: format!("{scheme}:{host}"), credentials })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_with_what_they_want() {
        let server = |text| ice_server(text).map(|server| (server.url, server.credentials));
        assert_eq!(server("stun:stun.example:3478"), Ok(("stun:stun.example:3478".to_owned(), None)));
        let who = Some(("me".to_owned(), "a:b".to_owned()));
        assert_eq!(
            server("turn:me:a:b@turn.example:3478?transport=tcp"),
            Ok(("turn:turn.example:3478?transport=tcp".to_owned(), who))
        );
        for wrong in [
            "",
            "stun",
            "stun:",
            "http://x",
            "turn:turn.example",
            "turn:me@x",
            "turn:me:@x",
            "stun:a b",
            "stun:x>;",
            "stun:a:b@x",
        ] {
            assert!(server(wrong).is_err(), "{wrong}");
        }
        let shown = format!("{:?}", ice_server("turn:me:secret@x").unwrap());
        assert!(!shown.contains("secret"), "it is not shown in a log");
    }
}
