//! Which media device a video node belongs to, and the sub-devices on the way to it.
//!
//! Invariant: nodes are found by their device numbers, through sysfs, so it does not matter what udev calls them.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, fstat, major, minor};

use crate::sys::{media, timings};
use crate::topology::{Step, Topology};
use crate::{Device, Error, Kind};

/// An opened sub-device, or media device.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) fd: Arc<OwnedFd>,
    pub(crate) path: Arc<str>,
    /// As the driver calls it, as `tc358743 10-000f`.
    pub(crate) name: String,
}

impl Opened {
    fn open(path: String, name: &str) -> Result<Self, Error> {
        let path: Arc<str> = path.into();
        let flags = OFlag::O_RDWR | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let fd = open(&*path, flags, Mode::empty())
            .map_err(|errno| Error::errno(&path, "opening a part of the capture device", errno))?;
        Ok(Self { fd: Arc::new(fd), path, name: name.to_owned() })
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The way from a receiver's sub-device to a video node.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) media: Opened,
    pub(crate) steps: Vec<Stage>,
}

/// A link of a route, with the sub-device at its upper end.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) from: Opened,
    pub(crate) link: Step,
    /// Who is at the lower end.
    pub(crate) to: String,
}

/// The route to a node; `None`: the node belongs to no media device, or no receiver leads to it.
pub(crate) fn find(device: &Device) -> Result<Option<Route>, Error> {
    let status = fstat(device.fd()).map_err(|errno| device.error(SEARCHING, errno))?;
    let number = (major(status.st_rdev) as u32, minor(status.st_rdev) as u32);
    // A media device that cannot be looked at matters only if the node is in no other one.
    let mut trouble = None;
    for path in media_devices() {
        match graph(path) {
            Ok((media, topology)) => {
                if let Some(node) = topology.entity_of(number) {
                    return route(media, &topology, node);
                }
            }
            Err(error) => trouble = trouble.or(Some(error)),
        }
    }
    trouble.map_or(Ok(None), Err)
}

const SEARCHING: &str = "searching for the receiver";

/// The media devices' nodes, in a fixed order.
pub(crate) fn media_devices() -> Vec<String> {
    let Ok(entries) = fs::read_dir("/sys/bus/media/devices") else { return Vec::new() };
    let folders = entries.flatten().map(|entry| entry.path().join("uevent"));
    let mut nodes: Vec<String> =
        folders.filter_map(|uevent| node_name(&fs::read_to_string(uevent).ok()?)).collect();
    nodes.sort_unstable();
    nodes
}

pub(crate) fn graph(path: String) -> Result<(Opened, Topology), Error> {
    let media = Opened::open(path, "")?;
    let topology = media::topology(media.fd())
        .map_err(|errno| Error::errno(&media.path, "reading the media device's graph", errno))?;
    Ok((media, topology))
}

fn route(media: Opened, topology: &Topology, node: u32) -> Result<Option<Route>, Error> {
    let mut trouble = None;
    let way = topology.way_to(node, |entity| match sub_device(topology, entity) {
        Ok(Some(sub_device)) => timings::supported(sub_device.fd()),
        Ok(None) => false,
        Err(error) => {
            trouble.get_or_insert(error);
            false
        }
    });
    let Some(way) = way else { return trouble.map_or(Ok(None), Err) };
    let steps = way.into_iter().map(|link| {
        let from = sub_device(topology, link.source.entity)?.ok_or_else(|| {
            let name = topology.name(link.source.entity);
            let words = format!("{name} is on the way from the receiver, but has no device node");
            Error::words(&media.path, SEARCHING, Kind::Unsupported, words)
                .with_remedy("the kernel needs CONFIG_VIDEO_V4L2_SUBDEV_API")
        })?;
        Ok(Stage { from, link, to: topology.name(link.sink.entity).to_owned() })
    });
    let steps = steps.collect::<Result<_, Error>>()?;
    Ok(Some(Route { media, steps }))
}

/// An entity's sub-device; `None`: it has no node.
fn sub_device(topology: &Topology, entity: u32) -> Result<Option<Opened>, Error> {
    let Some((major, minor)) = topology.sub_device(entity) else { return Ok(None) };
    let uevent = format!("/sys/dev/char/{major}:{minor}/uevent");
    let content = fs::read_to_string(&uevent).map_err(|error| {
        let errno = error.raw_os_error().map_or(Errno::ENODEV, Errno::from_raw);
        Error::errno(&uevent.into(), SEARCHING, errno)
    })?;
    node_name(&content).map(|path| Opened::open(path, topology.name(entity))).transpose()
}

/// The device node that a `uevent` file tells of.
pub(crate) fn node_name(uevent: &str) -> Option<String> {
    uevent.lines().find_map(|line| line.strip_prefix("DEVNAME=")).map(|name| format!("/dev/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_named_by_its_uevent() {
        assert_eq!(
            node_name("MAJOR=81\nMINOR=3\nDEVNAME=v4l-subdev1\n").as_deref(),
            Some("/dev/v4l-subdev1")
        );
        assert_eq!(node_name("MAJOR=81\n"), None);
    }
}
