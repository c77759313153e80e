//! The board: what it is, how it is, what it has.
//!
//! What must always hold: no serial number and no address of hardware is asked for.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::ask::{file, line, program};

/// Of the firmware's word on throttling (Raspberry Pi's documentation, `vcgencmd get_throttled`): what is so now, and sixteen bits further what has
/// been so since the start.
const THROTTLING: [(u32, &str); 4] = [
    (1, "under-voltage"),
    (1 << 1, "frequency capped"),
    (1 << 2, "throttled"),
    (1 << 3, "soft temperature limit"),
];

/// What it is, and what runs on it.
pub fn identity(to: &mut String) {
    line(to, "model", file("/proc/device-tree/model").or_else(|| file("/sys/class/dmi/id/product_name")));
    line(to, "compatible", file("/proc/device-tree/compatible").map(|names| names.replace('\0', ", ")));
    line(to, "kernel", file("/proc/version"));
    line(to, "command line", file("/proc/cmdline"));
    let release = file("/usr/lib/os-release").unwrap_or_default();
    let of = |key: &str| release.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
    line(to, "image", of("IMAGE_VERSION="));
    line(to, "system", of("PRETTY_NAME="));
    line(to, "firmware", file("/proc/device-tree/chosen/bootloader/version"));
}

/// How long it has run, how warm it is, whether its supply is good.
pub fn health(to: &mut String) {
    line(
        to,
        "up",
        file("/proc/uptime").map(|text| format!("{} s", text.split(' ').next().unwrap_or_default())),
    );
    line(to, "load", file("/proc/loadavg"));
    for zone in folders("/sys/class/thermal", "thermal_zone") {
        let name = file(zone.join("type")).unwrap_or_default();
        let degrees = file(zone.join("temp")).and_then(|text| text.parse::<f64>().ok());
        line(to, "temperature", degrees.map(|degrees| format!("{:.1} °C ({name})", degrees / 1000.0)));
    }
    for cpu in
        folders("/sys/devices/system/cpu", "cpu").iter().filter(|cpu| cpu.join("cpufreq").exists()).take(1)
    {
        let of = |name: &str| file(cpu.join("cpufreq").join(name)).unwrap_or_default();
        line(
            to,
            "clock",
            Some(format!(
                "{} of {} kHz ({})",
                of("scaling_cur_freq"),
                of("cpuinfo_max_freq"),
                of("scaling_governor")
            )),
        );
    }
    let word = file("/sys/devices/platform/soc/soc:firmware/get_throttled");
    match word.and_then(|text| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok()) {
        Some(word) => line(to, "throttling", Some(throttling(word))),
        None => line(to, "throttling", Some("(this kernel does not say)".to_owned())),
    }
    for sensor in folders("/sys/class/hwmon", "hwmon") {
        if file(sensor.join("name")).as_deref() == Some("rpi_volt") {
            let low = file(sensor.join("in0_lcrit_alarm")).as_deref() == Some("1");
            line(to, "supply", Some(if low { "under-voltage" } else { "good" }.to_owned()));
        }
    }
}

fn throttling(word: u32) -> String {
    let words = |shift: u32| {
        let all: Vec<_> =
            THROTTLING.iter().filter(|(bit, _)| (word >> shift) & bit != 0).map(|(_, name)| *name).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
    };
    format!("{word:#x}: now {}; since the start {}", words(0), words(16))
}

/// Memory, the contiguous one too, and disks.
pub fn memory(to: &mut String) {
    const WANTED: [&str; 6] = ["MemTotal", "MemAvailable", "Shmem:", "CmaTotal", "CmaFree", "SwapTotal"];
    let text = file("/proc/meminfo").unwrap_or_default();
    for line in text.lines().filter(|line| WANTED.iter().any(|name| line.starts_with(name))) {
        let _ = writeln!(to, "{line}");
    }
    program(to, "lsblk --output NAME,SIZE,RO,TYPE,FSTYPE,MOUNTPOINTS,MODEL");
    program(to, "df --human-readable --exclude-type=overlay");
}

/// The folders of a class whose names begin so, in order.
fn folders(class: &str, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(class).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_firmwares_word() {
        assert_eq!(throttling(0), "0x0: now nothing; since the start nothing");
        assert_eq!(
            throttling(0x50005),
            "0x50005: now under-voltage, throttled; since the start under-voltage, throttled"
        );
    }
}
