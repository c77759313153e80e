//! Controls, and what to say when a driver refuses a value.

use std::fmt;
use std::ops::RangeInclusive;

use nix::errno::Errno;

use crate::sys::control::Description;
use crate::sys::{control, lp64};
use crate::{Device, Error, Kind};

/// A control that a device has: a setting with a whole number for its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The kernel's number (`V4L2_CID_*`, or the driver's own).
    pub id: u32,
    /// The driver's name for it.
    pub name: String,
    /// The values it takes.
    pub range: RangeInclusive<i32>,
    /// For a menu: its items by value.
    pub menu: Vec<(i32, String)>,
}

/// What a control is asked to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// This value.
    Value(i32),
    /// What the driver calls its default.
    Default,
}

impl Device {
    /// All controls that can be used, by number.
    pub fn controls(&self) -> Vec<Control> {
        let mut controls = Vec::new();
        let mut after = 0;
        while let Ok(found) = control::describe_next(self.fd(), after) {
            // A driver that does not go on must not hold us.
            if found.id <= after {
                break;
            }
            after = found.id;
            if !found.usable {
                continue;
            }
            let menu = menu(self, &found);
            let range = found.minimum..=found.maximum;
            controls.push(Control { id: found.id, name: found.name, range, menu });
        }
        controls
    }

    /// A control's value.
    ///
    /// # Errors
    /// [`crate::Kind::Unsupported`] when the device has no such control.
    pub fn control(&self, id: u32) -> Result<i32, Error> {
        control::get(self.fd(), id).map_err(|errno| self.error("reading a control", errno))
    }

    /// Sets a control.
    ///
    /// # Errors
    /// When the driver refuses the value, or has no such control.
    pub fn set_control(&self, id: u32, value: i32) -> Result<(), Error> {
        control::set(self.fd(), id, value).map(drop).map_err(|errno| self.error("setting a control", errno))
    }
}

impl Device {
    /// Asks for a control's value; the driver may take the nearest it allows, or nothing: `Some` tells what it made of it. `name` is for
    /// people, should the driver not have one.
    ///
    /// # Errors
    /// When the device itself failed.
    pub fn ask_control(&self, id: u32, name: &str, wish: Wish) -> Result<Option<Note>, Error> {
        let value = match wish {
            Wish::Value(value) => value,
            Wish::Default => match control::describe(self.fd(), id) {
                Ok(found) => found.default,
                // What it has not cannot be other than it was.
                Err(Errno::EINVAL | Errno::ENOTTY) => return Ok(None),
                Err(errno) => return Err(self.error("asking for a control", errno)),
            },
        };
        match set(self, id, name, value) {
            Outcome::Taken => Ok(None),
            Outcome::Noted(note) => Ok(Some(note)),
            Outcome::Failed(errno) => Err(self.error("setting a control", errno)),
        }
    }
}

/// A menu's items by value; none when it is not a menu.
fn menu(device: &Device, control: &Description) -> Vec<(i32, String)> {
    let item = |value: i32| {
        let name = control::menu_item(device.fd(), control.id, u32::try_from(value).ok()?).ok()?;
        Some((value, name))
    };
    let items = if control.is_menu { 256 } else { 0 };
    (control.minimum..=control.maximum).take(items).filter_map(item).collect()
}

/// A control a driver did not take as asked: reported, and gone on without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    name: String,
    /// Values in words: a menu's by the names of its items.
    wanted: String,
    /// The smallest and the largest one, as the driver says.
    allowed: Option<(String, String)>,
    /// Why it refused; `None`: it did not, but made the value fit.
    refusal: Option<&'static str>,
    instead: Instead,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Instead {
    /// At this value, if it can be read.
    Left(Option<String>),
    Set(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refusal {
            Some(why) => write!(f, "the driver refused {} = {} ({why})", self.name, self.wanted)?,
            None => write!(f, "the driver does not have {} = {}", self.name, self.wanted)?,
        }
        if let Some((smallest, largest)) = &self.allowed {
            write!(f, ", it names a range of {smallest} to {largest}")?;
        }
        match &self.instead {
            Instead::Left(Some(value)) => write!(f, "; left at {value}"),
            Instead::Left(None) => f.write_str("; left as it is"),
            Instead::Set(value) => write!(f, "; set to {value} instead"),
        }
    }
}

