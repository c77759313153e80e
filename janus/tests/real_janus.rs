//! The plugin in the real Janus, 1.1.2 and 1.4.1, each with its own libraries, in a network of its own, spoken to
//! over a UNIX socket. Pictures are the browser tests' matter; here it is what is said.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use memsink::{Micros, SinkName};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::sockopt::ReceiveTimeout;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, setsockopt, socket,
};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// Gives Janus a network with one interface in 127/8, which leads nowhere; it does not look at loopback itself.
const NETWORK: &str = "ip link set lo up && ip link add v0 type veth peer name v1 && \
    ip addr add 127.0.0.9/8 dev v0 noprefixroute && ip link set v0 up && ip link set v1 up && exec \"$@\"";

struct Janus {
    process: Child,
    folder: Scratch,
}

impl Janus {
    /// Starts a Janus with this configuration of the plugin, `None` for no file; waits until it answers.
    fn start(version: &str, test: &str, config: Option<&str>) -> Janus {
        let root = root(version);
        let mut folder = Scratch::new(&format!("{test}-{version}"));
        let at = |name: &str| folder.0.join(name);
        for name in ["plugins", "transports"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        symlink(plugin(), at("plugins/libjanus_ustreamer.so")).unwrap();
        let library = libraries().join("janus/transports/libjanus_pfunix.so");
        symlink(root.join(library), at("transports/libjanus_pfunix.so")).unwrap();
        let path = folder.0.display().to_string();
        folder.write(
            "janus.jcfg",
            &format!(
                "general: {{ configs_folder = \"{path}\"; plugins_folder = \"{path}/plugins\"; \
                transports_folder = \"{path}/transports\"; events_folder = \"{path}\"; loggers_folder = \"{path}\"; \
                debug_colors = false }}\nnat: {{ ice_enforce_list = \"v0\" }}\n"
            ),
        );
        folder.write(
            "janus.transport.pfunix.jcfg",
            &format!(
                "general: {{ enabled = true; json = \"compact\"; path = \"{path}/api\"; type = \"SOCK_SEQPACKET\" }}\n\
                admin: {{ admin_enabled = true; admin_path = \"{path}/admin\"; admin_type = \"SOCK_SEQPACKET\" }}\n"
            ),
        );
        if let Some(config) = config {
            folder.write("janus.plugin.ustreamer.jcfg", config);
        }
        let mut command = Command::new("unshare");
        command.args(["-rn", "sh", "-c", NETWORK, "sh"]).arg(root.join("run")).args(["/usr/bin/janus", "-F"]);
        command.arg(&folder.0).env("JANUS_USTREAMER_WEB_ICE_URL", "stun:stun.example.org:3478");
        for _ in 0..20 {
            let log = File::create(folder.0.join("log")).unwrap();
            let process = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
            let mut janus = Janus { process, folder };
            if janus.is_up() {
                return janus;
            }
            let _ = janus.process.wait();
            folder = std::mem::replace(&mut janus.folder, Scratch(PathBuf::new()));
        }
        panic!(
            "Janus's transport does not come up:\n{}",
            std::fs::read_to_string(folder.0.join("log")).unwrap()
        );
    }

    /// Waits until Janus is up; false if its transport has lost a race of its own: the thread it starts looks at a
    /// mark that is set after that start, and ends if it is too early.
    fn is_up(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !["Unix Sockets thread started", "transport plugin initialized"]
            .iter()
            .all(|line| self.log().contains(line))
        {
            assert!(self.process.try_wait().unwrap().is_none(), "Janus ended:\n{}", self.log());
            assert!(Instant::now() < deadline, "Janus does not start:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(100));
        !self.log().contains("Unix Sockets thread ended")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.0.join("log")).unwrap_or_default()
    }

    /// Waits for a line in the log.
    fn says(&self, words: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while !self.log().lines().any(|line| words.iter().all(|word| line.contains(word))) {
            assert!(Instant::now() < deadline, "no line with {words:?} in:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn connect(&self, socket_name: &str) -> Client {
        let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).unwrap();
        setsockopt(&socket, ReceiveTimeout, &TimeVal::seconds(5)).unwrap();
        let address = UnixAddr::new(&self.folder.0.join(socket_name)).unwrap();
        connect(socket.as_raw_fd(), &address).unwrap();
        Client { socket, count: 0, early: vec![] }
    }

    /// Ends it as an administrator does.
    fn stop(mut self) -> (ExitStatus, String) {
        kill(Pid::from_raw(self.process.id() as i32), Signal::SIGINT).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return (status, self.log());
            }
            assert!(Instant::now() < deadline, "Janus does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Janus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The library that cargo built for this test.
fn plugin() -> PathBuf {
    let path = std::env::current_exe().unwrap().with_file_name("libjanus_ustreamer.so");
    assert!(path.exists(), "{} is missing", path.display());
    path
}

/// One connection to Janus.
struct Client {
    socket: OwnedFd,
    count: u32,
    /// What came before it was waited for.
    early: Vec<Value>,
}

impl Client {
    fn send(&mut self, mut message: Value) -> String {
        self.count += 1;
        let transaction = format!("t{}", self.count);
        message["transaction"] = json!(transaction);
        send(self.socket.as_raw_fd(), message.to_string().as_bytes(), MsgFlags::empty()).unwrap();
        transaction
    }

    /// Waits for a message of this kind that answers this transaction.
    fn wait(&mut self, kind: &str, transaction: &str) -> Value {
        let is_it = |message: &Value| message["janus"] == kind && message["transaction"] == transaction;
        loop {
            if let Some(at) = self.early.iter().position(is_it) {
                return self.early.remove(at);
            }
            let mut buffer = vec![0; 64 << 10];
            let length =
                recv(self.socket.as_raw_fd(), &mut buffer, MsgFlags::empty()).unwrap_or_else(|error| {
                    panic!("no {kind} for {transaction} ({error}), but {:?}", self.early)
                });
            self.early.push(serde_json::from_slice(&buffer[..length]).unwrap());
        }
    }

    fn ask(&mut self, message: Value) -> Value {
        let transaction = self.send(message);
        self.wait("success", &transaction)
    }

    fn session(&mut self) -> u64 {
        self.ask(json!({"janus": "create"}))["data"]["id"].as_u64().unwrap()
    }

    fn attach(&mut self, session: u64) -> Viewer<'_> {
        let message = json!({"janus": "attach", "session_id": session, "plugin": "janus.plugin.ustreamer"});
        let handle = self.ask(message)["data"]["id"].as_u64().unwrap();
        Viewer { client: self, session, handle }
    }
}

/// A handle on the plugin.
struct Viewer<'a> {
    client: &'a mut Client,
    session: u64,
    handle: u64,
}

impl Viewer<'_> {
    /// Sends a body to the plugin, which says ok; the transaction.
    fn send(&mut self, body: Value) -> String {
        let message =
            json!({"janus": "message", "session_id": self.session, "handle_id": self.handle, "body": body});
        let transaction = self.client.send(message);
        let answer = self.client.wait("success", &transaction);
        assert_eq!(answer["plugindata"]["data"], json!({"ok": true}), "{answer}");
        transaction
    }

    /// The event that answers a body, and the offer with it.
    fn ask(&mut self, body: Value) -> (Value, Value) {
        let transaction = self.send(body);
        let mut event = self.client.wait("event", &transaction);
        (event["plugindata"]["data"].take(), event["jsep"].take())
    }

    fn detach(self) {
        let message = json!({"janus": "detach", "session_id": self.session, "handle_id": self.handle});
        self.client.ask(message);
    }
}

/// The whole conversation, from no streamer to an offer, and the end of Janus.
fn converse(version: &str, config: impl Fn(&SinkName) -> String) {
    let sink = sink(&format!("real-{version}"));
    let janus = Janus::start(version, "talk", Some(&config(&sink)));
    janus.says(&["[ustreamer] ready on Janus", sink.as_str()]);
    let mut client = janus.connect("api");
    let session = client.session();
    let mut viewer = client.attach(session);

    let (features, _) = viewer.ask(json!({"request": "features"}));
    assert_eq!(features["result"]["status"], "features");
    let features = &features["result"]["features"];
    assert_eq!((&features["audio"], &features["mic"]), (&json!(false), &json!(false)), "no such devices");
    assert_eq!(features["ice"]["url"], "stun:stun.example.org:3478");
    for (body, code) in [
        (json!({}), 400),
        (json!({"request": 7}), 400),
        (json!({"request": "dance"}), 405),
        (json!({"request": ["watch"]}), 400),
    ] {
        let (event, _) = viewer.ask(body);
        assert_eq!(event["error_code"], code, "{event}");
    }
    viewer.send(json!({"request": "key_required"}));

    let asked = Instant::now();
    let (refused, jsep) = viewer.ask(json!({"request": "watch", "params": {"orientation": "left"}}));
    assert!(asked.elapsed() < Duration::from_millis(1500), "{:?}", asked.elapsed());
    assert_eq!((&refused["error_code"], jsep), (&json!(503), Value::Null));
    assert!(refused["error"].as_str().unwrap().contains("there is no sink"), "{refused}");

    let mut writer = writer(&sink);
    until("the plugin reads the sink", || writer.demand(Micros::now()).has_clients);
    publish(&mut writer, &key_unit(), true);
    let asked = Instant::now();
    let (started, jsep) = viewer.ask(json!({"request": "watch"}));
    assert_eq!((&started["result"]["status"], &jsep["type"]), (&json!("started"), &json!("offer")));
    println!("Janus {version}: watch to offer {} us", asked.elapsed().as_micros());
    let sdp = jsep["sdp"].as_str().unwrap();
    for line in [
        "m=video",
        "a=mid:v",
        "a=sendonly",
        "a=rtpmap:96 H264/90000",
        "a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1",
        "a=rtcp-fb:96 ccm fir",
        "a=rtcp-fb:96 nack pli",
        "a=rtcp-fb:96 goog-remb",
        "a=rtcp-fb:96 transport-cc",
        "transport-wide-cc-extensions-01",
        "rtp-hdrext/playout-delay",
        "urn:3gpp:video-orientation",
        // What only the core adds: it took the offer.
        "a=fingerprint:",
        "a=ice-ufrag:",
        "a=ssrc:",
    ] {
        assert!(sdp.lines().any(|found| found.contains(line)), "no {line} in\n{sdp}");
    }

    assert_eq!(sdp.contains("abs-capture-time"), version == "1.4");
    assert!(!sdp.contains("m=audio"), "nobody asked for sound");
    sound_is_offered_to_who_asks_for_it(&mut viewer, config(&sink).contains("aplay"));

    let (handle, mut admin) = (viewer.handle, janus.connect("admin"));
    let info = admin.ask(
        json!({"janus": "handle_info", "session_id": session, "handle_id": handle, "admin_secret": "janusoverlord"}),
    );
    let state = &info["info"]["plugin_specific"];
    assert_eq!(state["sink"], json!({"name": sink.as_str(), "state": "flowing", "abi": 10}), "{info}");
    let layout = if version == "1.1" { (304, 20) } else { (328, 24) };
    assert_eq!(
        (&state["janus"]["rtp_size"], &state["janus"]["rtp_extensions"]),
        (&json!(layout.0), &json!(layout.1))
    );

    let (stopped, _) = viewer.ask(json!({"request": "stop"}));
    assert_eq!(stopped["result"]["status"], "stopped");
    viewer.detach();
    // Janus frees a handle only when the plugin has given its reference back.
    janus.says(&["Handle and related resources freed"]);
    // This one is still there when Janus ends.
    client.attach(session).ask(json!({"request": "watch"}));

    let (status, log) = janus.stop();
    assert!(status.success() && log.contains("Bye!"), "{status}\n{log}");
}

/// The devices need not be there: they may come.
fn sound_is_offered_to_who_asks_for_it(viewer: &mut Viewer<'_>, configured: bool) {
    for (params, direction) in [
        (json!({"audio": true, "mic": true, "camera": true, "orientation": 90}), "a=sendrecv"),
        (json!({"audio": true, "mic": false}), "a=sendonly"),
        (json!({"mic": true}), "a=recvonly"),
        (json!({"audio": "yes", "mic": 1}), ""),
    ] {
        let (event, jsep) = viewer.ask(json!({"request": "watch", "params": params}));
        assert_eq!(event["result"]["status"], "started", "{params}");
        let sdp = jsep["sdp"].as_str().unwrap();
        let Some((video, audio)) = sdp.split_once("m=audio") else {
            assert!(!configured || direction.is_empty(), "{params}: no sound in\n{sdp}");
            continue;
        };
        assert!(configured && !direction.is_empty(), "{params}: sound in\n{sdp}");
        assert!(video.contains("m=video") && video.contains("a=sendonly"), "{sdp}");
        for line in [direction, "a=mid:a", "a=rtpmap:111 opus/48000/2", "sprop-stereo=1"] {
            assert!(audio.contains(line), "{params}: no {line} in\n{sdp}");
        }
    }
}

#[test]
fn janus_1_1_speaks_with_the_plugin() {
    converse("1.1", |sink| format!("memsink: {{ object = \"{sink}\" }}\n"));
}

#[test]
fn janus_1_4_speaks_with_the_plugin() {
    converse("1.4", |sink| {
        format!(
            "video: {{ sink = \"{sink}\" }}\nacap: {{ device = \"hw:nowhere\"; sampling_rate = 48000 }}\n\
            aplay: {{ device = \"hw:nowhere\" }}\n"
        )
    });
}

#[test]
fn a_bad_configuration_costs_only_the_plugin() {
    for (version, config, words) in [
        ("1.1", None, ["cannot read", "janus.plugin.ustreamer.jcfg"]),
        ("1.1", Some("memsink: { objekt = \"a::h264\" }"), ["memsink.object is set", "add: video"]),
        ("1.4", Some("memsink: { object = \"demo\" }"), ["memsink.object", "end it with ::h264"]),
        ("1.4", Some("video: { sink = \"demo::jpeg\" }"), ["video.sink", "--h264-sink"]),
        ("1.4", Some("video: { sink = "), ["cannot parse", "janus.plugin.ustreamer.jcfg"]),
        (
            "1.4",
            Some("video: { sink = { h264 = 1 } }"),
            ["neither video.sink", "janus.plugin.ustreamer.jcfg"],
        ),
    ] {
        let janus = Janus::start(version, "bad", config);
        janus.says(&["[ustreamer] the plugin is not used: ", words[0], words[1]]);
        let mut client = janus.connect("api");
        let session = client.session();
        let attach = client
            .send(json!({"janus": "attach", "session_id": session, "plugin": "janus.plugin.ustreamer"}));
        assert_eq!(client.wait("error", &attach)["error"]["code"], 460, "Janus goes on without the plugin");
        let (status, log) = janus.stop();
        assert!(status.success() && log.contains("Bye!"), "{status}\n{log}");
    }
}
