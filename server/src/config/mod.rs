//! What a portal is started with. Tests write it as a literal; the program makes it from its settings.

mod access;
mod limits;
mod settings;
mod timing;

use crate::clock::{Clock, SystemClock};
use crate::runs::Keep;
use crate::store::Address;
use model::Artifact;
use std::path::PathBuf;
use std::sync::Arc;

pub use access::{Access, Tls};
pub use limits::Limits;
pub use settings::{Flags, Settings, SettingsError};
pub use timing::Timing;

/// What a portal is started with.
#[derive(Clone)]
pub struct Config {
    /// Where the SQLite file and the built-in agent's files are.
    pub data_dir: PathBuf,
    /// The PostgreSQL database that is used instead of the SQLite file.
    pub database: Option<Address>,
    /// Offer the lab's scenarios as practice targets.
    pub practice: bool,
    /// Run the built-in agent.
    pub agent: bool,
    /// What the built-in agent asks and knows.
    pub sources: agent::Sources,
    /// Every wait of the portal.
    pub timing: Timing,
    /// How much of a run's log is kept.
    pub caps: Caps,
    /// Which settled runs are kept.
    pub keep: Keep,
    /// Who may reach it and how.
    pub access: Access,
    /// How many connections are held.
    pub limits: Limits,
    /// Multiplies every delay of the practice targets; 1.0 is real.
    pub lab_scale: f64,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
}

impl Config {
    /// The defaults: with the built-in agent, without practice targets.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            database: None,
            practice: false,
            agent: true,
            sources: agent::Sources::default(),
            timing: Timing::default(),
            caps: Caps::default(),
            keep: Keep::default(),
            access: Access::default(),
            limits: Limits::default(),
            lab_scale: 1.0,
            clock: Arc::new(SystemClock),
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("data_dir", &self.data_dir)
            .field("database", &self.database)
            .field("practice", &self.practice)
            .field("agent", &self.agent)
            .field("timing", &self.timing)
            .field("caps", &self.caps)
            .field("keep", &self.keep)
            .field("access", &self.access)
            .field("limits", &self.limits)
            .field("lab_scale", &self.lab_scale)
            .finish_non_exhaustive()
    }
}

/// How much of a run is kept. Events that come after are acknowledged and not kept; files are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Events.
    pub log_events: u64,
    /// Bytes of their bodies.
    pub log_bytes: u64,
    /// Files beside it.
    pub artifacts: usize,
    /// Bytes of each of them.
    pub artifact_bytes: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            log_events: 50_000,
            log_bytes: 32 * 1024 * 1024,
            artifacts: Artifact::MOST,
            artifact_bytes: Artifact::MOST_BYTES,
        }
    }
}
