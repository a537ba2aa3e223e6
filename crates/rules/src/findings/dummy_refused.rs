//! `dummy_refused`: the login that was meant to fail did: it reached the server's own login check.
//!
//! Proven: 18456 is said by nobody else.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding, Owner, PlanLogin, Severity};

pub(crate) const RULE: Rule = Rule::ok(find);

fn is_dummy(case: &Case<'_>) -> bool {
    case.plan()
        .is_some_and(|plan| plan.login == PlanLogin::Dummy)
}

pub(crate) fn find(case: &Case<'_>) -> Option<Finding> {
    if !is_dummy(case) {
        return None;
    }
    let refusal = common::refusal(case).filter(|refusal| refusal.error.number == 18456)?;
    Draft::new("dummy_refused", Severity::Ok, Owner::Nobody)
        .title("The server was reached up to its login, which refused the made-up user as it should.")
        .because(format!("{}.", common::quoted(refusal.error)))
        .because("Name, TCP, TLS and the server's firewall let this host through. Whether a real user may log in, this does not say.")
        .sure(Confidence::Proven)
        .then("If an application still fails, run again with its own user.")
        .then("Do not repeat made-up logins often: after several failures Azure SQL refuses the address for a while.")
        .link(links::LOGIN_FAILED)
        .rests_on(&refusal.step)
        .cite(refusal.step.id, [refusal.seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::*, FailureCode::LoginRejected, Outcome, PlanLogin};

    #[test]
    fn a_failure_that_is_a_success() {
        let ep = "20.61.99.193:1433";
        let log = |number| {
            Log::new()
                .signs_in(PlanLogin::Dummy)
                .secured(ep)
                .login(ep, Some(LoginRejected))
                .error(number, 1, "Words of the server.")
                .finish()
        };
        expect(&log(18456), "dummy_refused", Proven, Outcome::Ok);
        expect(&log(40615), "firewall_blocked", Proven, Outcome::Problem);
    }
}
