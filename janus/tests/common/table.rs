//! The table of functions at work, in this process: a core of the tests' own with Janus's real structs, a real sink,
//! and calls as Janus makes them (as it never should: `wrong.rs`).

#[path = "wrong.rs"]
mod wrong;

use super::common::*;
use janus_ustreamer::abi::types::{Callbacks, Json, Plugin, PluginResult, Refcount, Rtcp, Rtp, Session};
use janus_ustreamer::entry::create;
use memsink::{Micros, SinkName, Writer};
use rtp::{MAX_PACKET, Timestamp};
use serde_json::{Value, json};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// One packet as the core was given it: the handle, its bytes, and the playout delays.
type Sent = (usize, Vec<u8>, (i16, i16));
/// What was said with a packet: the handle, the rotation, and when it was captured.
type Marks = (usize, c_int, u64);

/// One event: the handle, the transaction, the event and the offer with it.
type Pushed = (usize, String, Value, Option<Value>);

static EVENTS: Mutex<Vec<Pushed>> = Mutex::new(vec![]);
static PACKETS: Mutex<Vec<Sent>> = Mutex::new(vec![]);
static MARKS: Mutex<Vec<Marks>> = Mutex::new(vec![]);
static FREED: AtomicUsize = AtomicUsize::new(0);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The helpers of `core.c`, which is compiled and loaded once.
struct Core {
    log: *const c_char,
    packet: unsafe extern "C" fn(*mut Rtp, *mut *const u8, *mut c_int, *mut c_int) -> c_int,
    marks: unsafe extern "C" fn(*mut Rtp, *mut u64) -> c_int,
    json: unsafe extern "C" fn(*const c_char) -> *mut Json,
    json_free: unsafe extern "C" fn(*mut Json),
    text: unsafe extern "C" fn(*const c_char) -> *mut c_char,
    result_free: unsafe extern "C" fn(*mut PluginResult),
    dumps: unsafe extern "C" fn(*const Json, usize) -> *mut c_char,
}
// SAFETY: functions and a buffer of a library that stays loaded.
unsafe impl Send for Core {}
// SAFETY: as above.
unsafe impl Sync for Core {}

fn core() -> &'static Core {
    static CORE: OnceLock<Core> = OnceLock::new();
    CORE.get_or_init(|| {
        let handle = load_core(super::VERSION, super::NUMBER);
        // SAFETY: the types are those in core.c and jansson.h.
        unsafe {
            Core {
                log: symbol(handle, c"test_log"),
                packet: symbol(handle, c"test_packet"),
                marks: symbol(handle, c"test_marks"),
                json: symbol(handle, c"test_json"),
                json_free: symbol(handle, c"test_json_free"),
                text: symbol(handle, c"test_text"),
                result_free: symbol(handle, c"test_result_free"),
                dumps: symbol(libc::RTLD_DEFAULT, c"json_dumps"),
            }
        }
    })
}

/// # Safety
/// `T` is a pointer type that fits the symbol.
unsafe fn symbol<T: Copy>(handle: *mut c_void, name: &CStr) -> T {
    // SAFETY: an open library and a C string.
    let found = unsafe { libc::dlsym(handle, name.as_ptr()) };
    assert!(!found.is_null() && size_of::<T>() == size_of_val(&found), "{name:?}");
    // SAFETY: of one size, and the caller vouches for the type.
    unsafe { std::mem::transmute_copy(&found) }
}

fn log() -> String {
    // SAFETY: a C string in a buffer that stays; a line being written may be cut.
    unsafe { CStr::from_ptr(core().log) }.to_string_lossy().into_owned()
}

fn value(json: *const Json) -> Option<Value> {
    if json.is_null() {
        return None;
    }
    // SAFETY: a live jansson value; its text is malloc's.
    unsafe {
        let text = (core().dumps)(json, 0x200);
        let value = serde_json::from_slice(CStr::from_ptr(text).to_bytes()).ok();
        libc::free(text.cast());
        value
    }
}

unsafe extern "C" fn push_event(
    session: *mut Session,
    plugin: *const Plugin,
    transaction: *const c_char,
    message: *mut Json,
    jsep: *mut Json,
) -> c_int {
    assert!(ptr::eq(plugin, create()));
    // SAFETY: a C string.
    let transaction = unsafe { CStr::from_ptr(transaction) }.to_string_lossy().into_owned();
    lock(&EVENTS).push((session as usize, transaction, value(message).unwrap(), value(jsep)));
    0
}

