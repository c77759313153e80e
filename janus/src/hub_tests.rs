//! Viewers' lives, with numbers for handles and a clock of our own.

use super::*;
use crate::message::{Orientation, Refusal, Wishes};
use crate::sdp::{Offer, Origin};
use memsink::GOP_UNITS as UNITS;
use rtp::{Level, Packetizer};

#[path = "hub_joining_tests.rs"]
mod joining;

const MS: u64 = 1000;

/// A hub with viewers 1 to 3 attached at time 0, whose handles are ten times their numbers.
struct World {
    hub: Hub<u32, u32>,
    now: Micros,
}

impl World {
    fn new() -> World {
        let mut hub = Hub::new("a::h264".parse().unwrap());
        let now = Micros(1_000_000);
        for key in 1..=3 {
            hub.attach(key, key * 10, now).unwrap();
        }
        World { hub, now }
    }

    fn wait(&mut self, ms: u64) {
        self.now.0 += ms * MS;
    }

    /// Who gets a frame of five packets, and whom it brings an answer.
    fn frame(&mut self, key: bool) -> (Vec<u32>, Vec<Action<u32>>) {
        let actions = self.publish(key, 100);
        (self.deliver().into_iter().map(|(viewer, _)| viewer).collect(), actions)
    }

    /// A frame of five NAL units with so many bytes each, which stays where it is.
    fn publish(&mut self, key: bool, size: usize) -> Vec<Action<u32>> {
        let mut actions = vec![];
        let unit = [&[0, 0, 1, 0x41][..], &vec![1; size]].concat().repeat(5);
        let (_, unit) = Packetizer::default().pack(&unit, self.now);
        self.hub.frame(key, Arc::new(unit), self.now, &mut actions);
        actions
    }

    /// Who gets something now, and the number of its first packet.
    fn deliver(&mut self) -> Vec<(u32, u16)> {
        let mut to = vec![];
        self.hub.deliver(self.now, &mut to);
        to.iter().map(|delivery| (delivery.handle, delivery.sequence)).collect()
    }

    /// Viewer 1 plays, since a frame of so many that have come.
    fn playing(frames: usize) -> World {
        let mut world = World::new();
        world.frame(true);
        world.hub.media_up(&1);
        for _ in 1..frames {
            world.frame(false);
        }
        world
    }

    /// A viewer has lost its picture, and says so.
    fn picture_lost(&mut self, key: u32) {
        self.hub.feedback(&key, &[0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2], 0, self.now);
    }

    fn tick(&mut self) -> (bool, Vec<Action<u32>>) {
        let mut actions = vec![];
        let key = self.hub.tick(self.now, &mut actions);
        (key, actions)
    }

    fn watch(&mut self, key: u32) -> Option<Action<u32>> {
        self.ask(key, Request::Watch(Wishes::default()))
    }

    fn ask(&mut self, key: u32, request: Request) -> Option<Action<u32>> {
        self.hub.request(&key, request, format!("t{key}"), self.now)
    }
}

fn offer(key: u32, version: u64) -> Action<u32> {
    Action {
        handle: key * 10,
        transaction: format!("t{key}"),
        event: Event::Started,
        offer: Some(Offer {
            origin: Origin { session: key.into(), version },
            wishes: Wishes::default(),
            level: Level::HD,
        }),
    }
}

#[test]
fn an_offer_names_the_level_of_the_last_key_frame() {
    let mut world = World::new();
    let sps = [0x67, 66, 0xc0, 42, 0xda];
    let (_, unit) =
        Packetizer::default().pack(&[&[0, 0, 1][..], &sps, &[0, 0, 1, 0x65, 1]].concat(), world.now);
    world.hub.frame(true, Arc::new(unit), world.now, &mut vec![]);
    world.frame(false);
    let offered = world.watch(1).and_then(|action| action.offer).map(|offer| offer.level);
    assert_eq!(offered, Level::of(&sps));
}

#[test]
fn watch_is_answered_at_once_while_video_flows() {
    let mut world = World::new();
    world.frame(false);
    world.wait(30);
    assert_eq!(world.watch(2), Some(offer(2, 1)));
    assert_eq!(world.watch(2), Some(offer(2, 2)), "a second offer has the next version");
}

