//! One reply, read whole: bounded in size and time, and kept as far as it came.

use crate::connection::{Broken, Connection};
use std::time::Duration;
use tds::packet::{Header, Message, PacketType, Progress, Reassembler};
use tokio::time::Instant;

/// Read size.
const CHUNK: usize = 8 * 1024;
/// Bytes of a packet's header.
const HEADER: usize = 8;

/// Bytes of a stranger's greeting that are waited for, and how long.
pub(crate) const GREETING_BYTES: usize = 64;
const GREETING_TIME: Duration = Duration::from_millis(200);

/// Why a reply is not whole, and what came of it.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) why: Why,
    /// Every byte that came, headers included.
    pub(crate) raw: Vec<u8>,
}

#[derive(Debug)]
pub(crate) enum Why {
    /// Nothing more came.
    Broken(Broken),
    /// The first byte is none that a reply begins with.
    Stranger,
    /// What came cannot be packets.
    Malformed(tds::Error),
}

/// Reads one message of at most `limit` bytes. With `types`, one whose packets are of another type is a
/// stranger: some more of its greeting is read, and that is all.
pub(crate) async fn read(
    connection: &mut Connection<'_>,
    limit: usize,
    types: Option<&[PacketType]>,
    mut deadline: Instant,
) -> Result<Message, Partial> {
    let stranger = |raw: &[u8]| match (types, raw.first()) {
        (Some(types), Some(first)) => !types.contains(&PacketType(*first)),
        _ => false,
    };
    let mut reassembler = Reassembler::new(limit);
    let mut raw = Vec::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        let bytes = match connection.receive(&mut buffer, deadline).await {
            Ok(bytes) => bytes,
            Err(_) if stranger(&raw) => {
                let why = Why::Stranger;
                return Err(Partial { why, raw });
            }
            Err(broken) => {
                let why = Why::Broken(broken);
                return Err(Partial { why, raw });
            }
        };
        if raw.is_empty() && stranger(bytes) {
            deadline = deadline.min(Instant::now() + GREETING_TIME);
        }
        raw.extend_from_slice(bytes);
        if stranger(&raw) {
            if raw.len() < GREETING_BYTES {
                continue;
            }
            let why = Why::Stranger;
            return Err(Partial { why, raw });
        }
        match reassembler.push(bytes) {
            Ok(Progress::Message { message, .. }) => return Ok(message),
            Ok(Progress::More) | Err(tds::Error::Incomplete { .. }) => {}
            Err(error) => {
                let why = Why::Malformed(error);
                return Err(Partial { why, raw });
            }
        }
        if raw.len() >= limit {
            let why = Why::Malformed(tds::Error::Malformed {
                offset: raw.len(),
                reason: tds::Reason::MessageTooLong(limit),
            });
            return Err(Partial { why, raw });
        }
    }
}

impl Partial {
    /// What came of the payload: the packets' headers taken off.
    pub(crate) fn payload(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        let mut rest = self.raw.as_slice();
        while let Ok(header) = Header::decode(rest) {
            let end = usize::from(header.length).max(HEADER).min(rest.len());
            let (packet, after) = rest.split_at(end);
            payload.extend_from_slice(packet.get(HEADER..).unwrap_or_default());
            rest = after;
        }
        payload
    }
}
