//! A streamer's life as a service: whom it tells how it is, when it ends by itself, how it looks, and where its options come from.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use rustreamer_tests::http::{connect, get, request};
use rustreamer_tests::streamer::{Streamer, eventually, free_port, patient, program, run, wait};
use serde_json::json;

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
fn thread_of(own: &Own, name: &str) -> Pid {
    let id = fs::read_dir(own.proc("task")).unwrap().find_map(|task| {
        let task = task.unwrap();
        let comm = fs::read_to_string(task.path().join("comm")).ok()?;
        (comm.trim() == name).then(|| task.file_name().into_string().unwrap().parse().unwrap())
    });
    Pid::from_raw(id.unwrap())
}

/// The lines of what somebody writes, as they come.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = channel();
    thread::spawn(move || {
        BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| to.send(line))
    });
    lines
}

/// A thread that is held, and goes on when this is dropped: a process cannot end before.
struct Held(Pid);

impl Held {
    fn new(thread: Pid) -> Held {
        ptrace::seize(thread, ptrace::Options::empty()).unwrap();
        ptrace::interrupt(thread).unwrap();
        waitpid(thread, Some(WaitPidFlag::__WALL)).unwrap();
        Held(thread)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = ptrace::detach(self.0, None);
    }
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
    let media = thread_of(&own, "media");
    let held = Held::new(media);
    let log = lines(own.child.stderr.take().unwrap());
    let told = std::iter::from_fn(|| log.recv_timeout(patient(SOON)).ok())
        .any(|line| line.contains("media thread has not answered"));
    assert!(told, "the log says why");
    while listener.next(Duration::from_millis(1)).is_some() {}
    let quiet = Instant::now();
    while quiet.elapsed() < limit {
        assert_ne!(listener.next(Duration::from_millis(500)).as_deref(), Some("WATCHDOG=1"), "it hangs");
    }
    assert_eq!(get(own.port, "/state").code(), 200, "the web server does not");
    drop(held);
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
        "trap 'echo told' USR2; {} --notify-parent --device test:640x480@10 --port {} >/dev/null 2>&1 & echo $!; \
         for _ in $(seq 200); do sleep 0.1; done",
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
    assert_eq!(told.expect("a signal within twenty seconds").unwrap(), "told");
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
