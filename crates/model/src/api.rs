//! Bodies of the portal's public API. Requests refuse unknown fields.

use crate::{AgentId, GroupId, Options, RunId, RunSummary};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `POST /api/runs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRun {
    /// `tcp:host,1433`, `host\instance`, a literal… Never a secret.
    pub server: String,
    /// `master` when absent or empty.
    #[serde(default)]
    pub database: String,
    /// How to sign in.
    #[serde(default)]
    pub auth: Auth,
    /// Limits and choices.
    #[serde(default)]
    pub options: Options,
    /// Where to run from; empty means the built-in agent.
    #[serde(default)]
    pub agents: Vec<AgentId>,
}

/// How to sign in, with the secret sealed to each chosen agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Auth {
    /// No LOGIN7 is sent.
    #[default]
    None,
    /// SQL Server authentication.
    Sql {
        /// Login name, 1 to 128 characters.
        user: String,
        /// Sealed box by agent, base64.
        sealed: BTreeMap<AgentId, String>,
    },
}

/// `201` of `POST /api/runs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunsCreated {
    /// One for each agent.
    pub runs: Vec<RunCreated>,
    /// Their group, when there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunCreated {
    /// The run.
    pub id: RunId,
    /// Its page, relative to the portal: `/runs/{id}`.
    pub url: String,
    /// Where it runs from.
    pub agent: AgentId,
}

/// `GET /api/runs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunPage {
    /// Newest first.
    pub runs: Vec<RunSummary>,
    /// Give it as `before` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A practice target: a lab scenario that the portal offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Practice {
    /// Its key, for example `redirect_blocked`.
    pub scenario: String,
    /// Server string to run against; absent when this host cannot offer it.
    pub server: Option<String>,
    /// A few words.
    pub title: String,
    /// What it does, in a sentence.
    pub explains: String,
    /// Public practice credentials.
    pub auth: Option<PracticeAuth>,
    /// Why this host cannot offer it.
    pub unavailable: Option<String>,
}

/// Public credentials of a practice target. Not secret: they open nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PracticeAuth {
    /// Login name.
    pub user: String,
    /// Password.
    pub password: String,
}

/// An agent as readers see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentView {
    /// The agent.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// The portal's own.
    pub built_in: bool,
    /// Whether it was heard of within 10 s.
    pub state: AgentState,
    /// X25519 public key, base64.
    pub public_key: String,
    /// Of that key, for the eye: SHA-256, first 16 bytes, in groups of 4 hex digits.
    pub fingerprint: String,
    /// Its version.
    pub version: String,
    /// When it was last heard of.
    pub last_heartbeat: Option<DateTime<Utc>>,
}

/// Whether an agent can take runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AgentState {
    /// Heard of within 10 s.
    Connected,
    /// Not.
    Disconnected,
}