unsafe extern "C" fn relay_rtp(session: *mut Session, rtp: *mut Rtp) {
    let (mut buffer, mut length, mut video) = (ptr::null(), 0, 0);
    // SAFETY: a whole struct by contract, whose packet lives during this call; the session must be alive, which is
    // what is being tested.
    unsafe {
        assert_ne!((*session).stopped, 77, "a packet for a freed session");
        let delays = (core().packet)(rtp, &mut buffer, &mut length, &mut video);
        assert_eq!(video, 1);
        let mut captured = 0;
        let rotation = (core().marks)(rtp, &mut captured);
        lock(&MARKS).push((session as usize, rotation, captured));
        let bytes = std::slice::from_raw_parts(buffer, length as usize).to_vec();
        lock(&PACKETS).push((session as usize, bytes, ((delays >> 16) as i16, delays as i16)));
    }
}

unsafe extern "C" fn no_rtcp(_: *mut Session, _: *mut Rtcp) {}
unsafe extern "C" fn no_data(_: *mut Session, _: *mut c_void) {}
unsafe extern "C" fn no_session(_: *mut Session) {}
unsafe extern "C" fn no_stream(_: *mut Session, _: c_int) {}
unsafe extern "C" fn no_remb(_: *mut Session, _: u32) {}
unsafe extern "C" fn no() -> c_int {
    0
}
unsafe extern "C" fn no_event(_: *const Plugin, _: *mut Session, _: *mut Json) {}
unsafe extern "C" fn no_token(_: *const Plugin, _: *const c_char) -> c_int {
    0
}
unsafe extern "C" fn no_descriptor(_: *const Plugin, _: *const c_char, _: *const c_char) -> c_int {
    0
}

static CALLBACKS: Callbacks = Callbacks {
    push_event,
    relay_rtp,
    relay_rtcp: no_rtcp,
    relay_data: no_data,
    send_pli: no_session,
    send_pli_stream: no_stream,
    send_remb: no_remb,
    close_pc: no_session,
    end_session: no_session,
    events_is_enabled: no,
    notify_event: no_event,
    auth_is_signed: no,
    auth_is_signature_valid: no_token,
    auth_signature_contains: no_descriptor,
};

/// Frees a session the way the core does, and marks it so that a later use shows.
unsafe extern "C" fn free_session(refcount: *const Refcount) {
    let offset = std::mem::offset_of!(Session, refcount);
    // SAFETY: every count here is inside a leaked Session.
    unsafe { (*refcount.byte_sub(offset).cast::<Session>().cast_mut()).stopped = 77 };
    FREED.fetch_add(1, Ordering::SeqCst);
}

/// A session as the core makes one: two references, one of them the plugin's. Its memory stays, and is known, so that
/// valgrind tells of none but the plugin's.
fn session() -> *mut Session {
    static ALL: Mutex<Vec<usize>> = Mutex::new(vec![]);
    let refcount = Refcount { count: 2, free: Some(free_session) };
    let session = Box::into_raw(Box::new(Session {
        gateway: ptr::null_mut(),
        plugin: ptr::null_mut(),
        stopped: 0,
        refcount,
    }));
    lock(&ALL).push(session.expose_provenance());
    session
}

/// The core lets its reference go.
fn core_lets_go(session: *mut Session) {
    // SAFETY: the memory stays; the count is atomic.
    unsafe {
        let count = &raw mut (*session).refcount.count;
        if AtomicI32::from_ptr(count).fetch_sub(1, Ordering::AcqRel) == 1 {
            free_session(&raw const (*session).refcount);
        }
    }
}

/// The plugin, started on a sink of its own; the tests take turns.
struct World {
    table: &'static Plugin,
    sink: SinkName,
    _scratch: Scratch,
    _turn: MutexGuard<'static, ()>,
}

impl World {
    fn new(test: &str) -> World {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = lock(&TURN);
        core();
        lock(&EVENTS).clear();
        lock(&PACKETS).clear();
        lock(&MARKS).clear();
        let sink = sink(test);
        let scratch = Scratch::new(test);
        scratch.write("janus.plugin.ustreamer.jcfg", &format!("memsink object {sink}"));
        let folder = CString::new(scratch.0.to_str().unwrap()).unwrap();
        // SAFETY: a static table, static callbacks, and a C string.
        let (table, result) = unsafe {
            let table = &*create();
            (table, (table.init)(&CALLBACKS, folder.as_ptr()))
        };
        assert_eq!(result, 0, "{}", log());
        World { table, sink, _scratch: scratch, _turn: turn }
    }

