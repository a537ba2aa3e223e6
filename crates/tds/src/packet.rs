//! Packets: the 8-byte header, cutting a message into packets, and putting packets together again.

use crate::bytes::Reader;
use crate::limits::{PACKET_DEFAULT, PACKET_MAX, PACKET_MIN, PACKET_SIZE_MIN};
use crate::{Decoded, EncodeError, Error, Reason};

/// A packet's type, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PacketType(pub u8);

impl PacketType {
    /// SQL batch.
    pub const SQL_BATCH: Self = Self(0x01);
    /// Login before TDS 7.
    pub const OLD_LOGIN: Self = Self(0x02);
    /// Remote procedure call.
    pub const RPC: Self = Self(0x03);
    /// Everything a server says, the PRELOGIN reply included.
    pub const REPLY: Self = Self(0x04);
    /// Attention.
    pub const ATTENTION: Self = Self(0x06);
    /// Bulk load.
    pub const BULK_LOAD: Self = Self(0x07);
    /// Federated authentication token.
    pub const FEDAUTH_TOKEN: Self = Self(0x08);
    /// Transaction manager request.
    pub const TRANSACTION: Self = Self(0x0E);
    /// LOGIN7.
    pub const LOGIN7: Self = Self(0x10);
    /// SSPI message.
    pub const SSPI: Self = Self(0x11);
    /// PRELOGIN, and TLS records before login.
    pub const PRELOGIN: Self = Self(0x12);
}

bitflags::bitflags! {
    /// A packet's status bits, known or not.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Status: u8 {
        /// Last packet of its message.
        const END = 0x01;
        /// To be ignored.
        const IGNORE = 0x02;
        /// Reset the connection before this request.
        const RESET = 0x08;
        /// Likewise, keeping the transaction.
        const RESET_KEEP_TRANSACTION = 0x10;
        /// Whatever else a peer may set.
        const _ = !0;
    }
}

/// A packet's header.
///
/// ```text
///  0      1       2        4      6         7       8
///  +------+-------+--------+------+---------+--------+
///  | type | status| length | SPID | packet  | window |
///  |      |       | BE     | BE   | id      | 0      |
///  +------+-------+--------+------+---------+--------+
///   length counts the header too
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Type.
    pub kind: PacketType,
    /// Status bits.
    pub status: Status,
    /// Length of the packet, header included.
    pub length: u16,
    /// Server process id; 0 from a client.
    pub spid: u16,
    /// 1 for the first packet of a message, one more for each, modulo 256.
    pub packet_id: u8,
    /// 0.
    pub window: u8,
}

/// A whole message: the payloads of its packets, joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Type of its first packet.
    pub kind: PacketType,
    /// Payload without headers.
    pub payload: Vec<u8>,
    /// Header of every packet, in order.
    pub headers: Vec<Header>,
}

/// What [`Reassembler::push`] made of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All bytes were taken; the message is not whole yet.
    More,
    /// A message is whole.
    Message {
        /// The message.
        message: Message,
        /// How many of the bytes belonged to it; the rest is the caller's, untouched.
        used: usize,
    },
}

/// Puts packets together, however the bytes are cut.
///
/// ```text
///   header (0–7 bytes of it) ──8th byte──► payload (n left) ──n bytes──► header, or the message when END was set
///        │ length or size out of bounds
///        ▼
///      failed: says the same again
/// ```
#[derive(Clone, Debug)]
pub struct Reassembler {
    limit: usize,
    header: Vec<u8>,
    /// Payload bytes of the current packet that are still to come.
    left: usize,
    /// Bytes of the message so far, headers included.
    total: usize,
    payload: Vec<u8>,
    headers: Vec<Header>,
    failed: Option<Error>,
}

