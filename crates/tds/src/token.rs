//! Token streams: what a server's reply is made of.
//!
//! ```text
//!  reply = token*            token = id u8 | body
//!
//!  bits 4–5 of the id tell how long the body of a token is that is not known:
//!    00  as many parts as it says: reading stops      10  length u16, then so many bytes
//!    01  none                                         11  1, 2, 4 or 8 bytes by bits 2–3
//! ```

mod decode;
mod done;
mod encode;
mod env;
mod fed_auth_info;
mod message;
mod reply;

pub use decode::decode;
pub use done::{Done, DoneKind, DoneStatus};
pub use encode::encode;
pub use env::{Change, EnvChange, EnvKind, Routing};
pub use fed_auth_info::FedAuthInfo;
pub use message::{LoginAck, ServerMessage};
pub use reply::Reply;

use crate::Reason;
use crate::login7::Feature;
use crate::rows::{Column, Value};

/// A token's byte, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId(pub u8);

impl TokenId {
    /// RETURNSTATUS.
    pub const RETURN_STATUS: Self = Self(0x79);
    /// COLMETADATA.
    pub const COL_METADATA: Self = Self(0x81);
    /// ORDER.
    pub const ORDER: Self = Self(0xA9);
    /// ERROR.
    pub const ERROR: Self = Self(0xAA);
    /// INFO.
    pub const INFO: Self = Self(0xAB);
    /// LOGINACK.
    pub const LOGIN_ACK: Self = Self(0xAD);
    /// FEATUREEXTACK.
    pub const FEATURE_EXT_ACK: Self = Self(0xAE);
    /// RETURNVALUE.
    pub const RETURN_VALUE: Self = Self(0xAC);
    /// ROW.
    pub const ROW: Self = Self(0xD1);
    /// NBCROW.
    pub const NBC_ROW: Self = Self(0xD2);
    /// ALTROW, which only obsolete statements bring; not read.
    pub const ALT_ROW: Self = Self(0xD3);
    /// ENVCHANGE.
    pub const ENV_CHANGE: Self = Self(0xE3);
    /// SESSIONSTATE.
    pub const SESSION_STATE: Self = Self(0xE4);
    /// SSPI.
    pub const SSPI: Self = Self(0xED);
    /// FEDAUTHINFO.
    pub const FED_AUTH_INFO: Self = Self(0xEE);
    /// DONE.
    pub const DONE: Self = Self(0xFD);
    /// DONEPROC.
    pub const DONE_PROC: Self = Self(0xFE);
    /// DONEINPROC.
    pub const DONE_IN_PROC: Self = Self(0xFF);
}

/// A token as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its byte.
    pub id: TokenId,
    /// Where it stands in the reply.
    pub at: usize,
    /// Length of its body as it declares it; absent for tokens that declare none.
    pub declared: Option<usize>,
    /// All its bytes, the token byte included.
    pub raw: Vec<u8>,
    /// What it says.
    pub body: Body,
    /// What is not as it should be: place in the reply, and reason. Absent when fine.
    pub odd: Option<(usize, Reason)>,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// ERROR.
    Error(ServerMessage),
    /// INFO.
    Info(ServerMessage),
    /// LOGINACK.
    LoginAck(LoginAck),
    /// FEATUREEXTACK.
    FeatureExtAck(Vec<Feature>),
    /// ENVCHANGE.
    EnvChange(EnvChange),
    /// SESSIONSTATE.
    SessionState(SessionState),
    /// SSPI.
    Sspi(Vec<u8>),
    /// FEDAUTHINFO.
    FedAuthInfo(FedAuthInfo),
    /// DONE, DONEPROC, DONEINPROC.
    Done(Done),
    /// RETURNSTATUS.
    ReturnStatus(i32),
    /// RETURNVALUE.
    ReturnValue(ReturnValue),
    /// ORDER.
    Order(Vec<u16>),
    /// COLMETADATA.
    Columns(Vec<Column>),
    /// ROW and NBCROW. Encoded as ROW, by the columns before it.
    Row(Vec<Value>),
    /// A token that is not known, or whose body could not be read: its body, raw, without token byte and length.
    Unknown {
        /// Token byte.
        id: TokenId,
        /// Body.
        data: Vec<u8>,
    },
}

/// RETURNVALUE: an output parameter of a procedure.
///
/// ```text
///  0xAC | ordinal u16 | name B_VARCHAR | status u8 | user type u32 | flags u16 | type | value
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnValue {
    /// Which parameter.
    pub ordinal: u16,
    /// 1 = output parameter, 2 = result of a function.
    pub status: u8,
    /// Its name and type.
    pub column: Column,
    /// Its value.
    pub value: Value,
}

/// SESSIONSTATE: what a driver repeats when it recovers a session.
///
/// ```text
///  0xE4 | length u32 | sequence u32 | status u8 | states
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SessionState {
    /// Sequence number.
    pub sequence: u32,
    /// Status.
    pub status: u8,
    /// States, raw.
    pub states: Vec<u8>,
}

/// How long a token's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyLength {
    /// A u16 says it.
    Short,
    /// A u32 says it.
    Long,
    /// So many bytes.
    Fixed(usize),
    /// Its content says it.
    ByContent,
    /// Nobody can tell.
    Unknown,
}

impl TokenId {
    fn body_length(self) -> BodyLength {
        match self {
            Self::SESSION_STATE | Self::FED_AUTH_INFO => BodyLength::Long,
            Self::DONE | Self::DONE_PROC | Self::DONE_IN_PROC => BodyLength::Fixed(12),
            Self::FEATURE_EXT_ACK
            | Self::COL_METADATA
            | Self::ROW
            | Self::NBC_ROW
            | Self::RETURN_VALUE => BodyLength::ByContent,
            Self::ALT_ROW => BodyLength::Unknown,
            Self(id) => match id >> 4 & 0b11 {
                0b00 => BodyLength::Unknown,
                0b01 => BodyLength::Fixed(0),
                0b10 => BodyLength::Short,
                _ => BodyLength::Fixed(1 << (id >> 2 & 0b11)),
            },
        }
    }
}
