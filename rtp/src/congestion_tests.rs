//! Congestion on links that are made up: a queue of some length that empties at some rate, and loses at random.

use super::*;
use memsink::Cause;
use proptest::prelude::*;

const MS: u64 = 1000;
/// A second without limits, which a meter needs to know the stream.
const START: u64 = 2000;

/// A link with a queue before it.
#[derive(Clone)]
struct Link {
    /// What it bears, in kbit/s.
    kbps: u32,
    /// Its queue's length, in ms at that rate; what does not fit is lost.
    queue_ms: u32,
    /// Lost beside that, in percent.
    loss: u32,
    /// In every three seconds nothing gets through for so long, in ms.
    gap_ms: u64,
    queued_bits: u64,
    since_report: (u32, u32),
}

impl Link {
    fn of(kbps: u32) -> Link {
        Link { kbps, queue_ms: 1000, loss: 0, gap_ms: 0, queued_bits: 0, since_report: (0, 0) }
    }
}

/// A stream of 30 pictures a second that follows the wish at once, to viewers over these links.
struct World {
    congestion: Congestion<usize>,
    links: Vec<Link>,
    /// What the user has set.
    set: u32,
    ms: u64,
    seed: u32,
    wish: Option<Wish>,
}

impl World {
    fn new(set: u32, links: Vec<Link>) -> World {
        let mut congestion = Congestion::default();
        for viewer in 0..links.len() {
            congestion.join(viewer);
        }
        World { congestion, links, set, ms: 0, seed: 1, wish: None }
    }

    fn random(&mut self) -> u32 {
        self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.seed >> 16) % 100
    }

    fn rate(&self) -> u32 {
        self.wish.map_or(self.set, |wish| wish.kbps.min(self.set))
    }

    /// Runs for so long; the stream's bitrate at each half second, in kbit/s.
    fn run(&mut self, seconds: u64) -> Vec<u32> {
        let mut rates = vec![];
        for _ in 0..seconds * 30 {
            self.ms += 33;
            let now = Micros(self.ms * MS);
            let bytes = u64::from(self.rate()) * 33 / 8;
            self.congestion.sent(bytes as usize, now);
            for viewer in 0..self.links.len() {
                self.send(viewer, bytes, now);
            }
            // A whole loop of the plugin's is some milliseconds; this is enough.
            self.wish = self.congestion.wish(now);
            if self.ms % 500 < 33 {
                rates.push(self.rate());
            }
        }
        rates
    }

    fn send(&mut self, viewer: usize, bytes: u64, now: Micros) {
        let packets = (bytes / 1100 + 1) as u32;
        let mut lost = 0;
        for _ in 0..packets {
            let unlucky = self.random();
            let link = &mut self.links[viewer];
            let room = u64::from(link.kbps) * u64::from(link.queue_ms);
            let gap = self.ms % 3000 < link.gap_ms;
            if unlucky < link.loss || gap || link.queued_bits > room {
                lost += 1;
            } else {
                link.queued_bits += bytes * 8 / u64::from(packets);
            }
        }
        let link = &mut self.links[viewer];
        let waits_ms = link.queued_bits / u64::from(link.kbps).max(1);
        link.queued_bits = link.queued_bits.saturating_sub(u64::from(link.kbps) * 33);
        link.since_report.0 += packets - lost;
        link.since_report.1 += lost;
        if self.ms % 100 < 33 {
            let (received, lost) = std::mem::take(&mut link.since_report);
            self.congestion.hear(&viewer, Feedback::Arrivals { received, lost }, now);
        }
        if self.ms % 1000 < 33 {
            self.congestion.hear(&viewer, Feedback::RoundTrip((20 + waits_ms) * MS), now);
        }
    }

    /// Everybody's way is wide until the meter knows the stream.
    fn begun(set: u32, links: Vec<Link>) -> World {
        let mut world = World::new(set, vec![Link::of(100_000); links.len()]);
        world.run(START / 1000);
        world.links = links;
        world
    }
}

fn falls(rates: &[u32]) -> usize {
    rates.windows(2).filter(|pair| pair[1] < pair[0]).count()
}

fn mean(rates: &[u32]) -> u32 {
    (rates.iter().map(|&rate| u64::from(rate)).sum::<u64>() / rates.len() as u64) as u32
}

#[test]
fn a_wide_way_has_no_limit() {
    let mut world = World::begun(5000, vec![Link::of(20_000); 3]);
    assert!(world.run(60).iter().all(|&rate| rate == 5000));
    assert_eq!(world.wish, None);
}

#[test]
fn a_halved_way_is_followed_down_and_left_in_peace() {
    let mut world = World::begun(5000, vec![Link::of(2500)]);
    let first = world.run(5);
    assert!(*first.last().unwrap() <= 2500, "{first:?}");
    assert_eq!(world.wish.unwrap().cause, Cause::Delay);
    world.run(30);
    let steady = world.run(120);
    assert!(steady.iter().all(|&rate| (1500..=2900).contains(&rate)), "{steady:?}");
    assert!(mean(&steady) > 1800, "{}", mean(&steady));
    assert!(falls(&steady) <= 6, "{} falls in two minutes: {steady:?}", falls(&steady));
}

#[test]
fn a_way_that_is_wide_again_is_used_again() {
    let mut world = World::begun(5000, vec![Link::of(2500)]);
    world.run(20);
    world.links[0].kbps = 20_000;
    let rates = world.run(90);
    assert_eq!(*rates.last().unwrap(), 5000, "{rates:?}");
    assert_eq!(world.wish, None, "and nothing is left of the limit");
    assert_eq!(falls(&rates[6..]), 0, "{rates:?}");
}

