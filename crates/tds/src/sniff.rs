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
    /// None of these.
    Unknown,
}

impl Protocol {
    /// `tds`, `tls`, `ssh`, `http`, `smtp`…; `unknown` for none of these.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        todo!()
    }
}

/// What the bytes look like; `None` while there are too few of them to tell.
#[must_use]
pub fn classify(first: &[u8]) -> Option<Protocol> {
    let _ = first;
    todo!()
}
