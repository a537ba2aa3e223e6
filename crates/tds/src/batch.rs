//! SQL batch: the headers every request carries since TDS 7.2, and the statement.
//!
//! ```text
//!  +-----------+----------------------------------------------------+----------------+
//!  | total u32 | length u32 = 18 | type u16 = 2 | transaction u64    | statement      |
//!  | = 22      |                 |              | outstanding u32 = 1| UTF-16LE       |
//!  +-----------+----------------------------------------------------+----------------+
//!   total and length count themselves
//! ```

use crate::bytes::{Reader, put_text, utf16};
use crate::{Decoded, Error, Reason};

/// The headers of a request outside any transaction.
pub(crate) const ALL_HEADERS: [u8; 22] = [
    22, 0, 0, 0, 18, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
];

/// A header before the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHeader {
    /// Type; 2 = transaction descriptor.
    pub kind: u16,
    /// Its data.
    pub data: Vec<u8>,
}

/// A SQL batch as a server received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Headers; empty for clients older than TDS 7.2.
    pub headers: Vec<RequestHeader>,
    /// The statement.
    pub sql: String,
    /// Whether the statement was UTF-16 without loss.
    pub utf16: bool,
}

/// Type of the header that names a transaction.
const TRANSACTION: u16 = 2;

impl Batch {
    /// The transaction that it says it belongs to; 0 = none.
    #[must_use]
    pub fn transaction(&self) -> u64 {
        let header = self.headers.iter().find(|one| one.kind == TRANSACTION);
        let bytes = header.and_then(|header| header.data.first_chunk());
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

/// The payload of a SQL batch outside any transaction.
#[must_use]
pub fn encode(sql: &str) -> Vec<u8> {
    encode_within(sql, 0)
}

/// The payload of a SQL batch within the transaction that the server gave this number; 0 = none.
#[must_use]
pub fn encode_within(sql: &str, transaction: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(ALL_HEADERS.len() + sql.len().saturating_mul(2));
    let (before, after) = ALL_HEADERS.split_at(10);
    out.extend_from_slice(before);
    out.extend(transaction.to_le_bytes());
    out.extend(after.iter().skip(8));
    put_text(&mut out, sql);
    out
}

/// Reads the payload of a SQL batch. One that does not begin with headers is all statement.
///
/// The statement has no length of its own: it ends where the message ends.
pub fn decode(payload: &[u8]) -> Decoded<Batch> {
    let mut reader = Reader::new(payload, 0);
    let headers = read_headers(&mut reader)?;
    if reader.len() % 2 == 1 {
        return Err(Error::Incomplete {
            offset: payload.len(),
            needed: 1,
        });
    }
    let (sql, utf16) = utf16(reader.rest());
    Ok(Batch {
        headers,
        sql,
        utf16,
    })
}

/// Reads the headers of a request, if it has any: text has no NUL for its second unit, a length under 64 KiB has.
pub(crate) fn read_headers(reader: &mut Reader<'_>) -> Decoded<Vec<RequestHeader>> {
    let mut headers = Vec::new();
    let mut ahead = reader.clone();
    let total = match ahead.u32() {
        Ok(total) if total <= u32::from(u16::MAX) => usize::try_from(total).unwrap_or(usize::MAX),
        Ok(_) => return Ok(headers),
        Err(_) if reader.is_empty() => return Ok(headers),
        Err(incomplete) => return Err(incomplete),
    };
    let Some(length) = total.checked_sub(4) else {
        return Err(reader.malformed(Reason::Value("headers' length", total as u64)));
    };
    let mut part = ahead.part(length)?;
    while !part.is_empty() {
        headers.push(read_header(&mut part).map_err(|error| {
            let (offset, reason) = error.as_odd();
            Error::Malformed { offset, reason }
        })?);
    }
    *reader = ahead;
    Ok(headers)
}

fn read_header(part: &mut Reader<'_>) -> Decoded<RequestHeader> {
    let length = usize::try_from(part.u32()?).unwrap_or(usize::MAX);
    let Some(data) = length.checked_sub(6) else {
        return Err(part.malformed(Reason::Value("header length", length as u64)));
    };
    Ok(RequestHeader {
        kind: part.u16()?,
        data: part.take(data)?.to_vec(),
    })
}
