//! What speaks on a port, told from its first bytes.

/// What first bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// A TDS packet with a type and a length that make sense.
    Tds,
    /// A TLS record: from a client, TDS 8.0 strict.
    Tls,
    /// SSH banner.
    Ssh,
    /// HTTP, request or reply.
    Http,
    /// SMTP greeting.
    Smtp,
    /// FTP greeting.
    Ftp,
    /// POP3 greeting.
    Pop3,
    /// IMAP greeting.
    Imap,
    /// VNC greeting.
    Vnc,
    /// MySQL or MariaDB greeting.
    MySql,
    /// PostgreSQL, error reply or start-up.
    Postgres,
    /// Redis error reply.
    Redis,
    /// Remote desktop.
    Rdp,
    /// Telnet negotiation.
    Telnet,
    /// None of these.
    Unknown,
}

impl Protocol {
    /// `tds`, `tls`, `ssh`, `http`, `smtp`…; `unknown` for none of these.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tds => "tds",
            Self::Tls => "tls",
            Self::Ssh => "ssh",
            Self::Http => "http",
            Self::Smtp => "smtp",
            Self::Ftp => "ftp",
            Self::Pop3 => "pop3",
            Self::Imap => "imap",
            Self::Vnc => "vnc",
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::Rdp => "rdp",
            Self::Telnet => "telnet",
            Self::Unknown => "unknown",
        }
    }
}

/// So many bytes are enough to tell, but for a greeting line.
const ENOUGH: usize = 12;
/// So many bytes of a greeting line are waited for.
const LINE: usize = 128;

/// First bytes that tell a protocol by themselves.
const PREFIXES: &[(&[u8], Protocol)] = &[
    (b"SSH-", Protocol::Ssh),
    (b"HTTP/", Protocol::Http),
    (b"GET ", Protocol::Http),
    (b"POST ", Protocol::Http),
    (b"HEAD ", Protocol::Http),
    (b"PUT ", Protocol::Http),
    (b"OPTIONS ", Protocol::Http),
    (b"CONNECT ", Protocol::Http),
    (b"PRI * HTTP/2", Protocol::Http),
    (b"<html", Protocol::Http),
    (b"<!DOCTYPE", Protocol::Http),
    (b"+OK", Protocol::Pop3),
    (b"* OK", Protocol::Imap),
    (b"* PREAUTH", Protocol::Imap),
    (b"* BYE", Protocol::Imap),
    (b"RFB ", Protocol::Vnc),
    (b"-ERR", Protocol::Redis),
    (b"-NOAUTH", Protocol::Redis),
    (b"-DENIED", Protocol::Redis),
    (&[0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F], Protocol::Postgres),
    (&[3, 0, 0], Protocol::Rdp),
    (&[0xFF, 0xFB], Protocol::Telnet),
    (&[0xFF, 0xFC], Protocol::Telnet),
    (&[0xFF, 0xFD], Protocol::Telnet),
    (&[0xFF, 0xFE], Protocol::Telnet),
];

/// What the bytes look like; `None` while there are too few of them to tell.
#[must_use]
pub fn classify(first: &[u8]) -> Option<Protocol> {
    let told = PREFIXES
        .iter()
        .find(|(prefix, _)| first.starts_with(prefix))
        .map(|(_, protocol)| *protocol)
        .or_else(|| by_structure(first));
    if told.is_some() {
        return told;
    }
    let wait = match first.len() {
        0..4 => true,
        4..ENOUGH => {
            may_become_structured(first)
                || PREFIXES.iter().any(|(prefix, _)| prefix.starts_with(first))
        }
        length => is_greeting(first) && length < LINE,
    };
    (!wait).then_some(Protocol::Unknown)
}

/// A numbered line, as mail and file servers greet.
fn is_greeting(first: &[u8]) -> bool {
    matches!(
        first,
        [
            b'2' | b'4' | b'5',
            b'0'..=b'9',
            b'0'..=b'9',
            b' ' | b'-',
            ..
        ]
    )
}

/// Replies whose structure tells them.
fn by_structure(first: &[u8]) -> Option<Protocol> {
    match *first {
        [0x14..=0x17, 3, 0..=4, ..] => Some(Protocol::Tls),
        [
            0x01..=0x03 | 0x04 | 0x06..=0x08 | 0x0E | 0x10..=0x12,
            status,
            high,
            low,
            ..,
        ] if status & 0xE0 == 0 && (8..=0x7FFF).contains(&u16::from_be_bytes([high, low])) => {
            Some(Protocol::Tds)
        }
        [_, _, 0, 0, 0x0A, b'0'..=b'9', ..] | [_, 0, 0, 0, 0xFF, ..] => Some(Protocol::MySql),
        [b'E', 0, 0, _, _, b'S' | b'V', ..] => Some(Protocol::Postgres),
        [
            b'2' | b'4' | b'5',
            b'0'..=b'9',
            b'0'..=b'9',
            b' ' | b'-',
            ..,
        ] => greeting(first),
        _ => None,
    }
}

/// A numbered greeting names its protocol in its text, or does not. It is judged when its line is whole.
fn greeting(line: &[u8]) -> Option<Protocol> {
    if line.len() < LINE && !line.contains(&b'\n') {
        return None;
    }
    let text = String::from_utf8_lossy(line).to_ascii_uppercase();
    Some(if text.contains("SMTP") {
        Protocol::Smtp
    } else if text.contains("FTP") {
        Protocol::Ftp
    } else if text.contains("MAIL") || text.contains("POSTFIX") {
        Protocol::Smtp
    } else {
        Protocol::Unknown
    })
}

fn may_become_structured(first: &[u8]) -> bool {
    is_greeting(first)
        || matches!(
            first,
            [_, _, 0, 0] | [_, _, 0, 0, 0x0A] | [b'E', 0, 0, _] | [b'E', 0, 0, _, _]
        )
}
