//! `pool_dead_connection`: what a connection pool would have handed out, by how it checks.
//!
//! Proven: each connection was looked at as a pool does it, and then used.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::idle::Ladder;
use crate::links;
use crate::pool::{Handed, Validation, handed};
use crate::words::{count, duration};
use model::lasting::Lane;
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let ladder = Ladder::of(case)?;
    // A pool asks nothing while a connection is idle.
    let idle: Vec<_> = ladder
        .rungs
        .iter()
        .filter(|rung| rung.fact.lane != Lane::Heartbeat)
        .collect();
    let facts = || idle.iter().map(|rung| rung.fact);
    let none = handed(facts(), Validation::None);
    if none.failed == 0 {
        return None;
    }
    let deceived: Vec<_> = idle.iter().filter(|rung| rung.fact.deceived()).collect();
    let age = [Lane::Bare, Lane::KeepAlive]
        .into_iter()
        .filter_map(|lane| ladder.bracket(lane))
        .map(|bracket| bracket.safe_age_s())
        .min();
    let socket = handed(facts(), Validation::Socket);
    let query = handed(facts(), Validation::Query);
    let mut draft = Draft::new("pool_dead_connection", Severity::Warning, Owner::App)
        .title(match deceived.len() {
            0 => "A pool that looks at the socket would have handed out no dead connection."
                .to_owned(),
            dead => format!(
                "{} looked alive and died on use: a pool would have handed {} out.",
                count(dead, "idle connection", "idle connections"),
                if dead == 1 { "it" } else { "them" }
            ),
        })
        .because(format!("Without any check: {}.", said(&none)))
        .because(format!("With a look at the socket: {}.", said(&socket)))
        .because(format!(
            "With SELECT 1 before each use: {}, for {}.",
            said(&query),
            count(query.round_trips as usize, "round trip", "round trips")
        ));
    if let Some(seconds) = age {
        let ms = seconds.saturating_mul(1_000);
        let by_age = handed(facts(), Validation::Age { ms });
        draft = draft
            .because(format!(
                "With a greatest age of {}: {}.",
                duration(ms.saturating_mul(1_000)),
                said(&by_age)
            ))
            .then(format!(
                "Set a greatest age of {} in the pool: it costs nothing when a connection is wanted.",
                duration(ms.saturating_mul(1_000))
            ));
    }
    draft
        .then("Keep a retry around the first command all the same: a connection can die between check and use.")
        .sure(Confidence::Proven)
        .link(links::TRANSIENT)
        .cite(ladder.step.id, deceived.iter().map(|rung| rung.seq))
        .rests_on(&ladder.step)
        .done(case)
}

fn said(all: &Handed) -> String {
    let wait = match all.longest_wait_us {
        0 => String::new(),
        us => format!(", noticed after up to {}", duration(us)),
    };
    format!(
        "{} of {} would have failed in the application{wait}",
        all.failed, all.wanted
    )
}

#[cfg(test)]
mod tests {
    use crate::idle::testing::{climbed, ended, rung};
    use crate::testing::{Log, expect_beside, expect_no};
    use model::lasting::Lane::{Bare, Heartbeat, KeepAlive};
    use model::lasting::Standing::{Fin, Reset, Silent};

    #[test]
    fn what_looked_alive_and_was_not() {
        let log = climbed(
            Log::new(),
            [
                rung(Bare, 60, None),
                rung(Bare, 120, Some(Silent)),
                rung(KeepAlive, 120, None),
            ],
        );
        let finding = expect_beside(&log, "pool_dead_connection");
        assert!(finding.title.contains("1 idle connection looked alive"));
        let text = &finding.explanation;
        assert!(text.contains("Without any check: 1 of 3 would have failed in the application, noticed after up to 10 s."));
        assert!(text.contains("SELECT 1 before each use: 0 of 3"));
        assert!(text.contains("greatest age of 48 s: 0 of 3"), "{text}");
    }

    #[test]
    fn what_a_look_sees_is_handed_out_by_no_pool_that_looks() {
        let log = climbed(Log::new(), [ended(Bare, 120, 100, Fin)]);
        let finding = expect_beside(&log, "pool_dead_connection");
        assert!(finding.title.contains("no dead connection"));
    }

    #[test]
    fn nothing_is_said_of_the_lane_that_asks() {
        let log = climbed(
            Log::new(),
            [rung(Bare, 60, None), ended(Heartbeat, 60, 30, Reset)],
        );
        expect_no(&log, "pool_dead_connection");
    }
}
