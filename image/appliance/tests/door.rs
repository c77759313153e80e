//! The door as a stranger, its owner and other sites' pages meet it: the real program, over real TLS, with a real streamer behind it.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "door/device.rs"]
mod device;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use common::{Door, PASSWORD, SOON, cookie, words};
use rustreamer_tests::http::request;
use rustreamer_tests::streamer::{eventually, patient};

/// What is behind the door.
const BEHIND: [&str; 7] =
    ["/", "/state", "/snapshot", "/stream", "/control", "/metrics", "/?action=snapshot"];

#[test]
fn http_leads_to_https_and_to_nothing_else() {
    let (door, _streamer) = Door::start_with_streamer();
    for (method, target) in [("GET", "/stream?key=1"), ("POST", "/door/login"), ("GET", "/state")] {
        let reply = request(TcpStream::connect(("127.0.0.1", door.http)).unwrap(), method, target, "");
        assert_eq!(reply.code(), 301);
        assert_eq!(reply.header("location"), Some(&*format!("https://test:{}{target}", door.https)));
        assert!(!words(reply).contains("result"));
    }
}

#[test]
fn nothing_gets_out_before_the_claim_and_the_owner_gets_everything() {
    let (door, _streamer) = Door::start_with_streamer();
    for target in BEHIND.into_iter().chain(["/door/login", "/anything"]) {
        let reply = door.get(target, "");
        assert_eq!(reply.code(), 401, "{target}");
        assert!(words(reply).contains("<h1>Claim this device</h1>"), "{target}");
        let reply = door.ask("GET", target, &["Accept: */*"], "");
        assert_eq!(
            (reply.code(), reply.header("content-type")),
            (401, Some("text/plain; charset=utf-8")),
            "{target}"
        );
    }
    assert_eq!(door.ask("PATCH", "/control", &["Origin: https://test"], "{}").code(), 401);
    assert_eq!(door.post("/door/login", "", "password=").code(), 409, "there is no password yet");

    let right = door.code();
    let try_claim = |form: &str| {
        let reply = door.post("/door/claim", "", form);
        (reply.code(), words(reply))
    };
    let (status, page) = try_claim("code=AAAA-AAAA&password=a+few+words&again=a+few+words");
    assert!(status == 403 && page.contains("That is not the claim code."), "{status} {page}");
    let (status, page) = try_claim(&format!("code={right}&password=short&again=short"));
    assert!(status == 422 && page.contains("at least 10 characters"), "{status} {page}");
    let (status, page) = try_claim(&format!("code={right}&password=a+few+words&again=other+words"));
    assert!(status == 422 && page.contains("are not the same"), "{status} {page}");
    assert!(!door.state("password").exists());

    let session = door.claim();
    assert!(!door.state("claim-code").exists(), "the code is used up");
    for (name, begin) in [("password", &b"$argon2id$"[..]), ("key.der", b"0"), ("certificate.der", b"0")] {
        assert_eq!(fs::metadata(door.state(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        assert!(fs::read(door.state(name)).unwrap().starts_with(begin), "{name}");
    }
    assert_eq!(
        door.post("/door/claim", "", &format!("code={right}&password=a+few+words&again=a+few+words")).code(),
        409
    );

    assert!(words(door.get("/", &session)).contains("<video"), "the streamer's page");
    let state = door.get("/state", &session);
    assert_eq!(state.header("x-sign-out"), Some("/door/logout"));
    assert_eq!(state.header("x-device"), Some("/door/device"));
    assert!(words(state).contains("\"resolution\":{\"height\":240,\"width\":320}"));
    let picture = door.get("/snapshot", &session);
    assert_eq!(picture.header("content-type"), Some("image/jpeg"));
    assert!(picture.bytes().starts_with(&[0xff, 0xd8]));
    assert_eq!(door.get("/nothing/there", &session).code(), 404);
    assert_eq!(door.get("/door/login", &session).code(), 303, "who is in is not asked again");
    let control =
        door.ask("PATCH", "/control", &[&session, "Origin: https://test"], r#"{"jpeg_quality":50}"#);
    assert!(control.code() < 500 && control.code() != 403, "it reaches the streamer: {}", control.status);
}

#[test]
fn the_stream_goes_on_until_its_session_ends() {
    let (door, _streamer) = Door::start_with_streamer();
    let session = door.claim();
    let mut chunks = Chunks(door.get("/stream", &session));
    let read = chunks.until_pictures(3);
    assert!(read > 0);
    // Others are not touched by one's leaving.
    let other = door.login();
    let out = door.post("/door/logout", &session, "");
    assert_eq!(out.code(), 303);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    let ended = chunks.until_the_end();
    assert!(ended, "the stream ends with the session");
    assert_eq!(door.get("/snapshot", &session).code(), 401);
    assert!(words(door.get("/", &session)).contains("<h1>Sign in</h1>"));
    assert_eq!(door.get("/snapshot", &other).code(), 200);
}

/// `/stream` as it comes: pieces, in HTTP's chunks.
struct Chunks(rustreamer_tests::http::Reply<common::Tls>);

impl Chunks {
    /// Reads until so many JPEGs have begun; how many bytes that took.
    fn until_pictures(&mut self, count: usize) -> usize {
        let (mut all, mut piece) = (Vec::new(), [0; 4096]);
        while all.windows(4).filter(|bytes| **bytes == [0xff, 0xd8, 0xff, 0xe0]).count() < count {
            let read = self.0.body.read(&mut piece).unwrap();
            assert!(read > 0, "the stream has ended");
            all.extend_from_slice(&piece[..read]);
        }
        all.len()
    }

    /// Reads until there is no more; whether that came.
    fn until_the_end(&mut self) -> bool {
        let mut piece = [0; 4096];
        let limit = std::time::Instant::now() + patient(SOON);
        while std::time::Instant::now() < limit {
            if matches!(self.0.body.read(&mut piece), Ok(0) | Err(_)) {
                return true;
            }
        }
        false
    }
}

#[test]
fn wrong_passwords_have_to_wait_and_are_told_so() {
    let (door, _streamer) = Door::start_with_streamer();
    door.claim();
    let wrong = || door.post("/door/login", "", "password=something+else");
    let mut refused = 0;
    let last = loop {
        let reply = wrong();
        if reply.code() != 403 {
            break reply;
        }
        assert!(words(reply).contains("That is not the password."));
        refused += 1;
        assert!(refused < 10, "no wait after ten wrong ones");
    };
    assert!(refused >= 4, "some are free: {refused}");
    assert_eq!(last.code(), 429);
    let pause: u64 = last.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=4).contains(&pause), "{pause}");
    assert!(words(last).contains("Too many tries. Wait "));
    let early = door.post("/door/login", "", &format!("password={}", PASSWORD.replace(' ', "+")));
    // (Where a second has passed by now, it is not early.)
    assert!(matches!(early.code(), 429 | 303), "{}", early.status);
    std::thread::sleep(Duration::from_secs(pause));
    eventually("the right one is let in after the wait", SOON, || {
        let reply = door.post("/door/login", "", &format!("password={}", PASSWORD.replace(' ', "+")));
        (reply.code() == 303).then(|| cookie(&reply))
    });
}

#[test]
fn guesses_of_the_code_run_into_the_same_limit() {
    let door = Door::start();
    let mut limited = false;
    for _ in 0..8 {
        limited |=
            door.post("/door/claim", "", "code=AAAA-AAAA&password=a+few+words&again=a+few+words").code()
                == 429;
    }
    assert!(limited);
    assert!(!door.state("password").exists());
}

#[test]
fn other_sites_pages_change_nothing() {
    let (door, _streamer) = Door::start_with_streamer();
    let claim = format!("code={}&password=a+few+words&again=a+few+words", door.code());
    for origin in
        ["Origin: https://evil.example", "Origin: null", "Origin: http://test", "Origin: https://test:1"]
    {
        assert_eq!(door.ask("POST", "/door/claim", &[origin], &claim).code(), 403, "{origin}");
    }
    assert_eq!(door.ask("POST", "/door/claim", &[], &claim).code(), 403, "no origin");
    assert!(!door.state("password").exists());
    let session = door.claim();
    let evil = "Origin: https://evil.example";
    assert_eq!(door.ask("POST", "/door/logout", &[&session, evil], "").code(), 403);
    assert_eq!(door.ask("PATCH", "/control", &[&session, evil], "{}").code(), 403);
    let greeting =
        ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: cnVzdHJlYW1lcl9kZW1vIQ=="];
    for (path, own) in
        [("/janus", "there is no Janus here"), ("/h264", "nor is this streamer told to make H.264")]
    {
        let greet = |more: &[&str]| door.ask("GET", path, &[&greeting[..], more].concat(), "").code();
        assert_eq!(greet(&[&session, evil]), 403, "{path}");
        assert_eq!(greet(&[&session]), 403, "{path}");
        assert_eq!(greet(&["Origin: https://test"]), 401, "{path}");
        assert_eq!(greet(&[&session, "Origin: https://test"]), 502, "{own}");
    }
    assert_eq!(door.get("/snapshot", &session).code(), 200, "still signed in");
}

#[test]
fn every_answer_is_guarded() {
    let (door, streamer) = Door::start_with_streamer();
    let guarded = |reply: rustreamer_tests::http::Reply<common::Tls>, what: &str| {
        for (name, part) in [
            ("content-security-policy", "frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            let value =
                reply.header(name).unwrap_or_else(|| panic!("{what} ({}) has no {name}", reply.status));
            assert!(value.contains(part), "{what}: {name}: {value}");
            assert_eq!(
                reply.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).count(),
                1,
                "{what}: {name}"
            );
        }
        assert!(reply.header("strict-transport-security").is_none());
        reply.code()
    };
    assert_eq!(guarded(door.get("/", ""), "claim"), 401);
    assert_eq!(guarded(door.get("/door/style.css", ""), "style"), 200);
    let session = door.claim();
    assert_eq!(guarded(door.get("/", ""), "login"), 401);
    assert_eq!(guarded(door.get("/", &session), "page"), 200);
    assert_eq!(guarded(door.get("/snapshot", &session), "picture"), 200);
    assert_eq!(guarded(door.ask("POST", "/door/login", &[], "password=x"), "refused"), 403);
    let security = door.get("/.well-known/security.txt", "");
    assert!(security.header("content-type").unwrap().starts_with("text/plain"));
    assert!(words(security).starts_with("Contact: https://"));
    drop(streamer);
    assert_eq!(guarded(door.get("/state", &session), "streamer gone"), 502);
    let streamer = door.streamer();
    assert_eq!(guarded(door.get("/state", &session), "streamer back"), 200);
    drop(streamer);
}

#[test]
fn the_device_stays_the_same_after_a_restart() {
    let (door, streamer) = Door::start_with_streamer();
    let (code, files) = (door.code(), ["key.der", "certificate.der"]);
    let before = files.map(|name| fs::read(door.state(name)).unwrap());
    let folder = door.folder.clone();
    drop(door);
    let door = Door::open(folder.clone());
    assert_eq!(door.code(), code, "the code on its screen still counts");
    let session = door.claim();
    drop(door);
    let door = Door::open(folder);
    assert_eq!(files.map(|name| fs::read(door.state(name)).unwrap()), before);
    assert_eq!(door.get("/snapshot", &session).code(), 401, "sessions are in memory only");
    assert_eq!(door.get("/snapshot", &door.login()).code(), 200);
    drop(streamer);
    let host = nix::unistd::gethostname().unwrap().into_string().unwrap();
    let local = format!("{}.local", host.split('.').next().unwrap());
    for name in ["localhost", "127.0.0.1", &host, &local] {
        door.tls(name).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
    door.tls("other.example").expect_err("the certificate is not for others' names");
}

#[test]
fn who_dawdles_holds_nobody_up() {
    let (door, _streamer) = Door::start_with_streamer();
    // Of one address: greetings that never come, and requests that never end.
    let mut slow: Vec<TcpStream> = (0..64).map(|_| door.connect_from([127, 0, 0, 2])).collect();
    for stream in slow.iter_mut().step_by(2) {
        stream.write_all(&[0x16, 3, 1, 0, 200]).unwrap();
    }
    let mut more = door.connect_from([127, 0, 0, 2]);
    assert_eq!(more.read(&mut [0; 1]).unwrap_or(0), 0, "one address gets no more");
    // It was turned away at once, not cut for its slowness: the ones before it are still there.
    slow[1].set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let before = slow[1].read(&mut [0; 1]);
    assert!(
        before.is_err_and(|why| why.kind() == std::io::ErrorKind::WouldBlock),
        "more than 64 were let in"
    );
    slow[1].set_read_timeout(Some(SOON)).unwrap();
    let session = door.claim();
    assert_eq!(door.get("/snapshot", &session).code(), 200, "others are served");
    // A head that never ends, encrypted.
    let mut head = door.tls("localhost").unwrap();
    head.write_all(b"GET / HTTP/1.1\r\nHost: test\r\n").unwrap();
    for stream in &mut slow {
        assert_eq!(stream.read(&mut [0; 64]).unwrap_or(0), 0, "it is cut in the end");
    }
    let mut answer = Vec::new();
    let _ = head.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    eventually("its places are free again", SOON, || {
        let mut stream = door.connect_from([127, 0, 0, 2]);
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        matches!(stream.read(&mut [0; 1]), Err(why) if why.kind() == std::io::ErrorKind::WouldBlock)
            .then_some(())
    });
}

#[test]
fn who_does_not_read_is_cut_and_costs_little() {
    let (door, _streamer) = Door::start_with_streamer();
    let session = door.claim();
    let memory = || {
        let status = fs::read_to_string(format!("/proc/{}/status", door.process.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let clients = || {
        let state: serde_json::Value = serde_json::from_str(&words(door.get("/state", &session))).unwrap();
        state["result"]["stream"]["clients"].as_u64().unwrap()
    };
    // (The streamer cuts the door, too, when that does not read: what counts here is that the door lets go of its client.)
    // (Of connections that have just ended, some may still be counted: at any moment as many as a few.)
    let files = || fs::read_dir(format!("/proc/{}/fd", door.process.0.id())).unwrap().count();
    let before = memory();
    let stalled: Vec<_> = (0..20).map(|_| door.get("/stream", &session)).collect();
    eventually("they are clients of the streamer", SOON, || (clients() == 20).then_some(()));
    let with_them = files();
    let mut most = 0;
    eventually("they are cut, and of each both sockets are gone", 3 * SOON, || {
        most = most.max(memory());
        (clients() == 0 && files() + 36 <= with_them).then_some(())
    });
    assert!(most.saturating_sub(before) < 20 * 1024, "{before} KiB before, {most} KiB with 20 of them");
    drop(stalled);
}

#[test]
fn what_is_too_large_is_refused() {
    let (door, _streamer) = Door::start_with_streamer();
    let session = door.claim();
    assert_eq!(door.post("/door/login", "", &format!("password={}", "x".repeat(5000))).code(), 413);
    assert_eq!(door.ask("GET", "/", &[&session, "Host: other"], "").code(), 400, "two hosts");
    // What is refused before it has been read ends in a reset, which may overtake the answer.
    let refused = |head: &str, body: &str, codes: &[&str]| {
        let mut tls = door.tls("localhost").unwrap();
        let _ = write!(tls, "{head}\r\nHost: test\r\nOrigin: https://test\r\n{session}\r\n\r\n{body}");
        let mut answer = Vec::new();
        let _ = tls.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || codes.iter().any(|code| answer[9..].starts_with(code)), "{answer}");
    };
    refused(&format!("GET / HTTP/1.1\r\nX-Long: {}", "x".repeat(20_000)), "", &["431"]);
    let control = "PATCH /control HTTP/1.1\r\nContent-Length: 70000";
    refused(control, &"x".repeat(70_000), &["413"]);
    let control = "PATCH /control HTTP/1.1\r\nTransfer-Encoding: chunked";
    refused(control, &format!("11170\r\n{}\r\n0\r\n\r\n", "x".repeat(70_000)), &["413", "502"]);
    assert_eq!(door.get("/snapshot", &session).code(), 200);
}