    fn attach(&self) -> *mut Session {
        let session = session();
        let mut error = 0;
        // SAFETY: a fresh session.
        unsafe { (self.table.create_session)(session, &mut error) };
        assert_eq!(error, 0);
        session
    }

    /// Sends a message; the direct answer, or the error's text.
    fn send(&self, session: *mut Session, transaction: &str, message: &str) -> Result<Value, String> {
        let (transaction, message) = (CString::new(transaction).unwrap(), CString::new(message).unwrap());
        // SAFETY: the plugin is given what is its own, and gives the result away.
        unsafe {
            let result = (self.table.handle_message)(
                session,
                (core().text)(transaction.as_ptr()),
                (core().json)(message.as_ptr()),
                ptr::null_mut(),
            );
            assert!(!result.is_null());
            let answer = match (*result).kind {
                0 => Ok(value((*result).content).unwrap()),
                _ => Err(CStr::from_ptr((*result).text).to_string_lossy().into_owned()),
            };
            (core().result_free)(result);
            answer
        }
    }

    /// Waits for the event that answers a transaction.
    fn event(&self, session: *mut Session, transaction: &str) -> (Value, Option<Value>) {
        let mut found = None;
        until(transaction, || {
            let events = lock(&EVENTS);
            found = events
                .iter()
                .find(|event| (event.0, event.1.as_str()) == (session as usize, transaction))
                .cloned();
            found.is_some()
        });
        let (_, _, event, jsep) = found.unwrap();
        (event, jsep)
    }

    /// A viewer that plays.
    fn viewer(&self, writer: &mut Writer) -> *mut Session {
        let session = self.attach();
        // SAFETY: an attached session.
        unsafe { (self.table.setup_media)(session) };
        until("the first packet", || {
            publish(writer, &key_unit(), true);
            std::thread::sleep(std::time::Duration::from_millis(10));
            lock(&PACKETS).iter().any(|packet| packet.0 == session as usize)
        });
        session
    }

    fn query(&self, session: *mut Session) -> Value {
        // SAFETY: any pointer may be asked for; a value is given away.
        unsafe {
            let json = (self.table.query_session)(session);
            let told = value(json).unwrap_or_default();
            if !json.is_null() {
                (core().json_free)(json);
            }
            told
        }
    }

    fn detach(&self, session: *mut Session) -> c_int {
        let mut error = 0;
        // SAFETY: any pointer may be given; it is not followed.
        unsafe { (self.table.destroy_session)(session, &mut error) };
        error
    }
}

impl Drop for World {
    fn drop(&mut self) {
        (self.table.destroy)();
    }
}

fn sent_to(session: *mut Session) -> Vec<Sent> {
    lock(&PACKETS).iter().filter(|packet| packet.0 == session as usize).cloned().collect()
}

fn sequence(packet: &[u8]) -> u16 {
    u16::from_be_bytes([packet[2], packet[3]])
}

