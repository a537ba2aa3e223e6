//! Secrets in a pasted text, taken out before anything else reads it.
//!
//! It rather takes too much: what it takes is never needed to explain an error.

use super::Span;

/// What stands where a secret was.
pub(super) const MASK: &str = "***";

/// Keys whose value is a secret, up to the end of its line or the next `;`.
const KEYS: [&str; 9] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "pass",
    "secret",
    "accountkey",
    "accesskey",
    "pword",
];
/// Keys whose value is one word.
const TOKENS: [&str; 10] = [
    "token",
    "sig",
    "apikey",
    "api-key",
    "api_key",
    "subscription-key",
    "assertion",
    "signature",
    "credential",
    "access key",
];
/// Longest stretch between key, sign and value.
const LONGEST_LINK: usize = 24;
/// Longest name before the password of an address.
const LONGEST_USER: usize = 128;

/// The text with every secret replaced, and how many were.
pub(super) fn masked(text: &str) -> (String, usize) {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    let bytes = lower.as_bytes();
    while at < bytes.len() {
        match secret(bytes, at) {
            Some(span) if span.to > span.from => {
                at = span.to;
                found.push(span);
            }
            _ => at += 1,
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in &found {
        // A span that would cut a letter in two cannot be: its ends are ASCII or the text's own.
        out.push_str(text.get(from..span.from).unwrap_or_default());
        out.push_str(MASK);
        from = span.to;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    (out, found.len())
}

/// The secret that the word at `at` announces.
fn secret(text: &[u8], at: usize) -> Option<Span> {
    let rest = text.get(at..)?;
    let starts = at == 0 || !text.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
    match rest.first()? {
        b'e' if starts && rest.starts_with(b"eyj") => {
            let length = word(rest);
            (length >= 40).then(|| span(at, length))
        }
        b':' if rest.starts_with(b"://") => authority(text, at + 3),
        b'-' if rest.starts_with(b"-----begin ") => {
            let block = rest.get(..rest.len().min(16_384))?;
            let end = block.windows(9).position(|part| part == b"-----end ");
            Some(span(at, end.unwrap_or(block.len())))
        }
        b'-' if (at == 0 || text.get(at - 1).is_some_and(u8::is_ascii_whitespace)) => {
            let length = ["-p ", "--password "]
                .iter()
                .find(|flag| rest.starts_with(flag.as_bytes()))?
                .len();
            // `-p 1433` is a port, and no password that a server takes.
            let value = text.get(at + length..)?;
            let length_of = word(value);
            let digits = value.iter().take(length_of).all(u8::is_ascii_digit);
            (!digits).then(|| span(at + length, length_of))
        }
        b'b' if starts && rest.starts_with(b"bearer ") => Some(span(at + 7, word(rest.get(7..)?))),
        b'<' => {
            let name = KEYS.iter().find(|key| {
                rest.get(1..)
                    .is_some_and(|tag| tag.starts_with(key.as_bytes()))
            })?;
            let open = name.len() + 1;
            (rest.get(open) == Some(&b'>')).then(|| {
                let value = rest.get(open + 1..).unwrap_or_default();
                span(
                    at + open + 1,
                    value.iter().take_while(|byte| **byte != b'<').count(),
                )
            })
        }
        _ => keyed(text, at),
    }
}

/// `key = value` in one of many shapes.
fn keyed(text: &[u8], at: usize) -> Option<Span> {
    let rest = text.get(at..)?;
    let begins = |keys: &[&'static str]| {
        keys.iter()
            .copied()
            .find(|key| rest.starts_with(key.as_bytes()))
    };
    let (key, whole_line) = match (begins(&KEYS), begins(&TOKENS)) {
        (Some(key), _) => (key, true),
        (None, Some("sig"))
            if at > 0 && text.get(at - 1).is_some_and(u8::is_ascii_alphanumeric) =>
        {
            return None;
        }
        (None, Some(key)) => (key, false),
        (None, None) => return None,
    };
    let mut here = at + key.len();
    // The rest of a longer key: passwordForApp, secret_value.
    let more = text.get(here..)?.iter().take(LONGEST_LINK);
    here += more
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_'))
        .count();
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'\\' | b']');
    here += text
        .get(here..)?
        .iter()
        .take(LONGEST_LINK)
        .take_while(|byte| blank(byte))
        .count();
    let sign = text.get(here..)?;
    let length = if sign.starts_with(b"%3d") {
        3
    } else if sign.starts_with("＝".as_bytes()) {
        "＝".len()
    } else if sign.starts_with(b"=>") {
        2
    } else {
        usize::from(matches!(sign.first()?, b'=' | b':'))
    };
    if length == 0 || sign.starts_with(b"://") {
        return None;
    }
    here += length;
    let space = |byte: &u8| matches!(byte, b' ' | b'\t');
    here += text
        .get(here..)?
        .iter()
        .take(LONGEST_LINK)
        .take_while(|byte| space(byte))
        .count();
    let value = text.get(here..)?;
    Some(span(here, value_of(value, whole_line)))
}

/// How long a value is: in quotes or braces up to their end, else to the next `;`, or the line's. What is read is
/// taken, so that no byte is read twice.
fn value_of(value: &[u8], whole_line: bool) -> usize {
    let ends_line = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let slashes = value
        .iter()
        .take(3)
        .take_while(|byte| **byte == b'\\')
        .count();
    let close = match value.get(slashes) {
        Some(quote @ (b'"' | b'\'')) => Some(*quote),
        Some(b'{') => Some(b'}'),
        _ => None,
    };
    let Some(close) = close else {
        let ends = |byte: &u8| match whole_line {
            true => ends_line(byte) || *byte == b';',
            false => {
                byte.is_ascii_whitespace() || matches!(byte, b'&' | b';' | b'"' | b'\'' | b',')
            }
        };
        return value.iter().take_while(|byte| !ends(byte)).count();
    };
    let mut at = slashes + 1;
    while let Some(byte) = value.get(at) {
        // Doubled, it is part of the value.
        if *byte == close && value.get(at + 1) == Some(&close) {
            at += 2;
        } else if *byte == close {
            return at + 1;
        } else if ends_line(byte) {
            return at;
        } else {
            at += 1;
        }
    }
    value.len()
}

/// `://user:secret@`.
fn authority(text: &[u8], from: usize) -> Option<Span> {
    let rest = text.get(from..)?;
    let line: &[u8] = rest.get(..rest.len().min(LONGEST_USER * 3))?;
    let end = line
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''))
        .unwrap_or(line.len());
    let line = line.get(..end)?;
    let at = line.iter().rposition(|byte| *byte == b'@')?;
    let colon = line.get(..at)?.iter().position(|byte| *byte == b':')?;
    Some(span(from + colon + 1, at - colon - 1))
}

