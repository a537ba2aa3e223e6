//! `login_budget_spent`: too many logins failed here lately, so no further one was sent.
//!
//! Proven: the agent states its own rule.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = case.failed_with(&FailureCode::LoginBudgetSpent)?;
    Draft::problem("login_budget_spent", Owner::App)
        .title(format!(
            "No login was sent: three of {} failed in the last ten minutes.",
            case.who()
        ))
        .because(
            "Azure SQL refuses an address for a while after repeated failures, whatever the password. A diagnosis \
             must not bring that about, so the agent stops by itself.",
        )
        .because(case.path.stop.as_ref().map_or_else(String::new, |stop| common::worked_before(case, stop)))
        .sure(Confidence::Proven)
        .then("Look at the runs before this one: they say why the login failed.")
        .then("Correct user or password, wait ten minutes, and run again.")
        .link(links::LOGIN_FAILED)
        .rests_on(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Proven, FailureCode::LoginBudgetSpent, Outcome, StepKind};

    #[test]
    fn nothing_was_sent() {
        let log = Log::new()
            .signed_in()
            .secured("20.61.99.193:1433")
            .skipped(StepKind::TdsLogin, LoginBudgetSpent)
            .finish();
        let verdict = expect(&log, "login_budget_spent", Proven, Outcome::Problem);
        assert!(verdict.title.contains("reader"));
    }
}
