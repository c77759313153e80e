//! When a frame must be a key frame, beyond the configured distance.

use memsink::Micros;
use v4l2m2m::Size;

/// Who saw nothing for this long starts afresh.
const GAP_US: u64 = 500_000;

/// Remembers what the last frame was.
#[derive(Debug, Default)]
pub struct KeyPolicy {
    last: Option<(Micros, bool, Size)>,
}

impl KeyPolicy {
    /// Whether this frame must be a key frame: somebody asked, it is the first or comes after a pause, or the
    /// picture is another one (source came or went, size changed).
    pub fn decide(&mut self, now: Micros, wanted: bool, online: bool, size: Size) -> bool {
        let same = self.last.is_some_and(|(then, was_online, was_size)| {
            now.since(then) <= GAP_US && was_online == online && was_size == size
        });
        self.last = Some((now, online, size));
        wanted || !same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_comes_when_something_begins() {
        let (small, large) = (Size { width: 640, height: 480 }, Size { width: 1280, height: 720 });
        let mut policy = KeyPolicy::default();
        for (now, wanted, online, size, key, why) in [
            (0, false, true, small, true, "first"),
            (33_000, false, true, small, false, "goes on"),
            (66_000, true, true, small, true, "asked for"),
            (99_000, false, true, small, false, "goes on"),
            (700_000, false, true, small, true, "after a pause"),
            (733_000, false, false, small, true, "source went"),
            (766_000, false, true, small, true, "source came"),
            (799_000, false, true, large, true, "another size"),
            (832_000, false, true, large, false, "goes on"),
        ] {
            assert_eq!(policy.decide(Micros(now), wanted, online, size), key, "{why}");
        }
    }
}
