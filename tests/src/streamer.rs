//! A real `ustreamer` process for a test: started with arguments, asked over HTTP, always ended.
//!
//! Keeps: each has a sink name and a port of its own, and neither process nor shared memory outlives the value.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A program of this workspace, built in the same profile as the running test, or lying beside it.
///
/// # Panics
/// When it is not there; says how to build it.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of the running test");
    // A test lies in target/PROFILE/deps, a program in target/PROFILE.
    let mut places = test.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    places.find(|program| program.exists()).unwrap_or_else(|| {
        panic!("{name} is not beside {}: build it first (cargo build --release)", test.display())
    })
}

/// A name for a sink that no other test has.
pub fn sink_name(suffix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("rustreamer-test-{}-{}::{suffix}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Where the sink of this name lies.
pub fn sink_path(name: &str) -> PathBuf {
    Path::new("/dev/shm").join(name)
}

/// A TCP port that is free on the loopback interface at this moment.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    listener.local_addr().expect("its number").port()
}

/// What a program that ended by itself left behind.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; `None`: a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

/// Runs `ustreamer` to its end, which must come within ten seconds (see [`patient`]).
///
/// # Panics
/// When it does not end; it is killed then.
pub fn run(arguments: &[&str]) -> Ended {
    let mut child = Command::new(program("ustreamer"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start ustreamer");
    let Some(status) = wait(&mut child, patient(Duration::from_secs(10))) else {
        let _ = child.kill();
        let _ = child.wait();
        panic!("ustreamer {arguments:?} goes on where it should have ended");
    };
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().expect("stdout").read_to_string(&mut stdout).expect("text");
    child.stderr.take().expect("stderr").read_to_string(&mut stderr).expect("text");
    Ended { code: status.code(), stdout, stderr }
}

/// Waits for a child's end, at most this long.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("wait for a child") {
            return Some(status);
        }
        if start.elapsed() > limit {
            return None;
        }
        sleep(Duration::from_millis(5));
    }
}

/// A limit as it is on this machine: `RUSTREAMER_PATIENCE` times as long, where a test runs on an emulated processor.
///
/// # Panics
/// When that is no number.
pub fn patient(limit: Duration) -> Duration {
    std::env::var("RUSTREAMER_PATIENCE")
        .map_or(limit, |factor| limit * factor.parse::<u32>().expect("RUSTREAMER_PATIENCE is a whole number"))
}

/// Asks until the answer is there, at most this long, or as long as [`patient`] makes it.
///
/// # Panics
/// When it does not come; names what was waited for.
pub fn eventually<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let (start, limit) = (Instant::now(), patient(limit));
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < limit, "{what}: not within {limit:?}");
        sleep(Duration::from_millis(20));
    }
}

/// A running `ustreamer`.
pub struct Streamer {
    child: Child,
    port: u16,
    sink: String,
    log: Arc<Mutex<String>>,
}

/// Keeps what a program logs, and shows it.
fn keep(log: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let kept = Arc::new(Mutex::new(String::new()));
    let all = Arc::clone(&kept);
    std::thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            eprintln!("{line}");
            *all.lock().expect("the log") += &(line + "\n");
        }
    });
    kept
}

impl Streamer {
    /// Starts it with an H.264 sink and a port of its own, and these arguments; returns when it answers.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(free_port(), sink_name("h264"), arguments)
    }

    /// As [`Self::start`], asked with these headers whether it is there.
    pub fn start_with_headers(arguments: &[&str], headers: &str) -> Self {
        Self::launch(free_port(), sink_name("h264"), arguments, headers)
    }

    /// As [`Self::start`], with this port and sink.
    pub fn start_with(port: u16, sink: String, arguments: &[&str]) -> Self {
        Self::launch(port, sink, arguments, "")
    }

    /// As [`Self::start`], without a sink.
    pub fn start_without_sink(arguments: &[&str]) -> Self {
        Self::launch(free_port(), String::new(), arguments, "")
    }

    fn launch(port: u16, sink: String, arguments: &[&str], headers: &str) -> Self {
        let named = ["--h264-sink", &sink];
        let mut child = Command::new(program("ustreamer"))
            .args(["--port", &port.to_string()])
            .args(if sink.is_empty() { &[][..] } else { &named })
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start ustreamer");
        let log = keep(child.stderr.take().expect("its log"));
        let mut streamer = Self { child, port, sink, log };
        // Its port is bound before anything else is there, so an answer is waited for, not a connection.
        eventually("ustreamer answers", Duration::from_secs(10), || {
            assert_eq!(streamer.child.try_wait().expect("wait for a child"), None, "ustreamer has ended");
            (streamer.try_to_ask("GET", "/state", headers)?.status == 200).then_some(())
        });
        streamer
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("the log").clone()
    }

    /// Its TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("a process id")
    }

    /// The name of its sink; empty when it has none.
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// Sends a request line with no more headers than needed and returns the whole answer.
    pub fn ask(&self, method: &str, target: &str, headers: &str) -> Answer {
        self.try_to_ask(method, target, headers).expect("a head and a body")
    }

    /// As [`Self::ask`]; `None`: it does not answer, or not to the end of the head.
    fn try_to_ask(&self, method: &str, target: &str, headers: &str) -> Option<Answer> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set a time limit");
        // A server may refuse a request before it has read all of it: then writing fails, and the answer ends in a reset.
        let _ =
            write!(stream, "{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n");
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::new(&bytes)
    }

    /// GET.
    pub fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, "")
    }

    /// The `result` of `/state`.
    pub fn state(&self) -> Value {
        let answer: Value = serde_json::from_str(&self.get("/state").body).expect("JSON");
        assert_eq!(answer["ok"], true);
        answer["result"].clone()
    }

    /// Sends a signal and waits for the end, at most this long (see [`patient`]). `None`: it goes on.
    pub fn end(&mut self, signal: i32, limit: Duration) -> Option<ExitStatus> {
        if let Ok(Some(ended)) = self.child.try_wait() {
            return Some(ended);
        }
        // SAFETY: kill(2) takes numbers only; the child has not been waited for, so the id is still its own.
        unsafe { libc::kill(self.pid(), signal) };
        wait(&mut self.child, patient(limit))
    }
}

impl Drop for Streamer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !self.sink.is_empty() {
            let _ = fs::remove_file(sink_path(&self.sink));
        }
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Answer {
    fn new(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Some(Self { status: status.parse().expect("a status code"), headers, body: body.to_owned() })
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
