//! What stands behind the `?` of a request, as µStreamer reads it.

/// Wishes of a client of `/stream`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamQuery {
    /// A word by which the client finds itself in `/state`; percent-encoded, so that it can stand in a cookie.
    pub key: String,
    /// Each part tells of its picture.
    pub extra_headers: bool,
    /// The next part's headers follow each picture at once: a browser shows a picture when the next one's headers come.
    pub advance_headers: bool,
    /// A picture after which none comes for a while is sent twice, for WebKit.
    pub dual_final_frames: bool,
    /// Parts without a picture, to measure the server.
    pub zero_data: bool,
}

impl Default for StreamQuery {
    fn default() -> StreamQuery {
        StreamQuery {
            key: "0".to_owned(),
            extra_headers: false,
            advance_headers: false,
            dual_final_frames: false,
            zero_data: false,
        }
    }
}

impl StreamQuery {
    /// Reads a query; what is unknown says nothing.
    pub fn parse(query: &str) -> StreamQuery {
        let mut wishes = StreamQuery::default();
        for (name, value) in pairs(query) {
            let yes = ["1", "true", "yes"].iter().any(|yes| value.eq_ignore_ascii_case(yes.as_bytes()));
            match &*name {
                b"key" if !value.is_empty() => wishes.key = encode(&value),
                b"extra_headers" => wishes.extra_headers = yes,
                b"advance_headers" => wishes.advance_headers = yes,
                b"dual_final_frames" => wishes.dual_final_frames = yes,
                b"zero_data" => wishes.zero_data = yes,
                _ => {}
            }
        }
        wishes
    }
}

/// What mjpg-streamer's clients ask for with `?action=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// One picture.
    Snapshot,
    /// All of them.
    Stream,
}

impl Action {
    /// The action that a query names.
    pub fn of(query: &str) -> Option<Action> {
        pairs(query).find(|(name, _)| name == b"action").and_then(|(_, value)| match &*value {
            b"snapshot" => Some(Action::Snapshot),
            b"stream" => Some(Action::Stream),
            _ => None,
        })
    }
}

/// A path without its percent signs, as the system knows it.
pub fn decode_path(path: &str) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(decode_with(path, false))
}

fn pairs(query: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + '_ {
    query.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> Vec<u8> {
    decode_with(text, true)
}

/// With `plus`, a plus sign is a blank.
fn decode_with(text: &str, plus: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| char::from(digit).to_digit(16);
        let coded = match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                hex(*high).zip(hex(*low)).map(|(high, low)| ((high * 16 + low) as u8, after))
            }
            (b'+', _) if plus => Some((b' ', tail)),
            _ => None,
        };
        let (byte, after) = coded.unwrap_or((*first, tail));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wishes_are_read_as_by_ustreamer() {
        assert_eq!(StreamQuery::parse(""), StreamQuery::default());
        let all = StreamQuery::parse(
            "key=a%20b&extra_headers=1&advance_headers=true&dual_final_frames=YES&zero_data=yes",
        );
        let key = "a%20b".to_owned();
        assert_eq!(
            all,
            StreamQuery {
                key,
                extra_headers: true,
                advance_headers: true,
                dual_final_frames: true,
                zero_data: true
            }
        );
        let none = StreamQuery::parse("extra_headers=0&advance_headers=on&zero_data&nonsense=1&key=");
        assert_eq!(none, StreamQuery::default());
    }

    #[test]
    fn a_key_cannot_break_out_of_a_cookie() {
        for key in ["a;b", "a\r\nSet-Cookie: x", "a b", "ä", "%", "%0d%0aX: y", "a/b"] {
            let read = StreamQuery::parse(&format!("key={key}")).key;
            assert!(
                read.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)),
                "{read}"
            );
        }
    }

    #[test]
    fn actions_are_mjpg_streamers() {
        assert_eq!(Action::of("action=snapshot"), Some(Action::Snapshot));
        assert_eq!(Action::of("n=5&action=stream&key=x"), Some(Action::Stream));
        for other in ["", "action", "action=command", "reaction=stream"] {
            assert_eq!(Action::of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_query_panics(query in ".*") {
            StreamQuery::parse(&query);
            Action::of(&query);
        }

        #[test]
        fn what_is_encoded_is_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(decode(&encode(&bytes)), bytes);
        }
    }
}
