//! A process seen from outside: its descriptors and its mappings.

use std::fs;
use std::os::unix::fs::MetadataExt;

/// How many descriptors a process has open, each by what it is.
///
/// # Panics
/// When the process is gone.
pub fn descriptors(pid: i32) -> Vec<String> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("a living process");
    let targets = entries.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    // Connections of those who ask for /state come and go.
    let mut kinds: Vec<String> = targets
        .map(|target| target.to_string_lossy().into_owned())
        .filter(|target| !target.starts_with("socket:"))
        .collect();
    kinds.sort_unstable();
    kinds
}

/// Its mappings of the memory of capture devices: raw pictures that the processor could touch. Those of the heap that the encoder's
/// bitstream lies in are none; they are known by who made them, as the kernel tells of each of the process's descriptors.
///
/// # Panics
/// When the process is gone.
pub fn mapped_pictures(pid: i32, device: &str) -> Vec<String> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("a living process");
    let of_heap = of_heaps(pid);
    maps.lines()
        .filter(|line| {
            let inode = line.split_whitespace().nth(4).and_then(|number| number.parse().ok());
            let bitstream = inode.is_some_and(|inode: u64| of_heap.contains(&inode));
            line.contains(device) || (line.contains("dmabuf") && !bitstream)
        })
        .map(str::to_owned)
        .collect()
}

/// The inodes of its DMA-BUFs that are of a heap.
fn of_heaps(pid: i32) -> Vec<u64> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("a living process");
    entries
        .flatten()
        .filter(|entry| {
            let info = format!("/proc/{pid}/fdinfo/{}", entry.file_name().to_string_lossy());
            let info = fs::read_to_string(info).unwrap_or_default();
            info.lines().any(|line| line.split_whitespace().eq(["exp_name:", "system"]))
        })
        .filter_map(|entry| fs::metadata(entry.path()).ok().map(|file| file.ino()))
        .collect()
}

/// System calls that its threads have made, but for reading the clock, which is one on this kernel only. Counted by the tests' own kernel: see
/// `tests/vm/patches`.
///
/// # Panics
/// When the process is gone.
pub fn system_calls(pid: i32) -> u64 {
    of_threads(pid, "UmlCalls:")
}

/// The sum of a number that the kernel has of each of its threads, by what its line in their `status` begins with.
///
/// # Panics
/// When the process is gone.
pub fn of_threads(pid: i32, key: &str) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("a living process");
    let numbers = tasks.flatten().filter_map(|task| {
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        status.lines().find_map(|line| line.strip_prefix(key))?.trim().parse::<u64>().ok()
    });
    numbers.sum()
}
