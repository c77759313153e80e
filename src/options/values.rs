//! The spelling of values on the command line: µStreamer's numbers, sizes, formats and names.
//!
//! Each function reads one value or says in a few words what would have been right; clap adds which option it was.

use std::path::PathBuf;
use std::time::Duration;

use v4l2m2m::{FourCc, Size, Standard};

use crate::config::{Bounded, Fps, IceServer, JpegKind};

/// A whole number as C's `strtoll` with base 0 reads it: `10`, `0x1f`, `0755`, `-3`.
pub fn integer(text: &str) -> Result<i64, String> {
    let trimmed = text.trim_start();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = match lower.strip_prefix("0x") {
        Some(hex) => (16, hex),
        None if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        None => (10, lower.as_str()),
    };
    let magnitude = digits
        .starts_with(|c: char| c.is_digit(base))
        .then(|| i64::from_str_radix(digits, base).ok())
        .flatten()
        .ok_or("a whole number is needed (10, 0x0a or 012)")?;
    Ok(if negative { -magnitude } else { magnitude })
}

/// A whole number between `min` and `max`, both included.
pub fn integer_in(text: &str, min: u32, max: u32) -> Result<u32, String> {
    let value = integer(text)?;
    u32::try_from(value)
        .ok()
        .filter(|value| (min..=max).contains(value))
        .ok_or_else(|| format!("it must be between {min} and {max}"))
}

/// A number whose type knows its range.
pub fn bounded<T: Bounded>(text: &str) -> Result<T, String> {
    let value = integer_in(text, *T::RANGE.start(), *T::RANGE.end())?;
    T::new(value).ok_or_else(|| "out of range".to_owned())
}

/// Frames per second, 0 for "as many as there are".
pub fn desired_fps(text: &str) -> Result<u32, String> {
    integer_in(text, 0, *Fps::RANGE.end())
}

/// A time of 1 to 60 seconds.
pub fn seconds(text: &str) -> Result<Duration, String> {
    integer_in(text, 1, 60).map(|seconds| Duration::from_secs(seconds.into()))
}

/// Permissions in octal, `660`.
pub fn mode(text: &str) -> Result<u32, String> {
    u32::from_str_radix(text.trim_start_matches("0o"), 8)
        .ok()
        .filter(|mode| *mode <= 0o777)
        .ok_or_else(|| "permissions are octal, between 0 and 777".to_owned())
}

/// `WIDTHxHEIGHT` within µStreamer's limits.
pub fn size(text: &str) -> Result<Size, String> {
    let wrong = || "WIDTHxHEIGHT is needed, between 160x120 and 15360x8640".to_owned();
    let (width, height) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
    let width = integer_in(width, 160, 15_360).map_err(|_| wrong())?;
    let height = integer_in(height, 120, 8_640).map_err(|_| wrong())?;
    Ok(Size { width, height })
}

/// Who makes JPEGs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JpegEncoder {
    /// Software; JPEGs of a camera's own pass in any case.
    Cpu,
    /// The kernel's encoder.
    Kernel(JpegKind),
}

/// µStreamer's names for encoders, those of the past included.
pub fn jpeg_encoder(text: &str) -> Result<JpegEncoder, String> {
    match text.to_ascii_uppercase().as_str() {
        "CPU" | "HW" | "NOOP" => Ok(JpegEncoder::Cpu),
        "M2M-IMAGE" | "M2M-JPEG" | "OMX" => Ok(JpegEncoder::Kernel(JpegKind::Image)),
        "M2M-VIDEO" | "M2M-MJPEG" => Ok(JpegEncoder::Kernel(JpegKind::Video)),
        _ => Err("it must be one of CPU, HW, M2M-VIDEO, M2M-IMAGE".to_owned()),
    }
}

/// A television standard; with `Unknown` none is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TvStandard(pub Option<Standard>);

/// PAL, NTSC, SECAM, in any case; UNKNOWN as in µStreamer.
pub fn tv_standard(text: &str) -> Result<TvStandard, String> {
    match text.to_ascii_uppercase().as_str() {
        "PAL" => Ok(TvStandard(Some(Standard::Pal))),
        "NTSC" => Ok(TvStandard(Some(Standard::Ntsc))),
        "SECAM" => Ok(TvStandard(Some(Standard::Secam))),
        "UNKNOWN" => Ok(TvStandard(None)),
        _ => Err("it must be one of PAL, NTSC, SECAM".to_owned()),
    }
}

/// Whose memory capture buffers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IoMethod {
    /// The driver's.
    Mmap,
    /// Ours.
    UserPtr,
}

/// MMAP or USERPTR, in any case.
pub fn io_method(text: &str) -> Result<IoMethod, String> {
    match text.to_ascii_uppercase().as_str() {
        "MMAP" => Ok(IoMethod::Mmap),
        "USERPTR" => Ok(IoMethod::UserPtr),
        _ => Err("it must be MMAP or USERPTR".to_owned()),
    }
}

