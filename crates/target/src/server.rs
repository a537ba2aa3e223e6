//! One server string.
//!
//! ```text
//! [tcp:] host [\instance] [,port] [;]
//! host   = name | IPv4 | IPv6 | [IPv6] | . | (local)
//! ```
//!
//! `host:port` is understood too, and noted, because drivers want a comma.

use crate::{Error, Kind, Note, holds_secret, kind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest server string that is read: a name of 253, an instance, a port and some spaces.
const LONGEST: usize = 400;
/// Longest instance name that SQL Browser takes.
const LONGEST_INSTANCE: usize = 32;

/// A server string, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The canonical form: `tcp:host,1433`, `tcp:[::1],1433` or `host\instance`.
    pub server: String,
    /// Host name or address, lower case, without brackets.
    pub host: String,
    /// The port that will be used; absent for a named instance without one.
    pub port: Option<u16>,
    /// Whether the port was written, not assumed.
    pub port_given: bool,
    /// Named instance.
    pub instance: Option<String>,
    /// Kind of endpoint.
    pub kind: Kind,
    colon: bool,
}

impl Parsed {
    /// The host as an address, when it is a literal.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// What is odd about it, though it can be tried.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        crate::notes::of(self, self.colon)
    }
}

/// Reads a server string.
///
/// # Errors
/// When it cannot be tried; the error repeats nothing of the text.
pub fn parse(server: &str) -> Result<Parsed, Error> {
    let text = server.trim();
    if holds_secret(text) {
        return Err(Error::SecretInTarget);
    }
    if text.chars().any(is_invisible) {
        return Err(Error::ControlCharacter);
    }
    let text = text.trim_end_matches([';', ' ']);
    if text.is_empty() {
        return Err(Error::Empty);
    }
    if text.len() > LONGEST {
        return Err(Error::TooLong);
    }
    if text.contains([';', '=']) {
        return Err(Error::ConnectionString);
    }
    if text.contains('/') {
        return Err(Error::Unparsable);
    }
    let text = without_protocol(text)?;
    let (address, port) = match text.split_once(',') {
        Some((address, port)) => (address.trim(), Some(port_of(port)?)),
        None => (text, None),
    };
    let (address, instance) = match address.split_once('\\') {
        Some((host, instance)) => (host.trim(), Some(instance_of(instance.trim())?)),
        None => (address, None),
    };
    let (host, colon_port) = split_colon(address)?;
    if port.is_some() && colon_port.is_some() {
        return Err(Error::Unparsable);
    }
    let host = host_of(host)?;
    let literal = host.parse::<IpAddr>().is_ok();
    let instance = instance.filter(|name| !name.eq_ignore_ascii_case("mssqlserver"));
    let kind = if literal || (instance.is_some() && !kind::of_name(&host).is_azure()) {
        Kind::SqlServer
    } else {
        kind::of_name(&host)
    };
    let given = port.or(colon_port);
    let effective = match (&instance, given) {
        (_, Some(port)) => Some(port),
        (Some(_), None) => None,
        (None, None) => Some(kind.default_port()),
    };
    Ok(Parsed {
        server: canonical(&host, instance.as_deref(), effective),
        host,
        port: effective,
        port_given: given.is_some(),
        instance,
        kind,
        colon: colon_port.is_some(),
    })
}

/// Control, bidirectional-override and zero-width characters, which no server string needs.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Takes `tcp:` away and refuses what is not TCP.
fn without_protocol(text: &str) -> Result<&str, Error> {
    let lower = text.to_ascii_lowercase();
    if text.starts_with("\\\\")
        || lower.starts_with("(localdb)")
        || ["np:", "lpc:", "via:", "admin:"]
            .iter()
            .any(|protocol| lower.starts_with(protocol))
    {
        return Err(Error::NotTcp);
    }
    let rest = match lower.strip_prefix("tcp:") {
        Some(rest) => text.get(text.len() - rest.len()..).unwrap_or_default(),
        None => text,
    };
    let rest = rest.trim();
    if rest.is_empty() {
        Err(Error::Empty)
    } else {
        Ok(rest)
    }
}

fn port_of(text: &str) -> Result<u16, Error> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::BadPort);
    }
    text.parse::<u16>()
        .ok()
        .filter(|port| *port != 0)
        .ok_or(Error::BadPort)
}

fn instance_of(text: &str) -> Result<String, Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '#' | '-');
    if text.is_empty() || text.len() > LONGEST_INSTANCE || !text.chars().all(allowed) {
        return Err(Error::Unparsable);
    }
    Ok(text.to_owned())
}

/// Host and, for `host:port` and `[v6]:port`, the port.
fn split_colon(address: &str) -> Result<(&str, Option<u16>), Error> {
    if let Some(rest) = address.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(Error::Unparsable)?;
        host.parse::<Ipv6Addr>().map_err(|_| Error::BadAddress)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port_of(port)?))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(Error::Unparsable),
        };
    }
    match address.split_once(':') {
        Some((host, port)) if !port.contains(':') => Ok((host, Some(port_of(port)?))),
        Some(_) if address.parse::<Ipv6Addr>().is_err() => Err(Error::Unparsable),
        _ => Ok((address, None)),
    }
}

/// A checked host, lower case.
fn host_of(text: &str) -> Result<String, Error> {
    if text == "." || text.eq_ignore_ascii_case("(local)") {
        return Ok("localhost".to_owned());
    }
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Ok(address.to_string());
    }
    if text.parse::<Ipv4Addr>().is_ok() {
        return Ok(text.to_owned());
    }
    if !text.is_ascii() {
        return Err(if text.chars().any(char::is_whitespace) {
            Error::Unparsable
        } else {
            Error::NotAscii
        });
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    // The placeholder `.database.windows.net`, with the server's name still missing.
    let name = match name.strip_prefix('.') {
        Some(rest) if kind::is_bare_suffix(rest) => rest.to_owned(),
        _ => name,
    };
    if name.len() > 253 {
        return Err(Error::TooLong);
    }
    if !name.split('.').all(is_label) {
        return Err(Error::Unparsable);
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    if name.contains('.') && last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::BadAddress);
    }
    Ok(name)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn canonical(host: &str, instance: Option<&str>, port: Option<u16>) -> String {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    match (instance, port) {
        (Some(instance), Some(port)) => format!("tcp:{host}\\{instance},{port}"),
        (Some(instance), None) => format!("{host}\\{instance}"),
        (None, Some(port)) => format!("tcp:{host},{port}"),
        (None, None) => host,
    }
}

#[cfg(test)]
mod tests;
