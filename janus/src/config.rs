//! The plugin's configuration: today's keys and those of old µStreamer plugins.
//!
//! What must always hold: a [`Config`] can be used as it is; whatever is wrong is said in one line naming the file,
//! the key and the remedy.

use memsink::{Kind, SinkName};
use std::path::{Path, PathBuf};

/// The file, in Janus's folder of configurations.
pub const FILE: &str = "janus.plugin.ustreamer.jcfg";

/// The sink's key today, and until µStreamer 6.23.
const SINK: [(&str, &str); 2] = [("video", "sink"), ("memsink", "object")];

/// The keys of sound; until µStreamer 6.23 those of `audio`.
const CAPTURE: [(&str, &str); 2] = [("acap", "device"), ("audio", "device")];
const BRIDGE: [(&str, &str); 2] = [("acap", "tc358743"), ("audio", "tc358743")];
/// What sound cards do, in Hz.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// What the plugin serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The sink to read, an H.264 one.
    pub sink: SinkName,
    /// The devices for sound.
    pub sound: Sound,
}

/// Devices for sound, by their names in ALSA.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sound {
    /// What viewers hear.
    pub capture: Option<Capture>,
    /// Where viewers' microphones are heard.
    pub playback: Option<String>,
}

/// A device that captures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Its name.
    pub device: String,
    /// Its rate.
    pub rate: Rate,
}

/// Who says at which rate a device captures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rate {
    /// The device: what it has nearest to 48 kHz.
    Nearest,
    /// The configuration, in Hz.
    Fixed(u32),
    /// An HDMI bridge, a TC358743, by this node.
    Bridge(PathBuf),
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Janus gave no folder.
    #[error("Janus named no folder of configurations; start it with --configs-folder")]
    NoFolder,
    /// The file cannot be opened.
    #[error("cannot read {}: {error}; create it with: memsink: {{ object = \"demo::ustreamer::h264\" }}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
    /// Janus's parser refused it and has logged where.
    #[error("cannot parse {}: see Janus's own line above for the place; it should read: memsink: {{ object = \"demo::ustreamer::h264\" }}", .0.display())]
    Syntax(PathBuf),
    /// No sink is named.
    #[error("{}: neither video.sink nor memsink.object is set; add: video: {{ sink = \"demo::ustreamer::h264\" }}", .0.display())]
    NoSink(PathBuf),
    /// The name cannot be a sink's.
    #[error("{}: {section}.{key}: {error}", .path.display())]
    BadSink {
        /// The file.
        path: PathBuf,
        /// The section.
        section: &'static str,
        /// The key.
        key: &'static str,
        /// What is wrong.
        error: memsink::NameError,
    },
    /// The sink carries something else.
    #[error("{}: {section}.{key}: sink '{sink}' does not carry H.264; name the one given to ustreamer with --h264-sink, ending in ::h264", .path.display())]
    NotH264 {
        /// The file.
        path: PathBuf,
        /// The section.
        section: &'static str,
        /// The key.
        key: &'static str,
        /// The sink.
        sink: SinkName,
    },
}

impl Config {
    /// Takes what `get` finds under a section and a key of the file; the second part is what is worth a warning.
    ///
    /// # Errors
    /// When no usable H.264 sink is named.
    pub fn read(
        path: &Path,
        get: impl Fn(&str, &str) -> Option<String>,
    ) -> Result<(Config, Vec<String>), ConfigError> {
        let mut named =
            SINK.into_iter().filter_map(|(section, key)| Some((section, key, get(section, key)?)));
        let (section, key, name) = named.next().ok_or_else(|| ConfigError::NoSink(path.to_owned()))?;
        let mut warnings = vec![];
        if let Some((old_section, old_key, other)) = named.next()
            && other != name
        {
            warnings.push(format!(
                "{}: {section}.{key} is used, {old_section}.{old_key} = \"{other}\" is not; remove it",
                path.display()
            ));
        }
        let path = path.to_owned();
        let sink: SinkName = match name.parse() {
            Ok(sink) => sink,
            Err(error) => return Err(ConfigError::BadSink { path, section, key, error }),
        };
        if sink.kind() != Kind::H264 {
            return Err(ConfigError::NotH264 { path, section, key, sink });
        }
        for key in ["sink", "device"].iter().filter(|key| get("vplay", key).is_some()) {
            let what = "viewers' cameras are not taken";
            warnings.push(format!("{}: vplay.{key} is set, but {what}", path.display()));
        }
        let (sound, refused) = Sound::read(get);
        warnings.extend(refused.map(|refused| format!("{}: {refused}", path.display())));
        Ok((Config { sink, sound }, warnings))
    }
}

