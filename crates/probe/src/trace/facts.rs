//! What a connection's packets say of it: counted one by one, so that it holds whatever the file keeps of them.

use super::packet::{Flow, Icmp, Packet, Segment};
use model::{TracedConnection, TracedEnd};
use std::collections::HashMap;

/// Connections that are told of, at most.
const MOST: usize = 1_000;
/// ICMP errors that are kept of one.
const MOST_ICMP: usize = 8;
/// Places where segments are missing, of one way.
const MOST_HOLES: usize = 16;
/// A segment that fills a hole sooner was only overtaken on its way.
const OVERTAKEN_US: u64 = 3_000;

/// The connections so far, in order of their first packet.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    order: Vec<Flow>,
    all: HashMap<Flow, Connection>,
}

#[derive(Clone, Debug, Default)]
struct Connection {
    syns: u32,
    answered: bool,
    ours: Way,
    peers: Way,
    ended_by: Option<TracedEnd>,
    rst_ttl: Option<u8>,
    data_ttl: Option<u8>,
    icmp: Vec<String>,
}

/// What one side sent.
#[derive(Clone, Debug, Default)]
struct Way {
    /// Number behind the last byte.
    end: Option<u32>,
    again: u32,
    /// Bytes that were jumped over, and when.
    holes: Vec<(u32, u32, u64)>,
}

impl Facts {
    /// Takes a segment of the connection `flow`, which is named from our end, at a time in microseconds.
    pub fn segment(
        &mut self,
        flow: Flow,
        packet: &Packet<'_>,
        segment: &Segment<'_>,
        outgoing: bool,
        at_us: u64,
    ) {
        let Some(connection) = self.of(flow) else {
            return;
        };
        if outgoing {
            connection.ours(segment, at_us);
        } else {
            connection.peers(segment, packet.hop_limit, at_us);
        }
    }

    /// Takes an ICMP error about the connection `flow`.
    pub fn icmp(&mut self, flow: Flow, packet: &Packet<'_>, icmp: Icmp) {
        let Some(connection) = self.of(flow) else {
            return;
        };
        let text = format!("{}/{} from {}", icmp.kind, icmp.code, packet.from);
        if connection.icmp.len() < MOST_ICMP && !connection.icmp.contains(&text) {
            connection.icmp.push(text);
        }
    }

    fn of(&mut self, flow: Flow) -> Option<&mut Connection> {
        if !self.all.contains_key(&flow) {
            if self.all.len() >= MOST {
                return None;
            }
            self.order.push(flow);
        }
        Some(self.all.entry(flow).or_default())
    }

    /// What is known of each.
    #[must_use]
    pub fn connections(&self) -> Vec<TracedConnection> {
        let known = self.order.iter();
        known
            .filter_map(|flow| Some((flow, self.all.get(flow)?)))
            .map(|(flow, one)| TracedConnection {
                endpoint: flow.to.to_string(),
                local: flow.from.to_string(),
                syns: one.syns,
                answered: one.answered,
                retransmitted: one.ours.again,
                peer_retransmitted: one.peers.again,
                ended_by: one.ended_by,
                rst_ttl: one.rst_ttl,
                data_ttl: one.data_ttl,
                icmp: one.icmp.clone(),
            })
            .collect()
    }
}

impl Connection {
    fn ours(&mut self, segment: &Segment<'_>, at_us: u64) {
        if segment.syn {
            // Sent again is told by their number.
            self.syns = self.syns.saturating_add(1);
            self.ours.end = Some(segment.seq.wrapping_add(1));
            return;
        }
        self.ours.take(segment, at_us);
        if segment.rst {
            self.ended_by.get_or_insert(TracedEnd::OurRst);
        } else if segment.fin {
            self.ended_by.get_or_insert(TracedEnd::OurFin);
        }
    }

    fn peers(&mut self, segment: &Segment<'_>, hop_limit: u8, at_us: u64) {
        if segment.rst {
            self.rst_ttl.get_or_insert(hop_limit);
            self.ended_by.get_or_insert(TracedEnd::PeerRst);
            return;
        }
        self.data_ttl = Some(hop_limit);
        self.answered |= segment.syn && segment.ack;
        self.peers.take(segment, at_us);
        if segment.fin {
            self.ended_by.get_or_insert(TracedEnd::PeerFin);
        }
    }
}

impl Way {
    fn take(&mut self, segment: &Segment<'_>, at_us: u64) {
        let length = segment
            .length
            .wrapping_add(u32::from(segment.syn))
            .wrapping_add(u32::from(segment.fin));
        if length == 0 || segment.rst {
            return;
        }
        let (start, stop) = (segment.seq, segment.seq.wrapping_add(length));
        let Some(end) = self.end else {
            self.end = Some(stop);
            return;
        };
        if is_behind(end, stop) {
            if is_behind(end, start) && start != end && self.holes.len() < MOST_HOLES {
                self.holes.push((end, start, at_us));
            }
            self.end = Some(stop);
            return;
        }
        // A probe of one old byte asks whether the peer lives.
        if segment.length <= 1 && !segment.syn && !segment.fin && start == end.wrapping_sub(1) {
            return;
        }
        if !self.is_overtaken(start, stop, at_us) {
            self.again = self.again.saturating_add(1);
        }
    }

    /// Whether it fills a hole that is so young that it was only overtaken.
    fn is_overtaken(&mut self, start: u32, stop: u32, at_us: u64) -> bool {
        let inside = |from: u32, to: u32| {
            (from == start || is_behind(from, start)) && (stop == to || is_behind(stop, to))
        };
        let Some(place) = self
            .holes
            .iter()
            .position(|(from, to, _)| inside(*from, *to))
        else {
            return false;
        };
        let (from, to, seen_us) = self.holes.swap_remove(place);
        // What is left of it on either side.
        for (from, to) in [(from, start), (stop, to)] {
            if from != to && self.holes.len() < MOST_HOLES {
                self.holes.push((from, to, seen_us));
            }
        }
        at_us.saturating_sub(seen_us) < OVERTAKEN_US
    }
}

/// Whether `later` comes after `sooner`; the numbers go round.
fn is_behind(sooner: u32, later: u32) -> bool {
    let ahead = later.wrapping_sub(sooner);
    ahead != 0 && ahead <= u32::MAX / 2
}