#[test]
fn while_a_connection_is_set_up_there_is_no_time_to_sleep() {
    let mut world = World::new();
    assert!(world.hub.is_urgent(world.now), "who has come will ask");
    world.frame(true);
    world.wait(3000);
    assert!(!world.hub.is_urgent(world.now), "who does not is not waited for");
    world.frame(true);
    world.watch(1);
    assert!(world.hub.is_urgent(world.now));
    world.hub.media_up(&1);
    world.deliver();
    assert!(!world.hub.is_urgent(world.now), "it plays");
    world.hub.media_down(&1);
    assert!(!world.hub.is_urgent(world.now));
}

#[test]
fn watch_waits_for_the_first_frame() {
    let mut world = World::new();
    assert_eq!(world.watch(1), None);
    world.wait(500);
    assert_eq!(world.tick(), (false, vec![]));
    let (to, actions) = world.frame(true);
    assert_eq!((to, actions), (vec![], vec![offer(1, 1)]));
    world.wait(900);
    assert_eq!(world.tick(), (false, vec![]), "answered once");
}

#[test]
fn watch_without_video_gets_one_503_within_a_second_however_often_it_is_asked() {
    let mut world = World::new();
    world.hub.no_frame(Idle::NoObject.into(), world.now);
    for _ in 0..800 {
        assert_eq!(world.watch(1), None);
        assert_eq!(world.tick(), (false, vec![]));
        world.wait(1);
    }
    world.wait(100);
    let (_, actions) = world.tick();
    assert_eq!(actions.len(), 1);
    let Event::NoVideo(why) = &actions[0].event else { panic!("{actions:?}") };
    assert!(why.contains("there is no sink a::h264"), "{why}");
    world.wait(1000);
    assert_eq!(world.tick().1, []);
}

#[test]
fn stop_before_the_connection_holds_and_takes_a_waiting_watch_back() {
    let mut world = World::new();
    world.watch(1);
    world.ask(1, Request::Stop);
    world.hub.media_up(&1);
    assert_eq!(world.frame(true), (vec![], vec![]));
}

#[test]
fn hang_up_and_going_end_it() {
    let mut world = World::new();
    world.frame(true);
    world.hub.media_up(&1);
    world.hub.media_up(&2);
    assert_eq!(world.frame(true).0, [10, 20]);
    world.hub.media_down(&1);
    assert_eq!(world.frame(true).0, [20]);
    assert_eq!(world.hub.detach(&2), Some(20));
    assert_eq!(world.hub.detach(&2), None);
    assert_eq!(world.frame(true).0, Vec::<u32>::new());
}

#[test]
fn a_key_that_is_not_attached_changes_nothing() {
    let mut world = World::new();
    assert_eq!(world.watch(9), None);
    assert_eq!(world.hub.tell(&9, Event::Refused(Refusal::Missing), String::new()), None);
    world.hub.media_up(&9);
    world.hub.media_down(&9);
    world.picture_lost(9);
    assert_eq!(world.hub.report(&9, world.now), None);
    world.frame(true);
    assert_eq!(world.tick(), (false, vec![]));
    assert_eq!(world.hub.attach(1, 99, world.now), Err(99));
}

#[test]
fn lost_pictures_are_joined_into_one_request() {
    let mut world = World::new();
    world.frame(true);
    for key in 1..=3 {
        world.picture_lost(key);
        world.ask(key, Request::KeyRequired);
    }
    assert!(world.tick().0);
    world.frame(true);
    world.wait(100);
    world.picture_lost(1);
    assert!(!world.tick().0, "a quarter of a second is not over");
    world.wait(150);
    assert!(world.tick().0);
}

#[test]
fn a_streamer_that_comes_back_begins_with_a_key_frame() {
    let mut world = World::new();
    world.frame(true);
    world.hub.media_up(&1);
    assert_eq!(world.frame(true).0, [10]);
    world.wait(100);
    world.hub.no_frame(Idle::NoWriter.into(), world.now);
    world.picture_lost(1);
    assert!(!world.tick().0, "there is nobody to ask");
    world.wait(700);
    world.hub.no_frame(Idle::NoNewFrame.into(), world.now);
    assert_eq!(world.frame(false).0, Vec::<u32>::new(), "the middle of another stream");
    assert!(world.tick().0);
    assert_eq!(world.frame(true).0, [10]);
    assert_eq!(world.hub.report(&1, world.now).unwrap().sink, "flowing");
}

