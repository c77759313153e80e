//! The page of the device, as its owner and their scripts meet it: another password, an update, a report. The real program, over real TLS.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::thread;

use crate::common::{Door, PASSWORD, SOON, Tls, words};
use rustreamer_tests::http::Reply;
use rustreamer_tests::streamer::eventually;

const OTHER: &str = "some other words";
const ORIGIN: &str = "Origin: https://test";

fn change(door: &Door, session: &str, old: &str, new: &str, again: &str) -> Reply<Tls> {
    let form = format!("old={old}&password={new}&again={again}").replace(' ', "+");
    door.ask("POST", "/door/password", &[session, ORIGIN, "Accept: text/html"], &form)
}

/// What the door says of updates.
fn state(door: &Door, session: &str) -> serde_json::Value {
    serde_json::from_str(&words(door.get("/door/update", session))).unwrap()
}

/// The head of a PUT, and as much of its body as there is.
fn put(door: &Door, session: &str, length: &str, body: &[u8]) -> Tls {
    let mut tls = door.tls("localhost").unwrap();
    let head = format!(
        "PUT /door/update HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{ORIGIN}\r\n{session}\r\n{length}\r\n\r\n"
    );
    tls.write_all(&[head.as_bytes(), body].concat()).unwrap();
    tls.flush().unwrap();
    tls
}

