//! `link_name_taken`: a job or another object of that name was there.

use super::stopped;
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::Rule;
use crate::links;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = stopped(case, &FailureCode::NameTaken)?;
    let words = step.detail.as_deref().unwrap_or_default();
    Draft::problem("link_name_taken", Owner::Dba)
        .title("Something of the same name is on the server already; it was left alone.")
        .because("Names hold the run's id, so this is of a run with the same id, or made by somebody on purpose.")
        .because(match one_line(words, 300) {
            none if none.is_empty() => none,
            words => format!("What was read: {words}."),
        })
        .then("Look at it, and take it away by hand if nobody needs it.")
        .then("Run again: a new run has new names.")
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
    fn what_was_there_is_left_alone() {
        let kind = StepKind::LinkToInstance;
        let log = |code| log("").skipped(kind, code).finish();
        let told = log(FailureCode::NameTaken);
        let verdict = expect(&told, "link_name_taken", Proven, Outcome::Problem);
        assert!(verdict.recommendation.len() >= 2);
        expect_no(&log(FailureCode::NotReached), "link_name_taken");
    }
}
