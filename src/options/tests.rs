//! The command line against µStreamer's: names, letters, defaults and ranges.

use clap::{ArgAction, CommandFactory};

use super::*;
use crate::config::{Config, Listen, SourceConfig};

/// µStreamer 6.62's options: long name, letter, a value at the lower and one at the upper end of the range or two good
/// values, and a bad one ("" where any text will do; `FLAG`: takes none).
const FLAG: [&str; 3] = ["FLAG"; 3];
const CONTRACT: &[(&str, Option<char>, [&str; 3])] = &[
    ("device", Some('d'), ["/dev/video0", "/dev/kvmd-video", ""]),
    ("input", Some('i'), ["0", "128", "129"]),
    ("resolution", Some('r'), ["160x120", "15360x8640", "159x120"]),
    ("format", Some('m'), ["YUYV", "uyvy", "YUV"]),
    ("format-swap-rgb", None, FLAG),
    ("tv-standard", Some('a'), ["PAL", "secam", "ATSC"]),
    ("io-method", Some('I'), ["MMAP", "userptr", "DMABUF"]),
    ("desired-fps", Some('f'), ["0", "120", "121"]),
    ("min-frame-size", Some('z'), ["1", "8192", "0"]),
    ("allow-truncated-frames", Some('T'), FLAG),
    ("persistent", Some('n'), FLAG),
    ("dv-timings", Some('t'), FLAG),
    ("buffers", Some('b'), ["1", "32", "0"]),
    ("workers", Some('w'), ["1", "32", "33"]),
    ("quality", Some('q'), ["1", "100", "101"]),
    ("encoder", Some('c'), ["CPU", "m2m-image", "GPU"]),
    ("glitched-resolutions", Some('g'), ["640x480", "x", ""]),
    ("blank", Some('k'), ["/x.jpg", "x", ""]),
    ("last-as-blank", Some('K'), ["0", "1", ""]),
    ("slowdown", Some('l'), FLAG),
    ("device-timeout", None, ["1", "60", "61"]),
    ("device-error-delay", None, ["1", "60", "0"]),
    ("m2m-device", None, ["/dev/video31", "x", ""]),
    ("media-device", None, ["/dev/media0", "x", ""]),
    ("media-entity-name", None, ["tc358743 10-000f", "x", ""]),
    ("image-default", None, FLAG),
    ("brightness", None, ["-10", "auto", "bright"]),
    ("contrast", None, ["10", "default", "auto"]),
    ("saturation", None, ["10", "default", "auto"]),
    ("hue", None, ["10", "auto", "x"]),
    ("gamma", None, ["10", "default", "auto"]),
    ("sharpness", None, ["10", "default", "auto"]),
    ("backlight-compensation", None, ["10", "default", "auto"]),
    ("white-balance", None, ["10", "auto", "x"]),
    ("gain", None, ["10", "auto", "x"]),
    ("color-effect", None, ["10", "default", "auto"]),
    ("rotate", None, ["90", "default", "auto"]),
    ("flip-vertical", None, ["1", "default", "auto"]),
    ("flip-horizontal", None, ["1", "default", "auto"]),
    ("host", Some('s'), ["127.0.0.1", "::", ""]),
    ("port", Some('p'), ["1", "65535", "65536"]),
    ("unix", Some('U'), ["/run/x.sock", "x", ""]),
    ("unix-rm", Some('D'), FLAG),
    ("unix-mode", Some('M'), ["660", "0777", "888"]),
    ("systemd", Some('S'), FLAG),
    ("user", None, ["admin", "x", ""]),
    ("passwd", None, ["secret", "x", ""]),
    ("static", None, ["/srv", "x", ""]),
    ("drop-same-frames", Some('e'), ["0", "120", "121"]),
    ("fake-resolution", Some('R'), ["640x480", "1920x1080", "big"]),
    ("tcp-nodelay", None, FLAG),
    ("allow-origin", None, ["*", "https://a.example", "a\nb"]),
    ("instance-id", None, ["demo/1", "a.b+c_d-e", "a b"]),
    ("server-timeout", None, ["1", "60", "61"]),
    ("jpeg-sink", None, ["a::jpeg", "tinypilot::ustreamer::jpeg", "nameless"]),
    ("jpeg-sink-mode", None, ["660", "777", "9"]),
    ("jpeg-sink-rm", None, FLAG),
    ("jpeg-sink-client-ttl", None, ["1", "60", "61"]),
    ("jpeg-sink-timeout", None, ["1", "60", "61"]),
    ("sink", None, ["a::jpeg", "b.jpeg", "nameless"]),
    ("sink-mode", None, ["660", "777", "9"]),
    ("sink-rm", None, FLAG),
    ("sink-client-ttl", None, ["1", "60", "61"]),
    ("sink-timeout", None, ["1", "60", "61"]),
    ("raw-sink", None, ["a::raw", "x", ""]),
    ("raw-sink-mode", None, ["660", "777", "9"]),
    ("raw-sink-rm", None, FLAG),
    ("raw-sink-client-ttl", None, ["1", "60", "61"]),
    ("raw-sink-timeout", None, ["1", "60", "61"]),
    ("h264-sink", None, ["a::h264", "tinypilot::ustreamer::h264", "nameless"]),
    ("h264-sink-mode", None, ["660", "0777", "9"]),
    ("h264-sink-rm", None, FLAG),
    ("h264-sink-client-ttl", None, ["1", "60", "61"]),
    ("h264-sink-timeout", None, ["1", "60", "61"]),
    ("h264-bitrate", None, ["25", "20000", "20001"]),
    ("h264-gop", None, ["0", "60", "61"]),
    ("h264-m2m-device", None, ["/dev/video11", "x", ""]),
    ("h264-boost", None, FLAG),
    ("v4p", None, FLAG),
    ("gpio-device", None, ["/dev/gpiochip0", "x", ""]),
    ("gpio-consumer-prefix", None, ["x", "y", ""]),
    ("gpio-prog-running", None, ["0", "256", "257"]),
    ("gpio-stream-online", None, ["0", "256", "257"]),
    ("gpio-has-http-clients", None, ["0", "256", "257"]),
    ("exit-on-parent-death", None, FLAG),
    ("exit-on-device-error", None, FLAG),
    ("exit-on-no-clients", None, ["0", "86400", "86401"]),
    ("process-name-prefix", None, ["kvmd", "x", ""]),
    ("notify-parent", None, FLAG),
    ("log-level", None, ["0", "3", "4"]),
    ("perf", None, FLAG),
    ("verbose", None, FLAG),
    ("debug", None, FLAG),
    ("force-log-colors", None, FLAG),
    ("no-log-colors", None, FLAG),
    ("help", Some('h'), FLAG),
    ("version", Some('v'), FLAG),
    ("features", None, FLAG),
];

