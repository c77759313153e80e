//! Two hundred clients of `/stream`, one of which does not read, and then none does: the others get their pictures, memory stays bounded,
//! and who was slow gets a new one when it reads again.
#![allow(clippy::unwrap_used)]

use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread::sleep;
use std::time::Duration;

use memsink::Micros;
use rustreamer_tests::http::{connect, get, request};
use rustreamer_tests::streamer::{Streamer, eventually};

const CLIENTS: usize = 200;
const SOON: Duration = Duration::from_secs(120);

/// The memory that a process holds, in MiB.
fn memory(pid: i32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// Ends the clients, also when the test fails before they have all they wait for.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

#[test]
fn two_hundred_clients_one_of_them_stalled() {
    // So large that a picture for each client would be seen, and with no second worker to need memory later.
    let streamer = Streamer::start(&[
        "--device=test:3840x2160@4",
        "--quality=100",
        "--workers=1",
        "--server-timeout=60",
    ]);
    let picture = get(streamer.port(), "/snapshot").bytes().len();
    let before = memory(streamer.pid(), "VmHWM");
    let mut stalled = request(connect(streamer.port()), "GET", "/stream?extra_headers=1&key=stalled", "");
    stalled.part();
    let published = || streamer.state()["stream"]["published"].as_u64().unwrap();
    let (done, served) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        let _end = End(&done);
        for _ in 1..CLIENTS {
            let mut stream = get(streamer.port(), "/stream");
            let (done, served) = (&done, &served);
            scope.spawn(move || {
                for _ in 0..5 {
                    assert!(stream.part().data.starts_with(&[0xff, 0xd8]));
                }
                served.fetch_add(1, Relaxed);
                // From now on it does not read either, so that something waits for it, too.
                while !done.load(Relaxed) {
                    sleep(Duration::from_millis(50));
                }
            });
        }
        let all = CLIENTS as u64;
        eventually("they are all there", SOON, || {
            (streamer.state()["stream"]["clients"] == all).then_some(())
        });
        eventually("each has its pictures", SOON, || {
            (served.load(Relaxed) as usize == CLIENTS - 1).then_some(())
        });
        eventually("many more than lie in sockets", SOON, || (published() >= 30).then_some(()));
        let cost = memory(streamer.pid(), "VmHWM") - before;
        // Each holds the picture that it is being sent, and those who came at the same time hold the same one: no more than there were.
        let (mib, different) = (1 << 20, CLIENTS.min(published() as usize));
        let [all, shared] = [CLIENTS, different].map(|pictures| (picture * pictures / mib) as u64);
        println!(
            "{cost} MiB for {CLIENTS} clients; a picture for each would be {all} MiB, and there were {different}, {shared} MiB"
        );
        assert!(
            cost <= shared + 16,
            "{cost} MiB for {CLIENTS} clients, who share {different} pictures of {shared} MiB"
        );
    });
    let published = published();
    // What lay in its socket is old; what comes behind it is of now.
    let asked = Micros::now().0 as f64 / 1e6;
    let mut parts = 0;
    loop {
        parts += 1;
        let part = stalled.part();
        if part.number("X-UStreamer-Grab-Begin-Time") >= asked {
            break;
        }
    }
    assert!(parts < published / 2, "{parts} of {published}: it has skipped most");
}

#[test]
fn who_does_not_read_for_too_long_is_cut() {
    let streamer =
        Streamer::start(&["--device", "test:1920x1080@30", "--quality", "95", "--server-timeout", "1"]);
    let mut stalled = get(streamer.port(), "/stream");
    stalled.part();
    eventually("it is forgotten", SOON, || (streamer.state()["stream"]["clients"] == 0).then_some(()));
    let mut rest = Vec::new();
    let _ = stalled.body.read_to_end(&mut rest);
}
