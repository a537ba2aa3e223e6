//! `secret_refused`: the sealed password was not for this run, so nothing was sent.
//!
//! Proven: the agent states its own rule.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = case.failed_with(&FailureCode::SecretRefused)?;
    Draft::problem("secret_refused", Owner::App)
        .title("The agent refused the sealed password, and sent nothing.")
        .because(step.detail.as_deref().map_or_else(String::new, |words| {
            format!("Its reason: {}.", one_line(words.trim_end_matches('.'), 200))
        }))
        .because(
            "A sealed password is good once, for one host, port and user, for 15 minutes. This one was for another, \
             too old, or used before.",
        )
        .sure(Confidence::Proven)
        .then("Start a new run and type the password again.")
        .then(
            "If it happens again at once, compare the agent's fingerprint with the one on its host, and the clocks of \
             both.",
        )
        .link(links::CONNECTIVITY)
        .rests_on(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Proven, FailureCode::SecretRefused, Outcome, StepKind};

    #[test]
    fn wherever_the_agent_says_so() {
        let log = Log::new()
            .signed_in()
            .skipped(StepKind::TdsLogin, SecretRefused)
            .finish();
        expect(&log, "secret_refused", Proven, Outcome::Problem);
        let log = Log::new()
            .signed_in()
            .login("20.61.99.193:1433", Some(SecretRefused))
            .finish();
        expect(&log, "secret_refused", Proven, Outcome::Problem);
    }
}
