//! Federated authentication: the LOGIN7 feature's data, and the token message that follows FEDAUTHINFO.
//!
//! ```text
//!  feature, library 1:  options u8 | length u32 | token UTF-16LE | [nonce 32]
//!  feature, library 2:  options u8 | workflow u8
//!  message 0x08:        total u32 | length u32 | token UTF-16LE | [nonce 32]
//!
//!  options = library << 1 | echo of FEDAUTHREQUIRED;  total counts what follows it
//! ```

use crate::bytes::{Reader, fit_u32, put_text, units, utf16};
use crate::limits::STRING_BYTES;
use crate::login7::Hidden;
use crate::{Decoded, EncodeError, Reason};
use std::fmt;

const LIBRARY_SECURITY_TOKEN: u8 = 1;
const LIBRARY_MSAL: u8 = 2;

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
        let mut out = Vec::new();
        match self {
            Self::SecurityToken { echo, token, nonce } => {
                let length = units(token).saturating_mul(2);
                out.reserve_exact(length.saturating_add(5 + 32));
                out.push(options(LIBRARY_SECURITY_TOKEN, *echo));
                out.extend(fit_u32("token", length)?.to_le_bytes());
                put_text(&mut out, token);
                out.extend(nonce.iter().flatten());
            }
            Self::Msal { echo, workflow } => {
                out.extend([options(LIBRARY_MSAL, *echo), workflow.0]);
            }
            Self::Other { options, data } => {
                out.push(*options);
                out.extend_from_slice(data);
            }
        }
        Ok(out)
    }

    /// Reads the feature's data.
    pub fn decode(data: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(data, 0);
        let options = reader.u8()?;
        let echo = options & 1 == 1;
        let request = match options >> 1 {
            LIBRARY_SECURITY_TOKEN => {
                let token = token(&mut reader)?;
                let nonce = nonce(&mut reader)?;
                Self::SecurityToken { echo, token, nonce }
            }
            LIBRARY_MSAL => Self::Msal {
                echo,
                workflow: Workflow(reader.u8()?),
            },
            _ => Self::Other {
                options,
                data: reader.rest().to_vec(),
            },
        };
        whole(&reader)?;
        Ok(request)
    }
}

fn options(library: u8, echo: bool) -> u8 {
    (library << 1) | u8::from(echo)
}

/// Text after a u32 that counts its bytes.
fn token(reader: &mut Reader<'_>) -> Decoded<String> {
    let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    if length > STRING_BYTES {
        return Err(reader.malformed(Reason::StringTooLong(length)));
    }
    let not_utf16 = reader.malformed(Reason::NotUtf16);
    match utf16(reader.take(length)?) {
        (text, true) => Ok(text),
        (_, false) => Err(not_utf16),
    }
}

fn nonce(reader: &mut Reader<'_>) -> Decoded<Option<[u8; 32]>> {
    if reader.is_empty() {
        return Ok(None);
    }
    reader.array().map(Some)
}

fn whole(reader: &Reader<'_>) -> Decoded<()> {
    if reader.is_empty() {
        Ok(())
    } else {
        Err(reader.malformed(Reason::LeftOver(reader.len())))
    }
}

/// The payload of a FEDAUTH token message (type 0x08), appended to `out`, which grows once.
pub fn encode_token(
    token: &str,
    nonce: Option<&[u8; 32]>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let length = units(token).saturating_mul(2);
    let total = length.saturating_add(4 + nonce.map_or(0, |nonce| nonce.len()));
    let declared = fit_u32("token", total)?;
    out.reserve_exact(total.saturating_add(4));
    out.extend(declared.to_le_bytes());
    out.extend(fit_u32("token", length)?.to_le_bytes());
    put_text(out, token);
    out.extend(nonce.into_iter().flatten());
    Ok(())
}

/// A FEDAUTH token message as a server received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenMessage {
    /// The token.
    pub token: Hidden,
    /// Nonce.
    pub nonce: Option<[u8; 32]>,
}

/// Reads the payload of a FEDAUTH token message.
pub fn decode_token(payload: &[u8]) -> Decoded<TokenMessage> {
    let mut reader = Reader::new(payload, 0);
    let total = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    let mut body = reader.part(total)?;
    whole(&reader)?;
    let message = TokenMessage {
        token: Hidden(token(&mut body)?),
        nonce: nonce(&mut body)?,
    };
    whole(&body)?;
    Ok(message)
}
