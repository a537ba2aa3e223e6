//! What a token says of itself. Nothing is verified: that is the server's part; these are facts for a person.

use crate::record::bounded;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use model::{TokenFacts, TokenSource};
use serde_json::Value;

/// Longest claim that is kept.
const CLAIM_CHARS: usize = 256;
/// Longest middle part that is read.
const MOST_BYTES: usize = 64 * 1024;

/// The token's claims, as far as it has any that can be read.
pub(super) fn facts(token: &str, source: TokenSource, authority: Option<String>) -> TokenFacts {
    let claims = claims(token).unwrap_or(Value::Null);
    let text = |name: &str| Some(bounded(claims.get(name)?.as_str()?, CLAIM_CHARS));
    let time = |name: &str| DateTime::from_timestamp(claims.get(name)?.as_i64()?, 0);
    TokenFacts {
        source,
        authority,
        audience: text("aud"),
        tenant: text("tid"),
        application: text("appid").or_else(|| text("azp")),
        not_before: time("nbf"),
        expires_at: time("exp"),
    }
}

fn claims(token: &str) -> Option<Value> {
    let middle = token.split('.').nth(1)?;
    if middle.len() > MOST_BYTES {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::facts;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use model::TokenSource;

    #[test]
    fn claims_are_read_and_rubbish_has_none() {
        let claims = r#"{"aud":"https://database.windows.net/","tid":"t","azp":"a","nbf":1700000000,"exp":1700003600}"#;
        let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        let read = facts(&token, TokenSource::Pasted, None);
        assert_eq!(
            read.audience.as_deref(),
            Some("https://database.windows.net/")
        );
        assert_eq!(
            (read.tenant.as_deref(), read.application.as_deref()),
            (Some("t"), Some("a"))
        );
        assert_eq!(
            read.expires_at.map(|at| at.timestamp()),
            Some(1_700_003_600)
        );
        for rubbish in [
            "",
            "opaque",
            "a.b.c",
            "..",
            "e30.W10.x",
            "e30.eyJhdWQiOjF9.x",
        ] {
            let read = facts(rubbish, TokenSource::Pasted, None);
            assert!(
                read.audience.is_none() && read.expires_at.is_none(),
                "{rubbish}"
            );
        }
    }
}
