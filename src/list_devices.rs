//! `--list-devices`: what there is to capture from, for people.
//!
//! It only looks: nothing is set, no stream is started. A device that cannot be asked is in the list with the reason.

mod layout;

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use drm_fourcc::DrmFourcc;
use v4l::capability::Flags;
use v4l::context::{Node, enum_devices};
use v4l::control::{Description, Type};
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;
use v4l2m2m::FourCc;

use layout::V4l2Code;

const NONE: &str = "\
No video device is there (/dev/video*).
Plug the capture device in and look again; `dmesg | tail` tells what the kernel made of it. On a Raspberry Pi a CSI
bridge needs its dtoverlay in config.txt. Without any device, --device test:1280x720@30 shows the built-in test picture.
";

/// A video device, as far as it could be asked.
#[derive(Debug, Default, PartialEq, Eq)]
struct Device {
    path: String,
    card: String,
    driver: String,
    bus: String,
    roles: Vec<&'static str>,
    formats: Vec<Format>,
    takes: Vec<String>,
    gives: Vec<String>,
    controls: Vec<String>,
    problems: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Format {
    code: [u8; 4],
    name: String,
    sizes: Vec<String>,
}

/// Everything, as text of several lines.
pub fn report() -> String {
    let mut nodes = enum_devices();
    nodes.sort_by_key(Node::index);
    if nodes.is_empty() {
        return NONE.to_owned();
    }
    let devices: Vec<String> = nodes.iter().map(|node| look(node).to_string()).collect();
    devices.join("\n")
}

fn look(node: &Node) -> Device {
    let mut device = Device { path: node.path().display().to_string(), ..Device::default() };
    let handle = match v4l::Device::with_path(node.path()) {
        Ok(handle) => handle,
        Err(error) => {
            device.problems.push(format!("cannot be opened: {error}"));
            return device;
        }
    };
    match contained(|| handle.query_caps()) {
        Ok(caps) => {
            device.roles = roles(caps.capabilities);
            (device.card, device.driver, device.bus) = (caps.card, caps.driver, caps.bus);
        }
        Err(why) => device.problems.push(format!("is no V4L2 device: {why}")),
    }
    if let Ok(converter) = v4l2m2m::Device::open(node.path())
        && converter.is_converter()
    {
        let codes = |offered: Vec<v4l2m2m::OfferedFormat>| {
            offered.iter().map(|offer| code_words(offer.format.0.to_le_bytes())).collect()
        };
        (device.takes, device.gives) = (codes(converter.input_formats()), codes(converter.formats()));
        let kinds = [
            (FourCc::H264, "H.264 encoder"),
            (FourCc::MJPEG, "Motion JPEG encoder"),
            (FourCc::JPEG, "JPEG encoder"),
        ];
        let encodes = |(coded, role)| converter.encodes(coded).then_some(role);
        let roles: Vec<_> = kinds.into_iter().filter_map(encodes).collect();
        if !roles.is_empty() {
            device.roles = roles;
        }
    }
    // The crate knows no multi-planar queues: a converter's formats are told above.
    match contained(|| if device.gives.is_empty() { handle.enum_formats() } else { Ok(vec![]) }) {
        Ok(formats) => {
            for format in formats {
                let sizes = contained(|| handle.enum_framesizes(format.fourcc)).unwrap_or_default();
                device.formats.push(Format {
                    code: format.fourcc.repr,
                    name: format.description,
                    sizes: sizes.into_iter().map(|size| size_words(&size.size)).collect(),
                });
            }
        }
        Err(why) => device.problems.push(format!("lists no single-planar capture formats: {why}")),
    }
    match contained(|| handle.query_controls()) {
        Ok(controls) => device.controls = controls.iter().filter_map(control_words).collect(),
        Err(why) => device.problems.push(format!("lists no controls: {why}")),
    }
    device
}

/// The crate panics on what it does not know (a control type newer than itself): for a listing that is a remark.
fn contained<T>(ask: impl FnOnce() -> std::io::Result<T>) -> Result<T, String> {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let answer = catch_unwind(AssertUnwindSafe(ask));
    set_hook(hook);
    match answer {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("the driver's answer is of a kind that is not known here".to_owned()),
    }
}

/// A format's code as the kernel's tools write it: the highest bit means big-endian.
fn code_words(mut code: [u8; 4]) -> String {
    let big_endian = code[3] & 0x80 != 0;
    code[3] &= 0x7f;
    format!("{}{}", code.escape_ascii(), if big_endian { "-BE" } else { "" })
}

fn roles(flags: Flags) -> Vec<&'static str> {
    [
        (Flags::VIDEO_CAPTURE, "capture"),
        (Flags::VIDEO_CAPTURE_MPLANE, "capture (multi-planar)"),
        (Flags::VIDEO_OUTPUT | Flags::VIDEO_OUTPUT_MPLANE, "output"),
        (Flags::VIDEO_M2M | Flags::VIDEO_M2M_MPLANE, "encoder or decoder (memory to memory)"),
        (Flags::META_CAPTURE, "metadata only"),
    ]
    .into_iter()
    .filter(|(flag, _)| flags.intersects(*flag))
    .map(|(_, role)| role)
    .collect()
}

