//! `link_job_never_ended`: a job's step never ends.

use super::stopped;
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::Rule;
use crate::links;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = stopped(case, &FailureCode::JobNeverEnded)?;
    let words = step.detail.as_deref().unwrap_or_default();
    Draft::problem("link_job_never_ended", Owner::Dba)
        .title("A job was started and did not end in time.")
        .because("It was given up, and the job was taken away.")
        .because(match one_line(words, 300) {
            none if none.is_empty() => none,
            words => format!("What was read: {words}."),
        })
        .then("Look at SQL Server Agent: its error log, whether it has free worker threads, and whether PowerShell steps are held up by an execution policy or a profile script.")
        .then("A connect that nobody answers takes PowerShell over 20 seconds; give the jobs more time and run again.")
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
    fn a_job_without_an_end_is_named() {
        let kind = StepKind::LinkToInstance;
        let log = |code| log("").skipped(kind, code).finish();
        let told = log(FailureCode::JobNeverEnded);
        let verdict = expect(&told, "link_job_never_ended", Proven, Outcome::Problem);
        assert!(verdict.recommendation.len() >= 2);
        expect_no(&log(FailureCode::NotReached), "link_job_never_ended");
    }
}
