//! What a token service says when it gives none, from an answer that may be anything.

use super::http::Answer;
use crate::failure::Failure;
use crate::record::bounded;
use model::{FailureCode, TokenRefusal};
use serde_json::Value;

const DESCRIPTION_CHARS: usize = 4_000;
const WORD_CHARS: usize = 128;
const MOST_NUMBERS: usize = 16;

/// The refusal in an answer, when it is one.
pub(super) fn read(authority: &str, answer: &Answer) -> Option<TokenRefusal> {
    if answer.status < 400 {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    let text = |name: &str, chars| Some(bounded(body.get(name)?.as_str()?, chars));
    // App Service nests, or says `message`.
    let error = text("error", WORD_CHARS).or_else(|| text("code", WORD_CHARS))?;
    let description = text("error_description", DESCRIPTION_CHARS)
        .or_else(|| text("message", DESCRIPTION_CHARS))
        .unwrap_or_default();
    let mut numbers: Vec<u32> = body
        .get("error_codes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|number| u32::try_from(number.as_u64()?).ok())
        .chain(named(&description))
        .take(MOST_NUMBERS)
        .collect();
    let mut seen = Vec::new();
    numbers.retain(|number| {
        !seen.contains(number) && {
            seen.push(*number);
            true
        }
    });
    Some(TokenRefusal {
        authority: authority.to_owned(),
        error,
        numbers,
        description,
        trace_id: text("trace_id", WORD_CHARS),
        correlation_id: text("correlation_id", WORD_CHARS),
        service_time: answer.date,
    })
}

/// `AADSTS…` numbers in a text.
fn named(text: &str) -> impl Iterator<Item = u32> {
    text.split("AADSTS").skip(1).filter_map(|rest| {
        let digits: String = rest
            .chars()
            .take_while(char::is_ascii_digit)
            .take(9)
            .collect();
        digits.parse().ok()
    })
}

/// As a failed step says it.
pub(super) fn failure(refusal: &TokenRefusal) -> Failure {
    // Its other lines are ids and times, which are facts of their own.
    let line = refusal.description.lines().next().unwrap_or_default();
    let code = match refusal.error.as_str() {
        "expired_token" | "code_expired" => FailureCode::TokenTimeout,
        _ => FailureCode::TokenRefused,
    };
    Failure::new(code, format!("{}: {line}", refusal.error))
}

#[cfg(test)]
mod tests {
    use super::{Answer, failure, read};
    use model::FailureCode;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            date: None,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn what_entra_says_is_kept() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: x",
            "error_codes":[7000215],"trace_id":"t-1","correlation_id":"c-1"}"#;
        let refusal = read("https://login.example", &answer(401, body)).expect("a refusal");
        assert_eq!(refusal.numbers, [7_000_215]);
        assert_eq!(
            (
                refusal.trace_id.as_deref(),
                refusal.correlation_id.as_deref()
            ),
            (Some("t-1"), Some("c-1"))
        );
        let failure = failure(&refusal);
        assert_eq!(failure.code, FailureCode::TokenRefused);
        assert_eq!(
            failure.detail.as_deref(),
            Some("invalid_client: AADSTS7000215: Invalid client secret provided.")
        );
    }

    #[test]
    fn what_is_no_refusal_is_none() {
        for (status, body) in [
            (200, r#"{"error":"invalid_client"}"#),
            (500, "<html>"),
            (400, "{}"),
            (400, r#"{"error":{"code":1}}"#),
            (400, "[]"),
        ] {
            assert!(
                read("a", &answer(status, body)).is_none(),
                "{status} {body}"
            );
        }
    }
}
