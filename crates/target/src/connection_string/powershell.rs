//! A block of PowerShell settings, as people keep them for scripts: lines of `Key = 'value'  # comment`.

use super::grammar::Pair;
use crate::Error;
use zeroize::Zeroizing;

/// Whether a text is such a block: a hash table, or several lines that assign variables.
pub(crate) fn looks_like(text: &str) -> bool {
    text.contains("@{") || (text.starts_with('$') && text.contains('='))
}

/// The settings of a block. Lines that assign nothing are passed over.
pub(crate) fn pairs(text: &str) -> Result<Vec<Pair>, Error> {
    let body = match text.split_once("@{") {
        Some((_, rest)) => rest.split_once("\n}").map_or(rest, |(inside, _)| inside),
        None => text,
    };
    body.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Result<Pair, Error>> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let (key, rest) = line.split_once('=')?;
    let key = key.trim().trim_start_matches('$').trim_matches(['"', '\'']);
    let value = match rest.trim() {
        text if text.starts_with(['\'', '"']) => match quoted(text) {
            Some(value) => value,
            None => return Some(Err(Error::BadConnectionString)),
        },
        text => {
            let bare = text.split('#').next().unwrap_or_default();
            Zeroizing::new(bare.trim().trim_end_matches([';', '}']).trim().to_owned())
        }
    };
    let value = match value.as_str() {
        "$null" => Zeroizing::new(String::new()),
        "$true" => Zeroizing::new("true".to_owned()),
        "$false" => Zeroizing::new("false".to_owned()),
        _ => value,
    };
    Some(Ok(Pair {
        key: key.to_owned(),
        value,
    }))
}

/// The text between a quote and its end; a doubled quote is one.
fn quoted(text: &str) -> Option<Zeroizing<String>> {
    let mut chars = text.chars().peekable();
    let quote = chars.next()?;
    let mut value = Zeroizing::new(String::new());
    loop {
        let c = chars.next()?;
        if c == quote && chars.next_if_eq(&quote).is_none() {
            return Some(value);
        }
        value.push(c);
    }
}