#[test]
fn a_viewer_s_life_from_the_sink_to_packets() {
    let world = World::new("life");
    let viewer = world.attach();
    assert_eq!(world.send(viewer, "features", r#"{"request":"features"}"#), Ok(json!({"ok": true})));
    assert_eq!(world.event(viewer, "features").0["result"]["status"], "features");

    let mut writer = writer(&world.sink);
    until("the streamer sees a reader", || writer.demand(Micros::now()).has_clients);
    assert_eq!(world.send(viewer, "watch", r#"{"request":"watch"}"#), Ok(json!({"ok": true})));
    assert!(lock(&EVENTS).iter().all(|event| event.1 != "watch"), "there is no video yet");
    publish(&mut writer, &unit(&[&slice(1)]), false);
    let (event, jsep) = world.event(viewer, "watch");
    assert_eq!(event["result"]["status"], "started");
    let jsep = jsep.unwrap();
    assert_eq!(jsep["type"], "offer");
    assert!(jsep["sdp"].as_str().unwrap().contains("m=video 1 RTP/SAVPF 96\r\n"));
    world.send(viewer, "again", r#"{"request":"watch"}"#).unwrap();
    assert_eq!(lock(&EVENTS).last().unwrap().1, "again", "while video flows the offer comes at once");

    // SAFETY: an attached session.
    unsafe { (world.table.setup_media)(viewer) };
    until("a key frame is asked for", || writer.demand(Micros::now()).key_wanted);
    publish(&mut writer, &unit(&[&slice(2)]), false);
    until("the frame was taken", || world.query(viewer)["frames"] == 2);
    assert!(sent_to(viewer).is_empty(), "nothing before the first key frame");
    let captured = publish(&mut writer, &key_unit(), true);
    until("the key frame's packets", || sent_to(viewer).len() == 6);
    let packets = sent_to(viewer);
    let stap: Vec<u8> = [&[0x78, 0, 5][..], SPS, &[0, 4], PPS].concat();
    assert_eq!(packets[0].1[12..], stap);
    let mut body = vec![0x65];
    for (index, (_, packet, delays)) in packets.iter().enumerate() {
        assert_eq!(*delays, (0, 0), "playout delay");
        assert!(packet.len() <= MAX_PACKET);
        assert_eq!(packet[4..8], Timestamp::of(captured).0.to_be_bytes());
        assert_eq!(sequence(packet), sequence(&packets[0].1).wrapping_add(index as u16));
        if index > 0 {
            body.extend_from_slice(&packet[14..]);
        }
    }
    assert_eq!(body, idr());

    let query = world.query(viewer);
    assert_eq!(
        (&query["playing"], &query["packets"], &query["key_requests"]),
        (&json!(true), &json!(6), &json!(1))
    );
    assert_eq!(query["sink"], json!({"name": world.sink.as_str(), "state": "flowing", "abi": 10}));
    assert_eq!(query["janus"], super::layout());

    world.send(viewer, "stop", r#"{"request":"stop"}"#).unwrap();
    assert_eq!(world.event(viewer, "stop").0["result"]["status"], "stopped");
    publish(&mut writer, &key_unit(), true);
    until("the frame was taken", || world.query(viewer)["frames"] == 4);
    assert_eq!(sent_to(viewer).len(), 6, "after stop nothing is sent");
    assert_eq!(world.detach(viewer), 0);
}

#[test]
fn a_picture_s_packets_say_how_it_is_turned_and_when_it_was_captured() {
    let world = World::new("marks");
    let mut writer = writer(&world.sink);
    let plain = world.viewer(&mut writer);
    let turned = world.attach();
    let watch = r#"{"request":"watch","params":{"orientation":90}}"#;
    world.send(turned, "watch", watch).unwrap();
    // SAFETY: an attached session.
    unsafe { (world.table.setup_media)(turned) };
    lock(&MARKS).clear();
    publish(&mut writer, &key_unit(), true);
    until("both have the picture", || {
        [plain, turned]
            .iter()
            .all(|&viewer| lock(&MARKS).iter().filter(|mark| mark.0 == viewer as usize).count() >= 6)
    });
    let of = |viewer: *mut Session| -> Vec<(c_int, bool)> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
            + 2_208_988_800;
        let marks = lock(&MARKS);
        let marks = marks.iter().filter(|mark| mark.0 == viewer as usize);
        marks.map(|mark| (mark.1, now - (mark.2 >> 32) < 30)).collect()
    };
    let told = super::NUMBER >= 1201;
    for (viewer, rotation) in [(plain, -1), (turned, 270)] {
        let marks = of(viewer);
        let last_picture = &marks[marks.len() - 6..];
        let expected: Vec<(c_int, bool)> =
            (0..6).map(|at| (if at == 5 { rotation } else { -1 }, told && at == 0)).collect();
        assert_eq!(last_picture, expected);
    }
}

#[test]
fn a_viewer_s_sound_without_a_loudspeaker_is_survived() {
    let world = World::new("mic");
    let viewer = world.attach();
    world.send(viewer, "watch", r#"{"request":"watch","params":{"mic":true,"audio":true}}"#).unwrap();
    // SAFETY: an attached session.
    unsafe { (world.table.setup_media)(viewer) };
    let mut sound = [0x80u8, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xfc, 0xff, 0xfe];
    for length in [0, 1, 12, 15] {
        for video in [0, 1] {
            let mut packet = Rtp { mindex: 1, video, buffer: sound.as_mut_ptr().cast(), length };
            // SAFETY: a packet of this length, and an attached session or none.
            unsafe {
                (world.table.incoming_rtp.unwrap())(viewer, &mut packet);
                (world.table.incoming_rtp.unwrap())(ptr::null_mut(), &mut packet);
            }
        }
    }
    // SAFETY: null is looked at.
    unsafe { (world.table.incoming_rtp.unwrap())(viewer, ptr::null_mut()) };
    assert_eq!(world.detach(viewer), 0);
}

#[test]
fn pictures_lost_are_asked_for_through_the_sink() {
    let world = World::new("pli");
    let mut writer = writer(&world.sink);
    let viewer = world.viewer(&mut writer);
    until("the old wish is fulfilled", || {
        publish(&mut writer, &key_unit(), true);
        !writer.demand(Micros::now()).key_wanted
    });
    let mut pli = [0x81u8, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    let mut packet = Rtcp { mindex: 0, video: 1, buffer: pli.as_mut_ptr().cast(), length: 12 };
    until("a key frame is asked for", || {
        // SAFETY: a packet of this length. It is repeated, as browsers do: a key frame on its way answers the first.
        unsafe { (world.table.incoming_rtcp.unwrap())(viewer, &mut packet) };
        writer.demand(Micros::now()).key_wanted
    });
}

#[test]
fn numbers_go_on_when_the_streamer_is_restarted() {
    let world = World::new("restart");
    let mut first = writer(&world.sink);
    let viewer = world.viewer(&mut first);
    let before = sent_to(viewer).last().unwrap().1.clone();
    drop(first);
    until("the sink is gone", || world.query(viewer)["sink"]["state"] == "no_sink");
    let taken = lock(&PACKETS).len();
    let mut second = writer(&world.sink);
    until("the reader comes back", || second.demand(Micros::now()).has_clients);
    publish(&mut second, &unit(&[&slice(1)]), false);
    until("a key frame is asked for", || second.demand(Micros::now()).key_wanted);
    assert_eq!(lock(&PACKETS).len(), taken, "nothing from the middle of another stream");
    publish(&mut second, &key_unit(), true);
    until("packets again", || lock(&PACKETS).len() > taken);
    let after = lock(&PACKETS)[taken].1.clone();
    // The frame that was not sent leaves no gap.
    assert_eq!(sequence(&after), sequence(&before).wrapping_add(1));
    assert!(after[4..8] > before[4..8]);
}

#[test]
fn who_joins_others_is_given_what_they_have_had_and_no_key_frame_is_asked_for() {
    let world = World::new("join");
    let mut writer = writer(&world.sink);
    let first = world.viewer(&mut writer);
    let was_sent = |captured| {
        until("a frame was sent", || {
            sent_to(first).last().unwrap().1[4..8] == Timestamp::of(captured).0.to_be_bytes()
        });
    };
    let key = publish(&mut writer, &key_unit(), true);
    was_sent(key);
    was_sent(publish(&mut writer, &unit(&[&slice(1)]), false));
    until("no wish is left", || !writer.demand(Micros::now()).key_wanted);

    let second = world.attach();
    world.send(second, "watch", r#"{"request":"watch"}"#).unwrap();
    // SAFETY: an attached session.
    unsafe { (world.table.setup_media)(second) };
    until("it has what is kept", || sent_to(second).len() == 7);
    publish(&mut writer, &unit(&[&slice(2)]), false);
    until("both have the next one", || {
        [first, second].iter().all(|&viewer| sent_to(viewer).last().unwrap().1[12..] == slice(2)[..])
    });
    let (others, own) = (sent_to(first), sent_to(second));
    assert_eq!(own[0].1[4..8], Timestamp::of(key).0.to_be_bytes());
    for (index, (packet, same)) in own.iter().zip(&others[others.len() - 8..]).enumerate() {
        assert_eq!(packet.1[4..8], same.1[4..8]);
        assert_eq!(packet.1[12..], same.1[12..]);
        assert_eq!(sequence(&packet.1), sequence(&own[0].1).wrapping_add(index as u16));
    }
    assert_eq!(own.len(), 8);
    assert!(!writer.demand(Micros::now()).key_wanted);
}

#[test]
fn viewers_come_and_go_while_frames_flow() {
    let world = World::new("coming");
    let mut writer = writer(&world.sink);
    let steady = world.viewer(&mut writer);
    let freed = FREED.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let churn = scope.spawn(|| {
            for _ in 0..300 {
                let guest = world.attach();
                // SAFETY: an attached session.
                unsafe { (world.table.setup_media)(guest) };
                std::thread::sleep(std::time::Duration::from_micros(300));
                core_lets_go(guest);
                assert_eq!(world.detach(guest), 0);
            }
        });
        while !churn.is_finished() {
            publish(&mut writer, &key_unit(), true);
        }
    });
    until("every guest's session is freed", || FREED.load(Ordering::SeqCst) == freed + 300);
    let packets = sent_to(steady);
    assert!(lock(&PACKETS).iter().any(|packet| packet.0 != steady as usize), "guests got packets");
    for pair in packets.windows(2) {
        assert_eq!(sequence(&pair[1].1), sequence(&pair[0].1).wrapping_add(1), "a gap for who stayed");
    }
}