/// The path of a UNIX socket, which the kernel limits.
pub fn socket_path(text: &str) -> Result<PathBuf, String> {
    match text.len() {
        0 => Err("a path is needed".to_owned()),
        1..=107 => Ok(text.into()),
        _ => Err("the path of a socket has at most 107 characters".to_owned()),
    }
}

/// The name of a user, which Basic authentication ends with a colon.
pub fn user(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(':') {
        return Err("a name without a colon is needed".to_owned());
    }
    Ok(text.to_owned())
}

/// `WIDTHxHEIGHT` of any size.
pub fn fake_size(text: &str) -> Result<Size, String> {
    let number = |text: &str| integer_in(text, 1, u32::MAX).map_err(|_| "WIDTHxHEIGHT is needed".to_owned());
    let (width, height) = text.split_once(['x', 'X']).ok_or("WIDTHxHEIGHT is needed")?;
    Ok(Size { width: number(width)?, height: number(height)? })
}

/// Pixel formats by µStreamer's names.
pub const FORMATS: [(&str, [u8; 4]); 15] = [
    ("YUYV", *b"YUYV"),
    ("YVYU", *b"YVYU"),
    ("UYVY", *b"UYVY"),
    ("YUV420", *b"YU12"),
    ("YVU420", *b"YV12"),
    ("RGB565", *b"RGBP"),
    ("RGB24", *b"RGB3"),
    ("BGR24", *b"BGR3"),
    ("GREY", *b"GREY"),
    ("MJPEG", *b"MJPG"),
    ("JPEG", *b"JPEG"),
    ("NV12", *b"NV12"),
    ("NV16", *b"NV16"),
    ("NV24", *b"NV24"),
    ("H264", *b"H264"),
];

/// A pixel format by name, in any case.
pub fn format(text: &str) -> Result<FourCc, String> {
    FORMATS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, code)| FourCc(u32::from_le_bytes(*code)))
        .ok_or_else(|| format!("it must be one of {}", FORMATS.map(|(name, _)| name).join(", ")))
}

/// What `--device` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Device {
    /// A capture device's node.
    Path(PathBuf),
    /// The built-in test picture; what is not said is chosen later.
    Test {
        /// Its size, when given.
        size: Option<Size>,
        /// Its rate, when given.
        fps: Option<Fps>,
    },
}

/// A path, or `test`, `test:WxH`, `test:WxH@FPS`.
pub fn device(text: &str) -> Result<Device, String> {
    let wrong =
        |why: &str| format!("{why}; the test picture is test:WIDTHxHEIGHT@FPS, as in test:1280x720@30");
    if text.is_empty() {
        return Err("a path is needed, or test for the built-in test picture".to_owned());
    }
    if text == "test" {
        return Ok(Device::Test { size: None, fps: None });
    }
    let Some(picture) = text.strip_prefix("test:") else {
        return Ok(Device::Path(PathBuf::from(text)));
    };
    let (size_text, fps) = match picture.split_once('@') {
        Some((size, fps)) => (size, Some(bounded::<Fps>(fps).map_err(|why| wrong(&format!("FPS: {why}")))?)),
        None => (picture, None),
    };
    Ok(Device::Test { size: Some(size(size_text).map_err(|why| wrong(&why))?), fps })
}

/// A name of letters, digits and `. / + _ -`.
pub fn instance_id(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "./+_-".contains(c);
    if text.chars().all(good) {
        Ok(text.to_owned())
    } else {
        Err("only A-Z a-z 0-9 . / + _ - are allowed".into())
    }
}

/// Text that may stand in an HTTP header.
pub fn header_text(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Err("visible ASCII characters are needed".to_owned());
    }
    Ok(text.to_owned())
}

/// A WebSocket or HTTP address of Janus, whole (`ws://host:8188/`) or a path on the page's own host (`/janus`).
pub fn janus_url(text: &str) -> Result<String, String> {
    let known = ["ws://", "wss://", "http://", "https://", "/"].iter().any(|start| text.starts_with(start));
    if known {
        header_text(text)
    } else {
        Err("ws://, wss://, http://, https:// or /path is needed".to_owned())
    }
}

