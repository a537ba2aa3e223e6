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

use crate::course::Came;
use crate::failure::Failure;
use crate::hop::{Hop, HopEnd, Ready};
use crate::login::{self, Decision};
use crate::record::{StepLog, Try};
use crate::run::wait;
use crate::signer::Signer;
use model::{Closer, Observation};
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
    signer: &'a Signer,
    endpoint: SocketAddr,
    step: StepLog<'a>,
    mut ready: Option<Ready<'a>>,
) -> Result<HopEnd, Failure> {
    let run = hop.run;
    let mut delays = run.plan.options.retry_delays_ms.iter().take(MOST_RETRIES);
    let mut transient: Option<i32> = None;
    let mut last: Option<Failure> = None;
    for number in 1_u32.. {
        if !run.context.budget.may_try(endpoint, signer.user()) {
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
                    let failure = login::spent();
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
            Ok(ready) => login::sign_in(hop, signer, step, number, ready).await,
        };
        let failure = login::failure(&decision);
        run.course.note(match &decision {
            Ok(Decision::Accepted(_)) => Came::In,
            Ok(Decision::Rejected { errors, .. }) => Came::Refused(errors.clone()),
            Ok(Decision::WantsToken(_)) | Err(_) => Came::ToNothing,
        });
        step.attempt(Try::over(number, started, local, failure.as_ref()));
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
        if let Ok(Decision::Rejected { errors, .. }) = &decision {
            login::count(hop, signer, endpoint, errors);
            transient = errors
                .iter()
                .map(|(number, _)| *number)
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
