//! Cutting SQL text into statements, and lists into items, by quotes and separators only.

/// Statements of one batch that are answered.
const STATEMENTS: usize = 64;

/// The statements of a batch, with single spaces. A SET may be followed by a SELECT without anything between them.
pub(crate) fn statements(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    for piece in split(sql, ';') {
        let piece = tidy(&piece);
        let sets = piece
            .get(..4)
            .is_some_and(|verb| verb.eq_ignore_ascii_case("set "));
        match piece.to_ascii_lowercase().find(" select ") {
            Some(at) if sets => {
                found.extend(piece.get(..at).map(str::to_owned));
                found.extend(piece.get(at + 1..).map(str::to_owned));
            }
            _ if piece.is_empty() => {}
            _ => found.push(piece),
        }
        if found.len() >= STATEMENTS {
            break;
        }
    }
    found
}

/// Single spaces, none around parentheses and equals signs.
fn tidy(piece: &str) -> String {
    let mut tidy = piece.split_whitespace().collect::<Vec<_>>().join(" ");
    for sign in ["(", ")", "="] {
        tidy = tidy.replace(&format!(" {sign}"), sign);
        if sign != ")" {
            tidy = tidy.replace(&format!("{sign} "), sign);
        }
    }
    tidy
}

/// Cuts at a separator that stands in no quotes or brackets.
pub(crate) fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut closes = None;
    for c in text.chars() {
        match closes {
            Some(end) if c == end => closes = None,
            Some(_) => {}
            None => closes = closing(c),
        }
        match parts.last_mut() {
            Some(part) if closes.is_some() || c != separator => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts
}

fn closing(c: char) -> Option<char> {
    match c {
        '\'' | '"' => Some(c),
        '[' => Some(']'),
        _ => None,
    }
}

/// A name without its brackets or quotes.
pub(crate) fn unquoted(name: &str) -> String {
    let name = name.trim();
    let inner = |open, close| name.strip_prefix(open)?.strip_suffix(close);
    inner('[', ']')
        .or_else(|| inner('"', '"'))
        .or_else(|| inner('\'', '\''))
        .unwrap_or(name)
        .to_owned()
}
