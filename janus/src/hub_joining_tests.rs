//! Tests: where a viewer begins, and that it goes on without a gap.

use super::*;

#[test]
fn a_viewer_gets_nothing_before_a_key_frame_which_is_asked_for_at_once() {
    let mut world = World::new();
    world.frame(false);
    world.hub.media_up(&1);
    assert_eq!(world.deliver(), []);
    assert_eq!(world.frame(false).0, Vec::<u32>::new());
    assert_eq!(world.tick(), (true, vec![]));
    world.wait(10);
    assert!(!world.tick().0, "it is on its way");
    assert_eq!(world.frame(true).0, [10]);
    assert_eq!(world.frame(false).0, [10]);
    let report = world.hub.report(&1, world.now).unwrap();
    assert_eq!((report.playing, report.packets, report.key_requests, report.viewers), (true, 10, 1, 3));
}

#[test]
fn who_joins_others_begins_with_what_is_kept_and_no_key_frame_is_made_for_it() {
    let mut world = World::playing(20);
    assert_eq!(world.watch(2), Some(offer(2, 1)));
    world.wait(60);
    world.frame(false);
    world.hub.media_up(&2);
    assert!(!world.tick().0);
    let given = world.deliver();
    assert_eq!(given.len(), 21);
    assert!(given.iter().zip(&given[1..]).all(|(one, next)| one.0 == 20 && one.1.wrapping_add(5) == next.1));
    assert_eq!(world.frame(false).0, [10, 20]);
    assert!(!world.tick().0);
    assert_eq!(world.hub.report(&2, world.now).unwrap().key_requests, 0);
}

#[test]
fn who_is_alone_gets_a_key_frame_made_unless_there_is_a_new_one() {
    let mut world = World::new();
    world.frame(true);
    world.frame(false);
    world.watch(1);
    assert!(!world.tick().0);
    for _ in 0..Joining::Coming.reach() {
        world.frame(false);
    }
    world.watch(1);
    assert!(world.tick().0, "before it is connected");
    world.frame(true);
    world.hub.media_up(&1);
    assert_eq!(world.deliver().len(), 1, "and the connection finds it");
    assert!(!world.tick().0);

    world.hub.media_down(&1);
    for _ in 0..Joining::Connected.reach() {
        world.frame(false);
    }
    world.hub.media_up(&1);
    assert_eq!(world.deliver(), [], "that took too long");
    assert!(world.tick().0);
    assert_eq!(world.frame(true).0, [10]);
}

#[test]
fn after_too_many_frames_a_viewer_waits_for_a_new_key_frame() {
    let mut world = World::playing(UNITS + 1);
    world.watch(2);
    assert!(world.tick().0, "asked for before it is connected");
    world.hub.media_up(&2);
    assert_eq!(world.deliver(), []);
    assert_eq!(world.frame(false).0, [10]);
    assert_eq!(world.frame(true).0, [10, 20]);
}

#[test]
fn large_frames_go_out_in_portions_in_order_while_others_go_on() {
    let mut world = World::playing(1);
    for _ in 0..5 {
        world.publish(false, 8000);
        world.deliver();
    }
    world.hub.media_up(&2);
    let portions: Vec<Vec<(u32, u16)>> =
        std::iter::from_fn(|| Some(world.deliver()).filter(|portion| !portion.is_empty())).collect();
    assert_eq!(portions.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 1, 1, 1]);
    let numbers: Vec<u16> = portions.concat().into_iter().map(|(_, number)| number).collect();
    // The small key frame has 5 packets, the others 5 times 8.
    assert_eq!(
        numbers.iter().map(|number| number - numbers[0]).collect::<Vec<_>>(),
        [0, 5, 45, 85, 125, 165]
    );
    assert_eq!(world.frame(false).0, [10, 20]);
}

#[test]
fn who_is_still_catching_up_goes_on_with_the_next_key_frame() {
    let mut world = World::playing(1);
    for _ in 0..5 {
        world.publish(false, 8000);
        world.deliver();
    }
    world.hub.media_up(&2);
    let before = world.deliver();
    assert!(before.len() < 6);
    let packets = world.hub.report(&2, world.now).unwrap().packets as u16;
    world.publish(true, 100);
    let after: Vec<(u32, u16)> = world.deliver().into_iter().filter(|given| given.0 == 20).collect();
    assert_eq!(after, [(20, before[0].1.wrapping_add(packets))], "without a gap in its numbers");
    assert_eq!(world.frame(false).0, [10, 20]);
}

#[test]
fn stop_really_stops_and_start_begins_again_at_a_newer_key_frame() {
    let mut world = World::playing(1);
    assert_eq!(world.frame(true).0, [10]);
    assert_eq!(world.ask(1, Request::Stop).unwrap().event, Event::Stopped);
    assert_eq!(world.frame(false).0, Vec::<u32>::new());
    assert!(!world.tick().0, "for a stopped viewer no key frame is made");
    assert_eq!(world.ask(1, Request::Start).unwrap().event, Event::Started);
    assert_eq!(world.deliver(), [], "the kept one it has had");
    assert!(world.tick().0);
    assert_eq!(world.frame(false).0, Vec::<u32>::new());
    assert_eq!(world.frame(true).0, [10]);
    world.hub.media_down(&1);
    world.hub.media_up(&1);
    assert_eq!(world.deliver().len(), 1, "to another connection it is new");
}

#[test]
fn numbers_go_on_without_a_gap_over_stop_and_start() {
    let mut world = World::playing(1);
    world.publish(true, 100);
    let first = world.deliver()[0].1;
    world.ask(1, Request::Stop);
    for _ in 0..7 {
        world.frame(false);
    }
    world.ask(1, Request::Start);
    world.publish(true, 100);
    assert_eq!(world.deliver(), [(10, first.wrapping_add(5))]);
}

#[test]
fn what_is_missing_ends_it_for_all_until_the_next_key_frame() {
    let mut world = World::playing(3);
    world.hub.missed(0);
    assert!(!world.frame(false).0.is_empty(), "nothing was missed");
    world.hub.missed(2);
    world.hub.media_up(&2);
    assert_eq!(world.frame(false).0, Vec::<u32>::new());
    assert!(world.tick().0);
    assert_eq!(world.frame(true).0, [10, 20]);
}

#[test]
fn a_sink_nobody_read_for_a_while_is_no_beginning() {
    let mut world = World::playing(3);
    world.hub.media_down(&1);
    world.hub.reading_ends();
    world.hub.media_up(&1);
    assert_eq!(world.deliver(), []);
    assert_eq!(world.frame(false).0, Vec::<u32>::new());
    assert_eq!(world.frame(true).0, [10]);
}