impl Sound {
    /// The devices, and what is wrong with their keys, which costs no more than the key.
    fn read(get: impl Fn(&str, &str) -> Option<String>) -> (Sound, Option<String>) {
        let first = |keys: [(&str, &str); 2]| {
            let mut set = keys.into_iter().filter_map(|(section, key)| get(section, key));
            set.find(|value| !value.is_empty())
        };
        // µStreamer's own "no rate" is 0.
        let said = get("acap", "sampling_rate").filter(|rate| rate != "0");
        let rate = said.as_ref().and_then(|rate| rate.parse().ok()).filter(|rate| RATES.contains(rate));
        let refused = said.filter(|_| rate.is_none()).map(|said| {
            format!("acap.sampling_rate = \"{said}\" is not used: it must be in Hz, from 8000 to 192000")
        });
        let rate = match (rate, first(BRIDGE)) {
            (Some(rate), _) => Rate::Fixed(rate),
            (None, Some(node)) => Rate::Bridge(node.into()),
            (None, None) => Rate::Nearest,
        };
        let capture = first(CAPTURE).map(|device| Capture { device, rate });
        (Sound { capture, playback: get("aplay", "device").filter(|device| !device.is_empty()) }, refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(items: &[(&str, &str, &str)]) -> Result<(String, Vec<String>), String> {
        let get = |section: &str, key: &str| {
            items.iter().find(|item| (item.0, item.1) == (section, key)).map(|item| item.2.to_owned())
        };
        Config::read(Path::new("/etc/janus/x.jcfg"), get)
            .map(|(config, warnings)| (config.sink.to_string(), warnings))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn old_and_new_keys_name_the_sink() {
        let sink = || "demo::ustreamer::h264".to_owned();
        assert_eq!(read(&[("memsink", "object", "demo::ustreamer::h264")]), Ok((sink(), vec![])));
        assert_eq!(read(&[("video", "sink", "demo::ustreamer::h264")]), Ok((sink(), vec![])));
        let (used, warnings) =
            read(&[("memsink", "object", "a::h264"), ("video", "sink", "b::h264")]).unwrap();
        assert_eq!(used, "b::h264");
        assert_eq!(
            warnings,
            ["/etc/janus/x.jcfg: video.sink is used, memsink.object = \"a::h264\" is not; remove it"]
        );
    }

    #[test]
    fn what_is_not_served_is_said() {
        let (_, warnings) = read(&[("video", "sink", "a::h264"), ("vplay", "sink", "c::h264")]).unwrap();
        assert_eq!(warnings, ["/etc/janus/x.jcfg: vplay.sink is set, but viewers' cameras are not taken"]);
    }

    fn sound(items: &[(&str, &str, &str)]) -> (Sound, Option<String>) {
        Sound::read(|section, key| {
            items.iter().find(|item| (item.0, item.1) == (section, key)).map(|item| item.2.to_owned())
        })
    }

    #[test]
    fn old_and_new_keys_name_the_devices_for_sound() {
        let capture = |device: &str, rate| Some(Capture { device: device.to_owned(), rate });
        assert_eq!(sound(&[]), (Sound::default(), None));
        let bridge = || Rate::Bridge("/dev/v4l-subdev2".into());
        for (items, capture, playback) in [
            (&[("acap", "device", "hw:1")][..], capture("hw:1", Rate::Nearest), None),
            (
                &[("audio", "device", "hw:2"), ("audio", "tc358743", "/dev/v4l-subdev2")],
                capture("hw:2", bridge()),
                None,
            ),
            (
                &[
                    ("acap", "device", "hw:1"),
                    ("acap", "sampling_rate", "44100"),
                    ("acap", "tc358743", "/dev/video0"),
                ],
                capture("hw:1", Rate::Fixed(44_100)),
                None,
            ),
            (
                &[
                    ("acap", "device", "hw:1"),
                    ("acap", "sampling_rate", "0"),
                    ("acap", "tc358743", "/dev/v4l-subdev2"),
                ],
                capture("hw:1", bridge()),
                None,
            ),
            (
                &[("aplay", "device", "plughw:UAC2Gadget,0"), ("aplay", "check", "x")],
                None,
                Some("plughw:UAC2Gadget,0".to_owned()),
            ),
            (&[("acap", "device", ""), ("aplay", "device", "")], None, None),
        ] {
            assert_eq!(sound(items), (Sound { capture, playback }, None), "{items:?}");
        }
    }

    #[test]
    fn a_rate_that_is_none_is_said_and_costs_only_the_rate() {
        for rate in ["fast", "-1", "7999", "192001"] {
            let (sound, refused) = sound(&[("acap", "device", "hw:1"), ("acap", "sampling_rate", rate)]);
            assert_eq!(sound.capture.unwrap().rate, Rate::Nearest);
            assert!(refused.unwrap().contains(&format!("acap.sampling_rate = \"{rate}\"")));
        }
    }

    #[test]
    fn bad_sinks_are_refused_with_file_key_and_remedy() {
        for (items, words) in [
            (&[][..], ["video.sink", "memsink.object", "add: video"]),
            (&[("memsink", "object", "demo")], ["memsink.object", "'demo'", "::h264"]),
            (&[("video", "sink", "demo::jpeg")], ["video.sink", "'demo::jpeg'", "--h264-sink"]),
            (&[("video", "sink", "a/b::h264")], ["video.sink", "'a/b::h264'", "without '/'"]),
        ] {
            let error = read(items).unwrap_err();
            assert!(error.starts_with("/etc/janus/x.jcfg: "), "{error}");
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
    }
}
