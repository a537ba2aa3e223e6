//! `link_master_key_missing`: there is no master key, and none may be made.

use super::stopped;
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::Rule;
use crate::links;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = stopped(case, &FailureCode::MasterKeyMissing)?;
    let words = step.detail.as_deref().unwrap_or_default();
    Draft::problem("link_master_key_missing", Owner::Dba)
        .title("The SQL Server's master database has no master key, which a certificate for the endpoint needs.")
        .because("A link needs it, too.")
        .because(match one_line(words, 300) {
            none if none.is_empty() => none,
            words => format!("What was read: {words}."),
        })
        .then("Make one that you keep: USE master; CREATE MASTER KEY ENCRYPTION BY PASSWORD = '…'; and back it up.")
        .then("Or allow this run to make one for its own time; it is taken away again.")
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
    fn a_master_key_that_is_missing_is_named() {
        let kind = StepKind::LinkToInstance;
        let log = |code| log("").skipped(kind, code).finish();
        let told = log(FailureCode::MasterKeyMissing);
        let verdict = expect(&told, "link_master_key_missing", Proven, Outcome::Problem);
        assert!(verdict.recommendation.len() >= 2);
        expect_no(&log(FailureCode::NotReached), "link_master_key_missing");
    }
}
