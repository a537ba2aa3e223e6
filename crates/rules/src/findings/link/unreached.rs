//! `link_instance_not_reached`: the SQL Server lets the login in, the managed instance of its link does not.

use super::asked;
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::{Rule, common};
use crate::links;
use crate::words::{code_sentence, one_line};
use model::{FailureCode, Finding, Owner, StepKind, StepState};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let link = asked(case)?;
    let early = [FailureCode::Cancelled, FailureCode::DeadlinePassed];
    let step = case
        .of(StepKind::InstanceLink)
        .find(|step| step.state == StepState::Failed && !early.iter().any(|code| step.is(code)))?;
    let error = common::decisive(&step);
    let mut draft = Draft::problem("link_instance_not_reached", Owner::Dba)
        .title(format!(
            "The agent cannot sign in to both servers of the link; with {} it stopped.",
            one_line(&link.instance, 253)
        ))
        .because(step.code.as_ref().map(code_sentence).unwrap_or_default())
        .because(error.map_or_else(
            || step.detail.as_deref().map_or_else(String::new, |words| format!("“{}”.", one_line(words, 300))),
            |(_, error)| format!("{}.", common::quoted(error)),
        ))
        .then("Check the instance's name, the login and its password, and that this agent reaches the instance: a run of its own against it says why.")
        .then("Where the agent's host cannot reach the instance, use its public endpoint (port 3342) for the sign-in, or an agent inside its network.")
        .link(links::INSTANCE_LINK)
        .rests_on(&step);
    if let Some((seq, _)) = error {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::log;
    use crate::testing::{expect, expect_no};
    use model::{Confidence::*, FailureCode, Outcome, StepKind};

    #[test]
    fn the_number_of_the_second_server_is_told() {
        let failed = log(r#","dry_run":false"#)
            .running(StepKind::InstanceLink, "20.61.99.193:1433")
            .error(18_456, 1, "Login failed.")
            .ends(Some(FailureCode::LoginRejected))
            .finish();
        let code = "link_instance_not_reached";
        let verdict = expect(&failed, code, Likely, Outcome::Problem);
        assert!(
            verdict.explanation.contains("18456"),
            "{}",
            verdict.explanation
        );
        expect_no(&log("").finish(), code);
    }
}
