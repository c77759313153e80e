//! GPIO lines of a chip that the kernel simulates (gpio-sim), as whoever is connected to them sees them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustreamer_tests::http::get;
use rustreamer_tests::streamer::{Streamer, eventually, run};
use rustreamer_tests::vm::RECEIVER;
use rustreamer_tests::vm::hdmi::{Hdmi, Signal};

use crate::rig::PATIENCE;

const FOLDER: &str = "/sys/kernel/config/gpio-sim/case";
/// Who has which line, by the kernel.
const LINES: &str = "/sys/kernel/debug/gpio";

fn read(path: impl AsRef<Path>) -> String {
    let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.as_ref().display()));
    text.trim().to_owned()
}

/// A chip of four lines, gone with the value.
struct Chip {
    node: String,
    values: PathBuf,
}

impl Chip {
    fn new() -> Chip {
        let folder = Path::new(FOLDER);
        fs::create_dir_all(folder.join("bank")).expect("gpio-sim");
        fs::write(folder.join("bank/num_lines"), "4").expect("four lines");
        fs::write(folder.join("live"), "1").expect("a chip");
        let name = read(folder.join("bank/chip_name"));
        let values = Path::new("/sys/devices/platform").join(read(folder.join("dev_name"))).join(&name);
        Chip { node: format!("/dev/{name}"), values }
    }

    /// What the first three lines carry.
    fn levels(&self) -> [bool; 3] {
        [0, 1, 2].map(|line| read(self.values.join(format!("sim_gpio{line}/value"))) == "1")
    }

    fn carries(&self, levels: [bool; 3]) {
        eventually(&format!("the levels {levels:?}"), PATIENCE, || (self.levels() == levels).then_some(()));
    }
}

impl Drop for Chip {
    fn drop(&mut self) {
        let _ = fs::write(format!("{FOLDER}/live"), "0");
        let _ = fs::remove_dir(format!("{FOLDER}/bank"));
        let _ = fs::remove_dir(FOLDER);
    }
}

/// Who has the chip's lines.
fn holders() -> Vec<String> {
    let held = read(LINES);
    held.lines().filter(|line| line.contains("case::")).map(str::to_owned).collect()
}

/// They tell that it runs, that pictures come and that somebody watches; at the end they are low, and another's.
pub fn lines_tell_what_goes_on() {
    let chip = Chip::new();
    let hdmi = Hdmi::new();
    hdmi.select("640x480p59");
    assert_eq!((chip.levels(), holders().len()), ([false; 3], 0));
    let gpio = ["--gpio-device", &chip.node, "--gpio-consumer-prefix=case"];
    let lines = ["--gpio-prog-running=0", "--gpio-stream-online=1", "--gpio-has-http-clients=2"];
    let fixed = ["--device", RECEIVER, "--dv-timings", "--h264-sink-rm"];
    let start = || Streamer::start(&[&fixed[..], &gpio, &lines].concat());

    let mut streamer = start();
    chip.carries([true, true, false]);
    let held = holders();
    // It shows no more than twenty characters of a name.
    let names = ["case::prog-running", "case::stream-online", "case::has-http-clien"];
    assert_eq!(held.len(), names.len(), "{held:?}");
    assert!(
        names.iter().zip(&held).all(|(name, line)| line.contains(name) && line.contains("out")),
        "{held:?}"
    );
    let second = run(&[&["--device=test"], &gpio[..], &lines[..1]].concat());
    assert_eq!(second.code, Some(1), "the line is taken: {second:?}");
    assert!(second.stderr.contains("--gpio-prog-running 0") && second.stderr.contains(&chip.node));

    let mut stream = get(streamer.port(), "/stream");
    stream.part();
    chip.carries([true, true, true]);
    drop(stream);
    chip.carries([true, true, false]);
    hdmi.signal(Signal::None);
    chip.carries([true, false, false]);
    hdmi.signal(Signal::Good);
    chip.carries([true, true, false]);

    let ended = streamer.end(libc::SIGTERM, Duration::from_secs(5));
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
    assert_eq!((chip.levels(), holders()), ([false; 3], vec![]));
    let again = start();
    chip.carries([true, true, false]);
    drop(again);
}
