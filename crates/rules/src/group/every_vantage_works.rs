//! `every_vantage_works`: from every agent that tells something, it works; from some perhaps slowly.
//!
//! Proven: it was done.

use super::draft::Draft;
use super::side::{One, Sides};
use super::wording::{connect_time, names, own_advice, silent};
use crate::links;
use model::api::GroupFinding;
use model::{Confidence, Owner, Severity};

pub(super) fn find(sides: &Sides<'_>) -> Option<GroupFinding> {
    if sides.working.len() < 2 || !sides.failing.is_empty() {
        return None;
    }
    let slow: Vec<&One<'_>> = sides.working.iter().filter(|one| one.is_slow()).collect();
    let all = names(&sides.working);
    let (severity, owner, title) = match slow.first() {
        None => (Severity::Ok, Owner::Nobody, format!("It works from {all}.")),
        Some(first) => (
            Severity::Warning,
            first.verdict.owner,
            format!(
                "It works from {all}, but slowly from {}.",
                names(slow.iter().copied())
            ),
        ),
    };
    let mut draft = Draft::new("every_vantage_works", severity, owner)
        .title(title)
        .sure(Confidence::Proven);
    for one in &slow {
        draft = draft.then(own_advice(one));
    }
    for one in &sides.working {
        draft = draft
            .because(format!(
                "{}: {}{}",
                one.name,
                one.verdict.title,
                connect_time(one)
            ))
            .cite(one.run, one.verdict.evidence.iter().copied());
    }
    draft
        .because(silent(sides))
        .then("If an application still fails, run from its own host as well, and compare.")
        .link(links::CONNECTIVITY)
        .done(sides)
}

#[cfg(test)]
mod tests {
    use crate::group::testing::{Group, codes};
    use crate::testing::Log;
    use model::{Confidence, FailureCode::*, Severity, StepKind};

    #[test]
    fn nothing_but_that_it_works() {
        let fine = || {
            Log::new()
                .dns("system", Ok(&["20.61.99.193"]))
                .secured("20.61.99.193:1433")
                .skipped(StepKind::TdsLogin, NoCredentials)
                .finish()
        };
        let found = Group::default().and("a", fine()).and("b", fine()).judge();
        assert_eq!(codes(&found), ["every_vantage_works"]);
        assert_eq!(found[0].title, "It works from “a” and “b”.");
        assert_eq!(found[0].severity, Severity::Ok);
        assert_eq!(found[0].confidence, Confidence::Proven);
    }

    #[test]
    fn who_is_slow_is_named() {
        let run = |ms| {
            Log::new()
                .tcp("20.61.99.193:1433", None)
                .taking(ms)
                .prelogin("20.61.99.193:1433", None)
                .tls("20.61.99.193:1433", None)
                .skipped(StepKind::TdsLogin, NoCredentials)
                .finish()
        };
        let found = Group::default()
            .and("near", run(20))
            .and("far", run(9_000))
            .judge();
        assert_eq!(
            found[0].title,
            "It works from “near” and “far”, but slowly from “far”."
        );
        assert_eq!(found[0].severity, Severity::Warning);
    }
}
