//! `gateway_idle`, `idle_session_closed`, `keep_alive_ignored`: connections die while idle although TCP keep-alive
//! runs, and live when somebody asks a query now and then.
//!
//! Proven by that contrast. Who it is, how they ended tells: the gateway of Azure SQL by its half hour, the other end
//! of the connection by its FIN, and otherwise a device that takes keep-alives for nothing.

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

enum Who {
    Gateway,
    OtherEnd,
    Device,
}

fn find(case: &Case<'_>) -> Option<Finding> {
    let ladder = Ladder::of(case)?;
    let (dead, alive) = ladder.contrast(Lane::KeepAlive, Lane::Heartbeat)?;
    // One with keep-alive that died while another lived longer was no matter of idleness.
    let bracket = ladder.bracket(Lane::KeepAlive)?;
    if ladder.casualty(Lane::Heartbeat).is_some() {
        return None;
    }
    let draft = match who(case, &bracket) {
        Who::Gateway => gateway(case, &bracket),
        Who::OtherEnd => other_end(case, &bracket),
        Who::Device => device(case, &bracket),
    };
    draft
        .because(contrast(&dead, &alive))
        .because(super::common::reset_by(case, &bracket))
        .sure(Confidence::Proven)
        .cite(ladder.step.id, [dead.seq, alive.seq])
        .cite(ladder.step.id, bracket.lived.map(|rung| rung.seq))
        .done(case)
}

fn who(case: &Case<'_>, bracket: &Bracket<'_>) -> Who {
    let died_s = bracket.died.fact.idle_us / 1_000_000;
    let lived_s = bracket.lived_us() / 1_000_000;
    let is_half_hour = died_s >= HALF_HOUR_S.0
        && lived_s <= HALF_HOUR_S.1
        && (bracket.lived.is_some() || died_s <= HALF_HOUR_S.1);
    if is_half_hour && case.is_azure() {
        Who::Gateway
    } else if bracket.died.fact.death() == Some(Standing::Fin) {
        Who::OtherEnd
    } else {
        Who::Device
    }
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
        .because("It ended them in order (FIN), and keep-alive did not keep it from that: a server, a gateway or a proxy that ends TCP itself, and counts requests only.")
        .because(bracket.suspects())
        .then("Look at that end for a time after which it closes sessions without requests: a gateway's or proxy's idle time, a resource limit, a job that kills sleeping sessions.")
        .link(links::TRANSIENT);
    super::idle_timer::by_age(draft, bracket)
}

fn device(case: &Case<'_>, bracket: &Bracket<'_>) -> Draft {
    let draft = Draft::problem("keep_alive_ignored", Owner::Network)
        .title(format!(
            "A device on the way to {} drops idle connections and takes no notice of TCP keep-alive.",
            case.host()
        ))
        .because(format!("It happens {}.", bracket.when()))
        .because("Some routers and firewalls do not count packets without data as use.")
        .because(bracket.suspects())
        .then("Have the device counted right, or its idle time raised: keep-alive is how every driver says that a connection is in use.")
        .then("Until then let the application ask a small query now and then on connections it keeps.")
        .link(links::TRANSIENT);
    super::idle_timer::by_age(draft, bracket)
}

#[cfg(test)]
mod tests {
    use crate::idle::testing::{climbed, ended, rung};
    use crate::testing::{Log, expect, expect_no};
    use model::Confidence::Proven;
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
    fn a_dead_heartbeat_is_another_matter() {
        let mut rungs = all(230, 250, Reset);
        rungs.push(ended(Heartbeat, 310, 300, Reset));
        for code in ["gateway_idle", "idle_session_closed", "keep_alive_ignored"] {
            expect_no(&climbed(Log::new(), rungs.clone()), code);
        }
    }
}
