//! Ways through graphs as drivers build them, and through graphs that nobody should build.

use super::*;
use proptest::prelude::*;

const SOURCE: u32 = 2;
const SINK: u32 = MEDIA_PAD_FL_SINK;
const OPEN: u32 = MEDIA_LNK_FL_ENABLED;
const FIXED: u32 = MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE;

/// A pad: its entity's number, and which of the entity's it is.
type At = (u32, u32);

/// Entities with their pads' kinds, and links from pad to pad with flags. Entity i has the number i + 1; the node of
/// entity i is 81:i.
fn graph(entities: &[(&str, &[u32])], links: &[(At, At, u32)]) -> Topology {
    let mut topology = Topology::default();
    let pad_id = |entity: u32, index: u32| 0x0100_0000 + entity * 100 + index;
    for (number, (name, pads)) in (1..).zip(entities) {
        topology.entities.push(Entity { id: number, name: (*name).to_owned() });
        for (index, &flags) in (0..).zip(*pads) {
            topology.pads.push(Pad { id: pad_id(number, index), entity: number, index, flags });
        }
        let interface = 0x0300_0000 + number;
        topology.interfaces.push(Interface {
            id: interface,
            sub_device: pads.len() > 1 || name.starts_with("tc358743"),
            number: (81, number - 1),
        });
        topology.links.push(Link {
            source: interface,
            sink: number,
            flags: MEDIA_LNK_FL_INTERFACE_LINK | FIXED,
        });
    }
    for &((a, pad_a), (b, pad_b), flags) in links {
        topology.links.push(Link { source: pad_id(a, pad_a), sink: pad_id(b, pad_b), flags });
    }
    topology
}

/// The way from the entity called `tc358743…`, as `source:pad>sink:pad`, closed links with `!`.
fn way(topology: &Topology, node: u32) -> Option<String> {
    let way = topology.way_to(node, |entity| topology.name(entity).starts_with("tc358743"))?;
    let words = way.iter().map(|step| {
        let (a, b) = (step.source, step.sink);
        format!("{}:{}>{}:{}{}", a.entity, a.index, b.entity, b.index, if step.closed { "!" } else { "" })
    });
    Some(words.collect::<Vec<_>>().join(" "))
}

/// bcm2835-unicam of kernel 6.12: one sub-device of its own, pictures and embedded data apart, everything connected for good.
fn unicam() -> Topology {
    graph(
        &[
            ("unicam", &[SINK, SOURCE, SOURCE]),
            ("tc358743 10-000f", &[SOURCE]),
            ("unicam-image", &[SINK]),
            ("unicam-embedded", &[SINK]),
        ],
        &[((2, 0), (1, 0), FIXED), ((1, 1), (3, 0), FIXED), ((1, 2), (4, 0), FIXED)],
    )
}

/// rp1-cfe of a Raspberry Pi 5: four channels behind the CSI-2 receiver, each of which may go to memory or to the front end.
fn rp1_cfe() -> Topology {
    graph(
        &[
            ("csi2", &[SINK, SOURCE, SOURCE, SOURCE, SOURCE]),
            ("pisp-fe", &[SINK, SINK, SOURCE, SOURCE, SOURCE]),
            ("rp1-cfe-csi2-ch0", &[SINK]),
            ("rp1-cfe-csi2-ch1", &[SINK]),
            ("rp1-cfe-fe-image0", &[SINK]),
            ("rp1-cfe-fe-config", &[SOURCE]),
            ("tc358743 4-000f", &[SOURCE]),
        ],
        &[
            ((1, 1), (3, 0), 0),
            ((1, 1), (2, 0), 0),
            ((1, 2), (4, 0), 0),
            ((1, 2), (2, 0), 0),
            ((2, 2), (5, 0), 0),
            ((6, 0), (2, 1), OPEN),
            ((7, 0), (1, 0), FIXED),
        ],
    )
}

#[test]
fn unicam_is_connected_for_good() {
    assert_eq!(way(&unicam(), 3).as_deref(), Some("2:0>1:0 1:1>3:0"));
    assert_eq!(way(&unicam(), 4).as_deref(), Some("2:0>1:0 1:2>4:0"));
}

