//! Whatever bytes come: nothing panics, nothing grows without a bound.

use super::super::book::Book;
use super::super::cut::Cutter;
use super::super::facts::Facts;
use super::super::own::Own;
use super::super::packet::{Load, Packet};
use super::{OURS, PEER, end, flow, ours, peers, unreachable};
use proptest::prelude::*;

/// Packets that are broken in one place, and noise.
fn packet() -> impl Strategy<Value = Vec<u8>> {
    let payload = proptest::collection::vec(any::<u8>(), 0..80);
    let made = (any::<u32>(), payload, any::<bool>(), 0_usize..4).prop_map(
        |(seq, payload, outgoing, kind)| {
            let flags = ["s", "a", "fa", "r"][kind];
            let wire = if outgoing { ours } else { peers };
            wire(seq, flags, &payload).bytes()
        },
    );
    let error = (made.clone(), 0_usize..60).prop_map(|(mut about, length)| {
        about.truncate(length);
        unreachable("10.9.0.1:0", &about)
    });
    let broken = (
        prop_oneof![made.clone(), error.clone()],
        any::<(usize, u8)>(),
        0_usize..200,
    )
        .prop_map(|(mut bytes, (at, byte), length)| {
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(length);
            bytes
        });
    let noise = proptest::collection::vec(any::<u8>(), 0..200);
    prop_oneof![3 => made, 2 => error, 4 => broken, 1 => noise]
}

proptest! {
    #[test]
    fn any_packets_are_taken(
        packets in proptest::collection::vec((packet(), any::<u32>(), any::<u64>()), 0..60),
        limit in 0_u64..20_000,
    ) {
        let own = Own::default();
        own.record(Box::new(|_| ()));
        own.reaches(end(PEER));
        let mut book = Book::new(limit);
        for (number, (bytes, length, at_ns)) in packets.iter().enumerate() {
            if number == 20 {
                own.has(end(OURS), end(PEER));
            }
            book.take(&own, bytes, *length, *at_ns);
        }
        let recorded = book.end(&own);
        let bytes: usize = recorded.packets.iter().map(|packet| packet.bytes.len()).sum();
        prop_assert!(bytes as u64 <= limit);
        prop_assert!(recorded.connections.len() <= 1);
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300), length in any::<usize>()) {
        let Some(packet) = Packet::read(&bytes, length) else { return Ok(()) };
        let (mut cutter, mut facts) = (Cutter::default(), Facts::default());
        if let Load::Tcp(segment) = packet.load {
            for outgoing in [true, false, true] {
                prop_assert!(cutter.keep(&segment, outgoing) <= segment.payload.len());
                facts.segment(flow(), &packet, &segment, outgoing, 0);
            }
        }
    }
}
