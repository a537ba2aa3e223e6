//! The grammars of connection strings: `key=value` parts between semicolons.
//!
//! ADO.NET: a value may stand in single or double quotes, a quote inside is doubled; in a key `==` is one `=`.
//! ODBC and JDBC: a value may stand in braces, a closing brace inside is doubled. Which of the two a text is
//! shows in a `Driver` key or a `jdbc:` prefix.

use super::dialect::{Dialect, OdbcDriver};
use crate::Error;
use crate::keywords::{Keyword, keyword};
use std::iter::Peekable;
use std::str::Chars;
use zeroize::Zeroizing;

/// A part of a connection string. Any value may be a secret.
pub(crate) struct Pair {
    /// As written, without outer spaces.
    pub(crate) key: String,
    /// Without its quotes.
    pub(crate) value: Zeroizing<String>,
}

/// ADO.NET, or ODBC when there is a `Driver` key.
pub(crate) fn ado_or_odbc(text: &str) -> Result<(Dialect, Vec<Pair>), Error> {
    let text = without_outer_quotes(text);
    let odbc = pairs(text, true);
    let driver = odbc.as_ref().ok().and_then(|pairs| {
        let driver = |pair: &&Pair| keyword(&pair.key) == Some(Keyword::Driver);
        let value = &pairs.iter().find(driver)?.value;
        Some(OdbcDriver::named(value))
    });
    match driver {
        Some(driver) => Ok((Dialect::Odbc(driver), odbc?)),
        None => Ok((Dialect::Ado, pairs(text, false)?)),
    }
}

/// JDBC, after its prefix: `host\instance:port;key=value;…`.
pub(crate) fn jdbc(text: &str) -> Result<Vec<Pair>, Error> {
    let (server, rest) = text.split_once(';').unwrap_or((text, ""));
    let mut all = Vec::new();
    if !server.trim().is_empty() {
        all.push(Pair {
            key: "server".to_owned(),
            value: Zeroizing::new(comma_port(server.trim())),
        });
    }
    all.extend(pairs(rest, true)?);
    Ok(all)
}

/// `host:port` of a URL, as `host,port`.
pub(crate) fn comma_port(server: &str) -> String {
    let bracket = server.rfind(']').unwrap_or(0);
    match server.rsplit_once(':') {
        Some((host, port))
            if host.len() > bracket
                && !host.eq_ignore_ascii_case("tcp")
                && (bracket > 0 || !host.trim_start_matches("tcp:").contains(':')) =>
        {
            format!("{host},{port}")
        }
        _ => server.to_owned(),
    }
}

/// Source code's quotes around the whole.
fn without_outer_quotes(text: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| {
            text.strip_prefix(*quote)?
                .trim_end_matches(';')
                .strip_suffix(*quote)
        })
        .unwrap_or(text)
}

fn pairs(text: &str, braces: bool) -> Result<Vec<Pair>, Error> {
    let mut chars = text.chars().peekable();
    let mut all = Vec::new();
    loop {
        while chars.next_if(|c| c.is_whitespace() || *c == ';').is_some() {}
        if chars.peek().is_none() {
            return Ok(all);
        }
        let key = key(&mut chars)?;
        let value = value(&mut chars, braces)?;
        all.push(Pair { key, value });
    }
}

fn key(chars: &mut Peekable<Chars<'_>>) -> Result<String, Error> {
    let mut key = String::new();
    loop {
        match chars.next() {
            Some('=') => {
                if chars.next_if_eq(&'=').is_none() {
                    break;
                }
                key.push('=');
            }
            None | Some(';') => return Err(Error::BadConnectionString),
            Some(c) => key.push(c),
        }
    }
    let key = key.trim();
    if key.is_empty() {
        return Err(Error::BadConnectionString);
    }
    Ok(key.to_owned())
}

fn value(chars: &mut Peekable<Chars<'_>>, braces: bool) -> Result<Zeroizing<String>, Error> {
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
    let mut value = Zeroizing::new(String::new());
    let close = match chars.peek() {
        Some('{') if braces => '}',
        Some(quote @ ('"' | '\'')) if !braces => *quote,
        _ => {
            while let Some(c) = chars.next_if(|c| *c != ';') {
                value.push(c);
            }
            let kept = value.trim_end().len();
            value.truncate(kept);
            return Ok(value);
        }
    };
    chars.next();
    loop {
        match chars.next() {
            None => return Err(Error::BadConnectionString),
            Some(c) if c == close => {
                if chars.next_if_eq(&close).is_none() {
                    break;
                }
                value.push(close);
            }
            Some(c) => value.push(c),
        }
    }
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
    match chars.next() {
        None | Some(';') => Ok(value),
        Some(_) => Err(Error::BadConnectionString),
    }
}
