//! `database_missing`: the server takes the login but cannot open the database (4060).
//!
//! Likely: the same number stands for a name that does not exist, a user that may not open it, and a database
//! that is away for a moment. The retries rule the last out as far as they reach.

use super::{Rule, common};
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::one_line;
use model::{Confidence, DatabaseEntry, Finding, Observation, Owner, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let refusal = common::refusal(case)?;
    if !matches!(refusal.error.number, 4060 | 4063 | 911) {
        return None;
    }
    let database = one_line(case.database(), 128);
    let listed = listed(case);
    let mut draft = Draft::problem("database_missing", Owner::Dba)
        .title(match &listed {
            Some((_, _, entry)) if entry.found => {
                format!("Database {database} is there, but this login cannot open it.")
            }
            Some(_) => format!("The server does not list a database {database} for this login."),
            None => format!("The server cannot open database {database} for this login."),
        })
        .because(format!("{}.", common::quoted(refusal.error)))
        .because(common::tried(&refusal.step))
        .because("Name, TCP and TLS work, and the server knows who asks.")
        .because(match &listed {
            Some((_, _, entry)) if entry.found => format!(
                "The list in master has it, in state {}.",
                one_line(entry.state.as_deref().unwrap_or("unknown"), 40)
            ),
            Some(_) => "master was read with the same login: its list does not have that name. A login without rights sees \
                        only part of the list."
                .to_owned(),
            None => String::new(),
        })
        .sure(if listed.as_ref().is_some_and(|(_, _, entry)| entry.found) {
            Confidence::Proven
        } else {
            Confidence::Likely
        })
        .then(format!(
            "Check the database's name ({database}), and that it is on this server and online."
        ))
        .then(format!(
            "Check that {} is a user of that database.",
            case.who()
        ))
        .then("If the database exists, it may be failing over or waking up: run again in a minute.")
        .then(common::advice(refusal.error.number))
        .link(links::COMMON_ERRORS)
        .link(links::ERROR_LIST)
        .rests_on_all(&refusal.step)
        .cite(refusal.step.id, [refusal.seq]);
    if let Some((step, seq, _)) = listed {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

/// What the list of databases in `master` says of it.
fn listed<'a>(case: &Case<'a>) -> Option<(StepRef<'a>, u64, &'a DatabaseEntry)> {
    case.of(StepKind::DatabaseLookup).find_map(|step| {
        let (seq, entry) = step.find(|seen| match seen {
            Observation::DatabaseEntry(entry) => Some(entry),
            _ => None,
        })?;
        Some((step, seq, entry))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, error, expect};
    use model::{Confidence::*, DatabaseEntry, FailureCode::*, Observation, Outcome, StepKind};

    #[test]
    fn named_and_tried_more_than_once() {
        let ep = "20.61.99.193:1433";
        let text = "Cannot open database \"orders\" requested by the login. The login failed.";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, Some(LoginRejected))
            .attempt(1, Some(LoginRejected))
            .seen_in(1, error(4060, 1, text))
            .attempt(2, Some(LoginRejected))
            .seen_in(2, error(4060, 1, text))
            .seen_in(2, error(18456, 1, "Login failed for user 'reader'."))
            .finish();
        let verdict = expect(&log, "database_missing", Likely, Outcome::Problem);
        assert!(verdict.title.contains("orders"));
        assert!(verdict.explanation.contains("tried 2 times"));
    }

    #[test]
    fn the_list_in_master_is_the_contrast() {
        let ep = "20.61.99.193:1433";
        let log = |found: bool| {
            Log::new()
                .signed_in()
                .secured(ep)
                .login(ep, Some(LoginRejected))
                .error(4060, 1, "Cannot open database.")
                .running(StepKind::DatabaseLookup, ep)
                .seen(Observation::DatabaseEntry(DatabaseEntry {
                    name: "orders".into(),
                    found,
                    state: found.then(|| "ONLINE".into()),
                }))
                .ends((!found).then_some(DatabaseNotListed))
                .finish()
        };
        let verdict = expect(&log(true), "database_missing", Proven, Outcome::Problem);
        assert!(verdict.title.contains("is there") && verdict.explanation.contains("ONLINE"));
        let verdict = expect(&log(false), "database_missing", Likely, Outcome::Problem);
        assert!(verdict.title.contains("does not list"));
    }
}
