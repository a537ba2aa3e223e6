//! `query_failed`: the login worked, the query after it did not. `driver_panicked`: the driver that sends it
//! crashed, which says nothing about the server.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::{code_sentence, one_line};
use model::{Confidence, FailureCode, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::problem(failed);
pub(crate) const PANICKED: Rule = Rule::inconclusive(panicked);

fn failed(case: &Case<'_>) -> Option<Finding> {
    let stop = case
        .path
        .stop
        .as_ref()
        .filter(|stop| stop.stage == Stage::Query)?;
    let other = [
        FailureCode::QueryTimeout,
        FailureCode::DriverPanicked,
        FailureCode::LoginBudgetSpent,
        FailureCode::Cancelled,
        FailureCode::DeadlinePassed,
        FailureCode::Internal,
    ];
    if other.contains(&stop.code) {
        return None;
    }
    let step = stop.step()?;
    let error = common::decisive(&step);
    let words = match (error, step.detail.as_deref()) {
        (Some((_, error)), _) => format!("{}.", common::quoted(error)),
        (None, Some(words)) => format!("The words about it: “{}”.", one_line(words, 300)),
        (None, None) => code_sentence(&stop.code),
    };
    let number = error.map(|(_, error)| error.number);
    let mut draft = Draft::problem(
        "query_failed",
        number.map_or(Owner::Dba, |n| common::owner_of(case, n)),
    )
    .title("The login works, but the query after it fails.")
    .because(words)
    .because("The query goes over a connection of its own, opened after the login had worked.")
    .then(number.map_or("", common::advice))
    .then("Check what this login may do in this database, and the state of the database itself.")
    .then("Then run again from this agent.")
    .link(links::ERROR_LIST)
    .link(links::COMMON_ERRORS)
    .rests_on_all(&step);
    if let Some((seq, _)) = error {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

fn panicked(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped(Stage::Query, &FailureCode::DriverPanicked)?;
    let step = stop.step()?;
    Draft::new("driver_panicked", Severity::Warning, Owner::Nobody)
        .title("The login works; the driver that should send the query crashed.")
        .because("The crash was contained. It is a fault of the driver, brought out by what this server sent.")
        .because("What an application with another driver would see is not known from this.")
        .sure(Confidence::Possible)
        .then("Try the application's own driver against this server.")
        .then("Send AllFiles.zip to whoever maintains Linecheck: the run's events show what the server sent.")
        .link(links::CONNECTIVITY)
        .rests_on_all(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::*, FailureCode::*, Outcome};

    fn logged_in() -> Log {
        let ep = "20.61.99.193:1433";
        Log::new().signed_in().secured(ep).login(ep, None)
    }

    #[test]
    fn with_and_without_a_number() {
        let log = logged_in()
            .query(Some(QueryFailed))
            .error(978, 1, "Read-only intent is needed.")
            .finish();
        let verdict = expect(&log, "query_failed", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("Error 978"));
        assert!(verdict.recommendation[0].contains("ApplicationIntent=ReadOnly"));
        let log = logged_in().query(Some(TcpTimeout)).finish();
        let verdict = expect(&log, "query_failed", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("got no answer"));
    }

    #[test]
    fn a_driver_that_crashes_proves_nothing() {
        let log = logged_in().query(Some(DriverPanicked)).finish();
        expect(&log, "driver_panicked", Possible, Outcome::Inconclusive);
    }
}
