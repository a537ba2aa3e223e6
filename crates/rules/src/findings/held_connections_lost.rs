//! `held_connections_lost`: connections of the idle ladder died in every lane, also where queries were asked: not
//! for being idle. `idle_needs_login`: nobody had logged in on them, and servers do not wait long for that.
//! `idle_deaths_irregular`: some died that others outlived.
//!
//! Likely at most: nothing was changed between two of them.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::idle::{Ladder, Rung};
use crate::links;
use crate::words::{count, duration, standing_name};
use model::lasting::{Lane, Standing};
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const NEEDS_LOGIN: Rule = Rule::inconclusive(needs_login);
pub(crate) const LOST: Rule = Rule::problem(lost);
pub(crate) const IRREGULAR: Rule = Rule::problem(irregular);

fn dead<'a>(ladder: &Ladder<'a>) -> Vec<Rung<'a>> {
    let rungs = ladder.rungs.iter().copied();
    rungs.filter(|rung| !rung.fact.survived()).collect()
}

fn is_silent(rung: &Rung<'_>) -> bool {
    matches!(
        rung.fact.death(),
        Some(Standing::Silent | Standing::GivenUp)
    )
}

fn needs_login(case: &Case<'_>) -> Option<Finding> {
    let ladder = Ladder::of(case)?;
    let busy = ladder.casualty(Lane::Heartbeat)?;
    let dead = dead(&ladder);
    if dead
        .iter()
        .any(|rung| rung.fact.logged_in || is_silent(rung))
    {
        return None;
    }
    Draft::new("idle_needs_login", Severity::Warning, Owner::App)
        .title(format!(
            "{} closes connections on which nobody logs in, here after {}.",
            case.host(),
            duration(busy.fact.idle_us)
        ))
        .because("Every connection ended at the other end, also where something was sent now and then: servers wait for a login only so long. It says nothing of sessions.")
        .sure(Confidence::Likely)
        .then("Run it again with a login: then sessions are held, as an application holds them.")
        .link(links::TRANSIENT)
        .cite(ladder.step.id, dead.iter().map(|rung| rung.seq))
        .done(case)
}

fn lost(case: &Case<'_>) -> Option<Finding> {
    let ladder = Ladder::of(case)?;
    let busy = ladder.casualty(Lane::Heartbeat)?;
    let dead = dead(&ladder);
    let is_silent = dead.iter().all(|rung| {
        matches!(
            rung.fact.death(),
            Some(Standing::Silent | Standing::GivenUp)
        )
    });
    if needs_login(case).is_some() {
        return None;
    }
    let draft = Draft::problem("held_connections_lost", if is_silent { Owner::Network } else { Owner::Dba })
        .title(format!(
            "Established connections to {} were lost, also one that was in use.",
            case.host()
        ))
        .because(format!(
            "{} of {} died; the one that was asked a query now and then after {} ({}). So it was not for being idle.",
            dead.len(),
            count(ladder.rungs.len(), "connection", "connections"),
            duration(busy.fact.idle_us),
            busy.fact.death().map_or("", standing_name)
        ));
    let draft = if is_silent {
        draft
            .because("None got a word: the other end vanished, or something between dropped both directions. Until somebody sends, such a connection looks fine from here.")
            .then("Look for what happened to the server or the way at that time: a crash, a move of a virtual machine, a failover of a firewall, a changed route.")
            .then("Let applications notice sooner: TCP keep-alive first after 30 s and then every 1 s, and a limit on every command.")
    } else {
        draft
            .because("They were ended by somebody's word.")
            .then("Look at the server's log for that time: a restart, a failover, a killed session, a resource limit.")
            .then("Let the application connect anew and repeat what it may repeat: such ends cannot be kept away by settings.")
    };
    draft
        .sure(Confidence::Likely)
        .link(links::TRANSIENT)
        .cite(ladder.step.id, dead.iter().map(|rung| rung.seq))
        .done(case)
}

fn irregular(case: &Case<'_>) -> Option<Finding> {
    let ladder = Ladder::of(case)?;
    let dead = dead(&ladder);
    if dead.is_empty()
        || ladder.casualty(Lane::Heartbeat).is_some()
        || ladder.bracket(Lane::Bare).is_some()
        || ladder.bracket(Lane::KeepAlive).is_some()
    {
        return None;
    }
    Draft::problem("idle_deaths_irregular", Owner::Network)
        .title(format!(
            "Some idle connections to {} died that others outlived.",
            case.host()
        ))
        .because(format!(
            "{} of {} died, but not the longest idle ones: no timer explains that.",
            dead.len(),
            count(ladder.rungs.len(), "connection", "connections")
        ))
        .sure(Confidence::Possible)
        .then("Run it again: what dies then, and after how long, tells whether single connections are lost by chance.")
        .then("Let the application connect anew and repeat what it may repeat.")
        .link(links::TRANSIENT)
        .cite(ladder.step.id, dead.iter().map(|rung| rung.seq))
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::idle::testing::{climbed, ended, rung};
    use crate::testing::{Log, expect};
    use model::Confidence::{Likely, Possible};
    use model::Outcome::{Inconclusive, Problem};
    use model::lasting::Lane::{Bare, Heartbeat, KeepAlive};
    use model::lasting::Standing::{Fin, GivenUp, Silent};

    #[test]
    fn all_fall_silent_together() {
        let log = climbed(
            Log::new(),
            [
                rung(Bare, 10, None),
                rung(Bare, 30, Some(Silent)),
                ended(KeepAlive, 30, 25, GivenUp),
                ended(Heartbeat, 30, 22, Silent),
            ],
        );
        let verdict = expect(&log, "held_connections_lost", Likely, Problem);
        assert!(verdict.explanation.contains("vanished"));
    }

    #[test]
    fn all_are_ended() {
        let log = climbed(
            Log::new(),
            [ended(Bare, 30, 20, Fin), ended(Heartbeat, 30, 20, Fin)],
        );
        let verdict = expect(&log, "held_connections_lost", Likely, Problem);
        assert!(verdict.recommendation[0].contains("restart"));
    }

    #[test]
    fn who_does_not_log_in_is_sent_away() {
        let rungs = [ended(Bare, 120, 60, Fin), ended(Heartbeat, 120, 60, Fin)];
        let rungs = rungs.map(|rung| model::lasting::IdleRung {
            logged_in: false,
            ..rung
        });
        expect(
            &climbed(Log::new(), rungs),
            "idle_needs_login",
            Likely,
            Inconclusive,
        );
    }

    #[test]
    fn a_single_death_that_others_outlived() {
        let log = climbed(
            Log::new(),
            [rung(Bare, 30, Some(Silent)), rung(Bare, 60, None)],
        );
        expect(&log, "idle_deaths_irregular", Possible, Problem);
    }
}
