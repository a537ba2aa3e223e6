//! Making one run: the probe as a task of its own, its events scrubbed and queued, and always a last word.
//!
//! ```text
//! probing ──ends──────────────────────▶ last word
//!    ├──cancelled, or past its deadline, and does not end──▶ dropped ──▶ last word
//!    └──the agent stops──▶ dropped, without one: the next process says so
//! ```

use crate::secret::Opened;
use crate::sink::RunSink;
use crate::skew::Skew;
use chrono::Utc;
use model::{AgentEvent, EventBody, Plan};
use probe::Sink as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

/// Past the plan's deadline, which the probe keeps by itself, before the probe is dropped.
const DEADLINE_GRACE: Duration = Duration::from_secs(2);

/// What a run is made with.
pub(crate) struct Making {
    /// What it may reach, whom it trusts and asks.
    pub(crate) context: probe::Context,
    /// Where its events go; closed when it is over.
    pub(crate) queue: mpsc::Sender<AgentEvent>,
    /// How far off this host's wall clock is.
    pub(crate) skew: Skew,
    /// Where its clock began.
    pub(crate) started: Instant,
    /// Ends it, with a last word.
    pub(crate) cancel: CancellationToken,
    /// How long it may take to end then.
    pub(crate) cancel_grace: Duration,
    /// Drops it where it stands.
    pub(crate) stop: CancellationToken,
}

impl Making {
    /// Makes it; nothing that goes wrong in the probe can take the agent down.
    pub(crate) async fn make(self, plan: Plan, secrets: Opened) {
        let sink = Arc::new(RunSink::new(self.queue, self.skew, None));
        secrets.each().for_each(|secret| sink.hide(secret));
        let longest = Duration::from_millis(plan.deadline_ms()) + DEADLINE_GRACE;
        let mut work = tokio::spawn({
            let (sink, context, cancel) = (sink.clone(), self.context, self.cancel.clone());
            async move { probe::run(&plan, &secrets, &context, &*sink, cancel).await }
                .in_current_span()
        });
        let late = async {
            tokio::select! {
                () = tokio::time::sleep(longest) => {}
                () = async {
                    self.cancel.cancelled().await;
                    tokio::time::sleep(self.cancel_grace).await;
                } => {}
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => {
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
        let started = self.started;
        sink.end(|body| event(started, body), self.cancel.is_cancelled())
            .await;
    }
}

/// An event of the agent's own, now.
pub(crate) fn event(started: Instant, body: EventBody) -> AgentEvent {
    AgentEvent {
        at: Utc::now(),
        elapsed_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        body,
    }
}
