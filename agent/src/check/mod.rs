//! A run with no portal: this process asks for it, makes it, keeps its log and judges it.
//!
//! ```text
//! plan ──▶ log: event 1 ──▶ making ──scrubbed events──▶ log: numbered, folded ──▶ settled ──▶ verdict
//!              └──────────────────────┴──each event──▶ whoever watches ◀──────────────┘
//! ```
//!
//! The probe, the scrubbing and the rules are those of a run for a portal; only the keeper of the log is another.

mod budget;
mod files;
mod kept;
mod left;
mod log;

pub use budget::{BudgetError, budget, budget_in_memory};
pub use files::{Folder, FolderError, Written};
pub use kept::Kept;
pub use left::{Left, clean_left, journal};
pub use log::RunLog;

use crate::Timing;
use crate::making::Making;
use crate::secret::Opened;
use crate::sink::BACKLOG;
use crate::skew::Skew;
use chrono::Utc;
use model::{AgentId, EventBody, Interruption, Plan, RunId, RunState};
use std::fmt;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What is to be done.
#[derive(Clone)]
pub struct Check {
    /// The plan.
    pub plan: Plan,
    /// The password, when the plan signs in.
    pub password: Option<Zeroizing<String>>,
    /// The password at the managed instance of its link, likewise.
    pub instance_password: Option<Zeroizing<String>>,
    /// What may be reached, who is trusted, and the budget of failed logins.
    pub context: probe::Context,
    /// What stands where a portal names the agent.
    pub host: String,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// A run's id.
#[must_use]
pub fn new_id() -> RunId {
    RunId(Uuid::now_v7())
}

/// Makes the run, and tells `told` of the log after each event. `cancel` ends it early, with what was seen.
pub async fn run(check: Check, cancel: CancellationToken, mut told: impl FnMut(&RunLog)) -> RunLog {
    let mut log = RunLog::default();
    let mut keep = |elapsed_us, at, body| {
        if log.append(at, elapsed_us, body) {
            told(&log);
        }
    };
    // No portal, no agent among others: its id is the nil one.
    let created = EventBody::RunCreated {
        plan: Box::new(check.plan.clone()),
        agent: AgentId(Uuid::nil()),
        agent_name: check.host,
    };
    keep(None, Utc::now(), created);

    let (queue, mut events) = mpsc::channel(BACKLOG);
    let making = Making {
        context: check.context,
        queue,
        skew: Skew::default(),
        started: Instant::now(),
        cancel: cancel.clone(),
        cancel_grace: Timing::default().cancel_grace,
        stop: CancellationToken::new(),
    };
    let made = tokio::spawn(making.make(
        check.plan,
        Opened {
            own: check.password,
            instance: check.instance_password,
        },
    ));
    let mut asked = false;
    let mut last = None;
    loop {
        tokio::select! {
            () = cancel.cancelled(), if !asked => {
                asked = true;
                keep(None, Utc::now(), EventBody::CancelRequested);
            }
            event = events.recv() => {
                let Some(event) = event else { break };
                if event.body.is_last() {
                    last = Some(event.body.clone());
                }
                keep(Some(event.elapsed_us), event.at, event.body);
            }
        }
    }
    let _ = made.await;
    let (state, interruption) = match last {
        Some(EventBody::RunFinished { cancelled: true }) => (RunState::Cancelled, None),
        Some(EventBody::RunFinished { cancelled: false }) => (RunState::Completed, None),
        _ => (RunState::Interrupted, Some(Interruption::AgentLost)),
    };
    log.settle(Utc::now(), state, interruption);
    told(&log);
    log
}

/// What a run's folder is called: `linecheck_SERVER_DATABASE_TIME`, in UTC, with harmless characters alone.
#[must_use]
pub fn folder_name(plan: &Plan) -> String {
    let name = bundle::log_file_stem(&plan.target, Utc::now());
    format!("linecheck_{name}")
}

/// How long a failed login counts, here as in a portal's agent.
fn login_window() -> Duration {
    Timing::default().login_window
}
