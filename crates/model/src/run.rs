//! A run as its readers see it.

use crate::{AgentId, Artifact, Finding, GroupId, Options, PlanLogin, RunId, Step, Target};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where a run is in its life. The transitions are the portal's (`runs/lifecycle.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RunState {
    /// Waits for its agent.
    Queued,
    /// Claimed.
    Running,
    /// Its agent said that all is done.
    Completed,
    /// Ended by a person.
    Cancelled,
    /// Ended without its agent's last word.
    Interrupted,
}

impl RunState {
    /// Nothing more is expected (though an interrupted run may still be completed by late batches).
    #[must_use]
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Interrupted)
    }

    /// The state as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a run was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Interruption {
    /// No agent claimed it in time.
    NoAgent,
    /// The lease expired.
    AgentLost,
    /// The agent came back as a new process; it never resumes probing.
    AgentRestarted,
}

/// What a settled run says in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Outcome {
    /// Nothing stands in the way of what was tried.
    Ok,
    /// A problem was found.
    Problem,
    /// No rule explains what was seen.
    Inconclusive,
    /// Ended without its agent's last word.
    Interrupted,
    /// Ended by a person.
    Cancelled,
}

impl Outcome {
    /// The outcome as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Problem => "problem",
            Self::Inconclusive => "inconclusive",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
        }
    }
}

/// `GET /api/runs/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunView {
    /// The run.
    pub id: RunId,
    /// Its group, when several were started together.
    pub group: Option<GroupId>,
    /// Where it is in its life.
    pub state: RunState,
    /// Why it was interrupted, when it was.
    pub interruption: Option<Interruption>,
    /// Set once settled.
    pub outcome: Option<Outcome>,
    /// A cancel was asked for and has not yet taken effect.
    pub cancelling: bool,
    /// What it made on the server has not yet been read back as gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cleaning: bool,
    /// What was to be reached.
    pub target: Target,
    /// How it signs in; never a secret.
    pub login: PlanLogin,
    /// Its limits and choices.
    pub options: Options,
    /// Where it runs from.
    pub agent: AgentId,
    /// That agent's name.
    pub agent_name: String,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When its agent claimed it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it settled.
    pub settled_at: Option<DateTime<Utc>>,
    /// Highest `seq` of its log.
    pub last_seq: u64,
    /// The steps so far, by id.
    pub steps: Vec<Step>,
    /// The findings, the verdict first; provisional until settled.
    pub findings: Vec<Finding>,
    /// The finding that explains the run; absent until settled.
    pub verdict: Option<Finding>,
    /// Version of the rules that made the findings.
    pub rules_version: u32,
    /// Files that its agent made beside the log, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
}

/// One row of `GET /api/runs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunSummary {
    /// The run.
    pub id: RunId,
    /// Its group, when several were started together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Where it is in its life.
    pub state: RunState,
    /// Set once settled.
    pub outcome: Option<Outcome>,
    /// What it made on the server has not yet been read back as gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cleaning: bool,
    /// Canonical server string.
    pub server: String,
    /// Database.
    pub database: String,
    /// Kind of endpoint.
    pub kind: String,
    /// Where it ran from.
    pub agent: AgentId,
    /// That agent's name.
    pub agent_name: String,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it settled.
    pub settled_at: Option<DateTime<Utc>>,
    /// The verdict's code and title, once settled.
    pub verdict_code: Option<String>,
    /// One sentence.
    pub verdict_title: Option<String>,
}
