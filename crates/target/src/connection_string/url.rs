//! `sqlserver://user:password@host:port/instance?database=…`, percent-encoded.

use super::grammar::Pair;
use crate::Error;
use zeroize::Zeroizing;

/// After the scheme.
pub(crate) fn pairs(text: &str) -> Result<Vec<Pair>, Error> {
    let (place, query) = text.split_once('?').unwrap_or((text, ""));
    let (user, place) = match place.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, place),
    };
    let mut all = Vec::new();
    let mut put = |key: &str, value: &str, plus: bool| -> Result<(), Error> {
        all.push(Pair {
            key: decoded(key, plus)?.to_string(),
            value: decoded(value, plus)?,
        });
        Ok(())
    };
    let (host, instance) = place.split_once('/').unwrap_or((place, ""));
    if !host.is_empty() {
        put("server", &super::grammar::comma_port(host), false)?;
    }
    if !instance.is_empty() {
        put("instance", instance, false)?;
    }
    if let Some(user) = user {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        put("user id", name, false)?;
        put("password", password, false)?;
    }
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or(Error::BadConnectionString)?;
        put(key, value, true)?;
    }
    Ok(all)
}

/// Without percent signs; in a query a plus is a space.
fn decoded(text: &str, plus: bool) -> Result<Zeroizing<String>, Error> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || {
                    let c = char::from(rest.next()?);
                    u8::try_from(c.to_digit(16)?).ok()
                };
                let (Some(high), Some(low)) = (digit(), digit()) else {
                    return Err(Error::BadConnectionString);
                };
                high * 16 + low
            }
            b'+' if plus => b' ',
            other => other,
        });
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::BadConnectionString)?;
    Ok(Zeroizing::new(text.to_owned()))
}
