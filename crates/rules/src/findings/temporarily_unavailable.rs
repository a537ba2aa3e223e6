//! `temporarily_unavailable`: the server says that it cannot just now, and still said so at the last try.
//!
//! Likely: the number says that it passes, the run did not see it pass.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::code_sentence;
use model::{FailureCode, Finding};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case
        .path
        .stop
        .as_ref()
        .filter(|s| s.stage == Stage::Login)?;
    let step = stop.step()?;
    let refused = stop.code == FailureCode::LoginRejected;
    let (seq, error) = if refused {
        common::decisive(&step)?
    } else {
        // The retry did not get as far as an answer; what the server said before still stands.
        let (fact, error) = step.errors().next_back()?;
        (fact.seq, error)
    };
    // 4060 is on the list of what passes, but stands for a missing database far more often.
    if !target::is_transient(error.number) || error.number == 4060 {
        return None;
    }
    let name = target::facts::error(error.number).map_or("", |fact| fact.name.as_str());
    Draft::problem("temporarily_unavailable", common::owner_of(case, error.number))
        .title(format!("The server says that it cannot serve this login just now: {name}."))
        .because(format!("{}.", common::quoted(error)))
        .because(common::cause(error.number))
        .because(common::tried(&step))
        .because(if refused {
            String::new()
        } else {
            format!("At the last try: {}", code_sentence(&stop.code))
        })
        .because("Name, TCP and TLS work. Failovers and restarts normally end within 60 s.")
        .then("Run again in a minute.")
        .then(common::advice(error.number))
        .then("If it lasts longer, look at the service's health and the resource's activity log, then open a support \
               case.")
        .link(links::TRANSIENT)
        .link(links::COMMON_ERRORS)
        .rests_on_all(&step)
        .cite(step.id, [seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, error, expect};
    use model::{Confidence::Likely, FailureCode::*, Outcome, Owner};

    const EP: &str = "20.61.99.193:1433";

    #[test]
    fn a_transient_number_that_stays() {
        let log = Log::new()
            .signed_in()
            .secured(EP)
            .login(EP, Some(LoginRejected))
            .attempt(1, Some(LoginRejected))
            .seen_in(1, error(40613, 1, "Database is not currently available."))
            .attempt(2, Some(LoginRejected))
            .seen_in(2, error(40613, 1, "Database is not currently available."))
            .finish();
        let verdict = expect(&log, "temporarily_unavailable", Likely, Outcome::Problem);
        assert_eq!(verdict.owner, Owner::Azure);
        assert!(verdict.explanation.contains("tried 2 times"));
    }

    #[test]
    fn a_retry_that_gets_no_connection() {
        let log = Log::new()
            .signed_in()
            .secured(EP)
            .login(EP, Some(TcpTimeout))
            .attempt(1, Some(LoginRejected))
            .seen_in(1, error(40197, 4, "The service has encountered an error."))
            .attempt(2, Some(TcpTimeout))
            .finish();
        let verdict = expect(&log, "temporarily_unavailable", Likely, Outcome::Problem);
        assert!(
            verdict
                .explanation
                .contains("At the last try: The connection request got no answer.")
        );
    }
}
