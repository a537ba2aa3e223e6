//! The first word of a TLS handshake, and what it is answered: enough to learn which versions a server accepts,
//! without a TLS library that would have to speak them.
//!
//! ```text
//!  record:     type u8 | version u16 | length u16 | …                   22 handshake, 21 alert
//!  handshake:  1 ClientHello, 2 ServerHello | length u24 | version u16 | random 32 | session id | suites | …
//!  alert:      level u8 | description u8
//! ```
//!
//! TLS 1.3 hides behind 1.2: the version that counts stands in an extension, in both directions. No key is kept:
//! the key share is whatever 32 bytes the caller gives, so nothing can follow the answer.

use crate::{Decoded, Error, Reason};

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u16);

impl Version {
    /// 1.0.
    pub const TLS10: Self = Self(0x0301);
    /// 1.1.
    pub const TLS11: Self = Self(0x0302);
    /// 1.2.
    pub const TLS12: Self = Self(0x0303);
    /// 1.3.
    pub const TLS13: Self = Self(0x0304);

    /// `TLSv1.2`, or the number.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::TLS10 => "TLSv1.0".to_owned(),
            Self::TLS11 => "TLSv1.1".to_owned(),
            Self::TLS12 => "TLSv1.2".to_owned(),
            Self::TLS13 => "TLSv1.3".to_owned(),
            Self(other) => format!("0x{other:04X}"),
        }
    }
}

/// What is offered.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// The versions; the handshake may become any of them.
    pub versions: &'a [Version],
    /// The server's name, when it is one.
    pub server_name: Option<&'a str>,
    /// Protocol inside TLS.
    pub alpn: Option<&'a [u8]>,
    /// The client's random.
    pub random: [u8; 32],
    /// An X25519 public key; any 32 bytes are one.
    pub key_share: [u8; 32],
}

/// What the offer was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A ServerHello, or the request for another key share, which settles version and cipher as well.
    Hello {
        /// Chosen version.
        version: Version,
        /// Chosen cipher suite.
        cipher: u16,
    },
    /// An alert.
    Alert {
        /// Its number.
        description: u8,
    },
}

/// Bytes of an answer that are waited for at most.
pub const ANSWER_BYTES: usize = 64 * 1024;
/// Longest name that is sent along.
const NAME_BYTES: usize = 255;

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
/// Bytes before a record's content.
const RECORD_HEADER: usize = 5;
/// Bytes before a handshake message's content.
const MESSAGE_HEADER: usize = 4;
/// Content of the longest record.
const RECORD_MOST: usize = 16 * 1024 + 2048;
const SUPPORTED_VERSIONS: u16 = 43;

/// Cipher suites that SQL Server and Azure have had, newest first; the first three are TLS 1.3's.
const SUITES: [(u16, &str); 19] = [
    (0x1302, "TLS_AES_256_GCM_SHA384"),
    (0x1301, "TLS_AES_128_GCM_SHA256"),
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    (0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA"),
];

/// A suite's IANA name, or its number.
#[must_use]
pub fn suite_name(suite: u16) -> String {
    SUITES
        .iter()
        .find(|(number, _)| *number == suite)
        .map_or_else(|| format!("0x{suite:04X}"), |(_, name)| (*name).to_owned())
}

/// An alert's name, or its number.
#[must_use]
pub fn alert_name(description: u8) -> String {
    let name = match description {
        0 => "close_notify",
        10 => "unexpected_message",
        40 => "handshake_failure",
        42 => "bad_certificate",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        50 => "decode_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        120 => "no_application_protocol",
        other => return format!("alert {other}"),
    };
    name.to_owned()
}

impl Offer<'_> {
    /// As one record.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let newest = self
            .versions
            .iter()
            .copied()
            .max()
            .unwrap_or(Version::TLS12);
        let is_13 = self.versions.contains(&Version::TLS13);
        let is_older = self
            .versions
            .iter()
            .any(|version| *version < Version::TLS13);
        let mut body = newest.min(Version::TLS12).0.to_be_bytes().to_vec();
        body.extend_from_slice(&self.random);
        // A session id makes TLS 1.3 look like 1.2 to what stands between.
        body.push(32);
        body.extend_from_slice(&self.random.map(|byte| !byte));
        let suites: Vec<u8> = SUITES
            .iter()
            .filter(|(number, _)| if is_tls13(*number) { is_13 } else { is_older })
            .flat_map(|(number, _)| number.to_be_bytes())
            .collect();
        put(&mut body, 2, &suites);
        put(&mut body, 1, &[0]);
        let extensions = self.extensions(is_13, is_older);
        put(&mut body, 2, &extensions);
        let mut message = vec![CLIENT_HELLO];
        put(&mut message, 3, &body);
        let mut record = vec![HANDSHAKE, 3, 1];
        put(&mut record, 2, &message);
        record
    }

    fn extensions(&self, is_13: bool, is_older: bool) -> Vec<u8> {
        let mut all = Vec::new();
        let mut extension = |kind: u16, content: &[u8]| {
            all.extend_from_slice(&kind.to_be_bytes());
            put(&mut all, 2, content);
        };
        let name = self.server_name.map(|name| name.trim_end_matches('.'));
        if let Some(name) = name.filter(|name| (1..=NAME_BYTES).contains(&name.len())) {
            let mut entry = vec![0];
            put(&mut entry, 2, name.as_bytes());
            extension(0, &sized(2, &entry));
        }
        // Groups: X25519, P-256, P-384.
        extension(10, &sized(2, &[0, 29, 0, 23, 0, 24]));
        if is_older {
            // Points as they are; no renegotiation so far; the master secret as it should be.
            extension(11, &sized(1, &[0]));
            extension(0xFF01, &[0]);
            extension(23, &[]);
        }
        let signatures = [
            0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203,
            0x0201_u16,
        ];
        let signatures: Vec<u8> = signatures.iter().flat_map(|s| s.to_be_bytes()).collect();
        extension(13, &sized(2, &signatures));
        if let Some(protocol) = self.alpn {
            extension(16, &sized(2, &sized(1, protocol)));
        }
        if is_13 {
            let versions: Vec<u8> = self
                .versions
                .iter()
                .flat_map(|version| version.0.to_be_bytes())
                .collect();
            extension(SUPPORTED_VERSIONS, &sized(1, &versions));
            extension(45, &sized(1, &[1]));
            let mut share = vec![0, 29];
            put(&mut share, 2, &self.key_share);
            extension(51, &sized(2, &share));
        }
        all
    }
}