/// Ours: not µStreamer's.
const OURS: [&str; 8] =
    ["edid", "get-edid", "h264-sink-abi", "janus-url", "list-devices", "passwd-file", "tls-cert", "tls-key"];

fn parse(arguments: &[&str]) -> Result<Request, String> {
    Options::parse(std::iter::once(&"ustreamer").chain(arguments).copied()).map_err(|error| error.to_string())
}

fn options(arguments: &[&str]) -> Options {
    match parse(arguments) {
        Ok(Request::Run(options)) => *options,
        other => panic!("{arguments:?}: {other:?}"),
    }
}

fn config(arguments: &[&str]) -> Config {
    options(arguments).into_config().expect("a good combination")
}

/// Whether it got past the reading of values: then it is accepted, or refused for what it asks for.
fn value_is_good(outcome: &Result<Request, String>) -> bool {
    outcome.as_ref().err().is_none_or(|line| !line.contains("will not do"))
}

#[test]
fn names_letters_and_ranges_are_ustreamers() {
    let command = later::augment(Options::command());
    for (long, short, [low, high, bad]) in CONTRACT {
        let named = |arg: &&clap::Arg| {
            arg.get_long() == Some(long) || arg.get_all_aliases().is_some_and(|all| all.contains(long))
        };
        let arg = command.get_arguments().find(named);
        let arg = arg.unwrap_or_else(|| panic!("--{long} is missing"));
        assert_eq!(arg.get_short(), *short, "--{long}");
        let flag = matches!(arg.get_action(), ArgAction::SetTrue);
        assert_eq!(flag, *low == "FLAG", "--{long} takes a value: {}", !flag);
        if flag {
            continue;
        }
        for good in [low, high] {
            let outcome = parse(&[&format!("--{long}={good}")]);
            assert!(value_is_good(&outcome), "--{long}={good}: {outcome:?}");
        }
        if !bad.is_empty() {
            let line = parse(&[&format!("--{long}"), bad]).expect_err(&format!("--{long} {bad}"));
            // An old name is told by its new one.
            let name = arg.get_long().expect("a long name");
            assert!(line.starts_with(&format!("--{name}: ")) && line.contains("will not do"), "{line}");
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }
    let known = |long: &str| OURS.contains(&long) || CONTRACT.iter().any(|(name, ..)| *name == long);
    for arg in command.get_arguments() {
        let long = arg.get_long().expect("every option has a long name");
        assert!(known(long), "--{long} is neither µStreamer's nor ours");
    }
}

#[test]
fn an_edid_is_checked_before_anything_starts() {
    let file = std::env::temp_dir().join(format!("rustreamer-edid-{}", std::process::id()));
    let name = file.to_str().expect("a plain path");
    for (content, words) in [
        (None, "No such file"),
        (Some(&[200u8; 128][..]), "does not begin as an EDID does"),
        (Some(b"00 ff ff"), "it has 3 bytes"),
        (Some(b"hello"), "it is neither binary nor hexadecimal"),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).expect("write a file");
        }
        let line = options(&["--edid", name]).into_config().expect_err("no EDID").to_string();
        assert!(line.starts_with(&format!("--edid {name}: ")) && line.contains(words), "{line}");
    }
    std::fs::remove_file(&file).expect("remove it");
    assert!(matches!(parse(&["--get-edid", "-d", "/dev/video3"]), Ok(Request::GetEdid(_))));
    assert!(parse(&["--get-edid", "-d", "test"]).is_err());
}

