//! `link_permission_missing`: the login may not make what is needed.

use super::stopped;
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::Rule;
use crate::links;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = stopped(case, &FailureCode::PermissionMissing)?;
    let words = step.detail.as_deref().unwrap_or_default();
    Draft::problem("link_permission_missing", Owner::Dba)
        .title("The login may not do what the link's connects need.")
        .because("The server was asked what this login may do, before anything was made.")
        .because(match one_line(words, 300) {
            none if none.is_empty() => none,
            words => format!("What was read: {words}."),
        })
        .then("On both servers the login has to be a sysadmin, or in msdb a member of SQLAgentOperatorRole; an endpoint of our own needs a sysadmin of the SQL Server.")
        .then("Or let an agent of ours on the SQL Server's host connect directly: that needs no job there.")
        .sure(Confidence::Proven)
        .link(links::INSTANCE_LINK)
        .rests_on(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::log;
    use crate::testing::{expect, expect_no};
    use model::{Confidence::*, FailureCode, Outcome, StepKind};

    #[test]
    fn a_right_that_is_missing_is_named() {
        let kind = StepKind::LinkToInstance;
        let log = |code| log("").skipped(kind, code).finish();
        let told = log(FailureCode::PermissionMissing);
        let verdict = expect(&told, "link_permission_missing", Proven, Outcome::Problem);
        assert!(verdict.recommendation.len() >= 2);
        expect_no(&log(FailureCode::NotReached), "link_permission_missing");
    }
}
