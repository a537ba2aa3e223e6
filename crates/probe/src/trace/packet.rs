//! One packet as the wire carried it: addresses, ports, flags. What cannot be read is left out, never guessed.

use etherparse::{
    Icmpv4Slice, Icmpv6Slice, IpNumber, LaxNetSlice, LaxSlicedPacket, TcpSlice, UdpSlice,
};
use std::net::{IpAddr, SocketAddr};

/// A packet from its network header on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Who sent it.
    pub from: IpAddr,
    /// To whom.
    pub to: IpAddr,
    /// Hops that it may still take.
    pub hop_limit: u8,
    /// What it carries.
    pub load: Load<'a>,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load<'a> {
    /// A segment.
    Tcp(Segment<'a>),
    /// A datagram.
    Udp {
        /// Both ends.
        flow: Flow,
        /// Its payload, as far as it was recorded.
        payload: &'a [u8],
    },
    /// An ICMP message.
    Icmp(Icmp),
    /// Something else, or something broken.
    Other,
}

/// From one end to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// The sender's end.
    pub from: SocketAddr,
    /// The receiver's.
    pub to: SocketAddr,
}

impl Flow {
    /// The other way.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            from: self.to,
            to: self.from,
        }
    }
}

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Both ends.
    pub flow: Flow,
    /// Number of its first byte.
    pub seq: u32,
    /// Flag.
    pub syn: bool,
    /// Flag.
    pub ack: bool,
    /// Flag.
    pub fin: bool,
    /// Flag.
    pub rst: bool,
    /// Its payload, as far as it was recorded.
    pub payload: &'a [u8],
    /// Where that begins in the packet.
    pub payload_at: usize,
    /// Bytes of payload on the wire.
    pub length: u32,
}

/// An ICMP or ICMPv6 message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// Its type.
    pub kind: u8,
    /// Its code.
    pub code: u8,
    /// Of an error: the packet that it is about.
    pub about: Option<Flow>,
    /// Where its payload begins in the packet; in the one that it quotes, if it quotes one.
    pub payload_at: usize,
}

impl<'a> Packet<'a> {
    /// Reads what was recorded of a packet that had `length` bytes on the wire. `None` when it is no IP.
    #[must_use]
    pub fn read(bytes: &'a [u8], length: usize) -> Option<Self> {
        let head = Head::read(bytes)?;
        let missing = length.saturating_sub(bytes.len());
        Some(Self {
            from: head.from,
            to: head.to,
            hop_limit: head.hop_limit,
            load: head.load(bytes, missing).unwrap_or(Load::Other),
        })
    }
}

struct Head<'a> {
    from: IpAddr,
    to: IpAddr,
    hop_limit: u8,
    carries: IpNumber,
    payload: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let net = LaxSlicedPacket::from_ip(bytes).ok()?.net?;
        let (from, to, hop_limit) = match &net {
            LaxNetSlice::Ipv4(slice) => {
                let header = slice.header();
                let (from, to) = (header.source_addr(), header.destination_addr());
                (IpAddr::V4(from), IpAddr::V4(to), header.ttl())
            }
            LaxNetSlice::Ipv6(slice) => {
                let header = slice.header();
                let (from, to) = (header.source_addr(), header.destination_addr());
                (IpAddr::V6(from), IpAddr::V6(to), header.hop_limit())
            }
            LaxNetSlice::Arp(_) => return None,
        };
        let payload = net.ip_payload_ref()?;
        Some(Self {
            from,
            to,
            hop_limit,
            carries: payload.ip_number,
            // The later parts of a packet in fragments begin anywhere.
            payload: if payload.fragmented {
                &[]
            } else {
                payload.payload
            },
        })
    }

    fn flow(&self, from: u16, to: u16) -> Flow {
        Flow {
            from: SocketAddr::new(self.from, from),
            to: SocketAddr::new(self.to, to),
        }
    }

    /// Both ends, as the first bytes of TCP and UDP tell them.
    fn ends(&self) -> Option<Flow> {
        let [from0, from1, to0, to1, ..] = *self.payload else {
            return None;
        };
        let from = u16::from_be_bytes([from0, from1]);
        Some(self.flow(from, u16::from_be_bytes([to0, to1])))
    }

    fn load(&self, whole: &'a [u8], missing: usize) -> Option<Load<'a>> {
        Some(match self.carries {
            IpNumber::TCP => Load::Tcp(self.segment(whole, missing)?),
            IpNumber::UDP => {
                let slice = UdpSlice::from_slice_lax(self.payload).ok()?;
                Load::Udp {
                    flow: self.flow(slice.source_port(), slice.destination_port()),
                    payload: slice.payload(),
                }
            }
            IpNumber::ICMP => {
                let slice = Icmpv4Slice::from_slice(self.payload).ok()?;
                let is_error = matches!(slice.type_u8(), 3 | 4 | 5 | 11 | 12);
                let head = (slice.type_u8(), slice.code_u8());
                Load::Icmp(icmp(head, is_error, slice.payload(), whole)?)
            }
            IpNumber::IPV6_ICMP => {
                let slice = Icmpv6Slice::from_slice(self.payload).ok()?;
                let is_error = slice.type_u8() < 128;
                let head = (slice.type_u8(), slice.code_u8());
                Load::Icmp(icmp(head, is_error, slice.payload(), whole)?)
            }
            _ => Load::Other,
        })
    }

    fn segment(&self, whole: &'a [u8], missing: usize) -> Option<Segment<'a>> {
        let slice = TcpSlice::from_slice(self.payload).ok()?;
        let payload = slice.payload();
        Some(Segment {
            flow: self.flow(slice.source_port(), slice.destination_port()),
            seq: slice.sequence_number(),
            syn: slice.syn(),
            ack: slice.ack(),
            fin: slice.fin(),
            rst: slice.rst(),
            payload,
            payload_at: place(payload, whole)?,
            length: u32::try_from(payload.len().saturating_add(missing)).unwrap_or(u32::MAX),
        })
    }
}

/// Where a part of a packet begins in it.
fn place(part: &[u8], whole: &[u8]) -> Option<usize> {
    let at = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (at <= whole.len()).then_some(at)
}

/// Bytes that follow the IP header in what an ICMP error quotes, at least; they hold both ports.
const QUOTED: usize = 8;

fn icmp((kind, code): (u8, u8), is_error: bool, rest: &[u8], whole: &[u8]) -> Option<Icmp> {
    let quoted = Head::read(rest)
        .filter(|head| is_error && matches!(head.carries, IpNumber::TCP | IpNumber::UDP));
    let (about, payload_at) = match quoted {
        Some(head) => {
            let after = place(head.payload, whole)?.saturating_add(QUOTED);
            (head.ends(), after.min(whole.len()))
        }
        None => (None, place(rest, whole)?),
    };
    Some(Icmp {
        kind,
        code,
        about,
        payload_at,
    })
}