fn word(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| {
            !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b';' | b',')
        })
        .count()
}

fn span(from: usize, length: usize) -> Span {
    Span {
        from,
        to: from + length,
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn secrets_are_taken_out_in_every_shape() {
        for text in [
            "Server=h;Password=S3cret!x;Database=d",
            "Server=h;Database=d;PWD = S3cret!x",
            "pwd={a;S3cret!x}}b};Server=h",
            r#"Password="a;S3cret!x""b";Server=h"#,
            r#"{"password": "S3cret!x", "user": "u"}"#,
            r#"{\"password\":\"S3cret!x\",\"user\":\"u\"}"#,
            "config: { user: 'sa', password: 'S3cret!x', server: 'h' }",
            "MSSQL_SA_PASSWORD=S3cret!x",
            "spring.datasource.password: S3cret!x",
            "password=my S3cret!x words",
            "password%3DS3cret!x",
            "jdbc:sqlserver://h:1433;databaseName=d;user=u;password=S3cret!x;encrypt=true",
            "sqlserver://sa:S3cret!x@h:1433?database=d",
            "mssql+pyodbc://sa:S3cret!x@h/d?driver=ODBC+Driver+18",
            "https://a.blob.core.windows.net/c?sv=2024&sig=S3cret!x&se=1",
            "AccountKey=S3cret!x==;EndpointSuffix=core.windows.net",
            "SharedAccessKey=S3cret!x",
            "Authorization: Bearer S3cret!x",
            "AccessToken = S3cret!x",
            "access_token=S3cret!x&expires_in=1",
            "eyJS3cret!xabcdefghijklmnopqrstuvwxyz0123456789.abc.def",
            "sqlcmd -S h -U sa -P S3cret!x -Q q",
            "<password>S3cret!x</password>",
            "client_secret => S3cret!x",
            "-----BEGIN PRIVATE KEY-----\nS3cret!x\n-----END PRIVATE KEY-----",
        ] {
            let (out, taken) = masked(text);
            assert!(!out.contains("S3cret!x"), "{text}: {out}");
            assert!(taken > 0 && out.contains("***"), "{text}: {out}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "Login failed for user 'sa'. Reason: Password did not match that for the login provided.",
            "Reason: Token-based server access validation failed with an infrastructure error.",
            "ClientConnectionId:9e7294ea-f8ca-4249-8dff-46194b49d008",
            "bcp d.t in f -p 1433",
            "https://go.microsoft.com/fwlink/?linkid=2226526",
            "at Microsoft.Data.SqlClient.SqlInternalConnectionTds..ctor(SqlCredential credential, Boolean passthrough)",
        ] {
            assert_eq!(masked(text), (text.to_owned(), 0));
        }
    }

    #[test]
    fn the_rest_of_the_string_is_still_there() {
        let (out, _) = masked("Server=h;Password=a;Database=d");
        assert_eq!(out, "Server=h;Password=***;Database=d");
    }
}
