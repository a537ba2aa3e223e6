//! `phase_slow`: everything got an answer, but one phase took longer than the run's limit for that.
//!
//! Proven as the server's when the path to the same place is fast: a connect that takes a fraction of the phase
//! is the contrast. Likely otherwise.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{duration, phase_name};
use model::{
    Closer, Confidence, Finding, Observation, Owner, Phase, Severity, StepKind, StepState,
};

pub(crate) const RULE: Rule = Rule::problem(find);

/// A connect this many times shorter than the phase clears the path.
const CONTRAST: u64 = 5;

struct Slow<'a> {
    step: StepRef<'a>,
    seq: u64,
    what: &'static str,
    phase: Option<Phase>,
    us: u64,
}

fn find(case: &Case<'_>) -> Option<Finding> {
    let limit = case.options().slow_phase_ms.saturating_mul(1_000);
    let mut slow: Vec<Slow<'_>> = case
        .steps()
        .filter(|step| !step.is_beside() || step.kind == StepKind::LoginAttempt)
        .flat_map(phases)
        .collect();
    slow.retain(|one| one.us > limit);
    let worst = slow.iter().max_by_key(|one| one.us)?;
    let connect = case.connect_time(worst.step.hop);
    let path_is_fast = !matches!(worst.phase, None | Some(Phase::Tcp))
        && connect.is_some_and(|us| us.saturating_mul(CONTRAST) < worst.us);
    let (owner, advice) = advice(case, worst, path_is_fast);
    let mut draft = Draft::new("phase_slow", Severity::Warning, owner)
        .title(format!(
            "It works, but slowly: {} at {} took {}.",
            worst.what,
            worst.step.place(),
            duration(worst.us)
        ))
        .because(format!(
            "More than {} is too long for one phase.",
            duration(limit)
        ))
        .because(match connect {
            Some(us) if path_is_fast => format!(
                "A connect to the same place took {}: the path is fast, the answer is slow.",
                duration(us)
            ),
            _ => String::new(),
        })
        .because("Drivers give up a whole connection after 15 to 30 s, all phases together.")
        .sure(if path_is_fast {
            Confidence::Proven
        } else {
            Confidence::Likely
        })
        .then(advice)
        .then("Until then, give clients a connection timeout of 30 s or more.")
        .then("Run again at another time: does it come and go with the load?")
        .link(links::COMMON_ERRORS)
        .link(links::CONNECTIVITY);
    for one in &slow {
        draft = draft.cite(one.step.id, [one.seq]);
    }
    draft.done(case)
}

fn advice(case: &Case<'_>, worst: &Slow<'_>, path_is_fast: bool) -> (Owner, &'static str) {
    match worst.phase {
        None => (
            Owner::Network,
            "Look at this host's resolvers: one that does not answer costs its whole timeout at every look-up.",
        ),
        Some(Phase::Prelogin | Phase::Login) if path_is_fast => (
            if case.is_azure() {
                Owner::Azure
            } else {
                Owner::Dba
            },
            "Look at the server's load at this time: workers, CPU, memory, connections waiting. A serverless database \
             that was asleep is slow once.",
        ),
        Some(Phase::Tls) if path_is_fast => (
            Owner::ThisHost,
            "Look at the load of both ends, and at whether a device on the way looks into TLS.",
        ),
        Some(Phase::Query) => (
            Owner::Dba,
            "Look at the server's load, and at what blocks there.",
        ),
        _ => (
            Owner::Network,
            "Ask the network's owner about loss and detours on the way.",
        ),
    }
}

