//! Enrolment: a token that a person makes, shown once, admits one agent within a quarter of an hour.
//!
//! ```text
//!  operator ──invite──▶ token, shown once ──by hand──▶ agent ──enrol──▶ id and the agent's own token
//! ```
//!
//! Only the token's hash is kept, and of tries at once the store lets exactly one win. A token that was used,
//! expired or never made is refused in one and the same way.

use super::admit::token_hash;
use super::presence::printable;
use super::{AgentError, key};
use crate::app::App;
use crate::store::AgentRow;
use chrono::{DateTime, TimeDelta, Utc};
use model::AgentId;
use model::agent_api::{Enrol, Enrolled};
use model::api::Enrolment;
use std::collections::{HashMap, HashSet};
use tokio::sync::Mutex;

/// Most agents, those that are still to come included.
const MOST_AGENTS: usize = 256;
/// Most enrolments that wait for their agent.
const MOST_OPEN: usize = 32;
/// Longest name of an agent.
const LONGEST_NAME: usize = 64;

/// The enrolments that this process made and that wait for their agent. The store decides which are good; these
/// are counted, so that there are not too many.
#[derive(Debug, Default)]
pub struct Enrolments {
    open: Mutex<HashMap<[u8; 32], DateTime<Utc>>>,
}

/// Makes a token that admits one agent.
///
/// # Errors
/// When there are too many agents or open enrolments, else the store's.
pub async fn invite(app: &App) -> Result<Enrolment, AgentError> {
    let mut open = app.enrolments.open.lock().await;
    let now = app.now();
    open.retain(|_, expires_at| *expires_at > now);
    if open.len() >= MOST_OPEN {
        return Err(AgentError::TooMany {
            code: "too_many_enrolments",
            reason: "32 enrolments wait for their agents. Use one of them, or wait a quarter of an hour.",
        });
    }
    if open.len() + app.store.agents().await?.len() >= MOST_AGENTS {
        return Err(AgentError::TooMany {
            code: "agents_full",
            reason: "A portal has 256 agents at most. Remove one first.",
        });
    }
    let token = super::admit::new_token();
    let lasts = TimeDelta::from_std(app.timing.enrolment).unwrap_or(TimeDelta::minutes(15));
    let expires_at = now.checked_add_signed(lasts).unwrap_or(now);
    let hash = token_hash(&token);
    app.store.put_enrolment(&hash, expires_at, now).await?;
    open.insert(hash, expires_at);
    tracing::info!(enrolment.expires_at = %expires_at, "enrolment made");
    Ok(Enrolment { token, expires_at })
}

/// Admits an agent that brings an enrolment's token.
///
/// # Errors
/// [`AgentError::Refused`] when the token is not good; when name or key cannot be used; else the store's.
pub async fn enrol(app: &App, asked: Enrol) -> Result<Enrolled, AgentError> {
    let name = asked.name.trim();
    let one_line = rules::words::one_line(name, LONGEST_NAME);
    if name.is_empty() || one_line != name {
        return Err(AgentError::Invalid {
            code: "bad_name",
            reason: "An agent's name has 1 to 64 characters, none of them a control or an invisible one.",
        });
    }
    let key = key::read(&asked.public_key).ok_or(AgentError::Invalid {
        code: "bad_key",
        reason: "The public key is not 32 bytes in base64.",
    })?;
    let hash = token_hash(&asked.token);
    let token = super::admit::new_token();
    // One at a time, so that no two agents get the same name.
    let mut open = app.enrolments.open.lock().await;
    let now = app.now();
    let agents = app.store.agents().await?;
    let taken: HashSet<&str> = agents.iter().map(|agent| agent.name.as_str()).collect();
    let agent = AgentRow {
        id: AgentId(app.ids.make(now)),
        name: free_name(name, &taken),
        built_in: false,
        token_hash: token_hash(&token),
        public_key: key.base64,
        fingerprint: key.fingerprint,
        version: printable(&asked.version),
        created_at: now,
        last_heartbeat: None,
    };
    if !app.store.enrol(&hash, now, &agent).await? {
        tracing::warn!("an enrolment was refused");
        return Err(AgentError::Refused);
    }
    open.remove(&hash);
    tracing::info!(
        agent.id = %agent.id,
        agent.name = agent.name,
        agent.fingerprint = agent.fingerprint,
        "agent enrolled"
    );
    Ok(Enrolled {
        id: agent.id,
        token,
    })
}

/// The name, with a number when another agent has it: `branch (2)`.
fn free_name(name: &str, taken: &HashSet<&str>) -> String {
    let numbered = |number: usize| {
        let suffix = format!(" ({number})");
        let room = LONGEST_NAME.saturating_sub(suffix.len());
        let kept: String = name.chars().take(room).collect();
        format!("{}{suffix}", kept.trim_end())
    };
    if !taken.contains(name) {
        return name.to_owned();
    }
    // Among one more than are taken, one is free.
    (2..taken.len() + 3)
        .map(numbered)
        .find(|name| !taken.contains(name.as_str()))
        .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_NAME, free_name};
    use std::collections::HashSet;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let taken = HashSet::from(["branch", "branch (2)"]);
        assert_eq!(free_name("hq", &taken), "hq");
        assert_eq!(free_name("branch", &taken), "branch (3)");
        let long = "ä".repeat(LONGEST_NAME);
        let numbered = free_name(&long, &HashSet::from([long.as_str()]));
        assert_eq!(numbered.chars().count(), LONGEST_NAME);
        assert!(numbered.ends_with("ä (2)"));
    }
}
