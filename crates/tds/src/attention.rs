//! Attention: asks the server to stop what it is doing. A header and no payload; the answer is a DONE with its bit.

use crate::token::{DoneStatus, Reply};

/// The whole message: 8 bytes.
#[must_use]
pub fn encode() -> [u8; 8] {
    [0x06, 0x01, 0x00, 0x08, 0x00, 0x00, 0x01, 0x00]
}

/// Whether a reply acknowledges an attention; the connection is usable again after it.
#[must_use]
pub fn acknowledged(reply: &Reply) -> bool {
    reply
        .dones()
        .any(|done| done.status.contains(DoneStatus::ATTENTION))
}