/// Phases of a step that came to their end, with their time.
fn phases(step: StepRef<'_>) -> Vec<Slow<'_>> {
    let slow = |seq, what, phase, us| Slow {
        step,
        seq,
        what,
        phase,
        us,
    };
    let mut all = Vec::new();
    for fact in step.facts() {
        let Observation::Closed(closing) = &fact.seen else {
            continue;
        };
        let cut = closing.closer != Closer::Us;
        for time in &closing.phases {
            // A phase in which the connection was lost did not get its answer.
            if !(cut && time.phase == closing.last_phase) {
                let name = phase_name(time.phase);
                all.push(slow(fact.seq, name, Some(time.phase), time.elapsed_us));
            }
        }
    }
    let ok = step.state == StepState::Ok;
    let elapsed = step.elapsed_us.unwrap_or(0);
    match step.kind {
        StepKind::DnsLookup if ok => all.push(slow(step.seq(), "the look-up", None, elapsed)),
        StepKind::TdsPrelogin if ok => {
            all.push(slow(step.seq(), "PRELOGIN", Some(Phase::Prelogin), elapsed));
        }
        StepKind::TcpConnect => {
            let worked = step
                .attempts()
                .filter(|(_, attempt)| attempt.code.is_none());
            all.extend(worked.map(|(seq, a)| slow(seq, "TCP", Some(Phase::Tcp), a.elapsed_us)));
        }
        _ => {}
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::{
        Closer, Closing, Confidence::*, FailureCode::*, Observation, Outcome, Owner, Phase,
        PhaseTime, StepKind,
    };

    const EP: &str = "127.0.0.1:5000";

    fn own() -> Log {
        Log::to("tcp:localhost,5000")
    }

    fn closed(closer: Closer, phase: Phase, ms: u64) -> Observation {
        Observation::Closed(Closing {
            endpoint: EP.into(),
            local: "127.0.0.1:40000".into(),
            closer,
            sent: 1,
            received: 1,
            last_phase: phase,
            phases: vec![PhaseTime {
                phase,
                started_us: 0,
                elapsed_us: ms * 1_000,
            }],
        })
    }

    #[test]
    fn a_slow_answer_on_a_fast_path_is_proof() {
        let log = own()
            .tcp(EP, None)
            .taking(6_000)
            .prelogin(EP, None)
            .tls(EP, None)
            .skipped(StepKind::TdsLogin, NoCredentials)
            .finish();
        let verdict = expect(&log, "phase_slow", Proven, Outcome::Problem);
        assert_eq!(
            verdict.title,
            "It works, but slowly: PRELOGIN at 127.0.0.1:5000 took 6 s."
        );
        assert!(verdict.explanation.contains("took 10 ms: the path is fast"));
        assert_eq!(verdict.owner, Owner::Dba);
    }

    #[test]
    fn a_slow_path_is_the_network_s() {
        let log = own()
            .taking(5_100)
            .tcp(EP, None)
            .prelogin(EP, None)
            .tls(EP, None)
            .finish();
        let verdict = expect(&log, "phase_slow", Likely, Outcome::Problem);
        assert_eq!(verdict.owner, Owner::Network);
        let log = Log::new()
            .taking(9_000)
            .dns("10.0.0.2:53", Ok(&["9.9.9.9"]))
            .secured("9.9.9.9:1433")
            .finish();
        let verdict = expect(&log, "phase_slow", Likely, Outcome::Problem);
        assert!(verdict.recommendation[0].contains("resolvers"));
    }

    #[test]
    fn phases_of_a_closed_connection_count_unless_they_were_cut() {
        let log = |seen| {
            own()
                .signed_in()
                .secured(EP)
                .login(EP, None)
                .seen(seen)
                .query(None)
                .finish()
        };
        let verdict = expect(
            &log(closed(Closer::Us, Phase::Login, 7_000)),
            "phase_slow",
            Proven,
            Outcome::Problem,
        );
        assert!(verdict.title.contains("LOGIN"));
        expect_no(
            &log(closed(Closer::PeerRst, Phase::Login, 7_000)),
            "phase_slow",
        );
        expect_no(&log(closed(Closer::Us, Phase::Login, 4_000)), "phase_slow");
    }

    #[test]
    fn the_limit_is_the_run_s_own() {
        let log = own()
            .options(|o| o.slow_phase_ms = 50)
            .tcp(EP, None)
            .taking(60)
            .prelogin(EP, None)
            .tls(EP, None);
        expect(&log.finish(), "phase_slow", Proven, Outcome::Problem);
    }
}
