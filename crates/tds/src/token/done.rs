//! DONE, DONEPROC, DONEINPROC: a statement, or all of them, came to its end.
//!
//! ```text
//!  0xFD 0xFE 0xFF | status u16 | command u16 | rows u64
//! ```

use super::TokenId;
use crate::Decoded;
use crate::bytes::Reader;

bitflags::bitflags! {
    /// DONE's status bits, known or not.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct DoneStatus: u16 {
        /// More follows.
        const MORE = 0x01;
        /// The statement failed.
        const ERROR = 0x02;
        /// In a transaction.
        const IN_TRANSACTION = 0x04;
        /// The row count counts.
        const COUNT = 0x10;
        /// Acknowledges an attention.
        const ATTENTION = 0x20;
        /// The server ended the request.
        const SERVER_ERROR = 0x100;
        /// Whatever else a peer may set.
        const _ = !0;
    }
}

/// Which DONE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DoneKind {
    /// DONE.
    Done,
    /// DONEPROC.
    Proc,
    /// DONEINPROC.
    InProc,
}

/// DONE, DONEPROC, DONEINPROC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which.
    pub kind: DoneKind,
    /// Status bits.
    pub status: DoneStatus,
    /// Current command.
    pub command: u16,
    /// Row count.
    pub rows: u64,
}

impl Done {
    /// DONE with this status and nothing else.
    #[must_use]
    pub fn new(status: DoneStatus) -> Self {
        Self {
            kind: DoneKind::Done,
            status,
            command: 0,
            rows: 0,
        }
    }

    /// DONE after so many rows of a SELECT.
    #[must_use]
    pub fn rows(rows: u64) -> Self {
        Self {
            kind: DoneKind::Done,
            status: DoneStatus::COUNT,
            command: 0xC1,
            rows,
        }
    }
}

impl Done {
    /// The token byte.
    pub(super) fn id(&self) -> TokenId {
        match self.kind {
            DoneKind::Done => TokenId::DONE,
            DoneKind::Proc => TokenId::DONE_PROC,
            DoneKind::InProc => TokenId::DONE_IN_PROC,
        }
    }

    pub(super) fn read(kind: DoneKind, body: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            kind,
            status: DoneStatus::from_bits_retain(body.u16()?),
            command: body.u16()?,
            rows: body.u64()?,
        })
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.status.bits().to_le_bytes());
        out.extend(self.command.to_le_bytes());
        out.extend(self.rows.to_le_bytes());
    }
}
