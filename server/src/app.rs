//! What every part of a running portal shares.
//!
//! It holds things together and decides nothing: runs are decided about in `runs`, agents in `agents`.

use crate::access::Gate;
use crate::agents::{Enrolments, Presence};
use crate::artifacts::Files;
use crate::clock::{Clock, Ids};
use crate::config::{Caps, Timing};
use crate::metrics::Metrics;
use crate::runs::{Deadlines, Folds, Keep, Sweeper, Wake};
use crate::shares::Shares;
use crate::store::Store;
use chrono::{DateTime, SubsecRound, Utc};
use model::AgentId;
use model::api::Practice;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How many streams read the store at once. A store has some connections more.
pub(crate) const READ_AT_ONCE: usize = 2;

/// What every part of a running portal shares.
pub struct App {
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// Where the files beside the runs' logs are.
    pub files: Arc<dyn Files>,
    /// What it counts of itself.
    pub metrics: Arc<Metrics>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Ids,
    /// Every wait.
    pub timing: Timing,
    /// How much of a log is kept.
    pub caps: Caps,
    /// Who waits for what.
    pub wake: Wake,
    /// What is due when.
    pub deadlines: Deadlines,
    /// Takes away what was deleted.
    pub sweeper: Sweeper,
    /// Which settled runs are kept.
    pub keep: Keep,
    /// The live runs' folds.
    pub folds: Folds,
    /// What keeps share links in bounds.
    pub shares: Shares,
    /// Which agents were heard of.
    pub presence: Presence,
    /// Which enrolments wait for their agent.
    pub enrolments: Enrolments,
    /// The portal's own agent, when it runs.
    pub built_in: Option<AgentId>,
    /// Practice targets, when they are offered.
    pub practice: Vec<Practice>,
    /// Who gets in, and the names it goes by.
    pub gate: Gate,
    /// Streams read the store in turns, few at once: whoever else asks it finds a connection that is free.
    pub reading: Semaphore,
    /// The portal is going away: streams and polls end.
    pub closing: CancellationToken,
    /// Another portal has the database.
    pub lost: CancellationToken,
}

impl App {
    /// Now, UTC, to the microsecond: what is stored is what was said.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }
}