fn size_words(size: &FrameSizeEnum) -> String {
    match size {
        FrameSizeEnum::Discrete(one) => format!("{}x{}", one.width, one.height),
        FrameSizeEnum::Stepwise(all) => format!(
            "{}x{} to {}x{} in steps of {}x{}",
            all.min_width, all.min_height, all.max_width, all.max_height, all.step_width, all.step_height
        ),
    }
}

fn control_words(control: &Description) -> Option<String> {
    let values = match control.typ {
        Type::CtrlClass => return None,
        Type::Button => "button".to_owned(),
        Type::Boolean => format!("0 or 1, default {}", control.default),
        Type::Menu | Type::IntegerMenu => {
            let items: Vec<String> =
                control.items.iter().flatten().map(|(value, name)| format!("{value}={name}")).collect();
            format!("{}, default {}", items.join(", "), control.default)
        }
        Type::Integer | Type::Integer64 => {
            format!("{} to {}, default {}", control.minimum, control.maximum, control.default)
        }
        other => format!("{other}"),
    };
    Some(format!("{}: {values}", control.name))
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if !self.card.is_empty() {
            write!(f, "  {} ({}, {})", self.card, self.driver, self.bus)?;
        }
        writeln!(f)?;
        if !self.roles.is_empty() {
            writeln!(f, "  what     {}", self.roles.join(", "))?;
        }
        for (n, format) in self.formats.iter().enumerate() {
            writeln!(f, "  {:<8} {format}", if n == 0 { "formats" } else { "" })?;
        }
        for (title, codes) in [("takes", &self.takes), ("gives", &self.gives)] {
            if !codes.is_empty() {
                writeln!(f, "  {title:<8} {}", codes.join(" "))?;
            }
        }
        for (n, control) in self.controls.iter().enumerate() {
            writeln!(f, "  {:<8} {control}", if n == 0 { "controls" } else { "" })?;
        }
        for problem in &self.problems {
            writeln!(f, "  {:<8} {problem}", "but")?;
        }
        Ok(())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = match DrmFourcc::try_from(V4l2Code(self.code)) {
            Ok(drm) => format!("DMA-BUF {}", drm.to_string().trim_end()),
            Err(_) => "no DMA-BUF layout".to_owned(),
        };
        let mut line = format!("{}  {} ({layout})", code_words(self.code), self.name);
        for (n, size) in self.sizes.iter().enumerate() {
            write!(line, "{} {size}", if n == 0 { ":" } else { "," })?;
        }
        f.write_str(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_reads_as_a_table() {
        let device = Device {
            path: "/dev/video0".into(),
            card: "Cam Link".into(),
            driver: "uvcvideo".into(),
            bus: "usb-1".into(),
            roles: roles(Flags::VIDEO_CAPTURE | Flags::STREAMING),
            formats: vec![
                Format {
                    code: *b"RGB3",
                    name: "24-bit RGB".into(),
                    sizes: vec!["640x480".into(), "1280x720".into()],
                },
                Format { code: *b"MJPG", name: "Motion-JPEG".into(), sizes: vec![] },
                Format { code: *b"Y16\xa0", name: "16-bit Greyscale BE".into(), sizes: vec![] },
            ],
            takes: vec!["YUYV".into(), "NV12".into()],
            gives: vec!["H264".into()],
            controls: vec!["Brightness: 0 to 255, default 128".into()],
            problems: vec![],
        };
        let expected = "\
/dev/video0  Cam Link (uvcvideo, usb-1)
  what     capture
  formats  RGB3  24-bit RGB (DMA-BUF BG24): 640x480, 1280x720
           MJPG  Motion-JPEG (no DMA-BUF layout)
           Y16 -BE  16-bit Greyscale BE (no DMA-BUF layout)
  takes    YUYV NV12
  gives    H264
  controls Brightness: 0 to 255, default 128
";
        assert_eq!(device.to_string(), expected);
    }

    #[test]
    fn what_is_no_device_is_listed_with_the_reason() {
        let device = look(&Node::new("/dev/null"));
        assert!(device.formats.is_empty());
        assert!(device.to_string().contains("is no V4L2 device"), "{device}");
        let absent = look(&Node::new("/dev/video-not-there"));
        assert_eq!(absent.problems.len(), 1);
        assert!(absent.problems[0].starts_with("cannot be opened"), "{absent}");
    }

    #[test]
    fn a_panic_in_an_answer_is_a_remark() {
        assert!(contained::<()>(|| panic!("what is control type 0x0250?")).is_err());
    }

    #[test]
    fn no_device_is_a_hint_too() {
        assert!(NONE.contains("--device test:"));
    }
}
