//! The database look-up: whether `master` lists the database that the plan names, asked by the driver with the
//! name as a parameter.
//!
//! ```text
//! own login: in, or refused for its database ──▶ login to `master` ──routed──▶ the same there ──▶ the entry
//!            refused for its user, or no answer ──▶ skipped: nobody would be let into `master` either
//! ```
//! It costs one login at most, and none where that could count as a failed one without need.

use super::driver::Work;
use super::{LOGIN_FAILED, Unanswered, ask, unable};
use crate::course::Came;
use crate::failure::Failure;
use crate::hop::Hop;
use crate::login::attempts::own_purpose;
use crate::login::{Reached, reach};
use crate::policy::Purpose;
use crate::record::{Place, StepLog, Try};
use crate::redirect::{self, Way};
use crate::signer::Signer;
use model::{FailureCode, PlanLogin, StepKind};
use tokio::time::Instant;

const MASTER: &str = "master";
/// Numbers with which a server refuses a database to a login that it knows.
const ABOUT_DATABASE: [i32; 10] = [
    911, 916, 4_060, 4_064, 40_197, 40_501, 40_608, 40_613, 42_108, 42_119,
];
/// States of 18456 that say the same.
const STATES_ABOUT_DATABASE: [u8; 8] = [16, 27, 28, 38, 40, 46, 50, 126];

/// Makes the step, when the plan names a database other than `master` and signs in to it.
pub(crate) async fn make(first: &Hop<'_>) {
    let run = first.run;
    let plan = run.plan;
    let database = plan.target.database.trim();
    if database.is_empty()
        || database.eq_ignore_ascii_case(MASTER)
        || matches!(plan.login, PlanLogin::None | PlanLogin::Dummy)
    {
        return;
    }
    let skip = |code, why| {
        let (kind, place) = (StepKind::DatabaseLookup, Place::default());
        run.recorder
            .skip(kind, place, first.subject(None), code, why);
    };
    let signer = match first.signer() {
        Ok(signer) => signer,
        Err(unsigned) => return skip(unsigned.code.clone(), unsigned.why),
    };
    if let Some((code, why)) = unable(signer) {
        return skip(code, Some(why));
    }
    match run.course.came() {
        Some(Came::In) => {}
        Some(Came::Refused(errors)) if is_about_database(&errors) => {}
        Some(Came::Refused(_)) => {
            let why = "the login itself was refused, and another could count against it";
            return skip(FailureCode::NotReached, Some(why));
        }
        Some(Came::ToNothing) | None => return skip(FailureCode::NotReached, None),
    }
    let hop = Hop {
        port: first
            .port
            .or_else(|| run.course.reached().map(|endpoint| endpoint.port())),
        purpose: own_purpose(first),
        database: MASTER.to_owned(),
        ..first.clone()
    };
    let (place, subject) = (Place::default(), hop.subject(None));
    let step = run.recorder.start(StepKind::DatabaseLookup, place, subject);
    let started = Instant::now();
    let (local, result) = look(hop, signer, step, database).await;
    let failure = match result {
        Ok(true) => None,
        Ok(false) => Some(Failure {
            code: FailureCode::DatabaseNotListed,
            detail: None,
        }),
        Err(failure) if failure.code == FailureCode::LoginBudgetSpent => {
            return step.skipped(failure.code, failure.detail.as_deref());
        }
        Err(failure) => Some(failure),
    };
    step.attempt(Try::over(1, started, local, failure.as_ref()));
    step.end(failure.as_ref());
}

/// Asks, where the server routes to if it does; whether the entry is there.
async fn look<'a>(
    mut hop: Hop<'a>,
    signer: &Signer,
    step: StepLog<'a>,
    database: &str,
) -> (Option<String>, Result<bool, Failure>) {
    let mut way: Way = vec![redirect::stop(&hop.host, hop.port)];
    loop {
        let Reached { ready, endpoint } = match reach(&hop, Some(signer), step, 1).await {
            Ok(reached) => reached,
            Err(failure) => return (None, Err(failure)),
        };
        let local = Some(ready.connection.local().to_owned());
        let work = Work::Database(database.to_owned());
        let failed = match ask(&hop, signer, step, ready, work).await {
            Ok(found) => return (local, Ok(found)),
            Err(Unanswered::Driver(failed)) => failed,
            Err(Unanswered::Other(failure)) => return (local, Err(failure)),
        };
        let Some((host, port)) = failed.routed else {
            let code = match failed.number {
                Some(LOGIN_FAILED) => FailureCode::LoginRejected,
                _ => FailureCode::QueryFailed,
            };
            return (local, Err(Failure::new(code, failed.text)));
        };
        hop = Hop {
            host,
            port: Some(port),
            purpose: Purpose::Redirect { from: endpoint },
            ..hop
        };
        if let Some((code, why)) = redirect::refused(&hop, &way) {
            return (local, Err(Failure::new(code, why)));
        }
        way.push(redirect::stop(&hop.host, hop.port));
    }
}

/// Whether the server refused the database rather than the login.
fn is_about_database(errors: &[(i32, u8)]) -> bool {
    match errors.first() {
        Some((LOGIN_FAILED, state)) => STATES_ABOUT_DATABASE.contains(state),
        Some((number, _)) => ABOUT_DATABASE.contains(number),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_about_database;

    #[test]
    fn only_a_refused_database_is_worth_a_login_to_master() {
        let table: [(&[(i32, u8)], bool); 8] = [
            (&[(4_060, 1), (18_456, 1)], true),
            (&[(916, 2)], true),
            (&[(40_613, 1)], true),
            (&[(18_456, 38)], true),
            (&[(18_456, 1)], false),
            (&[(18_456, 8)], false),
            (&[(40_615, 1)], false),
            (&[], false),
        ];
        for (errors, expected) in table {
            assert_eq!(is_about_database(errors), expected, "{errors:?}");
        }
    }
}
