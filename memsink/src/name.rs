//! Sink names: `demo::ustreamer::h264`. The suffix says what is inside, and with it how large a frame may be.

use std::fmt;
use std::str::FromStr;

/// What a sink carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG pictures.
    Jpeg,
    /// H.264 access units, Annex B.
    H264,
    /// Raw pictures, as captured.
    Raw,
}

/// The name of a sink's object, checked: it has a known suffix and can be a file name in `/dev/shm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkName {
    name: String,
    kind: Kind,
}

/// Why a name cannot be a sink's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name is empty, too long, or has a `/` inside.
    #[error("sink name '{0}' cannot be an object in /dev/shm; use 1 to 254 characters without '/'")]
    Invalid(String),
    /// The suffix says nothing.
    #[error("sink name '{0}' does not say what it carries; end it with ::h264, ::jpeg or ::raw")]
    NoSuffix(String),
}

impl FromStr for SinkName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<SinkName, NameError> {
        let name = text.strip_prefix('/').unwrap_or(text);
        if name.is_empty() || name.len() > 254 || name.contains(['/', '\0']) {
            return Err(NameError::Invalid(text.escape_debug().to_string()));
        }
        let separator = if name.contains(':') { ':' } else { '.' };
        let suffix = name.rsplit_once(separator).map(|(_, suffix)| suffix.to_ascii_lowercase());
        let kind = match suffix.as_deref() {
            Some("jpeg") => Kind::Jpeg,
            Some("h264") => Kind::H264,
            Some("raw") => Kind::Raw,
            _ => return Err(NameError::NoSuffix(text.escape_debug().to_string())),
        };
        Ok(SinkName { name: name.to_owned(), kind })
    }
}

impl SinkName {
    /// What the sink carries.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name without a leading slash.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for SinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_says_the_kind() {
        for (name, kind) in [
            ("demo::ustreamer::h264", Kind::H264),
            ("kvmd::ustreamer::JPEG", Kind::Jpeg),
            ("/a:raw", Kind::Raw),
            ("old.h264", Kind::H264),
        ] {
            assert_eq!(name.parse::<SinkName>().unwrap().kind(), kind, "{name}");
        }
    }

    #[test]
    fn a_name_without_a_known_suffix_is_refused_with_the_remedy() {
        for name in ["demo", "demo::mpeg", "a.h264:b", "h264"] {
            let error = name.parse::<SinkName>().unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("::h264"), "{error}");
        }
        for name in ["", "/", "a/b::h264", "a\0::h264", &"x".repeat(300)] {
            assert!(matches!(name.parse::<SinkName>(), Err(NameError::Invalid(_))), "{name:?}");
        }
    }
}
