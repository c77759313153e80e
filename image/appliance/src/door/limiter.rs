//! How often codes and passwords may be tried. Pure: the time is an argument.
//!
//! What must always hold: of all tries together no more than [`BURST`] and one each [`PACE`] after that; from one place, after [`FREE`]
//! wrong ones, each waits twice as long as the one before. A try counts as wrong until it is told to be right, so that many at once are
//! no way around. What is remembered is bounded.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Tries of everybody that may come at once.
pub const BURST: u32 = 20;
/// After those, one is allowed this often.
pub const PACE: Duration = Duration::from_secs(3);
/// Wrong ones from one place that cost no wait.
pub const FREE: u32 = 4;
/// The longest wait for one place.
pub const LONGEST: Duration = Duration::from_secs(15 * 60);
/// A place is forgotten when it has been quiet for this long.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);
/// Places that are remembered at most. Who comes from more is held by the limit for all.
const PLACES: usize = 1024;

/// Whom tries are counted for: an IPv4 address, or of IPv6 the network, since a machine has all addresses of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place(IpAddr);

impl From<IpAddr> for Place {
    fn from(address: IpAddr) -> Self {
        Place(match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & !(u128::MAX >> 64))),
            v4 => v4,
        })
    }
}

/// For the log.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        if self.0.is_ipv6() { f.write_str("/64") } else { Ok(()) }
    }
}

#[derive(Debug)]
struct Tries {
    wrong: u32,
    until: Instant,
}

/// The counts.
#[derive(Debug)]
pub struct Limiter {
    /// When all tries that were allowed are paid off, at one each [`PACE`].
    paid: Instant,
    places: HashMap<Place, Tries>,
}

impl Limiter {
    /// Nobody has tried anything.
    pub fn new(now: Instant) -> Self {
        Self { paid: now, places: HashMap::new() }
    }

    /// Somebody wants to try.
    ///
    /// # Errors
    /// How long they have to wait first.
    pub fn attempt(&mut self, now: Instant, place: Place) -> Result<(), Duration> {
        let wait = self
            .places
            .get(&place)
            .map_or(Duration::ZERO, |tries| tries.until.saturating_duration_since(now));
        let owed = self.paid.saturating_duration_since(now) + PACE;
        let wait = wait.max(owed.saturating_sub(PACE * BURST));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.paid = now + owed;
        self.places.retain(|_, tries| now.saturating_duration_since(tries.until) < FORGOTTEN);
        if !self.places.contains_key(&place) {
            self.make_room();
        }
        let tries = self.places.entry(place).or_insert(Tries { wrong: 0, until: now });
        tries.wrong += 1;
        tries.until = now + backoff(tries.wrong);
        Ok(())
    }

    /// The last try from there was right.
    pub fn succeeded(&mut self, place: Place) {
        self.places.remove(&place);
    }

    fn make_room(&mut self) {
        if self.places.len() >= PLACES
            && let Some(oldest) =
                self.places.iter().min_by_key(|(_, tries)| tries.until).map(|(place, _)| *place)
        {
            self.places.remove(&oldest);
        }
    }
}

fn backoff(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(over) => Duration::from_secs(1 << over.min(20)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(address: &str) -> Place {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn a_place_is_an_address_or_a_network_of_ipv6() {
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
        assert_eq!(place("2001:db8::1"), place("2001:db8::ffff:ffff:ffff:ffff"));
        assert_ne!(place("2001:db8::1"), place("2001:db8:0:1::1"));
    }

    #[test]
    fn wrong_ones_from_one_place_wait_longer_and_longer_and_others_do_not() {
        let (mut now, here, there) = (Instant::now(), place("192.0.2.1"), place("192.0.2.2"));
        let mut limiter = Limiter::new(now);
        for _ in 0..FREE {
            assert_eq!(limiter.attempt(now, here), Ok(()));
        }
        let mut waits = Vec::new();
        for _ in 0..12 {
            let wait = limiter.attempt(now, here).expect_err("too soon");
            assert_eq!(limiter.attempt(now, there), Ok(()), "another place");
            limiter.succeeded(there);
            waits.push(wait.as_secs());
            now += wait;
            assert_eq!(limiter.attempt(now, here), Ok(()), "after {wait:?}");
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        limiter.succeeded(here);
        for _ in 0..FREE {
            assert_eq!(limiter.attempt(now + LONGEST, here), Ok(()), "the right one clears it");
        }
    }

    #[test]
    fn after_a_quiet_hour_a_place_is_forgotten() {
        let (now, here) = (Instant::now(), place("192.0.2.1"));
        let mut limiter = Limiter::new(now);
        for _ in 0..FREE {
            limiter.attempt(now, here).unwrap();
        }
        assert!(limiter.attempt(now, here).is_err());
        let later = now + FORGOTTEN + Duration::from_secs(2);
        for _ in 0..FREE {
            assert_eq!(limiter.attempt(later, here), Ok(()));
        }
    }

    proptest! {
        /// Whoever tries whenever from wherever.
        #[test]
        fn tries_are_bounded_whatever_happens(
            steps in proptest::collection::vec((0u64..5000, any::<u32>(), any::<bool>(), any::<bool>()), 1..400)
        ) {
            let start = Instant::now();
            let mut limiter = Limiter::new(start);
            let mut now = start;
            let mut allowed = 0u32;
            for (pause, address, few, right) in steps {
                now += Duration::from_millis(pause);
                let address = if few { address % 3 } else { address };
                let place = Place(IpAddr::V4(address.into()));
                match limiter.attempt(now, place) {
                    Ok(()) => {
                        allowed += 1;
                        if right {
                            limiter.succeeded(place);
                        }
                    }
                    Err(wait) => prop_assert!(!wait.is_zero() && wait <= LONGEST.max(PACE * BURST)),
                }
                let most = BURST + u32::try_from((now - start).as_millis() / PACE.as_millis()).unwrap();
                prop_assert!(allowed <= most, "{allowed} of {most}");
                prop_assert!(limiter.places.len() <= PLACES);
            }
        }

        /// From one place, with all that is allowed tried at once.
        #[test]
        fn one_place_is_slowed_down(pauses in proptest::collection::vec(0u64..20_000, 1..300)) {
            let here = place("2001:db8::1");
            let mut now = Instant::now();
            let mut limiter = Limiter::new(now);
            let (mut wrong, mut last) = (0, None::<Instant>);
            for pause in pauses {
                now += Duration::from_millis(pause);
                if limiter.attempt(now, here).is_ok() {
                    prop_assert!(last.is_none_or(|last| now - last >= backoff(wrong)));
                    (wrong, last) = (wrong + 1, Some(now));
                }
            }
        }
    }

    #[test]
    fn places_are_forgotten_when_there_are_too_many() {
        let mut now = Instant::now();
        let mut limiter = Limiter::new(now);
        for n in 0..3 * PLACES as u32 {
            now += PACE / 2;
            let _ = limiter.attempt(now, Place(IpAddr::V4(n.into())));
        }
        assert!(limiter.places.len() <= PLACES);
        assert!(limiter.places.len() > PLACES / 2, "they are remembered, too");
    }
}
