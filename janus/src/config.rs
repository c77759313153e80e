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

/// Keys of µStreamer's plugin that are understood and not served.
const UNSERVED: [(&str, &[&str], &str); 4] = [
    ("acap", &["device", "sampling_rate", "tc358743"], "audio is not sent yet, viewers get the picture only"),
    ("audio", &["device", "tc358743"], "audio is not sent yet, viewers get the picture only"),
    ("aplay", &["device", "check"], "viewers' microphones are not played yet"),
    ("vplay", &["sink", "device"], "viewers' cameras are not taken yet"),
];

/// What the plugin serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The sink to read, an H.264 one.
    pub sink: SinkName,
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
        for (section, keys, what) in UNSERVED {
            for key in keys.iter().filter(|key| get(section, key).is_some()) {
                warnings.push(format!("{}: {section}.{key} is set, but {what}", path.display()));
            }
        }
        Ok((Config { sink }, warnings))
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
        let (_, warnings) = read(&[
            ("video", "sink", "a::h264"),
            ("acap", "device", "hw:0"),
            ("aplay", "device", "plughw:1"),
            ("vplay", "sink", "c::h264"),
        ])
        .unwrap();
        assert_eq!(warnings.len(), 3);
        assert!(
            warnings[0].contains("acap.device") && warnings[0].contains("audio is not sent yet"),
            "{warnings:?}"
        );
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
