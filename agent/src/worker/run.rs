//! One run, from its claim to its last event on disk.
//!
//! ```text
//! claim ──▶ registered ──▶ spool file made ──▶ secret opened ──▶ probing ──▶ over ──▶ writer closed
//!                                │                   └──refused──▶ one failed step ──▶ ┘
//!                                └──disk fails──▶ given up: the portal sees the lease expire
//! ```
//!
//! The poster works beside it from the first event on, and is what ends the lease.

use super::sink::{BACKLOG, RunSink};
use super::{Shared, poster};
use crate::VERSION;
use crate::secret::SecretRefused;
use crate::spool::{Heading, Progress, Writer};
use chrono::Utc;
use model::agent_api::Claim;
use model::{AgentEvent, EventBody, FailureCode, StepId, StepKind, StepState, Subject};
use probe::{Secret, Sink as _};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use zeroize::Zeroizing;

/// Events that go to the disk together, at most.
const TOGETHER: usize = 200;

/// Past the plan's deadline, which the probe keeps by itself, before the probe is dropped.
const DEADLINE_GRACE: Duration = Duration::from_secs(2);

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
    let heading = Heading::new(claim.run, claim.lease);
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

    let secret = shared.secrets.take(&claim, Utc::now());
    match secret {
        Ok(secret) => probe(&shared, claim, secret, queue, started, &cancel).await,
        Err(refused) => refuse(&claim, &refused, queue, started).await,
    }
    shared.registry.probed(lease);
    // The queue is closed now, unless the agent stops; the writer ends with what is in it.
    let _ = writing.await;
    let _ = posting.await;
    tracing::info!(
        elapsed_ms = started.elapsed().as_millis(),
        "run handed over"
    );
}

/// Runs the probe, as a task of its own so that nothing in it can take the agent down.
async fn probe(
    shared: &Shared,
    claim: Claim,
    secret: Option<Zeroizing<String>>,
    queue: mpsc::Sender<AgentEvent>,
    started: Instant,
    cancel: &CancellationToken,
) {
    let sink = Arc::new(RunSink::new(
        queue,
        secret.as_ref().map(|secret| secret.as_str()),
    ));
    let longest = Duration::from_millis(claim.plan.options.deadline_ms) + DEADLINE_GRACE;
    let mut work = tokio::spawn({
        let (sink, context, cancel) = (sink.clone(), shared.context.clone(), cancel.clone());
        let secret = secret.map(|secret| Secret::new(secret.as_str().to_owned()));
        async move { probe::run(&claim.plan, secret, &context, &*sink, cancel).await }
            .in_current_span()
    });
    let late = async {
        tokio::select! {
            () = tokio::time::sleep(longest) => {}
            () = async {
                cancel.cancelled().await;
                tokio::time::sleep(shared.timing.cancel_grace).await;
            } => {}
        }
    };
    tokio::select! {
        // The agent stops: no last word. The next process hands over what was seen, and says so.
        () = shared.stop.cancelled() => {
            work.abort();
            return;
        }
        ended = &mut work => {
            if let Err(error) = ended {
                tracing::error!(%error, "the probe ended badly");
            }
        }
        () = late => {
            tracing::error!("the probe did not end in time and is dropped");
            work.abort();
            let _ = work.await;
        }
    }
    sink.end(|body| event(started, body), cancel.is_cancelled())
        .await;
}

/// The run of a plan whose secret may not be used: nothing is sent to anyone, and the log says why.
async fn refuse(
    claim: &Claim,
    refused: &SecretRefused,
    queue: mpsc::Sender<AgentEvent>,
    started: Instant,
) {
    tracing::warn!(reason = refused.0, "sealed secret refused");
    let step = StepId(1);
    let sink = RunSink::new(queue, None);
    for body in [
        EventBody::RunStarted {
            agent_version: VERSION.to_owned(),
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

fn event(started: Instant, body: EventBody) -> AgentEvent {
    AgentEvent {
        at: Utc::now(),
        elapsed_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        body,
    }
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
