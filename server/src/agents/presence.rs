//! Which agents were heard of, and when; heartbeats and polls count. And which were removed.

use crate::app::App;
use crate::store::{AgentRow, StoreResult};
use chrono::{DateTime, Utc};
use model::AgentId;
use model::api::{AgentState, AgentView};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const LONGEST_VERSION: usize = 64;

#[derive(Clone, Debug)]
struct Heard {
    since: Instant,
    at: DateTime<Utc>,
    written: Instant,
    version: String,
}

/// Which agents were heard of since the start.
#[derive(Debug, Default)]
pub struct Presence {
    agents: Mutex<HashMap<AgentId, Heard>>,
    removals: Mutex<HashMap<AgentId, CancellationToken>>,
}

impl Presence {
    /// An agent called. It is written down when that changes what is known, or now and then; not every time.
    pub(super) async fn heard(&self, app: &App, agent: AgentId, version: &str) -> StoreResult<()> {
        let (now, at) = (Instant::now(), app.now());
        let version = printable(version);
        let due = {
            let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
            let known = agents.get(&agent);
            let due = known.is_none_or(|known| {
                known.version != version
                    || now - known.written >= app.timing.heard
                    || now - known.since >= app.timing.disconnected
            });
            let written = match known {
                Some(known) if !due => known.written,
                _ => now,
            };
            let heard = Heard {
                since: now,
                at,
                written,
                version: version.clone(),
            };
            agents.insert(agent, heard);
            due
        };
        if due {
            app.store.heard(agent, at, &version).await?;
        }
        Ok(())
    }

    /// Cancelled once the agent is removed, and for ever after: no id comes twice.
    #[must_use]
    pub fn removal(&self, agent: AgentId) -> CancellationToken {
        let mut removals = self.removals.lock().unwrap_or_else(PoisonError::into_inner);
        removals.entry(agent).or_default().clone()
    }

    /// The agent was removed: whatever it waits for ends.
    pub(super) fn forget(&self, agent: AgentId) {
        self.removal(agent).cancel();
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        agents.remove(&agent);
    }

    fn of(&self, app: &App, row: AgentRow, runs: u32) -> AgentView {
        let agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = agents.get(&row.id);
        let connected = heard.is_some_and(|heard| heard.since.elapsed() < app.timing.disconnected);
        AgentView {
            id: row.id,
            name: row.name,
            built_in: row.built_in,
            state: if connected {
                AgentState::Connected
            } else {
                AgentState::Disconnected
            },
            public_key: row.public_key,
            fingerprint: row.fingerprint,
            version: heard.map_or(row.version, |heard| heard.version.clone()),
            last_heartbeat: heard.map(|heard| heard.at).or(row.last_heartbeat),
            runs,
        }
    }
}

pub(super) fn printable(version: &str) -> String {
    version
        .chars()
        .filter(char::is_ascii_graphic)
        .take(LONGEST_VERSION)
        .collect()
}

/// All agents, the built-in one first.
///
/// # Errors
/// The store's.
pub async fn all(app: &App) -> StoreResult<Vec<AgentView>> {
    let rows = app.store.agents().await?;
    let mut live: HashMap<AgentId, u32> = HashMap::new();
    for run in app.store.live_runs(None).await? {
        *live.entry(run.agent).or_default() += 1;
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let runs = live.get(&row.id).copied().unwrap_or_default();
            app.presence.of(app, row, runs)
        })
        .collect())
}