#[test]
fn defaults_are_ustreamers() {
    let config = config(&[]);
    let SourceConfig::Device(device) = &config.source else { panic!("a device is the default") };
    assert_eq!(device.path.to_str(), Some("/dev/video0"));
    assert_eq!((device.input, device.size.width, device.size.height), (0, 640, 480));
    assert_eq!(device.format, FourCc(u32::from_le_bytes(*b"YUYV")));
    assert_eq!((device.timeout.as_secs(), device.error_delay.as_secs()), (1, 1));
    assert!(!device.persistent && !device.dv_timings && !device.swap_rgb);
    assert_eq!(device.buffers.get(), 5);
    assert_eq!((device.jpeg.shortest, device.jpeg.allow_truncated), (128, false));
    assert!(config.h264.is_none() && config.desired_fps.is_none() && !config.exit_on_parent_death);
    let here = Listen::Tcp { hosts: vec!["127.0.0.1".to_owned()], port: 8080 };
    assert_eq!((config.http.listen, config.http.timeout.as_secs()), (here, 10));
    assert!(config.http.credentials.is_none() && config.http.tls.is_none() && config.http.files.is_none());
    let jpeg = config.jpeg;
    assert_eq!((jpeg.quality.get(), jpeg.drop_same_frames), (80, 0));
    assert!((1..=4).contains(&jpeg.workers.get()) && jpeg.sink.is_none());

    let h264 = super::tests::config(&["--h264-sink=demo::ustreamer::h264"]).h264.expect("a sink was named");
    assert_eq!((h264.bitrate.get(), h264.gop.get(), h264.boost), (5000, 30, false));
    assert_eq!(
        (h264.sink.mode, h264.sink.client_ttl.as_secs(), h264.sink.remove_on_drop),
        (0o660, 10, false)
    );
    assert_eq!(h264.sink.abi, Abi::V10);
}

#[test]
fn cameras_that_encode_are_configured_with_what_is_theirs() {
    let SourceConfig::Device(device) =
        config(&["-m", "h264", "--h264-bitrate=800", "--h264-gop=12", "-z", "4096", "-T"]).source
    else {
        panic!("a device is the default")
    };
    assert_eq!(device.format, FourCc::H264);
    assert_eq!((device.coding.bitrate.get(), device.coding.gop.get()), (800, 12));
    assert_eq!((device.jpeg.shortest, device.jpeg.allow_truncated), (4096, true));
}

#[test]
fn the_guides_command_line_starts() {
    let config = config(&[
        "--host",
        "0.0.0.0",
        "--port",
        "8080",
        "--format=uyvy",
        "--dv-timings",
        "--persistent",
        "--h264-sink",
        "demo::ustreamer::h264",
        "--h264-sink-mode",
        "660",
        "--h264-sink-rm",
    ]);
    let h264 = config.h264.expect("a sink was named");
    assert_eq!(h264.sink.name.as_str(), "demo::ustreamer::h264");
    assert!(h264.sink.remove_on_drop);
}