/// A REMB of 2048 kbit/s.
const REMB: [u8; 24] =
    [0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B', 1, 5 << 2, 0xfa, 0, 0, 0, 0, 2];

#[test]
fn a_narrow_way_becomes_a_wish_that_ends_with_its_viewer() {
    let mut world = World::playing(1);
    for _ in 0..300 {
        world.publish(false, 4000);
        world.deliver();
        world.wait(33);
        world.hub.feedback(&1, &REMB, 0, world.now);
        world.hub.feedback(&9, &REMB, 0, world.now);
    }
    let wish = world.hub.wish(world.now).unwrap();
    assert!(wish.kbps < 2048, "{wish:?}");
    let report = world.hub.report(&1, world.now).unwrap();
    assert_eq!((report.wish, report.bears, report.heard.remb), (Some(wish), Some(wish.kbps), 300));
    assert!(report.kbps > 4000, "{report:?}");
    assert_eq!(world.hub.report(&2, world.now).unwrap().bears, None);
    for end in [World::stop, World::hang_up, World::leave] {
        let mut world = World::playing(1);
        for _ in 0..300 {
            world.publish(false, 4000);
            world.wait(33);
            world.hub.feedback(&1, &REMB, 0, world.now);
        }
        assert!(world.hub.wish(world.now).is_some());
        end(&mut world);
        assert_eq!(world.hub.wish(world.now), None);
    }
}

impl World {
    fn stop(&mut self) {
        self.ask(1, Request::Stop);
    }

    fn hang_up(&mut self) {
        self.hub.media_down(&1);
    }

    fn leave(&mut self) {
        self.hub.detach(&1);
    }
}

#[test]
fn sound_goes_to_who_asked_for_it_while_connected_and_not_stopped() {
    let mut world = World::new();
    let listeners = |world: &mut World| {
        let mut to = vec![];
        world.hub.listeners(&mut to);
        to.into_iter().map(|(viewer, number)| (viewer, number - viewer_start(viewer))).collect::<Vec<_>>()
    };
    world.ask(1, Request::Watch(Wishes { audio: true, ..Wishes::default() }));
    world.ask(2, Request::Watch(Wishes { mic: true, ..Wishes::default() }));
    assert!(!world.hub.is_listened_to() && !world.hub.speaks(&2), "nobody is connected");
    world.hub.media_up(&1);
    world.hub.media_up(&2);
    assert!(world.hub.is_listened_to() && world.hub.speaks(&2) && !world.hub.speaks(&1));
    assert_eq!(listeners(&mut world), [(10, 0)], "also before the first picture");
    assert_eq!(listeners(&mut world), [(10, 1)]);
    world.ask(1, Request::Stop);
    assert_eq!(listeners(&mut world), []);
    world.ask(1, Request::Start);
    assert_eq!(listeners(&mut world), [(10, 2)], "its numbers go on without a gap");
    world.hub.media_down(&1);
    assert!(!world.hub.is_listened_to());
    assert!(!world.hub.speaks(&9));
}

/// The number of a viewer's first packet of sound.
fn viewer_start(handle: u32) -> u16 {
    let mut viewer = Viewer::new(handle, u64::from(handle / 10), Micros(0));
    viewer.next_sound()
}

#[test]
fn a_picture_is_turned_and_waits_for_its_sound_for_who_asked_for_it() {
    let mut world = World::playing(1);
    world.ask(2, Request::Watch(Wishes { orientation: Orientation::Quarter, audio: true, mic: false }));
    world.hub.media_up(&2);
    world.publish(true, 100);
    let mut to = vec![];
    world.hub.deliver(world.now, &mut to);
    let told: Vec<_> =
        to.iter().map(|delivery| (delivery.handle, delivery.rotation, delivery.sounds)).collect();
    assert!(told.contains(&(10, None, false)) && told.contains(&(20, Some(270), true)), "{told:?}");
}
