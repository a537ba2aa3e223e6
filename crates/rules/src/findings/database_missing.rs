//! `database_missing`: the server takes the login but cannot open the database (4060).
//!
//! Likely: the same number stands for a name that does not exist, a user that may not open it, and a database
//! that is away for a moment. The retries rule the last out as far as they reach.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::one_line;
use model::{Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let refusal = common::refusal(case)?;
    if !matches!(refusal.error.number, 4060 | 4063 | 911) {
        return None;
    }
    let database = one_line(case.database(), 128);
    Draft::problem("database_missing", Owner::Dba)
        .title(format!(
            "The server cannot open database {database} for this login."
        ))
        .because(format!("{}.", common::quoted(refusal.error)))
        .because(common::tried(&refusal.step))
        .because("Name, TCP and TLS work, and the server knows who asks.")
        .then(format!(
            "Check the database's name ({database}), and that it is on this server and online."
        ))
        .then(format!(
            "Check that {} is a user of that database.",
            one_line(case.user(), 128)
        ))
        .then("If the database exists, it may be failing over or waking up: run again in a minute.")
        .then(common::advice(refusal.error.number))
        .link(links::COMMON_ERRORS)
        .link(links::ERROR_LIST)
        .rests_on_all(&refusal.step)
        .cite(refusal.step.id, [refusal.seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, error, expect};
    use model::{Confidence::Likely, FailureCode::LoginRejected, Outcome};

    #[test]
    fn named_and_tried_more_than_once() {
        let ep = "20.61.99.193:1433";
        let text = "Cannot open database \"orders\" requested by the login. The login failed.";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, Some(LoginRejected))
            .attempt(1, Some(LoginRejected))
            .seen_in(1, error(4060, 1, text))
            .attempt(2, Some(LoginRejected))
            .seen_in(2, error(4060, 1, text))
            .seen_in(2, error(18456, 1, "Login failed for user 'reader'."))
            .finish();
        let verdict = expect(&log, "database_missing", Likely, Outcome::Problem);
        assert!(verdict.title.contains("orders"));
        assert!(verdict.explanation.contains("tried 2 times"));
    }
}
