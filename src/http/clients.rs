//! Who watches `/stream`, for `/state` and for the clients' own headers.
//!
//! What must always hold: a client is in the list exactly as long as its answer is being sent.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memsink::Micros;
use serde_json::{Value, json};

use super::query::StreamQuery;
use crate::pipeline::Rate;

/// All of them.
#[derive(Default)]
pub struct Clients {
    list: Mutex<BTreeMap<u64, Entry>>,
    /// Parts sent to all clients since the start.
    parts: AtomicU64,
    count: AtomicU64,
    hasher: RandomState,
}

struct Entry {
    query: StreamQuery,
    rate: Rate,
}

impl Clients {
    fn list(&self) -> MutexGuard<'_, BTreeMap<u64, Entry>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody comes.
    pub fn join(self: &Arc<Self>, query: StreamQuery) -> Client {
        // The number is in a cookie and in /state: unlike all others, and telling nothing.
        let id = self.hasher.hash_one(self.count.fetch_add(1, Relaxed));
        self.list().insert(id, Entry { query, rate: Rate::default() });
        Client { clients: Arc::clone(self), id }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list().len()
    }

    /// Parts sent to all clients since the start.
    pub fn parts(&self) -> u64 {
        self.parts.load(Relaxed)
    }

    /// µStreamer's `clients_stat`.
    pub fn stat(&self) -> Value {
        let now = Micros::now();
        let mut stat = serde_json::Map::new();
        for (id, entry) in self.list().iter_mut() {
            let query = &entry.query;
            stat.insert(
                format!("{id:x}"),
                json!({
                    "fps": entry.rate.per_second(now),
                    "extra_headers": query.extra_headers,
                    "advance_headers": query.advance_headers,
                    "dual_final_frames": query.dual_final_frames,
                    "zero_data": query.zero_data,
                    "key": query.key,
                }),
            );
        }
        stat.into()
    }
}

/// One client; it leaves the list when this is dropped.
pub struct Client {
    clients: Arc<Clients>,
    id: u64,
}

impl Client {
    /// Its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// A part is sent to it: how many there were in the last whole second.
    pub fn sent(&self, now: Micros) -> u32 {
        self.clients.parts.fetch_add(1, Relaxed);
        self.clients.list().get_mut(&self.id).map_or(0, |entry| {
            entry.rate.tick(now);
            entry.rate.per_second(now)
        })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.clients.list().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_told_apart_and_leave() {
        let clients = Arc::<Clients>::default();
        let query = StreamQuery { extra_headers: true, key: "a%20b".to_owned(), ..StreamQuery::default() };
        let one = clients.join(query);
        let other = clients.join(StreamQuery::default());
        assert_ne!(one.id(), other.id());
        let stat = clients.stat();
        assert_eq!(stat[format!("{:x}", one.id())]["key"], "a%20b");
        assert_eq!(stat[format!("{:x}", one.id())]["extra_headers"], true);
        assert_eq!(
            stat[format!("{:x}", other.id())],
            json!({"fps": 0, "extra_headers": false, "advance_headers": false,
            "dual_final_frames": false, "zero_data": false, "key": "0"})
        );
        drop(one);
        assert_eq!(clients.len(), 1);
        drop(other);
        assert_eq!(clients.stat(), json!({}));
    }
}
