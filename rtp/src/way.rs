//! What one viewer's feedback says about the way to it, and the bitrate that this way bears.
//!
//! What must always hold: what fills a queue or is lost in numbers lowers the limit, at most once a [`SETTLE`]; a few lost
//! packets do not, for they are sent again. Silence changes nothing. The limit rises slowly, and where it fell again each try waits twice as long as
//! the one before, so a way of a steady width is found and then left in peace.

use memsink::{Cause, Micros};

const SECOND: u64 = 1_000_000;
/// What a limit leaves of what got through: the rest empties the queue. In percent.
const REMAINS: u32 = 85;
/// No limit is below this, in kbit/s.
pub const LEAST: u32 = 100;
/// A limit is given this long to show, in µs.
const SETTLE: u64 = SECOND;
/// Losses are counted over this long, in µs, so that a short gap is not taken for a narrow way; and up to this share of
/// packets, in percent, is bearable.
const WINDOW: u64 = 2 * SECOND;
const BEARABLE: u32 = 10;
/// So much, in percent of so many packets in so many µs, is enough to know.
const BLATANT: u32 = 30;
const ENOUGH: u32 = 50;
const SOONER: u64 = SECOND;
/// A way and back that takes so much longer than the shortest, twice in a row, has a queue, in µs; so much is enough once. (Once a
/// little longer is a receiver that had no time.)
const QUEUE: u64 = 100_000;
const LONG_QUEUE: u64 = 500_000;
/// The shortest way and back is forgotten in two halves of this, in µs: routes change.
const MEMORY: u64 = 30 * SECOND;
/// All must have been well for this long before more is tried, in µs; after each failure twice as long, to at most `LAST`.
const FIRST: u64 = 5 * SECOND;
const LAST: u64 = 60 * SECOND;
/// A fall so soon after a rise is its failure.
const BLAME: u64 = 10 * SECOND;
/// A viewer of whom nothing has been heard for so long is no reason to try more, in µs. (Reports come each second, or each five.)
const SILENCE: u64 = 6 * SECOND;
/// An estimate in the first moments of a connection knows nothing yet, in µs.
const GUESSING: u64 = 5 * SECOND;

/// What a viewer says of its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Feedback {
    /// Of the packets sent lately so many arrived, and so many did not.
    Arrivals {
        /// Packets.
        received: u32,
        /// Packets.
        lost: u32,
    },
    /// A packet's way there and its answer's way back took so many µs.
    RoundTrip(u64),
    /// The receiver's, or the sender's, own estimate of the way, in kbit/s.
    Estimate(u32),
    /// The core says that it has to send much again.
    Slow,
}

/// The way to one viewer.
#[derive(Debug, Clone)]
pub struct Way {
    since: Option<Micros>,
    /// When something of what arrives was heard last.
    heard: Micros,
    received: u32,
    lost: u32,
    counted_from: Micros,
    /// Share of the last whole window, in percent.
    loss: u32,
    shortest: Shortest,
    trip: Option<(Micros, u64)>,
    /// The last round trip was one with a queue.
    queued: bool,
    limit: Option<(u32, Cause)>,
    /// The last sign of trouble, and the last fall.
    trouble: Micros,
    fell: Option<Micros>,
    rose: Option<Micros>,
    patience: u64,
    /// What the limit was when it last fell, in kbit/s.
    failed: Option<u32>,
}

impl Default for Way {
    fn default() -> Way {
        Way {
            since: None,
            heard: Micros(0),
            received: 0,
            lost: 0,
            counted_from: Micros(0),
            loss: 0,
            shortest: Shortest::default(),
            trip: None,
            queued: false,
            limit: None,
            trouble: Micros(0),
            fell: None,
            rose: None,
            patience: FIRST,
            failed: None,
        }
    }
}

impl Way {
    /// No more than this, in kbit/s, and why; `None` while there was no reason for a limit.
    pub fn limit(&self) -> Option<(u32, Cause)> {
        self.limit
    }

    /// Share of packets lost in the last whole window, in percent.
    pub fn loss(&self) -> u32 {
        self.loss
    }

    /// The last round trip, in µs.
    pub fn round_trip(&self) -> Option<u64> {
        self.trip.map(|(_, trip)| trip)
    }

    /// Takes what the viewer says while so many kbit/s are sent to it.
    pub fn hear(&mut self, feedback: Feedback, sent: u32, now: Micros) {
        let since = *self.since.get_or_insert(now);
        if feedback != Feedback::Slow {
            self.heard = now;
        }
        match feedback {
            Feedback::Arrivals { received, lost } => self.arrivals(received, lost, sent, now),
            Feedback::RoundTrip(trip) => self.round_trip_took(trip, sent, now),
            Feedback::Estimate(kbps) => {
                if now.since(since) >= GUESSING && u64::from(kbps) * 10 < u64::from(sent) * 9 {
                    self.fall(kbps, Cause::Estimate, sent, now);
                }
            }
            Feedback::Slow => self.trouble = now,
        }
    }

