//! Spotting a secret where only a server's name belongs.

/// Words that, followed by `=`, announce a secret.
const KEYS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pass",
    "secret",
    "token",
    "apikey",
    "api_key",
    "accountkey",
    "sharedaccesskey",
    "accesskey",
    "signature",
];

/// Whether a text seems to hold a secret: a key such as `password=` or `pwd :`, `user:secret@host`, or a
/// command line's `-P secret`.
#[must_use]
pub fn holds_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let text = text.replace("%3d", "=").replace('＝', "=");
    keyed(&text) || in_authority(&text) || on_command_line(&text)
}

/// A secret key, spaces and closing quotes, then `=` (or `:` after a quote, as in JSON).
fn keyed(text: &str) -> bool {
    KEYS.iter().any(|key| {
        text.match_indices(key).any(|(at, _)| {
            let after = text.get(at + key.len()..).unwrap_or_default();
            let rest = after.trim_start_matches([' ', '\t', '"', '\'']);
            rest.starts_with('=') || (rest.starts_with(':') && rest.len() < after.len())
        })
    })
}

/// `user:secret@host`.
fn in_authority(text: &str) -> bool {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    text.rsplit_once('@')
        .is_some_and(|(before, _)| before.contains(':'))
}

/// `-P secret`, `--password secret`.
fn on_command_line(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words.any(|word| word == "-p" || word == "--password") && words.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::holds_secret;

    #[test]
    fn secrets_are_spotted() {
        for text in [
            "host;Password=x",
            "host;PWD = x",
            "host;pwd%3Dx",
            "host,1433;Access Token=abc",
            r#"{"password": "x"}"#,
            "sa:Secret1@host",
            "sqlserver://sa:Secret1@host:1433",
            "-S host -U sa -P Secret1",
            "password＝x",
        ] {
            assert!(holds_secret(text), "{text}");
        }
    }

    #[test]
    fn names_are_not_secrets() {
        for text in [
            "tcp:host,1433",
            "passport.example.com",
            "token-server",
            "pwd:1433",
            "::1",
            "host\\secret",
        ] {
            assert!(!holds_secret(text), "{text}");
        }
    }
}
