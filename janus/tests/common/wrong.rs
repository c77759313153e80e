//! What is wrong with a request, a sink or a call is answered, named or survived.

use super::*;
use std::ffi::CStr;

#[test]
fn without_a_streamer_watch_is_refused_within_a_second() {
    let world = World::new("nobody");
    let viewer = world.attach();
    let asked = std::time::Instant::now();
    world.send(viewer, "watch", r#"{"request":"watch","params":{"audio":7}}"#).unwrap();
    let (event, jsep) = world.event(viewer, "watch");
    assert!(asked.elapsed().as_millis() < 1500 && jsep.is_none());
    assert_eq!(event["error_code"], 503);
    assert!(event["error"].as_str().unwrap().contains("there is no sink"), "{event}");
}

#[test]
fn a_sink_whose_frames_are_no_h_264_is_named_to_who_watches() {
    let world = World::new("format");
    let viewer = world.attach();
    let mut writer = writer(&world.sink);
    world.send(viewer, "watch", r#"{"request":"watch"}"#).unwrap();
    until("it is refused", || {
        publish_as(&mut writer, memsink::FORMAT_JPEG);
        lock(&EVENTS).iter().any(|event| event.1 == "watch")
    });
    let (event, jsep) = world.event(viewer, "watch");
    assert_eq!((&event["error_code"], jsep), (&json!(503), None));
    assert!(event["error"].as_str().unwrap().contains("not H.264; look at its writer"), "{event}");
    assert!(log().contains("not H.264; look at its writer"));
    assert_eq!(world.query(viewer)["sink"]["state"], "broken");
    // Another writer, or the same one, may do better: nobody has to start Janus anew.
    until("the picture comes", || {
        publish(&mut writer, &key_unit(), true);
        world.query(viewer)["sink"]["state"] == "flowing"
    });
}

#[test]
fn wrong_and_repeated_calls_are_survived() {
    let world = World::new("wrong");
    let table = world.table;
    let folder = c"/nonexistent";
    // SAFETY: what is wrong here is what the plugin must survive.
    unsafe {
        assert_eq!((table.init)(&CALLBACKS, folder.as_ptr()), -1);
        assert!(log().contains("it is running already"));
    }
    let viewer = world.attach();
    let mut error = 0;
    // SAFETY: as above; the second attach of a handle gives no reference.
    unsafe { (table.create_session)(viewer, &mut error) };
    assert_eq!(error, -1);
    let unknown: *mut Session = ptr::without_provenance_mut(0x1230);
    let rtcp = table.incoming_rtcp.unwrap();
    for session in [ptr::null_mut(), unknown, viewer] {
        // SAFETY: unknown handles are not followed, and what is null is not looked at.
        unsafe {
            (table.setup_media)(session);
            (table.setup_media)(session);
            rtcp(session, ptr::null_mut());
            rtcp(session, &mut Rtcp { mindex: 0, video: 0, buffer: ptr::null_mut(), length: 100 });
            let mut garbage = *b"\x81\xce\xff\xff garbage";
            rtcp(
                session,
                &mut Rtcp { mindex: -1, video: 0, buffer: garbage.as_mut_ptr().cast(), length: 12 },
            );
            for number in 0..200u32 {
                // Whatever the numbers are, no length leads astray: each has its own kind, count and length.
                let mut noise: Vec<u8> =
                    (0..40u32).map(|at| (number * 131 + at * at * 17 + number * at) as u8).collect();
                noise[..4].copy_from_slice(&[
                    0x80 | number as u8,
                    200 + (number % 8) as u8,
                    0,
                    (number % 12) as u8,
                ]);
                let buffer = noise.as_mut_ptr().cast();
                rtcp(session, &mut Rtcp { mindex: 0, video: 1, buffer, length: (number % 41) as u16 });
            }
            (table.slow_link.unwrap())(session, -1, 7, 0);
            (table.hangup_media)(session);
            (table.hangup_media)(session);
            (table.slow_link.unwrap())(session, 0, 1, 1);
            let result = (table.handle_message)(session, ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            assert_eq!(CStr::from_ptr((*result).text), c"No message");
            (core().result_free)(result);
        }
        if session != viewer {
            assert_eq!(world.send(session, "t", r#"{"request":"watch"}"#), Err("No session".into()));
            assert_eq!(world.query(session), Value::Null);
            assert_eq!(world.detach(session), -1);
        }
    }
    for (number, (message, code, text)) in [
        ("{}", 400, "Request missing"),
        ("[1]", 400, "Request missing"),
        ("7", 400, "Request missing"),
        (r#"{"request":null}"#, 400, "Request not a string"),
        (r#"{"request":"%s%n%d"}"#, 405, "Not implemented"),
    ]
    .into_iter()
    .enumerate()
    {
        let transaction = format!("wrong {number}");
        assert_eq!(world.send(viewer, &transaction, message), Ok(json!({"ok": true})));
        let (event, _) = world.event(viewer, &transaction);
        assert_eq!((&event["error_code"], &event["error"]), (&json!(code), &json!(text)), "{message}");
    }
    for _ in 0..2 {
        world.send(viewer, "twice", r#"{"request":"start"}"#).unwrap();
        world.send(viewer, "twice", r#"{"request":"stop"}"#).unwrap();
    }
    let freed = FREED.load(Ordering::SeqCst);
    core_lets_go(viewer);
    assert_eq!(FREED.load(Ordering::SeqCst), freed, "the plugin still has its reference");
    assert_eq!(world.detach(viewer), 0);
    assert_eq!(FREED.load(Ordering::SeqCst), freed + 1, "and has given it back");
    assert_eq!(world.detach(viewer), -1);
    (table.destroy)();
    (table.destroy)();
    assert_eq!(world.send(viewer, "late", r#"{"request":"watch"}"#), Err("No session".into()));
    let mut error = 0;
    // SAFETY: after its end the plugin looks at nothing that it is given.
    unsafe {
        (table.create_session)(viewer, &mut error);
        (table.create_session)(viewer, ptr::null_mut());
        (table.setup_media)(viewer);
        rtcp(viewer, ptr::null_mut());
        (table.slow_link.unwrap())(viewer, 0, 1, 0);
        (table.hangup_media)(viewer);
    }
    assert_eq!((error, world.query(viewer), world.detach(viewer)), (-1, Value::Null, -1));
}
