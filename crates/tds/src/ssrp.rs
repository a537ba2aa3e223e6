//! SQL Browser (SSRP, UDP 1434): which port an instance listens on.
//!
//! ```text
//!  ask for one:   04 | name | 00
//!  ask for all:   03
//!  answer:        05 | size u16 LE | text          size counts the text, which fills the datagram
//!  text:          ServerName;X;InstanceName;Y;IsClustered;No;Version;16.0.1000.6;tcp;1433;np;\\X\pipe\…;;  …
//! ```
//!
//! One datagram is one answer, so what is short of its declared size is malformed, and only a datagram without its
//! header is incomplete.

use crate::{Decoded, EncodeError, Error, Reason};

/// Asks for one instance.
const ASK_ONE: u8 = 0x04;
/// Asks for every instance.
const ASK_ALL: u8 = 0x03;
/// An answer.
const ANSWER: u8 = 0x05;
/// Bytes before the text.
const HEADER: usize = 3;
/// Bytes of an instance's name that can be asked for.
const NAME: usize = 32;

/// Bytes of the largest answer there can be.
pub const ANSWER_BYTES: usize = HEADER + u16::MAX as usize;
/// Instances that are read of one answer.
pub const INSTANCES: usize = 100;

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Every instance.
    All,
    /// The instance of this name.
    One(String),
}

/// One instance as the answer tells it. What is absent was not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// `ServerName`.
    pub server: String,
    /// `InstanceName`.
    pub name: String,
    /// `IsClustered`.
    pub clustered: Option<bool>,
    /// `Version`.
    pub version: Option<String>,
    /// `tcp`: its port.
    pub tcp: Option<u16>,
    /// Every other key with its value, as they came.
    pub others: Vec<(String, String)>,
}

impl Request {
    /// As a datagram.
    ///
    /// # Errors
    /// A name that is too long.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let name = match self {
            Self::All => return Ok(vec![ASK_ALL]),
            Self::One(name) => name.as_bytes(),
        };
        if name.len() > NAME {
            return Err(EncodeError::TooLong {
                what: "instance name",
                length: name.len(),
                limit: NAME,
            });
        }
        Ok([&[ASK_ONE], name, &[0]].concat())
    }

    /// From a datagram.
    ///
    /// # Errors
    /// When it is neither of the two.
    pub fn decode(datagram: &[u8]) -> Decoded<Self> {
        match datagram.split_first() {
            None => Err(Error::Incomplete {
                offset: 0,
                needed: 1,
            }),
            Some((&ASK_ALL, _)) => Ok(Self::All),
            Some((&ASK_ONE, rest)) => {
                let name = rest.split(|byte| *byte == 0).next().unwrap_or_default();
                if name.len() > NAME {
                    return Err(malformed(1, Reason::StringTooLong(name.len())));
                }
                Ok(Self::One(String::from_utf8_lossy(name).into_owned()))
            }
            Some((&first, _)) => Err(malformed(0, Reason::Value("request", first.into()))),
        }
    }
}

/// Reads an answer.
///
/// # Errors
/// When the datagram is none, is not as long as it says, names an instance twice cut, or names more than
/// [`INSTANCES`].
pub fn decode(datagram: &[u8]) -> Decoded<Vec<Instance>> {
    match datagram.first() {
        Some(&ANSWER) => {}
        Some(&first) => return Err(malformed(0, Reason::Value("answer", first.into()))),
        None => {
            return Err(Error::Incomplete {
                offset: 0,
                needed: HEADER,
            });
        }
    }
    let Some((&[_, low, high], text)) = datagram.split_first_chunk::<HEADER>() else {
        return Err(Error::Incomplete {
            offset: datagram.len(),
            needed: HEADER.saturating_sub(datagram.len()),
        });
    };
    let declared = usize::from(u16::from_le_bytes([low, high]));
    if declared != text.len() {
        let actual = text.len();
        return Err(malformed(1, Reason::Length { declared, actual }));
    }
    read(text)
}

/// Reads the pairs; an empty key ends an instance.
fn read(text: &[u8]) -> Decoded<Vec<Instance>> {
    let text = String::from_utf8_lossy(text);
    let mut instances = Vec::new();
    let mut open: Option<Instance> = None;
    let mut words = text.trim_end_matches('\0').split(';');
    while let Some(key) = words.next() {
        if key.is_empty() {
            instances.extend(open.take());
            continue;
        }
        if instances.len() >= INSTANCES {
            return Err(malformed(HEADER, Reason::TooMany(INSTANCES)));
        }
        let Some(value) = words.next() else {
            return Err(malformed(HEADER, Reason::Missing(1)));
        };
        note(open.get_or_insert_default(), key, value);
    }
    instances.extend(open);
    Ok(instances)
}

fn note(instance: &mut Instance, key: &str, value: &str) {
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    if is("ServerName") {
        instance.server = value.to_owned();
    } else if is("InstanceName") {
        instance.name = value.to_owned();
    } else if is("Version") {
        instance.version = Some(value.to_owned());
    } else if is("IsClustered") {
        instance.clustered = Some(value.eq_ignore_ascii_case("yes"));
    } else if let (true, Ok(port)) = (is("tcp"), value.parse()) {
        instance.tcp = Some(port);
    } else {
        instance.others.push((key.to_owned(), value.to_owned()));
    }
}

/// Writes an answer.
///
/// # Errors
/// When it does not fit a datagram.
pub fn encode(instances: &[Instance]) -> Result<Vec<u8>, EncodeError> {
    let mut text = String::new();
    for instance in instances {
        let clustered = instance
            .clustered
            .map(|is| if is { "Yes" } else { "No" }.to_owned());
        let known = [
            ("ServerName", Some(instance.server.clone())),
            ("InstanceName", Some(instance.name.clone())),
            ("IsClustered", clustered),
            ("Version", instance.version.clone()),
            ("tcp", instance.tcp.map(|port| port.to_string())),
        ];
        let others = instance
            .others
            .iter()
            .map(|(key, value)| (key.as_str(), Some(value.clone())));
        for (key, value) in known.into_iter().chain(others) {
            if let Some(value) = value {
                text.push_str(&format!("{key};{value};"));
            }
        }
        text.push(';');
    }
    let length = u16::try_from(text.len()).map_err(|_| EncodeError::TooLong {
        what: "answer",
        length: text.len(),
        limit: usize::from(u16::MAX),
    })?;
    Ok([&[ANSWER], &length.to_le_bytes()[..], text.as_bytes()].concat())
}

fn malformed(offset: usize, reason: Reason) -> Error {
    Error::Malformed { offset, reason }
}
