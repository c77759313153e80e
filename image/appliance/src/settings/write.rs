//! The settings, as those who are started afterwards read them.
//!
//! What must always hold: each start writes all of it anew; nothing of an earlier one stays.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Error;
use super::file::{Capture, Network, Settings};
use super::secret::Secret;

/// Before the image's own file, so that it counts instead.
const NETWORK: &str = "70-owner.network";
/// The wireless network's, of which the image has none.
const WIRELESS: &str = "70-owner-wireless.network";
/// For wpa_supplicant; without it there is no Wi-Fi.
const WIFI: &str = "wifi.conf";
/// For the SSH server, which calls it so; without it there is none.
const KEYS: &str = "authorized_keys";

fn file(folder: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let failed = |path: &Path, why| Error::Write { path: path.to_owned(), why };
    fs::create_dir_all(folder).map_err(|why| failed(folder, why))?;
    let path = folder.join(name);
    fs::write(&path, content).map_err(|why| failed(&path, why))
}

/// One that nobody else reads.
fn secret_file(folder: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    no_file(folder, name)?;
    let path = folder.join(name);
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    made.and_then(|mut file| file.write_all(content)).map_err(|why| Error::Write { path, why })
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

/// Files of the card that have a secret in it which the device has kept, a line each; none: no file.
///
/// # Errors
/// What the system says.
pub fn on_card(into: &Path, name: &str, files: &[&str]) -> Result<(), Error> {
    match files {
        [] => no_file(into, name),
        files => file(into, name, (files.join("\n") + "\n").as_bytes()),
    }
}

/// The streamer's options, wpa_supplicant's and the SSH server's files in `into`, and the networks' files in `networks`. `secret` is that of the
/// wireless network.
///
/// # Errors
/// What the system says.
pub fn settings(
    settings: &Settings,
    secret: Option<&Secret>,
    into: &Path,
    networks: &Path,
) -> Result<(), Error> {
    let edid = into.join("edid");
    match &settings.capture.edid {
        Some(bytes) => file(into, "edid", bytes)?,
        None => no_file(into, "edid")?,
    }
    file(into, "bridge", format!("{}\n", settings.capture.bridge.as_str()).as_bytes())?;
    file(into, "stream", options(&settings.capture, &edid).as_bytes())?;
    match &*settings.keys {
        [] => no_file(into, KEYS)?,
        keys => file(
            into,
            KEYS,
            keys.iter().map(|key| format!("{}\n", key.as_str())).collect::<String>().as_bytes(),
        )?,
    }
    match &settings.wifi {
        Some(wifi) => {
            secret_file(into, WIFI, wifi.configuration(secret).as_bytes())?;
            file(networks, WIRELESS, wireless(&wifi.network).as_bytes())?;
        }
        None => {
            no_file(into, WIFI)?;
            no_file(networks, WIRELESS)?;
        }
    }
    match wired(&settings.network) {
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

/// The wired network's file; `None`: nothing is to be other than it is.
fn wired(own: &Network) -> Option<String> {
    (*own != Network::default()).then(|| network("ether", own))
}

/// The wireless network's file. Where both lead somewhere, the cable is taken.
fn wireless(own: &Network) -> String {
    network("wlan", own) + "\n[DHCPv4]\nRouteMetric=2048\n\n[IPv6AcceptRA]\nRouteMetric=2048\n"
}

/// A file of systemd-networkd's (systemd.network(5)).
fn network(kind: &str, Network { address, gateway, dns }: &Network) -> String {
    let mut text = format!("[Match]\nType={kind}\n\n[Network]\nMulticastDNS=yes\nLLMNR=no\n");
    text += &match address {
        Some(own) => format!("DHCP=no\nAddress={}/{}\n", own.address, own.bits),
        None => "DHCP=yes\n".to_owned(),
    };
    text.extend(gateway.iter().map(|gateway| format!("Gateway={gateway}\n")));
    text.extend(dns.iter().map(|server| format!("DNS={server}\n")));
    text
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
        assert_eq!(wired(&Network::default()), None);
        let own = parse(
            "[network]\naddress = \"10.1.2.3/8\"\ngateway = \"10.0.0.1\"\ndns = [\"10.0.0.2\", \"fd00::2\"]\n",
        );
        let text = wired(&own.network).unwrap();
        assert!(
            text.ends_with("DHCP=no\nAddress=10.1.2.3/8\nGateway=10.0.0.1\nDNS=10.0.0.2\nDNS=fd00::2\n"),
            "{text}"
        );
        let dns = parse("[network]\ndns = [\"9.9.9.9\"]\n");
        assert!(wired(&dns.network).unwrap().ends_with("DHCP=yes\nDNS=9.9.9.9\n"));
    }
}
