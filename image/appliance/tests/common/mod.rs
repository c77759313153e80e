//! A real door, with a real streamer behind it, for a test: started, asked over TLS that trusts its certificate alone, always ended.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustreamer_tests::http::{Reply, request_with_body};
use rustreamer_tests::streamer::{eventually, free_port, program};
use socket2::{Domain, Socket, Type};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

pub const SOON: Duration = Duration::from_secs(30);
pub const PASSWORD: &str = "a few words";

/// An encrypted connection.
pub type Tls = StreamOwned<ClientConnection, TcpStream>;

/// A folder that goes with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("door-test-{}-{number}", std::process::id()));
        for name in ["state", "updates/inbox"] {
            fs::create_dir_all(path.join(name)).unwrap();
        }
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that ends with the value.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A door.
pub struct Door {
    pub process: Running,
    pub http: u16,
    pub https: u16,
    pub folder: Arc<Folder>,
}

impl Door {
    /// A new device's, with nobody behind it yet.
    pub fn start() -> Self {
        Self::open(Arc::new(Folder::new()))
    }

    /// One with this folder's state.
    pub fn open(folder: Arc<Folder>) -> Self {
        let (http, https) = (free_port(), free_port());
        let security = folder.0.join("security.txt");
        fs::write(&security, "Contact: https://example.org/report\n").unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_appliance"))
            .arg("door")
            .args(["--http", &format!("127.0.0.1:{http}"), "--https", &format!("127.0.0.1:{https}")])
            .args([Path::new("--state"), &folder.0.join("state")])
            .args([Path::new("--streamer"), &folder.0.join("streamer")])
            .args([Path::new("--janus"), &folder.0.join("janus")])
            .args([Path::new("--updates"), &folder.0.join("updates")])
            .args([Path::new("--report"), &folder.0.join("report")])
            .args([Path::new("--security-txt"), &security])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut process = Running(child);
        eventually("the door listens and has its certificate", SOON, || {
            assert_eq!(process.0.try_wait().unwrap(), None, "the door has ended");
            // The first connection is what the certificate is made for.
            TcpStream::connect(("127.0.0.1", https)).ok()?;
            fs::metadata(folder.0.join("state/certificate.der")).ok()
        });
        Self { process, http, https, folder }
    }

    /// With the test picture behind it.
    pub fn start_with_streamer() -> (Self, Running) {
        let door = Self::start();
        let streamer = door.streamer();
        (door, streamer)
    }

    /// A streamer behind it that shows the test picture.
    pub fn streamer(&self) -> Running {
        let socket = self.folder.0.join("streamer");
        let child = Command::new(program("ustreamer"))
            .args(["--device=test:320x240@30", "--unix-rm", "--unix"])
            .arg(&socket)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let streamer = Running(child);
        eventually("the streamer listens", SOON, || std::os::unix::net::UnixStream::connect(&socket).ok());
        streamer
    }

    /// A file of its state.
    pub fn state(&self, name: &str) -> PathBuf {
        self.folder.0.join("state").join(name)
    }

    /// What the system finds: an update that has come.
    pub fn bundle(&self) -> PathBuf {
        self.folder.0.join("updates/inbox/bundle.raucb")
    }

    /// All that lies where updates come.
    pub fn inbox(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.0.join("updates/inbox")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// What who installs updates says of the last one.
    pub fn last(&self, line: &str) {
        fs::write(self.folder.0.join("updates/last"), line).unwrap();
    }

    /// The claim code, as it lies there.
    pub fn code(&self) -> String {
        fs::read_to_string(self.state("claim-code")).unwrap().trim().to_owned()
    }

    /// A plain connection, from this loopback address.
    pub fn connect_from(&self, from: [u8; 4]) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect(&SocketAddr::from(([127, 0, 0, 1], self.https)).into()).unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        socket.into()
    }

    /// An encrypted connection. Fails unless the certificate is the device's own, and good for this name.
    pub fn tls(&self, name: &str) -> std::io::Result<Tls> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(fs::read(self.state("certificate.der"))?)).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = ClientConnection::new(Arc::new(config), name.to_owned().try_into().unwrap()).unwrap();
        let mut tls = StreamOwned::new(client, self.connect_from([127, 0, 0, 1]));
        tls.conn.complete_io(&mut tls.sock)?;
        Ok(tls)
    }

    /// Asks with these headers, a line each.
    pub fn ask(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Reply<Tls> {
        let mut lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        if !body.is_empty() {
            lines += &format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                body.len()
            );
        }
        request_with_body(self.tls("localhost").unwrap(), method, target, &lines, body)
    }

    /// GET, signed in or not.
    pub fn get(&self, target: &str, cookie: &str) -> Reply<Tls> {
        self.ask("GET", target, &[cookie, "Accept: text/html"][usize::from(cookie.is_empty())..], "")
    }

    /// A form of the door's own pages.
    pub fn post(&self, target: &str, cookie: &str, body: &str) -> Reply<Tls> {
        self.ask("POST", target, &[cookie, "Origin: https://test"][usize::from(cookie.is_empty())..], body)
    }

    /// Claims it; the line of a request that shows the session.
    pub fn claim(&self) -> String {
        let words = PASSWORD.replace(' ', "+");
        cookie(&self.post("/door/claim", "", &format!("code={}&password={words}&again={words}", self.code())))
    }

    /// Signs in; the line of a request that shows the session.
    pub fn login(&self) -> String {
        self.login_with(PASSWORD)
    }

    /// Signs in with this password.
    pub fn login_with(&self, password: &str) -> String {
        cookie(&self.post("/door/login", "", &format!("password={}", password.replace(' ', "+"))))
    }
}

/// The session that an answer has opened, as a line of the next request.
pub fn cookie<S: std::io::Read>(reply: &Reply<S>) -> String {
    assert_eq!((reply.code(), reply.header("location")), (303, Some("/")));
    let cookie = reply.header("set-cookie").expect("a cookie");
    let (pair, rules) = cookie.split_once("; ").expect("rules");
    assert_eq!(rules, "Path=/; Secure; HttpOnly; SameSite=Strict");
    assert!(pair.starts_with("__Host-door=") && pair.len() == 12 + 64, "{pair}");
    format!("Cookie: {pair}")
}

/// A body as text.
pub fn words<S: std::io::Read>(reply: Reply<S>) -> String {
    String::from_utf8(reply.bytes()).unwrap()
}
