//! Why bytes did not become a value, or a value did not become bytes.

use thiserror::Error as ThisError;

/// What a decoder returns: a value, incomplete, or malformed.
pub type Decoded<T> = Result<T, Error>;

/// Why bytes did not become a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
pub enum Error {
    /// The bytes end too early; with more of them it may still become a value.
    #[error("incomplete: the bytes end at {offset}, {needed} more needed")]
    Incomplete {
        /// Where the bytes end.
        offset: usize,
        /// At least so many more are needed.
        needed: usize,
    },
    /// No further bytes can make it a value.
    #[error("malformed at byte {offset}: {reason}")]
    Malformed {
        /// Where.
        offset: usize,
        /// Why.
        reason: Reason,
    },
}

/// Why bytes are malformed, or odd although they could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
pub enum Reason {
    /// A packet that declares a length under its header's or over the greatest.
    #[error("packet length {0} is outside 8 to 32767")]
    PacketLength(u16),
    /// A message over the caller's limit.
    #[error("message is longer than {0} bytes")]
    MessageTooLong(usize),
    /// More entries than the bound allows.
    #[error("more than {0} entries")]
    TooMany(usize),
    /// A string over [`crate::limits::STRING_BYTES`].
    #[error("string of {0} bytes is too long")]
    StringTooLong(usize),
    /// A declared length or offset that reaches outside what holds it.
    #[error("declared length {declared}, {actual} bytes there")]
    Length {
        /// What it says.
        declared: usize,
        /// What there is.
        actual: usize,
    },
    /// Bytes that should have followed inside a declared length.
    #[error("{0} bytes missing")]
    Missing(usize),
    /// Bytes left over inside a declared length.
    #[error("{0} bytes left over")]
    LeftOver(usize),
    /// A token whose length nobody can tell.
    #[error("unknown token 0x{0:02X}")]
    UnknownToken(u8),
    /// A column type whose length nobody can tell.
    #[error("unknown column type 0x{0:02X}")]
    UnknownType(u8),
    /// A row without a COLMETADATA before it.
    #[error("row without column metadata")]
    RowWithoutColumns,
    /// A value that its field cannot have.
    #[error("{0} cannot be {1}")]
    Value(&'static str, u64),
    /// Text that is not UTF-16; what is not was replaced by U+FFFD.
    #[error("text is not UTF-16")]
    NotUtf16,
}

/// Why a value did not become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
pub enum EncodeError {
    /// Longer than its length field, or the bound, allows.
    #[error("{what} is {length} long, at most {limit} fit")]
    TooLong {
        /// Which part.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The most that fits.
        limit: usize,
    },
    /// A packet size outside 512 to 32767.
    #[error("packet size {0} is outside 512 to 32767")]
    PacketSize(usize),
    /// A value that does not fit its column.
    #[error("value {index} does not fit its column")]
    Value {
        /// Place in the row, from 0.
        index: usize,
    },
}
