//! Bodies between an agent and the portal. All calls but the enrolment carry the agent's token.

use crate::{AgentEvent, AgentId, LeaseId, Plan, RunId};
use serde::{Deserialize, Serialize};

/// `POST /api/agent/enrol`: the one call without an agent token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrol {
    /// The enrolment's token; works once.
    pub token: String,
    /// What people see as "run from": 1 to 64 characters, no control characters.
    pub name: String,
    /// X25519 public key, base64.
    pub public_key: String,
    /// Version of the agent.
    pub version: String,
}

/// `201` of `POST /api/agent/enrol`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// Who the agent now is.
    pub id: AgentId,
    /// Bearer token of all its calls; seen this once.
    pub token: String,
}

/// `POST /api/agent/poll`: asks for work; held open by the portal until there is some, or for 25 s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Poll {
    /// Version of the agent.
    pub version: String,
    /// How many runs it could take now.
    pub free: u32,
    /// Leases it already knows; the portal repeats claims that are not among them (a lost answer).
    pub known: Vec<LeaseId>,
    /// Leases whose cancel it has already seen.
    pub cancelled: Vec<LeaseId>,
}

/// Answer to [`Poll`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PollReply {
    /// Runs to make.
    pub claims: Vec<Claim>,
    /// Leases whose runs are to end.
    pub cancels: Vec<LeaseId>,
}

/// A run to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    /// The run.
    pub run: RunId,
    /// The claim on it.
    pub lease: LeaseId,
    /// What to do.
    pub plan: Plan,
    /// The sealed secret, base64, when the plan signs in.
    pub sealed: Option<String>,
    /// Likewise for the managed instance of its link, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_sealed: Option<String>,
    /// Until the lease expires, unless renewed.
    pub expires_in_ms: u64,
}

/// `POST /api/agent/heartbeat`: one for all the agent's runs, every 3 s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    /// Version of the agent.
    pub version: String,
    /// The leases it holds.
    pub leases: Vec<LeaseId>,
}

/// Answer to [`Heartbeat`]: one entry for each lease that was named, in that order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeartbeatReply {
    /// How each lease stands.
    pub leases: Vec<LeaseStanding>,
}

/// How a lease stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaseStanding {
    /// The lease.
    pub lease: LeaseId,
    /// Until it expires.
    pub expires_in_ms: u64,
    /// The run is to end.
    pub stop: bool,
}

/// `POST /api/agent/runs/{id}/events`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventBatch {
    /// The claim.
    pub lease: LeaseId,
    /// Number of the first event, from 1 within the lease.
    pub first_n: u64,
    /// In order, without gaps.
    pub events: Vec<AgentEvent>,
}

/// Answer to [`EventBatch`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventAck {
    /// Highest contiguous `n` stored.
    pub acked: u64,
    /// Until the lease expires.
    pub expires_in_ms: u64,
    /// The run is to end.
    pub stop: bool,
}

/// `POST /api/agent/runs/{id}/cleaning`: what became, after the run, of objects that it had made on the server. Saying it
/// again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CleaningReport {
    /// The claim under which the run was made.
    pub lease: LeaseId,
    /// Numbers of the objects that were read back as gone.
    pub gone: Vec<u32>,
    /// What is left is not tried again: the agent no longer can.
    pub given_up: bool,
}
