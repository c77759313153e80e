//! Debian's own ustreamer (4.9 and 5.4) and ours, asked the same: where the answers differ, the test says how and why.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustreamer_tests::http::{Reply, connect, get, request};
use rustreamer_tests::streamer::{eventually, free_port, program};
use serde_json::Value;

const SOON: Duration = Duration::from_secs(30);

/// One of the two, without a device: each shows its "no signal" picture.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn peer(release: &str, more: &[&str]) -> Server {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/debroot.sh");
        let output = Command::new(script).arg(release).stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "{script} {release} failed; its message is above");
        let root = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
        Server::start(Command::new(root.join("run")).arg("/usr/bin/ustreamer"), more)
    }

    fn ours(more: &[&str]) -> Server {
        Server::start(&mut Command::new(program("ustreamer")), more)
    }

    fn start(command: &mut Command, more: &[&str]) -> Server {
        let port = free_port();
        let child = command
            .args(["--device=/dev/video-that-is-not-there", "--persistent", "--host=127.0.0.1"])
            .arg(format!("--port={port}"))
            .args(more)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server { child, port };
        // (One that only just listens may end a connection without a word.)
        eventually("it answers", SOON, || answers(port).ok().filter(|answers| *answers));
        server
    }
}

fn answers(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(SOON))?;
    stream.write_all(b"GET /state HTTP/1.0\r\n\r\n")?;
    Ok(stream.read(&mut [0])? > 0)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Both of them, for each release.
fn both(more: &[&str], compare: impl Fn(&str, &Server, &Server)) {
    let ours = Server::ours(more);
    for release in ["ustreamer-4.9", "ustreamer-5.4"] {
        compare(release, &Server::peer(release, more), &ours);
    }
}

/// Header names in lower case, without those that every server may add.
fn names<S>(reply: &Reply<S>) -> BTreeSet<String> {
    let beside = ["date", "connection"];
    reply
        .headers
        .iter()
        .map(|(name, _)| name.to_lowercase())
        .filter(|name| !beside.contains(&&**name))
        .collect()
}

/// What ours has more on every answer: a browser must not guess what it is.
const NOSNIFF: &str = "x-content-type-options";

#[test]
fn the_streams_head_and_parts() {
    both(&[], |release, peer, ours| {
        for query in
            ["", "?key=a%20b", "?extra_headers=1", "?extra_headers=yes&zero_data=TRUE", "?nonsense=1"]
        {
            let (mut theirs, mut mine) =
                (get(peer.port, &format!("/stream{query}")), get(ours.port, &format!("/stream{query}")));
            let told = format!("{release} /stream{query}");
            assert_eq!(theirs.status, mine.status, "{told}");
            let mut expected = names(&theirs);
            expected.insert(NOSNIFF.to_owned());
            assert_eq!(names(&mine), expected, "{told}");
            for name in ["Content-Type", "Cache-Control", "Pragma", "Expires"] {
                assert_eq!(theirs.header(name), mine.header(name), "{told}: {name}");
            }
            // The client's number differs from run to run.
            let cookie = |reply: &Reply<_>| {
                let cookie = reply.header("Set-Cookie").unwrap().to_owned();
                let (before, rest) = cookie.split_once('/').unwrap();
                format!("{before} {}", rest.split_once(';').unwrap().1)
            };
            assert_eq!(cookie(&theirs), cookie(&mine), "{told}");
            for _ in 0..2 {
                let (theirs, mine) = (theirs.part(), mine.part());
                let names = |headers: &[(String, String)]| {
                    headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
                };
                let mut expected = names(&theirs.headers);
                // Since 6.46 the time of capture has a beginning and an end.
                if let Some(at) = expected.iter().position(|name| name == "X-UStreamer-Grab-Time") {
                    expected.splice(
                        at..=at,
                        ["X-UStreamer-Grab-Begin-Time", "X-UStreamer-Grab-End-Time"].map(str::to_owned),
                    );
                }
                assert_eq!(names(&mine.headers), expected, "{told}");
                for name in ["Content-Type", "X-UStreamer-Online", "X-UStreamer-Width", "X-UStreamer-Height"]
                {
                    assert_eq!(theirs.header(name), mine.header(name), "{told}: {name}");
                }
                assert_eq!(theirs.data.is_empty(), mine.data.is_empty(), "{told}");
            }
        }
    });
}

