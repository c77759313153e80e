//! Where the web server listens, whom it answers, and files of the user's own.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustreamer_tests::http::{Reply, get, request};
use rustreamer_tests::streamer::{Streamer, eventually, free_port, program, run};

const SOON: Duration = Duration::from_secs(20);
const DEVICE: [&str; 2] = ["--device", "test:640x480@30"];

/// A folder of this test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("rustreamer-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that is killed when the test ends.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Running {
        Running(command.stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ustreamer(arguments: &[&str]) -> Command {
    let mut command = Command::new(program("ustreamer"));
    command.args(DEVICE).args(arguments);
    command
}

fn at(path: &str) -> Reply<UnixStream> {
    let stream = eventually("it listens", SOON, || UnixStream::connect(path).ok());
    stream.set_read_timeout(Some(SOON)).unwrap();
    request(stream, "GET", "/state", "")
}

#[test]
fn a_unix_socket_with_a_mode() {
    let folder = Folder::new("unix");
    let path = folder.path("ustreamer.sock");
    let mut first = Running::start(&mut ustreamer(&["--unix", &path, "--unix-mode", "0606"]));
    assert_eq!(at(&path).code(), 200);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o606);
    let mut stream = request(UnixStream::connect(&path).unwrap(), "GET", "/stream", "");
    assert!(stream.part().data.starts_with(&[0xff, 0xd8]));
    let curl = curl(&[
        "--unix-socket",
        &path,
        "http://localhost/snapshot",
        "-o",
        "/dev/null",
        "-w",
        "%{content_type}",
    ]);
    assert_eq!(String::from_utf8(curl.stdout).unwrap(), "image/jpeg");

    first.0.kill().unwrap();
    first.0.wait().unwrap();
    let refused = run(&[&DEVICE[..], &["--unix", &path]].concat());
    assert_eq!(refused.code, Some(4));
    assert!(refused.stderr.contains(&path) && refused.stderr.contains("--unix-rm"), "{}", refused.stderr);
    let _second = Running::start(&mut ustreamer(&["--unix", &path, "--unix-rm"]));
    eventually("it answers", SOON, || UnixStream::connect(&path).ok());
    assert_eq!(at(&path).code(), 200);
}

