//! `link_agent_stopped`: SQL Server Agent is stopped.

use super::told;
use crate::case::Case;
use crate::findings::Rule;
use model::{FailureCode, Finding};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let title = "SQL Server Agent does not run, so no job of the SQL Server can connect.";
    let why = "The SQL Server itself says how its Agent service stands.";
    told(
        case,
        &FailureCode::AgentServiceStopped,
        "link_agent_stopped",
        title,
        why,
    )?
    .then("Start SQL Server Agent, and let it start with the host; then run again.")
    .then("Or let an agent of ours on the SQL Server's host connect directly: that needs no job.")
    .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::is_told;
    use model::FailureCode;

    #[test]
    fn an_agent_that_is_stopped_is_named() {
        is_told(FailureCode::AgentServiceStopped, "link_agent_stopped");
    }
}
