//! `gateway_idle`, `idle_session_closed`, `keep_alive_ignored`: connections die while idle although TCP keep-alive
//! runs, and live when somebody asks a query now and then. `keep_alive_too_late`: they may have died before the first
//! keep-alive was sent.
//!
//! Proven by that contrast. Who it is, how they ended tells: the gateway of Azure SQL by its half hour, the other end
//! of the connection by its FIN, or by an RST that came from as far as its data, and otherwise whatever takes
//! keep-alives for nothing.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::idle::{Bracket, Ladder, Rung};
use crate::links;
use crate::words::duration;
use model::lasting::{Lane, Standing};
use model::{Confidence, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

/// The gateway's half hour, give or take a minute.
const HALF_HOUR_S: (u64, u64) = (1_740, 1_860);

/// A timer that may be shorter than this is left open by a rung.
const NEAR_S: u64 = 120;

enum Who {
    Gateway,
    OtherEnd,
    Device,
    /// No keep-alive is known to have been sent in time.
    Open,
}

fn find(case: &Case<'_>) -> Option<Finding> {
    let ladder = Ladder::of(case)?;
    let (dead, alive) = ladder.contrast(Lane::KeepAlive, Lane::Heartbeat)?;
    // One with keep-alive that died while another lived longer was no matter of idleness.
    let bracket = ladder.bracket(Lane::KeepAlive)?;
    if ladder.casualty(Lane::Heartbeat).is_some() {
        return None;
    }
    let who = who(case, &bracket);
    // An RST may come from a device that passes packets on unchanged.
    let is_fin = bracket.died.fact.death() == Some(Standing::Fin);
    let single = ladder.casualties(Lane::Bare) + ladder.casualties(Lane::KeepAlive) < 2;
    let sure = match who {
        Who::Open => Confidence::Likely,
        Who::OtherEnd if !is_fin => Confidence::Likely,
        _ if single => Confidence::Likely,
        _ => Confidence::Proven,
    };
    let draft = match who {
        Who::Gateway => gateway(case, &bracket),
        Who::OtherEnd => other_end(case, &bracket),
        Who::Device => device(case, &bracket),
        Who::Open => too_late(case, &bracket),
    };
    draft
        .because(contrast(&dead, &alive))
        .because(super::common::reset_by(case, &bracket))
        .because(if single {
            "Only one connection died, which may be chance."
        } else {
            ""
        })
        .sure(sure)
        .cite(ladder.step.id, [dead.seq, alive.seq])
        .cite(ladder.step.id, bracket.lived.map(|rung| rung.seq))
        .done(case)
}

fn who(case: &Case<'_>, bracket: &Bracket<'_>) -> Who {
    let died = bracket.died.fact;
    let from_there = super::common::reset_from_there(case, bracket) == Some(true);
    if is_half_hour(bracket) && case.is_azure() {
        Who::Gateway
    } else if died.death() == Some(Standing::Fin) || from_there {
        Who::OtherEnd
    } else if was_kept_alive(case, bracket) {
        Who::Device
    } else {
        Who::Open
    }
}

/// Whether they died at the gateway's time: seen, or between two rungs close to it.
fn is_half_hour(bracket: &Bracket<'_>) -> bool {
    let died_s = bracket.died.fact.idle_us / 1_000_000;
    let lived_s = bracket.lived_us() / 1_000_000;
    let (from, until) = HALF_HOUR_S;
    if bracket.died.fact.ended_idle {
        return (from..=until).contains(&died_s);
    }
    lived_s.saturating_add(NEAR_S) >= from
        && lived_s <= until
        && died_s >= from
        && died_s <= until.saturating_add(NEAR_S)
}

/// Whether a keep-alive was sent before they died, as far as that is known.
fn was_kept_alive(case: &Case<'_>, bracket: &Bracket<'_>) -> bool {
    let asked = case.options().lasting.idle_ladder.unwrap_or_default();
    let first_us = asked.keep_alive_idle_ms.saturating_mul(1_000);
    let known_us = match bracket.died.fact.ended_idle {
        true => bracket.died.fact.idle_us,
        false => bracket.lived_us(),
    };
    known_us >= first_us
}

fn contrast(dead: &Rung<'_>, alive: &Rung<'_>) -> String {
    format!(
        "A connection with TCP keep-alive died after {}; beside it, one on which a query was asked now and then still worked after {}.",
        duration(dead.fact.idle_us),
        duration(alive.fact.idle_us)
    )
}

fn gateway(case: &Case<'_>, bracket: &Bracket<'_>) -> Draft {
    let draft = Draft::problem("gateway_idle", Owner::App)
        .title(format!(
            "The gateway of Azure SQL closes connections to {} that are idle for 30 minutes.",
            case.host()
        ))
        .because("It does so to connections by proxy that carry no TDS, whatever TCP keep-alive does; redirected ones do not go through it.")
        .then("Use the connection policy Redirect (or Default, from inside Azure): then the gateway is only asked where the database is.")
        .link(links::ARCHITECTURE);
    super::idle_timer::by_age(draft, bracket)
}

fn other_end(case: &Case<'_>, bracket: &Bracket<'_>) -> Draft {
    let draft = Draft::problem("idle_session_closed", Owner::Dba)
        .title(format!(
            "The other end of the connection to {} closes sessions, {}.",
            case.host(),
            bracket.when()
        ))
        .because(match bracket.died.fact.death() {
            Some(Standing::Fin) => "It ended them in order (FIN).",
            _ => "It reset them.",
        })
        .because(if was_kept_alive(case, bracket) {
            "Keep-alive did not keep it from that: a server, a gateway or a proxy that ends TCP itself, and counts requests only."
        } else {
            "That does a server, a gateway or a proxy that ends TCP itself; such count requests only."
        })
        .because(bracket.suspects())
        .then("Look at that end for a time after which it closes sessions without requests: a gateway's or proxy's idle time, a resource limit, a job that kills sleeping sessions.")
        .link(links::TRANSIENT);
    super::idle_timer::by_age(draft, bracket)
}

fn device(case: &Case<'_>, bracket: &Bracket<'_>) -> Draft {
    let draft = Draft::problem("keep_alive_ignored", Owner::Network)
        .title(format!(
            "Idle connections to {} are dropped without any notice being taken of TCP keep-alive.",
            case.host()
        ))
        .because(format!("It happens {}.", bracket.when()))
        .because("Some routers and firewalls do not count packets without data as use; nor does a proxy that ends TCP itself.")
        .because(bracket.suspects())
        .then("Have the device counted right, or its idle time raised: keep-alive is how every driver says that a connection is in use.")
        .then("Until then let the application ask a small query now and then on connections it keeps.")
        .link(links::TRANSIENT);
    super::idle_timer::by_age(draft, bracket)
}

fn too_late(case: &Case<'_>, bracket: &Bracket<'_>) -> Draft {
    let draft = Draft::problem("keep_alive_too_late", Owner::Network)
        .title(format!(
            "Idle connections to {} are dropped, maybe before their first TCP keep-alive is sent.",
            case.host()
        ))
        .because(format!("It happens {}.", bracket.when()))
        .because("Whether keep-alive would help, this ladder cannot tell: the first one is sent after the time that was survived.")
        .because(bracket.suspects())
        .then("Run it again with keep-alive that begins sooner than the connections die, or with a rung between the two.")
        .link(links::TRANSIENT);
    super::idle_timer::by_age(draft, bracket)
}

#[cfg(test)]
mod tests {
    use crate::idle::testing::{climbed, ended, rung};
    use crate::testing::{Log, expect, expect_no};
    use model::Confidence::{Likely, Proven};
    use model::Outcome::Problem;
    use model::lasting::Lane::{Bare, Heartbeat, KeepAlive};
    use model::lasting::Standing::{Fin, Reset, Silent};
    use model::lasting::{IdleRung, Standing};

    fn all(lived: u64, died: u64, how: Standing) -> Vec<IdleRung> {
        vec![
            rung(Bare, lived, None),
            rung(KeepAlive, lived, None),
            rung(Heartbeat, lived, None),
            ended(Bare, died, died, how),
            ended(KeepAlive, died, died, how),
            rung(Heartbeat, died, None),
        ]
    }

    #[test]
    fn half_an_hour_on_azure_is_the_gateway() {
        for how in [Fin, Reset] {
            let log = climbed(Log::new(), all(1_750, 1_801, how));
            let verdict = expect(&log, "gateway_idle", Proven, Problem);
            assert!(verdict.recommendation[0].contains("Redirect"));
            expect_no(&log, "idle_timer");
        }
    }

    #[test]
    fn elsewhere_and_at_other_times_the_end_tells() {
        let server = || Log::to("tcp:sql1.corp.example,1433");
        let log = climbed(server(), all(1_750, 1_801, Fin));
        expect(&log, "idle_session_closed", Proven, Problem);
        let log = climbed(Log::new(), all(230, 250, Fin));
        expect(&log, "idle_session_closed", Proven, Problem);
        for how in [Reset, Silent] {
            let log = climbed(Log::new(), all(230, 250, how));
            let verdict = expect(&log, "keep_alive_ignored", Proven, Problem);
            assert!(verdict.explanation.contains("4 minutes"));
        }
    }

    #[test]
    fn an_hour_is_not_the_gateway_s_half() {
        let mut rungs = all(1_750, 3_600, Fin);
        expect(
            &climbed(Log::new(), rungs.clone()),
            "idle_session_closed",
            Proven,
            Problem,
        );
        rungs.retain(|rung| rung.rung_ms > 1_800_000);
        expect(
            &climbed(Log::new(), rungs),
            "idle_session_closed",
            Proven,
            Problem,
        );
    }

    #[test]
    fn a_single_casualty_may_be_chance() {
        let mut rungs = all(230, 250, Reset);
        rungs.retain(|rung| rung.lane != Bare);
        let verdict = expect(
            &climbed(Log::new(), rungs),
            "keep_alive_ignored",
            Likely,
            Problem,
        );
        assert!(verdict.explanation.contains("may be chance"));
    }

    #[test]
    fn keep_alive_that_was_never_sent_is_not_called_ignored() {
        // The default: first after 30 s.
        for rungs in [
            all(10, 60, Silent).into_iter().map(used).collect(),
            all(10, 20, Reset),
        ] {
            let log = climbed(Log::new(), rungs);
            expect(&log, "keep_alive_too_late", Likely, Problem);
            expect_no(&log, "keep_alive_ignored");
        }
    }

    /// The same, found dead on use.
    fn used(rung: IdleRung) -> IdleRung {
        IdleRung {
            ended_idle: false,
            used: rung.death().or(Some(Standing::Alive)),
            ..rung
        }
    }

    #[test]
    fn a_dead_heartbeat_is_another_matter() {
        let mut rungs = all(230, 250, Reset);
        rungs.push(ended(Heartbeat, 310, 300, Reset));
        for code in ["gateway_idle", "idle_session_closed", "keep_alive_ignored"] {
            expect_no(&climbed(Log::new(), rungs.clone()), code);
        }
    }
}
