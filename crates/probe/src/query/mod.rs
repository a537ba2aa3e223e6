//! The query step: the driver `tiberius` on a connection of its own to where the login ended.
//!
//! The driver never sees the network: it talks to a bridge in memory, which goes on over a connection that
//! this crate made, with the same PRELOGIN, the same TLS and the same certificate rule as every other. It runs
//! as a task of its own, so that a panic there is a failed step and nothing else.

mod bridge;
mod driver;

use crate::connection::Connection;
use crate::failure::Failure;
use crate::hop::{Credentials, Hop};
use crate::login::LOGIN_FAILED;
use crate::record::{Place, StepLog, Try};
use driver::{Said, Statement};
use model::{Closer, FailureCode, Observation, Phase, StepKind};
use std::net::SocketAddr;
use tokio::sync::mpsc;
use tokio::task::JoinError;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

/// What is asked, in order.
const STATEMENTS: [Statement; 2] = ["SELECT @@VERSION", "SELECT DB_NAME()"];

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

/// Makes the step.
pub(crate) async fn make<'a>(hop: &Hop<'a>, endpoint: SocketAddr) {
    let Some(credentials) = hop.credentials() else {
        return skip(hop, FailureCode::NoCredentials);
    };
    if !hop.run.plan.options.query {
        return skip(hop, FailureCode::NotAsked);
    }
    let recorder = hop.run.recorder;
    let step = recorder.start(StepKind::SqlQuery, place(hop), hop.subject(Some(endpoint)));
    if !hop.run.context.budget.may_try(endpoint, credentials.user) {
        return step.skipped(FailureCode::LoginBudgetSpent, None);
    }
    let started = Instant::now();
    let (local, result) = match hop.connect_again(endpoint, step, 1).await {
        Err(failure) => (None, Err(failure)),
        Ok(ready) => {
            let local = ready.connection.local().to_owned();
            let result = ask(hop, credentials, step, ready.connection).await;
            (Some(local), result)
        }
    };
    let failure = result.err();
    step.attempt(Try {
        number: 1,
        started,
        ended: Instant::now(),
        code: failure.as_ref().map(|failure| failure.code.clone()),
        local,
        detail: failure.as_ref().and_then(|failure| failure.detail.clone()),
    });
    match failure {
        None => step.ok(),
        Some(failure) => step.failed(failure.code, failure.detail.as_deref()),
    }
}

/// Runs the driver over the connection until it is done, broken or late.
async fn ask<'a>(
    hop: &Hop<'a>,
    credentials: Credentials<'a>,
    step: StepLog<'a>,
    mut connection: Connection<'a>,
) -> Result<(), Failure> {
    let deadline = Instant::now() + hop.run.limits.query;
    let Some(mut io) = connection.take() else {
        return Err(Failure::new(
            FailureCode::Internal,
            "the connection is gone",
        ));
    };
    connection.begin(Phase::Login);
    let (near, far) = tokio::io::duplex(bridge::BUFFER);
    let (say, mut said) = mpsc::unbounded_channel();
    let login = driver::Login {
        host: hop.host.clone(),
        port: connection.endpoint().port(),
        database: hop.database.clone(),
        application: hop.run.application.clone(),
        user: credentials.user.to_owned(),
        secret: credentials.secret.clone(),
        limit: hop.run.limits.query,
    };
    let task = tokio::spawn(driver::ask(login, far, &STATEMENTS, say));
    let task = AbortOnDropHandle::new(task);
    let work = async {
        let listen = async {
            while let Some(said) = said.recv().await {
                hear(&mut connection, step, said);
            }
            task.await
        };
        tokio::pin!(listen);
        tokio::select! {
            ended = &mut listen => ended,
            // The driver notices by itself that its end is closed.
            () = bridge::carry(near, &mut io) => listen.await,
        }
    };
    let ended = timeout_at(deadline, work).await;
    connection.put(io);
    let result = match ended {
        Err(_) => {
            connection.broken(crate::connection::Broken::TimedOut);
            Err(Failure::new(FailureCode::QueryTimeout, "no answer in time"))
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
                budget.failed(connection.endpoint(), credentials.user);
            }
            verdict(ended)
        }
    };
    connection.close(Closer::Us).await;
    result
}

/// What the driver's end means; a panic there is only a failed step.
fn verdict(ended: Result<Result<(), driver::Failed>, JoinError>) -> Result<(), Failure> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failed)) => Err(Failure::new(FailureCode::QueryFailed, failed.text)),
        Err(error) if error.is_panic() => Err(Failure::new(
            FailureCode::DriverPanicked,
            "the driver ended in a panic, which was contained",
        )),
        Err(error) => Err(Failure::new(FailureCode::Internal, error.to_string())),
    }
}

fn hear(connection: &mut Connection<'_>, step: StepLog<'_>, said: Said) {
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
    }
}

#[cfg(test)]
mod tests {
    use super::{driver::Failed, verdict};
    use model::FailureCode;

    #[tokio::test]
    async fn a_driver_that_panics_is_a_failed_step() {
        let ended = tokio::spawn(async { panic!("as a hostile server may have it") }).await;
        let failure = verdict(ended).expect_err("a failure");
        assert_eq!(failure.code, FailureCode::DriverPanicked);
    }

    #[test]
    fn the_driver_s_own_error_keeps_its_words() {
        let failed = Failed {
            number: Some(916),
            text: "not able to access the database".to_owned(),
        };
        let failure = verdict(Ok(Err(failed))).expect_err("a failure");
        assert_eq!(failure.code, FailureCode::QueryFailed);
        assert_eq!(
            failure.detail.as_deref(),
            Some("not able to access the database")
        );
    }
}
