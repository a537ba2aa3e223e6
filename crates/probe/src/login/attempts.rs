//! Further logins after the run's own, one after the other, each from the name to the last token.
//!
//! ```text
//! own login ended ──wait──▶ attempt ──wait──▶ attempt ──▶ …
//!                             └─ name, TCP, PRELOGIN, TLS, login ──routed──▶ the same there, in the same step
//! ```
//! Nothing is tried again within an attempt: each stands for what an application would have seen.

use super::walk;
use crate::failure::Failure;
use crate::hop::Hop;
use crate::policy::Purpose;
use crate::record::{Place, StepLog, Try};
use crate::run::{MOST_ATTEMPTS, wait};
use crate::signer::Signer;
use crate::tls;
use model::{Closer, FailureCode, StepKind};
use tokio::time::{Instant, sleep};

/// Makes the attempts that the plan asks for beyond the run's own login.
pub(crate) async fn make(first: &Hop<'_>) {
    let run = first.run;
    let options = &run.plan.options;
    let further = options
        .connection_attempts
        .min(MOST_ATTEMPTS)
        .saturating_sub(1);
    if further == 0 {
        return;
    }
    let skip = |code, why| {
        let (kind, place) = (StepKind::LoginAttempt, Place::default());
        run.recorder
            .skip(kind, place, first.subject(None), code, why);
    };
    let signer = match first.signer() {
        Ok(signer) => signer,
        Err(unsigned) => return skip(unsigned.code.clone(), unsigned.why),
    };
    if !tls::speaks(options.encryption) {
        let failure = tls::not_spoken(options.encryption);
        return skip(failure.code, failure.detail.as_deref());
    }
    let Some(reached) = run.course.reached() else {
        return skip(FailureCode::NotReached, None);
    };
    let first = Hop {
        port: first.port.or(Some(reached.port())),
        purpose: own_purpose(first),
        ..first.clone()
    };
    for left in (0..further).rev() {
        sleep(wait(options.attempt_delay_ms)).await;
        let (place, subject) = (Place::default(), first.subject(None));
        let step = run.recorder.start(StepKind::LoginAttempt, place, subject);
        let started = Instant::now();
        let (local, failure) = once(first.clone(), signer, step).await;
        if let Some(spent) = failure
            .as_ref()
            .filter(|failure| failure.code == FailureCode::LoginBudgetSpent)
        {
            let why = format!(
                "{}; further attempts that are left out as well: {left}",
                spent.detail.as_deref().unwrap_or_default()
            );
            return step.skipped(spent.code.clone(), Some(&why));
        }
        step.attempt(Try::over(1, started, local, failure.as_ref()));
        step.end(failure.as_ref());
    }
}

/// Why the port of a further login may be reached: SQL Browser told it, where the person did not.
pub(crate) fn own_purpose(first: &Hop<'_>) -> Purpose {
    match first.port {
        Some(_) => first.purpose,
        None => Purpose::Instance,
    }
}

/// One attempt, redirects followed; the local end of its last connection, and how it failed.
async fn once<'a>(
    hop: Hop<'a>,
    signer: &Signer,
    step: StepLog<'a>,
) -> (Option<String>, Option<Failure>) {
    match walk(hop, Some(signer), step, 1).await {
        Ok(ready) => {
            let local = ready.connection.local().to_owned();
            ready.connection.close(Closer::Us).await;
            (Some(local), None)
        }
        Err(not_there) => (not_there.local, Some(not_there.failure)),
    }
}
