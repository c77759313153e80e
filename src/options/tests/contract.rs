//! The command line against µStreamer's: every name, letter, range and default.

use clap::ArgAction;
use proptest::prelude::*;

use super::super::*;
use super::parse;

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
const OURS: [&str; 15] = [
    "config",
    "edid",
    "get-edid",
    "h264-sink-abi",
    "ice-server",
    "janus-url",
    "jpeg-sink-abi",
    "raw-sink-abi",
    "list-devices",
    "passwd-file",
    "tls-cert",
    "tls-key",
    "whep",
    "whep-host",
    "whep-port",
];

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
    for group in [
        "Capture",
        "Image",
        "JPEG",
        "Raw pictures",
        "H.264",
        "HTTP",
        "WebRTC without Janus",
        "Logging",
        "GPIO",
        "Process",
    ] {
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
