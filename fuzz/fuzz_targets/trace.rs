//! Packets of a network trace: whatever a wire carries, they are read, cut and counted.
//!
//! The input is packets one after the other, each behind its length in two bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use probe::trace::{Cutter, Facts, Flow, Load, Packet};

fuzz_target!(|data: &[u8]| {
    let (mut rest, mut at_us) = (data, 0);
    let (mut cutter, mut facts) = (Cutter::default(), Facts::default());
    let mut ours: Option<Flow> = None;
    while let [high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (bytes, behind) = after.split_at(length);
        rest = behind;
        at_us += 1_000;
        let Some(packet) = Packet::read(bytes, length) else {
            continue;
        };
        match packet.load {
            Load::Tcp(segment) => {
                let flow = *ours.get_or_insert(segment.flow);
                let outgoing = segment.flow == flow;
                assert!(cutter.keep(&segment, outgoing) <= segment.payload.len());
                assert!(segment.payload_at <= bytes.len());
                facts.segment(flow, &packet, &segment, outgoing, at_us);
            }
            Load::Icmp(icmp) => {
                assert!(icmp.payload_at <= bytes.len());
                if let Some(flow) = icmp.about {
                    facts.icmp(flow, &packet, icmp);
                }
            }
            Load::Udp { .. } | Load::Other => {}
        }
    }
    assert!(facts.connections().len() <= 1_000);
});
