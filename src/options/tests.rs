//! How a command line is read; what is in it has files of its own.

mod configuration;
mod contract;
mod users;

use super::*;
use crate::config::{Config, Listen};

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

#[test]
fn what_would_mislead_is_refused() {
    let line = parse(&["--v4p"]).expect_err("no display");
    assert!(line.starts_with("--v4p: ") && line.contains("display"), "{line}");
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
