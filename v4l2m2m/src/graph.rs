//! The media devices' graphs, for people: what is in them, and what is linked to what.
//!
//! What must always hold: it only looks; no link is switched, and no sub-device is opened.

use std::fmt;
use std::fs;

use crate::media::{graph, media_devices, node_name};
use crate::sys::lp64::{
    MEDIA_LNK_FL_DATA_LINK, MEDIA_LNK_FL_ENABLED, MEDIA_LNK_FL_IMMUTABLE, MEDIA_LNK_FL_LINK_TYPE,
};
use crate::topology::{Link, Topology};
use crate::{Error, Kind};

/// A media device's graph. As text it has a line for each part, with its device node, and one for each link that leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaGraph {
    /// The media device's node, as `/dev/media0`.
    pub path: String,
    topology: Topology,
}

/// The graphs of all media devices, those that could be read and why others could not.
pub fn media_graphs() -> Vec<Result<MediaGraph, Error>> {
    let read = |path: String| {
        let (_, topology) = graph(path.clone())?;
        Ok(MediaGraph { path, topology })
    };
    // A kernel without media devices has no such folder.
    media_devices()
        .into_iter()
        .map(read)
        .filter(|graph: &Result<_, Error>| !matches!(graph, Err(e) if e.kind() == Kind::Gone))
        .collect()
}

impl fmt::Display for MediaGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.path)?;
        for entity in &self.topology.entities {
            let node = self.topology.node_of(entity.id).and_then(|(major, minor)| {
                node_name(&fs::read_to_string(format!("/sys/dev/char/{major}:{minor}/uevent")).ok()?)
            });
            writeln!(f, "  {} ({})", entity.name, node.as_deref().unwrap_or("no node"))?;
            for link in self.topology.links_from(entity.id) {
                self.link(f, link)?;
            }
        }
        Ok(())
    }
}

impl MediaGraph {
    fn link(&self, f: &mut fmt::Formatter<'_>, link: &Link) -> fmt::Result {
        let pad = |id| self.topology.pads.iter().find(|pad| pad.id == id);
        let (Some(from), Some(to)) = (pad(link.source), pad(link.sink)) else { return Ok(()) };
        let state = match link.flags {
            flags if flags & MEDIA_LNK_FL_IMMUTABLE != 0 => "fixed",
            flags if flags & MEDIA_LNK_FL_ENABLED != 0 => "on",
            _ => "off",
        };
        writeln!(
            f,
            "    pad {} -> pad {} of {} ({state})",
            from.index,
            to.index,
            self.topology.name(to.entity)
        )
    }
}

impl Topology {
    /// The device node of an entity, whatever it is.
    fn node_of(&self, entity: u32) -> Option<(u32, u32)> {
        let interface = self.interface_links().find(|link| link.sink == entity)?.source;
        self.interfaces.iter().find(|one| one.id == interface).map(|one| one.number)
    }

    /// The links for pictures that leave an entity.
    fn links_from(&self, entity: u32) -> impl Iterator<Item = &Link> {
        let from =
            move |link: &&Link| self.pads.iter().any(|pad| pad.id == link.source && pad.entity == entity);
        self.links
            .iter()
            .filter(|link| link.flags & MEDIA_LNK_FL_LINK_TYPE == MEDIA_LNK_FL_DATA_LINK)
            .filter(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::lp64::MEDIA_LNK_FL_INTERFACE_LINK;
    use crate::topology::{Entity, Interface, Pad};

    #[test]
    fn a_graph_reads_as_a_list() {
        let entity = |id, name: &str| Entity { id, name: name.to_owned() };
        let pad = |id, entity, index| Pad { id, entity, index, flags: 0 };
        let topology = Topology {
            entities: vec![entity(1, "tc358743 10-000f"), entity(2, "unicam-image")],
            interfaces: vec![Interface { id: 9, sub_device: false, number: (999, 999) }],
            pads: vec![pad(11, 1, 0), pad(12, 2, 0)],
            links: vec![
                Link { source: 11, sink: 12, flags: MEDIA_LNK_FL_ENABLED },
                Link { source: 11, sink: 77, flags: 0 },
                Link { source: 9, sink: 2, flags: MEDIA_LNK_FL_INTERFACE_LINK },
            ],
        };
        let graph = MediaGraph { path: "/dev/media0".to_owned(), topology };
        let expected = "/dev/media0\n  tc358743 10-000f (no node)\n    pad 0 -> pad 0 of unicam-image (on)\n  unicam-image (no node)\n";
        assert_eq!(graph.to_string(), expected);
        assert_eq!(graph.topology.node_of(2), Some((999, 999)));
    }
}
