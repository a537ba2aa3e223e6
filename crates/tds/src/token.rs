//! Token streams: what a server's reply is made of.

use crate::login7::Feature;
use crate::rows::{Column, Value};
use crate::{EncodeError, Error, Reason, TdsVersion};

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
    /// ROW.
    pub const ROW: Self = Self(0xD1);
    /// NBCROW.
    pub const NBC_ROW: Self = Self(0xD2);
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

/// ERROR or INFO.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ServerMessage {
    /// Number.
    pub number: i32,
    /// State.
    pub state: u8,
    /// Class (severity).
    pub class: u8,
    /// Text.
    pub text: String,
    /// Server name.
    pub server: String,
    /// Procedure.
    pub procedure: String,
    /// Line.
    pub line: u32,
}

/// LOGINACK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginAck {
    /// Interface; 1 = T-SQL.
    pub interface: u8,
    /// TDS version agreed on.
    pub tds_version: TdsVersion,
    /// Program name.
    pub program: String,
    /// Major.
    pub major: u8,
    /// Minor.
    pub minor: u8,
    /// Build, high byte first.
    pub build: u16,
}

/// An ENVCHANGE's type, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnvKind(pub u8);

impl EnvKind {
    /// Database.
    pub const DATABASE: Self = Self(1);
    /// Language.
    pub const LANGUAGE: Self = Self(2);
    /// Character set.
    pub const CHARSET: Self = Self(3);
    /// Packet size.
    pub const PACKET_SIZE: Self = Self(4);
    /// Collation.
    pub const COLLATION: Self = Self(7);
    /// Mirroring partner.
    pub const MIRROR: Self = Self(13);
    /// Acknowledges a connection reset.
    pub const RESET_ACK: Self = Self(18);
    /// User instance.
    pub const USER_INSTANCE: Self = Self(19);
    /// Routing.
    pub const ROUTING: Self = Self(20);
    /// Enhanced routing.
    pub const ENHANCED_ROUTING: Self = Self(21);

    /// `database`, `language`, `packet_size`…, or `unknown`.
    #[must_use]
    pub fn name(self) -> &'static str {
        todo!()
    }
}

/// ENVCHANGE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvChange {
    /// Type.
    pub kind: EnvKind,
    /// What changes.
    pub change: Change,
}

/// What an ENVCHANGE changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Text values.
    Text {
        /// New value.
        new: String,
        /// Old value.
        old: String,
    },
    /// Byte values: collation, transactions.
    Bytes {
        /// New value.
        new: Vec<u8>,
        /// Old value.
        old: Vec<u8>,
    },
    /// Go elsewhere.
    Routing(Routing),
    /// A type that is not known, raw.
    Raw(Vec<u8>),
}

/// Where to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// 0 = TCP.
    pub protocol: u8,
    /// Port.
    pub port: u16,
    /// Server, as it came.
    pub server: String,
    /// Database; enhanced routing only.
    pub database: Option<String>,
}

impl Routing {
    /// The host: the server without what follows a backslash.
    #[must_use]
    pub fn host(&self) -> &str {
        todo!()
    }
}

impl EnvChange {
    /// Database.
    #[must_use]
    pub fn database(new: &str, old: &str) -> Self {
        Self::text(EnvKind::DATABASE, new, old)
    }

    /// Language.
    #[must_use]
    pub fn language(new: &str, old: &str) -> Self {
        Self::text(EnvKind::LANGUAGE, new, old)
    }

    /// Packet size.
    #[must_use]
    pub fn packet_size(new: u32, old: u32) -> Self {
        Self::text(EnvKind::PACKET_SIZE, &new.to_string(), &old.to_string())
    }

    /// Collation.
    #[must_use]
    pub fn collation(new: [u8; 5]) -> Self {
        Self {
            kind: EnvKind::COLLATION,
            change: Change::Bytes {
                new: new.to_vec(),
                old: Vec::new(),
            },
        }
    }

    /// Routing.
    #[must_use]
    pub fn routing(server: &str, port: u16) -> Self {
        Self {
            kind: EnvKind::ROUTING,
            change: Change::Routing(Routing {
                protocol: 0,
                port,
                server: server.to_owned(),
                database: None,
            }),
        }
    }

    /// Enhanced routing.
    #[must_use]
    pub fn enhanced_routing(server: &str, port: u16, database: &str) -> Self {
        Self {
            kind: EnvKind::ENHANCED_ROUTING,
            change: Change::Routing(Routing {
                protocol: 0,
                port,
                server: server.to_owned(),
                database: Some(database.to_owned()),
            }),
        }
    }

    /// Any change of text.
    #[must_use]
    pub fn text(kind: EnvKind, new: &str, old: &str) -> Self {
        Self {
            kind,
            change: Change::Text {
                new: new.to_owned(),
                old: old.to_owned(),
            },
        }
    }

    /// New value as people read it: the text, or hex.
    #[must_use]
    pub fn new_text(&self) -> String {
        todo!()
    }

