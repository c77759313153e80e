//! Which picture a piece of bitstream belongs to.
//!
//! Encoders copy a picture's timestamp to its bitstream, and may swallow pictures (rate control), so that pieces are
//! fewer than pictures. Pure bookkeeping; bounded, and without allocation after the start.

use std::collections::VecDeque;

use crate::Micros;

/// More pictures than this are never between submission and bitstream; older records are of swallowed ones.
const RECORDS: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    /// When it was captured.
    pub(super) timestamp: Micros,
    /// When it was taken from the capture driver.
    pub(super) dequeued: Micros,
    /// When it was given to the encoder.
    pub(super) begin: Micros,
}

#[derive(Debug)]
pub(super) struct Ledger {
    records: VecDeque<Record>,
    swallowed: u64,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self { records: VecDeque::with_capacity(RECORDS), swallowed: 0 }
    }

    pub(super) fn submitted(&mut self, record: Record) {
        if self.records.len() == RECORDS {
            self.records.pop_front();
            self.swallowed += 1;
        }
        self.records.push_back(record);
    }

    /// A piece of bitstream with this timestamp came out: the picture it is of. Those before it will not come any more. An encoder
    /// that does not copy timestamps gives pieces in order: then it is the oldest. `None`: nothing was expected.
    pub(super) fn completed(&mut self, timestamp: Micros) -> Option<Record> {
        let position = self.records.iter().position(|r| r.timestamp == timestamp).unwrap_or(0);
        self.swallowed += position as u64;
        self.records.drain(..position);
        self.records.pop_front()
    }

    /// Nothing will come any more for what is still expected.
    pub(super) fn finish(&mut self) {
        self.swallowed += self.records.len() as u64;
        self.records.clear();
    }

    /// Nothing is expected.
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Pictures that never came out.
    pub(super) fn swallowed(&self) -> u64 {
        self.swallowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(timestamps: impl IntoIterator<Item = u64>) -> Ledger {
        let mut ledger = Ledger::new();
        for t in timestamps {
            ledger.submitted(Record { timestamp: Micros(t), dequeued: Micros(t), begin: Micros(t + 1) });
        }
        ledger
    }

    #[test]
    fn bitstream_is_matched_by_timestamp_and_swallowed_pictures_are_counted() {
        let mut ledger = ledger([10, 20, 30]);
        assert_eq!(ledger.completed(Micros(10)).map(|r| r.begin), Some(Micros(11)));
        assert_eq!(ledger.completed(Micros(30)).map(|r| r.begin), Some(Micros(31)));
        assert_eq!((ledger.swallowed(), ledger.is_empty()), (1, true));
        assert_eq!(ledger.completed(Micros(40)), None);
    }

    #[test]
    fn an_encoder_without_timestamps_is_taken_in_order() {
        let mut ledger = ledger([10, 20]);
        assert_eq!(ledger.completed(Micros(0)).map(|r| r.timestamp), Some(Micros(10)));
        assert_eq!(ledger.completed(Micros(0)).map(|r| r.timestamp), Some(Micros(20)));
        assert_eq!(ledger.swallowed(), 0);
    }

    #[test]
    fn an_encoder_that_swallows_everything_fills_nothing() {
        let mut ledger = ledger(0..100);
        assert_eq!(ledger.swallowed(), 84);
        assert_eq!(ledger.completed(Micros(99)).map(|r| r.timestamp), Some(Micros(99)));
        assert_eq!((ledger.swallowed(), ledger.is_empty()), (99, true));
    }

    #[test]
    fn at_the_end_what_did_not_come_is_counted() {
        let mut ledger = ledger([10, 20, 30]);
        assert!(ledger.completed(Micros(20)).is_some());
        ledger.finish();
        assert_eq!((ledger.swallowed(), ledger.is_empty()), (2, true));
    }
}