#[test]
fn a_short_queue_shows_by_its_losses() {
    let mut world = World::begun(5000, vec![Link { queue_ms: 50, ..Link::of(2500) }]);
    world.run(10);
    assert_eq!(world.wish.unwrap().cause, Cause::Loss);
    let steady = world.run(60);
    assert!(steady.iter().all(|&rate| rate <= 3400), "{steady:?}");
    assert!((1600..2800).contains(&mean(&steady)), "{steady:?}");
}

#[test]
fn what_is_lost_by_chance_or_in_a_short_gap_lowers_nothing() {
    for link in [
        Link { loss: 1, ..Link::of(20_000) },
        Link { loss: 5, ..Link::of(20_000) },
        Link { gap_ms: 100, ..Link::of(20_000) },
    ] {
        let mut world = World::begun(5000, vec![link]);
        let rates = world.run(60);
        assert!(rates.iter().all(|&rate| rate == 5000), "{rates:?}");
    }
}

#[test]
fn a_receiver_that_once_had_no_time_is_no_narrow_way() {
    let mut world = World::begun(5000, vec![Link::of(20_000)]);
    for trip in [300, 20, 450, 20, 20, 200] {
        world.run(1);
        world.congestion.hear(&0, Feedback::RoundTrip(trip * MS), Micros(world.ms * MS));
        assert_eq!(world.congestion.wish(Micros(world.ms * MS)), None, "{trip} ms");
    }
    world.congestion.hear(&0, Feedback::RoundTrip(200 * MS), Micros(world.ms * MS));
    assert!(world.congestion.wish(Micros(world.ms * MS)).is_some(), "twice in a row");
}

#[test]
fn a_viewer_that_has_fallen_silent_is_not_given_more() {
    let mut way = Way::default();
    let at = |second: u64| Micros(second * 1_000_000);
    for second in 1..5 {
        way.hear(Feedback::Arrivals { received: 60, lost: 40 }, 1000, at(second));
    }
    let limit = way.limit();
    assert!(limit.is_some_and(|(kbps, _)| kbps < 1000), "{limit:?}");
    for second in 11..100 {
        way.tick(2000, at(second));
    }
    assert_eq!(way.limit(), limit);
    for second in 100..110 {
        way.hear(Feedback::Arrivals { received: 100, lost: 0 }, 500, at(second));
        way.tick(2000, at(second));
    }
    let kbps = |limit: Option<(u32, Cause)>| limit.map_or(u32::MAX, |(kbps, _)| kbps);
    assert!(kbps(way.limit()) > kbps(limit), "what arrives again is heard");
}

#[test]
fn much_loss_goes_down_but_not_out() {
    let mut world = World::begun(5000, vec![Link { loss: 30, ..Link::of(20_000) }]);
    let rates = world.run(120);
    assert!(rates.iter().all(|&rate| rate >= LEAST), "{rates:?}");
    assert!(*rates.last().unwrap() < 1000, "{rates:?}");
}

#[test]
fn one_bad_way_among_many_costs_the_others_half_at_most() {
    let mut links = vec![Link::of(20_000); 9];
    links.push(Link::of(300));
    let mut world = World::begun(5000, links);
    let rates = world.run(60);
    assert!(rates.iter().all(|&rate| rate >= 2400), "{rates:?}");
    assert!(rates[20..].iter().all(|&rate| rate <= 2600), "{rates:?}");
    world.congestion.leave(&9);
    world.links.pop();
    world.run(1);
    assert_eq!(world.wish, None, "it was for that viewer");
}

#[test]
fn one_bad_way_of_two_counts_fully() {
    let mut world = World::begun(5000, vec![Link::of(20_000), Link::of(600)]);
    let rates = world.run(60);
    assert!(*rates.last().unwrap() <= 700, "{rates:?}");
}

#[test]
fn an_estimate_counts_once_it_is_one() {
    let mut world = World::begun(5000, vec![Link::of(20_000)]);
    let at = |world: &World| Micros(world.ms * MS);
    world.congestion.leave(&0);
    world.congestion.join(0);
    world.congestion.hear(&0, Feedback::Estimate(300), at(&world));
    assert_eq!(world.congestion.wish(at(&world)), None, "a connection begins with a guess");
    world.run(6);
    world.congestion.hear(&0, Feedback::Estimate(4900), at(&world));
    assert_eq!(world.congestion.wish(at(&world)), None);
    world.congestion.hear(&0, Feedback::Estimate(2000), at(&world));
    let wish = world.congestion.wish(at(&world)).unwrap();
    assert_eq!(wish, Wish { kbps: 1700, cause: Cause::Estimate });
}

proptest! {
    #[test]
    fn any_feedback_is_survived(said in prop::collection::vec((0..4u8, any::<u32>(), any::<u32>(), 0..2_000_000u64), 0..100)) {
        let mut congestion = Congestion::default();
        congestion.join(0);
        let mut now = Micros(0);
        for (kind, a, b, apart) in said {
            now.0 += apart;
            congestion.sent(a as usize, now);
            congestion.hear(&0, match kind {
                0 => Feedback::Arrivals { received: a, lost: b },
                1 => Feedback::RoundTrip(u64::from(a) * u64::from(b)),
                2 => Feedback::Estimate(a),
                _ => Feedback::Slow,
            }, now);
            if let Some(wish) = congestion.wish(now) {
                prop_assert!(wish.kbps >= LEAST);
            }
        }
    }
}