/// How a control was left.
pub(crate) enum Outcome {
    Taken,
    Noted(Note),
    /// The device itself failed.
    Failed(Errno),
}

/// Sets a control to `wanted`, or to the nearest value the driver allows, or not at all. `name` is for people, should the driver not have
/// one.
pub(crate) fn set(device: &Device, id: u32, name: &str, wanted: i32) -> Outcome {
    let answer = match control::set(device.fd(), id, wanted) {
        Ok(value) if value == wanted => return Outcome::Taken,
        Ok(value) => Ok(value),
        Err(gone) if is_gone(gone) => return Outcome::Failed(gone),
        Err(errno) => Err(errno),
    };
    let description = control::describe(device.fd(), id).ok().filter(|d| d.usable);
    let menu = description.as_ref().map_or_else(Vec::new, |d| menu(device, d));
    let word = |value: i32| {
        let named = menu.iter().find(|(item, _)| *item == value);
        named.map_or_else(|| value.to_string(), |(_, name)| name.clone())
    };
    let nearest =
        description.as_ref().map(|d| nearest(wanted, d.minimum, d.maximum, d.step)).filter(|&v| v != wanted);
    let instead = match (answer, nearest) {
        (Ok(value), _) => Instead::Set(word(value)),
        (Err(_), Some(value)) if control::set(device.fd(), id, value).is_ok() => Instead::Set(word(value)),
        _ => Instead::Left(control::get(device.fd(), id).ok().map(word)),
    };
    let allowed = description.as_ref().map(|d| (word(d.minimum), word(d.maximum)));
    let name = description.map_or_else(|| name.to_owned(), |d| d.name);
    Outcome::Noted(Note { name, wanted: word(wanted), allowed, refusal: answer.err().map(reason), instead })
}

fn is_gone(errno: Errno) -> bool {
    matches!(errno, Errno::ENODEV | Errno::ENXIO | Errno::EIO)
}

/// Why, in plain words where the system's are odd for a setting.
fn reason(refusal: Errno) -> &'static str {
    match refusal {
        Errno::ERANGE => "out of range",
        Errno::EINVAL => "not possible",
        Errno::EACCES => "it cannot be set",
        other => other.desc(),
    }
}

/// Makes the next picture a key frame.
///
/// # Errors
/// [`Kind::Unsupported`] when the device cannot be asked.
pub(crate) fn force_key(device: &Device) -> Result<(), Error> {
    let operation = "forcing a key frame";
    control::set(device.fd(), lp64::V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME, 1).map(drop).map_err(|errno| {
        if is_gone(errno) {
            return device.error(operation, errno);
        }
        let words = format!("the driver refused it ({})", reason(errno));
        Error::words(&device.path, operation, Kind::Unsupported, words)
    })
}

/// The allowed value next to `wanted`.
fn nearest(wanted: i32, minimum: i32, maximum: i32, step: i32) -> i32 {
    let clamped = wanted.clamp(minimum, maximum.max(minimum));
    clamped - (clamped - minimum) % step.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_allowed_value() {
        assert_eq!(nearest(30_000_000, 25_000, 25_000_000, 25_000), 25_000_000);
        assert_eq!(nearest(60_000, 25_000, 25_000_000, 25_000), 50_000);
        assert_eq!(nearest(-5, 0, 51, 1), 0);
        assert_eq!(nearest(7, 3, 3, 0), 3);
    }

    #[test]
    fn a_note_names_value_range_and_what_was_done() {
        let note = Note {
            name: "Video Bitrate".into(),
            wanted: "30000000".into(),
            allowed: Some(("25000".into(), "25000000".into())),
            refusal: Some(reason(Errno::ERANGE)),
            instead: Instead::Set("25000000".into()),
        };
        assert_eq!(
            note.to_string(),
            "the driver refused Video Bitrate = 30000000 (out of range), it names a range of 25000 to 25000000; \
             set to 25000000 instead"
        );
        assert_eq!(
            Note { refusal: None, ..note }.to_string(),
            "the driver does not have Video Bitrate = 30000000, it names a range of 25000 to 25000000; set to 25000000 instead"
        );
    }
}
