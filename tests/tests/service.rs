//! A streamer's life as a service: whom it tells how it is, when it ends by itself, how it looks, and what can be changed while it runs.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use memsink::{Frame, Kind, Read, Reader};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use rustreamer_tests::http::{connect, get, request};
use rustreamer_tests::streamer::{
    Answer, Streamer, eventually, free_port, program, run, sink_name, sink_path, wait,
};
use serde_json::{Value, json};

const SMALL: [&str; 2] = ["--device", "test:640x480@30"];
const SOON: Duration = Duration::from_secs(20);

fn start(more: &[&str]) -> Streamer {
    Streamer::start(&[&SMALL[..], more].concat())
}

/// A streamer that is a child of ours, with an environment and a port of its own; killed when the test ends.
struct Own {
    child: Child,
    port: u16,
}

impl Own {
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Own {
        let port = free_port();
        let child = Command::new(program("ustreamer"))
            .args(SMALL)
            .args(["--port", &port.to_string()])
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Own { child, port }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    fn proc(&self, file: &str) -> PathBuf {
        format!("/proc/{}/{file}", self.child.id()).into()
    }

    fn answers(&self) {
        eventually("it answers", SOON, || std::net::TcpStream::connect(("127.0.0.1", self.port)).ok());
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What systemd would hear.
struct Listener(UnixDatagram);

impl Listener {
    fn next(&self, limit: Duration) -> Option<String> {
        self.0.set_read_timeout(Some(limit)).unwrap();
        let mut bytes = [0; 4096];
        let length = self.0.recv(&mut bytes).ok()?;
        Some(String::from_utf8(bytes[..length].to_vec()).unwrap())
    }

    /// Waits for a message that begins like this, and returns it.
    fn hears(&self, start: &str) -> String {
        let began = Instant::now();
        while began.elapsed() < SOON {
            match self.next(SOON) {
                Some(message) if message.starts_with(start) => return message,
                _ => {}
            }
        }
        panic!("{start} is not heard");
    }
}

#[test]
fn systemd_hears_that_it_is_ready_how_it_is_and_that_it_stops() {
    let path = std::env::temp_dir().join(format!("rustreamer-notify-{}", std::process::id()));
    let listener = Listener(UnixDatagram::bind(&path).unwrap());
    let mut own = Own::start(&[], &[("NOTIFY_SOCKET", path.to_str().unwrap())]);
    assert_eq!(listener.next(SOON).as_deref(), Some("READY=1"), "the first that is heard");
    own.answers();
    let status = listener.hears("STATUS=640x480 ");
    assert!(status.contains("nobody watches"), "{status}");
    let mut stream = get(own.port, "/stream");
    stream.part();
    assert!(listener.hears("STATUS=640x480 ").contains("1 on /stream"));
    kill(own.pid(), Signal::SIGTERM).unwrap();
    assert!(listener.hears("STOPPING=1").contains("STATUS="));
    assert_eq!(wait(&mut own.child, SOON).unwrap().code(), Some(0));
    fs::remove_file(path).unwrap();
}

/// The id of the thread with this name.
fn thread(own: &Own, name: &str) -> Pid {
    let id = fs::read_dir(own.proc("task")).unwrap().find_map(|task| {
        let task = task.unwrap();
        let comm = fs::read_to_string(task.path().join("comm")).ok()?;
        (comm.trim() == name).then(|| task.file_name().into_string().unwrap().parse().unwrap())
    });
    Pid::from_raw(id.unwrap())
}

#[test]
fn the_watchdog_is_fed_by_the_media_threads_life() {
    let name = format!("rustreamer-watchdog-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let listener = Listener(UnixDatagram::bind_addr(&address).unwrap());
    let limit = Duration::from_secs(4);
    let mut own = Own::start(
        &[],
        &[("NOTIFY_SOCKET", &format!("@{name}")), ("WATCHDOG_USEC", &limit.as_micros().to_string())],
    );
    listener.hears("READY=1");
    listener.hears("WATCHDOG=1");
    listener.hears("WATCHDOG=1");
    // This thread alone is held, as by a driver that does not come back.
    let media = thread(&own, "media");
    ptrace::seize(media, ptrace::Options::empty()).unwrap();
    ptrace::interrupt(media).unwrap();
    waitpid(media, Some(nix::sys::wait::WaitPidFlag::__WALL)).unwrap();
    let mut log = BufReader::new(own.child.stderr.take().unwrap()).lines();
    let told =
        log.find(|line| line.as_ref().is_ok_and(|line| line.contains("media thread has not answered")));
    assert!(told.is_some(), "the log says why");
    while listener.next(Duration::from_millis(1)).is_some() {}
    let quiet = Instant::now();
    while quiet.elapsed() < limit {
        assert_ne!(listener.next(Duration::from_millis(500)).as_deref(), Some("WATCHDOG=1"), "it hangs");
    }
    assert_eq!(get(own.port, "/state").code(), 200, "the web server does not");
    ptrace::detach(media, None).unwrap();
    listener.hears("WATCHDOG=1");
}

#[test]
fn without_systemd_nothing_is_told() {
    let own = Own::start(&[], &[("NOTIFY_SOCKET", "/no/such/socket"), ("WATCHDOG_USEC", "nonsense")]);
    own.answers();
    assert_eq!(get(own.port, "/state").code(), 200);
}

#[test]
fn it_ends_when_nobody_wants_anything() {
    let port = free_port();
    let mut child = Command::new(program("ustreamer"))
        .args(SMALL)
        .args(["--exit-on-no-clients=2", "--port", &port.to_string()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("it answers", SOON, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    // Who watches is somebody, also when that takes longer.
    let mut stream = get(port, "/stream");
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        stream.part();
    }
    assert!(child.try_wait().unwrap().is_none(), "somebody watches");
    drop(stream);
    let status = wait(&mut child, SOON);
    let _ = child.kill();
    assert_eq!(status.expect("it ends by itself").code(), Some(0));
}

#[test]
fn a_failing_device_is_the_end_when_that_is_asked_for() {
    let arguments = ["--device=/dev/no-such-video", "--persistent", "--exit-on-device-error"];
    let ended = run(&[&arguments[..], &["--port", &free_port().to_string()]].concat());
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("/dev/no-such-video"), "{ended:?}");
}

#[test]
fn a_gpio_chip_that_is_not_there_is_told_before_anything_starts() {
    let ended = run(&["--device=test", "--gpio-device=/dev/no-such-chip", "--gpio-prog-running=3"]);
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
    assert!(ended.stderr.contains("--gpio-prog-running 3") && ended.stderr.contains("/dev/no-such-chip"));
}

#[test]
fn the_parent_is_told_of_pictures_by_a_signal() {
    let script = format!(
        "trap 'echo told' USR2; {} --notify-parent --device test:640x480@10 --port {} 2>/dev/null & echo $!; \
         while :; do wait; sleep 0.1; done",
        program("ustreamer").display(),
        free_port()
    );
    let mut shell = Command::new("sh").args(["-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines();
    let id: i32 = lines.next().unwrap().unwrap().trim().parse().unwrap();
    let told = lines.next();
    let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
    let _ = shell.kill();
    let _ = shell.wait();
    assert_eq!(told.unwrap().unwrap(), "told");
}

#[test]
fn the_list_of_processes_shows_a_name_and_no_password() {
    for password in [&["--passwd", "s3cret word"][..], &["--passwd=s3cret word"]] {
        let own = Own::start(
            &[&["--process-name-prefix=kvmd/streamer", "--user=admin"], password, &["--quality=70"]].concat(),
            &[],
        );
        own.answers();
        let line = fs::read_to_string(own.proc("cmdline")).unwrap().replace('\0', " ");
        assert!(line.starts_with("kvmd/streamer: ") && line.contains("--quality=70"), "{line}");
        assert!(!line.contains("s3cret"), "{line}");
        let environment = String::from_utf8_lossy(&fs::read(own.proc("environ")).unwrap()).into_owned();
        assert!(!environment.contains("s3cret"), "nor does its environment");
        assert_eq!(fs::read_to_string(own.proc("comm")).unwrap().trim(), "ustreamer");
        assert_eq!(get(own.port, "/state").code(), 401);
        // admin:s3cret word
        let authorized = "Authorization: Basic YWRtaW46czNjcmV0IHdvcmQ=\r\n";
        assert_eq!(request(connect(own.port), "GET", "/state", authorized).code(), 200);
    }
}

#[test]
fn options_come_from_a_file_and_the_command_line_wins() {
    let file = std::env::temp_dir().join(format!("rustreamer-config-{}.toml", std::process::id()));
    fs::write(&file, "# mine\ninstance-id = \"from/file\"\nquality = 55\ndesired-fps = 7\n").unwrap();
    let name = file.to_str().unwrap();
    let state = start(&["--config", name, "--quality", "66"]).state();
    assert_eq!((&state["instance_id"], &state["encoder"]["quality"]), (&json!("from/file"), &json!(66)));
    assert_eq!(state["source"]["desired_fps"], 7);
    fs::write(&file, "qualty = 5\n").unwrap();
    let ended = run(&["--config", name]);
    fs::remove_file(&file).unwrap();
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("qualty") && ended.stderr.contains("perhaps quality was meant"),
        "{ended:?}"
    );
}

#[test]
fn a_source_that_nobody_watches_is_let_be() {
    let streamer = start(&["--slowdown", "--h264-sink-client-ttl=1"]);
    let fps = || streamer.state()["source"]["captured_fps"].as_u64().unwrap();
    let captured = || streamer.state()["source"]["captured"].as_u64().unwrap();
    eventually("it slows down", SOON, || (captured() > 2 && fps() <= 1).then_some(()));
    let mut stream = get(streamer.port(), "/stream");
    eventually("it is awake", SOON, || {
        stream.part();
        (fps() >= 10).then_some(())
    });
    drop(stream);
    eventually("it slows down again", SOON, || (fps() <= 1).then_some(()));
}

fn patch(streamer: &Streamer, body: &str) -> (Answer, Value) {
    let answer = streamer.ask("PATCH", "/control", &format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    let value = serde_json::from_str(&answer.body).unwrap_or_default();
    (answer, value)
}

#[test]
fn settings_change_while_it_runs() {
    let streamer = start(&["--h264-gop=0"]);
    let mut reader = Reader::new(streamer.sink().parse().unwrap(), Duration::from_secs(1));
    let mut frame = Frame::with_capacity(Kind::H264);
    let mut next = || {
        assert_eq!(reader.read(&mut frame, SOON).unwrap(), Read::Frame);
        (frame.info, frame.data.len())
    };
    while !next().0.key {}
    (0..30).for_each(|_| {
        next();
    });
    let much: usize = (0..60).map(|_| next().1).sum();

    let before = get(streamer.port(), "/snapshot").bytes().len();
    let (answer, value) = patch(&streamer, r#"{"bitrate": 25, "quality": 10}"#);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let settings = json!({"bitrate": 25, "gop": 0, "quality": 10, "fps": 0});
    assert_eq!(value, json!({"ok": true, "result": settings}));
    // The first may have been ready before.
    eventually("JPEGs are smaller", SOON, || {
        (get(streamer.port(), "/snapshot").bytes().len() < before * 2 / 3).then_some(())
    });
    // openh264 begins anew (that key frame may have passed meanwhile), and a moment later its rate control has settled.
    (0..60).for_each(|_| {
        next();
    });
    let little: usize = (0..60).map(|_| next().1).sum();
    assert!(little < much * 2 / 3, "{little} bytes after {much}");

    patch(&streamer, r#"{"gop": 7, "fps": 12}"#);
    while next().0.gop != 7 {}
    while !next().0.key {}
    let keys = (0..28).filter(|_| next().0.key).count();
    assert!((3..=5).contains(&keys), "{keys} key frames in four times seven");
    eventually("there are fewer of them", SOON, || {
        (0..12).for_each(|_| {
            next();
        });
        let state = streamer.state();
        (state["h264"]["fps"] == 12 && state["h264"]["bitrate"] == 25).then_some(())
    });

    // Without a distance there is no key frame but the one that is asked for.
    patch(&streamer, r#"{"gop": 0}"#);
    while next().0.gop != 0 {}
    (0..10).for_each(|_| {
        next();
    });
    assert!((0..20).all(|_| !next().0.key));
    // It may pass while the answer is read.
    eventually("a key frame", SOON, || {
        patch(&streamer, r#"{"key": true}"#);
        (0..5).any(|_| next().0.key).then_some(())
    });
}

#[test]
fn what_cannot_be_set_is_said_with_its_range() {
    let streamer = start(&[]);
    let (answer, value) = patch(&streamer, r#"{"fps": 5, "bitrate": 1}"#);
    assert_eq!((answer.status, &value["ok"]), (400, &json!(false)));
    assert!(value["error"].as_str().unwrap().contains("between 25 and 20000"), "{value}");
    let now: Value = serde_json::from_str(&streamer.get("/control").body).unwrap();
    assert_eq!(now["result"], json!({"bitrate": 5000, "gop": 30, "quality": 80, "fps": 0}));
    assert_eq!(streamer.ask("PATCH", "/state", "").status, 501);
    assert_eq!(streamer.ask("POST", "/control", "").status, 501);
    let huge = format!("Content-Length: {}\r\n\r\n{}", 4 << 20, "x".repeat(4 << 20));
    assert_eq!(streamer.ask("PATCH", "/control", &huge).status, 413);
    assert_eq!(streamer.get("/state").status, 200);
}

#[test]
fn settings_are_changed_by_those_only_who_may_watch() {
    let own = Own::start(&["--user=admin", "--passwd=x"], &[]);
    own.answers();
    let body = "Content-Length: 14\r\n\r\n{\"quality\": 1}\n";
    assert_eq!(request(connect(own.port), "PATCH", "/control", body).code(), 401);
    // admin:x
    let authorized = "Authorization: Basic YWRtaW46eA==\r\n";
    let reply = request(connect(own.port), "PATCH", "/control", &format!("{authorized}{body}"));
    assert_eq!(reply.code(), 200);
}

/// Reads a frame of this sink.
fn frame(name: &str, kind: Kind) -> Frame {
    let mut reader = Reader::new(name.parse().unwrap(), Duration::from_secs(1));
    let mut frame = Frame::with_capacity(kind);
    // The first may be one that says that there is nothing yet.
    for _ in 0..100 {
        assert_eq!(reader.read(&mut frame, SOON).unwrap(), Read::Frame);
        if frame.info.online && (kind != Kind::H264 || frame.info.key) {
            break;
        }
    }
    frame
}

#[test]
fn the_command_lines_of_kvmd_and_tinypilot_start_and_stream() {
    let socket = std::env::temp_dir().join(format!("rustreamer-kvmd-{}.sock", std::process::id()));
    let (jpeg, h264) = (sink_name("jpeg"), sink_name("h264"));
    let unix = format!("--unix={}", socket.display());
    let (jpeg_option, h264_option) = (format!("--jpeg-sink={jpeg}"), format!("--h264-sink={h264}"));
    // The device is replaced, nothing else.
    let kvmd = [
        "--persistent",
        "--dv-timings",
        "--format=uyvy",
        "--buffers=6",
        "--encoder=m2m-image",
        "--workers=3",
        "--quality=80",
        "--desired-fps=40",
        "--drop-same-frames=30",
        &unix,
        "--unix-rm",
        "--unix-mode=0660",
        "--exit-on-parent-death",
        "--process-name-prefix=kvmd/streamer",
        "--notify-parent",
        "--no-log-colors",
        &jpeg_option,
        "--jpeg-sink-mode=0660",
        &h264_option,
        "--h264-sink-mode=0660",
        "--h264-bitrate=5000",
        "--h264-gop=30",
    ];
    // Whoever is told by signals wants them: the test's own process does not, so a shell is the parent.
    let line: String = kvmd.iter().map(|argument| format!(" {argument}")).collect();
    let script = format!(
        "trap : USR2; {} --device=test:640x480@30{line} & echo $!; while :; do wait; sleep 0.1; done",
        program("ustreamer").display()
    );
    let mut shell = Command::new("sh").args(["-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
    let id = BufReader::new(shell.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    eventually("the sinks are there", SOON, || {
        (sink_path(&jpeg).exists() && sink_path(&h264).exists()).then_some(())
    });
    let picture = frame(&jpeg, Kind::Jpeg);
    let unit = frame(&h264, Kind::H264);
    let answer =
        request(std::os::unix::net::UnixStream::connect(&socket).unwrap(), "GET", "/state", "").code();
    let title = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap();
    let _ = kill(Pid::from_raw(id.parse().unwrap()), Signal::SIGKILL);
    let _ = shell.kill();
    let _ = shell.wait();
    for path in [sink_path(&jpeg), sink_path(&h264), socket] {
        let _ = fs::remove_file(path);
    }
    assert!(picture.data.starts_with(&[0xff, 0xd8]) && unit.info.key && answer == 200);
    assert!(title.starts_with("kvmd/streamer: "), "{title}");

    for more in [
        &["--encoder", "hw", "--format", "jpeg", "--resolution", "1920x1080"][..],
        &[
            "--encoder",
            "m2m-image",
            "--format",
            "uyvy",
            "--dv-timings",
            "--workers",
            "3",
            "--drop-same-frames",
            "30",
        ],
    ] {
        let tinypilot = [
            "--device=test",
            "--persistent",
            "--h264-sink-mode",
            "777",
            "--h264-sink-rm",
            "--h264-bitrate",
            "5000",
        ];
        let streamer = Streamer::start(&[&tinypilot[..], more].concat());
        assert!(frame(streamer.sink(), Kind::H264).info.key);
        let mut stream = get(streamer.port(), "/stream");
        assert!(stream.part().data.starts_with(&[0xff, 0xd8]));
    }
}