/// A STUN or TURN server for pages: `stun:HOST[:PORT]`, `turn:USER:PASSWORD@HOST[:PORT]`, or `turns:`, each with `?transport=tcp` or not.
pub fn ice_server(text: &str) -> Result<IceServer, String> {
    let needed = || "stun:HOST[:PORT] or turn:USER:PASSWORD@HOST[:PORT] is needed".to_owned();
    header_text(text)?;
    let (scheme, rest) = text.split_once(':').ok_or_else(needed)?;
    let (credentials, host) = match (scheme, rest.rsplit_once('@')) {
        ("stun" | "stuns", None) => (None, rest),
        ("turn" | "turns", Some((credentials, host))) => {
            let (user, password) = credentials.split_once(':').ok_or_else(needed)?;
            (Some((user.to_owned(), password.to_owned())), host)
        }
        ("turn" | "turns", None) => {
            return Err("a TURN server wants turn:USER:PASSWORD@HOST[:PORT]".to_owned());
        }
        _ => return Err(needed()),
    };
    let address = host.split_once('?').map_or(host, |(address, _)| address);
    if address.is_empty() || address.bytes().any(|b| b"/ \"<>@".contains(&b)) {
        return Err(needed());
    }
    Ok(IceServer { url: format!("{scheme}:{host}"), credentials })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ice_servers_have_the_credentials_that_they_need() {
        let parts = |text: &str| ice_server(text).map(|server| (server.url, server.credentials));
        let owned = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(parts("stun:stun.example:3478"), Ok(("stun:stun.example:3478".to_owned(), None)));
        assert_eq!(parts("stun:[fd86::1]"), Ok(("stun:[fd86::1]".to_owned(), None)));
        assert_eq!(
            parts("turn:me:p:w@d@turn.example"),
            Ok(("turn:turn.example".to_owned(), owned("me", "p:w@d")))
        );
        let over_tls = "turns:me:x@turn.example:443?transport=tcp";
        assert_eq!(
            parts(over_tls),
            Ok(("turns:turn.example:443?transport=tcp".to_owned(), owned("me", "x")))
        );
        for text in [
            "",
            "stun:",
            "turn:turn.example",
            "turn:me@turn.example",
            "turn:me:x@",
            "http://a",
            "stun:me:x@a",
            "stun:a b",
            "stun:a\r\n",
        ] {
            assert!(ice_server(text).is_err(), "{text}");
        }
    }

    #[test]
    fn integers_are_read_as_by_strtoll_with_base_zero() {
        for (text, value) in
            [("10", 10), ("0x1F", 31), ("010", 8), ("0", 0), ("-3", -3), ("+7", 7), (" 5", 5)]
        {
            assert_eq!(integer(text), Ok(value), "{text}");
        }
        for text in ["", "x", "10a", "0x", "09", "1.5", "--1", "99999999999999999999", "+-3"] {
            assert!(integer(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ranges_include_their_ends() {
        assert_eq!(integer_in("1", 1, 60), Ok(1));
        assert_eq!(integer_in("60", 1, 60), Ok(60));
        assert_eq!(integer_in("61", 1, 60), Err("it must be between 1 and 60".to_owned()));
        assert!(integer_in("-1", 0, 60).is_err());
        assert!(integer_in("4294967297", 0, 60).is_err());
    }

    #[test]
    fn modes_are_octal() {
        assert_eq!(mode("660"), Ok(0o660));
        assert_eq!(mode("0660"), Ok(0o660));
        for text in ["888", "1000", "", "-1", "rw"] {
            assert!(mode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_keep_to_the_limits() {
        assert_eq!(size("1920x1080").map(|s| (s.width, s.height)), Ok((1920, 1080)));
        for text in ["1920", "x", "1920x", "0x0", "159x120", "160x119", "15361x8640", "1x1x1"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn encoders_by_all_their_names() {
        for (text, encoder) in [
            ("cpu", JpegEncoder::Cpu),
            ("HW", JpegEncoder::Cpu),
            ("m2m-image", JpegEncoder::Kernel(JpegKind::Image)),
            ("M2M-JPEG", JpegEncoder::Kernel(JpegKind::Image)),
            ("OMX", JpegEncoder::Kernel(JpegKind::Image)),
            ("m2m-video", JpegEncoder::Kernel(JpegKind::Video)),
            ("M2M-MJPEG", JpegEncoder::Kernel(JpegKind::Video)),
        ] {
            assert_eq!(jpeg_encoder(text), Ok(encoder), "{text}");
        }
        assert!(jpeg_encoder("GPU").is_err());
    }

    #[test]
    fn formats_in_any_case() {
        assert_eq!(format("uyvy").map(|f| f.0), Ok(u32::from_le_bytes(*b"UYVY")));
        assert_eq!(format("mJpEg").map(|f| f.0), Ok(u32::from_le_bytes(*b"MJPG")));
        assert!(format("H265").is_err_and(|why| why.contains("YUYV")));
    }

    #[test]
    fn a_device_is_a_path_or_the_test_picture() {
        assert_eq!(device("/dev/video9"), Ok(Device::Path("/dev/video9".into())));
        assert_eq!(device("test"), Ok(Device::Test { size: None, fps: None }));
        let Ok(Device::Test { size: Some(size), fps: Some(fps) }) = device("test:1280x720@60") else {
            panic!("size and rate are both given")
        };
        assert_eq!((size.width, size.height, fps.get()), (1280, 720, 60));
        for text in ["", "test:", "test:720p", "test:1280x720@", "test:1280x720@0", "test:1280x720@121"] {
            assert!(device(text).is_err(), "{text}");
        }
    }

    #[test]
    fn text_for_headers_cannot_carry_another_header() {
        assert!(header_text("https://a.example\r\nSet-Cookie: x").is_err());
        assert!(janus_url("javascript:alert(1)").is_err());
        assert!(janus_url("wss://cam.example/janus").is_ok());
        assert!(instance_id("demo/1").is_ok() && instance_id("").is_ok() && instance_id("a b").is_err());
    }
}
