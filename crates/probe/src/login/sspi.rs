//! Windows authentication after LOGIN7, which brought the first token: SSPI tokens of the server, SSPI messages of ours,
//! until the server has decided.

use super::{Decision, Heard, answered, malformed, silence_of};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::message;
use crate::ticket::Handshake;
use tds::limits::{MESSAGE_BEFORE_LOGIN, PACKET_DEFAULT};
use tds::packet::PacketType;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Tokens of a server that are answered at most; Kerberos takes one.
const MOST_ROUNDS: usize = 8;

/// Goes on from the server's first token.
pub(super) async fn converse(
    connection: &mut Connection<'_>,
    mut handshake: Handshake,
    mut challenge: Vec<u8>,
    deadline: Instant,
) -> Result<Decision, Failure> {
    for _ in 0..MOST_ROUNDS {
        if let Some(token) = handshake.answer(challenge).await? {
            let mut bytes = Zeroizing::new(Vec::new());
            tds::packet::encode(PacketType::SSPI, &token, PACKET_DEFAULT, &mut bytes)
                .map_err(super::internal)?;
            if let Err(broken) = connection.send(&bytes, deadline).await {
                return Err(silence_of(&message::Why::Broken(broken), "the ticket"));
            }
        }
        let reply = message::read(connection, MESSAGE_BEFORE_LOGIN, None, deadline).await;
        match answered(connection, reply, |why| silence_of(why, "the ticket"))? {
            Heard::Decided(decision) => return Ok(decision),
            Heard::Challenge(token) => challenge = token,
        }
    }
    Err(malformed("the server goes on with SSPI and never decides"))
}
