//! `session_lost`: the held connection of the heartbeat was lost; hard or soft, how long, and what is likely behind
//! it. `host_starved`: this host did not get to its work, so nothing was lost that the network took.
//! `session_held`: it was never lost.
//!
//! Likely at most for the cause: nothing was changed. That it was lost is not in doubt.

use super::Rule;
use crate::beats::{Beats, Outage};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{capital, code_sentence, count, duration, list};
use model::lasting::Loss;
use model::{Confidence, FailureCode, Finding, Owner, Severity};

pub(crate) const LOST: Rule = Rule::problem(lost);
pub(crate) const STARVED: Rule = Rule::problem(starved);
pub(crate) const HELD: Rule = Rule::ok(held);

/// Numbers of a database or a replica that moves.
const MOVING: [i32; 11] = [
    40_613, 40_197, 40_143, 40_166, 40_540, 4_060, 18_401, 976, 983, 40_020, 42_108,
];
/// Outages that are told one by one.
const MOST: usize = 5;
/// Back sooner than this, the server was there all the time.
const AT_ONCE_US: u64 = 5_000_000;

/// What is likely behind an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Behind {
    ThisHost,
    Failover,
    Route,
    ServerDown,
    SomebodyEndedIt,
    ServerStalled,
    PathSilent,
}

impl Behind {
    fn of(outage: &Outage) -> Self {
        let lost = &outage.lost;
        let met = |codes: &[FailureCode]| {
            codes.contains(&lost.code) || outage.codes.iter().any(|code| codes.contains(code))
        };
        if outage.is_of_this_host() {
            return Self::ThisHost;
        }
        if outage.numbers.iter().any(|number| MOVING.contains(number)) {
            return Self::Failover;
        }
        if met(&[FailureCode::TcpUnreachable]) {
            return Self::Route;
        }
        if met(&[FailureCode::TcpRefused]) {
            return Self::ServerDown;
        }
        match lost.loss {
            Loss::Soft if lost.counters.is_some_and(|seen| seen.unacknowledged == 0) => {
                Self::ServerStalled
            }
            Loss::Soft => Self::PathSilent,
            Loss::Hard if outage.length_us().is_some_and(|us| us > AT_ONCE_US) => Self::ServerDown,
            Loss::Hard => Self::SomebodyEndedIt,
        }
    }

    fn owner(self, case: &Case<'_>) -> Owner {
        match self {
            Self::ThisHost => Owner::ThisHost,
            Self::Route | Self::PathSilent => Owner::Network,
            Self::Failover if case.is_azure() => Owner::Azure,
            _ => Owner::Dba,
        }
    }

    fn says(self) -> &'static str {
        match self {
            Self::ThisHost => "This host itself did not run the agent for most of that time.",
            Self::Failover => {
                "Meanwhile logins were refused with numbers of a database that moves: a failover or a reconfiguration."
            }
            Self::Route => {
                "Somebody on the way said that the server cannot be reached: a link, a route or a firewall changed."
            }
            Self::ServerDown => {
                "The connection was ended and no other was to be had for a while: the server, or its listener, was down."
            }
            Self::SomebodyEndedIt => {
                "Another connection worked at once, so the server was there: it, or a device on the way, ended this one."
            }
            Self::ServerStalled => {
                "What was sent was acknowledged and never answered: the server's host was there, the server did not get to its work (CPU, threads, storage, a full log)."
            }
            Self::PathSilent => {
                "What was sent was not acknowledged, and nobody said why: packets were lost on the way, or the server's host hung or vanished."
            }
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::ThisHost => {
                "Give this host what it lacks (CPU, memory, a hypervisor that does not pause it), then measure again."
            }
            Self::Failover => {
                "Let applications try again, first after 5 s, then longer, up to 60 s. Over 60 s, or several times a day, is a case for support."
            }
            Self::Route => "Ask whoever keeps the network what changed at that time.",
            Self::ServerDown => {
                "Look at the server's own log for that time: a restart, a crash, a failover."
            }
            Self::SomebodyEndedIt => {
                "Look at the server's log for a killed session or a limit at that time; if there is none, at the devices on the way."
            }
            Self::ServerStalled => {
                "Look at the server's CPU, workers, storage latency and log space at that time."
            }
            Self::PathSilent => {
                "Ask whoever keeps the network for loss and failovers of devices at that time; run the same from another place to see which side it is on."
            }
        }
    }
}

