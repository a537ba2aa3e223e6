//! `replica_hard_error`: somebody reported an error of the way to the other replica's endpoint: who, and how long.
//! `replica_soft_error`: nobody did, and the session time-out passed: which resource is likely behind it.
//! `replica_unreachable`: no connect was ever established, so no session can be made.
//!
//! Likely at most for the cause: nothing was changed, and a port shows no more than a port.

use super::Rule;
use crate::beats::STARVED_US;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::replica::{Replicas, Trip, trips};
use crate::words::{code_sentence, count, duration, list, one_line};
use model::lasting::{Loss, SessionGap};
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const UNREACHABLE: Rule = Rule::problem(unreachable);
pub(crate) const HARD: Rule = Rule::problem(hard);
pub(crate) const SOFT: Rule = Rule::problem(soft);

/// Losses that are told one by one.
const MOST: usize = 5;

/// Who says so, by the error that a connect met: in words, and whose job it is.
fn reporter(code: &FailureCode) -> (&'static str, Owner) {
    match code {
        FailureCode::TcpRefused => (
            "The other host, or a firewall that rejects, refused the connect: the host was there, and nothing listened on the port.",
            Owner::Dba,
        ),
        FailureCode::TcpReset => (
            "The other host, or a device on the way, reset the connection.",
            Owner::Network,
        ),
        FailureCode::TcpUnreachable => (
            "This host's own network, or a router on the way, said that there is no way to the other host.",
            Owner::Network,
        ),
        FailureCode::NoLocalPort => (
            "This host had no port left to connect from.",
            Owner::ThisHost,
        ),
        FailureCode::PolicyRefused => (
            "This agent's own rules do not let it connect there.",
            Owner::ThisHost,
        ),
        code if is_of_name(code) => (
            "The name service of this host said so: the name leads nowhere.",
            Owner::Network,
        ),
        _ => ("This host's operating system said so.", Owner::ThisHost),
    }
}

fn is_of_name(code: &FailureCode) -> bool {
    let text = code.as_str();
    text.starts_with("name_") || text.starts_with("dns_")
}

/// What is likely behind a silence.
fn resource(seen: &Replicas, gap: &SessionGap) -> (&'static str, &'static str, Owner) {
    if gap.lag_max_us >= STARVED_US {
        return (
            "This host itself did not run the agent for part of that time: what stalls it stalls a server on it, too.",
            "Look at this host at that time: CPU, memory, a hypervisor that pauses it for a snapshot or a move.",
            Owner::ThisHost,
        );
    }
    if seen.again > 0 {
        return (
            "Other connects of this run needed their first packet sent again: the way loses packets.",
            "Ask whoever keeps the network for loss on this way at that time: errors of ports, of a link between sites, of a VPN.",
            Owner::Network,
        );
    }
    (
        "This host ran, and no other connect lost a packet: the other host hung or was gone, or something began to drop everything at once.",
        "Look at the other host at that time (CPU, a pause, a restart, its own firewall), then at firewalls between the two.",
        Owner::Dba,
    )
}

fn peer(case: &Case<'_>) -> String {
    let asked = case
        .plan()
        .and_then(|plan| plan.options.lasting.replica_session.as_ref());
    asked.map_or_else(
        || "the other replica".to_owned(),
        |asked| format!("{}:{}", one_line(&asked.peer, 253), asked.port),
    )
}

fn unreachable(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let step = seen.step?;
    if seen.established > 0 || seen.tried() < 2 {
        return None;
    }
    let (seq, gap) = seen.gaps.first()?;
    let code = gap.code.clone().unwrap_or(FailureCode::TcpTimeout);
    let (says, owner) = match gap.said_us {
        Some(_) => reporter(&code),
        None => (
            "Nobody answered and nobody said why: a firewall that drops, a wrong address, or a host that is down.",
            Owner::Network,
        ),
    };
    Draft::problem("replica_unreachable", owner)
            .title(format!(
                "None of {} to {} was established: no session between the replicas can be made this way.",
                count(seen.tried() as usize, "connect", "connects"),
                peer(case)
            ))
            .because(code_sentence(&code))
            .because(says)
            .then("Allow TCP to this endpoint from this replica's host, on both hosts' own firewalls and on every one between; the other direction is a rule of its own.")
            .then("Check on the other server that its endpoint is started and listens on this port (sys.database_mirroring_endpoints, sys.tcp_endpoints).")
            .then("Check that the endpoint_url of the other replica names this host and port.")
            .sure(Confidence::Likely)
            .link(links::REPLICA_35250)
            .link(links::REPLICA_SESSIONS)
            .cite(step, [*seq])
            .cite(step, seen.minutes.iter().copied())
            .done(case)
}

