//! `listener_outage`: logins at the listener failed for a while: for how long, with which numbers, and what
//! `MultiSubnetFailover` made of it. `listener_steady`: none did.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::replica::{Listener, Replicas};
use crate::words::{count, duration, list};
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const OUTAGE: Rule = Rule::problem(outage);
pub(crate) const STEADY: Rule = Rule::ok(steady);

/// Numbers of a replica or a database that moves, and what each says.
const MOVING: [(i32, &str); 4] = [
    (
        976,
        "the replica that answered is a secondary that takes no queries",
    ),
    (
        983,
        "the replica that answered is neither primary nor secondary: it is changing",
    ),
    (40_613, "the database is not available just now"),
    (
        978,
        "the replica that answered takes logins with read-only intent only",
    ),
];

fn us(ms: u64) -> u64 {
    ms.saturating_mul(1_000)
}

fn longest(listener: &Listener) -> Option<(u64, Option<u64>)> {
    listener
        .outages_ms()
        .into_iter()
        .max_by_key(|(from, until)| until.map_or(u64::MAX, |until| until.saturating_sub(*from)))
}

fn span((from, until): (u64, Option<u64>)) -> String {
    match until {
        Some(until) => format!(
            "{} from {} on",
            duration(us(until.saturating_sub(from))),
            duration(us(from))
        ),
        None => format!("from {} to the end", duration(us(from))),
    }
}

fn told(name: &str, listener: &Listener) -> String {
    let tried = listener.worked.saturating_add(listener.failures());
    let outages = listener.outages_ms();
    let most = longest(listener).map(span).unwrap_or_default();
    if outages.is_empty() {
        return format!(
            "With {name} all of {} worked.",
            count(tried as usize, "login", "logins")
        );
    }
    format!(
        "With {name} {} of {tried} failed, in {}, the longest {most}.",
        listener.failures(),
        count(outages.len(), "stretch", "stretches")
    )
}

/// Windows of each number, over both ways.
fn windows(seen: &Replicas) -> String {
    let all = seen.in_turn.failed.iter().chain(&seen.at_once.failed);
    let told: Vec<String> = MOVING
        .into_iter()
        .filter_map(|(number, says)| {
            let alike: Vec<_> = all
                .clone()
                .filter(|one| one.number == Some(number))
                .collect();
            let first = alike.iter().map(|one| one.first_ms).min()?;
            let last = alike.iter().map(|one| one.last_ms).max()?;
            Some(format!(
                "{number} from {} to {} ({says})",
                duration(us(first)),
                duration(us(last))
            ))
        })
        .collect();
    if told.is_empty() {
        return String::new();
    }
    format!("Numbers of a failover: {}.", told.join("; "))
}

fn kinds(seen: &Replicas) -> String {
    let mut all: Vec<String> = Vec::new();
    for one in seen.in_turn.failed.iter().chain(&seen.at_once.failed) {
        let name = match one.number {
            Some(number) => number.to_string(),
            None => one.code.as_str().replace('_', " "),
        };
        if one.count > 0 && !all.contains(&name) {
            all.push(name);
        }
    }
    if all.is_empty() {
        return String::new();
    }
    format!("They failed with {}.", list(&all))
}

fn outage(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let step = seen.listener_step?;
    let (off, on) = (&seen.in_turn, &seen.at_once);
    if off.failures() + on.failures() == 0 {
        return None;
    }
    let most = [longest(off), longest(on)].into_iter().flatten();
    let most = most.max_by_key(|(from, until)| until.map_or(u64::MAX, |until| until - from))?;
    let moved = [off, on].iter().any(|one| {
        let numbers = one.failed.iter().filter_map(|one| one.number);
        numbers
            .into_iter()
            .any(|number| MOVING.iter().any(|(known, _)| *known == number))
    });
    let owner = if moved && case.is_azure() {
        Owner::Azure
    } else if moved {
        Owner::Dba
    } else {
        Owner::Network
    };
    let helps = off.failures() > on.failures().saturating_mul(2) && off.failures() > 2;
    Draft::problem("listener_outage", owner)
        .title(format!("Nobody could log in at {} for {}.", case.host(), span(most)))
        .because(told("MultiSubnetFailover off", off))
        .because(told("MultiSubnetFailover on", on))
        .because(kinds(seen))
        .because(windows(seen))
        .then("Let applications try again with a delay that doubles, for 60 s at least: a failover takes that long at most as a rule.")
        .then(if helps {
            "Set MultiSubnetFailover=True in the connection strings: here it made the difference."
        } else {
            ""
        })
        .then("Compare the time with the roles in the error log (19406, 1480) of both replicas.")
        .sure(Confidence::Likely)
        .link(links::LISTENERS)
        .link(links::TRANSIENT)
        .cite(step, off.failed.iter().chain(&on.failed).map(|one| one.seq))
        .cite(step, off.minutes.iter().chain(&on.minutes).copied())
        .done(case)
}

