//! TLS records inside packets, as the classic conversation carries its handshake.
//!
//! ```text
//!   boundary ──header──► payload(n) ──n bytes──► boundary
//!      │  first byte 0x14–0x17, or go_raw()
//!      ▼
//!     raw: every byte is TLS
//! ```
//!
//! Wrapping ends with the handshake; from then on the records stand bare on the socket.

use crate::packet::PacketType;
use crate::{Decoded, EncodeError};

/// ALPN of TDS 8.0 strict.
pub const ALPN_TDS8: &[u8] = b"tds/8.0";

/// Wraps one TLS flight in packets of type PRELOGIN (0x12), as both sides should.
pub fn wrap(records: &[u8], packet_size: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    crate::packet::encode(PacketType::PRELOGIN, records, packet_size, out)
}

/// Takes the packets off TLS records, however the bytes are cut, whatever type the packets have.
#[derive(Clone, Debug, Default)]
pub struct Unwrapper {
    wrapper: Option<PacketType>,
}

impl Unwrapper {
    /// At a packet boundary.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes all the bytes and appends the TLS bytes among them to `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
        let _ = (bytes, out);
        todo!()
    }

    /// From the next packet boundary on, bytes are bare records: the handshake is done.
    pub fn go_raw(&mut self) {
        todo!()
    }

    /// Whether bare records have begun.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        todo!()
    }

    /// Type of the first packet that wrapped a record; 0x12 is usual, 0x04 is seen.
    #[must_use]
    pub fn wrapper(&self) -> Option<PacketType> {
        self.wrapper
    }
}
