//! What a 1080p frame costs on its way through the kernel's encoder, in the guest: `vm-bench ROUNDS SECONDS`; and as a JPEG: `vm-bench jpeg
//! ROUNDS SECONDS`. Ours, Debian's `ustreamer` 5.4 and, on the kernel's encoder, a bare loop in C, which also does with a sink's lock and
//! wake-up, take turns on the same kernel; each figure is a JSON line for `make bench`.
//!
//! The peers: PEER and its arguments in $PEER (one word each, by blanks), the loop in $LOOP.
#![forbid(unsafe_code)]

mod jpeg;
mod measure;

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use measure::{Costs, Figures};
use rustreamer_tests::streamer::wait;
use rustreamer_tests::vm::hdmi::Hdmi;
use rustreamer_tests::vm::{ENCODER, RECEIVER};

const MODE: &str = "1920x1080p60";
const SINK: &str = "bench::h264";

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Ours,
    Peer,
    Loop,
    /// The loop, with what the sink's ABI asks of a writer: its lock, and waking the readers.
    Publishing,
}

fn main() {
    let jpeg = std::env::args().nth(1).is_some_and(|what| what == "jpeg");
    let mut arguments =
        std::env::args().skip(1 + usize::from(jpeg)).map(|text| text.parse::<u64>().expect("a number"));
    let rounds = arguments.next().unwrap_or(3);
    let seconds = Duration::from_secs(arguments.next().unwrap_or(5));
    let hdmi = Hdmi::new();
    hdmi.select(MODE);
    if jpeg {
        return jpeg::bench(&hdmi, rounds, seconds);
    }
    let mut figures: [Figures; 4] = Default::default();
    for _ in 0..rounds {
        for (who, figures) in [Who::Ours, Who::Peer, Who::Loop, Who::Publishing].into_iter().zip(&mut figures)
        {
            let costs = one_run(who, seconds);
            eprintln!("{who:?}: {costs:?}");
            figures.add(costs);
        }
    }
    let [ours, peer, bare, publishing] = figures.map(|figures| figures.median());
    type Pick = fn(&Costs) -> f64;
    let rows: [(&str, &str, Pick, f64); 6] = [
        ("CPU of the process", "µs", |c| c.cpu_us, 1.0 / 3.0),
        ("system calls", "calls", |c| c.syscalls, 1.0 / 3.0),
        ("context switches", "switches", |c| c.switches, f64::NAN),
        ("latency beyond the encoder's own, median", "µs", |c| c.added_p50_us, f64::NAN),
        ("latency beyond the encoder's own, 99 %", "µs", |c| c.added_p99_us, f64::NAN),
        ("resident memory", "MiB", |c| c.memory_mib, f64::NAN),
    ];
    for (name, unit, pick, part) in rows {
        let (own, other) = (pick(&ours), pick(&peer));
        line(
            &format!("1080p60 by DMA-BUF, per frame: {name}"),
            unit,
            own,
            Some(other),
            (part > 0.0).then_some(other * part),
        );
    }
    line(
        "the same, CPU against a bare loop in C",
        "µs",
        ours.cpu_us,
        Some(bare.cpu_us),
        Some(bare.cpu_us * 1.1),
    );
    line(
        "the same, CPU against that loop with the sink's lock and wake-up",
        "µs",
        ours.cpu_us,
        Some(publishing.cpu_us),
        None,
    );
    line("the same, system calls against that", "calls", ours.syscalls, Some(publishing.syscalls), None);
    line("the same, reads of the clock", "reads", ours.clock_reads, Some(peer.clock_reads), None);
    line(
        "the same, latency against a bare loop in C, median",
        "µs",
        ours.added_p50_us,
        Some(bare.added_p50_us),
        Some(300.0),
    );
    line("frames published a second of 60 captured", "frames/s", ours.fps, Some(peer.fps), None);
}

/// A figure; a missing goal leaves the field out.
fn line(name: &str, unit: &str, value: f64, peer: Option<f64>, goal: Option<f64>) {
    let round = |x: f64| (x * 100.0).round() / 100.0;
    let mut json = serde_json::json!({"name": name, "value": round(value), "unit": unit});
    if let Some(peer) = peer {
        json["peer"] = round(peer).into();
    }
    if let Some(goal) = goal {
        json["goal"] = round(goal).into();
    }
    println!("{json}");
}

fn one_run(who: Who, time: Duration) -> Costs {
    // A peer that had to be killed has left its sink behind.
    let _ = std::fs::remove_file(format!("/dev/shm/{SINK}"));
    let mut program = start(who);
    let mut reader = matches!(who, Who::Ours | Who::Peer).then(|| {
        sleep(Duration::from_millis(500));
        quiet(Command::new("./ustreamer-dump").args(["--sink", SINK])).spawn().expect("ustreamer-dump")
    });
    sleep(Duration::from_secs(2));
    let costs = measure::costs(i32::try_from(program.id()).expect("an id"), time);
    if let Some(reader) = &mut reader {
        stop(reader);
    }
    stop(&mut program);
    costs
}

fn start(who: Who) -> Child {
    let common = [
        "--device",
        RECEIVER,
        "--dv-timings",
        "--format=YUYV",
        "--persistent",
        "--h264-sink",
        SINK,
        "--h264-sink-rm",
    ];
    let more = ["--h264-bitrate=5000", "--h264-gop=30", "--host=127.0.0.1", "--port=8080"];
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("${name} is not set"));
    let mut command = match who {
        Who::Ours => {
            let mut command = Command::new("./ustreamer");
            command.args(common).args(more).args(["--h264-boost", "--h264-m2m-device", ENCODER]);
            command
        }
        Who::Peer => {
            let peer = variable("PEER");
            let mut words = peer.split(' ');
            let mut command = Command::new(words.next().expect("a program"));
            command.args(words).args(common).args(more).args(["--h264-m2m-device", ENCODER]);
            command
        }
        Who::Loop | Who::Publishing => {
            let mut command = Command::new(variable("LOOP"));
            command.args([RECEIVER, ENCODER, "YUYV", "/bench-loop"]);
            command.args((who == Who::Publishing).then_some("publish"));
            command
        }
    };
    quiet(&mut command).spawn().unwrap_or_else(|error| panic!("{who:?}: {error}"))
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

/// Ends a program; one that does not end by itself within three seconds is killed.
fn stop(child: &mut Child) {
    Command::new("kill").arg(child.id().to_string()).status().expect("kill");
    if wait(child, Duration::from_secs(3)).is_none() {
        child.kill().expect("kill");
        child.wait().expect("its end");
    }
}
