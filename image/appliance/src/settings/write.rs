//! The settings, as those who are started afterwards read them.
//!
//! What must always hold: each start writes all of it anew; nothing of an earlier one stays.

use std::fs;
use std::io;
use std::path::Path;

use super::Error;
use super::file::{Capture, Network, Settings};

/// Before the image's own file, so that it counts instead.
const NETWORK: &str = "70-owner.network";

fn file(folder: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let failed = |path: &Path, why| Error::Write { path: path.to_owned(), why };
    fs::create_dir_all(folder).map_err(|why| failed(folder, why))?;
    let path = folder.join(name);
    fs::write(&path, content).map_err(|why| failed(&path, why))
}

fn no_file(folder: &Path, name: &str) -> Result<(), Error> {
    let path = folder.join(name);
    match fs::remove_file(&path) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(Error::Write { path, why }),
        _ => Ok(()),
    }
}

/// What is wrong with the owner's files, a line each: for the console.
///
/// # Errors
/// What the system says.
pub fn problems(into: &Path, problems: &[String]) -> Result<(), Error> {
    file(into, "problems", problems.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())
}

/// The streamer's options in `into`, and the network's file in `networks`.
///
/// # Errors
/// What the system says.
pub fn settings(settings: &Settings, into: &Path, networks: &Path) -> Result<(), Error> {
    let edid = into.join("edid");
    match &settings.capture.edid {
        Some(bytes) => file(into, "edid", bytes)?,
        None => no_file(into, "edid")?,
    }
    file(into, "stream", options(&settings.capture, &edid).as_bytes())?;
    match network(&settings.network) {
        Some(text) => file(networks, NETWORK, text.as_bytes()),
        None => no_file(networks, NETWORK),
    }
}

/// The streamer's options, one a line.
fn options(capture: &Capture, edid: &Path) -> String {
    let mut options = Vec::new();
    options.extend(capture.device.as_ref().map(|node| format!("--device={}", node.as_str())));
    options.extend(capture.format.as_ref().map(|format| format!("--format={}", format.as_str())));
    options.extend(capture.hdmi.then(|| "--dv-timings".to_owned()));
    options.extend(capture.edid.as_ref().map(|_| format!("--edid={}", edid.display())));
    options.extend(capture.bitrate.map(|bitrate| format!("--h264-bitrate={}", bitrate.get())));
    options.into_iter().map(|option| option + "\n").collect()
}

/// A file of systemd-networkd's (systemd.network(5)); `None`: nothing is to be other than it is.
fn network(Network { address, gateway, dns }: &Network) -> Option<String> {
    if address.is_none() && dns.is_empty() {
        return None;
    }
    let mut text = "[Match]\nType=ether\n\n[Network]\nMulticastDNS=yes\nLLMNR=no\n".to_owned();
    text += &match address {
        Some(own) => format!("DHCP=no\nAddress={}/{}\n", own.address, own.bits),
        None => "DHCP=yes\n".to_owned(),
    };
    text.extend(gateway.iter().map(|gateway| format!("Gateway={gateway}\n")));
    text.extend(dns.iter().map(|server| format!("DNS={server}\n")));
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Settings {
        Settings::parse(text, Path::new("/"), &mut Vec::new())
    }

    #[test]
    fn the_streamer_gets_an_option_a_line() {
        let capture =
            parse("[capture]\ndevice = \"/dev/video3\"\nformat = \"uyvy\"\nhdmi = true\nbitrate = 900\n")
                .capture;
        let expected = "--device=/dev/video3\n--format=UYVY\n--dv-timings\n--h264-bitrate=900\n";
        assert_eq!(options(&capture, Path::new("/e")), expected);
        let shown = Capture { edid: Some(vec![0; 128]), ..Capture::default() };
        assert_eq!(options(&shown, Path::new("/run/x/edid")), "--edid=/run/x/edid\n");
        assert_eq!(options(&Capture::default(), Path::new("/e")), "");
    }

    #[test]
    fn a_network_of_its_own_only_where_one_is_wished() {
        assert_eq!(network(&Network::default()), None);
        let own = parse(
            "[network]\naddress = \"10.1.2.3/8\"\ngateway = \"10.0.0.1\"\ndns = [\"10.0.0.2\", \"fd00::2\"]\n",
        );
        let text = network(&own.network).unwrap();
        assert!(
            text.ends_with("DHCP=no\nAddress=10.1.2.3/8\nGateway=10.0.0.1\nDNS=10.0.0.2\nDNS=fd00::2\n"),
            "{text}"
        );
        let dns = parse("[network]\ndns = [\"9.9.9.9\"]\n");
        assert!(network(&dns.network).unwrap().ends_with("DHCP=yes\nDNS=9.9.9.9\n"));
    }
}
