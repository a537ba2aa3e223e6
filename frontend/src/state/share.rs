//! Share links: what can be chosen, and what was masked, in words.

use model::Redaction;
use rules::words::{count, list};
use std::collections::BTreeMap;

const HOUR_S: u32 = 60 * 60;
const DAY_S: u32 = 24 * HOUR_S;

/// How long a link may live: seconds and words. The third is the usual.
pub(crate) const LIVES: [(u32, &str); 5] = [
    (HOUR_S, "1 hour"),
    (DAY_S, "1 day"),
    (7 * DAY_S, "7 days"),
    (30 * DAY_S, "30 days"),
    (90 * DAY_S, "90 days"),
];

/// The choices of what is masked: what they are called, and what they mean.
pub(crate) const CHOICES: [(Redaction, &str, &str); 2] = [
    (
        Redaction::Support,
        "For support",
        "masks local user names, MAC addresses, the interface list and internal resolvers; keeps server, database, error text, addresses and TRACEID",
    ),
    (
        Redaction::Public,
        "For anybody",
        "also puts pseudonyms in the place of hosts, addresses and user names, in messages too",
    ),
];

/// What a redaction is called within a sentence.
pub(crate) fn name(redact: Redaction) -> &'static str {
    match redact {
        Redaction::Support => "for support",
        Redaction::Public => "for anybody",
    }
}

/// `2 user names and 14 addresses`; nothing when nothing was masked.
pub(crate) fn masked(counts: &BTreeMap<String, u64>) -> Option<String> {
    let parts: Vec<String> = counts
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(kind, number)| {
            let (one, many) = words(kind);
            count(usize::try_from(*number).unwrap_or(usize::MAX), one, many)
        })
        .collect();
    (!parts.is_empty()).then(|| list(&parts))
}

fn words(kind: &str) -> (&str, &str) {
    match kind {
        "agent" => ("agent's name", "agents' names"),
        "certificate" => ("certificate's number", "certificates' numbers"),
        "database" => ("database name", "database names"),
        "name" => ("other name", "other names"),
        "user" => ("user name", "user names"),
        "local_user" => ("local user name", "local user names"),
        "address" => ("address", "addresses"),
        "host" => ("host name", "host names"),
        "mac" => ("MAC address", "MAC addresses"),
        "interface" => ("interface", "interfaces"),
        "resolver" => ("resolver", "resolvers"),
        other => (other, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::api::NewShare;

    #[test]
    fn the_usual_life_is_offered_and_none_is_too_long() {
        assert_eq!(LIVES[2].0, NewShare::default().expires_in_s);
        for (seconds, words) in LIVES {
            assert!(
                (NewShare::LEAST_S..=NewShare::MOST_S).contains(&seconds),
                "{words}"
            );
        }
    }

    #[test]
    fn what_was_masked_is_counted_in_words() {
        let counts = |pairs: &[(&str, u64)]| {
            let pairs = pairs
                .iter()
                .map(|(kind, number)| ((*kind).to_owned(), *number));
            masked(&pairs.collect())
        };
        assert_eq!(counts(&[]), None);
        assert_eq!(counts(&[("mac", 0)]), None);
        assert_eq!(counts(&[("mac", 1)]).as_deref(), Some("1 MAC address"));
        let several = counts(&[("user", 2), ("address", 14)]).expect("words");
        assert!(
            several.contains("14 addresses") && several.contains("2 user names"),
            "{several}"
        );
    }
}
