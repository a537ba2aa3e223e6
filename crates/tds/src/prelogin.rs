//! PRELOGIN: an ordered list of options, in the request and in the reply.

use crate::{Decoded, EncodeError, Reason};
use uuid::Uuid;

/// An option's token byte, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OptionId(pub u8);

impl OptionId {
    /// Product version.
    pub const VERSION: Self = Self(0x00);
    /// Encryption.
    pub const ENCRYPTION: Self = Self(0x01);
    /// Instance name, or whether it matched.
    pub const INSTANCE: Self = Self(0x02);
    /// Client's thread.
    pub const THREAD_ID: Self = Self(0x03);
    /// Multiple active result sets.
    pub const MARS: Self = Self(0x04);
    /// Connection and activity ids.
    pub const TRACE_ID: Self = Self(0x05);
    /// Federated authentication.
    pub const FED_AUTH_REQUIRED: Self = Self(0x06);
    /// Nonce.
    pub const NONCE: Self = Self(0x07);
    /// End of the table.
    pub const TERMINATOR: Self = Self(0xFF);
}

/// The ENCRYPTION byte, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encryption(pub u8);

impl Encryption {
    /// Only the LOGIN7 packet is encrypted.
    pub const OFF: Self = Self(0);
    /// Everything is encrypted.
    pub const ON: Self = Self(1);
    /// Not supported.
    pub const NOT_SUPPORTED: Self = Self(2);
    /// Everything is encrypted, and the server insists.
    pub const REQUIRED: Self = Self(3);
}

/// Product version in PRELOGIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Version {
    /// Major.
    pub major: u8,
    /// Minor.
    pub minor: u8,
    /// Build.
    pub build: u16,
    /// Sub-build.
    pub sub_build: u16,
}

/// The ids that support cases use. GUIDs stand in Windows byte order on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId {
    /// Of the connection.
    pub connection: Uuid,
    /// Of the activity.
    pub activity: Uuid,
    /// Sequence number of the activity.
    pub sequence: u32,
}

/// An option as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawOption {
    /// Token byte.
    pub id: OptionId,
    /// Where its table entry stands in the payload.
    pub at: usize,
    /// Declared offset from the start of the payload.
    pub offset: u16,
    /// Declared length.
    pub length: u16,
    /// The bytes that are really there; fewer than declared when the payload ends early.
    pub bytes: Vec<u8>,
}

/// A PRELOGIN payload, request or reply, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prelogin {
    /// Every option in the order of the table.
    pub options: Vec<RawOption>,
    /// What is not as it should be: place and reason. Empty when fine.
    pub odd: Vec<(usize, Reason)>,
}

impl Prelogin {
    /// VERSION.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        todo!()
    }

    /// ENCRYPTION; `None` when the option is absent or empty.
    #[must_use]
    pub fn encryption(&self) -> Option<Encryption> {
        todo!()
    }

    /// INSTOPT as a client sends it: the name, without its NUL.
    #[must_use]
    pub fn instance(&self) -> Option<String> {
        todo!()
    }

    /// INSTOPT as a server sends it: whether the name matched.
    #[must_use]
    pub fn instance_matches(&self) -> Option<bool> {
        todo!()
    }

    /// THREADID.
    #[must_use]
    pub fn thread_id(&self) -> Option<u32> {
        todo!()
    }

    /// MARS.
    #[must_use]
    pub fn mars(&self) -> Option<bool> {
        todo!()
    }

    /// TRACEID.
    #[must_use]
    pub fn trace_id(&self) -> Option<TraceId> {
        todo!()
    }

    /// FEDAUTHREQUIRED.
    #[must_use]
    pub fn fed_auth_required(&self) -> Option<bool> {
        todo!()
    }

    /// NONCEOPT.
    #[must_use]
    pub fn nonce(&self) -> Option<[u8; 32]> {
        todo!()
    }

    /// Whether every option holds as many bytes as it declares.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        todo!()
    }
}

/// Reads the payload of a PRELOGIN message.
///
/// Incomplete when the table has no terminator. An option whose data reaches past the payload is kept with the bytes
/// that are there and noted in [`Prelogin::odd`].
pub fn decode(payload: &[u8]) -> Decoded<Prelogin> {
    let _ = payload;
    todo!()
}

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Client's version.
    pub version: Version,
    /// Wish for encryption.
    pub encryption: Encryption,
    /// Instance name; empty = do not check.
    pub instance: String,
    /// Thread.
    pub thread_id: u32,
    /// MARS.
    pub mars: bool,
    /// TRACEID.
    pub trace_id: Option<TraceId>,
    /// FEDAUTHREQUIRED; absent = not sent.
    pub fed_auth_required: Option<bool>,
    /// NONCEOPT.
    pub nonce: Option<[u8; 32]>,
}

/// What a server sends. An absent part is an absent option.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reply {
    /// Server's version.
    pub version: Option<Version>,
    /// Encryption.
    pub encryption: Option<Encryption>,
    /// Whether the instance name matched.
    pub instance_matches: Option<bool>,
    /// THREADID, which a server sends empty.
    pub thread_id: bool,
    /// MARS.
    pub mars: Option<bool>,
    /// An empty TRACEID, as some servers send.
    pub trace_id: bool,
    /// FEDAUTHREQUIRED.
    pub fed_auth_required: Option<bool>,
    /// NONCEOPT.
    pub nonce: Option<[u8; 32]>,
}

impl Request {
    /// The payload.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        todo!()
    }
}

impl Reply {
    /// The payload.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        todo!()
    }
}

/// A payload of any options, in the order given.
pub fn encode(options: &[(OptionId, &[u8])]) -> Result<Vec<u8>, EncodeError> {
    let _ = options;
    todo!()
}
