//! A login with an access token: in LOGIN7 itself when a person pasted it, else after the server said where to get
//! one.
//!
//! ```text
//!  LOGIN7 (FEDAUTH, token) ─────────────────────────────────────────────▶ decided
//!  LOGIN7 (FEDAUTH, workflow) ──FEDAUTHINFO──▶ token ──FEDAUTH message──▶ decided
//!                                                └─a person has to sign in first: closed, then all of it again
//! ```

use super::{Decision, answered, silence_of};
use crate::connection::Connection;
use crate::context::Secret;
use crate::failure::Failure;
use crate::message::{self, Partial, Why};
use tds::fedauth;
use tds::limits::{MESSAGE_BEFORE_LOGIN, PACKET_DEFAULT};
use tds::login7::{Feature, FeatureId};
use tds::packet::PacketType;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// The feature of LOGIN7 that asks for it.
pub(super) fn feature(
    token: Option<&Secret>,
    workflow: Option<fedauth::Workflow>,
    echo: bool,
) -> Result<Option<Feature>, tds::EncodeError> {
    let request = match (workflow, token) {
        (Some(workflow), _) => fedauth::Request::Msal { echo, workflow },
        (None, Some(token)) => fedauth::Request::SecurityToken {
            echo,
            token: token.expose().to_owned(),
            nonce: None,
        },
        (None, None) => return Ok(None),
    };
    Ok(Some(Feature {
        id: FeatureId::FED_AUTH,
        data: request.encode()?,
    }))
}

/// Sends the token and reads what the server decides.
pub(super) async fn present(
    connection: &mut Connection<'_>,
    token: &Secret,
    deadline: Instant,
) -> Result<Decision, Failure> {
    let bytes = encode(token).map_err(super::internal)?;
    let reply = match connection.send(&bytes, deadline).await {
        Ok(()) => message::read(connection, MESSAGE_BEFORE_LOGIN, None, deadline).await,
        Err(broken) => Err(Partial {
            why: Why::Broken(broken),
            raw: Vec::new(),
        }),
    };
    drop(bytes);
    connection.end_phase();
    answered(connection, reply, |why| silence_of(why, "the token"))?.decided()
}

fn encode(token: &Secret) -> Result<Zeroizing<Vec<u8>>, tds::EncodeError> {
    let mut payload = Zeroizing::new(Vec::new());
    fedauth::encode_token(token.expose(), None, &mut payload)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(payload.len().saturating_mul(2)));
    let kind = PacketType::FEDAUTH_TOKEN;
    tds::packet::encode(kind, &payload, PACKET_DEFAULT, &mut bytes)?;
    Ok(bytes)
}
