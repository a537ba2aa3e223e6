//! Steps and attempts: what was done, when, and how it ended.

use crate::{FailureCode, StepId};
use serde::{Deserialize, Serialize};

/// One act of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StepKind {
    /// Interfaces, resolvers and clocks of the agent's host.
    HostFacts,
    /// One name asked of one source.
    DnsLookup,
    /// Connects to one endpoint.
    TcpConnect,
    /// PRELOGIN sent and its reply read, at one endpoint.
    TdsPrelogin,
    /// TLS handshake at one endpoint.
    TlsHandshake,
    /// LOGIN7 sent and the reply's tokens read, at one endpoint.
    TdsLogin,
    /// A hop to where a login reply routed us; parent of that hop's steps.
    TdsRedirect,
    /// A query by the driver, on a connection of its own.
    SqlQuery,
    /// SQL Browser asked for an instance's port.
    InstanceLookup,
    /// Connects to one gateway of the target's region.
    GatewayConnect,
    /// Name, connect and TLS at one address that Microsoft Entra sign-in needs.
    SignInHost,
    /// An access token asked for.
    TokenRequest,
    /// A Kerberos ticket for the server asked for.
    TicketRequest,
    /// The database looked up in `master`.
    DatabaseLookup,
    /// One further login with its own clocks, from the name to the last token.
    LoginAttempt,
    /// Connects to some ports of the range that redirects go to.
    RedirectSample,
    /// A ClientHello of each version of TLS, at one endpoint.
    TlsVersions,
    /// One address of a certificate asked about its revocation.
    Revocation,
    /// Probes with a limited number of hops, to one endpoint.
    RouteTrace,
    /// The run's own packets, recorded.
    NetworkTrace,
    /// Connections that are idle for longer and longer.
    IdleLadder,
    /// A query every second over one held connection.
    Heartbeat,
    /// Logins or queries in a loop.
    RetryLoop,
    /// Writes whose connection is cut on purpose.
    TrackedWrites,
    /// What the run made on the server taken away, and read back as gone.
    CleanUp,
    /// Connections that return data, held open.
    DataFlow,
    /// More and more connections at once.
    Capacity,
    /// What the way to an endpoint carries.
    PathSurvey,
    /// Connects to the endpoint of another availability replica.
    ReplicaSession,
    /// What the own server says of its availability replicas.
    ReplicaCatalog,
    /// Logins at a listener.
    ListenerView,
    /// The two servers of a link asked what they are and have, before anything is made.
    InstanceLink,
    /// Connects from the SQL Server of a link to the managed instance.
    LinkToInstance,
    /// Connects from the managed instance of a link to the SQL Server.
    LinkFromInstance,
    /// A kind this reader does not know.
    #[serde(other)]
    Unknown,
}

impl StepKind {
    /// Whether it is one of those that [`crate::lasting::Lasting`] asks for.
    #[must_use]
    pub fn lasts(self) -> bool {
        matches!(
            self,
            Self::IdleLadder
                | Self::Heartbeat
                | Self::RetryLoop
                | Self::TrackedWrites
                | Self::DataFlow
                | Self::Capacity
                | Self::PathSurvey
                | Self::ReplicaSession
                | Self::ReplicaCatalog
                | Self::ListenerView
                | Self::InstanceLink
                | Self::LinkToInstance
                | Self::LinkFromInstance
        )
    }
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StepState {
    /// Started, not finished.
    Running,
    /// Finished, fine.
    Ok,
    /// Finished with a failure code.
    Failed,
    /// Not tried; the code says why.
    Skipped,
}

/// What a step is about. Fields that do not apply are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Subject {
    /// The name or literal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The port asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `ip:port`, brackets around IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Where a name was looked up: `system`, `hosts_file`, or a resolver's `ip:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// One try of a step. Every attempt is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// Counts from 1 within the step.
    pub number: u32,
    /// Start, since the run's start on the agent's monotonic clock.
    pub started_us: u64,
    /// How long it took.
    pub elapsed_us: u64,
    /// Absent when fine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FailureCode>,
    /// The local `ip:port`, once there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
    /// The operating system's or the peer's words about the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A step as a reader sees it, folded from the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// Counts from 1 within the run.
    pub id: StepId,
    /// The step this one is part of.
    pub parent: Option<StepId>,
    /// What was done.
    pub kind: StepKind,
    /// Redirects followed before it: 0 at the endpoint that was named.
    pub hop: u32,
    /// To what it was done.
    pub subject: Subject,
    /// How it stands.
    pub state: StepState,
    /// Why it failed or was skipped.
    pub code: Option<FailureCode>,
    /// The operating system's or the peer's words about it.
    pub detail: Option<String>,
    /// Start, since the run's start on the agent's monotonic clock.
    pub started_us: u64,
    /// How long it took; absent while running.
    pub elapsed_us: Option<u64>,
    /// Every try.
    pub attempts: Vec<Attempt>,
    /// `seq` of the events that start and end it.
    pub started_seq: u64,
    /// Absent while running.
    pub finished_seq: Option<u64>,
}
