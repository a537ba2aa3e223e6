//! `idle_survived`: no connection of the idle ladder died. Worth knowing, and for how long.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::idle::Ladder;
use crate::links;
use crate::words::{count, duration};
use model::lasting::Lane;
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::ok(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let ladder = Ladder::of(case)?;
    if !ladder.is_over() || ladder.rungs.iter().any(|rung| !rung.fact.survived()) {
        return None;
    }
    let longest = ladder.rungs.last()?;
    let bare = ladder.survivor(Lane::Bare);
    let shown = bare.unwrap_or(*longest);
    Draft::new("idle_survived", Severity::Ok, Owner::Nobody)
        .title(format!(
            "Idle connections live: {} still worked after {} without use.",
            if bare.is_some() {
                "one without keep-alive"
            } else {
                "one"
            },
            duration(shown.fact.idle_us)
        ))
        .because(format!(
            "All of {} were looked at and then used, and each answered.",
            count(ladder.rungs.len(), "connection", "connections")
        ))
        .because(if ladder.has(Lane::Bare) && shown.fact.rung_ms < 1_850_000 {
            "Timers that are longer than this were not met: the full ladder goes on to half an hour."
        } else {
            ""
        })
        .then("Look elsewhere for what drops connections: not for their being idle that long.")
        .sure(Confidence::Proven)
        .link(links::TRANSIENT)
        .cite(ladder.step.id, [shown.seq, longest.seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::idle::testing::{climbed, rung};
    use crate::testing::{Log, expect_beside, expect_no};
    use model::lasting::Lane::{Bare, KeepAlive};
    use model::lasting::Standing::Silent;

    #[test]
    fn only_when_all_live() {
        let mut rungs = vec![rung(Bare, 60, None), rung(KeepAlive, 120, None)];
        let finding = expect_beside(&climbed(Log::new(), rungs.clone()), "idle_survived");
        assert!(finding.title.contains("60 s") && finding.explanation.contains("half an hour"));
        rungs.push(rung(Bare, 120, Some(Silent)));
        expect_no(&climbed(Log::new(), rungs), "idle_survived");
    }
}