#[test]
fn snapshots() {
    both(&[], |release, peer, ours| {
        for target in ["/snapshot", "/?action=snapshot"] {
            let (theirs, mine) = (get(peer.port, target), get(ours.port, target));
            assert_eq!(theirs.status, mine.status, "{release} {target}");
            let mut expected = names(&theirs);
            expected.insert(NOSNIFF.to_owned());
            // Not in 6.62 any more.
            for name in [
                "dropped",
                "expose-begin-timestamp",
                "expose-cmp-timestamp",
                "expose-end-timestamp",
                "grab-timestamp",
            ] {
                expected.remove(&format!("x-ustreamer-{name}"));
            }
            // In 6.62 instead of grab-timestamp.
            for name in ["grab-begin-timestamp", "grab-end-timestamp"] {
                expected.insert(format!("x-ustreamer-{name}"));
            }
            assert_eq!(names(&mine), expected, "{release} {target}");
            for name in [
                "Content-Type",
                "Cache-Control",
                "X-UStreamer-Online",
                "X-UStreamer-Width",
                "X-UStreamer-Height",
            ] {
                assert_eq!(theirs.header(name), mine.header(name), "{release} {target}: {name}");
            }
            let (theirs, mine) = (theirs.bytes(), mine.bytes());
            for jpeg in [theirs, mine] {
                assert!(
                    jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9]),
                    "{release} {target}"
                );
            }
        }
    });
}

/// The paths and types of all values.
fn shape(value: &Value, at: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, value) in object {
                // A client's number stands for any.
                let key = if at.ends_with("clients_stat") { "ID" } else { key };
                shape(value, &format!("{at}/{key}"), all);
            }
        }
        other => {
            let kind = match other {
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                _ => "other",
            };
            all.insert(format!("{at}: {kind}"));
        }
    }
}

#[test]
fn state_has_all_that_theirs_has() {
    let sink = format!("peers-{}::jpeg", std::process::id());
    both(&["--sink", &sink, "--sink-rm", "--desired-fps=25"], |release, peer, ours| {
        let state = |server: &Server| -> Value {
            let mut stream = get(server.port, "/stream?key=x&extra_headers=1");
            stream.part();
            let reply = get(server.port, "/state");
            assert_eq!(
                (reply.code(), reply.header("Content-Type")),
                (200, Some("application/json")),
                "{release}"
            );
            serde_json::from_slice(&reply.bytes()).unwrap()
        };
        let (theirs, mine) = (state(peer), state(ours));
        let (mut expected, mut have) = (BTreeSet::new(), BTreeSet::new());
        shape(&theirs, "", &mut expected);
        shape(&mine, "", &mut have);
        let missing: Vec<_> = expected.difference(&have).collect();
        assert!(expected.len() > 12 && missing.is_empty(), "{release}: {missing:?}");
        for path in ["/ok", "/result/encoder/quality", "/result/source/desired_fps", "/result/source/online"]
        {
            assert_eq!(theirs.pointer(path), mine.pointer(path), "{release}: {path}");
        }
    });
    // The peers' object is theirs to remove; they were killed.
    let _ = std::fs::remove_file(format!("/dev/shm/{sink}"));
}

#[test]
fn methods_passwords_and_other_origins() {
    let more = ["--user=admin", "--passwd=secret", "--allow-origin=https://kvm.example"];
    both(&more, |release, peer, ours| {
        let good = "Authorization: Basic YWRtaW46c2VjcmV0\r\n";
        let cors = "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: x-a\r\n";
        for (method, target, headers) in [
            ("GET", "/state", ""),
            ("GET", "/", ""),
            ("GET", "/state", good),
            ("GET", "/state", "Authorization: Basic YWRtaW46d3Jvbmc=\r\n"),
            ("HEAD", "/state", good),
            ("HEAD", "/snapshot", good),
            ("HEAD", "/stream", good),
            ("OPTIONS", "/state", cors),
            ("POST", "/state", "Content-Length: 0\r\n"),
            ("GET", "/nothing", good),
        ] {
            let told = format!("{release}: {method} {target} {headers:?}");
            let ask = |server: &Server| request(connect(server.port), method, target, headers);
            let (theirs, mine) = (ask(peer), ask(ours));
            // 4.9 does not know OPTIONS.
            if (release, method) == ("ustreamer-4.9", "OPTIONS") {
                assert_eq!((theirs.code(), mine.code()), (501, 200), "{told}");
                continue;
            }
            assert_eq!(theirs.code(), mine.code(), "{told}");
            assert_eq!(theirs.header("WWW-Authenticate"), mine.header("WWW-Authenticate"), "{told}");
            // 4.9 answers other origins at /stream and /snapshot only, and not what a page asks beforehand.
            if release == "ustreamer-4.9" {
                continue;
            }
            for name in ["Access-Control-Allow-Methods", "Access-Control-Allow-Headers"] {
                assert_eq!(theirs.header(name), mine.header(name), "{told}: {name}");
            }
            // Theirs is not on refusals, which a page of the other origin then cannot read.
            if theirs.code() == 200 && method != "HEAD" {
                let name = "Access-Control-Allow-Origin";
                assert_eq!(theirs.header(name), mine.header(name), "{told}: {name}");
            }
        }
    });
}
