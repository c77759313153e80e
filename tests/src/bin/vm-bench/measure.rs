//! A process's costs, as the kernel accounts them: its CPU clock, its threads' context switches and system calls, and where its buffers
//! were at which time by trace events.

use std::collections::HashMap;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use rustreamer_tests::vm::process::{of_threads, system_calls};
use rustreamer_tests::vm::trace::{Trace, minor};
use rustreamer_tests::vm::{ENCODER, RECEIVER, encoder};

/// Per frame, but for memory and rate.
#[derive(Debug, Clone, Copy, Default)]
pub struct Costs {
    pub cpu_us: f64,
    pub switches: f64,
    /// But for reading the clock, which is a system call on this kernel only.
    pub syscalls: f64,
    pub clock_reads: f64,
    pub added_p50_us: f64,
    pub added_p99_us: f64,
    pub memory_mib: f64,
    pub fps: f64,
}

/// Several runs'.
#[derive(Debug, Default)]
pub struct Figures(Vec<Costs>);

impl Figures {
    pub fn add(&mut self, costs: Costs) {
        self.0.push(costs);
    }

    /// Each figure's median.
    pub fn median(&self) -> Costs {
        let median = |pick: fn(&Costs) -> f64| {
            let mut values: Vec<f64> = self.0.iter().map(pick).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Costs {
            cpu_us: median(|c| c.cpu_us),
            switches: median(|c| c.switches),
            syscalls: median(|c| c.syscalls),
            clock_reads: median(|c| c.clock_reads),
            added_p50_us: median(|c| c.added_p50_us),
            added_p99_us: median(|c| c.added_p99_us),
            memory_mib: median(|c| c.memory_mib),
            fps: median(|c| c.fps),
        }
    }
}

/// Measures a process that captures and encodes: undisturbed, then traced, each for this long.
pub fn costs(pid: i32, time: Duration) -> Costs {
    let mut costs = Costs::default();
    let before = Counts::of(pid);
    let (frames, start) = (frames(), Instant::now());
    sleep(time);
    let encoded = (self::frames() - frames).max(1) as f64;
    let after = Counts::of(pid);
    costs.cpu_us = (after.cpu - before.cpu).as_micros() as f64 / encoded;
    costs.switches = after.switches.saturating_sub(before.switches) as f64 / encoded;
    costs.syscalls = after.syscalls.saturating_sub(before.syscalls) as f64 / encoded;
    costs.clock_reads = after.clock_reads.saturating_sub(before.clock_reads) as f64 / encoded;
    costs.fps = encoded / start.elapsed().as_secs_f64();
    costs.memory_mib = memory_kib(pid) as f64 / 1024.0;
    let mut added = added_latency(time);
    added.sort_by(f64::total_cmp);
    let at = |part: usize| added.get((added.len() * part / 100).min(added.len().saturating_sub(1))).copied();
    (costs.added_p50_us, costs.added_p99_us) = (at(50).unwrap_or(f64::NAN), at(99).unwrap_or(f64::NAN));
    costs
}

fn frames() -> i64 {
    encoder::read("stat_frames")
}

pub fn cpu_time(pid: i32) -> Duration {
    let clock = clock_getcpuclockid(Pid::from_raw(pid)).expect("a process's clock");
    clock_gettime(clock).expect("its time").into()
}

fn status(path: &str, key: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// What a process has used up so far.
struct Counts {
    cpu: Duration,
    switches: u64,
    syscalls: u64,
    clock_reads: u64,
}

impl Counts {
    fn of(pid: i32) -> Counts {
        let sum = |key: &str| of_threads(pid, key);
        Counts {
            cpu: cpu_time(pid),
            switches: sum("voluntary_ctxt_switches:") + sum("nonvoluntary_ctxt_switches:"),
            syscalls: system_calls(pid),
            clock_reads: sum("UmlClockCalls:"),
        }
    }
}

fn memory_kib(pid: i32) -> u64 {
    status(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// From taking a picture from the receiver to taking its bitstream from the encoder, less the time that the encoder had it: µs.
fn added_latency(time: Duration) -> Vec<f64> {
    let trace = Trace::begin_with(&["vb2/vb2_buf_done"]);
    sleep(time);
    let calls = trace.end();
    let [receiver, encoder] = [RECEIVER, ENCODER].map(minor);
    // By the picture's time stamp: taken, given, done, taken back.
    let mut ways: HashMap<u64, [Option<f64>; 4]> = HashMap::new();
    for call in calls.iter().filter(|call| call.timestamp > 0) {
        let step = match (call.name.as_str(), call.minor, call.queue.as_str()) {
            ("v4l2_dqbuf", minor, _) if minor == receiver => 0,
            ("v4l2_qbuf", minor, "VIDEO_OUTPUT_MPLANE") if minor == encoder => 1,
            ("vb2_buf_done", _, "VIDEO_CAPTURE_MPLANE") => 2,
            ("v4l2_dqbuf", minor, "VIDEO_CAPTURE_MPLANE") if minor == encoder => 3,
            _ => continue,
        };
        ways.entry(call.timestamp).or_default()[step].get_or_insert(call.at * 1e6);
    }
    let added = |[taken, given, done, back]: &[Option<f64>; 4]| {
        Some((back.as_ref()? - taken.as_ref()?) - (done.as_ref()? - given.as_ref()?))
    };
    ways.values().filter_map(added).collect()
}
