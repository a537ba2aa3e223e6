//! Admits agents and knows them again by their token. A token is shown once; only its hash is kept.

use crate::app::App;
use crate::store::{AgentRow, Store, StoreResult};
use chrono::{DateTime, Utc};
use model::AgentId;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// An agent that was admitted, with its token: the only time that it is seen.
#[derive(Clone)]
pub struct Admitted {
    /// The agent.
    pub id: AgentId,
    /// What it sends as bearer token with every call.
    pub token: String,
}

impl std::fmt::Debug for Admitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Admitted({})", self.id)
    }
}

/// Writes an agent down under a new token, which ends its old one.
///
/// # Errors
/// The store's.
pub async fn admit(
    store: &dyn Store,
    id: AgentId,
    name: &str,
    built_in: bool,
    key: (&str, &str),
    now: DateTime<Utc>,
) -> StoreResult<Admitted> {
    let token = new_token();
    let (public_key, fingerprint) = key;
    store
        .put_agent(&AgentRow {
            id,
            name: name.to_owned(),
            built_in,
            token_hash: token_hash(&token),
            public_key: public_key.to_owned(),
            fingerprint: fingerprint.to_owned(),
            version: String::new(),
            created_at: now,
            last_heartbeat: None,
        })
        .await?;
    Ok(Admitted { id, token })
}

/// The agent that a token belongs to.
///
/// # Errors
/// The store's.
pub async fn by_token(app: &App, token: &str) -> StoreResult<Option<AgentRow>> {
    let hash = token_hash(token);
    let agent = app.store.agent_by_token(&hash).await?;
    Ok(agent.filter(|agent| agent.token_hash.ct_eq(&hash).into()))
}

/// A token that nobody guesses: 256 bits.
pub(super) fn new_token() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// What is kept of a token.
#[must_use]
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