/// Losses of this kind with the time-out in force, and the longest.
fn lost(seen: &Replicas, loss: Loss) -> Option<(Vec<Trip>, &(u64, SessionGap))> {
    if seen.established == 0 {
        return None;
    }
    let timeout_us = seen.timeout_us()?;
    let of_it: Vec<&(u64, SessionGap)> = seen
        .gaps
        .iter()
        .filter(|(_, gap)| {
            trips(std::slice::from_ref(gap), timeout_us)
                .iter()
                .any(|trip| trip.loss == loss)
        })
        .collect();
    let longest = of_it
        .iter()
        .max_by_key(|(_, gap)| gap.until_us.saturating_sub(gap.from_us))?;
    let gaps: Vec<SessionGap> = of_it.iter().map(|(_, gap)| gap.clone()).collect();
    Some((trips(&gaps, timeout_us), longest))
}

fn told(trip: &Trip) -> String {
    match trip.lasts_us() {
        Some(us) => format!("at {} for {}", duration(trip.at_us), duration(us)),
        None => format!("at {}, and not back by the end", duration(trip.at_us)),
    }
}

fn each(all: &[Trip]) -> String {
    let told: Vec<String> = all.iter().take(MOST).map(told).collect();
    format!("Lost {}.", list(&told))
}

fn hard(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let step = seen.step?;
    let (all, (_, longest)) = lost(seen, Loss::Hard)?;
    let code = longest.code.clone().unwrap_or(FailureCode::TcpError);
    let (says, owner) = reporter(&code);
    Draft::problem("replica_hard_error", owner)
        .title(format!(
            "The way to {} failed {} with an error that somebody reported: a session would have been lost at once.",
            peer(case),
            count(all.len(), "time", "times")
        ))
        .because(each(&all))
        .because(code_sentence(&code))
        .because(says)
        .because("How soon a server hears of such an error is up to whoever reports it, not to the session time-out.")
        .then(match code {
            FailureCode::TcpRefused => "Look at the other server's error log for that time: a restart, a stopped endpoint, a failover.",
            _ => "Ask whoever keeps that part what happened at that time: a link, an adapter, a router, a firewall rule.",
        })
        .then("Look in this server's error log for 35206, 35267 and 19406 at that time.")
        .sure(Confidence::Likely)
        .link(links::REPLICA_SESSIONS)
        .cite(step, seen.gaps.iter().map(|(seq, _)| *seq))
        .cite(step, seen.losses().map(|(seq, _)| *seq))
        .done(case)
}

