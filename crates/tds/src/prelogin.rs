//! PRELOGIN: an ordered list of options, in the request and in the reply.
//!
//! ```text
//!  +----+--------+--------+ ... +------+------------------+
//!  | id | offset | length |     | 0xFF | data of options  |
//!  | u8 | u16 BE | u16 BE |     |      |                  |
//!  +----+--------+--------+ ... +------+------------------+
//!   offsets count from the first byte of the payload
//!
//!  VERSION   major u8, minor u8, build u16 BE, sub-build u16 BE
//!  TRACEID   connection GUID 16, activity GUID 16, sequence u32 LE
//! ```

use crate::bytes::{Reader, fit_u16};
use crate::limits::PRELOGIN_OPTIONS;
use crate::{Decoded, EncodeError, Error, Reason};
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
    /// The bytes of the first option with this id.
    #[must_use]
    pub fn option(&self, id: OptionId) -> Option<&[u8]> {
        self.options
            .iter()
            .find(|option| option.id == id)
            .map(|option| option.bytes.as_slice())
    }

    fn first_byte(&self, id: OptionId) -> Option<u8> {
        self.option(id)?.first().copied()
    }

    fn read<T>(&self, id: OptionId, read: impl FnOnce(&mut Reader<'_>) -> Decoded<T>) -> Option<T> {
        read(&mut Reader::new(self.option(id)?, 0)).ok()
    }

    /// VERSION.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.read(OptionId::VERSION, |reader| {
            Ok(Version {
                major: reader.u8()?,
                minor: reader.u8()?,
                build: reader.u16_be()?,
                sub_build: reader.u16_be()?,
            })
        })
    }

    /// ENCRYPTION; `None` when the option is absent or empty.
    #[must_use]
    pub fn encryption(&self) -> Option<Encryption> {
        self.first_byte(OptionId::ENCRYPTION).map(Encryption)
    }

    /// INSTOPT as a client sends it: the name, without its NUL. Empty = do not check.
    #[must_use]
    pub fn instance(&self) -> Option<String> {
        let name = self
            .option(OptionId::INSTANCE)?
            .split(|byte| *byte == 0)
            .next()?;
        Some(String::from_utf8_lossy(name).into_owned())
    }

    /// INSTOPT as a server sends it: whether the name matched.
    #[must_use]
    pub fn instance_matches(&self) -> Option<bool> {
        self.first_byte(OptionId::INSTANCE).map(|byte| byte == 0)
    }

    /// THREADID; `None` when a server sends it empty.
    #[must_use]
    pub fn thread_id(&self) -> Option<u32> {
        self.read(OptionId::THREAD_ID, |reader| reader.u32())
    }

    /// MARS.
    #[must_use]
    pub fn mars(&self) -> Option<bool> {
        self.first_byte(OptionId::MARS).map(|byte| byte != 0)
    }

    /// TRACEID.
    #[must_use]
    pub fn trace_id(&self) -> Option<TraceId> {
        self.read(OptionId::TRACE_ID, |reader| {
            Ok(TraceId {
                connection: Uuid::from_bytes_le(reader.array()?),
                activity: Uuid::from_bytes_le(reader.array()?),
                sequence: reader.u32()?,
            })
        })
    }

    /// FEDAUTHREQUIRED.
    #[must_use]
    pub fn fed_auth_required(&self) -> Option<bool> {
        self.first_byte(OptionId::FED_AUTH_REQUIRED)
            .map(|byte| byte != 0)
    }

    /// NONCEOPT.
    #[must_use]
    pub fn nonce(&self) -> Option<[u8; 32]> {
        self.read(OptionId::NONCE, |reader| reader.array())
    }

    /// Whether every option holds as many bytes as it declares.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.options
            .iter()
            .all(|option| option.bytes.len() == usize::from(option.length))
    }
}

/// Reads the payload of a PRELOGIN message.
///
/// Incomplete when the table has no terminator. An option whose data reaches past the payload is kept with the bytes
/// that are there and noted in [`Prelogin::odd`].
pub fn decode(payload: &[u8]) -> Decoded<Prelogin> {
    let mut table = Reader::new(payload, 0);
    let mut prelogin = Prelogin {
        options: Vec::new(),
        odd: Vec::new(),
    };
    loop {
        let at = table.at();
        let id = OptionId(table.u8()?);
        if id == OptionId::TERMINATOR {
            break;
        }
        if prelogin.options.len() == PRELOGIN_OPTIONS {
            return Err(Error::Malformed {
                offset: at,
                reason: Reason::TooMany(PRELOGIN_OPTIONS),
            });
        }
        let offset = table.u16_be()?;
        let length = table.u16_be()?;
        let after = payload.get(usize::from(offset)..).unwrap_or_default();
        let bytes = after.get(..usize::from(length)).unwrap_or(after).to_vec();
        prelogin.options.push(RawOption {
            id,
            at,
            offset,
            length,
            bytes,
        });
    }
    prelogin.odd = oddities(&prelogin.options, table.at());
    Ok(prelogin)
}

