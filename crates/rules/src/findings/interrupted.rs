//! `interrupted`: the run ended without its agent's last word.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::count;
use model::{Confidence, Finding, Interruption, Outcome, Owner, RunState, Severity};

pub(crate) const RULE: Rule = Rule {
    outcome: Outcome::Interrupted,
    find,
};

fn find(case: &Case<'_>) -> Option<Finding> {
    let settled = case
        .state
        .settled
        .filter(|s| s.state == RunState::Interrupted);
    let restarted = case
        .state
        .restarted
        .filter(|_| case.state.settled.is_none());
    let seq = settled.map(|s| s.seq).or(restarted)?;
    let why = settled.and_then(|s| s.interruption);
    let why = why.or(restarted.map(|_| Interruption::AgentRestarted));
    let (title, advice) = match why {
        Some(Interruption::NoAgent) => (
            "No agent took the run.",
            "Check that the chosen agent is connected, and run again.",
        ),
        Some(Interruption::AgentRestarted) => (
            "The agent restarted during the run.",
            "Run again: an agent does not go on with a run it has lost.",
        ),
        Some(Interruption::AgentLost) | None => (
            "The agent was lost during the run.",
            "Check that the agent's host is up and reaches the portal. If it was only cut off, what it saw arrives \
             when it is back.",
        ),
    };
    Draft::new("interrupted", Severity::Warning, Owner::ThisHost)
        .title(title)
        .because(format!(
            "{} had begun by then. What they saw is kept; the rest is not known.",
            count(case.state.steps().len(), "step", "steps")
        ))
        .sure(Confidence::Proven)
        .then(advice)
        .then("Then run again.")
        .link(links::CONNECTIVITY)
        .cite_event(seq)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::settle;
    use crate::testing::{Log, check, expect};
    use model::{Confidence::Proven, EventBody, Interruption, Outcome, RunState, StepKind};

    #[test]
    fn each_reason_is_told() {
        let log = Log::new().running(StepKind::TcpConnect, "20.61.99.193:1433");
        for (reason, words) in [
            (Interruption::NoAgent, "No agent"),
            (Interruption::AgentLost, "lost"),
            (Interruption::AgentRestarted, "restarted"),
        ] {
            let judged = settle(log.state(), RunState::Interrupted, Some(reason));
            check(&judged, log.state());
            assert_eq!(
                (judged.verdict.code.as_str(), judged.outcome),
                ("interrupted", Outcome::Interrupted)
            );
            assert!(judged.verdict.title.contains(words));
        }
        let log = log.event(EventBody::AgentRestarted);
        expect(&log, "interrupted", Proven, Outcome::Interrupted);
    }

    #[test]
    fn late_batches_make_it_whole_again() {
        let log = Log::new()
            .dns("system", Ok(&["20.61.99.193"]))
            .event(EventBody::RunSettled {
                state: RunState::Interrupted,
                outcome: Outcome::Interrupted,
                interruption: Some(Interruption::AgentLost),
            });
        expect(&log, "interrupted", Proven, Outcome::Interrupted);
        let log = log.secured("20.61.99.193:1433").finish();
        expect(&log, "reachable_login_not_tried", Proven, Outcome::Ok);
    }
}
