//! Error numbers: what they are called, whether they pass by themselves, what to do.

use serde::Deserialize;
use std::sync::OnceLock;

/// Whether an error passes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transient {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It depends.
    Conditional,
    /// Not an error but a mark in a server's log.
    Event,
}

/// What is known about an error number.
#[derive(Clone, Debug, Deserialize)]
pub struct ErrorFact {
    /// As applications see it.
    pub number: i32,
    /// A few words.
    pub name: String,
    /// `dns`, `tcp`, `tls`, `tds`, `login`, `database`, `throttling`, `failover` or `client`.
    pub layer: String,
    /// Whether it passes by itself.
    pub transient: Transient,
    /// Whether a login that it refused is worth a second try.
    pub retry: bool,
    /// Whose job it is: `app`, `network`, `dba`, `azure`, `host` or `nobody`.
    #[serde(skip)]
    pub owner: &'static str,
    /// What lies behind it, in a sentence.
    #[serde(skip)]
    pub cause: &'static str,
    /// What to do.
    #[serde(skip)]
    pub action: &'static str,
}

/// What a state of error 18456 means.
#[derive(Clone, Debug, Deserialize)]
pub struct LoginState {
    /// The states that share it.
    pub states: Vec<u8>,
    /// A few words.
    pub meaning: String,
    /// What to do.
    pub action: String,
}

/// Number, whose job, cause, what to do: `data/advice.json`, written by hand.
type Advice = (i32, &'static str, &'static str, &'static str);

#[derive(Default, Deserialize)]
struct File {
    errors: Vec<ErrorFact>,
    login_states: Vec<LoginState>,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| {
        let mut file: File =
            serde_json::from_str(include_str!("../../data/errors.json")).unwrap_or_default();
        file.errors.sort_by_key(|error| error.number);
        let mut advice: Vec<Advice> =
            serde_json::from_str(include_str!("../../data/advice.json")).unwrap_or_default();
        advice.sort_by_key(|(number, ..)| *number);
        for error in &mut file.errors {
            let found = advice.binary_search_by_key(&error.number, |(number, ..)| *number);
            if let Some((_, owner, cause, action)) = found.ok().and_then(|at| advice.get(at)) {
                (error.owner, error.cause, error.action) = (owner, cause, action);
            }
        }
        file
    })
}

/// Every known error, by number.
#[must_use]
pub fn errors() -> &'static [ErrorFact] {
    &file().errors
}

/// What is known about a number.
#[must_use]
pub fn error(number: i32) -> Option<&'static ErrorFact> {
    let errors = errors();
    let at = errors
        .binary_search_by_key(&number, |error| error.number)
        .ok()?;
    errors.get(at)
}

/// What a state of 18456 means.
#[must_use]
pub fn login_state(state: u8) -> Option<&'static LoginState> {
    file()
        .login_states
        .iter()
        .find(|known| known.states.contains(&state))
}

/// Whether a login that this number refused is worth a second try: Microsoft's list of transient errors, and
/// every other number that passes by itself.
#[must_use]
pub fn is_transient(number: i32) -> bool {
    error(number).is_some_and(|error| error.retry)
}

#[cfg(test)]
mod tests {
    use super::{error, errors, is_transient, login_state};

    #[test]
    fn the_data_is_whole() {
        assert_eq!(errors().len(), 167);
        let mut said = std::collections::BTreeSet::new();
        for error in errors() {
            let number = error.number;
            assert!(!error.name.is_empty(), "{number}");
            let owners = ["app", "network", "dba", "azure", "host", "nobody"];
            assert!(owners.contains(&error.owner), "{number}");
            for text in [error.cause, error.action] {
                assert!(
                    text.ends_with('.') && !text.contains("  "),
                    "{number}: {text}"
                );
                assert!(said.insert(text), "{number} says what another says: {text}");
            }
        }
        assert!(errors().is_sorted_by(|a, b| a.number < b.number));
        assert_eq!(error(40615).map(|e| e.layer.as_str()), Some("login"));
        assert!(error(1).is_none());
        assert_eq!(
            login_state(8).map(|s| s.meaning.as_str()),
            Some("wrong password")
        );
        assert!(login_state(200).is_none());
    }

    #[test]
    fn transient_numbers() {
        for number in [
            615, 926, 4060, 4221, 40197, 40501, 40613, 49918, 49919, 49920, 10928,
        ] {
            assert!(is_transient(number), "{number}");
        }
        for number in [18456, 40615, 916, 40532, 47073, 1480, 123_456] {
            assert!(!is_transient(number), "{number}");
        }
    }
}
