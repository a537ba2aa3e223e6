//! The session to another availability replica: a connect to its endpoint at every beat, and, with credentials, what
//! the own server says of it meanwhile. It begins however the run's own login went: who has no credentials has a port
//! to look at all the same.
//!
//! ```text
//!  own login over ── catalog, once ──┬─ beats   connect ─ connect ─ ╳ ─ ╳ ─ connect …   [`super::link`]
//!                    session time-out│  names   what the peer's name leads to
//!                                    │  states  the catalog again, what changed
//!                                    └─ lag     how late this process runs
//!                                    then the error log, for the time of the run
//! ```

mod beats;
mod book;
mod catalog;
mod clock;
mod log;
mod rows;
mod statements;

pub(crate) use statements::all as replica_questions;

use super::lag::Lag;
use crate::hop::Hop;
use crate::record::Place;
use crate::run::wait;
use catalog::Catalog;
use futures::future::join;
use model::lasting::{ReplicaFact, ReplicaSession, ReplicaWatch, TimeoutFrom};
use model::{Observation, StepKind, Subject};
use std::time::Duration;
use tokio::time::Instant;

/// Makes both steps.
pub(super) async fn make(first: &Hop<'_>, asked: &ReplicaSession) {
    let recorder = first.run.recorder;
    let mut catalog = Catalog::open(first, asked).await;
    let subject = Subject {
        host: Some(asked.peer.clone()),
        port: Some(asked.port),
        ..Subject::default()
    };
    let step = recorder.start(StepKind::ReplicaSession, Place::default(), subject);
    let (timeout_ms, timeout_from) = timeout(asked, &catalog);
    step.observe(
        None,
        Observation::Replica(ReplicaFact::Watch(ReplicaWatch {
            at_us: step.now_us(),
            every_ms: asked.every_ms,
            timeout_ms,
            timeout_from,
        })),
    );
    let end = Instant::now() + Duration::from_millis(asked.lasts_ms);
    let lag = Lag::new();
    let beating = beats::make(first, asked, wait(timeout_ms), step, &lag, end);
    let both = join(beating, catalog.watch(end));
    let failure = tokio::select! {
        biased;
        (failure, ()) = both => failure,
        never = lag.watch() => never,
    };
    step.end(failure.as_ref());
    catalog.close().await;
}

/// The session time-out in force, and where it comes from.
fn timeout(asked: &ReplicaSession, catalog: &Catalog<'_>) -> (u64, TimeoutFrom) {
    if let Some(entered) = asked.session_timeout_ms {
        return (entered, TimeoutFrom::Entered);
    }
    match catalog.session_timeout_ms() {
        Some(told) => (told, TimeoutFrom::Server),
        None => (ReplicaSession::USUAL_TIMEOUT_MS, TimeoutFrom::Usual),
    }
}
