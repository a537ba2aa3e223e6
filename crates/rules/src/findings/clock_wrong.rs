//! `clock_wrong`: the clock of the agent's host differs from the portal's.
//!
//! Proven that they differ; which one is wrong is likely the host's, since the portal's is the one that people see.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::inconclusive(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let (seq, ahead_ms) = case.state.clock_ahead?;
    let minutes = ahead_ms.unsigned_abs().div_ceil(60_000);
    let way = if ahead_ms > 0 { "ahead of" } else { "behind" };
    Draft::new("clock_wrong", Severity::Warning, Owner::ThisHost)
        .title(format!(
            "The clock of the host that this run was made on is {minutes} minutes {way} the portal's."
        ))
        .because(
            "The times of this run are the portal's; durations come from a clock that does not jump. But this host \
             judges certificates by its own clock, and so do the tokens and tickets that its programs sign in with.",
        )
        .sure(Confidence::Likely)
        .then("Have this host's clock set by a time server; compare the portal's with one, too.")
        .link(links::CONNECTIVITY)
        .cite_event(seq)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside};
    use model::EventBody;

    #[test]
    fn said_beside_whatever_the_verdict_is() {
        for (ahead_ms, words) in [
            (7_200_000, "120 minutes ahead of"),
            (-61_000, "2 minutes behind"),
        ] {
            let log = Log::new()
                .secured("20.61.99.193:1433")
                .event(EventBody::RunStarted {
                    agent_version: "1".into(),
                    clock_ahead_ms: Some(ahead_ms),
                })
                .finish();
            let title = expect_beside(&log, "clock_wrong").title;
            assert!(title.contains(words), "{title}");
        }
    }
}
