//! Whose packets are kept, within which bound, in which file.

use super::super::book::{Book, Recorded};
use super::super::file;
use super::super::own::Own;
use super::super::packet::Flow;
use super::super::ring::{Kept, Ring};
use super::{OURS, PEER, datagram, end, ours, peers, unreachable};
use model::RunId;
use pcap_file::pcapng::{Block, PcapNgReader};
use std::io::Cursor;
use uuid::Uuid;

const SECOND: u64 = 1_000_000_000;

fn recorded_own() -> Own {
    let own = Own::default();
    own.record(Box::new(|_| ()));
    own
}

fn put(book: &mut Book, own: &Own, bytes: &[u8], at_ns: u64) {
    let length = u32::try_from(bytes.len()).expect("short");
    book.take(own, bytes, length, at_ns);
}

fn question(name: &str) -> Vec<u8> {
    let mut bytes = vec![0; 12];
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).expect("short"));
        bytes.extend(label.as_bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    bytes
}

#[test]
fn only_packets_of_our_sockets_are_kept_and_those_that_came_too_early_wait() {
    let (own, mut book) = (recorded_own(), Book::new(u64::MAX));
    own.reaches(end(PEER));
    let syn = ours(9, "s", b"").bytes();
    let refused = unreachable("10.9.0.1:0", &syn);
    let other = Flow {
        from: end("10.1.0.2:50000"),
        to: end(PEER),
    };
    let foreign = super::Wire {
        flow: other,
        ..ours(9, "s", b"")
    };
    put(&mut book, &own, &syn, 1);
    put(&mut book, &own, &foreign.bytes(), 2);
    put(&mut book, &own, &refused, 3);
    own.has(end(OURS), end(PEER));
    put(&mut book, &own, &peers(500, "sa", b"").bytes(), 4);
    let elsewhere = super::Wire {
        flow: Flow {
            from: end(OURS),
            to: end("10.2.0.9:1433"),
        },
        ..ours(9, "s", b"")
    };
    put(&mut book, &own, &elsewhere.bytes(), 5);
    let Recorded {
        packets,
        connections,
        dropped,
    } = book.end(&own);
    let times: Vec<_> = packets.iter().map(|packet| packet.at_ns).collect();
    assert_eq!(times, [1, 3, 4]);
    assert_eq!((connections.len(), dropped), (1, 0));
    assert_eq!((connections[0].syns, connections[0].answered), (1, true));
    assert_eq!(connections[0].icmp, ["3/13 from 10.9.0.1"]);
    // Of what the error quotes, the addresses and the ports.
    assert_eq!(packets[1].bytes.len(), 20 + 8 + 20 + 8);
    assert_eq!(
        packets[1].length,
        u32::try_from(refused.len()).expect("short")
    );
}

#[test]
fn what_nobody_claims_for_two_seconds_is_nobodys() {
    let (own, mut book) = (recorded_own(), Book::new(u64::MAX));
    own.reaches(end(PEER));
    put(&mut book, &own, &ours(9, "s", b"").bytes(), 0);
    put(&mut book, &own, &ours(9, "s", b"").bytes(), 3 * SECOND);
    own.has(end(OURS), end(PEER));
    let recorded = book.end(&own);
    assert_eq!(recorded.packets.len(), 1);
}

#[test]
fn questions_to_our_resolvers_are_known_by_their_name() {
    let (own, mut book) = (recorded_own(), Book::new(u64::MAX));
    own.asks(end("10.0.0.53:53"));
    own.looks_up("Db.Example.Test.");
    let asked = |to: &str| Flow {
        from: end("10.1.0.2:4000"),
        to: end(to),
    };
    let table = [
        ("10.0.0.53:53", "db.example.test", true),
        ("10.0.0.53:53", "DB.example.test.corp.example", true),
        ("10.0.0.53:53", "other.example.test", false),
        ("10.0.0.53:53", "xdb.example.test", false),
        ("10.0.0.54:53", "db.example.test", false),
        ("10.0.0.53:5353", "db.example.test", false),
    ];
    let mut kept = 0;
    for (to, name, is_ours) in table {
        let flow = asked(to);
        for flow in [flow, flow.reversed()] {
            put(&mut book, &own, &datagram(flow, &question(name)), 1);
            kept += usize::from(is_ours);
        }
    }
    put(
        &mut book,
        &own,
        &datagram(asked("10.0.0.53:53"), &[0; 13]),
        1,
    );
    put(
        &mut book,
        &own,
        &datagram(asked("10.0.0.53:53"), &[9; 9]),
        1,
    );
    assert_eq!(book.end(&own).packets.len(), kept);
}

#[test]
fn a_full_ring_lets_the_oldest_data_go_and_keeps_how_a_connection_began() {
    let packet = |at_ns, bytes| Kept {
        at_ns,
        length: 2_000,
        bytes: vec![1; bytes].into(),
    };
    let mut ring = Ring::new(10_000);
    ring.put(packet(0, 40), false);
    for at in 1..=20 {
        ring.put(packet(at, 1_000), true);
    }
    let dropped = ring.dropped();
    let times: Vec<_> = ring.into_packets().iter().map(|kept| kept.at_ns).collect();
    assert_eq!(times, [0, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    assert_eq!(dropped, 11);
    let mut ring = Ring::new(300);
    ring.put(packet(0, 4_000), false);
    assert_eq!((ring.dropped(), ring.into_packets().len()), (1, 0));
}

#[test]
fn the_file_is_read_back_by_another_reader_and_never_longer_than_its_bound() {
    let run = RunId(Uuid::from_u128(77));
    let mut ring = Ring::new(100_000);
    for at in 0..200_u64 {
        ring.put(
            Kept {
                at_ns: 1_795_000_000 * SECOND + at,
                length: 1_500,
                bytes: vec![7; 700 + usize::try_from(at).expect("small")].into(),
            },
            true,
        );
    }
    let packets = ring.into_packets();
    let mut out = Vec::new();
    let bytes = file::write(&mut out, run, &packets).expect("written");
    assert_eq!(bytes, out.len() as u64);
    assert!((90_000..=100_000).contains(&bytes), "{bytes}");
    let mut reader = PcapNgReader::new(Cursor::new(&out)).expect("a file");
    let mut read = Vec::new();
    while let Some(block) = reader.next_block() {
        if let Block::EnhancedPacket(packet) = block.expect("a block") {
            read.push((packet.original_len, packet.data.into_owned()));
        }
    }
    let wanted: Vec<_> = packets
        .iter()
        .map(|packet| (packet.length, packet.bytes.to_vec()))
        .collect();
    assert_eq!(read, wanted);
    let text = String::from_utf8_lossy(&out);
    assert!(text.contains(&format!("Linecheck run {run}")));
}