fn steady(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let step = seen.listener_step?;
    let (off, on) = (&seen.in_turn, &seen.at_once);
    if off.failures() + on.failures() > 0 || off.worked + on.worked == 0 {
        return None;
    }
    let places: Vec<String> = off
        .endpoints
        .keys()
        .chain(on.endpoints.keys())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .take(8)
        .cloned()
        .collect();
    Draft::new("listener_steady", Severity::Ok, Owner::Nobody)
        .title(format!(
            "All of {} at {} worked.",
            count((off.worked + on.worked) as usize, "login", "logins"),
            case.host()
        ))
        .because(format!(
            "The slowest took {} with MultiSubnetFailover off and {} with it on.",
            duration(off.slowest_us),
            duration(on.slowest_us)
        ))
        .because(if places.is_empty() {
            String::new()
        } else {
            format!("They ended at {}.", list(&places))
        })
        .then(if off.slowest_us > on.slowest_us.saturating_mul(3) && off.slowest_us > 1_000_000 {
            "Set MultiSubnetFailover=True: with it off, a dead address of the listener delays logins."
        } else {
            "Do a planned failover while this runs, to see what applications meet."
        })
        .sure(Confidence::Proven)
        .link(links::LISTENERS)
        .cite(step, off.minutes.iter().chain(&on.minutes).copied())
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::lasting::{Clocked, FailedAlike, ListenerMinute, LoopMinute, ReplicaFact};
    use model::{Confidence, FailureCode, Observation, Outcome, StepKind};

    const EP: &str = "20.61.99.193:1433";

    fn minute(at_once: bool, failing: std::ops::Range<u64>, number: Option<i32>) -> Observation {
        let (mut worked, mut times) = (Clocked::default(), Clocked::default());
        for second in 0..60 {
            let clocked = if failing.contains(&second) {
                &mut times
            } else {
                &mut worked
            };
            clocked.push(second * 1_000_000, 30_000);
        }
        let code = FailureCode::LoginRejected;
        let failed = if times.is_empty() {
            Vec::new()
        } else {
            vec![FailedAlike {
                code,
                number,
                times,
            }]
        };
        Observation::Replica(ReplicaFact::ListenerMinute(ListenerMinute {
            at_once,
            logins: LoopMinute {
                until_us: 60_000_000,
                worked,
                failed,
                ..LoopMinute::default()
            },
            endpoints: vec![(EP.into(), 60)],
        }))
    }

    fn with(off: std::ops::Range<u64>, on: std::ops::Range<u64>, number: Option<i32>) -> Log {
        Log::new()
            .signed_in()
            .secured(EP)
            .login(EP, None)
            .query(None)
            .running(StepKind::ListenerView, EP)
            .seen(minute(false, off, number))
            .seen(minute(true, on, number))
            .ends(None)
            .finish()
    }

    #[test]
    fn an_outage_has_its_length_and_its_windows() {
        let log = with(20..45, 20..28, Some(983));
        let finding = expect(
            &log,
            "listener_outage",
            Confidence::Likely,
            Outcome::Problem,
        );
        assert!(
            finding.title.contains("for 25 s from 20 s on"),
            "{finding:?}"
        );
        for part in ["983 from 20 s to 44 s", "8 of 60 failed, in 1 stretch"] {
            assert!(finding.explanation.contains(part), "{finding:?}");
        }
        assert!(finding.recommendation[1].contains("MultiSubnetFailover=True"));
        let log = with(50..60, 50..60, None);
        let finding = expect(
            &log,
            "listener_outage",
            Confidence::Likely,
            Outcome::Problem,
        );
        assert!(
            finding.title.contains("from 50 s to the end"),
            "{finding:?}"
        );
    }

    #[test]
    fn all_that_worked_is_said_beside() {
        let log = with(0..0, 0..0, None);
        let finding = expect_beside(&log, "listener_steady");
        assert!(
            finding.title.starts_with("All of 120 logins"),
            "{finding:?}"
        );
        expect_no(&log, "listener_outage");
    }
}
