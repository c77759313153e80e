//! The command line, an argument a line of the input: a configuration, or one line that says what is wrong.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use rustreamer::options::{Options, Request};

pub fn run(input: &[u8]) {
    // Files of options are another target's.
    if has(input, b"--conf") || names_endless_files(input) {
        return;
    }
    let arguments = input.split(|&byte| byte == b'\n').map(|argument| OsString::from_vec(argument.to_vec()));
    check([OsString::from("ustreamer")].into_iter().chain(arguments).collect());
}

/// Reads a command line as the streamer does when it starts.
pub fn check(arguments: Vec<OsString>) {
    let config = match Options::parse(arguments) {
        Ok(Request::Run(options)) => {
            options.log();
            options.into_config().map(drop)
        }
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = config {
        let words = error.to_string();
        assert!(!words.is_empty() && !words.contains('\n'), "not one line: {words:?}");
    }
}

/// Whether files may be meant that never end (/dev/zero) or never begin (/dev/stdin). Cameras are not opened here.
pub fn names_endless_files(input: &[u8]) -> bool {
    let devices = input.windows(6).any(|bytes| bytes.starts_with(b"/dev/") && bytes[5] != b'v');
    devices || has(input, b"/proc") || has(input, b"/sys")
}

fn has(input: &[u8], part: &[u8]) -> bool {
    input.windows(part.len()).any(|bytes| bytes == part)
}
