//! What a setting can be. Each value is checked where it is read, so that nothing else has to.
//!
//! What must always hold: a value holds no line break and nothing that means something to those who read the files it is written to.

use std::net::IpAddr;

use serde::Deserialize;

/// Pixel formats, by the streamer's names.
pub const FORMATS: [&str; 15] = [
    "YUYV", "YVYU", "UYVY", "YUV420", "YVU420", "RGB565", "RGB24", "BGR24", "GREY", "NV12", "NV16", "NV24",
    "MJPEG", "JPEG", "H264",
];

/// A device's name on its network: one label of a host name (RFC 1123, 2.1).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Hostname(String);

impl Hostname {
    /// In small letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Hostname {
    type Error = String;

    fn try_from(name: String) -> Result<Hostname, String> {
        let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if letters && (1..=63).contains(&name.len()) && !name.starts_with('-') && !name.ends_with('-') {
            return Ok(Hostname(name.to_ascii_lowercase()));
        }
        Err(format!(
            "{name:?} is not a name for a device: up to 63 letters a to z, digits and hyphens in between"
        ))
    }
}

/// An address and how many of its bits are the network's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Address {
    /// The address.
    pub address: IpAddr,
    /// Bits of the network.
    pub bits: u8,
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Address, String> {
        let parsed = text.split_once('/').and_then(|(address, bits)| {
            let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse().ok()?);
            let most = if address.is_ipv4() { 32 } else { 128 };
            (1..=most).contains(&bits).then_some(Address { address, bits })
        });
        let usable =
            parsed.filter(|Address { address, .. }| !address.is_unspecified() && !address.is_multicast());
        usable
            .ok_or_else(|| format!("{text:?} is not an address with its network, as \"192.168.1.20/24\" is"))
    }
}

/// A node in `/dev`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Node(String);

impl Node {
    /// Its path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Node {
    type Error = String;

    fn try_from(path: String) -> Result<Node, String> {
        let letters = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_.:-".contains(&byte));
        if letters && path.starts_with("/dev/") && path.len() > 5 && !path.contains("..") {
            return Ok(Node(path));
        }
        Err(format!("{path:?} is not a capture device, as \"/dev/video0\" is"))
    }
}

/// A pixel format, by one of the [`FORMATS`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Format(String);

impl Format {
    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Format {
    type Error = String;

    fn try_from(name: String) -> Result<Format, String> {
        let capital = name.to_ascii_uppercase();
        let known = FORMATS.contains(&&*capital);
        known
            .then_some(Format(capital))
            .ok_or_else(|| format!("{name:?} is not a pixel format; there are {}", FORMATS.join(", ")))
    }
}

/// A number of kbit/s that the streamer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct Bitrate(u32);

impl Bitrate {
    /// kbit/s.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Bitrate {
    type Error = String;

    fn try_from(kbps: u32) -> Result<Bitrate, String> {
        match kbps {
            25..=20_000 => Ok(Bitrate(kbps)),
            _ => Err(format!("{kbps} kbit/s is not from 25 to 20000")),
        }
    }
}

/// The HDMI receiver on the board's camera connector, and how many lanes lead to it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Bridge {
    /// There is none.
    #[default]
    #[serde(rename = "none")]
    None,
    /// Two lanes.
    #[serde(rename = "2-lane")]
    Two,
    /// Four lanes.
    #[serde(rename = "4-lane")]
    Four,
}

impl Bridge {
    /// Its word, as in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Bridge::None => "none",
            Bridge::Two => "2-lane",
            Bridge::Four => "4-lane",
        }
    }
}

/// The name of a file on the card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FileName(String);

impl FileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FileName {
    type Error = String;

    fn try_from(name: String) -> Result<FileName, String> {
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']);
        if plain && !name.contains(char::is_control) {
            return Ok(FileName(name));
        }
        Err(format!("{name:?} is not the name of a file beside this one"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is<T: TryFrom<String>>(text: &str) -> bool {
        T::try_from(text.to_owned()).is_ok()
    }

    #[test]
    fn names() {
        assert_eq!(Hostname::try_from("Desk-2".to_owned()).unwrap().as_str(), "desk-2");
        for bad in ["", "-a", "a-", "a.local", "a b", "ä", "a\nb", &"a".repeat(64)] {
            assert!(!is::<Hostname>(bad), "{bad:?}");
        }
    }

    #[test]
    fn addresses() {
        for good in ["192.168.1.20/24", "10.0.0.1/8", "fd00::1/64"] {
            assert!(is::<Address>(good), "{good}");
        }
        for bad in [
            "192.168.1.20",
            "192.168.1.20/0",
            "192.168.1.20/33",
            "192.168.1.300/24",
            "0.0.0.0/8",
            "224.0.0.1/4",
            "fd00::1/129",
            "/24",
        ] {
            assert!(!is::<Address>(bad), "{bad}");
        }
    }

    #[test]
    fn nodes_formats_files() {
        assert!(is::<Node>("/dev/v4l/by-id/usb-MACROSILICON_1-video-index0"));
        for bad in ["video0", "/dev/", "/dev/../etc/shadow", "/dev/video 0", "/etc/passwd"] {
            assert!(!is::<Node>(bad), "{bad}");
        }
        assert_eq!(Format::try_from("uyvy".to_owned()).unwrap().as_str(), "UYVY");
        assert!(!is::<Format>("H265"));
        assert!(is::<FileName>("my edid.hex"));
        for bad in ["", "../edid", "a/b", "a\\b", ".hidden", "a\nb"] {
            assert!(!is::<FileName>(bad), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_value_has_a_line_break(text in any::<String>()) {
            for value in [
                Hostname::try_from(text.clone()).map(|name| name.0),
                Node::try_from(text.clone()).map(|node| node.0),
                FileName::try_from(text.clone()).map(|name| name.0),
            ].into_iter().flatten() {
                prop_assert!(!value.contains(['\n', '\r', '\0']));
            }
        }
    }
}
