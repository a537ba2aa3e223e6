//! The worker: four loops and one task for each run.
//!
//! ```text
//!  poll loop ──claims──▶ run task ──▶ probe ──▶ sink ──▶ writer (disk) ──▶ poster ──▶ portal
//!      │                └──objects on a server──▶ journal (disk) ──▶ cleaner
//!      └──cancels──▶ registry ◀──"stop"── heartbeat loop          ◀── "stop" ──┘
//! ```
//!
//! The registry knows every lease that is not yet wholly with the portal. A lease enters it before its first
//! event is written, or when its spool is found after a restart, and leaves when its last event is stored (or the
//! portal will not have it). As long as it is there, heartbeats renew it.

mod cleaner;
mod handing;
mod heartbeat;
mod poll;
mod portal_time;
mod poster;
mod posting;
mod registry;
mod replay;
mod run;

use crate::budget::Budget;
use crate::identity::IdentityError;
use crate::private::create_private_dir;
use crate::secret::Secrets;
use crate::spool::Room;
use crate::{Clock, Identity, Limits, Timing};
use chrono::{DateTime, Utc};
use client::AgentPortal;
pub(crate) use portal_time::BELIEVED;
use registry::Registry;
use std::fmt;
use std::fs::{File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Runs that an agent makes at the same time.
pub const MOST_RUNS: usize = 8;

/// What an agent is given.
#[derive(Clone)]
pub struct Config {
    /// Where the portal is, for example `https://portal.example.net`.
    pub portal: String,
    /// The agent's token.
    pub token: String,
    /// Certificates (PEM) that may sign the portal's, beside the usual roots.
    pub portal_ca: Option<Vec<u8>>,
    /// The agent's own folder: key, spool, what it remembers. One agent for each.
    pub data_dir: PathBuf,
    /// What runs may reach, whom they trust and ask. Its `budget` is replaced by the agent's own.
    pub context: probe::Context,
    /// Endpoints that lock nobody out (the lab's), where failed logins are not counted.
    pub no_lock_out: Vec<SocketAddr>,
    /// Waits.
    pub timing: Timing,
    /// Sizes of the spool.
    pub limits: Limits,
    /// This host's clock.
    pub clock: Clock,
}

impl Config {
    /// With this host's own context and the usual waits and sizes.
    #[must_use]
    pub fn new(portal: String, token: String, data_dir: PathBuf) -> Self {
        Self {
            portal,
            token,
            portal_ca: None,
            data_dir,
            context: probe::Context::of_this_host(),
            no_lock_out: Vec::new(),
            timing: Timing::default(),
            limits: Limits::default(),
            clock: Clock::default(),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("portal", &self.portal)
            .field("data_dir", &self.data_dir)
            .field("timing", &self.timing)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Why an agent cannot work at all. What passes is waited out, not reported.
#[derive(Debug, Error)]
pub enum Error {
    /// The portal's address or the token cannot be used.
    #[error(transparent)]
    Portal(#[from] client::Error),
    /// The key pair cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The agent's folder cannot be used.
    #[error("the agent's folder {dir} cannot be used")]
    Folder {
        /// Which folder.
        dir: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Another process works there.
    #[error("another agent works in {0}")]
    InUse(PathBuf),
    /// The portal no longer knows the token.
    #[error(
        "the portal does not know this agent any more: it was removed there. What is not handed over stays in the \
         spool. To add this host again, make a new enrolment on the portal's Agents page and run \
         `linecheck-agent enroll --replace`"
    )]
    Removed,
}

/// What the loops and the runs share.
pub(crate) struct Shared {
    portal: AgentPortal,
    timing: Timing,
    spool_dir: PathBuf,
    journal_dir: PathBuf,
    /// A run was made to its end.
    over: Notify,
    room: Arc<Room>,
    secrets: Secrets,
    context: probe::Context,
    registry: Registry,
    tasks: TaskTracker,
    clock: Clock,
    stop: CancellationToken,
}

impl Shared {
    /// Now, by the portal's clock where that can be believed.
    fn now(&self) -> DateTime<Utc> {
        portal_time::now(self.clock.now(), self.portal.time())
    }
}

/// Works until `stop`, or until the portal has removed this agent. Runs that are being made then are dropped, their sockets closed; what they saw stays in the
/// spool, and the next process hands it over.
///
/// # Errors
/// When it cannot begin, or was removed.
pub async fn run(config: Config, stop: CancellationToken) -> Result<(), Error> {
    let folder = |error| Error::Folder {
        dir: config.data_dir.clone(),
        error,
    };
    create_private_dir(&config.data_dir).map_err(folder)?;
    let _lock = lock(&config.data_dir)?;
    let spool_dir = config.data_dir.join("spool");
    create_private_dir(&spool_dir).map_err(folder)?;
    let identity = Identity::load_or_create(&config.data_dir)?;
    let budget = Budget::open(
        &config.data_dir.join("logins.jsonl"),
        config.timing.login_window,
        config.no_lock_out.iter().copied(),
    )
    .map_err(folder)?;
    tracing::info!(
        agent.version = crate::VERSION,
        agent.fingerprint = identity.fingerprint(),
        portal = config.portal,
        "agent works"
    );
    let shared = Arc::new(Shared {
        portal: AgentPortal::with_ca(&config.portal, &config.token, config.portal_ca.as_deref())?,
        timing: config.timing,
        room: Room::new(config.limits),
        secrets: Secrets::open_dir(identity, &config.data_dir, config.clock.now())
            .map_err(folder)?,
        context: probe::Context {
            budget: Arc::new(budget),
            ..config.context.clone()
        },
        registry: Registry::default(),
        tasks: TaskTracker::new(),
        clock: config.clock,
        stop: stop.child_token(),
        spool_dir,
        journal_dir: config.data_dir.join("journal"),
        over: Notify::new(),
    });
    replay::begin(&shared).map_err(folder)?;
    cleaner::begin(&shared);
    let removed = tokio::select! {
        () = stop.cancelled() => false,
        Removed = poll::work(&shared) => true,
        Removed = heartbeat::work(&shared) => true,
    };
    if removed {
        tracing::error!("the portal removed this agent; its runs end");
        end_runs(&shared).await;
    }
    shared.stop.cancel();
    shared.tasks.close();
    shared.tasks.wait().await;
    tracing::info!("agent stopped");
    if removed { Err(Error::Removed) } else { Ok(()) }
}

/// The portal's word that this agent's token is not, or no longer, one of its own.
struct Removed;

impl Removed {
    /// Only a portal's own word counts: a proxy between may answer 401, too.
    fn says(error: &client::Error) -> bool {
        error.status() == Some(401) && error.code() == Some("unauthorized")
    }
}

/// Cancels every run, and waits until each has said its last word or had the time for it.
async fn end_runs(shared: &Shared) {
    shared.registry.cancel_all();
    let ended = async {
        while shared.registry.probing() > 0 {
            shared.registry.freed().await;
        }
    };
    let longest = shared.timing.cancel_grace * 2;
    if tokio::time::timeout(longest, ended).await.is_err() {
        tracing::warn!("a run did not end in time and is dropped");
    }
}

/// Held for as long as the process lives: two agents in one folder would share leases and nonces.
pub(crate) fn lock(dir: &Path) -> Result<File, Error> {
    let folder = |error| Error::Folder {
        dir: dir.to_owned(),
        error,
    };
    let file = File::create(dir.join("agent.lock")).map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(folder(error)),
    }
}
