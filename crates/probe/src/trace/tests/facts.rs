//! What packets say of a connection.

use super::super::facts::Facts;
use super::super::packet::{Load, Packet};
use super::{Wire, flow, ours, peers, unreachable};
use model::{TracedConnection, TracedEnd};

/// The facts of packets, 10 ms apart unless something else is said.
fn facts(wires: &[(Wire<'_>, u64)]) -> TracedConnection {
    let mut facts = Facts::default();
    let mut at_us = 1_000_000;
    for (wire, gap_us) in wires {
        at_us += gap_us;
        let bytes = wire.bytes();
        let packet = Packet::read(&bytes, bytes.len()).expect("a packet");
        let Load::Tcp(segment) = packet.load else {
            panic!("a segment");
        };
        facts.segment(flow(), &packet, &segment, wire.flow == flow(), at_us);
    }
    let mut all = facts.connections();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn spaced(wires: &[Wire<'_>]) -> TracedConnection {
    let wires: Vec<_> = wires.iter().map(|wire| (*wire, 10_000)).collect();
    facts(&wires)
}

#[test]
fn syns_without_an_answer() {
    let found = spaced(&[ours(9, "s", b""), ours(9, "s", b""), ours(9, "s", b"")]);
    assert_eq!(
        (found.syns, found.answered, found.ended_by),
        (3, false, None)
    );
    assert_eq!(found.retransmitted, 0, "the number of SYNs says it");
    assert_eq!(found.endpoint, "10.2.0.2:1433");
    assert_eq!(found.local, "10.1.0.2:40000");
}

#[test]
fn an_rst_that_comes_from_nearer_than_the_data() {
    let forged = Wire {
        ttl: 63,
        ..peers(511, "ra", b"")
    };
    let found = spaced(&[
        ours(u32::MAX, "s", b""),
        peers(500, "sa", b""),
        ours(0, "a", b""),
        ours(0, "a", b"hello"),
        peers(501, "a", b"0123456789"),
        forged,
        ours(5, "fa", b""),
    ]);
    assert_eq!((found.syns, found.answered), (1, true));
    assert_eq!(found.ended_by, Some(TracedEnd::PeerRst));
    assert_eq!((found.rst_ttl, found.data_ttl), (Some(63), Some(120)));
    assert_eq!((found.retransmitted, found.peer_retransmitted), (0, 0));
}

#[test]
fn segments_sent_again_on_either_side() {
    let found = spaced(&[
        ours(9, "s", b""),
        peers(500, "sa", b""),
        peers(500, "sa", b""),
        ours(10, "a", b"hello"),
        ours(10, "a", b"hello"),
        ours(10, "a", b"hello world"),
        ours(10, "a", b"hello"),
        // Asks whether the peer lives: no data of its own.
        ours(20, "a", b"d"),
        peers(501, "a", b"abc"),
        peers(501, "a", b"abc"),
        peers(504, "fa", b""),
        peers(504, "fa", b""),
        ours(21, "fa", b""),
    ]);
    assert_eq!(found.retransmitted, 2);
    assert_eq!(found.peer_retransmitted, 3);
    assert_eq!(found.ended_by, Some(TracedEnd::PeerFin));
}

#[test]
fn what_was_overtaken_was_not_sent_again_and_what_was_lost_was() {
    let (first, second, third) = (
        peers(501, "a", b"0123456789"),
        peers(511, "a", b"0123456789"),
        peers(521, "a", b"0123456789"),
    );
    let opened = [(ours(9, "s", b""), 0), (peers(500, "sa", b""), 100)];
    let overtaken = [(second, 100), (third, 100), (first, 500)];
    let lost = [(second, 100), (third, 100), (first, 200_000)];
    for (rest, again) in [(overtaken, 0), (lost, 1)] {
        let wires: Vec<_> = opened.into_iter().chain(rest).collect();
        assert_eq!(facts(&wires).peer_retransmitted, again);
    }
}

#[test]
fn icmp_errors_are_kept_once_each() {
    let mut facts = Facts::default();
    let syn = ours(9, "s", b"").bytes();
    for router in ["10.9.0.1:0", "10.9.0.1:0", "10.9.0.2:0"] {
        let bytes = unreachable(router, &syn[..28]);
        let packet = Packet::read(&bytes, bytes.len()).expect("a packet");
        let Load::Icmp(icmp) = packet.load else {
            panic!("an ICMP message");
        };
        assert_eq!(icmp.about, Some(flow()));
        facts.icmp(flow(), &packet, icmp);
    }
    let wanted = ["3/13 from 10.9.0.1", "3/13 from 10.9.0.2"];
    assert_eq!(facts.connections()[0].icmp, wanted);
}
