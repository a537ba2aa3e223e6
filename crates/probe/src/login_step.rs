//! The login step at one address: attempts until it is decided, a transient refusal tried again after the
//! plan's delays, each attempt on a connection of its own.
//!
//! ```text
//! attempt ──accepted──▶ ok
//!    │ ├─rejected, transient, a delay left──▶ wait ──▶ attempt (new connection)
//!    │ ├─rejected──▶ failed, decided
//!    │ └─connection failed──▶ after a transient refusal: as above; else failed, the next address may try
//!    └─budget spent──▶ skipped, decided
//! ```

use crate::failure::Failure;
use crate::hop::{Credentials, Hop, HopEnd, Ready};
use crate::login::{self, Decision, LOGIN_FAILED, Request};
use crate::record::{StepLog, Try};
use crate::run::wait;
use model::{Closer, FailureCode, Observation};
use std::net::SocketAddr;
use tokio::time::{Instant, sleep};

/// Retries, whatever a plan says.
const MOST_RETRIES: usize = 10;

/// Makes the step.
///
/// # Errors
/// When the connection failed rather than the login.
pub(crate) async fn make<'a>(
    hop: &Hop<'a>,
    credentials: Credentials<'a>,
    endpoint: SocketAddr,
    step: StepLog<'a>,
    mut ready: Option<Ready<'a>>,
) -> Result<HopEnd, Failure> {
    let run = hop.run;
    let mut delays = run.plan.options.retry_delays_ms.iter().take(MOST_RETRIES);
    let mut transient: Option<i32> = None;
    let mut last: Option<Failure> = None;
    for number in 1_u32.. {
        if !run.context.budget.may_try(endpoint, credentials.user) {
            if let Some(ready) = ready {
                let mut connection = ready.connection;
                connection.used_by(step, number);
                connection.close(Closer::Us).await;
            }
            let failure = match last {
                // What the server said explains more than why it is not asked again.
                Some(failure) => {
                    step.failed(failure.code.clone(), failure.detail.as_deref());
                    failure
                }
                None => {
                    let failure = spent();
                    step.skipped(failure.code.clone(), failure.detail.as_deref());
                    failure
                }
            };
            return Ok(HopEnd::Ended(Some(failure)));
        }
        let started = Instant::now();
        let connected = match ready.take() {
            Some(ready) => Ok(ready),
            None => hop.connect_again(endpoint, step, number).await,
        };
        let (local, decision) = match connected {
            Err(failure) => (None, Err(failure)),
            Ok(ready) => attempt(hop, credentials, step, number, ready).await,
        };
        let failure = match &decision {
            Ok(Decision::Accepted(_)) => None,
            Ok(Decision::Rejected { failure, .. }) | Err(failure) => Some(failure.clone()),
        };
        step.attempt(Try {
            number,
            started,
            ended: Instant::now(),
            code: failure.as_ref().map(|failure| failure.code.clone()),
            local,
            detail: failure.as_ref().and_then(|failure| failure.detail.clone()),
        });
        let Some(failure) = failure else {
            step.ok();
            let routing = match decision {
                Ok(Decision::Accepted(routing)) => routing,
                _ => None,
            };
            return Ok(match routing {
                Some(to) => HopEnd::Routed { from: endpoint, to },
                None => HopEnd::Accepted(endpoint),
            });
        };
        let connection_failed = decision.is_err() && login::is_connection_failure(&failure.code);
        if let Ok(Decision::Rejected { numbers, .. }) = &decision {
            // Behind another number it only says that the login came to nothing.
            if numbers.first() == Some(&LOGIN_FAILED) {
                run.context.budget.failed(endpoint, credentials.user);
            }
            transient = numbers
                .iter()
                .copied()
                .find(|number| target::is_transient(*number));
        }
        let again = decision.is_ok() || connection_failed;
        match (transient, delays.next()) {
            (Some(reason), Some(delay_ms)) if again => {
                let delay_ms = *delay_ms;
                step.observe(
                    Some(number),
                    Observation::RetryScheduled {
                        number: reason,
                        delay_ms,
                    },
                );
                sleep(wait(delay_ms)).await;
                last = Some(failure);
            }
            _ => {
                step.failed(failure.code.clone(), failure.detail.as_deref());
                return if connection_failed && transient.is_none() {
                    Err(failure)
                } else {
                    Ok(HopEnd::Ended(Some(failure)))
                };
            }
        }
    }
    Ok(HopEnd::Ended(None))
}

fn spent() -> Failure {
    Failure::new(
        FailureCode::LoginBudgetSpent,
        "too many logins failed here lately; another could lock the account",
    )
}

/// One LOGIN7 on one connection.
async fn attempt<'a>(
    hop: &Hop<'a>,
    credentials: Credentials<'a>,
    step: StepLog<'a>,
    number: u32,
    ready: Ready<'a>,
) -> (Option<String>, Result<Decision, Failure>) {
    let mut connection = ready.connection;
    connection.used_by(step, number);
    let request = Request {
        server_name: &hop.host,
        database: &hop.database,
        user: credentials.user,
        secret: credentials.secret,
        application: &hop.run.application,
        encrypted: ready.encrypted,
    };
    let deadline = Instant::now() + hop.run.limits.login;
    let decision = login::exchange(&mut connection, &request, deadline).await;
    let local = connection.local().to_owned();
    connection.close(Closer::Us).await;
    (Some(local), decision)
}
