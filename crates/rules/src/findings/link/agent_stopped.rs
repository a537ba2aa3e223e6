//! `link_agent_stopped`: SQL Server Agent is stopped.

use super::stopped;
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::Rule;
use crate::links;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = stopped(case, &FailureCode::AgentServiceStopped)?;
    let words = step.detail.as_deref().unwrap_or_default();
    Draft::problem("link_agent_stopped", Owner::Dba)
        .title("SQL Server Agent does not run, so no job of the SQL Server can connect.")
        .because("The SQL Server itself says how its Agent service stands.")
        .because(match one_line(words, 300) {
            none if none.is_empty() => none,
            words => format!("What was read: {words}."),
        })
        .then("Start SQL Server Agent, and let it start with the host; then run again.")
        .then(
            "Or let an agent of ours on the SQL Server's host connect directly: that needs no job.",
        )
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
    fn an_agent_that_is_stopped_is_named() {
        let kind = StepKind::LinkToInstance;
        let log = |code| log("").skipped(kind, code).finish();
        let told = log(FailureCode::AgentServiceStopped);
        let verdict = expect(&told, "link_agent_stopped", Proven, Outcome::Problem);
        assert!(verdict.recommendation.len() >= 2);
        expect_no(&log(FailureCode::NotReached), "link_agent_stopped");
    }
}
