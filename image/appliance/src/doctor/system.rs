//! The system around the picture: updates, settings, the network, units, the journal.
//!
//! What must always hold: of the settings only what could not be understood is told, never what they are.

use std::fmt::Write;

use super::ask::{file, line, program, run};

/// Kernel messages with one of these in them are about the picture.
const KERNEL: [&str; 13] = [
    "video", "v4l2", "csi", "unicam", "tc358743", "bcm2835", "vchiq", "cma", "uvc", "usb ", "voltage",
    "brcmfmac", "hdmi",
];
/// Of these, the newest lines.
const LINES: usize = 120;

/// Which slot runs, and what came of the last update.
pub fn updates(to: &mut String) {
    let words = file("/proc/cmdline").unwrap_or_default();
    line(to, "slot", words.split(' ').find_map(|word| word.strip_prefix("slot=")).map(str::to_owned));
    line(to, "last update", Some(file("/data/update/last").unwrap_or_else(|| "(none)".to_owned())));
}

/// What was wrong in the card's files.
pub fn settings(to: &mut String) {
    to.extend(
        file("/run/appliance-settings/problems").filter(|text| !text.is_empty()).map(|text| text + "\n"),
    );
}

/// Links, addresses, ways, and the wireless network.
pub fn network(to: &mut String) {
    program(to, "ip -brief link");
    program(to, "ip -brief address");
    program(to, "ip route");
    program(to, "ip -6 route");
    line(
        to,
        "Wi-Fi",
        Some(
            file("/run/appliance-wifi/state")
                .unwrap_or_else(|| "(not asked for, or it has said nothing yet)".to_owned()),
        ),
    );
}

/// Units that failed, the appliance's own, and what was said last.
pub fn units(to: &mut String) {
    program(to, "systemctl is-system-running");
    program(to, "systemctl list-units --failed --plain --no-legend --no-pager");
    program(to, "systemctl list-units --all --plain --no-legend --no-pager appliance* ustreamer*");
    program(
        to,
        "journalctl --boot --priority=warning --lines=100 --output=short-monotonic --no-hostname --no-pager",
    );
    program(
        to,
        "journalctl --boot --lines=80 --output=short-monotonic --no-hostname --no-pager -u ustreamer -u appliance-*",
    );
    let _ = writeln!(to, "Of the kernel's messages:");
    match run("journalctl --dmesg --output=short-monotonic --no-hostname --no-pager") {
        Ok(text) => {
            let is_wanted = |line: &&str| {
                let line = line.to_ascii_lowercase();
                KERNEL.iter().any(|word| line.contains(word))
            };
            let lines: Vec<_> = text.lines().filter(is_wanted).collect();
            for line in &lines[lines.len().saturating_sub(LINES)..] {
                let _ = writeln!(to, "{line}");
            }
        }
        Err(why) => {
            let _ = writeln!(to, "({why})");
        }
    }
}