#[test]
fn rp1_cfe_has_a_link_to_open() {
    assert_eq!(way(&rp1_cfe(), 3).as_deref(), Some("7:0>1:0 1:1>3:0!"));
    assert_eq!(way(&rp1_cfe(), 4).as_deref(), Some("7:0>1:0 1:2>4:0!"));
    // Through the front end: the shorter of two ways, each with two links to open.
    assert_eq!(way(&rp1_cfe(), 5).as_deref(), Some("7:0>1:0 1:1>2:0! 2:2>5:0!"));
    // Nothing leads to what only gives.
    assert_eq!(way(&rp1_cfe(), 6), None);
}

#[test]
fn nodes_and_entities_belong_together() {
    let topology = rp1_cfe();
    assert_eq!(topology.entity_of((81, 2)), Some(3));
    assert_eq!(topology.sub_device(7), Some((81, 6)));
    assert_eq!(topology.sub_device(3), None);
    assert_eq!(topology.entity_of((81, 99)), None);
    assert_eq!(topology.sub_device(99), None);
    assert_eq!(topology.name(99), "?");
}

/// A switch with two inputs: the one that is connected is taken, though the other is nearer.
#[test]
fn open_links_come_first() {
    let switch = |to_camera, to_hdmi| {
        graph(
            &[
                ("node", &[SINK]),
                ("video-mux", &[SINK, SINK, SOURCE]),
                ("tc358743 a", &[SOURCE]),
                ("repeater", &[SINK, SOURCE]),
                ("tc358743 b", &[SOURCE]),
            ],
            &[
                ((2, 2), (1, 0), OPEN),
                ((3, 0), (2, 0), to_camera),
                ((4, 1), (2, 1), to_hdmi),
                ((5, 0), (4, 0), FIXED),
            ],
        )
    };
    assert_eq!(way(&switch(0, OPEN), 1).as_deref(), Some("5:0>4:0 4:1>2:1 2:2>1:0"));
    assert_eq!(way(&switch(OPEN, 0), 1).as_deref(), Some("3:0>2:0 2:2>1:0"));
    assert_eq!(way(&switch(0, 0), 1).as_deref(), Some("3:0>2:0! 2:2>1:0"));
}

/// A closed link that nobody can open is no way.
#[test]
fn a_link_that_cannot_be_opened_is_none() {
    let topology =
        graph(&[("node", &[SINK]), ("tc358743", &[SOURCE])], &[((2, 0), (1, 0), MEDIA_LNK_FL_IMMUTABLE)]);
    assert_eq!(way(&topology, 1), None);
}

#[test]
fn loops_and_dead_ends_are_left() {
    let topology = graph(
        &[
            ("node", &[SINK]),
            ("scaler", &[SINK, SOURCE, SINK]),
            ("filter", &[SINK, SOURCE]),
            ("tc358743", &[SOURCE]),
        ],
        &[
            ((2, 1), (1, 0), OPEN),
            ((3, 1), (2, 0), OPEN),
            ((2, 1), (3, 0), OPEN),
            ((2, 1), (2, 2), OPEN),
            ((9, 9), (2, 0), OPEN),
            ((4, 0), (3, 0), OPEN),
        ],
    );
    assert_eq!(way(&topology, 1).as_deref(), Some("4:0>3:0 3:1>2:0 2:1>1:0"));
    // The same without a receiver: the loop ends, too.
    assert!(topology.way_to(1, |_| false).is_none());
}

/// Each entity is asked once, since asking opens it.
#[test]
fn nobody_is_asked_twice() {
    let topology = rp1_cfe();
    let mut asked = Vec::new();
    assert!(
        topology
            .way_to(5, |entity| {
                asked.push(entity);
                false
            })
            .is_none()
    );
    let before = asked.len();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), asked.contains(&7)), (before, true));
}

proptest! {
    /// Any graph whatever: the search ends, and what it finds is connected.
    #[test]
    fn a_way_is_connected(
        links in proptest::collection::vec((0u32..8, 0u32..3, 0u32..8, 0u32..3, 0u32..4), 0..40),
        receiver in 0u32..8,
    ) {
        let pads: &[u32] = &[SINK, SOURCE, SINK];
        let entities = [("x", pads); 7];
        let links: Vec<_> = links.into_iter().map(|(a, p, b, q, flags)| ((a, p), (b, q), flags)).collect();
        let topology = graph(&entities, &links);
        if let Some(way) = topology.way_to(1, |entity| entity == receiver) {
            prop_assert_eq!(way.first().map(|step| step.source.entity), Some(receiver));
            prop_assert_eq!(way.last().map(|step| step.sink.entity), Some(1));
            prop_assert!(way.windows(2).all(|pair| pair[0].sink.entity == pair[1].source.entity));
        }
    }
}
