//! `too_few_to_compare`: all is over, and fewer than two runs tell something.

use super::draft::Draft;
use super::side::Sides;
use super::wording::silent;
use crate::links;
use model::api::GroupFinding;
use model::{Confidence, Owner, Severity};

pub(super) fn find(sides: &Sides<'_>) -> Option<GroupFinding> {
    if !sides.over || sides.telling().count() > 1 {
        return None;
    }
    let mut draft = Draft::new("too_few_to_compare", Severity::Info, Owner::Nobody)
        .title(
            "There is nothing to compare: fewer than two runs came to an end that tells something.",
        )
        .because(silent(sides))
        .sure(Confidence::Proven);
    for one in sides.telling() {
        draft = draft
            .because(format!("{}: {}", one.name, one.verdict.title))
            .cite(one.run, one.verdict.evidence.iter().copied());
    }
    draft
        .then("Look at each run by itself, and start them again once their agents are there.")
        .link(links::CONNECTIVITY)
        .done(sides)
}

#[cfg(test)]
mod tests {
    use crate::group::testing::{Group, codes};
    use crate::testing::Log;
    use model::{FailureCode::*, Outcome, RunState};

    #[test]
    fn one_tells_and_the_other_does_not() {
        let fails = || {
            Log::new()
                .tcp("20.61.99.193:1433", Some(TcpTimeout))
                .finish()
        };
        let gone = || Log::new().settled(RunState::Interrupted, Outcome::Interrupted);
        let found = Group::default().and("a", fails()).and("b", gone()).judge();
        assert_eq!(codes(&found), ["too_few_to_compare"]);
        assert!(found[0].explanation.contains("“b” tells nothing"));
        // While one still runs, nothing is said.
        let found = Group::default()
            .and("a", fails())
            .and_live("b", Log::new().tcp("20.61.99.193:1433", None))
            .judge();
        assert!(found.is_empty());
    }
}
