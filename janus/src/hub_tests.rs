//! Viewers' lives, with numbers for handles and a clock of our own.

use super::*;
use crate::message::Refusal;

const MS: u64 = 1000;

/// A hub with viewers 1 to 3 attached at time 0, whose handles are ten times their numbers.
struct World {
    hub: Hub<u32, u32>,
    now: Micros,
}

impl World {
    fn new() -> World {
        let mut hub = Hub::new("a::h264".parse().unwrap());
        for key in 1..=3 {
            hub.attach(key, key * 10).unwrap();
        }
        World { hub, now: Micros(1_000_000) }
    }

    fn wait(&mut self, ms: u64) {
        self.now.0 += ms * MS;
    }

    /// Who gets a frame, and whom it brings an answer.
    fn frame(&mut self, key: bool) -> (Vec<u32>, Vec<Action<u32>>) {
        let (mut to, mut actions) = (vec![], vec![]);
        self.hub.frame(key, 5, self.now, &mut to, &mut actions);
        (to, actions)
    }

    fn tick(&mut self) -> (bool, Vec<Action<u32>>) {
        let mut actions = vec![];
        let key = self.hub.tick(self.now, &mut actions);
        (key, actions)
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
        offer: Some(Origin { session: key.into(), version }),
    }
}

#[test]
fn watch_is_answered_at_once_while_video_flows() {
    let mut world = World::new();
    world.frame(false);
    world.wait(30);
    assert_eq!(world.ask(2, Request::Watch), Some(offer(2, 1)));
    assert_eq!(world.ask(2, Request::Watch), Some(offer(2, 2)), "a second offer has the next version");
    assert!(world.hub.expects_company());
}

#[test]
fn watch_waits_for_the_first_frame() {
    let mut world = World::new();
    assert_eq!(world.ask(1, Request::Watch), None);
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
        assert_eq!(world.ask(1, Request::Watch), None);
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
fn a_viewer_gets_nothing_before_a_key_frame_which_is_asked_for_at_once() {
    let mut world = World::new();
    world.frame(true);
    world.hub.media_up(&1);
    assert_eq!(world.frame(false).0, Vec::<u32>::new());
    assert_eq!(world.tick(), (true, vec![]));
    world.wait(10);
    assert!(!world.tick().0, "it is on its way");
    assert_eq!(world.frame(true).0, [10]);
    assert_eq!(world.frame(false).0, [10]);
    let report = world.hub.report(&1, world.now).unwrap();
    assert_eq!((report.playing, report.packets, report.key_requests, report.viewers), (true, 10, 1, 3));

    world.wait(10);
    world.hub.media_up(&2);
    assert!(world.tick().0, "the next one to join does not wait");
    assert_eq!(world.frame(false).0, [10], "and others go on meanwhile");
    assert_eq!(world.frame(true).0, [10, 20]);
}

#[test]
fn stop_really_stops_and_start_begins_again_at_a_key_frame() {
    let mut world = World::new();
    world.frame(true);
    world.hub.media_up(&1);
    assert_eq!(world.frame(true).0, [10]);
    assert_eq!(world.ask(1, Request::Stop).unwrap().event, Event::Stopped);
    assert_eq!(world.frame(true).0, Vec::<u32>::new());
    assert!(!world.tick().0, "for a stopped viewer no key frame is made");
    assert_eq!(world.ask(1, Request::Start).unwrap().event, Event::Started);
    assert!(world.tick().0);
    assert_eq!(world.frame(false).0, Vec::<u32>::new());
    assert_eq!(world.frame(true).0, [10]);
}

#[test]
fn stop_before_the_connection_holds_and_takes_a_waiting_watch_back() {
    let mut world = World::new();
    world.ask(1, Request::Watch);
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
    assert_eq!(world.ask(9, Request::Watch), None);
    assert_eq!(world.hub.refuse(&9, Event::Refused(Refusal::Missing), String::new()), None);
    world.hub.media_up(&9);
    world.hub.media_down(&9);
    world.hub.picture_lost(&9);
    assert_eq!(world.hub.report(&9, world.now), None);
    world.frame(true);
    assert_eq!(world.tick(), (false, vec![]));
    assert_eq!(world.hub.attach(1, 99), Err(99));
}

#[test]
fn lost_pictures_are_joined_into_one_request() {
    let mut world = World::new();
    world.frame(true);
    for key in 1..=3 {
        world.hub.picture_lost(&key);
        world.ask(key, Request::KeyRequired);
    }
    assert!(world.tick().0);
    world.frame(true);
    world.wait(100);
    world.hub.picture_lost(&1);
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
    world.hub.picture_lost(&1);
    assert!(!world.tick().0, "there is nobody to ask");
    world.wait(700);
    assert_eq!(world.frame(false).0, Vec::<u32>::new(), "the middle of another stream");
    assert!(world.tick().0);
    assert_eq!(world.frame(true).0, [10]);
    assert_eq!(world.hub.report(&1, world.now).unwrap().sink, "flowing");
}
