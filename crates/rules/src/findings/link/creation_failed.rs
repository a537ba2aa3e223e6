//! `link_not_made`: a statement of the link was refused, or the connection was lost on the way.

use super::steps;
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::{Rule, common};
use crate::links;
use crate::words::one_line;
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = steps(case).find(|step| step.is(&FailureCode::QueryFailed))?;
    let error = common::decisive(&step);
    let mut draft = Draft::problem("link_not_made", Owner::Dba)
        .title("The link's connects could not be made: a statement of theirs failed half-way.")
        .because(match (error, step.detail.as_deref()) {
            (Some((_, error)), _) => format!("{}.", common::quoted(error)),
            (None, Some(words)) => format!("The words about it: “{}”.", one_line(words, 300)),
            (None, None) => String::new(),
        })
        .because("What was made until then was taken away again, as far as no other finding says otherwise.")
        .then(error.map_or("", |(_, error)| common::advice(error.number)))
        .then("Look at the state of msdb and master on that server: space, read-only, a failover under way.")
        .then("A dry run states every statement, so that they can be tried by hand.")
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
    fn the_server_s_own_words_are_repeated() {
        let running = || log("").running(StepKind::LinkToInstance, "20.61.99.193:1433");
        let refused = running()
            .error(1105, 1, "No space.")
            .ends(Some(FailureCode::QueryFailed))
            .finish();
        let verdict = expect(&refused, "link_not_made", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("Error 1105"));
        expect_no(&running().ends(None).finish(), "link_not_made");
    }
}
