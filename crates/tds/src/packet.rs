//! Packets: the 8-byte header, cutting a message into packets, and putting packets together again.

use crate::{Decoded, EncodeError};

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
#[derive(Clone, Debug)]
pub struct Reassembler {
    limit: usize,
}

impl Reassembler {
    /// With a limit on the bytes of one message, headers included.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit }
    }

    /// Takes the next bytes, up to the end of the message they belong to.
    pub fn push(&mut self, bytes: &[u8]) -> Decoded<Progress> {
        let _ = (bytes, self.limit);
        todo!()
    }

    /// Whether a message has begun and is not whole.
    #[must_use]
    pub fn is_mid_message(&self) -> bool {
        todo!()
    }
}

impl Header {
    /// Reads a header from the first 8 bytes.
    pub fn decode(bytes: &[u8]) -> Decoded<Self> {
        let _ = bytes;
        todo!()
    }

    /// The 8 bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; 8] {
        todo!()
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
    let _ = (kind, payload, packet_size, out);
    todo!()
}

/// One whole message in packets of the default size: for replies and requests that hold no secret.
#[must_use]
pub fn message(kind: PacketType, payload: &[u8]) -> Vec<u8> {
    let _ = (kind, payload);
    todo!()
}
