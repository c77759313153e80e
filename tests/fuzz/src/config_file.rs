//! `--config`: any content of the file.

use std::ffi::OsString;
use std::fs;

use crate::options;

pub fn run(content: &[u8]) {
    if options::names_endless_files(content) {
        return;
    }
    let path = format!("/dev/shm/fuzz.{}.toml", std::process::id());
    fs::write(&path, content).expect("write a file in /dev/shm");
    options::check(["ustreamer", "--config", &path].map(OsString::from).into());
    fs::remove_file(&path).expect("remove it");
}