impl Reassembler {
    /// With a limit on the bytes of one message, headers included.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            header: Vec::with_capacity(PACKET_MIN),
            left: 0,
            total: 0,
            payload: Vec::new(),
            headers: Vec::new(),
            failed: None,
        }
    }

    /// Takes the next bytes, up to the end of the message they belong to.
    ///
    /// An error is for good: what follows it on the connection cannot be told apart. Offsets count from the start of the
    /// message, headers included.
    pub fn push(&mut self, bytes: &[u8]) -> Decoded<Progress> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        self.advance(bytes)
            .inspect_err(|error| self.failed = Some(*error))
    }

    fn advance(&mut self, bytes: &[u8]) -> Decoded<Progress> {
        let mut rest = bytes;
        loop {
            if self.left > 0 {
                let (taken, after) = rest.split_at(self.left.min(rest.len()));
                self.payload.extend_from_slice(taken);
                self.left -= taken.len();
                rest = after;
                if self.left > 0 {
                    return Ok(Progress::More);
                }
            } else {
                let missing = PACKET_MIN.saturating_sub(self.header.len());
                let (taken, after) = rest.split_at(missing.min(rest.len()));
                self.header.extend_from_slice(taken);
                rest = after;
                if self.header.len() < PACKET_MIN {
                    return Ok(Progress::More);
                }
                self.begin_packet()?;
            }
            if self.left == 0 && self.ends_here() {
                return Ok(Progress::Message {
                    message: self.take_message(),
                    used: bytes.len() - rest.len(),
                });
            }
        }
    }

    fn begin_packet(&mut self) -> Decoded<()> {
        let at = self.total;
        let header = Header::decode(&self.header).map_err(|error| match error {
            Error::Malformed { offset, reason } => Error::Malformed {
                offset: at.saturating_add(offset),
                reason,
            },
            incomplete => incomplete,
        })?;
        let length = usize::from(header.length);
        if length > self.limit.saturating_sub(self.total) {
            return Err(Error::Malformed {
                offset: at,
                reason: Reason::MessageTooLong(self.limit),
            });
        }
        self.total += length;
        self.left = length - PACKET_MIN;
        self.headers.push(header);
        self.header.clear();
        Ok(())
    }

    fn ends_here(&self) -> bool {
        self.header.is_empty()
            && self
                .headers
                .last()
                .is_some_and(|header| header.status.contains(Status::END))
    }

    fn take_message(&mut self) -> Message {
        self.total = 0;
        let headers = std::mem::take(&mut self.headers);
        Message {
            kind: headers.first().map_or(PacketType(0), |header| header.kind),
            payload: std::mem::take(&mut self.payload),
            headers,
        }
    }

    /// Whether a message has begun and is not whole.
    #[must_use]
    pub fn is_mid_message(&self) -> bool {
        !self.header.is_empty() || !self.headers.is_empty()
    }

    /// Payload of the message so far: what there is to read when the peer ends in the middle.
    #[must_use]
    pub fn partial(&self) -> &[u8] {
        &self.payload
    }
}

impl Message {
    /// Whether a later packet has another type than the first.
    #[must_use]
    pub fn has_mixed_types(&self) -> bool {
        self.headers.iter().any(|header| header.kind != self.kind)
    }
}

impl Header {
    /// Reads a header from the first 8 bytes.
    pub fn decode(bytes: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(bytes, 0);
        let header = Self {
            kind: PacketType(reader.u8()?),
            status: Status::from_bits_retain(reader.u8()?),
            length: reader.u16_be()?,
            spid: reader.u16_be()?,
            packet_id: reader.u8()?,
            window: reader.u8()?,
        };
        if (PACKET_MIN..=PACKET_MAX).contains(&usize::from(header.length)) {
            Ok(header)
        } else {
            Err(Error::Malformed {
                offset: 2,
                reason: Reason::PacketLength(header.length),
            })
        }
    }

    /// The 8 bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; 8] {
        let [length_high, length_low] = self.length.to_be_bytes();
        let [spid_high, spid_low] = self.spid.to_be_bytes();
        [
            self.kind.0,
            self.status.bits(),
            length_high,
            length_low,
            spid_high,
            spid_low,
            self.packet_id,
            self.window,
        ]
    }
}

/// Cuts a payload into packets of at most `packet_size` bytes, header included, appended to `out`.
///
/// `out` grows once, before the payload is copied, so that no stale copy of a secret payload is left behind.
pub fn encode(
    kind: PacketType,
    payload: &[u8],
    packet_size: usize,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    if !(PACKET_SIZE_MIN..=PACKET_MAX).contains(&packet_size) {
        return Err(EncodeError::PacketSize(packet_size));
    }
    cut(kind, payload, packet_size - PACKET_MIN, out);
    Ok(())
}

/// One whole message in packets of the default size: for replies and requests that hold no secret.
#[must_use]
pub fn message(kind: PacketType, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    cut(kind, payload, PACKET_DEFAULT - PACKET_MIN, &mut out);
    out
}

/// `room` is the payload that fits one packet: 1 to 32,759.
fn cut(kind: PacketType, payload: &[u8], room: usize, out: &mut Vec<u8>) {
    let count = payload.len().div_ceil(room).max(1);
    out.reserve_exact(payload.len() + count * PACKET_MIN);
    let mut rest = payload;
    let mut packet_id = 1_u8;
    loop {
        let (part, after) = rest.split_at(room.min(rest.len()));
        rest = after;
        let header = Header {
            kind,
            status: if rest.is_empty() {
                Status::END
            } else {
                Status::empty()
            },
            length: u16::try_from(part.len() + PACKET_MIN).unwrap_or(u16::MAX),
            spid: 0,
            packet_id,
            window: 0,
        };
        out.extend_from_slice(&header.encode());
        out.extend_from_slice(part);
        if rest.is_empty() {
            return;
        }
        packet_id = packet_id.wrapping_add(1);
    }
}
