//! Packet by packet: whose it is, what may stand of it, what it says of its connection.
//!
//! ```text
//! packet ──read──▶ own? ──yes──▶ payload cut ──▶ facts, ring
//!                    ├─undecided──▶ waits for the engine to name the socket, 2 s at most
//!                    └─no──▶ gone
//! ```

use super::cut::Cutter;
use super::facts::Facts;
use super::own::{Own, Whose};
use super::packet::{Flow, Load, Packet};
use super::ring::{Kept, Ring};
use model::TracedConnection;
use std::collections::{HashMap, VecDeque};

/// Undecided packets, and their bytes.
const MOST_WAITING: usize = 1_024;
const MOST_WAITING_BYTES: usize = 4 * 1024 * 1024;
/// An undecided packet waits this long.
const WAITS_NS: u64 = 2_000_000_000;

/// What is recorded of a run.
pub(crate) struct Book {
    ring: Ring,
    facts: Facts,
    cutters: HashMap<Flow, Cutter>,
    waiting: VecDeque<Kept>,
    waiting_bytes: usize,
    news: u64,
}

/// What was recorded of it.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) packets: Vec<Kept>,
    pub(crate) connections: Vec<TracedConnection>,
    pub(crate) dropped: u64,
}

impl Book {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            ring: Ring::new(limit),
            facts: Facts::default(),
            cutters: HashMap::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            news: 0,
        }
    }

    /// Takes a packet that had `length` bytes on the wire.
    pub(crate) fn take(&mut self, own: &Own, bytes: &[u8], length: u32, at_ns: u64) {
        let Some(packet) = Packet::read(bytes, usize::try_from(length).unwrap_or(usize::MAX))
        else {
            return;
        };
        // Those before it first: a connection's packets are counted in order.
        self.decide(own, at_ns);
        match own.whose(&packet) {
            Whose::Foreign => {}
            Whose::Undecided => self.wait(bytes, length, at_ns),
            whose => self.keep(whose, &packet, bytes, length, at_ns),
        }
    }

    fn wait(&mut self, bytes: &[u8], length: u32, at_ns: u64) {
        self.waiting_bytes += bytes.len();
        self.waiting.push_back(Kept {
            at_ns,
            length,
            bytes: bytes.into(),
        });
        while self.waiting.len() > MOST_WAITING || self.waiting_bytes > MOST_WAITING_BYTES {
            self.let_go();
        }
    }

    fn let_go(&mut self) -> Option<Kept> {
        let gone = self.waiting.pop_front()?;
        self.waiting_bytes = self.waiting_bytes.saturating_sub(gone.bytes.len());
        Some(gone)
    }

    fn decide(&mut self, own: &Own, now_ns: u64) {
        while let Some(oldest) = self.waiting.front() {
            if now_ns.saturating_sub(oldest.at_ns) <= WAITS_NS {
                break;
            }
            self.let_go();
        }
        let news = own.news();
        if std::mem::replace(&mut self.news, news) == news {
            return;
        }
        for _ in 0..self.waiting.len() {
            let Some(kept) = self.let_go() else { return };
            let length = usize::try_from(kept.length).unwrap_or(usize::MAX);
            let Some(packet) = Packet::read(&kept.bytes, length) else {
                continue;
            };
            match own.whose(&packet) {
                Whose::Foreign => {}
                Whose::Undecided => {
                    self.waiting_bytes += kept.bytes.len();
                    self.waiting.push_back(kept);
                }
                whose => self.keep(whose, &packet, &kept.bytes, kept.length, kept.at_ns),
            }
        }
    }

    fn keep(&mut self, whose: Whose, packet: &Packet<'_>, bytes: &[u8], length: u32, at_ns: u64) {
        let (mut end, mut is_data) = (bytes.len(), false);
        match (&packet.load, whose) {
            (Load::Tcp(segment), Whose::Socket { flow, outgoing }) => {
                let keep = self
                    .cutters
                    .entry(flow)
                    .or_default()
                    .keep(segment, outgoing);
                if !segment.payload.is_empty() {
                    end = segment.payload_at.saturating_add(keep);
                }
                is_data = !(segment.syn || segment.fin || segment.rst);
                self.facts
                    .segment(flow, packet, segment, outgoing, at_ns / 1_000);
            }
            (Load::Icmp(icmp), Whose::Socket { flow, .. }) => {
                end = icmp.payload_at;
                self.facts.icmp(flow, packet, *icmp);
            }
            _ => {}
        }
        let kept = Kept {
            at_ns,
            length,
            bytes: bytes.get(..end).unwrap_or(bytes).into(),
        };
        self.ring.put(kept, is_data);
    }

    /// It is over: what is still undecided was nobody's of ours.
    pub(crate) fn end(mut self, own: &Own) -> Recorded {
        self.news = self.news.wrapping_sub(1);
        self.decide(own, 0);
        Recorded {
            dropped: self.ring.dropped(),
            connections: self.facts.connections(),
            packets: self.ring.into_packets(),
        }
    }
}