#[test]
fn tinypilots_command_line_starts_and_says_what_does_nothing() {
    let options = options(&[
        "--port",
        "48001",
        "--persistent",
        "--h264-sink",
        "tinypilot::ustreamer::h264",
        "--h264-sink-mode",
        "777",
        "--h264-sink-rm",
        "--encoder",
        "m2m-image",
        "--format",
        "uyvy",
        "--dv-timings",
        "--workers",
        "3",
        "--drop-same-frames",
        "30",
        "--h264-bitrate",
        "5000",
    ]);
    let named: Vec<&str> = options.warnings.iter().filter_map(|line| line.split([' ', ':']).next()).collect();
    assert_eq!(named, ["--encoder"]);
    let jpeg = options.into_config().expect("a good combination").jpeg;
    assert_eq!((jpeg.workers.get(), jpeg.drop_same_frames), (3, 30));
}

#[test]
fn kvmds_command_line_starts() {
    let kvmd = [
        "--device=/dev/kvmd-video",
        "--persistent",
        "--dv-timings",
        "--format=uyvy",
        "--buffers=6",
        "--encoder=m2m-image",
        "--workers=3",
        "--quality=80",
        "--desired-fps=40",
        "--drop-same-frames=30",
        "--exit-on-parent-death",
        "--process-name-prefix=kvmd/streamer",
        "--notify-parent",
        "--no-log-colors",
        "--unix=/run/kvmd/ustreamer.sock",
        "--unix-rm",
        "--unix-mode=0660",
        "--jpeg-sink=kvmd::ustreamer::jpeg",
        "--jpeg-sink-mode=0660",
        "--h264-sink=kvmd::ustreamer::h264",
        "--h264-sink-mode=0660",
        "--h264-bitrate=5000",
        "--h264-gop=30",
    ];
    let config = config(&kvmd);
    assert!(config.exit_on_parent_death);
    assert_eq!(config.desired_fps.map(crate::config::Fps::get), Some(40));
    let path = "/run/kvmd/ustreamer.sock".into();
    assert_eq!(config.http.listen, Listen::Unix { path, remove: true, mode: Some(0o660) });
    let sink = config.jpeg.sink.expect("a sink was named");
    assert_eq!((sink.name.as_str(), sink.mode, sink.remove_on_drop), ("kvmd::ustreamer::jpeg", 0o660, false));
}

#[test]
fn the_jpeg_sink_is_known_by_its_old_name() {
    let sink =
        config(&["--sink", "a::jpeg", "--sink-mode=606", "--sink-rm", "--sink-client-ttl=3"]).jpeg.sink;
    let sink = sink.expect("a sink was named");
    assert_eq!((sink.name.as_str(), sink.mode, sink.remove_on_drop), ("a::jpeg", 0o606, true));
    assert_eq!(sink.client_ttl.as_secs(), 3);
}

#[test]
fn where_to_listen_is_said_once() {
    let listen = |arguments: &[&str]| config(arguments).http.listen;
    let hosts = vec!["127.0.0.1".to_owned(), "::1".to_owned()];
    assert_eq!(listen(&["-s", "127.0.0.1, ::1", "-p", "81"]), Listen::Tcp { hosts, port: 81 });
    assert_eq!(listen(&["--systemd"]), Listen::Systemd);
    let both = options(&["--systemd", "--unix=/x"]).into_config().expect_err("two places").to_string();
    assert!(both.contains("--unix and --systemd"), "{both}");
    assert!(parse(&["--unix", &"x".repeat(108)]).expect_err("too long").contains("107"));
    assert!(parse(&["--tls-cert=/x"]).is_err(), "no key");
}

#[test]
fn a_password_comes_from_a_file_or_the_command_line() {
    let pair = |arguments: &[&str]| config(arguments).http.credentials.map(|credentials| credentials.pair());
    assert_eq!(pair(&["--user=a", "--passwd=b c"]).as_deref(), Some("a:b c"));
    assert_eq!(pair(&["--user=a", "--passwd="]).as_deref(), Some("a:"));
    let file = std::env::temp_dir().join(format!("rustreamer-passwd-{}", std::process::id()));
    std::fs::write(&file, "secret word\nsecond line\n").expect("write a file");
    let name = file.to_str().expect("a plain path");
    assert_eq!(pair(&["--user=a", "--passwd-file", name]).as_deref(), Some("a:secret word"));
    std::fs::write(&file, "").expect("write a file");
    let line = |arguments: &[&str]| options(arguments).into_config().expect_err("refused").to_string();
    assert!(line(&["--user=a", "--passwd-file", name]).contains("first line is empty"));
    std::fs::remove_file(&file).expect("remove it");
    assert!(line(&["--user=a", "--passwd-file", name]).contains("No such file"));
    assert!(line(&["--passwd=b"]).contains("--user"));
    assert!(options(&["--user=a", "--passwd=b"]).warnings[0].contains("--passwd-file"));
}

