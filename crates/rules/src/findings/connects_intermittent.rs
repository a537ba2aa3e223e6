//! `connects_intermittent`: at one address some connection requests are answered at once; others get no answer, or one
//! only after they were sent again.
//!
//! ```text
//!   at once   ▏▏▏          the contrast: the address is in use, the way to it is open
//!   again     ─1 s─▏       the system repeats a request after 1 s or more, and so on
//!   never     ─────────    as long as the run waited
//! ```
//! Proven when some got none at all: same address, same moment, two results. Likely when they only took longer, for a
//! host without time to spare looks the same. What loses them cannot be seen from one end.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{count, duration, list};
use model::{Attempt, Confidence, FailureCode, Finding, Owner, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

/// A request that took this much longer than the fastest was sent again: no system repeats it earlier.
const AGAIN_US: u64 = 900_000;
/// A single one that was sent again is no news on any network.
const LEAST_AGAIN: usize = 2;

/// Connects to one address.
struct Seen<'a> {
    step: StepRef<'a>,
    all: usize,
    silent: Vec<u64>,
    again: Vec<u64>,
    longest_us: u64,
}

fn seen<'a>(step: StepRef<'a>) -> Option<Seen<'a>> {
    let worked = |attempt: &Attempt| attempt.code.is_none();
    let fastest = step
        .attempts()
        .filter(|(_, attempt)| worked(attempt))
        .map(|(_, attempt)| attempt.elapsed_us)
        .min()?;
    let late = |attempt: &Attempt| attempt.elapsed_us >= fastest.saturating_add(AGAIN_US);
    let mut seen = Seen {
        step,
        all: 0,
        silent: Vec::new(),
        again: Vec::new(),
        longest_us: 0,
    };
    for (seq, attempt) in step.attempts() {
        seen.all += 1;
        if attempt.code == Some(FailureCode::TcpTimeout) {
            seen.silent.push(seq);
        } else if worked(attempt) && late(attempt) {
            seen.again.push(seq);
            seen.longest_us = seen.longest_us.max(attempt.elapsed_us);
        }
    }
    let enough = !seen.silent.is_empty() || seen.again.len() >= LEAST_AGAIN;
    enough.then_some(seen)
}

fn find(case: &Case<'_>) -> Option<Finding> {
    let all: Vec<Seen<'_>> = case.of(StepKind::TcpConnect).filter_map(seen).collect();
    let worst = all
        .iter()
        .max_by_key(|one| (one.silent.len(), one.again.len()))?;
    let bad = worst.silent.len() + worst.again.len();
    let silent =
        (!worst.silent.is_empty()).then(|| format!("{} got no answer at all", worst.silent.len()));
    let again = (!worst.again.is_empty()).then(|| {
        format!(
            "{} got one only after {} or less, when the request had been sent again",
            worst.again.len(),
            duration(worst.longest_us)
        )
    });
    let what: Vec<String> = silent.into_iter().chain(again).collect();
    let mut draft = Draft::problem("connects_intermittent", Owner::Network)
        .title(format!(
            "Connection requests get lost: {bad} of {} to {} were not answered at first.",
            worst.all,
            worst.step.place()
        ))
        .because(format!(
            "Of {}, {}; the others were answered at once.",
            count(worst.all, "connect", "connects"),
            list(&what)
        ))
        .because(
            "So the address is in use and the way to it is open. A line that loses packets does this, and so does a \
             device that has no ports or no room left: address translation (SNAT), a firewall's table, a full listen \
             queue.",
        )
        .sure(if worst.silent.is_empty() {
            Confidence::Likely
        } else {
            Confidence::Proven
        })
        .then(
            "Count the open connections from this network to the server: address translation has few ports for one \
             destination. Pool connections, or use a NAT gateway or a private endpoint.",
        )
        .then("Ask the network's owner about loss on the way, with the times of these attempts.")
        .then("Run again with more connects, from here and from another network, to see how often it happens.")
        .link(links::TRANSIENT)
        .link(links::CONNECTIVITY);
    for one in &all {
        let seqs = one.silent.iter().chain(&one.again).copied();
        draft = draft.cite(one.step.id, seqs).rests_on(&one.step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::{Confidence::*, FailureCode::*, Outcome, StepKind};

    const EP: &str = "20.61.99.193:1433";

    /// Connects that took so long; without an answer where `None`.
    fn log(times: &[Option<u64>]) -> Log {
        let mut log = Log::new().running(StepKind::TcpConnect, EP);
        for (time, number) in times.iter().zip(1..) {
            let code = time.is_none().then_some(TcpTimeout);
            log = log.taking(time.unwrap_or(5_000)).attempt(number, code);
        }
        log.taking(10)
            .ends(times.iter().all(Option::is_none).then_some(TcpTimeout))
            .prelogin(EP, None)
            .tls(EP, None)
            .skipped(StepKind::TdsLogin, NoCredentials)
            .finish()
    }

    #[test]
    fn some_are_answered_and_some_are_not() {
        let log = log(&[Some(12), None, Some(11), None, Some(1_030)]);
        let verdict = expect(&log, "connects_intermittent", Proven, Outcome::Problem);
        assert_eq!(
            verdict.title,
            format!("Connection requests get lost: 3 of 5 to {EP} were not answered at first.")
        );
        assert!(verdict.explanation.contains("2 got no answer at all"));
    }

    #[test]
    fn some_are_answered_when_they_are_sent_again() {
        let log = log(&[Some(12), Some(1_020), Some(11), Some(2_050), Some(10)]);
        let verdict = expect(&log, "connects_intermittent", Likely, Outcome::Problem);
        assert!(
            verdict.explanation.contains("after 2.05 s or less"),
            "{}",
            verdict.explanation
        );
    }

    #[test]
    fn one_that_was_repeated_or_a_slow_way_is_no_loss() {
        for times in [
            [Some(12), Some(1_020), Some(11)],
            [Some(1_500), Some(1_510), Some(1_400)],
        ] {
            expect_no(&log(&times), "connects_intermittent");
        }
        expect_no(&log(&[None, None]), "connects_intermittent");
    }
}
