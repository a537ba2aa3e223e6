//! ENVCHANGE: what changes for the connection, routing elsewhere included.
//!
//! ```text
//!  0xE3 | length u16 | type u8 | …
//!
//!  text       new B_VARCHAR | old B_VARCHAR                  types 1–6, 13, 19
//!  bytes      new length u8, bytes | old length u8, bytes    types 7–12, 16–18
//!  routing    value length u16 | protocol u8 | port u16 | server US_VARCHAR
//!             | [database US_VARCHAR] | old length u16 = 0   types 20, 21 (with database)
//!  any other  raw
//! ```

use crate::bytes::{Reader, fit_u16, put_b_varbyte, put_b_varchar, put_us_varchar};
use crate::rows::hex;
use crate::{Decoded, EncodeError, Reason};

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
    /// A transaction began; its number is the new value.
    pub const BEGIN_TRANSACTION: Self = Self(8);
    /// A transaction was committed; its number is the old value.
    pub const COMMIT_TRANSACTION: Self = Self(9);
    /// A transaction was rolled back; its number is the old value.
    pub const ROLLBACK_TRANSACTION: Self = Self(10);
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
        match self.0 {
            1 => "database",
            2 => "language",
            3 => "charset",
            4 => "packet_size",
            5 => "sort_locale",
            6 => "sort_flags",
            7 => "collation",
            8 => "begin_transaction",
            9 => "commit_transaction",
            10 => "rollback_transaction",
            11 => "enlist_transaction",
            12 => "defect_transaction",
            13 => "mirroring_partner",
            15 => "promote_transaction",
            16 => "transaction_manager",
            17 => "transaction_ended",
            18 => "reset_acknowledged",
            19 => "user_instance",
            20 => "routing",
            21 => "enhanced_routing",
            _ => "unknown",
        }
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
        self.server
            .split_once('\\')
            .map_or(self.server.as_str(), |(host, _)| host)
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
        match &self.change {
            Change::Text { new, .. } => new.clone(),
            Change::Bytes { new, .. } => bytes_text(new),
            Change::Routing(routing) => format!("{}:{}", routing.server, routing.port),
            Change::Raw(bytes) => bytes_text(bytes),
        }
    }

    /// Old value likewise.
    #[must_use]
    pub fn old_text(&self) -> String {
        match &self.change {
            Change::Text { old, .. } => old.clone(),
            Change::Bytes { old, .. } => bytes_text(old),
            Change::Routing(_) | Change::Raw(_) => String::new(),
        }
    }
}

fn bytes_text(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        String::new()
    } else {
        hex(bytes)
    }
}

impl EnvChange {
    /// Reads the body. A change that cannot be read is kept raw and noted in `body`.
    pub(super) fn read(body: &mut Reader<'_>) -> Decoded<Self> {
        let kind = EnvKind(body.u8()?);
        let mut ahead = body.clone();
        let change = match kind.0 {
            1..=6 | 13 | 19 => read_text(&mut ahead),
            7..=12 | 16..=18 => read_bytes(&mut ahead),
            20 | 21 => read_routing(&mut ahead, kind).map(Change::Routing),
            _ => Ok(Change::Raw(ahead.rest().to_vec())),
        };
        let change = match change {
            Ok(change) => {
                *body = ahead;
                change
            }
            Err(error) => {
                let (at, reason) = error.as_odd();
                body.note_at(at, reason);
                Change::Raw(body.rest().to_vec())
            }
        };
        Ok(Self { kind, change })
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.kind.0);
        match &self.change {
            Change::Text { new, old } => {
                put_b_varchar(out, "new value", new)?;
                put_b_varchar(out, "old value", old)?;
            }
            Change::Bytes { new, old } => {
                put_b_varbyte(out, "new value", new)?;
                put_b_varbyte(out, "old value", old)?;
            }
            Change::Routing(routing) => put_routing(out, routing)?,
            Change::Raw(bytes) => out.extend_from_slice(bytes),
        }
        Ok(())
    }
}

fn read_text(body: &mut Reader<'_>) -> Decoded<Change> {
    Ok(Change::Text {
        new: body.b_varchar()?,
        old: body.b_varchar()?,
    })
}

fn read_bytes(body: &mut Reader<'_>) -> Decoded<Change> {
    Ok(Change::Bytes {
        new: body.b_varbyte()?,
        old: body.b_varbyte()?,
    })
}

/// Trusts the fields over the value length, which is noted when it differs.
fn read_routing(body: &mut Reader<'_>, kind: EnvKind) -> Decoded<Routing> {
    let at = body.at();
    let declared = usize::from(body.u16()?);
    let before = body.len();
    let mut routing = Routing {
        protocol: body.u8()?,
        port: body.u16()?,
        server: body.us_varchar()?,
        database: None,
    };
    if kind == EnvKind::ENHANCED_ROUTING {
        routing.database = Some(body.us_varchar()?);
    }
    let actual = before - body.len();
    if declared != actual {
        body.note_at(at, Reason::Length { declared, actual });
    }
    match body.u16() {
        Ok(old) => {
            body.take_up_to(usize::from(old));
        }
        Err(error) => {
            let (at, reason) = error.as_odd();
            body.note_at(at, reason);
            body.rest();
        }
    }
    Ok(routing)
}

fn put_routing(out: &mut Vec<u8>, routing: &Routing) -> Result<(), EncodeError> {
    let mut value = vec![routing.protocol];
    value.extend(routing.port.to_le_bytes());
    put_us_varchar(&mut value, "routed server", &routing.server)?;
    if let Some(database) = &routing.database {
        put_us_varchar(&mut value, "routed database", database)?;
    }
    out.extend(fit_u16("routing", value.len())?.to_le_bytes());
    out.extend(value);
    out.extend([0; 2]);
    Ok(())
}
