//! Reading one whole message from a connection, and not a byte more.

use std::io;
use tds::packet::{Header, Message, PacketType, Progress, Reassembler};
use tokio::io::{AsyncRead, AsyncReadExt};

const HEADER: usize = tds::limits::PACKET_MIN;
/// Packets that a client may send.
const CLIENTS_SAY: [PacketType; 9] = [
    PacketType::SQL_BATCH,
    PacketType::RPC,
    PacketType::ATTENTION,
    PacketType::BULK_LOAD,
    PacketType::FEDAUTH_TOKEN,
    PacketType::TRANSACTION,
    PacketType::LOGIN7,
    PacketType::SSPI,
    PacketType::PRELOGIN,
];

/// Reads one message; `None` when the client closes between two. Errors: what the connection says, or
/// [`io::ErrorKind::InvalidData`] for what is malformed or longer than `limit`.
pub(crate) async fn read<R: AsyncRead + Unpin>(
    from: &mut R,
    limit: usize,
) -> io::Result<Option<Message>> {
    let mut whole = Reassembler::new(limit);
    loop {
        let mut start = [0; HEADER];
        let (first, others) = start.split_at_mut(1);
        if !whole.is_mid_message() && from.read(first).await? == 0 {
            return Ok(None);
        } else if whole.is_mid_message() {
            from.read_exact(first).await?;
        }
        from.read_exact(others).await?;
        let header = Header::decode(&start).map_err(invalid)?;
        if !CLIENTS_SAY.contains(&header.kind) {
            // Whatever speaks there, its length is none: waiting for so many bytes would only leave it hanging.
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut packet = start.to_vec();
        packet.resize(usize::from(header.length).max(HEADER), 0);
        if let Some(body) = packet.get_mut(HEADER..) {
            from.read_exact(body).await?;
        }
        if let Progress::Message { message, .. } = whole.push(&packet).map_err(invalid)? {
            return Ok(Some(message));
        }
    }
}

fn invalid(error: tds::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tds::packet::encode;

    #[tokio::test]
    async fn leaves_the_next_message_alone() {
        let mut bytes = Vec::new();
        encode(PacketType::SQL_BATCH, &[7; 1500], 512, &mut bytes).unwrap();
        encode(PacketType::ATTENTION, &[], 512, &mut bytes).unwrap();
        let mut from = bytes.as_slice();
        let first = read(&mut from, 4096).await.unwrap().unwrap();
        assert_eq!(
            (first.kind, first.payload.len()),
            (PacketType::SQL_BATCH, 1500)
        );
        assert_eq!(from.len(), 8);
        let second = read(&mut from, 4096).await.unwrap().unwrap();
        assert_eq!(second.kind, PacketType::ATTENTION);
        assert_eq!(read(&mut from, 4096).await.unwrap(), None);
    }

    #[tokio::test]
    async fn refuses_what_is_too_long_or_too_short() {
        let mut bytes = Vec::new();
        encode(PacketType::SQL_BATCH, &[7; 1500], 512, &mut bytes).unwrap();
        let kind = |result: io::Result<_>| result.unwrap_err().kind();
        assert_eq!(
            kind(read(&mut bytes.as_slice(), 1000).await),
            io::ErrorKind::InvalidData
        );
        let short = [0x12, 1, 0, 7, 0, 0, 1, 0];
        assert_eq!(
            kind(read(&mut short.as_slice(), 1000).await),
            io::ErrorKind::InvalidData
        );
        let http = b"GET / HTTP/1.1";
        assert_eq!(
            kind(read(&mut http.as_slice(), 1000).await),
            io::ErrorKind::InvalidData
        );
        assert_eq!(
            kind(read(&mut bytes.get(..40).unwrap(), 4000).await),
            io::ErrorKind::UnexpectedEof
        );
    }
}
