//! `replica_disconnected`: the own server says that the other replica is DISCONNECTED, and why. `replica_last_error`: it
//! is connected now, and its last connect error is still on record.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{duration, list, one_line};
use model::lasting::{LastConnectError, ReplicaRow};
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::problem(disconnected);
pub(crate) const LAST_ERROR: Rule = Rule::problem(last_error);

/// Lines of the error log that are told.
const MOST_LINES: usize = 4;

fn is_disconnected(row: &ReplicaRow) -> bool {
    row.connected
        .as_deref()
        .is_some_and(|state| state.eq_ignore_ascii_case("DISCONNECTED"))
}

fn told(error: &LastConnectError) -> String {
    let when = match (error.at_us, &error.at) {
        (Some(us), _) if us < 0 => {
            format!("{} before this run began", duration(us.unsigned_abs()))
        }
        (Some(us), _) => format!("at {} of this run", duration(us.unsigned_abs())),
        (None, Some(at)) => format!("at {} by the server's clock", one_line(at, 40)),
        (None, None) => "at a time that was not told".to_owned(),
    };
    let text = one_line(&error.text, 300);
    let text = text.trim().trim_end_matches('.');
    format!(
        "Its last connect error is {}, {when}: “{text}”.",
        error.number
    )
}

fn disconnected(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let step = seen.catalog_step?;
    let (seq, row) = seen.others().find(|(_, row)| is_disconnected(row))?;
    let lines: Vec<String> = seen
        .log
        .iter()
        .rev()
        .filter_map(|(_, line)| Some(format!("{} at {}", line.number?, one_line(&line.at, 40))))
        .take(MOST_LINES)
        .collect();
    Draft::problem("replica_disconnected", Owner::Dba)
        .title(format!(
            "{} says that replica {} is DISCONNECTED.",
            case.host(),
            one_line(&row.replica, 128)
        ))
        .because(row.last_error.as_ref().map_or_else(
            || "It has no connect error on record.".to_owned(),
            told,
        ))
        .because(if lines.is_empty() {
            String::new()
        } else {
            format!("Its error log has, the newest first: {}.", list(&lines))
        })
        .because("Commits of a synchronous primary no longer wait for it; what is committed meanwhile is on one server only.")
        .then("Go through the list of what has to be there before two replicas connect, in this run and in the one from the other side.")
        .then("Look at the connects of this run: where they are established while the server says DISCONNECTED, it is not the network but the endpoint, its permission or its certificate.")
        .sure(Confidence::Likely)
        .link(links::REPLICA_35250)
        .link(links::REPLICA_SESSIONS)
        .cite(step, [*seq])
        .cite(step, seen.log.iter().rev().take(MOST_LINES).map(|(seq, _)| *seq))
        .done(case)
}

fn last_error(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let step = seen.catalog_step?;
    let (seq, row, error) = seen
        .others()
        .filter(|(_, row)| !is_disconnected(row))
        .find_map(|(seq, row)| Some((*seq, row, row.last_error.as_ref()?)))?;
    Draft::new("replica_last_error", Severity::Info, Owner::Dba)
        .title(format!(
            "Replica {} has a connect error on record.",
            one_line(&row.replica, 128)
        ))
        .because(told(error))
        .because("It stays on record after the session is back.")
        .then("If it is old, nothing is to do; if it fell into this run, compare its time with the connects.")
        .sure(Confidence::Likely)
        .link(links::REPLICA_35250)
        .cite(step, [seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::findings::replica_session_lost::tests::{begun, minute, replica};
    use crate::findings::replica_timeouts::tests::row;
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::lasting::{LastConnectError, LogLine, ReplicaFact};
    use model::{Confidence, Outcome, StepKind};

    fn with(connected: &str, at_us: i64) -> Log {
        let mut other = row("SQL-B", 10);
        other.connected = Some(connected.into());
        other.last_error = Some(LastConnectError {
            number: 10_060,
            text: "A connection attempt failed.".into(),
            at: Some("2026-11-01T03:00:00".into()),
            at_us: Some(at_us),
        });
        begun()
            .seen(minute(60, &[], 0))
            .ends(None)
            .running(StepKind::ReplicaCatalog, "10.0.0.1:1433")
            .seen(replica(ReplicaFact::Replica(Box::new(other))))
            .seen(replica(ReplicaFact::Log(LogLine {
                at: "2026-11-21T12:00:00".into(),
                at_us: Some(1),
                number: Some(35_206),
                text: "A connection timeout has occurred".into(),
            })))
            .ends(None)
            .finish()
    }

    #[test]
    fn what_the_server_says_of_the_other_is_said_with_its_error() {
        let log = with("DISCONNECTED", -7_200_000_000);
        let finding = expect(
            &log,
            "replica_disconnected",
            Confidence::Likely,
            Outcome::Problem,
        );
        for part in [
            "10060, 2 h before this run began",
            "35206 at 2026-11-21T12:00:00",
        ] {
            assert!(finding.explanation.contains(part), "{finding:?}");
        }
        expect_no(&log, "replica_last_error");
    }

    #[test]
    fn an_old_error_of_a_connected_one_is_only_worth_knowing() {
        let log = with("CONNECTED", 5_000_000);
        let finding = expect_beside(&log, "replica_last_error");
        assert!(
            finding.explanation.contains("at 5 s of this run"),
            "{finding:?}"
        );
        expect_no(&log, "replica_disconnected");
    }
}
