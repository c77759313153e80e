//! Which encoders this machine has.

use std::fs;
use std::path::PathBuf;

use crate::{Device, FourCc};

/// The nodes that take raw pictures and give this coded format, by number: on a Raspberry Pi up to 4 that is `/dev/video11` for H.264. Nodes
/// that cannot be opened are passed over.
pub fn find_encoders(coded: FourCc) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/dev") else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut numbers: Vec<u32> = names.filter_map(|name| name.strip_prefix("video")?.parse().ok()).collect();
    numbers.sort_unstable();
    let paths = numbers.into_iter().map(|number| PathBuf::from(format!("/dev/video{number}")));
    paths.filter(|path| Device::open(path).is_ok_and(|device| device.encodes(coded))).collect()
}
