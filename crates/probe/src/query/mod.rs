//! The query step: the driver `tiberius` on a connection of its own to where the login ended.
//!
//! The driver never sees the network: it talks to a bridge in memory, which goes on over a connection that
//! this crate made, with the same PRELOGIN, the same TLS and the same certificate rule as every other. It runs
//! as a task of its own, so that a panic there is a failed step and nothing else.

mod bridge;
mod driver;
pub(crate) mod lookup;

use crate::connection::Connection;
use crate::failure::Failure;
use crate::hop::{Hop, Ready};
use crate::login::LOGIN_FAILED;
use crate::record::{Place, StepLog, Try};
use crate::signer::Signer;
use driver::{Said, Statement, Who, Work};
use model::{Closer, DatabaseEntry, FailureCode, Observation, Phase, StepKind};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinError;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

/// What is asked, in order.
const STATEMENTS: [Statement; 2] = ["SELECT @@VERSION", "SELECT DB_NAME()"];

/// What the driver's own limit is over ours, so that ours is the one that ends a wait.
const GRACE: Duration = Duration::from_secs(5);

/// Records that there is no query, and why.
pub(crate) fn skip(hop: &Hop<'_>, code: FailureCode) {
    let recorder = hop.run.recorder;
    recorder.skip(
        StepKind::SqlQuery,
        place(hop),
        hop.subject(None),
        code,
        None,
    );
}

fn place(hop: &Hop<'_>) -> Place {
    Place {
        hop: hop.place.hop,
        parent: None,
    }
}

/// Why the driver cannot log in at all, if it cannot.
fn unable(signer: &Signer) -> Option<(FailureCode, &'static str)> {
    let why = "queries are made by a driver that has no Windows authentication here; the login itself was made";
    matches!(signer, Signer::Integrated(_)).then_some((FailureCode::NotBuiltIn, why))
}

/// Makes the step.
pub(crate) async fn make<'a>(hop: &Hop<'a>, endpoint: SocketAddr) {
    let signer = match hop.signer() {
        Ok(signer) => signer,
        Err(unsigned) => return skip(hop, unsigned.code.clone()),
    };
    if !hop.run.plan.options.query {
        return skip(hop, FailureCode::NotAsked);
    }
    let recorder = hop.run.recorder;
    if let Some((code, why)) = unable(signer) {
        let (kind, place) = (StepKind::SqlQuery, place(hop));
        return recorder.skip(kind, place, hop.subject(Some(endpoint)), code, Some(why));
    }
    let step = recorder.start(StepKind::SqlQuery, place(hop), hop.subject(Some(endpoint)));
    if !hop.run.context.budget.may_try(endpoint, signer.user()) {
        return step.skipped(FailureCode::LoginBudgetSpent, None);
    }
    let started = Instant::now();
    let (local, result) = match hop.connect_again(endpoint, step, 1).await {
        Err(failure) => (None, Err(failure)),
        Ok(ready) => {
            let local = ready.connection.local().to_owned();
            let asked = ask(hop, signer, step, ready, Work::Statements(&STATEMENTS)).await;
            (Some(local), asked.map(drop).map_err(Failure::from))
        }
    };
    let failure = result.err();
    step.attempt(Try::over(1, started, local, failure.as_ref()));
    step.end(failure.as_ref());
}

