//! The virtual encoder's parameters and counters (`tests/vm/vh264/README.md`), and its cable.

use std::fs;

use super::ENCODER;

const PARAMETERS: &str = "/sys/module/vh264/parameters";
const DRIVER: &str = "/sys/bus/platform/drivers/vh264";

/// A parameter or counter.
///
/// # Panics
/// When the module is not loaded.
pub fn read(name: &str) -> i64 {
    let path = format!("{PARAMETERS}/{name}");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    match text.trim() {
        "Y" => 1,
        "N" => 0,
        number => number.parse().unwrap_or_else(|error| panic!("{path}: {number}: {error}")),
    }
}

/// Sets a parameter.
///
/// # Panics
/// When there is none.
pub fn write(name: &str, value: i64) {
    let path = format!("{PARAMETERS}/{name}");
    fs::write(&path, value.to_string()).unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// A parameter that has a value for a while.
#[derive(Debug)]
pub struct Fault(&'static str);

impl Fault {
    /// From now on.
    pub fn begin(name: &'static str, value: i64) -> Self {
        write(name, value);
        Self(name)
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        write(self.0, 0);
    }
}

/// Pulls the encoder of H.264 out.
///
/// # Panics
/// When it is not there.
pub fn unplug() {
    unplug_one(ENCODER);
}

/// Plugs it in again.
///
/// # Panics
/// When it is there already.
pub fn plug() {
    plug_one(ENCODER);
}

/// Pulls out the encoder of this node.
///
/// # Panics
/// When it is not there.
pub fn unplug_one(node: &str) {
    fs::write(format!("{DRIVER}/unbind"), of(node)).expect("unbind vh264");
}

/// Plugs it in again.
///
/// # Panics
/// When it is there already.
pub fn plug_one(node: &str) {
    fs::write(format!("{DRIVER}/bind"), of(node)).expect("bind vh264");
}

fn of(node: &str) -> &'static str {
    if node == ENCODER { "vh264.0" } else { "vh264.1" }
}

/// What both encoders hold now: open files, buffers, imports.
pub fn holds() -> [i64; 3] {
    ["stat_contexts", "stat_buffers", "stat_attachments"].map(read)
}