fn told(outage: &Outage) -> String {
    let lost = &outage.lost;
    let how = match lost.loss {
        Loss::Hard => "hard",
        Loss::Soft => "soft",
    };
    let length = match outage.length_us() {
        Some(us) => format!("out of use for {}", duration(us)),
        None => "not back by the end".to_owned(),
    };
    format!(
        "{how} at {}, noticed after {}, {length}",
        duration(lost.lost_us),
        duration(lost.detect_us)
    )
}

fn lost(case: &Case<'_>) -> Option<Finding> {
    let beats = case.state.heartbeat();
    let real: Vec<&Outage> = beats
        .outages
        .iter()
        .filter(|one| !one.is_of_this_host())
        .collect();
    let longest = real
        .iter()
        .max_by_key(|one| one.length_us().unwrap_or(u64::MAX))?;
    let behind = Behind::of(longest);
    let all = real.len() as u64 + beats.further_outages;
    let hard = real
        .iter()
        .filter(|one| one.lost.loss == Loss::Hard)
        .count();
    let each: Vec<String> = real.iter().take(MOST).map(|one| told(one)).collect();
    let numbers: Vec<String> = longest.numbers.iter().map(ToString::to_string).collect();
    Draft::problem("session_lost", behind.owner(case))
        .title(format!(
            "The held connection to {} was lost {}, {hard} hard and {} soft.",
            case.host(),
            count(all as usize, "time", "times"),
            real.len().saturating_sub(hard)
        ))
        .because(format!("{}.", capital(&list(&each))))
        .because(code_sentence(&longest.lost.code))
        .because(behind.says())
        .because(if numbers.is_empty() {
            String::new()
        } else {
            format!("Numbers meanwhile: {}.", list(&numbers))
        })
        .because(beside(beats))
        .then(behind.advice())
        .then("Let applications open another connection and repeat only what may be done twice.")
        .sure(Confidence::Likely)
        .link(links::TRANSIENT)
        .link(links::COMMON_ERRORS)
        .cite(beats.step?, real.iter().flat_map(|one| one.seqs()))
        .done(case)
}

/// What stood beside it: lateness and segments sent again.
fn beside(beats: &Beats) -> String {
    let late = beats.lag.map_or(0, |(us, _)| us);
    let again = beats.retransmitted.map_or(String::new(), |again| {
        format!("; segments sent again: {again}")
    });
    format!(
        "Timers of this host were late by {} at most{again}.",
        duration(late)
    )
}

fn starved(case: &Case<'_>) -> Option<Finding> {
    let beats = case.state.heartbeat();
    let (worst_us, seq) = beats.starved()?;
    let own: Vec<&Outage> = beats
        .outages
        .iter()
        .filter(|one| one.is_of_this_host())
        .collect();
    Draft::problem("host_starved", Owner::ThisHost)
        .title(format!("This host did not run the agent for {}.", duration(worst_us)))
        .because("A timer of the agent that stood beside its queries fired so late; no network has a part in that.")
        .because(match own.len() {
            0 => format!("Queries were answered all the same; the slowest took {}.", duration(beats.slowest_us)),
            lost => format!("{} fell into that time and say nothing about the network.", count(lost, "loss of the held connection", "losses of the held connection")),
        })
        .because("An application on this host sees time-outs in every phase, though answers lie ready.")
        .then(Behind::ThisHost.advice())
        .then("Look for what took the time: load, steal time of a virtual machine, a limit of a container, a pause for a snapshot.")
        .sure(Confidence::Likely)
        .link(links::TRANSIENT)
        .cite(beats.step?, [seq])
        .cite(beats.step?, own.iter().map(|one| one.seq))
        .done(case)
}

