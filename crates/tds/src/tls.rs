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

pub mod hello;

use crate::limits::PACKET_MIN;
use crate::packet::{Header, PacketType};
use crate::{Decoded, EncodeError, Error};

/// ALPN of TDS 8.0 strict.
pub const ALPN_TDS8: &[u8] = b"tds/8.0";

/// Wraps one TLS flight in packets of type PRELOGIN (0x12), as both sides should.
pub fn wrap(records: &[u8], packet_size: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    crate::packet::encode(PacketType::PRELOGIN, records, packet_size, out)
}

/// Takes the packets off TLS records, however the bytes are cut, whatever type the packets have.
#[derive(Clone, Debug, Default)]
pub struct Unwrapper {
    header: Vec<u8>,
    left: usize,
    raw: bool,
    raw_at_boundary: bool,
    wrapper: Option<PacketType>,
}

impl Unwrapper {
    /// At a packet boundary.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes all the bytes and appends the TLS bytes among them to `out`. The offset of an error counts within `bytes`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if self.left > 0 {
                let (taken, after) = rest.split_at(self.left.min(rest.len()));
                out.extend_from_slice(taken);
                self.left -= taken.len();
                rest = after;
                continue;
            }
            if self.header.is_empty() && (self.raw_at_boundary || is_record(first)) {
                self.raw = true;
            }
            if self.raw {
                out.extend_from_slice(rest);
                return Ok(());
            }
            let missing = PACKET_MIN.saturating_sub(self.header.len());
            let (taken, after) = rest.split_at(missing.min(rest.len()));
            self.header.extend_from_slice(taken);
            rest = after;
            if self.header.len() == PACKET_MIN {
                let header = Header::decode(&self.header).map_err(|error| Error::Malformed {
                    offset: bytes.len() - rest.len(),
                    reason: error.as_odd().1,
                })?;
                self.header.clear();
                self.wrapper.get_or_insert(header.kind);
                self.left = usize::from(header.length) - PACKET_MIN;
            }
        }
        Ok(())
    }

    /// From the next packet boundary on, bytes are bare records: the handshake is done.
    pub fn go_raw(&mut self) {
        self.raw_at_boundary = true;
    }

    /// Whether the next byte is taken for a bare record.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        self.raw || (self.raw_at_boundary && self.left == 0 && self.header.is_empty())
    }

    /// Type of the first packet that wrapped a record; 0x12 is usual, 0x04 is seen.
    #[must_use]
    pub fn wrapper(&self) -> Option<PacketType> {
        self.wrapper
    }
}

/// Whether a byte begins a TLS record.
fn is_record(first: u8) -> bool {
    (0x14..=0x17).contains(&first)
}