fn soft(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let step = seen.step?;
    let (all, (_, longest)) = lost(seen, Loss::Soft)?;
    let (says, advice, owner) = resource(seen, longest);
    let timeout_us = seen.timeout_us()?;
    let late = seen.lag.map_or(0, |(us, _)| us);
    Draft::problem("replica_soft_error", owner)
        .title(format!(
            "{} was silent for longer than the session time-out of {}, {}, and nobody said why.",
            peer(case),
            duration(timeout_us),
            count(all.len(), "time", "times")
        ))
        .because(each(&all))
        .because(says)
        .because(format!(
            "Connects whose first packet was sent again: {}; timers of this host were late by {} at most.",
            seen.again,
            duration(late)
        ))
        .then(advice)
        .then("Do not shorten the session time-out to hear of it sooner: below 10 s a busy host alone can lose a session.")
        .sure(Confidence::Likely)
        .link(links::REPLICA_SESSIONS)
        .cite(step, seen.gaps.iter().map(|(seq, _)| *seq))
        .cite(step, seen.losses().map(|(seq, _)| *seq))
        .done(case)
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::lasting::{
        Clocked, FailedAlike, ReplicaFact, ReplicaMinute, ReplicaSession, ReplicaWatch, SessionGap,
        TimeoutFrom,
    };
    use model::{Confidence, FailureCode, Observation, Outcome, Owner, StepKind};

    const EP: &str = "10.0.0.1:1433";

    pub(crate) fn begun() -> Log {
        begun_with(ReplicaSession::with("sql-b"))
    }

    pub(crate) fn begun_with(asked: ReplicaSession) -> Log {
        Log::to("sql-a")
            .options(|options| options.lasting.replica_session = Some(asked))
            .secured(EP)
            .skipped(StepKind::TdsLogin, FailureCode::NoCredentials)
            .running(StepKind::ReplicaSession, "10.0.0.2:5022")
            .seen(replica(ReplicaFact::Watch(ReplicaWatch {
                at_us: 0,
                every_ms: 1_000,
                timeout_ms: 10_000,
                timeout_from: TimeoutFrom::Usual,
            })))
    }

    pub(crate) fn replica(fact: ReplicaFact) -> Observation {
        Observation::Replica(fact)
    }

    pub(crate) fn minute(established: u64, failed: &[FailureCode], again: u32) -> Observation {
        let clocked = |count: u64| {
            let mut times = Clocked::default();
            for second in 0..count {
                times.push(second * 1_000_000, 500);
            }
            times
        };
        replica(ReplicaFact::Minute(ReplicaMinute {
            until_us: 60_000_000,
            established: clocked(established),
            failed: failed
                .iter()
                .map(|code| FailedAlike {
                    code: code.clone(),
                    number: None,
                    times: clocked(5),
                })
                .collect(),
            again,
            ..ReplicaMinute::default()
        }))
    }

    pub(crate) fn gap(length_s: u64, code: Option<FailureCode>) -> SessionGap {
        let said = code.clone().filter(|code| *code != FailureCode::TcpTimeout);
        SessionGap {
            from_us: 20_000_000,
            until_us: (20 + length_s) * 1_000_000,
            open: false,
            failed: 5,
            said_us: said.map(|_| 21_000_000),
            code,
            lag_max_us: 0,
            lag_whole_us: 0,
        }
    }

    fn ended(log: Log, gap: SessionGap) -> Log {
        log.seen(replica(ReplicaFact::Gap(gap))).ends(None).finish()
    }

    #[test]
    fn a_refused_connect_is_hard_and_the_other_host_says_so() {
        let log = begun().seen(minute(50, &[FailureCode::TcpRefused], 0));
        let log = ended(log, gap(5, Some(FailureCode::TcpRefused)));
        let verdict = expect(
            &log,
            "replica_hard_error",
            Confidence::Likely,
            Outcome::Problem,
        );
        assert_eq!(verdict.owner, Owner::Dba);
        assert!(
            verdict.explanation.contains("nothing listened"),
            "{verdict:?}"
        );
        let log = begun().seen(minute(50, &[FailureCode::TcpUnreachable], 0));
        let log = ended(log, gap(5, Some(FailureCode::TcpUnreachable)));
        let verdict = expect(
            &log,
            "replica_hard_error",
            Confidence::Likely,
            Outcome::Problem,
        );
        assert_eq!(verdict.owner, Owner::Network);
    }

    #[test]
    fn silence_has_its_likely_resource() {
        let silent = gap(15, Some(FailureCode::TcpTimeout));
        let starved = SessionGap {
            lag_max_us: 2_000_000,
            lag_whole_us: 2_000_000,
            ..silent.clone()
        };
        for (again, gap, owner, says) in [
            (0, silent.clone(), Owner::Dba, "the other host hung"),
            (3, silent, Owner::Network, "the way loses packets"),
            (0, starved, Owner::ThisHost, "This host itself did not run"),
        ] {
            let log = begun().seen(minute(50, &[FailureCode::TcpTimeout], again));
            let verdict = expect(
                &ended(log, gap),
                "replica_soft_error",
                Confidence::Likely,
                Outcome::Problem,
            );
            assert_eq!(verdict.owner, owner);
            assert!(verdict.explanation.contains(says), "{verdict:?}");
        }
    }

    #[test]
    fn below_the_time_out_nothing_is_lost() {
        let log = begun().seen(minute(50, &[FailureCode::TcpTimeout], 0));
        let log = ended(log, gap(9, Some(FailureCode::TcpTimeout)));
        expect_no(&log, "replica_soft_error");
        expect_no(&log, "replica_hard_error");
    }

    #[test]
    fn an_endpoint_that_never_answers_is_one_finding() {
        for code in [FailureCode::TcpTimeout, FailureCode::TcpRefused] {
            let log = begun().seen(minute(0, std::slice::from_ref(&code), 0));
            let log = ended(
                log,
                SessionGap {
                    open: true,
                    ..gap(60, Some(code))
                },
            );
            let verdict = expect(
                &log,
                "replica_unreachable",
                Confidence::Likely,
                Outcome::Problem,
            );
            assert!(
                verdict.title.contains("None of 5 connects to sql-b:5022"),
                "{verdict:?}"
            );
            expect_no(&log, "replica_soft_error");
            expect_no(&log, "replica_hard_error");
        }
    }
}
