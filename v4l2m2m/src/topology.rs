//! The graph of a media device, and the way through it from a receiver to a video node. Pure: no device is touched here.
//!
//! Invariant: a [`Way`] is connected: each step's sink and the next step's source are pads of the same entity. Graphs may have
//! loops, dead ends, and links to things that are not there.

use std::collections::{BTreeMap, VecDeque};

use crate::sys::lp64::{
    MEDIA_LNK_FL_DATA_LINK, MEDIA_LNK_FL_ENABLED, MEDIA_LNK_FL_IMMUTABLE, MEDIA_LNK_FL_INTERFACE_LINK,
    MEDIA_LNK_FL_LINK_TYPE, MEDIA_PAD_FL_SINK,
};

/// A part of the hardware, or a video node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) id: u32,
    pub(crate) name: String,
}

/// A device node, by its major and minor number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interface {
    pub(crate) id: u32,
    /// Whether it is a sub-device's, and not a video node.
    pub(crate) sub_device: bool,
    pub(crate) number: (u32, u32),
}

/// Where pictures enter or leave an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pad {
    pub(crate) id: u32,
    pub(crate) entity: u32,
    pub(crate) index: u32,
    pub(crate) flags: u32,
}

/// From pad to pad, or from interface to entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) source: u32,
    pub(crate) sink: u32,
    pub(crate) flags: u32,
}

/// A media device's graph, as the kernel lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Topology {
    pub(crate) entities: Vec<Entity>,
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) pads: Vec<Pad>,
    pub(crate) links: Vec<Link>,
}

/// A pad as people and drivers count: the entity, and which of its pads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PadAt {
    pub(crate) entity: u32,
    pub(crate) index: u32,
}

/// A link on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) source: PadAt,
    pub(crate) sink: PadAt,
    /// Not enabled yet.
    pub(crate) closed: bool,
}

/// The links from a receiver (the first one's source) down to a video node (the last one's sink); one at least.
pub(crate) type Way = Vec<Step>;

impl Topology {
    /// The entity behind a device node.
    pub(crate) fn entity_of(&self, number: (u32, u32)) -> Option<u32> {
        let interface = self.interfaces.iter().find(|i| i.number == number)?.id;
        self.interface_links().find(|link| link.source == interface).map(|link| link.sink)
    }

    /// The device node of an entity that is a sub-device.
    pub(crate) fn sub_device(&self, entity: u32) -> Option<(u32, u32)> {
        let interface = self.interface_links().find(|link| link.sink == entity)?.source;
        self.interfaces.iter().find(|i| i.id == interface && i.sub_device).map(|i| i.number)
    }

    /// An entity's name.
    pub(crate) fn name(&self, entity: u32) -> &str {
        self.entities.iter().find(|e| e.id == entity).map_or("?", |e| &e.name)
    }

    /// The shortest way down to `node` from an entity that `is_receiver`. Links that are closed and can be opened are taken only
    /// when there is no way without them.
    pub(crate) fn way_to(&self, node: u32, mut is_receiver: impl FnMut(u32) -> bool) -> Option<Way> {
        let mut known = BTreeMap::new();
        let mut is_receiver = |entity| *known.entry(entity).or_insert_with(|| is_receiver(entity));
        let open = |link: &Link| link.flags & MEDIA_LNK_FL_ENABLED != 0;
        let can_open = |link: &Link| open(link) || link.flags & MEDIA_LNK_FL_IMMUTABLE == 0;
        self.search(node, open, &mut is_receiver).or_else(|| self.search(node, can_open, &mut is_receiver))
    }

    fn search(
        &self,
        node: u32,
        passes: impl Fn(&Link) -> bool,
        is_receiver: &mut impl FnMut(u32) -> bool,
    ) -> Option<Way> {
        // By which step each entity was reached; breadth first, so by the shortest way.
        let mut reached: BTreeMap<u32, Option<Step>> = BTreeMap::from([(node, None)]);
        let mut queue = VecDeque::from([node]);
        while let Some(entity) = queue.pop_front() {
            if entity != node && is_receiver(entity) {
                let mut way = Way::new();
                let mut at = entity;
                while let Some(&Some(step)) = reached.get(&at) {
                    way.push(step);
                    at = step.sink.entity;
                }
                return Some(way);
            }
            for step in self.upstream(entity, &passes) {
                reached.entry(step.source.entity).or_insert_with(|| {
                    queue.push_back(step.source.entity);
                    Some(step)
                });
            }
        }
        None
    }

    /// The links into an entity.
    fn upstream(&self, entity: u32, passes: &impl Fn(&Link) -> bool) -> impl Iterator<Item = Step> {
        let is_sink = move |pad: &&Pad| pad.entity == entity && pad.flags & MEDIA_PAD_FL_SINK != 0;
        self.pads.iter().filter(is_sink).flat_map(move |sink| {
            let data = |link: &&Link| link.flags & MEDIA_LNK_FL_LINK_TYPE == MEDIA_LNK_FL_DATA_LINK;
            let into = self.links.iter().filter(data).filter(|link| link.sink == sink.id && passes(link));
            into.filter_map(move |link| {
                let source = self.pads.iter().find(|pad| pad.id == link.source)?;
                let at = |pad: &Pad| PadAt { entity: pad.entity, index: pad.index };
                let closed = link.flags & MEDIA_LNK_FL_ENABLED == 0;
                Some(Step { source: at(source), sink: at(sink), closed })
            })
        })
    }

    pub(crate) fn interface_links(&self) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(|link| link.flags & MEDIA_LNK_FL_LINK_TYPE == MEDIA_LNK_FL_INTERFACE_LINK)
    }
}

#[cfg(test)]
mod tests;
