//! `idle_timer`: connections that nobody uses are forgotten on the way, after a time that lies between the longest
//! survivor and the shortest casualty.
//!
//! Proven when one with TCP keep-alive lived where two without died, at the same time and between the same ends: then
//! it is a timer of the TCP layer, and keep-alive is the cure. Only likely without that lane, or when a single one
//! died: that may be chance.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::idle::{Bracket, Ladder};
use crate::links;
use crate::words::duration;
use model::lasting::{Lane, Standing};
use model::{Confidence, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let ladder = Ladder::of(case)?;
    let bracket = ladder.bracket(Lane::Bare)?;
    let contrast = ladder.contrast(Lane::Bare, Lane::KeepAlive);
    if contrast.is_none() {
        // Dead with keep-alive as well: other rules know more.
        if ladder.casualty(Lane::KeepAlive).is_some() || ladder.casualty(Lane::Heartbeat).is_some()
        {
            return None;
        }
    }
    let deaths = ladder.deaths(Lane::Bare);
    let is_silent = matches!(
        bracket.died.fact.death(),
        Some(Standing::Silent | Standing::GivenUp)
    );
    let mut draft = Draft::problem("idle_timer", Owner::Network)
        .title(format!(
            "Connections that nobody uses are dropped on the way to {}, {}.",
            case.host(),
            bracket.when()
        ))
        .because(match bracket.lived {
            Some(lived) => format!(
                "Of the connections without keep-alive, the longest that still worked was idle for {}; one died that was idle for {} ({deaths}).",
                duration(lived.fact.idle_us),
                duration(bracket.died.fact.idle_us)
            ),
            None => format!(
                "Of the connections without keep-alive none survived; the shortest was idle for {} ({deaths}).",
                duration(bracket.died.fact.idle_us)
            ),
        });
    if let Some((dead, alive)) = contrast {
        draft = draft
            .because(format!(
                "Beside them, at the same time and to the same server, one with TCP keep-alive still worked after {}: so it is a timer that packets reset, and keep-alive cures it.",
                duration(alive.fact.idle_us)
            ))
            .cite(ladder.step.id, [dead.seq, alive.seq]);
        draft = if ladder.casualties(Lane::Bare) > 1 {
            draft.sure(Confidence::Proven)
        } else {
            draft
                .because("Only one connection died, which may be chance.")
                .then("Run the ladder again, with a longer time after the one that died: a timer takes every connection that is idle for longer.")
        };
    }
    draft = draft
        .because(if is_silent {
            "It drops them without a word: an application waits until its own limit, and a look at the socket says nothing."
        } else {
            "It says so when the connection is used again, so the first command after a pause fails at once."
        })
        .because(super::common::reset_by(case, &bracket))
        .because(bracket.suspects());
    if contrast.is_some() {
        draft = draft.then("Switch TCP keep-alive on, first after 30 s and then every 1 s, in every application that keeps connections.");
        for pool in target::facts::pool_settings() {
            draft = draft.then(format!("{}: {}", pool.driver, pool.keep_alive));
        }
    }
    draft = by_age(draft, &bracket);
    draft = draft.then("Or ask whoever runs the device for a longer TCP idle time, or for a reset (RST) when it drops a connection.");
    let seqs = bracket.lived.iter().chain([&bracket.died]);
    let seqs: Vec<_> = seqs.map(|rung| rung.seq).collect();
    draft
        .link(links::TRANSIENT)
        .cite(ladder.step.id, seqs)
        .done(case)
}

/// What to set so that no pooled connection gets that old.
pub(super) fn by_age(mut draft: Draft, bracket: &Bracket<'_>) -> Draft {
    let age = bracket.safe_age_s();
    draft = draft.then(format!(
        "Let no pooled connection be idle or live for longer than {}.",
        duration(age.saturating_mul(1_000_000))
    ));
    for pool in target::facts::pool_settings() {
        draft = draft.then(format!("{}: {}.", pool.driver, pool.no_older_than(age)));
    }
    draft
}

#[cfg(test)]
mod tests {
    use crate::idle::testing::{climbed, ended, rung};
    use crate::testing::{Log, expect, expect_no};
    use model::Confidence::{Likely, Proven};
    use model::Outcome::Problem;
    use model::lasting::Lane::{Bare, Heartbeat, KeepAlive};
    use model::lasting::Standing::{Reset, Silent};

    #[test]
    fn four_minutes_of_azure_and_keep_alive_cures_it() {
        let log = climbed(
            Log::new(),
            [
                rung(Bare, 230, None),
                rung(Bare, 250, Some(Reset)),
                rung(Bare, 290, Some(Reset)),
                rung(KeepAlive, 250, None),
                rung(Heartbeat, 250, None),
            ],
        );
        let verdict = expect(&log, "idle_timer", Proven, Problem);
        assert!(verdict.title.contains("between 3 min 50 s and 4 min 10 s"));
        assert!(verdict.explanation.contains("4 minutes") && verdict.explanation.contains("RST"));
        let advice = verdict.recommendation.join("\n");
        // Four fifths of 230 s.
        assert!(advice.contains("Connection Lifetime=184") && advice.contains("tedious"));
    }

    #[test]
    fn without_the_other_lane_it_is_only_likely() {
        let log = climbed(
            Log::new(),
            [rung(Bare, 60, None), rung(Bare, 120, Some(Silent))],
        );
        let verdict = expect(&log, "idle_timer", Likely, Problem);
        assert!(verdict.explanation.contains("without a word"));
        assert!(!verdict.recommendation.join("\n").contains("Switch TCP"));
    }

    #[test]
    fn a_single_casualty_may_be_chance() {
        let log = climbed(
            Log::new(),
            [
                rung(Bare, 60, None),
                rung(Bare, 120, Some(Silent)),
                rung(KeepAlive, 120, None),
            ],
        );
        let verdict = expect(&log, "idle_timer", Likely, Problem);
        assert!(verdict.explanation.contains("may be chance"));
        let advice = verdict.recommendation.join("\n");
        assert!(advice.contains("Run the ladder again") && advice.contains("Switch TCP"));
    }

    #[test]
    fn the_moment_is_told_where_it_was_seen() {
        let log = climbed(
            Log::new(),
            [
                ended(Bare, 600, 350, Reset),
                ended(Bare, 1_750, 350, Reset),
                rung(KeepAlive, 600, None),
            ],
        );
        let verdict = expect(&log, "idle_timer", Proven, Problem);
        assert!(
            verdict.title.contains("after 5 min 50 s"),
            "{}",
            verdict.title
        );
        assert!(verdict.explanation.contains("AWS"));
    }

    #[test]
    fn deaths_in_no_order_are_no_timer_and_survivors_none_at_all() {
        let odd = [rung(Bare, 60, Some(Reset)), rung(Bare, 120, None)];
        expect_no(&climbed(Log::new(), odd), "idle_timer");
        expect_no(&climbed(Log::new(), [rung(Bare, 60, None)]), "idle_timer");
        let both = [
            rung(Bare, 60, Some(Reset)),
            rung(KeepAlive, 60, Some(Reset)),
        ];
        expect_no(&climbed(Log::new(), both), "idle_timer");
    }
}
