//! The pure parts, on packets that are made up: whose they are, what stands of them, what they say.

mod cut;
mod facts;
mod hostile;
mod keeping;

use super::packet::{Flow, Load, Packet};
use etherparse::PacketBuilder;
use std::net::{IpAddr, SocketAddr};

const OURS: &str = "10.1.0.2:40000";
const PEER: &str = "10.2.0.2:1433";

fn end(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// Our end to the peer's.
fn flow() -> Flow {
    Flow {
        from: end(OURS),
        to: end(PEER),
    }
}

/// A segment to be written: `s`, `a`, `f`, `r` are its flags.
#[derive(Clone, Copy)]
struct Wire<'a> {
    flow: Flow,
    ttl: u8,
    seq: u32,
    flags: &'a str,
    payload: &'a [u8],
}

fn ip(flow: Flow, ttl: u8) -> etherparse::PacketBuilderStep<etherparse::IpHeaders> {
    match (flow.from.ip(), flow.to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), ttl),
        (IpAddr::V6(from), IpAddr::V6(to)) => PacketBuilder::ipv6(from.octets(), to.octets(), ttl),
        _ => panic!("one kind of address"),
    }
}

impl Wire<'_> {
    fn bytes(self) -> Vec<u8> {
        let (from, to) = (self.flow.from.port(), self.flow.to.port());
        let mut tcp = ip(self.flow, self.ttl).tcp(from, to, self.seq, 64_000);
        for flag in self.flags.chars() {
            tcp = match flag {
                's' => tcp.syn(),
                'a' => tcp.ack(1),
                'f' => tcp.fin(),
                'r' => tcp.rst(),
                other => panic!("no flag {other}"),
            };
        }
        let mut bytes = Vec::new();
        tcp.write(&mut bytes, self.payload).expect("written");
        bytes
    }
}

fn ours<'a>(seq: u32, flags: &'a str, payload: &'a [u8]) -> Wire<'a> {
    Wire {
        flow: flow(),
        ttl: 64,
        seq,
        flags,
        payload,
    }
}

fn peers<'a>(seq: u32, flags: &'a str, payload: &'a [u8]) -> Wire<'a> {
    Wire {
        flow: flow().reversed(),
        ttl: 120,
        ..ours(seq, flags, payload)
    }
}

fn datagram(flow: Flow, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let udp = ip(flow, 64).udp(flow.from.port(), flow.to.port());
    udp.write(&mut bytes, payload).expect("written");
    bytes
}

/// The ICMP error of a router about the first bytes of that packet.
fn unreachable(router: &str, about: &[u8]) -> Vec<u8> {
    let back = Flow {
        from: end(router),
        to: end(OURS),
    };
    let mut bytes = Vec::new();
    let icmp = ip(back, 60).icmpv4_raw(3, 13, [0; 4]);
    icmp.write(&mut bytes, about).expect("written");
    bytes
}

#[test]
fn a_packet_is_read_in_both_versions_and_a_broken_one_says_nothing() {
    let six = Flow {
        from: end("[fd77:1::2]:5"),
        to: end("[fd77:2::2]:6"),
    };
    for flow in [flow(), six] {
        let wire = Wire {
            flow,
            payload: b"abc",
            ..ours(7, "sa", b"")
        };
        let bytes = wire.bytes();
        let packet = Packet::read(&bytes, bytes.len()).expect("a packet");
        assert_eq!((packet.from, packet.to), (flow.from.ip(), flow.to.ip()));
        assert_eq!(packet.hop_limit, 64);
        let Load::Tcp(segment) = packet.load else {
            panic!("a segment");
        };
        assert_eq!((segment.flow, segment.seq, segment.length), (flow, 7, 3));
        assert!(segment.syn && segment.ack && !segment.fin && !segment.rst);
        assert_eq!(&bytes[segment.payload_at..], b"abc");
        // Recorded in part: its length is still the wire's.
        let part = &bytes[..bytes.len() - 2];
        let packet = Packet::read(part, bytes.len()).expect("a packet");
        let Load::Tcp(segment) = packet.load else {
            panic!("a segment");
        };
        assert_eq!((segment.payload, segment.length), (&b"a"[..], 3));
    }
    assert_eq!(Packet::read(&[], 0), None);
    assert_eq!(Packet::read(&[0x90; 60], 60), None);
    let cut = &ours(1, "s", b"").bytes()[..24];
    let packet = Packet::read(cut, 40).expect("its addresses are there");
    assert_eq!(packet.load, Load::Other);
}
