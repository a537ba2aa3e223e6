//! SQL batch: the headers every request carries since TDS 7.2, and the statement.

use crate::Decoded;

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
}

/// The payload of a SQL batch outside any transaction.
#[must_use]
pub fn encode(sql: &str) -> Vec<u8> {
    let _ = sql;
    todo!()
}

/// Reads the payload of a SQL batch. One that does not begin with headers is all statement.
pub fn decode(payload: &[u8]) -> Decoded<Batch> {
    let _ = payload;
    todo!()
}
