//! Bodies of the portal's public API. Requests refuse unknown fields.

use crate::{
    AgentId, Confidence, GroupId, Link, Options, Owner, Redaction, RunEvent, RunId, RunSummary,
    RunView, Severity, ShareId,
};
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
    /// Sealed box by agent, base64, for the login at the managed instance of `options.lasting.instance_link`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instance_sealed: BTreeMap<AgentId, String>,
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
    /// LOGIN7 with a made-up user and no secret.
    Dummy,
    /// Microsoft Entra, a pasted access token.
    EntraToken {
        /// Sealed box by agent, base64; its user is `token`.
        sealed: BTreeMap<AgentId, String>,
    },
    /// Microsoft Entra, user name and password.
    EntraPassword {
        /// User principal name, 1 to 128 characters.
        user: String,
        /// Sealed box by agent, base64.
        sealed: BTreeMap<AgentId, String>,
    },
    /// Microsoft Entra, an application and its secret.
    EntraServicePrincipal {
        /// Tenant id or domain.
        tenant: String,
        /// Application (client) id, a GUID.
        client_id: String,
        /// Sealed box by agent, base64; its user is the application id.
        sealed: BTreeMap<AgentId, String>,
    },
    /// Microsoft Entra, the managed identity of the agent's host.
    EntraManagedIdentity {
        /// Of a user-assigned one, a GUID; absent for the system's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
    },
    /// Microsoft Entra, a person signs in on another device with a code that the run shows.
    EntraDeviceCode {
        /// Tenant id or domain; absent for any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenant: Option<String>,
    },
    /// Windows authentication as the account that the agent runs as.
    Integrated,
}

/// `POST /api/groups`: runs that belong together, each with a target and options of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewGroup {
    /// 2 to 8, each from one agent.
    pub runs: Vec<NewRun>,
}

/// `201` of `POST /api/runs` and of `POST /api/groups`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunsCreated {
    /// One for each agent, or for each that was asked for, in that order.
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
    /// Runs that it holds or that wait for it.
    #[serde(default)]
    pub runs: u32,
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

/// `POST /api/agents/enrolments`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewEnrolment {}

/// `201` of `POST /api/agents/enrolments`: the only time that the token is seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolment {
    /// What `linecheck-agent enroll` is given; works once.
    pub token: String,
    /// Until then: 15 minutes.
    pub expires_at: DateTime<Utc>,
}

/// `POST /api/login`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Login {
    /// The operator's password.
    pub password: String,
}

/// `GET /api/session`: what a page needs to know before it asks for anything else. Open to all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// This portal has an operator password.
    pub login_required: bool,
    /// The caller may do everything: logged in, or no login is needed.
    pub signed_in: bool,
    /// When the login ends, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Where others reach this portal, without a slash at the end; links are made with it.
    pub public_url: String,
    /// Only this computer can open such links.
    pub public_url_is_loopback: bool,
}

/// `GET /api/groups/{id}`: runs that were started together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupView {
    /// The group.
    pub id: GroupId,
    /// By run id: the order in which the group's stream counts them.
    pub runs: Vec<RunView>,
    /// What the runs say together, the one that explains the group first; provisional until all are settled.
    pub findings: Vec<GroupFinding>,
}

/// What runs from several agents say together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupFinding {
    /// Stable snake_case key, for example `only_this_vantage_fails`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence that a tired person understands. Plain text.
    pub title: String,
    /// The numbers behind it. Plain text.
    pub explanation: String,
    /// What to do, in order. Plain text.
    pub recommendation: Vec<String>,
    /// Whose job it is.
    pub owner: Owner,
    /// How sure it is.
    pub confidence: Confidence,
    /// The events it rests on, never empty.
    pub evidence: Vec<GroupEvidence>,
    /// At least one.
    pub links: Vec<Link>,
}

/// An event of one of the group's runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupEvidence {
    /// The run.
    pub run: RunId,
    /// The event.
    pub seq: u64,
}

/// A message of `GET /api/groups/{id}/events`. Its SSE id is the stream's cursor: how far each run has been
/// read, the runs by id, as `12.0.7`; `Last-Event-ID` and `?after=` take it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupEvent {
    /// Whose event it is.
    pub run: RunId,
    /// The event.
    pub event: RunEvent,
}

/// `POST /api/runs/{id}/shares`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewShare {
    /// 60 s to 90 days; 7 days when absent.
    pub expires_in_s: u32,
    /// What is masked.
    pub redact: Redaction,
}

impl NewShare {
    /// Shortest life of a link, in seconds.
    pub const LEAST_S: u32 = 60;
    /// Longest life of a link, in seconds: 90 days.
    pub const MOST_S: u32 = 90 * 24 * 60 * 60;
}

impl Default for NewShare {
    fn default() -> Self {
        Self {
            expires_in_s: 7 * 24 * 60 * 60,
            redact: Redaction::Support,
        }
    }
}

/// `201` of `POST /api/runs/{id}/shares`: the only time that the link is seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareCreated {
    /// For `DELETE /api/shares/{id}`.
    pub id: ShareId,
    /// The link to send, whole: `https://portal/s/{token}`.
    pub url: String,
}

/// One row of `GET /api/runs/{id}/shares`, newest first; revoked and expired ones are not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareView {
    /// The link, as its maker names it.
    pub id: ShareId,
    /// What is masked.
    pub redact: Redaction,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Highest `seq` that it shows; absent while the run lasts, which it then follows.
    pub last_seq: Option<u64>,
    /// How often its page's data was opened.
    pub views: u64,
}

/// `GET /api/shares/{token}`, and `GET /api/runs/{id}/shares/preview?redact=`: a redacted run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SharedRun {
    /// The run, redacted, as of its `last_seq`.
    pub run: RunView,
    /// What is masked.
    pub redact: Redaction,
    /// When the link ends; absent in a preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// How many different values were masked in the events so far, by kind: `user`, `address`, `host`, `mac`,
    /// `interface`, `resolver`, `local_user`, `database`, `agent`, `certificate`, `name`.
    pub masked: BTreeMap<String, u64>,
}
