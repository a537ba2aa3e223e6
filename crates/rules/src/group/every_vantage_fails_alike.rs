//! `every_vantage_fails_alike`: from every agent the run stops at the same step with the same code.
//!
//! Likely, never proven: agents may share the path that fails. It points away from any single agent's host.

use super::draft::Draft;
use super::side::Sides;
use super::wording::{names_failing, own_advice, silent, told, what_fails};
use crate::words::code_sentence;
use model::api::GroupFinding;
use model::{Confidence, FailureCode, Severity};

pub(super) fn find(sides: &Sides<'_>) -> Option<GroupFinding> {
    let first = sides.failing.first()?;
    if sides.failing.len() < 2 || !sides.working.is_empty() || !sides.fail_alike() {
        return None;
    }
    let own_rules = first.stop.code == FailureCode::PolicyRefused;
    let mut draft = Draft::new(
        "every_vantage_fails_alike",
        Severity::Problem,
        first.one.verdict.owner,
    )
    .title(format!(
        "From {} {}, in the same way.",
        names_failing(&sides.failing),
        what_fails(first.stop.stage)
    ))
    .because(code_sentence(&first.stop.code))
    .sure(if sides.silent.is_empty() {
        Confidence::Likely
    } else {
        Confidence::Possible
    });
    for failing in &sides.failing {
        draft = draft.because(told(failing));
        for step in &failing.stop.steps {
            draft = draft.rests_on(failing.one.run, step);
        }
    }
    draft
        .because(if own_rules {
            "Each agent's own rules forbid it; nothing was sent."
        } else {
            "No agent is better off than another: this points at the server, or at a path that all of them share."
        })
        .because(silent(sides))
        .then(own_advice(&first.one))
        .then(if own_rules {
            ""
        } else {
            "To tell the server from a shared path, run from an agent in another network as well."
        })
        .then("Then run again from all of them.")
        .links(&first.one.verdict.links)
        .done(sides)
}

#[cfg(test)]
mod tests {
    use crate::group::testing::{Group, codes};
    use crate::testing::Log;
    use model::{Confidence, FailureCode::*, Owner};

    #[test]
    fn all_are_refused() {
        let refused = || {
            Log::to("sql01.corp.example")
                .tcp("10.1.1.1:1433", Some(TcpRefused))
                .finish()
        };
        let found = Group::default()
            .and("a", refused())
            .and("b", refused())
            .judge();
        assert_eq!(codes(&found), ["every_vantage_fails_alike"]);
        assert_eq!(
            found[0].title,
            "From “a” and “b” the connection is not made, in the same way."
        );
        assert_eq!(found[0].confidence, Confidence::Likely);
        assert_ne!(found[0].owner, Owner::ThisHost);
        assert!(found[0].explanation.contains("refused at once (5 of 5)"));
    }

    #[test]
    fn nobody_may() {
        let refused = || Log::new().refused_by_policy("127.0.0.1:22").finish();
        let found = Group::default()
            .and("a", refused())
            .and("b", refused())
            .judge();
        assert_eq!(found[0].owner, Owner::ThisHost);
        assert!(found[0].explanation.contains("nothing was sent"));
    }
}
