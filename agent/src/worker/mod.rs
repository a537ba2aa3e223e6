//! The worker: three loops and one task for each run.
//!
//! ```text
//!  poll loop ──claims──▶ run task ──▶ probe ──▶ sink ──▶ writer (disk) ──▶ poster ──▶ portal
//!      └──cancels──▶ registry ◀──"stop"── heartbeat loop          ◀── "stop" ──┘
//! ```
//!
//! The registry knows every lease that is not yet wholly with the portal. A lease enters it before its first
//! event is written, or when its spool is found after a restart, and leaves when its last event is stored (or the
//! portal will not have it). As long as it is there, heartbeats renew it.

mod heartbeat;
mod poll;
mod poster;
mod posting;
mod registry;
mod replay;
mod run;
mod sink;

use crate::budget::Budget;
use crate::identity::{IdentityError, create_private_dir};
use crate::secret::Secrets;
use crate::spool::Room;
use crate::{Identity, Limits, Timing};
use client::AgentPortal;
use registry::Registry;
use std::fmt;
use std::fs::{File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;
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
}

impl Config {
    /// With this host's own context and the usual waits and sizes.
    #[must_use]
    pub fn new(portal: String, token: String, data_dir: PathBuf) -> Self {
        Self {
            portal,
            token,
            data_dir,
            context: probe::Context::of_this_host(),
            no_lock_out: Vec::new(),
            timing: Timing::default(),
            limits: Limits::default(),
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
}

/// What the loops and the runs share.
pub(crate) struct Shared {
    portal: AgentPortal,
    timing: Timing,
    spool_dir: PathBuf,
    room: Arc<Room>,
    secrets: Secrets,
    context: probe::Context,
    registry: Registry,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Works until `stop`. Runs that are being made then are dropped, their sockets closed; what they saw stays in the
/// spool, and the next process hands it over.
///
/// # Errors
/// When it cannot begin.
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
        portal: AgentPortal::new(&config.portal, &config.token)?,
        timing: config.timing,
        room: Room::new(config.limits),
        secrets: Secrets::open_dir(identity, &config.data_dir).map_err(folder)?,
        context: probe::Context {
            budget: Arc::new(budget),
            ..config.context.clone()
        },
        registry: Registry::default(),
        tasks: TaskTracker::new(),
        stop: stop.clone(),
        spool_dir,
    });
    replay::begin(&shared).map_err(folder)?;
    tokio::select! {
        () = stop.cancelled() => {}
        () = poll::work(&shared) => {}
        () = heartbeat::work(&shared) => {}
    }
    shared.tasks.close();
    shared.tasks.wait().await;
    tracing::info!("agent stopped");
    Ok(())
}

/// Held for as long as the process lives: two agents in one folder would share leases and nonces.
fn lock(dir: &Path) -> Result<File, Error> {
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