#[test]
fn what_would_mislead_is_refused() {
    for argument in [
        "--raw-sink=a::raw",
        "--v4p",
        "--exit-on-device-error",
        "--exit-on-no-clients=5",
        "--tv-standard=PAL",
    ] {
        let line = parse(&[argument]).expect_err(argument);
        assert!(argument.starts_with(line.split(": ").next().expect("a name")), "{line}");
    }
}

#[test]
fn passwords_are_not_repeated_in_the_error() {
    let line = options(&["--passwd=hunter2"]).into_config().expect_err("refused").to_string();
    assert!(!line.contains("hunter2") && line.contains("--passwd"), "{line}");
}

#[test]
fn long_names_may_be_abbreviated_and_the_last_one_counts() {
    assert_eq!(config(&["--h264-bit", "300", "--h264-bitrate=400"]).h264.map(|_| ()), None);
    let h264 = config(&["--h264-sink", "x.h264", "--h264-bit", "300", "--h264-bitr=0x190"]).h264;
    assert_eq!(h264.expect("a sink").bitrate.get(), 400);
    let Listen::Tcp { port, .. } = config(&["-p", "1", "-p2"]).http.listen else {
        panic!("TCP is the default")
    };
    assert_eq!(port, 2);
}

#[test]
fn the_last_log_option_counts() {
    assert_eq!(options(&[]).log(), (Level::Info, Colors::Auto));
    assert_eq!(options(&["--debug", "--perf"]).log().0, Level::Perf);
    assert_eq!(options(&["--perf", "--log-level=3"]).log().0, Level::Debug);
    assert_eq!(options(&["--log-level=3", "--verbose"]).log().0, Level::Verbose);
    assert_eq!(options(&["--force-log-colors", "--no-log-colors"]).log().1, Colors::Never);
}

#[test]
fn what_goes_wrong_together_is_said() {
    let line =
        |arguments: &[&str]| options(arguments).into_config().expect_err("a bad combination").to_string();
    assert!(line(&["--h264-sink", "a::jpeg"]).contains("must end in h264"));
    assert!(line(&["--jpeg-sink", "a::h264"]).contains("must end in jpeg"));
    assert!(line(&["--static", "/no-such-folder"]).contains("/no-such-folder"));
    assert!(line(&["--static", "/dev/null"]).contains("not a folder"));
    assert!(line(&["-d", "test:1280x720", "-r", "640x480"]).contains("one size only"));
    assert!(line(&["-d", "test:641x480"]).contains("even"));
}

#[test]
fn the_test_picture_is_full_hd_unless_told_otherwise() {
    for (arguments, (width, height, fps)) in [
        (&["-d", "test"][..], (1920, 1080, 30)),
        (&["-d", "test:1280x720"], (1280, 720, 30)),
        (&["-d", "test", "-r", "640x480"], (640, 480, 30)),
        (&["-d", "test:1280x720@60", "-r", "1280x720"], (1280, 720, 60)),
    ] {
        let SourceConfig::Test(test) = config(arguments).source else { panic!("{arguments:?}") };
        assert_eq!(
            (test.size.width, test.size.height, test.fps.get()),
            (width, height, fps),
            "{arguments:?}"
        );
    }
}

#[test]
fn mistakes_are_one_line_with_a_remedy() {
    for (arguments, parts) in [
        (&["--prot", "80"][..], ["--prot", "--port"]),
        (&["--nonsense"], ["--nonsense", "--help"]),
        (&["junk"], ["junk", "--help"]),
        (&["--h264-sink", "demo"], ["--h264-sink", "demo"]),
        (&["--port"], ["--port", "value"]),
    ] {
        let line = parse(arguments).expect_err("a mistake");
        assert!(parts.iter().all(|part| line.contains(part)) && line.lines().count() == 1, "{line}");
    }
}

#[test]
fn help_version_and_features_are_printed() {
    let text = |argument: &str| match parse(&[argument]) {
        Ok(Request::Print(text)) => text,
        other => panic!("{other:?}"),
    };
    assert!(text("--help").contains("--h264-sink") && text("-h").contains("Capture:"));
    assert_eq!(text("-v").trim(), env!("CARGO_PKG_VERSION"));
    assert!(text("--features").lines().all(|line| line.starts_with("+ ") || line.starts_with("- ")));
}
