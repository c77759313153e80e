//! How long an encoder may take for a picture. Pure: it is told what the encoder holds and when.
//!
//! What must always hold: an encoder that gives nothing back is known to hang after [`PATIENCE`]; and time in which the machine did not run this
//! process is not taken for the encoder's, which did not run then either.

use std::time::Duration;

use memsink::Micros;

/// What is waited for a picture. The slowest encoder known takes 60 ms.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// Between two looks no more than this counts: a longer pause was the machine's. Longer than from picture to picture, so that looking costs no
/// wake-up of its own while pictures come.
const SLICE: Duration = Duration::from_millis(125);

/// The oldest picture that an encoder holds, and how long it has been waited for.
#[derive(Debug, Default)]
pub struct Patience {
    /// When it was given to the encoder.
    oldest: Option<Micros>,
    seen: Micros,
    waited: Duration,
}

impl Patience {
    /// Looks at what the encoder holds: when the oldest picture was given to it. True: it has had it for too long.
    pub fn look(&mut self, oldest: Option<Micros>, now: Micros) -> bool {
        let Some(begin) = oldest else {
            *self = Patience::default();
            return false;
        };
        if self.oldest != oldest {
            *self = Patience { oldest, seen: begin, waited: Duration::ZERO };
        }
        self.waited += Duration::from_micros(now.since(self.seen)).min(SLICE);
        self.seen = now;
        self.waited >= PATIENCE
    }

    /// When to look next; `None`: it holds nothing.
    pub fn next(&self, oldest: Option<Micros>) -> Option<Micros> {
        let begin = oldest?;
        let (seen, waited) =
            if self.oldest == oldest { (self.seen, self.waited) } else { (begin, Duration::ZERO) };
        let pause = PATIENCE.saturating_sub(waited).min(SLICE);
        Some(Micros(seen.0 + pause.as_micros() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Micros {
        Micros(1_000_000 + ms * 1000)
    }

    #[test]
    fn an_encoder_that_hangs_is_known_in_time() {
        // With pictures coming, and without.
        for period in [16, 1000] {
            let (mut patience, held) = (Patience::default(), Some(ms(0)));
            let mut now = 0;
            while !patience.look(held, ms(now)) {
                let next = patience.next(held).unwrap();
                assert!(next > ms(now));
                now = (now + period).min((next.0 - ms(0).0) / 1000);
            }
            assert!((500..=516).contains(&now), "{now} ms");
        }
    }

    #[test]
    fn one_that_works_is_never_lost_however_late_it_is_looked_at() {
        let mut patience = Patience::default();
        for picture in 0..100 {
            let held = Some(ms(picture * 900));
            assert!(!patience.look(held, ms(picture * 900 + 890)), "a pause of the machine's");
            assert_eq!(patience.next(held), Some(ms(picture * 900 + 890 + 125)));
        }
        assert!(!patience.look(None, ms(1_000_000)));
        assert_eq!(patience.next(None), None);
        // Another picture begins anew.
        assert_eq!(patience.next(Some(ms(7))), Some(ms(132)));
    }

    #[test]
    fn pauses_count_a_little_each_so_that_a_hang_is_known_all_the_same() {
        let (mut patience, held) = (Patience::default(), Some(ms(0)));
        let looks = (1..).find(|n| patience.look(held, ms(n * 700))).unwrap();
        assert_eq!(looks, 4);
    }
}
