//! `secret_echoed`: the server repeated the password. It was scrubbed before it was written anywhere.
//!
//! Proven: the agent compared the bytes.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{list, one_line};
use model::{Confidence, Finding, Observation, Owner, Severity};
use std::collections::BTreeSet;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let mut places = BTreeSet::new();
    let mut seen = Vec::new();
    for step in case.steps() {
        for fact in step.facts() {
            if let Observation::SecretEchoed { place } = &fact.seen {
                places.insert(one_line(place, 40).replace('_', " "));
                seen.push((step, fact.seq));
            }
        }
    }
    if seen.is_empty() {
        return None;
    }
    let places: Vec<String> = places.into_iter().collect();
    let mut draft = Draft::new("secret_echoed", Severity::Warning, Owner::Dba)
        .title("The server repeats the password it was given.")
        .because(format!("It stood in: {}.", list(&places)))
        .because(
            "The agent took it out before anything was written: it is in no log, file or page of this run. SQL Server \
             itself never repeats passwords, so something else answers here, or code on the server does it.",
        )
        .sure(Confidence::Proven)
        .then("Find out what answers at this address before any further password is sent there.")
        .then("Change this password: other programs may have written down what the server sent them.")
        .link(links::CONNECTIVITY);
    for (step, seq) in seen {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside};
    use model::{Confidence::Likely, FailureCode::LoginRejected, Observation, Outcome};

    #[test]
    fn beside_the_verdict_on_the_login() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, Some(LoginRejected))
            .error(18456, 1, "Login failed with password [scrubbed].")
            .seen(Observation::SecretEchoed {
                place: "error_text".into(),
            })
            .finish();
        expect(&log, "login_rejected", Likely, Outcome::Problem);
        assert!(
            expect_beside(&log, "secret_echoed")
                .explanation
                .contains("error text")
        );
    }
}
