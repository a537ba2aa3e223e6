//! The system's Kerberos: GSSAPI on Unix, SSPI on Windows.

use super::{Token, refusal};
use crate::failure::Failure;
use cross_krb5::{ClientCtx, InitiateFlags, PendingClientCtx, Step};

/// Whether there is one.
pub(super) const BUILT_IN: bool = true;

/// A handshake that waits for the server.
pub(super) struct Pending(PendingClientCtx);

impl Pending {
    /// Gets a ticket for the SPN, and makes the first token of it. Blocks.
    pub(super) fn begin(spn: &str) -> Result<(Self, Token), Failure> {
        // Inside TLS nothing else is encrypted; that the server proves itself is asked for.
        let flags = InitiateFlags::DISABLE_CONFIDENTIALITY;
        let (pending, token) = ClientCtx::new(flags, None, spn, None)
            .map_err(|error| refusal::of(error.downcast_ref(), format!("{error:#}")))?;
        Ok((Self(pending), Token::new(token.to_vec())))
    }

    /// Takes the server's token; what is left of the handshake, and what is to be sent. Blocks.
    pub(super) fn step(self, token: &[u8]) -> Result<(Option<Self>, Option<Token>), Failure> {
        Ok(
            match self
                .0
                .step(token)
                .map_err(|error| refusal::of(error.downcast_ref(), format!("{error:#}")))?
            {
                Step::Continue((pending, token)) => {
                    (Some(Self(pending)), Some(Token::new(token.to_vec())))
                }
                Step::Finished((_, token)) => (None, token.map(|token| Token::new(token.to_vec()))),
            },
        )
    }
}
