//! Logins, or logins and queries, begun at a fixed rate whatever the earlier ones do; every outcome is kept. Nothing
//! is tried again here: what a retry would have made of it, the rules replay.
//!
//! ```text
//! every ──┬─ fewer under way than allowed ──▶ operation: name, TCP, TLS, login [, SELECT 1], close
//!         └─ as many as allowed ──▶ passed over, and counted
//! ```
//! A login that is refused for its user or password ends the loop: the next could lock the account.

mod book;

use super::held_connection::HeldConnection;
use super::lag::Lag;
use super::trouble::Trouble;
use crate::failure::Failure;
use crate::hop::Hop;
use crate::record::{Aside, Place, StepLog, micros_between};
use crate::run::wait;
pub(super) use book::Voice;
use book::{Book, Done};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::StepKind;
use model::lasting::RetryLoop;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

/// How often what worked is told.
const MINUTE: Duration = Duration::from_secs(60);
/// The smallest statement that needs an answer.
pub(super) const STATEMENT: &str = "SELECT 1";

/// Makes the step.
pub(super) async fn make(first: &Hop<'_>, asked: &RetryLoop) {
    let kind = StepKind::RetryLoop;
    let hop = match super::trying_ground(first) {
        Ok(hop) => hop,
        Err(failure) => return super::skip(first, kind, &failure),
    };
    let recorder = first.run.recorder;
    let step = recorder.start(kind, Place::default(), hop.subject(None));
    match go_round(&hop, step, asked, Voice::Loop).await {
        None => step.ok(),
        Some(failure) => step.failed(failure.code, failure.detail.as_deref()),
    }
}

/// Until its time is over; why it ended before that.
pub(super) async fn go_round<'a>(
    hop: &Hop<'a>,
    step: StepLog<'a>,
    asked: &RetryLoop,
    voice: Voice,
) -> Option<Failure> {
    let lag = Lag::new();
    tokio::select! {
        biased;
        ended = one_by_one(hop, step, asked, voice, &lag) => ended,
        never = lag.watch() => never,
    }
}

async fn one_by_one<'a>(
    hop: &Hop<'a>,
    step: StepLog<'a>,
    asked: &RetryLoop,
    voice: Voice,
    lag: &Lag,
) -> Option<Failure> {
    let begun = Instant::now();
    let end = begun + Duration::from_millis(asked.lasts_ms);
    let mut rate = interval_at(begun, wait(asked.every_ms.max(1)));
    rate.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut minutes = interval_at(begun + MINUTE, MINUTE);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let at_once = asked.at_once.clamp(1, 10) as usize;
    let mut book = Book::new(step, voice);
    let mut under_way = FuturesUnordered::new();
    let (mut operations, mut over) = (0_u64, false);
    while !over || !under_way.is_empty() {
        tokio::select! {
            biased;
            Some(done) = under_way.next(), if !under_way.is_empty() => {
                let done: Done = done;
                book.take(&done);
                if let Some(trouble) = done.trouble.filter(Trouble::is_final) {
                    return Some(trouble.into_failure());
                }
            }
            () = sleep_until(end), if !over => over = true,
            _ = minutes.tick() => book.turn(),
            _ = rate.tick(), if !over => {
                if under_way.len() >= at_once {
                    book.passed_over();
                } else {
                    operations += 1;
                    under_way.push(operation(hop, step, operations, asked.query, lag));
                    book.at_once(under_way.len());
                }
            }
        }
    }
    None
}

/// One operation, from the name to the answer.
async fn operation<'a>(
    hop: &Hop<'a>,
    step: StepLog<'a>,
    number: u64,
    query: bool,
    lag: &Lag,
) -> Done {
    let aside = Aside::default();
    let started = Instant::now();
    let (trouble, session) = attempt(hop, step.aside(&aside), &aside, query).await;
    let done = Done {
        operation: number,
        started_us: step.recorder().micros(started),
        elapsed_us: micros_between(started, Instant::now()),
        lag_max_us: lag.since(started).worst_us,
        trouble,
        endpoint: session
            .as_ref()
            .map(|session| session.endpoint().to_string()),
    };
    if let Some(session) = session {
        session.close().await;
    }
    done
}

async fn attempt<'b>(
    hop: &Hop<'b>,
    log: StepLog<'b>,
    aside: &Aside,
    query: bool,
) -> (Option<Trouble>, Option<HeldConnection<'b>>) {
    let mut session = match HeldConnection::open(hop.clone(), log, 1).await {
        Ok(session) => session,
        Err(not_there) => return (Some(Trouble::opening(not_there.failure, aside)), None),
    };
    if !query {
        return (None, Some(session));
    }
    let deadline = Instant::now() + hop.run.limits.query;
    let trouble = match session.query(STATEMENT, deadline).await {
        Ok(reply) => {
            let errors: Vec<_> = reply.errors().cloned().collect();
            (!errors.is_empty()).then(|| Trouble::told(&errors))
        }
        Err(lost) => Some(Trouble::losing(&lost)),
    };
    let trouble = trouble.map(|trouble| trouble.between(session.local(), session.endpoint()));
    (trouble, Some(session))
}