fn held(case: &Case<'_>) -> Option<Finding> {
    let beats = case.state.heartbeat();
    if beats.beats == 0 || !beats.outages.is_empty() || beats.further_outages > 0 {
        return None;
    }
    let logins = match (beats.logins, beats.logins_failed) {
        (0, _) => String::new(),
        (all, 0) => format!(
            "All of {} beside it worked.",
            count(all as usize, "fresh login", "fresh logins")
        ),
        (all, failed) => format!(
            "Of {} beside it {failed} did not work.",
            count(all as usize, "fresh login", "fresh logins")
        ),
    };
    Draft::new("session_held", Severity::Ok, Owner::Nobody)
        .title(format!(
            "The held connection answered {} of {} and was never lost.",
            beats.answered,
            count(beats.beats as usize, "beat", "beats")
        ))
        .because(format!(
            "The slowest answer took {}.",
            duration(beats.slowest_us)
        ))
        .because(logins)
        .because(beside(beats))
        .then("Nothing to do here. What drops once a day needs a heartbeat that lasts longer.")
        .sure(Confidence::Proven)
        .link(links::TRANSIENT)
        .cite(beats.step?, beats.minutes.iter().copied())
        .done(case)
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::lasting::{BeatMinute, FreshLoginFailed, LinkChange, LinkState, Loss, TcpCounters};
    use model::{Confidence::Likely, FailureCode, Observation, Outcome, Owner, StepKind};

    const EP: &str = "20.61.99.193:1433";

    fn change(loss: Loss, code: FailureCode, lag_max_us: u64, unacknowledged: u32) -> LinkChange {
        LinkChange {
            at_us: 40_000_000,
            now: LinkState::Disconnected,
            last_answer_us: Some(29_010_000),
            lost_us: 30_000_000,
            loss,
            code,
            detail: None,
            detect_us: 10_000_000,
            recover_us: None,
            outage_us: None,
            tries: 0,
            endpoint: Some(EP.into()),
            local: None,
            lag_max_us,
            counters: Some(TcpCounters {
                unacknowledged,
                ..TcpCounters::default()
            }),
        }
    }

    fn back(lost: &LinkChange, seconds: u64) -> LinkChange {
        LinkChange {
            now: LinkState::Connected,
            at_us: lost.lost_us + seconds * 1_000_000,
            outage_us: Some(seconds * 1_000_000),
            recover_us: Some((seconds * 1_000_000).saturating_sub(lost.detect_us)),
            tries: 1,
            ..lost.clone()
        }
    }

    /// Lost at 30 s for 20 s.
    pub(crate) fn lost_once() -> [Observation; 2] {
        let lost = change(Loss::Soft, FailureCode::QueryTimeout, 0, 2);
        let back = back(&lost, 20);
        [lost, back].map(Observation::LinkChange)
    }

    pub(crate) fn minute(beats: u32, lag_max_us: u64) -> Observation {
        Observation::BeatMinute(BeatMinute {
            until_us: 60_000_000,
            beats,
            answered: beats,
            lag_max_us,
            retransmitted: Some(3),
            ..BeatMinute::default()
        })
    }

    /// A heartbeat with these facts.
    pub(crate) fn beaten(facts: Vec<Observation>) -> Log {
        let mut log = Log::new()
            .signed_in()
            .secured(EP)
            .login(EP, None)
            .query(None)
            .running(StepKind::Heartbeat, EP);
        for fact in facts {
            log = log.seen(fact);
        }
        log.taking(60_000).ends(None).finish()
    }

    /// A heartbeat whose connection was lost once, for so long.
    pub(crate) fn lost_for(seconds: u64) -> Log {
        let lost = change(Loss::Soft, FailureCode::QueryTimeout, 0, 2);
        let back = back(&lost, seconds);
        beaten(vec![
            Observation::LinkChange(lost),
            Observation::LinkChange(back),
            minute(60, 0),
        ])
    }

    /// How it was lost, by what code, what stayed unacknowledged, what came meanwhile, for how many seconds, what is said
    /// of it, and whose it is.
    type Row = (
        Loss,
        FailureCode,
        u32,
        Option<Observation>,
        u64,
        &'static str,
        Owner,
    );

    #[test]
    fn what_is_likely_behind_an_outage() {
        let refused = |number, code: FailureCode| {
            Observation::FreshLoginFailed(FreshLoginFailed {
                beat: 31,
                started_us: 41_000_000,
                elapsed_us: 20_000,
                code,
                number,
                endpoint: None,
                detail: None,
            })
        };
        use FailureCode as C;
        let table: [Row; 6] = [
            (
                Loss::Soft,
                C::QueryTimeout,
                2,
                None,
                20,
                "not acknowledged",
                Owner::Network,
            ),
            (
                Loss::Soft,
                C::QueryTimeout,
                0,
                None,
                20,
                "did not get to its work",
                Owner::Dba,
            ),
            (
                Loss::Hard,
                C::QueryReset,
                0,
                None,
                1,
                "worked at once",
                Owner::Dba,
            ),
            (
                Loss::Hard,
                C::QueryReset,
                0,
                Some(refused(Some(40_613), C::LoginRejected)),
                15,
                "a database that moves",
                Owner::Azure,
            ),
            (
                Loss::Hard,
                C::QueryClosed,
                0,
                Some(refused(None, C::TcpRefused)),
                15,
                "was down",
                Owner::Dba,
            ),
            (
                Loss::Hard,
                C::QueryReset,
                0,
                Some(refused(None, C::TcpUnreachable)),
                15,
                "cannot be reached",
                Owner::Network,
            ),
        ];
        for (loss, code, unacknowledged, meanwhile, seconds, says, owner) in table {
            let lost = change(loss, code, 0, unacknowledged);
            let mut facts = vec![Observation::LinkChange(lost.clone())];
            facts.extend(meanwhile);
            facts.push(Observation::LinkChange(back(&lost, seconds)));
            facts.push(minute(60, 1_000));
            let log = beaten(facts);
            let verdict = expect(&log, "session_lost", Likely, Outcome::Problem);
            assert!(
                verdict.explanation.contains(says),
                "{says}: {}",
                verdict.explanation
            );
            assert_eq!(verdict.owner, owner, "{says}");
            expect_no(&log, "host_starved");
        }
    }

    #[test]
    fn hard_and_soft_are_counted_and_what_lasts_is_said() {
        let soft = change(Loss::Soft, FailureCode::QueryTimeout, 0, 1);
        let hard = change(Loss::Hard, FailureCode::QueryReset, 0, 0);
        let log = beaten(vec![
            Observation::LinkChange(soft.clone()),
            Observation::LinkChange(back(&soft, 12)),
            Observation::LinkChange(hard),
            minute(60, 0),
        ]);
        let verdict = expect(&log, "session_lost", Likely, Outcome::Problem);
        assert!(
            verdict
                .title
                .ends_with("was lost 2 times, 1 hard and 1 soft."),
            "{}",
            verdict.title
        );
        assert!(verdict.explanation.contains("not back by the end"));
    }

    #[test]
    fn a_starved_host_is_not_blamed_on_the_network() {
        let lost = change(Loss::Soft, FailureCode::QueryTimeout, 9_000_000, 0);
        let log = beaten(vec![Observation::LinkChange(lost), minute(60, 9_000_000)]);
        let verdict = expect(&log, "host_starved", Likely, Outcome::Problem);
        assert_eq!(verdict.owner, Owner::ThisHost);
        expect_no(&log, "session_lost");
        let late = beaten(vec![minute(60, 700_000)]);
        expect(&late, "host_starved", Likely, Outcome::Problem);
        expect_no(&beaten(vec![minute(60, 400_000)]), "host_starved");
    }

    #[test]
    fn a_real_loss_outweighs_a_late_timer_elsewhere() {
        let lost = change(Loss::Hard, FailureCode::QueryReset, 1_000, 0);
        let log = beaten(vec![Observation::LinkChange(lost), minute(60, 700_000)]);
        expect(&log, "session_lost", Likely, Outcome::Problem);
        expect_beside(&log, "host_starved");
    }

    #[test]
    fn never_lost_is_said_beside() {
        let finding = expect_beside(&beaten(vec![minute(60, 1_000)]), "session_held");
        assert!(finding.title.contains("60 of 60 beats"));
        expect_no(&lost_for(20), "session_held");
    }
}
