//! Federated authentication: the LOGIN7 feature's data, and the token message that follows FEDAUTHINFO.

use crate::{Decoded, EncodeError};
use std::fmt;

/// How the token is come by, in the feature's data for library 2 (MSAL).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Workflow(pub u8);

impl Workflow {
    /// Password or service principal.
    pub const PASSWORD: Self = Self(1);
    /// Integrated.
    pub const INTEGRATED: Self = Self(2);
    /// Interactive, managed identity, device code, default.
    pub const INTERACTIVE: Self = Self(3);
}

/// The data of the FEDAUTH feature in LOGIN7. `Debug` does not print the token.
#[derive(Clone, PartialEq, Eq)]
pub enum Request {
    /// Library 1: the token is sent along.
    SecurityToken {
        /// Echo of the server's FEDAUTHREQUIRED.
        echo: bool,
        /// The token.
        token: String,
        /// Nonce.
        nonce: Option<[u8; 32]>,
    },
    /// Library 2: the server answers with FEDAUTHINFO first.
    Msal {
        /// Echo of the server's FEDAUTHREQUIRED.
        echo: bool,
        /// Workflow.
        workflow: Workflow,
    },
    /// Another library, kept raw.
    Other {
        /// The options byte.
        options: u8,
        /// What follows it.
        data: Vec<u8>,
    },
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecurityToken { echo, .. } => f
                .debug_struct("SecurityToken")
                .field("echo", echo)
                .finish_non_exhaustive(),
            Self::Msal { echo, workflow } => f
                .debug_struct("Msal")
                .field("echo", echo)
                .field("workflow", workflow)
                .finish(),
            Self::Other { options, .. } => f
                .debug_struct("Other")
                .field("options", options)
                .finish_non_exhaustive(),
        }
    }
}

impl Request {
    /// The feature's data.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        todo!()
    }

    /// Reads the feature's data.
    pub fn decode(data: &[u8]) -> Decoded<Self> {
        let _ = data;
        todo!()
    }
}

/// The payload of a FEDAUTH token message (type 0x08), appended to `out`, which grows once.
pub fn encode_token(
    token: &str,
    nonce: Option<&[u8; 32]>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let _ = (token, nonce, out);
    todo!()
}

/// A FEDAUTH token message as a server received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenMessage {
    /// The token.
    pub token: crate::login7::Hidden,
    /// Nonce.
    pub nonce: Option<[u8; 32]>,
}

/// Reads the payload of a FEDAUTH token message.
pub fn decode_token(payload: &[u8]) -> Decoded<TokenMessage> {
    let _ = payload;
    todo!()
}
