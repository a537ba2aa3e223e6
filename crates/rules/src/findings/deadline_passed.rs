//! `deadline_passed`: the run's time was over before it was done.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{duration, list, step_title};
use model::{Confidence, FailureCode, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::inconclusive(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let cut: Vec<_> = case
        .steps()
        .filter(|s| s.is(&FailureCode::DeadlinePassed))
        .collect();
    if cut.is_empty() {
        return None;
    }
    let what: Vec<String> = cut.iter().take(3).map(|step| step_title(step)).collect();
    let limit = case
        .plan()
        .map_or(0, |plan| plan.deadline_ms())
        .saturating_mul(1_000);
    let mut draft = Draft::new("deadline_passed", Severity::Warning, Owner::Nobody)
        .title(format!(
            "The run's time of {} was over before it was done.",
            duration(limit)
        ))
        .because(format!("Cut off: {}.", list(&what)))
        .because("Each of these was still waiting; whether it would have worked is not known.")
        .sure(Confidence::Proven)
        .then("Look at the steps: what took long before that?")
        .then("Run again with a longer limit for the whole run.")
        .link(links::CONNECTIVITY);
    for step in &cut {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Proven, FailureCode::DeadlinePassed, Outcome};

    #[test]
    fn what_was_cut_is_named() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", Some(DeadlinePassed))
            .finish();
        let verdict = expect(&log, "deadline_passed", Proven, Outcome::Inconclusive);
        assert!(verdict.title.contains("3 min"));
        assert!(
            verdict
                .explanation
                .contains("TCP connect to 20.61.99.193:1433")
        );
    }
}
