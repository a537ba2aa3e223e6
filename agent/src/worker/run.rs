//! One run, from its claim to its last event on disk.
//!
//! ```text
//! claim ──▶ registered ──▶ spool file made ──▶ secret opened ──▶ probing ──▶ over ──▶ writer closed
//!                                │                   └──refused──▶ one failed step ──▶ ┘
//!                                └──disk fails──▶ given up: the portal sees the lease expire
//! ```
//!
//! The poster works beside it from the first event on, and is what ends the lease.

use super::{Shared, poster};
use crate::VERSION;
use crate::journal::RunJournal;
use crate::making::{Making, event};
use crate::secret::{Boxes, SecretRefused};
use crate::sink::{BACKLOG, RunSink};
use crate::skew::Skew;
use crate::spool::{Beside, Heading, Progress, Writer};
use model::agent_api::Claim;
use model::{AgentEvent, EventBody, FailureCode, StepId, StepKind, StepState, Subject};
use probe::Sink as _;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

/// Events that go to the disk together, at most.
const TOGETHER: usize = 200;

/// Makes the run that was claimed, unless it is made already.
pub(super) fn begin(shared: &Arc<Shared>, claim: Claim) {
    let Some(cancel) = shared.registry.enter(claim.lease, true) else {
        return;
    };
    let span = tracing::info_span!("run", run = %claim.run, lease = %claim.lease);
    let (shared, tasks) = (shared.clone(), shared.tasks.clone());
    tasks.spawn(make(shared, claim, cancel).instrument(span));
}

async fn make(shared: Arc<Shared>, claim: Claim, cancel: CancellationToken) {
    let started = Instant::now();
    let skew = Skew::between(shared.clock.now(), shared.now());
    let heading = Heading::new(claim.run, claim.lease, skew);
    let (dir, room) = (shared.spool_dir.clone(), shared.room.clone());
    let made = tokio::task::spawn_blocking(move || Writer::create(&dir, &heading, room)).await;
    let writer = match made {
        Ok(Ok(writer)) => writer,
        Ok(Err(error)) => {
            tracing::error!(%error, "the spool file could not be made; the run is not");
            return shared.registry.give_up(claim.lease);
        }
        Err(_) => return shared.registry.give_up(claim.lease),
    };
    tracing::info!("run begins");

    let (progress, followed) = watch::channel(writer.progress());
    let path = writer.path().to_owned();
    let (queue, events) = mpsc::channel(BACKLOG);
    let writing = tokio::task::spawn_blocking({
        let cancel = cancel.clone();
        move || write(writer, events, &progress, &cancel)
    });
    let lease = claim.lease;
    let posting = poster::begin(&shared, heading, path, followed);

    match shared.secrets.take(&claim, shared.now()) {
        Ok(secrets) => {
            let mut context = shared.context.clone();
            let beside = Beside::new(&shared.spool_dir, lease, shared.room.clone());
            context.keep = Some(Arc::new(beside));
            let claimed = Some((lease, Boxes::of(&claim)));
            let dir = &shared.journal_dir;
            let journal = RunJournal::new(dir, &claim.plan, claimed, shared.clock.now());
            context.journal = Arc::new(journal);
            let making = Making {
                context,
                queue,
                skew,
                started,
                cancel,
                cancel_grace: shared.timing.cancel_grace,
                stop: shared.stop.clone(),
            };
            making.make(claim.plan, secrets).await;
        }
        Err(refused) => refuse(&claim, &refused, (queue, skew), started).await,
    }
    shared.registry.probed(lease);
    // The queue is closed now, unless the agent stops; the writer ends with what is in it.
    let _ = writing.await;
    let _ = posting.await;
    shared.over.notify_one();
    tracing::info!(
        elapsed_ms = started.elapsed().as_millis(),
        "run handed over"
    );
}

/// The run of a plan whose secret may not be used: nothing is sent to anyone, and the log says why.
async fn refuse(
    claim: &Claim,
    refused: &SecretRefused,
    (queue, skew): (mpsc::Sender<AgentEvent>, Skew),
    started: Instant,
) {
    tracing::warn!(reason = refused.0, "sealed secret refused");
    let step = StepId(1);
    let sink = RunSink::new(queue, skew, None);
    for body in [
        EventBody::RunStarted {
            agent_version: VERSION.to_owned(),
            clock_ahead_ms: None,
        },
        EventBody::StepStarted {
            step,
            parent: None,
            step_kind: StepKind::TdsLogin,
            hop: 0,
            subject: Subject {
                host: Some(claim.plan.target.host.clone()),
                port: claim.plan.target.port,
                ..Subject::default()
            },
        },
        EventBody::StepFinished {
            step,
            state: StepState::Failed,
            code: Some(FailureCode::SecretRefused),
            detail: Some(refused.0.clone()),
            elapsed_us: 0,
        },
    ] {
        sink.emit(event(started, body));
    }
    sink.end(|body| event(started, body), false).await;
}

/// Takes events to the disk, as many together as have gathered, until the queue closes. A disk that fails ends
/// the run.
fn write(
    mut writer: Writer,
    mut events: mpsc::Receiver<AgentEvent>,
    progress: &watch::Sender<Progress>,
    cancel: &CancellationToken,
) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while events.blocking_recv_many(&mut batch, TOGETHER) > 0 {
        match writer.append(&batch) {
            Ok(now) => {
                progress.send_replace(now);
            }
            Err(error) => {
                tracing::error!(%error, "the spool could not be written; the run ends");
                cancel.cancel();
                return;
            }
        }
        batch.clear();
    }
}