fn oddities(options: &[RawOption], table_end: usize) -> Vec<(usize, Reason)> {
    let mut odd = Vec::new();
    if let Some(first) = options
        .first()
        .filter(|first| first.id != OptionId::VERSION)
    {
        odd.push((
            first.at,
            Reason::Value("first option", u64::from(first.id.0)),
        ));
    }
    for option in options {
        let declared = usize::from(option.length);
        if option.bytes.len() < declared {
            odd.push((
                option.at,
                Reason::Length {
                    declared,
                    actual: option.bytes.len(),
                },
            ));
        } else if declared > 0 && usize::from(option.offset) < table_end {
            odd.push((
                option.at,
                Reason::Value("option offset", u64::from(option.offset)),
            ));
        }
    }
    odd
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
        let mut instance = self.instance.as_bytes().to_vec();
        instance.push(0);
        let mut options = vec![
            (OptionId::VERSION, self.version.encode().to_vec()),
            (OptionId::ENCRYPTION, vec![self.encryption.0]),
            (OptionId::INSTANCE, instance),
            (OptionId::THREAD_ID, self.thread_id.to_le_bytes().to_vec()),
            (OptionId::MARS, vec![u8::from(self.mars)]),
        ];
        let trace_id = self.trace_id.map(|trace_id| trace_id.encode());
        options.extend(trace_id.map(|bytes| (OptionId::TRACE_ID, bytes)));
        options.extend(flag(OptionId::FED_AUTH_REQUIRED, self.fed_auth_required));
        options.extend(self.nonce.map(|nonce| (OptionId::NONCE, nonce.to_vec())));
        encode(&options)
    }
}

impl Reply {
    /// The payload.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let version = self.version.map(|version| version.encode().to_vec());
        let encryption = self.encryption.map(|encryption| vec![encryption.0]);
        let options: Vec<_> = [
            version.map(|bytes| (OptionId::VERSION, bytes)),
            encryption.map(|bytes| (OptionId::ENCRYPTION, bytes)),
            flag(
                OptionId::INSTANCE,
                self.instance_matches.map(|matches| !matches),
            ),
            self.thread_id.then(|| (OptionId::THREAD_ID, Vec::new())),
            flag(OptionId::MARS, self.mars),
            self.trace_id.then(|| (OptionId::TRACE_ID, Vec::new())),
            flag(OptionId::FED_AUTH_REQUIRED, self.fed_auth_required),
            self.nonce.map(|nonce| (OptionId::NONCE, nonce.to_vec())),
        ]
        .into_iter()
        .flatten()
        .collect();
        encode(&options)
    }
}

fn flag(id: OptionId, value: Option<bool>) -> Option<(OptionId, Vec<u8>)> {
    value.map(|value| (id, vec![u8::from(value)]))
}

impl Version {
    fn encode(self) -> [u8; 6] {
        let [build_high, build_low] = self.build.to_be_bytes();
        let [sub_high, sub_low] = self.sub_build.to_be_bytes();
        [
            self.major, self.minor, build_high, build_low, sub_high, sub_low,
        ]
    }
}

impl TraceId {
    fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(36);
        bytes.extend_from_slice(&self.connection.to_bytes_le());
        bytes.extend_from_slice(&self.activity.to_bytes_le());
        bytes.extend_from_slice(&self.sequence.to_le_bytes());
        bytes
    }
}

/// A payload of any options, in the order given.
pub fn encode<B: AsRef<[u8]>>(options: &[(OptionId, B)]) -> Result<Vec<u8>, EncodeError> {
    let mut table = Vec::new();
    let mut data = Vec::new();
    let table_end = options.len().saturating_mul(5).saturating_add(1);
    for (id, bytes) in options {
        let bytes = bytes.as_ref();
        table.push(id.0);
        table.extend(fit_u16("PRELOGIN", table_end.saturating_add(data.len()))?.to_be_bytes());
        table.extend(fit_u16("PRELOGIN option", bytes.len())?.to_be_bytes());
        data.extend_from_slice(bytes);
    }
    table.push(OptionId::TERMINATOR.0);
    table.append(&mut data);
    Ok(table)
}
