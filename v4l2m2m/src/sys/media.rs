//! The media controller: a device's graph as the kernel describes it, and the switches of its links.

use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use super::{call, lp64::*};
use crate::topology::{Entity, Interface, Link, Pad, PadAt, Topology};

/// Entities, pads and links as they are now.
pub(crate) fn topology(fd: BorrowedFd<'_>) -> Result<Topology, Errno> {
    // A graph may grow between the question how big it is and the question what it is: then both are asked again.
    for _ in 0..8 {
        let mut ask = media_v2_topology::default();
        call::g_topology(fd, &mut ask)?;
        let mut entities = vec![media_v2_entity::default(); ask.num_entities as usize];
        let mut interfaces = vec![media_v2_interface::default(); ask.num_interfaces as usize];
        let mut pads = vec![media_v2_pad::default(); ask.num_pads as usize];
        let mut links = vec![media_v2_link::default(); ask.num_links as usize];
        ask.ptr_entities = entities.as_mut_ptr() as u64;
        ask.ptr_interfaces = interfaces.as_mut_ptr() as u64;
        ask.ptr_pads = pads.as_mut_ptr() as u64;
        ask.ptr_links = links.as_mut_ptr() as u64;
        match call::g_topology(fd, &mut ask) {
            Err(Errno::ENOSPC) => continue,
            Err(errno) => return Err(errno),
            Ok(()) => {}
        }
        entities.truncate(ask.num_entities as usize);
        interfaces.truncate(ask.num_interfaces as usize);
        pads.truncate(ask.num_pads as usize);
        links.truncate(ask.num_links as usize);
        return Ok(Topology {
            entities: entities.iter().map(|e| Entity { id: e.id, name: text(&e.name) }).collect(),
            interfaces: interfaces.iter().map(interface).collect(),
            pads: pads
                .iter()
                .map(|p| Pad { id: p.id, entity: p.entity_id, index: p.index, flags: p.flags })
                .collect(),
            links: links
                .iter()
                .map(|l| Link { source: l.source_id, sink: l.sink_id, flags: l.flags })
                .collect(),
        });
    }
    Err(Errno::EAGAIN)
}

/// Enables the link between two pads.
pub(crate) fn enable_link(fd: BorrowedFd<'_>, source: PadAt, sink: PadAt) -> Result<(), Errno> {
    let pad = |at: PadAt| media_pad_desc { entity: at.entity, index: at.index as u16, ..Default::default() };
    let mut link = media_link_desc {
        source: pad(source),
        sink: pad(sink),
        flags: MEDIA_LNK_FL_ENABLED,
        ..Default::default()
    };
    call::setup_link(fd, &mut link)
}

fn interface(i: &media_v2_interface) -> Interface {
    // SAFETY: plain integers, zeroed before the kernel wrote them.
    let node = unsafe { i.__bindgen_anon_1.devnode };
    Interface {
        id: i.id,
        sub_device: i.intf_type == MEDIA_INTF_T_V4L_SUBDEV,
        number: (node.major, node.minor),
    }
}

/// A name: `char` is signed on some processors and not on others.
fn text(name: &[std::ffi::c_char]) -> String {
    let bytes: Vec<u8> = name.iter().map(|c| c.to_ne_bytes()[0]).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
