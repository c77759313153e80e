//! The command line against µStreamer's: names, letters, defaults and ranges.

use clap::ArgAction;

use super::*;
use crate::config::{Config, ImageControl, JpegKind, KernelJpeg, Listen, ProcessConfig, SourceConfig};
use proptest::prelude::*;

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
    ("raw-sink", None, ["a::raw", "b.raw", "nameless"]),
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
const OURS: [&str; 11] = [
    "config",
    "edid",
    "get-edid",
    "h264-sink-abi",
    "janus-url",
    "jpeg-sink-abi",
    "raw-sink-abi",
    "list-devices",
    "passwd-file",
    "tls-cert",
    "tls-key",
];

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
    let command = command();
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

/// What µStreamer 6.62 does when an option is not given, where it says so as a value.
const DEFAULTS: &[(&str, &str)] = &[
    ("device", "/dev/video0"),
    ("input", "0"),
    ("format", "YUYV"),
    ("io-method", "MMAP"),
    ("desired-fps", "0"),
    ("min-frame-size", "128"),
    ("quality", "80"),
    ("encoder", "CPU"),
    ("device-timeout", "1"),
    ("device-error-delay", "1"),
    ("host", "127.0.0.1"),
    ("port", "8080"),
    ("drop-same-frames", "0"),
    ("instance-id", ""),
    ("server-timeout", "10"),
    ("jpeg-sink-mode", "660"),
    ("jpeg-sink-client-ttl", "10"),
    ("raw-sink-mode", "660"),
    ("raw-sink-client-ttl", "10"),
    ("h264-sink-mode", "660"),
    ("h264-sink-client-ttl", "10"),
    ("h264-bitrate", "5000"),
    ("h264-gop", "30"),
    ("gpio-device", "/dev/gpiochip0"),
    ("gpio-consumer-prefix", "ustreamer"),
    ("exit-on-no-clients", "0"),
];

#[test]
fn help_tells_every_option_and_its_default() {
    let Ok(Request::Print(help)) = parse(&["--help"]) else { panic!("--help is text") };
    let command = command();
    for (long, short, _) in CONTRACT {
        assert!(help.contains(&format!("--{long}")), "--{long} is not in --help");
        assert!(short.is_none_or(|short| help.contains(&format!("-{short}, --{long}"))), "-{short:?}");
    }
    for arg in command.get_arguments() {
        let long = arg.get_long().expect("every option has a long name");
        let given: Vec<_> = arg.get_default_values().iter().filter_map(|value| value.to_str()).collect();
        let theirs = DEFAULTS.iter().find(|(name, _)| *name == long).map(|(_, value)| *value);
        match (given.as_slice(), theirs) {
            ([], None) => {}
            ([ours], Some(theirs)) => assert_eq!(*ours, theirs, "--{long}"),
            // What a flag has before it is given.
            (["false"], None) => {}
            ([ours], None) => assert!(OURS.contains(&long), "--{long} has the default {ours}"),
            other => panic!("--{long}: {other:?}"),
        }
        if let Some(theirs) = theirs.filter(|value| !value.is_empty()) {
            let place = help.find(&format!("--{long} ")).unwrap_or_else(|| panic!("--{long} takes a value"));
            let next = help[place + 2..].find("  --").map_or(help.len(), |end| place + 2 + end);
            let text = help[place..next].split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&format!("[default: {theirs}]")), "--{long}: {text}");
        }
    }
    for group in ["Capture", "Image", "JPEG", "Raw pictures", "H.264", "HTTP", "Logging", "GPIO", "Process"] {
        assert!(help.contains(&format!("\n{group}:\n")), "{group} is a group of --help");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 110), "--help is wrapped");
}

#[test]
fn features_are_ustreamers_list() {
    let Ok(Request::Print(features)) = parse(&["--features"]) else { panic!("--features is text") };
    let names: Vec<&str> = features.lines().map(|line| &line[2..]).collect();
    assert_eq!(
        names,
        [
            "WITH_PYTHON",
            "WITH_JANUS",
            "WITH_V4P",
            "WITH_GPIO",
            "WITH_SYSTEMD",
            "WITH_PTHREAD_NP",
            "WITH_SETPROCTITLE",
            "HAS_PDEATHSIG"
        ]
    );
    assert!(features.lines().all(|line| line.starts_with("+ ") || line.starts_with("- ")));
}