    fn arrivals(&mut self, received: u32, lost: u32, sent: u32, now: Micros) {
        if self.received + self.lost == 0 {
            self.counted_from = now;
        }
        self.received = self.received.saturating_add(received);
        self.lost = self.lost.saturating_add(lost);
        let all = self.received.saturating_add(self.lost);
        let share = (u64::from(self.lost) * 100).checked_div(all.into()).unwrap_or(0) as u32;
        let counted = now.since(self.counted_from);
        if counted < WINDOW && (counted < SOONER || all < ENOUGH || share < BLATANT) {
            return;
        }
        (self.received, self.lost, self.loss) = (0, 0, share);
        if share > BEARABLE {
            self.fall(through(sent, 100 - share), Cause::Loss, sent, now);
        }
    }

    fn round_trip_took(&mut self, trip: u64, sent: u32, now: Micros) {
        let waits = trip.saturating_sub(self.shortest.with(trip, now));
        let before = self.trip.replace((now, trip));
        let again = std::mem::replace(&mut self.queued, waits >= QUEUE);
        if waits < QUEUE {
            return;
        }
        if !again && waits < LONG_QUEUE {
            self.trouble = now;
            return;
        }
        let grown = before.map_or(0, |(_, before)| trip.saturating_sub(before));
        let apart = before.map_or(SECOND, |(then, _)| now.since(then)).max(1);
        // A queue that gets shorter by itself is one that the last fall dealt with.
        if before.is_some_and(|(_, before)| trip + waits / 10 < before) {
            self.trouble = now;
            return;
        }
        // In that time so much more was sent than came through.
        let percent = 100 - (grown * 100 / apart).min(70) as u32;
        self.fall(through(sent, percent), Cause::Delay, sent, now);
    }

    /// No more than this is borne.
    fn fall(&mut self, through: u32, cause: Cause, sent: u32, now: Micros) {
        self.trouble = now;
        if self.fell.is_some_and(|fell| now.since(fell) < SETTLE) {
            return;
        }
        let limit = (u64::from(through) * u64::from(REMAINS) / 100) as u32;
        let blamed = self.rose.take().is_some_and(|rose| now.since(rose) < BLAME);
        self.patience = if blamed { (self.patience * 2).min(LAST) } else { self.patience };
        self.failed = Some(sent);
        self.fell = Some(now);
        let limit = self.limit.map_or(limit, |(old, _)| limit.min(old));
        self.limit = Some((limit.max(LEAST), cause));
    }

    /// Time has passed; `most` is what the stream has when nobody limits it, in kbit/s.
    pub fn tick(&mut self, most: u32, now: Micros) {
        let Some((limit, cause)) = self.limit else { return };
        let rested = self.rose.is_none_or(|rose| now.since(rose) >= SECOND);
        if now.since(self.trouble) < self.patience || !rested || now.since(self.heard) >= SILENCE {
            return;
        }
        // Quickly up to where it failed, and there slowly.
        let near = self.failed.is_some_and(|failed| limit * 5 >= failed * 4 && limit * 10 <= failed * 11);
        let raised = limit + (limit * if near { 3 } else { 8 } / 100).max(10);
        self.rose = Some(now);
        if self.failed.is_some_and(|failed| raised * 20 > failed * 23) {
            // The way has become wider.
            (self.failed, self.patience) = (None, FIRST);
        }
        // Above what the stream has, a limit means nothing.
        self.limit = (raised < most.saturating_add(most / 4)).then_some((raised, cause));
        if self.limit.is_none() {
            (self.failed, self.patience) = (None, FIRST);
        }
    }
}

fn through(sent: u32, percent: u32) -> u32 {
    (u64::from(sent) * u64::from(percent) / 100) as u32
}

/// The shortest round trip lately.
#[derive(Debug, Clone, Default)]
struct Shortest {
    now: Option<(Micros, u64)>,
    before: Option<u64>,
}

impl Shortest {
    /// The shortest, this one included.
    fn with(&mut self, trip: u64, now: Micros) -> u64 {
        match &mut self.now {
            Some((since, shortest)) if now.since(*since) < MEMORY / 2 => *shortest = trip.min(*shortest),
            _ => {
                self.before = self.now.map(|(_, shortest)| shortest);
                self.now = Some((now, trip));
            }
        }
        let shortest = self.now.map_or(trip, |(_, shortest)| shortest);
        self.before.map_or(shortest, |before| before.min(shortest))
    }
}
