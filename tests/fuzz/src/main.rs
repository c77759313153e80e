//! The programs' parsers under libFuzzer: the target that `FUZZ_TARGET` names, with libFuzzer's own command line. `run.sh` knows the rest.
//!
//! What must always hold: an input makes the same outcome each time, so that a crash can be run again; a target checks what its parser
//! promises, not only that it does not panic. What looks at files lets an input name none that never ends.
#![no_main]

mod config_file;
mod edid;
mod h264;
mod http;
mod jpeg;
mod options;
mod picture;
mod plugin;
mod rtp;
mod sink;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 10] = [
    ("config_file", config_file::run),
    ("edid", edid::run),
    ("h264", h264::run),
    ("http", http::run),
    ("jpeg", jpeg::run),
    ("options", options::run),
    ("picture", picture::run),
    ("plugin", plugin::run),
    ("rtp", rtp::run),
    ("sink", sink::run),
];

static CHOSEN: OnceLock<Target> = OnceLock::new();

fn choose() {
    let wanted = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let Some((_, target)) = TARGETS.iter().find(|(name, _)| *name == wanted) else {
        let names = TARGETS.map(|(name, _)| name).join(" ");
        eprintln!("FUZZ_TARGET is {wanted:?}; it must be one of: {names}");
        std::process::exit(2);
    };
    let _ = CHOSEN.set(*target);
}

fuzz_target!(init: choose(), |input: &[u8]| {
    if let Some(run) = CHOSEN.get() {
        run(input);
    }
});