/// Runs the driver over the connection until it is done, broken or late; whether it found what it looked for.
async fn ask<'a>(
    hop: &Hop<'a>,
    signer: &Signer,
    step: StepLog<'a>,
    ready: Ready<'a>,
    work: Work,
) -> Result<bool, Unanswered> {
    let mut connection = ready.connection;
    let Some(who) = who(signer).await else {
        connection.close(Closer::Us).await;
        let none = Failure::new(FailureCode::NotReached, "there is no access token");
        return Err(Unanswered::Other(none));
    };
    let deadline = Instant::now() + hop.run.limits.query;
    let Some(mut io) = connection.take() else {
        let gone = Failure::new(FailureCode::Internal, "the connection is gone");
        return Err(Unanswered::Other(gone));
    };
    connection.begin(Phase::Login);
    let fed_auth = connection.fed_auth_required();
    let (near, far) = tokio::io::duplex(bridge::BUFFER);
    let (say, mut said) = mpsc::unbounded_channel();
    let login = driver::Login {
        host: hop.host.clone(),
        port: connection.endpoint().port(),
        database: hop.database.clone(),
        application: hop.run.application.clone(),
        who,
        limit: hop.run.limits.query + GRACE,
    };
    let task = tokio::spawn(driver::ask(login, far, work, say));
    let task = AbortOnDropHandle::new(task);
    let mut found = true;
    let asking = async {
        let listen = async {
            while let Some(said) = said.recv().await {
                if matches!(said, Said::Entry(None)) {
                    found = false;
                }
                hear(hop, &mut connection, step, said);
            }
            task.await
        };
        tokio::pin!(listen);
        tokio::select! {
            ended = &mut listen => ended,
            // The driver notices by itself that its end is closed.
            () = bridge::carry(near, &mut io, fed_auth) => listen.await,
        }
    };
    let ended = timeout_at(deadline, asking).await;
    connection.put(io);
    let result = match ended {
        Err(_) => {
            connection.broken(crate::connection::Broken::TimedOut);
            let late = Failure::new(FailureCode::QueryTimeout, "no answer in time");
            Err(Unanswered::Other(late))
        }
        Ok(ended) => {
            if matches!(
                &ended,
                Ok(Err(driver::Failed {
                    number: Some(LOGIN_FAILED),
                    ..
                }))
            ) {
                let budget = &hop.run.context.budget;
                budget.failed(connection.endpoint(), signer.user());
            }
            verdict(ended)
        }
    };
    connection.close(Closer::Us).await;
    result.map(|()| found)
}

/// Why the driver brought no answer.
enum Unanswered {
    /// Its own error.
    Driver(driver::Failed),
    /// Anything else.
    Other(Failure),
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Driver(failed) => Self::new(FailureCode::QueryFailed, failed.text),
            Unanswered::Other(failure) => failure,
        }
    }
}

/// What the driver's end means; a panic there is only a failed step.
fn verdict(ended: Result<Result<(), driver::Failed>, JoinError>) -> Result<(), Unanswered> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failed)) => Err(Unanswered::Driver(failed)),
        Err(error) if error.is_panic() => Err(Unanswered::Other(Failure::new(
            FailureCode::DriverPanicked,
            "the driver ended in a panic, which was contained",
        ))),
        Err(error) => Err(Unanswered::Other(Failure::new(
            FailureCode::Internal,
            error.to_string(),
        ))),
    }
}

/// As whom the driver logs in; `None` before there is a token.
async fn who(signer: &Signer) -> Option<Who> {
    match signer {
        Signer::Sql { user, secret } => Some(Who::Password {
            user: user.clone(),
            secret: secret.clone(),
        }),
        Signer::Entra(tokens) => tokens.known().await.map(Who::Token),
        Signer::Integrated(_) => None,
    }
}

fn hear(hop: &Hop<'_>, connection: &mut Connection<'_>, step: StepLog<'_>, said: Said) {
    match said {
        Said::LoggedIn => connection.begin(Phase::Query),
        Said::Sending(sql) => step.observe(
            Some(1),
            Observation::StatementSent {
                sql: sql.to_owned(),
            },
        ),
        Said::Result { columns, rows } => {
            step.observe(Some(1), Observation::QueryResult { columns, rows });
        }
        Said::Entry(state) => step.observe(
            Some(1),
            Observation::DatabaseEntry(DatabaseEntry {
                name: hop.run.plan.target.database.clone(),
                found: state.is_some(),
                state,
            }),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, driver::Failed, verdict};
    use model::FailureCode;

    #[tokio::test]
    async fn a_driver_that_panics_is_a_failed_step() {
        let ended = tokio::spawn(async { panic!("as a hostile server may have it") }).await;
        let failure = Failure::from(verdict(ended).expect_err("a failure"));
        assert_eq!(failure.code, FailureCode::DriverPanicked);
    }

    #[test]
    fn the_driver_s_own_error_keeps_its_words() {
        let failed = Failed {
            number: Some(916),
            routed: None,
            text: "not able to access the database".to_owned(),
        };
        let failure = Failure::from(verdict(Ok(Err(failed))).expect_err("a failure"));
        assert_eq!(failure.code, FailureCode::QueryFailed);
        assert_eq!(
            failure.detail.as_deref(),
            Some("not able to access the database")
        );
    }
}
