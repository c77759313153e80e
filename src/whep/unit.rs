//! An access unit as all viewers get it: the payloads of its RTP packets, made once and shared.

use std::sync::Arc;

use memsink::{Micros, Weighed};
use rtp::{Packets, Timestamp};

/// The packets of one access unit, without what each viewer has of its own.
#[derive(Debug)]
pub struct Unit {
    /// The time that all of them have.
    pub timestamp: Timestamp,
    /// When its picture was captured.
    pub captured: Micros,
    /// What each carries, in order. A viewer's packets that may have to be sent again hold on to it.
    pub payloads: Vec<Arc<[u8]>>,
    weight: usize,
}

impl Unit {
    /// Of these packets; `None` if there are none.
    pub fn new(packets: &Packets, captured: Micros) -> Option<Unit> {
        let timestamp = packets.timestamp()?;
        let payloads: Vec<Arc<[u8]>> = packets.payloads().map(Arc::from).collect();
        let weight = payloads.iter().map(|payload| payload.len() + size_of::<Arc<[u8]>>()).sum();
        Some(Unit { timestamp, captured, payloads, weight })
    }
}

impl Weighed for Unit {
    fn weight(&self) -> usize {
        self.weight
    }
}
