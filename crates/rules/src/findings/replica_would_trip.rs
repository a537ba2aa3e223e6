//! `replica_would_trip`: which session time-outs would have been passed by what was seen, and for how long.
//! `replica_held`: none, nothing was lost.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::replica::trips;
use crate::words::{count, duration, list};
use model::lasting::{SessionGap, TimeoutFrom};
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const WOULD_TRIP: Rule = Rule::problem(would_trip);
pub(crate) const HELD: Rule = Rule::ok(held);

/// The usual one, the one that is advised on virtual machines in a cloud, and one above.
const COMMON_US: [u64; 3] = [10_000_000, 20_000_000, 40_000_000];

fn would_trip(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let step = seen.step?;
    let gaps = seen.all_gaps();
    let in_force = seen.timeout_us()?;
    let mut timeouts = vec![in_force];
    timeouts.extend(COMMON_US.into_iter().filter(|one| *one != in_force));
    if trips(&gaps, in_force).is_empty() {
        return None;
    }
    let each: Vec<String> = timeouts.iter().map(|one| told(&gaps, *one)).collect();
    let (_, watch) = seen.watch.as_ref()?;
    let from = match watch.timeout_from {
        TimeoutFrom::Entered => "as entered",
        TimeoutFrom::Server => "as the server says",
        TimeoutFrom::Usual | TimeoutFrom::Unknown => "the usual one",
    };
    Draft::new("replica_would_trip", Severity::Warning, Owner::Dba)
        .title(format!(
            "A session time-out of {}, {from}, would have been passed.",
            duration(in_force)
        ))
        .because(format!("{}.", each.join("; ")))
        .because("On expiry the replica becomes DISCONNECTED, and a primary that commits synchronously no longer waits for it.")
        .then("Find what was behind it first; a longer time-out only hides a short outage, and makes commits wait for as long.")
        .then("Where outages of this length are normal (virtual machines that move), set SESSION_TIMEOUT above them, 10 s at least, on the primary by ALTER AVAILABILITY GROUP … MODIFY REPLICA.")
        .sure(Confidence::Likely)
        .link(links::REPLICA_SESSIONS)
        .link(links::REPLICA_TIMEOUTS)
        .cite(step, seen.gaps.iter().map(|(seq, _)| *seq))
        .done(case)
}

fn told(gaps: &[SessionGap], timeout_us: u64) -> String {
    let all = trips(gaps, timeout_us);
    let Some(longest) = all
        .iter()
        .max_by_key(|trip| trip.lasts_us().unwrap_or(u64::MAX))
    else {
        return format!("with {} none would have been", duration(timeout_us));
    };
    let length = match longest.lasts_us() {
        Some(us) => format!("gone for {} at most", duration(us)),
        None => "not back by the end".to_owned(),
    };
    format!(
        "with {} {}, the first at {}, {length}",
        duration(timeout_us),
        count(all.len(), "time", "times"),
        duration(all.first().map_or(0, |trip| trip.at_us))
    )
}

fn held(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let step = seen.step?;
    let in_force = seen.timeout_us()?;
    let gaps = seen.all_gaps();
    if seen.established == 0 || !trips(&gaps, in_force).is_empty() {
        return None;
    }
    let longest = gaps
        .iter()
        .map(|gap| gap.until_us.saturating_sub(gap.from_us))
        .max();
    let kinds: Vec<String> = seen
        .failed
        .iter()
        .map(|(code, times)| format!("{} ({times})", code.replace('_', " ")))
        .collect();
    Draft::new("replica_held", Severity::Ok, Owner::Nobody)
        .title(format!(
            "{} of {} were established, and no session time-out of {} would have passed.",
            seen.established,
            count(seen.tried() as usize, "connect", "connects"),
            duration(in_force)
        ))
        .because(match longest {
            Some(us) => format!("The longest time without one was {}.", duration(us)),
            None => "No two were further apart than two beats.".to_owned(),
        })
        .because(if kinds.is_empty() {
            String::new()
        } else {
            format!("Failed: {}.", list(&kinds))
        })
        .because(format!(
            "Connects whose first packet was sent again: {}; timers of this host were late by {} at most.",
            seen.again,
            duration(seen.lag.map_or(0, |(us, _)| us))
        ))
        .then("Run the same from the other replica's host at the same time: each direction has firewall rules of its own.")
        .sure(Confidence::Proven)
        .link(links::REPLICA_SESSIONS)
        .cite(step, seen.minutes.iter().copied())
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::findings::replica_session_lost::tests::{begun, gap, minute, replica};
    use crate::testing::{Log, expect_beside, expect_no};
    use model::FailureCode;
    use model::lasting::ReplicaFact;

    fn with(length_s: u64) -> Log {
        begun()
            .seen(minute(50, &[FailureCode::TcpTimeout], 0))
            .seen(replica(ReplicaFact::Gap(gap(
                length_s,
                Some(FailureCode::TcpTimeout),
            ))))
            .ends(None)
            .finish()
    }

    #[test]
    fn which_time_outs_would_have_been_passed() {
        let finding = expect_beside(&with(25), "replica_would_trip");
        let told = &finding.explanation;
        assert!(
            told.contains("with 10 s 1 time, the first at 30 s, gone for 15 s at most"),
            "{told}"
        );
        assert!(
            told.contains("with 20 s 1 time, the first at 40 s, gone for 5 s at most"),
            "{told}"
        );
        assert!(told.contains("with 40 s none"), "{told}");
        expect_no(&with(25), "replica_held");
    }

    #[test]
    fn a_short_gap_is_held() {
        let finding = expect_beside(&with(9), "replica_held");
        assert!(
            finding.title.starts_with("50 of 55 connects"),
            "{finding:?}"
        );
        assert!(finding.explanation.contains("was 9 s"), "{finding:?}");
        expect_no(&with(9), "replica_would_trip");
    }
}