/// An argument: an option's name, as it is or damaged, a value, good or bad, or anything.
fn any_argument() -> impl Strategy<Value = String> {
    let name = (0..CONTRACT.len()).prop_map(|n| CONTRACT[n]);
    let value = prop_oneof![
        (0..CONTRACT.len(), 0..3usize).prop_map(|(n, which)| CONTRACT[n].2[which].to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>(),
    ];
    prop_oneof![
        4 => (name.clone(), value.clone()).prop_map(|((long, ..), value)| format!("--{long}={value}")),
        2 => name.clone().prop_map(|(long, ..)| format!("--{long}")),
        2 => (name.clone(), any::<prop::sample::Index>()).prop_map(|((long, ..), at)| {
            format!("--{}", &long[..at.index(long.len()) + 1])
        }),
        1 => name.prop_map(|(_, short, _)| short.map_or_else(|| "-".to_owned(), |short| format!("-{short}"))),
        2 => value,
        1 => any::<String>().prop_map(|text| format!("--{text}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_command_line_breaks_it(arguments in prop::collection::vec(any_argument(), 0..8)) {
        // Files that it names are somebody's; a configuration file has a test of its own.
        prop_assume!(!arguments.iter().any(|argument| argument.starts_with("--conf")));
        let all = std::iter::once("ustreamer".to_owned()).chain(arguments);
        let line = match Options::parse(all) {
            Ok(Request::Run(options)) => options.into_config().err().map(|error| error.to_string()),
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        };
        if let Some(line) = line {
            prop_assert!(!line.is_empty());
        }
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
    assert!(config.h264.is_none() && config.desired_fps.is_none());
    assert_eq!((config.process, config.slowdown), (ProcessConfig::default(), false));
    assert!(config.raw.is_none() && device.image.is_empty() && device.standard.is_none());
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
    assert!(named.is_empty(), "{named:?}");
    let jpeg = options.into_config().expect("a good combination").jpeg;
    assert_eq!((jpeg.workers.get(), jpeg.drop_same_frames), (3, 30));
    assert_eq!(jpeg.kernel, Some(KernelJpeg { kind: JpegKind::Image, device: None }));
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
    assert!(config.process.exit_on_parent_death && config.process.notify_parent);
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
}

#[test]
fn what_would_mislead_is_refused() {
    let line = parse(&["--v4p"]).expect_err("no display");
    assert!(line.starts_with("--v4p: ") && line.contains("display"), "{line}");
}

#[test]
fn the_process_does_what_it_is_asked_for() {
    let process = config(&["--exit-on-no-clients=0x10", "--exit-on-device-error", "--gpio-stream-online=4"]);
    let SourceConfig::Device(device) = process.source else { panic!("a device is the default") };
    assert!(device.exit_on_error);
    assert_eq!(process.process.exit_on_no_clients.map(|limit| limit.as_secs()), Some(16));
    let gpio = process.process.gpio.expect("a line was named");
    assert_eq!((gpio.chip.to_str(), gpio.consumer.as_str()), (Some("/dev/gpiochip0"), "ustreamer"));
    assert_eq!((gpio.prog_running, gpio.stream_online, gpio.has_http_clients), (None, Some(4), None));
    let twice = options(&["--gpio-stream-online=4", "--gpio-prog-running=4"]).into_config();
    assert!(twice.expect_err("one line").to_string().contains("has this line already"));
    let look = options(&["--process-name-prefix=kvmd", "--user=a", "--passwd=b"]).appearance();
    assert_eq!((look.prefix.as_deref(), look.password.as_deref()), (Some("kvmd"), Some("b")));
    assert_eq!(options(&["--io-method=userptr"]).warnings.len(), 1);
    assert_eq!(options(&["--io-method=mmap", "--media-device=/dev/media0"]).warnings.len(), 0);
}

#[test]
fn image_controls_are_set_in_an_order_that_works() {
    let image = |arguments: &[&str]| -> Vec<(u32, v4l2m2m::Wish)> {
        let SourceConfig::Device(device) = config(arguments).source else {
            panic!("a device is the default")
        };
        device.image.iter().map(|ImageControl { id, wish, .. }| (id - 0x0098_0900, *wish)).collect()
    };
    use v4l2m2m::Wish::{Default, Value};
    assert_eq!(image(&["--brightness=-5", "--gain=auto"]), [(32, Value(0)), (0, Value(-5)), (18, Value(1))]);
    assert_eq!(image(&["--contrast=DEFAULT", "--rotate=90"]), [(1, Default), (34, Value(90))]);
    let all = image(&["--image-default", "--hue=3"]);
    assert_eq!(all.len(), 17);
    assert!(all.contains(&(3, Value(3))) && all.contains(&(25, Value(0))) && all.contains(&(0, Default)));
}

#[test]
fn sinks_have_their_names_layouts_and_modes() {
    let all = config(&[
        "--raw-sink=a::raw",
        "--raw-sink-abi=2",
        "--raw-sink-mode=600",
        "--raw-sink-rm",
        "--jpeg-sink=a::jpeg",
        "--jpeg-sink-abi=7a",
    ]);
    let raw = all.raw.expect("a sink was named");
    assert_eq!((raw.name.as_str(), raw.abi, raw.mode, raw.remove_on_drop), ("a::raw", Abi::V2, 0o600, true));
    assert_eq!(all.jpeg.sink.expect("a sink was named").abi, Abi::V7a);
    let wrong = options(&["--raw-sink=a::jpeg"]).into_config().expect_err("another kind").to_string();
    assert!(wrong.contains("must end in raw"), "{wrong}");
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