/// The answer, as text with its head.
fn answer(mut tls: Tls) -> String {
    let mut bytes = Vec::new();
    let _ = tls.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn update(door: &Door, session: &str, body: &[u8]) -> String {
    answer(put(door, session, &format!("Content-Length: {}", body.len()), body))
}

#[test]
fn the_page_is_the_owners_and_says_what_the_device_is() {
    let door = Door::start();
    assert_eq!(door.get("/door/device", "").code(), 401);
    let session = door.claim();
    door.last("refused: <b>not</b> signed\n");
    let page = words(door.get("/door/device", &session));
    let host = nix::unistd::gethostname().unwrap().into_string().unwrap();
    assert!(page.contains(&format!("<h1>{host}</h1>")));
    assert!(page.contains(&format!("Version {}", env!("CARGO_PKG_VERSION"))));
    let hash = ring::digest::digest(&ring::digest::SHA256, &fs::read(door.state("certificate.der")).unwrap());
    let shown: Vec<String> = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(page.contains(&shown.join(":<wbr>")), "the certificate's fingerprint");
    assert!(page.contains("The update was refused: &lt;b&gt;not&lt;/b&gt; signed."));
    assert!(!page.contains("/door/report"), "there is none to be had");
    assert!(!page.contains("http-equiv=\"refresh\""));
    door.last("installing\n");
    assert!(words(door.get("/door/device", &session)).contains("http-equiv=\"refresh\""));

    // Who has to sign in first gets there afterwards, and to no place that others wish for.
    let login = words(door.get("/door/device", ""));
    assert!(login.contains("name=\"to\" value=\"/door/device\""));
    for (to, place) in
        [("%2Fdoor%2Fdevice", "/door/device"), ("https%3A%2F%2Fevil.example%2F", "/"), ("", "/")]
    {
        let reply = door.post("/door/login", "", &format!("password={}&to={to}", PASSWORD.replace(' ', "+")));
        assert_eq!((reply.code(), reply.header("location")), (303, Some(place)));
    }
}

#[test]
fn another_password_signs_all_others_out() {
    let (door, _streamer) = Door::start_with_streamer();
    let (session, other) = (door.claim(), door.login());
    let mut watching = door.get("/stream", &other);
    let mut own = door.get("/stream", &session);
    let reply = change(&door, &session, PASSWORD, OTHER, "something else");
    assert_eq!(reply.code(), 422);
    let page = words(reply);
    assert!(page.contains("The two passwords are not the same.") && page.contains("<details open>"));
    assert_eq!(change(&door, &session, OTHER, OTHER, OTHER).code(), 403);
    assert_eq!(change(&door, "X-None: 1", PASSWORD, OTHER, OTHER).code(), 401, "nobody without a session");
    let evil = ["Origin: https://evil.example", &session];
    assert_eq!(door.ask("POST", "/door/password", &evil, "old=a").code(), 403);
    assert_eq!(door.get("/snapshot", &other).code(), 200, "nothing has changed");

    let reply = change(&door, &session, PASSWORD, OTHER, OTHER);
    assert_eq!((reply.code(), reply.header("location")), (303, Some("/door/device?password=changed")));
    assert!(
        words(door.get("/door/device?password=changed", &session)).contains("The password has been changed.")
    );
    assert_eq!(door.get("/snapshot", &other).code(), 401, "the other is out");
    assert!(watching.body.read_to_end(&mut Vec::new()).is_err(), "and its stream ends, broken");
    assert!((0..100).all(|_| own.body.read(&mut [0; 4096]).is_ok_and(|read| read > 0)), "one's own goes on");
    assert_eq!(door.post("/door/login", "", &format!("password={}", PASSWORD.replace(' ', "+"))).code(), 403);
    door.login_with(OTHER);
    let folder = door.folder.clone();
    drop(door);
    Door::open(folder).login_with(OTHER);
}

#[test]
fn guesses_at_the_current_password_have_to_wait() {
    let door = Door::start();
    let session = door.claim();
    let codes: Vec<u16> =
        (0..8).map(|_| change(&door, &session, "a wrong one", OTHER, OTHER).code()).collect();
    assert_eq!(codes[..4], [403; 4]);
    assert!(codes.contains(&429), "{codes:?}");
    assert_eq!(state(&door, &session)["state"], "none", "the session goes on");
}

#[test]
fn an_update_comes_whole_or_not_at_all() {
    let door = Door::start();
    let session = door.claim();
    let bundle: Vec<u8> = (0..5_000_000u32).flat_map(|n| [n as u8, (n >> 8) as u8]).collect();
    let length = format!("Content-Length: {}", bundle.len());
    let refused =
        |answer: String, code: &str| assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{answer}");
    refused(answer(put(&door, "X-None: 1", &length, b"")), "401");
    refused(answer(put(&door, &session, "Transfer-Encoding: chunked", b"1\r\nx\r\n0\r\n\r\n")), "411");
    refused(answer(put(&door, &session, &format!("Content-Length: {}", (512u64 << 20) + 1), b"")), "413");
    refused(update(&door, &session, b""), "400");
    assert_eq!(door.ask("PUT", "/door/update", &[&session], "x").code(), 403, "not of its own page");
    assert!(door.inbox().is_empty());

    // One that breaks off.
    let half = put(&door, &session, &length, &bundle[..bundle.len() / 2]);
    eventually("it is coming", SOON, || (door.inbox() == ["arriving"]).then_some(()));
    assert_eq!(state(&door, &session)["state"], "arriving");
    refused(update(&door, &session, b"another"), "409");
    assert_eq!(door.get("/door/update?size=10", &session).code(), 409);
    drop(half);
    eventually("nothing is left of it", SOON, || door.inbox().is_empty().then_some(()));
    eventually("the next one may come", SOON, || (state(&door, &session)["state"] == "none").then_some(()));

    // And one whose session ends.
    let mut half = put(&door, &session, &length, &bundle[..1000]);
    eventually("it is coming", SOON, || (door.inbox() == ["arriving"]).then_some(()));
    door.post("/door/logout", &session, "");
    eventually("nothing is left of it", SOON, || door.inbox().is_empty().then_some(()));
    let _ = half.write_all(&bundle[1000..]);

    let session = door.login();
    assert_eq!(door.get("/door/update?size=10", &session).code(), 200);
    let mut coming = put(&door, &session, &length, &bundle[..bundle.len() - 1]);
    eventually("it is coming", SOON, || (door.inbox() == ["arriving"]).then_some(()));
    coming.write_all(&bundle[bundle.len() - 1..]).unwrap();
    let said = answer(coming);
    assert!(said.starts_with("HTTP/1.1 202 ") && said.contains("\"state\":\"arrived\""), "{said}");
    assert_eq!(door.inbox(), ["bundle.raucb"]);
    assert_eq!(fs::read(door.bundle()).unwrap(), bundle);
    refused(update(&door, &session, b"another"), "409");

    // The system takes it, and says what it does.
    fs::remove_file(door.bundle()).unwrap();
    for (line, word, free) in [
        ("installing", "installing", false),
        ("trying 9", "trying", false),
        ("installed 9", "installed", true),
    ] {
        door.last(line);
        assert_eq!(state(&door, &session)["state"], word);
        assert_eq!(door.get("/door/update?size=10", &session).code() == 200, free, "{line}");
    }
}

#[test]
fn the_pages_form_brings_an_update_too() {
    let door = Door::start();
    let session = door.claim();
    let file = "--b\r\n\r\n--b--\r\n".repeat(1000);
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"bundle\"; filename=\"x\"\r\n\r\n{file}\r\n--b--\r\n"
    );
    let send = |body: &str| {
        let mut tls = door.tls("localhost").unwrap();
        write!(
            tls,
            "POST /door/update HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{ORIGIN}\r\n{session}\r\nAccept: text/html\r\n\
             Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        answer(tls)
    };
    let page = send(&body.replace("--b", "--c"));
    assert!(page.starts_with("HTTP/1.1 400 ") && page.contains("no form with one file"), "{page}");
    assert!(door.inbox().is_empty());
    let said = send(&body).to_lowercase();
    assert!(said.starts_with("http/1.1 303 ") && said.contains("location: /door/device\r\n"), "{said}");
    assert_eq!(fs::read_to_string(door.bundle()).unwrap(), file);
}

#[test]
fn an_update_is_never_in_memory_as_a_whole() {
    let door = Door::start();
    let session = door.claim();
    let most = || {
        let status = fs::read_to_string(format!("/proc/{}/status", door.process.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let before = most();
    let said = update(&door, &session, &vec![7; 100 << 20]);
    assert!(said.starts_with("HTTP/1.1 202 "), "{said}");
    assert_eq!(fs::metadata(door.bundle()).unwrap().len(), 100 << 20);
    let grown = most() - before;
    assert!(grown < 16 << 10, "{grown} KiB for 100 MiB");
}

#[test]
fn what_a_power_cut_has_left_of_an_update_goes() {
    let door = Door::start();
    let folder = door.folder.clone();
    drop(door);
    fs::write(folder.0.join("updates/inbox/arriving"), "half").unwrap();
    let door = Door::open(folder);
    assert!(door.inbox().is_empty());
    let session = door.claim();
    assert!(update(&door, &session, b"whole").starts_with("HTTP/1.1 202 "));
}

#[test]
fn the_report_is_what_its_socket_gives() {
    let door = Door::start();
    assert_eq!(door.get("/door/report", "").code(), 401);
    let session = door.claim();
    let none = door.get("/door/report", &session);
    assert_eq!(none.code(), 404);
    assert!(words(none).contains("no report to give"));
    let socket = UnixListener::bind(door.folder.0.join("report")).unwrap();
    assert!(words(door.get("/door/device", &session)).contains("href=\"/door/report\""));
    let writer = thread::spawn(move || {
        socket.accept().unwrap().0.write_all("temperature: 40 °C\n".as_bytes()).unwrap()
    });
    let reply = door.get("/door/report", &session);
    assert_eq!(
        (reply.code(), reply.header("content-disposition")),
        (200, Some("attachment; filename=\"report.txt\""))
    );
    assert_eq!(words(reply), "temperature: 40 °C\n");
    writer.join().unwrap();
    // Whoever wrote it is gone, its socket is still there.
    assert_eq!(door.get("/door/report", &session).code(), 404);
}