#[test]
fn what_is_no_socket_is_not_removed() {
    let folder = Folder::new("no-socket");
    let path = folder.path("precious");
    fs::write(&path, "precious").unwrap();
    let refused = run(&[&DEVICE[..], &["--unix", &path, "--unix-rm"]].concat());
    assert_eq!(refused.code, Some(4));
    assert!(refused.stderr.contains("no socket"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    let refused = run(&[&DEVICE[..], &["--unix", "/no-such-folder/x.sock"]].concat());
    assert_eq!(refused.code, Some(4));
    assert!(refused.stderr.contains("/no-such-folder/x.sock"), "{}", refused.stderr);
}

#[test]
fn sockets_that_systemd_has_opened() {
    let folder = Folder::new("systemd");
    let (path, port) = (folder.path("activated.sock"), free_port());
    let mut activator = Command::new("systemd-socket-activate");
    activator.arg(format!("--listen=127.0.0.1:{port}")).arg(format!("--listen={path}"));
    let _running = Running::start(activator.arg(program("ustreamer")).args(DEVICE).arg("--systemd"));
    let stream = eventually("it listens", SOON, || TcpStream::connect(("127.0.0.1", port)).ok());
    stream.set_read_timeout(Some(SOON)).unwrap();
    assert_eq!(request(stream, "GET", "/state", "").code(), 200);
    assert_eq!(at(&path).code(), 200, "all of them");

    let refused = run(&[&DEVICE[..], &["--systemd"]].concat());
    assert_eq!(refused.code, Some(4));
    assert!(refused.stderr.contains("--systemd") && refused.stderr.contains(".socket"), "{}", refused.stderr);
}

#[test]
fn several_addresses_and_ipv6() {
    let port = free_port().to_string();
    let _running = Running::start(&mut ustreamer(&["--host", "127.0.0.1,::1", "--port", &port]));
    for address in ["127.0.0.1", "::1"] {
        let number: u16 = port.parse().unwrap();
        let stream = eventually(address, SOON, || TcpStream::connect((address, number)).ok());
        stream.set_read_timeout(Some(SOON)).unwrap();
        assert_eq!(request(stream, "GET", "/state", "").code(), 200, "{address}");
    }
}

#[test]
fn a_password_is_asked_for_on_every_path() {
    let folder = Folder::new("passwd");
    let file = folder.path("passwd");
    fs::write(&file, "s3cret\n").unwrap();
    let streamer = Streamer::start_with_headers(
        &[&DEVICE[..], &["--user", "admin", "--passwd-file", &file]].concat(),
        "Authorization: Basic YWRtaW46czNjcmV0\r\n",
    );
    for target in
        ["/", "/state", "/snapshot", "/stream", "/?action=snapshot", "/metrics", "/app.js", "/nothing"]
    {
        let answer = get(streamer.port(), target);
        assert_eq!(answer.code(), 401, "{target}");
        assert_eq!(answer.header("WWW-Authenticate"), Some("Basic realm=\"Restricted area\""), "{target}");
        let wrong = streamer.ask("GET", target, "Authorization: Basic YWRtaW46d3Jvbmc=\r\n");
        assert_eq!(wrong.status, 401, "{target}");
    }
    assert_eq!(
        streamer.ask("OPTIONS", "/state", "").status,
        200,
        "a browser asks before it knows the password"
    );
    let url = format!("http://127.0.0.1:{}/snapshot", streamer.port());
    let curl = curl(&["-u", "admin:s3cret", &url, "-o", "/dev/null", "-w", "%{http_code}"]);
    assert_eq!(String::from_utf8(curl.stdout).unwrap(), "200");
    let shown = fs::read_to_string(format!("/proc/{}/cmdline", streamer.pid())).unwrap();
    assert!(!shown.contains("s3cret"));
}

fn curl(arguments: &[&str]) -> Output {
    Command::new("curl").args(["-s", "--max-time", "20"]).args(arguments).output().expect("run curl")
}

#[test]
fn https_with_a_certificate() {
    let folder = Folder::new("tls");
    let (cert, key) = (folder.path("cert.pem"), folder.path("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-keyout", &key, "-out", &cert])
        .output()
        .expect("run openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let port = free_port().to_string();
    let _running = Running::start(&mut ustreamer(&["--port", &port, "--tls-cert", &cert, "--tls-key", &key]));
    let url = format!("https://127.0.0.1:{port}");
    let state = eventually("it answers", SOON, || {
        let answer = curl(&["--cacert", &cert, &format!("{url}/state")]);
        answer.status.success().then_some(answer.stdout)
    });
    assert!(String::from_utf8(state).unwrap().contains("\"ok\":true"));
    assert!(!curl(&[&format!("{url}/state")]).status.success(), "the certificate is nobody else's");
    let stream = Command::new("sh")
        .args([
            "-c",
            &format!("curl -sN --cacert '{cert}' '{url}/stream' | head -c 200000 | grep -ac '^--boundary'"),
        ])
        .output()
        .unwrap();
    assert!(String::from_utf8(stream.stdout).unwrap().trim().parse::<u32>().unwrap() >= 3);

    let other = folder.path("other.pem");
    let made =
        Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out", &other]).output().unwrap();
    assert!(made.status.success());
    for (cert, key, words) in [
        (&*cert, "/no-such.pem", &["--tls-key /no-such.pem"][..]),
        ("/dev/null", &*key, &["--tls-cert /dev/null"]),
        (&*cert, &*other, &["--tls-cert and --tls-key"]),
    ] {
        let refused = run(&[&DEVICE[..], &["--tls-cert", cert, "--tls-key", key]].concat());
        assert_eq!((refused.code, refused.stderr.lines().count()), (Some(4), 1), "{}", refused.stderr);
        assert!(words.iter().all(|word| refused.stderr.contains(word)), "{}", refused.stderr);
    }
}

#[test]
fn files_of_the_users_own() {
    let folder = Folder::new("static");
    let root = folder.path("root");
    fs::create_dir_all(Path::new(&root).join("sub")).unwrap();
    for (name, content) in [
        ("root/index.html", "<p>mine</p>"),
        ("root/sub/index.html", "<p>sub</p>"),
        ("root/a b+c.css", "p{}"),
        ("root/data.json", "{}"),
        ("secret.txt", "secret"),
    ] {
        fs::write(folder.path(name), content).unwrap();
    }
    symlink("../secret.txt", folder.path("root/link.txt")).unwrap();
    let _socket = UnixListener::bind(folder.path("root/socket")).unwrap();
    let streamer = Streamer::start(&[&DEVICE[..], &["--static", &root]].concat());
    let get = |target: &str| {
        let answer = get(streamer.port(), target);
        let kind = answer.header("Content-Type").unwrap_or_default().to_owned();
        (answer.code(), kind, String::from_utf8_lossy(&answer.bytes()).into_owned())
    };
    assert_eq!(get("/"), (200, "text/html".to_owned(), "<p>mine</p>".to_owned()));
    assert_eq!(get("/sub/").2, "<p>sub</p>");
    assert_eq!(get("/a%20b+c.css"), (200, "text/css".to_owned(), "p{}".to_owned()));
    assert_eq!(get("/data.json").1, "application/json");
    for target in [
        "/link.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/sub/../../secret.txt",
        "/nothing",
        "/socket",
        "/app.js",
    ] {
        let (code, _, body) = get(target);
        assert_ne!(code, 200, "{target}");
        assert!(!body.contains("secret\n") && body != "secret", "{target}: {body}");
    }
    assert_eq!(get("/state").1, "application/json");
    assert_eq!(get("/?action=snapshot").1, "image/jpeg");
    assert_eq!(get("/sub/?action=snapshot").1, "image/jpeg", "on any path");
    let part = streamer.ask("GET", "/index.html", "Range: bytes=3-6\r\n");
    assert_eq!((part.status, part.body.as_str()), (206, "mine"));
}
