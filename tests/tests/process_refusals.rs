//! Bad input at the start: one line that names the thing and the remedy, the documented exit code, nothing left behind.

use std::net::TcpListener;

use rustreamer_tests::streamer::{Ended, free_port, run, sink_name, sink_path};

/// Checks that it ended with this code and one line on stderr that has all these words.
fn refused(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "one line, not: {}", ended.stderr);
    assert!(ended.stderr.starts_with("ustreamer: error: "), "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{word:?} is not in: {}", ended.stderr);
    }
    assert_eq!(ended.stdout, "");
}

/// Runs it with a sink of its own, which must not be there afterwards.
fn run_with_sink(arguments: &[&str]) -> Ended {
    let sink = sink_name("h264");
    let port = free_port().to_string();
    let ended = run(&[&["--h264-sink", &sink, "--port", &port], arguments].concat());
    assert!(!sink_path(&sink).exists(), "{sink} was left in /dev/shm");
    ended
}

#[test]
fn a_missing_device() {
    refused(
        &run_with_sink(&["--device", "/dev/no-such-video"]),
        2,
        &["/dev/no-such-video", "--list-devices"],
    );
}

#[test]
fn a_device_that_captures_nothing() {
    refused(&run_with_sink(&["--device", "/dev/null"]), 2, &["/dev/null"]);
}

#[test]
fn a_device_that_is_a_file() {
    let file = std::env::temp_dir().join(format!("rustreamer-test-{}", std::process::id()));
    std::fs::write(&file, "no device").expect("write a file");
    let ended = run_with_sink(&["--device", file.to_str().expect("a plain path")]);
    std::fs::remove_file(&file).expect("remove it");
    refused(&ended, 2, &[file.to_str().expect("a plain path")]);
}

#[test]
fn a_sink_name_without_a_known_suffix() {
    for name in ["demo", "demo::ustreamer::h265", "demo.jpg"] {
        let ended = run(&["--device", "test:640x480", "--h264-sink", name]);
        refused(&ended, 1, &["--h264-sink", name, "h264"]);
        assert!(!sink_path(name).exists());
    }
}

#[test]
fn a_sink_of_another_kind() {
    let name = sink_name("jpeg");
    refused(
        &run(&["--device", "test:640x480", "--h264-sink", &name]),
        1,
        &["--h264-sink", &name, "must end in h264"],
    );
    assert!(!sink_path(&name).exists());
}

#[test]
fn a_taken_port() {
    let other = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = other.local_addr().expect("its number").port().to_string();
    let sink = sink_name("h264");
    let ended = run(&["--device", "test:640x480", "--h264-sink", &sink, "--port", &port]);
    refused(&ended, 4, &[&format!("127.0.0.1:{port}"), "taken", "--port"]);
    assert!(!sink_path(&sink).exists(), "{sink} was left in /dev/shm");
}

#[test]
fn a_taken_port_leaves_the_running_streamers_sink_alone() {
    let running =
        rustreamer_tests::streamer::Streamer::start(&["--device", "test:640x480@10", "--h264-sink-rm"]);
    let port = running.port().to_string();
    let second = run(&[
        "--device",
        "test:640x480@10",
        "--h264-sink",
        running.sink(),
        "--h264-sink-rm",
        "--port",
        &port,
    ]);
    refused(&second, 4, &["taken"]);
    assert!(sink_path(running.sink()).exists(), "the second one removed the first one's sink");
}

#[test]
fn an_address_of_another_machine() {
    refused(
        &run_with_sink(&["--device", "test:640x480", "--host", "192.0.2.1"]),
        4,
        &["192.0.2.1", "--host"],
    );
}

#[test]
fn a_host_without_an_address() {
    refused(
        &run_with_sink(&["--device", "test:640x480", "--host", "no-such-host.invalid"]),
        4,
        &["no-such-host.invalid"],
    );
}

#[test]
fn a_sink_that_cannot_be_made() {
    // A folder has the name.
    let sink = sink_name("h264");
    std::fs::create_dir(sink_path(&sink)).expect("make a folder");
    let ended = run(&["--device", "test:640x480", "--h264-sink", &sink, "--port", &free_port().to_string()]);
    std::fs::remove_dir(sink_path(&sink)).expect("the folder is still there");
    refused(&ended, 3, &[&sink]);
}

#[test]
fn options_that_are_wrong() {
    for (arguments, words) in [
        (&["--port", "65536"][..], &["--port", "65536", "65535"][..]),
        (&["--h264-bitrate=20001"], &["--h264-bitrate", "20001", "20000"]),
        (&["--resolution", "big"], &["--resolution", "big", "WIDTHxHEIGHT"]),
        (&["--format", "H265"], &["--format", "H265", "UYVY"]),
        (&["--nonsense"], &["--nonsense", "--help"]),
        (&["--passwd=x"], &["--passwd", "--user"]),
        (&["--v4p"], &["--v4p", "display"]),
        (&["--raw-sink=a::jpeg", "-d=test"], &["--raw-sink", "must end in raw"]),
    ] {
        refused(&run(arguments), 1, words);
    }
}

#[test]
fn what_is_asked_for_information_is_on_stdout() {
    for (argument, word) in [
        ("--help", "--h264-sink"),
        ("--version", "0."),
        ("--features", "WITH_JANUS"),
        ("--list-devices", "/dev/video"),
    ] {
        let ended = run(&[argument]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{argument}");
        assert!(ended.stdout.contains(word), "{argument}: {}", ended.stdout);
    }
}