    /// Old value likewise.
    #[must_use]
    pub fn old_text(&self) -> String {
        todo!()
    }
}

/// SESSIONSTATE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// Sequence number.
    pub sequence: u32,
    /// Status.
    pub status: u8,
    /// States, raw.
    pub states: Vec<u8>,
}

/// FEDAUTHINFO.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FedAuthInfo {
    /// Every option in order: id, and its data as it came.
    pub options: Vec<(u8, Vec<u8>)>,
}

impl FedAuthInfo {
    /// With an STS URL and an SPN.
    #[must_use]
    pub fn new(sts_url: &str, spn: &str) -> Self {
        let _ = (sts_url, spn);
        todo!()
    }

    /// STS URL.
    #[must_use]
    pub fn sts_url(&self) -> Option<String> {
        todo!()
    }

    /// SPN.
    #[must_use]
    pub fn spn(&self) -> Option<String> {
        todo!()
    }
}

bitflags::bitflags! {
    /// DONE's status bits, known or not.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct DoneStatus: u16 {
        /// More follows.
        const MORE = 0x01;
        /// The statement failed.
        const ERROR = 0x02;
        /// In a transaction.
        const IN_TRANSACTION = 0x04;
        /// The row count counts.
        const COUNT = 0x10;
        /// Acknowledges an attention.
        const ATTENTION = 0x20;
        /// The server ended the request.
        const SERVER_ERROR = 0x100;
        /// Whatever else a peer may set.
        const _ = !0;
    }
}

/// Which DONE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DoneKind {
    /// DONE.
    Done,
    /// DONEPROC.
    Proc,
    /// DONEINPROC.
    InProc,
}

/// DONE, DONEPROC, DONEINPROC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which.
    pub kind: DoneKind,
    /// Status bits.
    pub status: DoneStatus,
    /// Current command.
    pub command: u16,
    /// Row count.
    pub rows: u64,
}

impl Done {
    /// DONE with this status and nothing else.
    #[must_use]
    pub fn new(status: DoneStatus) -> Self {
        Self {
            kind: DoneKind::Done,
            status,
            command: 0,
            rows: 0,
        }
    }

    /// DONE after so many rows of a SELECT.
    #[must_use]
    pub fn rows(rows: u64) -> Self {
        Self {
            kind: DoneKind::Done,
            status: DoneStatus::COUNT,
            command: 0xC1,
            rows,
        }
    }
}

/// A reply, read as far as it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Every token that could be read.
    pub tokens: Vec<Token>,
    /// Absent when the last token ends where the bytes end; else why and where reading stopped.
    pub stopped: Option<Error>,
    /// The bytes from there on.
    pub rest: Vec<u8>,
}

impl Reply {
    /// Whether all was read and the last token is a DONE after which nothing follows.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        todo!()
    }

    /// Every ERROR.
    pub fn errors(&self) -> impl Iterator<Item = &ServerMessage> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::Error(message) => Some(message),
            _ => None,
        })
    }

    /// Every INFO.
    pub fn infos(&self) -> impl Iterator<Item = &ServerMessage> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::Info(message) => Some(message),
            _ => None,
        })
    }

    /// Every ENVCHANGE.
    pub fn env_changes(&self) -> impl Iterator<Item = &EnvChange> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::EnvChange(change) => Some(change),
            _ => None,
        })
    }

    /// Every DONE.
    pub fn dones(&self) -> impl Iterator<Item = &Done> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::Done(done) => Some(done),
            _ => None,
        })
    }

    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = &[Value]> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::Row(values) => Some(values.as_slice()),
            _ => None,
        })
    }

    /// LOGINACK.
    #[must_use]
    pub fn login_ack(&self) -> Option<&LoginAck> {
        self.tokens.iter().find_map(|token| match &token.body {
            Body::LoginAck(ack) => Some(ack),
            _ => None,
        })
    }

    /// Where to go, if elsewhere.
    #[must_use]
    pub fn routing(&self) -> Option<&Routing> {
        self.env_changes().find_map(|env| match &env.change {
            Change::Routing(routing) => Some(routing),
            _ => None,
        })
    }

    /// FEDAUTHINFO.
    #[must_use]
    pub fn fed_auth_info(&self) -> Option<&FedAuthInfo> {
        self.tokens.iter().find_map(|token| match &token.body {
            Body::FedAuthInfo(info) => Some(info),
            _ => None,
        })
    }

    /// Tokens that are unknown or not as they should be.
    pub fn odd(&self) -> impl Iterator<Item = &Token> {
        self.tokens
            .iter()
            .filter(|token| token.odd.is_some() || matches!(token.body, Body::Unknown { .. }))
    }
}

/// Reads the payload of a reply, as far as it can be read. It never fails: what stopped it is part of the value.
#[must_use]
pub fn decode(payload: &[u8]) -> Reply {
    let _ = payload;
    todo!()
}

/// Writes tokens. Rows are written by the last [`Body::Columns`] before them.
pub fn encode(tokens: &[Body]) -> Result<Vec<u8>, EncodeError> {
    let _ = tokens;
    todo!()
}
