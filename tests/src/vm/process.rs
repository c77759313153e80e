//! A process seen from outside: its descriptors and its mappings.

use std::fs;

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

/// Its mappings of the memory of capture devices: raw pictures that the processor could touch.
///
/// # Panics
/// When the process is gone.
pub fn mapped_pictures(pid: i32, device: &str) -> Vec<String> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("a living process");
    maps.lines().filter(|line| line.contains(device) || line.contains("dmabuf")).map(str::to_owned).collect()
}