fn is_tls13(suite: u16) -> bool {
    suite >> 8 == 0x13
}

/// Appends a length of so many bytes and then the content, of which what does not fit is not there: the callers'
/// content always fits.
fn put(out: &mut Vec<u8>, width: usize, content: &[u8]) {
    let length = u32::try_from(content.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    out.extend_from_slice(length.get(4 - width.min(4)..).unwrap_or_default());
    out.extend_from_slice(content);
}

fn sized(width: usize, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, width, content);
    out
}

/// Reads the answer from the bytes that came so far: records as they stand on the wire, without packets.
///
/// # Errors
/// While more is needed, and when these bytes are no answer.
pub fn read(bytes: &[u8]) -> Decoded<Answer> {
    let mut message = Vec::new();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some((&[kind, major, _, high, low], rest)) = rest.split_first_chunk::<RECORD_HEADER>()
        else {
            check_first(rest, at)?;
            return Err(incomplete(bytes, RECORD_HEADER.saturating_sub(rest.len())));
        };
        check_first(&[kind, major], at)?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length == 0 || length > RECORD_MOST {
            return Err(malformed(at + 3, "length of a record", length));
        }
        let content = rest.get(..length.min(rest.len())).unwrap_or_default();
        if kind == ALERT {
            return match content {
                [_, description, ..] => Ok(Answer::Alert {
                    description: *description,
                }),
                _ if length < 2 => Err(malformed(at + 3, "length of an alert", length)),
                _ => Err(incomplete(bytes, 2 - content.len())),
            };
        }
        message.extend_from_slice(content);
        match hello(&message) {
            Err(Error::Incomplete { needed, .. }) if content.len() < length => {
                return Err(incomplete(bytes, needed.min(length - content.len())));
            }
            Err(Error::Incomplete { .. }) if at < ANSWER_BYTES => {}
            Err(Error::Incomplete { .. }) => {
                return Err(malformed(at, "length of a message", message.len()));
            }
            settled => return settled,
        }
        at = at + RECORD_HEADER + length;
    }
}

/// Only handshakes and alerts answer an offer, of version 3.x.
fn check_first(bytes: &[u8], at: usize) -> Decoded<()> {
    match bytes {
        [kind, ..] if ![HANDSHAKE, ALERT].contains(kind) => {
            Err(malformed(at, "type of a record", usize::from(*kind)))
        }
        [_, major, ..] if *major != 3 => Err(malformed(
            at + 1,
            "version of a record",
            usize::from(*major),
        )),
        _ => Ok(()),
    }
}

/// A ServerHello from the start of the handshake's bytes; its end is not waited for once it has told what it chose.
fn hello(message: &[u8]) -> Decoded<Answer> {
    let mut fields = Fields {
        rest: message,
        at: 0,
    };
    let kind = fields.number(1)?;
    if kind != usize::from(SERVER_HELLO) {
        return Err(malformed(0, "type of a message", kind));
    }
    let length = fields.number(3)?;
    if length > ANSWER_BYTES {
        return Err(malformed(1, "length of a message", length));
    }
    let end = MESSAGE_HEADER + length;
    let version = fields.number(2)?;
    fields.take(32)?;
    let session = fields.number(1)?;
    if session > 32 {
        return Err(malformed(fields.at, "length of a session id", session));
    }
    fields.take(session)?;
    let cipher = u16::try_from(fields.number(2)?).unwrap_or_default();
    fields.take(1)?;
    let mut version = Version(u16::try_from(version).unwrap_or_default());
    if fields.at < end {
        let mut left = fields.number(2)?;
        while left >= 4 {
            let (kind, length) = (fields.number(2)?, fields.number(2)?);
            if length > left - 4 {
                return Err(malformed(fields.at, "length of an extension", length));
            }
            let content = fields.take(length)?;
            left -= 4 + length;
            if let (true, [high, low]) = (kind == usize::from(SUPPORTED_VERSIONS), content) {
                version = Version(u16::from_be_bytes([*high, *low]));
            }
        }
    }
    if fields.at > end {
        return Err(malformed(1, "length of a message", length));
    }
    Ok(Answer::Hello { version, cipher })
}

struct Fields<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Decoded<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(Error::Incomplete {
                offset: self.at + self.rest.len(),
                needed: count - self.rest.len(),
            });
        };
        self.rest = rest;
        self.at += count;
        Ok(taken)
    }

    fn number(&mut self, width: usize) -> Decoded<usize> {
        let bytes = self.take(width)?;
        Ok(bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
    }
}

fn incomplete(bytes: &[u8], needed: usize) -> Error {
    Error::Incomplete {
        offset: bytes.len(),
        needed: needed.max(1),
    }
}

fn malformed(offset: usize, what: &'static str, value: usize) -> Error {
    Error::Malformed {
        offset,
        reason: Reason::Value(what, value as u64),
    }
}
