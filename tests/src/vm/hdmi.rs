//! The other end of the HDMI cable: what vivid's input receives, and what goes wrong with it.

use std::path::Path;

use v4l2m2m::{Control, Device, Micros};

use super::RECEIVER;

/// What the input receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// What was selected.
    Good,
    /// Nothing (ENOLINK).
    None,
    /// Something unstable (ENOLCK).
    Unstable,
    /// Something that the receiver cannot take (ERANGE).
    OutOfRange,
}

/// The signal's source. The receiver's node is opened for each wish and not held: it must be free to go.
#[derive(Debug)]
pub struct Hdmi {
    controls: Vec<Control>,
}

fn open() -> Device {
    Device::open(Path::new(RECEIVER)).expect("vivid")
}

impl Hdmi {
    /// From now on its time stamps are taken when a picture begins, as hardware does.
    ///
    /// # Panics
    /// Outside of the guest.
    pub fn new() -> Self {
        let hdmi = Self { controls: open().controls() };
        hdmi.set("Timestamp Source", 1);
        hdmi
    }

    fn find(&self, name: &str) -> &Control {
        self.controls
            .iter()
            .find(|c| c.name == name)
            .unwrap_or_else(|| panic!("vivid has no control {name:?}"))
    }

    /// Sets one of vivid's controls by its name.
    ///
    /// # Panics
    /// When there is none, or it refuses the value.
    pub fn set(&self, name: &str, value: i32) {
        open()
            .set_control(self.find(name).id, value)
            .unwrap_or_else(|error| panic!("{name} = {value}: {error}"));
    }

    /// Presses a button among the controls.
    pub fn press(&self, name: &str) {
        self.set(name, 1);
    }

    /// Sends a picture of this size and rate, as `1280x720p60`. When it was done.
    ///
    /// # Panics
    /// When vivid knows no such mode.
    pub fn select(&self, mode: &str) -> Micros {
        let timings = self.find("DV Timings");
        let known = timings.menu.iter().find(|(_, name)| name == mode);
        let (value, _) = known.unwrap_or_else(|| panic!("no mode {mode} among {:?}", timings.menu));
        self.set("DV Timings", *value);
        self.set("DV Timings Signal Mode", 4);
        Micros::now()
    }

    /// Takes the signal away, or brings the selected one back. When it was done.
    pub fn signal(&self, signal: Signal) -> Micros {
        let mode = match signal {
            Signal::Good => 4,
            Signal::None => 1,
            Signal::Unstable => 2,
            Signal::OutOfRange => 3,
        };
        self.set("DV Timings Signal Mode", mode);
        Micros::now()
    }
}

impl Default for Hdmi {
    fn default() -> Self {
        Self::new()
    }
}
