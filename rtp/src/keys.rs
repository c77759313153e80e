//! When the encoder is asked for a key frame.
//!
//! What must always hold: key frames are expensive, so however many viewers ask, requests are at least [`APART`]
//! apart; only a viewer who has no picture yet is served at once, unless the frame it needs is already asked for.

use memsink::Micros;

/// Between two requests, in µs.
pub const APART: u64 = 250_000;
/// After this long without an answer a request is taken for lost, in µs: the writer may have been restarted.
const LOST: u64 = 500_000;

/// Why a key frame is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A viewer has no picture yet.
    Joining,
    /// A viewer has lost its picture, or asks for a new one.
    Refresh,
}

/// The requests joined into one.
#[derive(Debug, Default)]
pub struct KeyRequests {
    wanted: Option<Reason>,
    sent: Option<Micros>,
    /// The last request has had no key frame yet.
    open: bool,
}

impl KeyRequests {
    /// A key frame is wanted.
    pub fn want(&mut self, reason: Reason) {
        if self.wanted != Some(Reason::Joining) {
            self.wanted = Some(reason);
        }
    }

    /// A key frame has come: everybody has what they wanted.
    pub fn arrived(&mut self) {
        self.wanted = None;
        self.open = false;
    }

    /// Whether to ask the encoder now; it is then taken for asked.
    pub fn due(&mut self, now: Micros) -> bool {
        let Some(reason) = self.wanted else { return false };
        let since = self.sent.map(|sent| now.since(sent));
        let due = match (reason, since) {
            (_, None) => true,
            (Reason::Joining, Some(since)) => !self.open || since >= LOST,
            (Reason::Refresh, Some(since)) => since >= if self.open { LOST } else { APART },
        };
        if due {
            self.sent = Some(now);
            self.open = true;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1000;

    /// Milliseconds at which requests go out, when asked each millisecond.
    fn sent(keys: &mut KeyRequests, range: std::ops::Range<u64>) -> Vec<u64> {
        range.filter(|&ms| keys.due(Micros(ms * MS))).collect()
    }

    #[test]
    fn a_hundred_refreshes_are_one() {
        let mut keys = KeyRequests::default();
        for _ in 0..100 {
            keys.want(Reason::Refresh);
        }
        assert_eq!(sent(&mut keys, 1000..1400), [1000]);
        keys.arrived();
        assert_eq!(sent(&mut keys, 1400..3000), Vec::<u64>::new());
    }

    #[test]
    fn refreshes_are_at_least_a_quarter_of_a_second_apart() {
        let mut keys = KeyRequests::default();
        let mut times = vec![];
        for ms in 1000..2000 {
            keys.want(Reason::Refresh);
            if keys.due(Micros(ms * MS)) {
                times.push(ms);
                keys.arrived();
            }
        }
        assert_eq!(times, [1000, 1250, 1500, 1750]);
    }

    #[test]
    fn who_joins_is_served_at_once_unless_the_frame_is_on_its_way() {
        let mut keys = KeyRequests::default();
        keys.want(Reason::Refresh);
        assert_eq!(sent(&mut keys, 1000..1010), [1000]);
        keys.want(Reason::Joining);
        assert_eq!(sent(&mut keys, 1010..1020), Vec::<u64>::new(), "it is on its way");
        keys.arrived();
        keys.want(Reason::Joining);
        keys.want(Reason::Refresh);
        assert_eq!(sent(&mut keys, 1020..1030), [1020]);
    }

    #[test]
    fn a_request_without_an_answer_is_repeated() {
        let mut keys = KeyRequests::default();
        keys.want(Reason::Joining);
        assert_eq!(sent(&mut keys, 1000..2100), [1000, 1500, 2000]);
    }
}
