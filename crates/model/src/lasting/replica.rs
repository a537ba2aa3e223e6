//! Availability replicas: what is asked for, and what is seen of them. The port of the other replica's endpoint,
//! connect by connect; what the own server's catalog and error log say; logins at a listener. All of it on the run's
//! clock, so that one picture holds it.

use super::{Clocked, LONGEST_LASTING_MS, LinkChange, LoopFailure, LoopMinute};
use crate::FailureCode;
use serde::{Deserialize, Serialize};

/// Name, value, least, most.
type Bound = (&'static str, u64, u64, u64);

/// Longest host name there is.
const LONGEST_HOST: usize = 253;

/// One connect every second to the endpoint of the other replica, from (or near) the host of this one. The run's own
/// target is this replica's SQL Server; with credentials it is asked what it knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplicaSession {
    /// Host of the other replica's endpoint, as its `endpoint_url` names it: a name or an address.
    pub peer: String,
    /// Port of that endpoint.
    #[serde(default = "usual_port")]
    pub port: u16,
    /// Start of one connect to the start of the next.
    #[serde(default = "second")]
    pub every_ms: u64,
    /// For so long.
    #[serde(default = "two_minutes")]
    pub lasts_ms: u64,
    /// Silence of so long ends a session; absent for what the server says, and 10 s where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_timeout_ms: Option<u64>,
    /// The lease between server and cluster, which no view of the server tells; absent when not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_timeout_ms: Option<u64>,
    /// `SameSubnetDelay` × `SameSubnetThreshold` of the cluster, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_silence_ms: Option<u64>,
}

const fn usual_port() -> u16 {
    5_022
}

const fn second() -> u64 {
    1_000
}

const fn two_minutes() -> u64 {
    120_000
}

impl ReplicaSession {
    /// What a server uses that was told nothing.
    pub const USUAL_TIMEOUT_MS: u64 = 10_000;

    /// Of this peer, with the defaults.
    #[must_use]
    pub fn with(peer: &str) -> Self {
        Self {
            peer: peer.to_owned(),
            port: usual_port(),
            every_ms: second(),
            lasts_ms: two_minutes(),
            session_timeout_ms: None,
            lease_timeout_ms: None,
            cluster_silence_ms: None,
        }
    }

    pub(super) fn lasts_ms(&self) -> u64 {
        // What is asked of the server before and after takes a while.
        self.lasts_ms.saturating_add(60_000)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        let usual = Self::USUAL_TIMEOUT_MS;
        vec![
            ("replica_session.port", u64::from(self.port), 1, 65_535),
            ("replica_session.every_ms", self.every_ms, 20, 60_000),
            (
                "replica_session.lasts_ms",
                self.lasts_ms,
                1,
                LONGEST_LASTING_MS,
            ),
            (
                "replica_session.session_timeout_ms",
                self.session_timeout_ms.unwrap_or(usual),
                50,
                3_600_000,
            ),
            (
                "replica_session.lease_timeout_ms",
                self.lease_timeout_ms.unwrap_or(usual),
                1,
                3_600_000,
            ),
            (
                "replica_session.cluster_silence_ms",
                self.cluster_silence_ms.unwrap_or(usual),
                1,
                3_600_000,
            ),
        ]
    }

    /// Whether the peer can be a host at all.
    pub(super) fn has_host(&self) -> bool {
        (1..=LONGEST_HOST).contains(&self.peer.len())
            && self
                .peer
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte))
    }
}

/// Logins at the run's target, every so often, twice side by side: addresses one after the other, and all at once as
/// with `MultiSubnetFailover`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListenerView {
    /// Start of one login to the start of the next.
    pub every_ms: u64,
    /// For so long.
    pub lasts_ms: u64,
}

impl Default for ListenerView {
    fn default() -> Self {
        Self {
            every_ms: second(),
            lasts_ms: two_minutes(),
        }
    }
}

impl ListenerView {
    pub(super) fn lasts_ms(&self) -> u64 {
        self.lasts_ms.saturating_add(60_000)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        vec![
            ("listener.every_ms", self.every_ms, 20, 600_000),
            ("listener.lasts_ms", self.lasts_ms, 1, LONGEST_LASTING_MS),
        ]
    }
}

/// A fact about availability replicas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReplicaFact {
    /// The connects begin.
    Watch(ReplicaWatch),
    /// The name of the peer leads elsewhere, or nowhere, from now on; the first answer too.
    Named(PeerName),
    /// The connects of one minute.
    Minute(ReplicaMinute),
    /// A connect that came to nothing.
    Failed(ConnectFailed),
    /// Nothing was established for longer than two connects are apart.
    Gap(SessionGap),
    /// With the session time-out in force, the session would be lost now, or there would be one again.
    Change(LinkChange),
    /// The own server, as it names itself.
    Server(ReplicaServer),
    /// The own server's clock, against the run's.
    Clock(ServerClock),
    /// A replica as the own server sees it; again whenever that changed.
    Replica(Box<ReplicaRow>),
    /// The own server's endpoint for replicas.
    Endpoint(Box<EndpointRow>),
    /// A line of the own server's error log.
    Log(LogLine),
    /// Something that the server did not tell.
    Untold(Untold),
    /// Logins of one minute at the listener.
    ListenerMinute(ListenerMinute),
    /// A login at the listener that came to nothing.
    ListenerFailure(ListenerFailure),
}

/// The connects begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplicaWatch {
    /// Since the run's start.
    pub at_us: u64,
    /// Start of one connect to the start of the next.
    pub every_ms: u64,
    /// The session time-out in force.
    pub timeout_ms: u64,
    /// Where it comes from.
    pub timeout_from: TimeoutFrom,
}

/// Where a session time-out comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TimeoutFrom {
    /// A person entered it.
    Entered,
    /// The server's catalog.
    Server,
    /// Nobody told: what servers use that were told nothing.
    Usual,
    /// A source this reader does not know.
    #[serde(other)]
    Unknown,
}

/// What the peer's name leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeerName {
    /// Since the run's start.
    pub at_us: u64,
    /// The name.
    pub name: String,
    /// Addresses in the order they came, at most 16.
    pub addresses: Vec<String>,
    /// Absent when fine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FailureCode>,
    /// How long the answer took.
    pub elapsed_us: u64,
}

/// The connects of one minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplicaMinute {
    /// Its start, since the run's start.
    pub from_us: u64,
    /// Its end; less than a minute later when the connects ended.
    pub until_us: u64,
    /// Those that were established.
    pub established: Clocked,
    /// Those that were not, by how they failed.
    pub failed: Vec<super::FailedAlike>,
    /// Of those established, how many needed their first packet sent again.
    pub again: u32,
    /// Connects that were not begun, because this host was late.
    pub passed_over: u32,
    /// How late a timer of this process was at most.
    pub lag_max_us: u64,
    /// Failures and gaps that are not told in full, because there were too many before.
    pub left_out: u32,
}

/// A connect that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectFailed {
    /// Start, since the run's start.
    pub started_us: u64,
    /// To its end.
    pub elapsed_us: u64,
    /// How it failed.
    pub code: FailureCode,
    /// `ip:port`; absent when there was none to connect to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The system's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Nothing was established for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionGap {
    /// The last connect before it was established, since the run's start; of none, when the connects began.
    pub from_us: u64,
    /// The first after it was, or the connects ended.
    pub until_us: u64,
    /// It lasted to the end.
    pub open: bool,
    /// Connects that failed within it.
    pub failed: u32,
    /// How the first of them did that said why; of none, how the first did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FailureCode>,
    /// When somebody first said why; absent when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_us: Option<u64>,
    /// How late a timer of this process was at most.
    pub lag_max_us: u64,
    /// All that this process was late: so much of the gap nobody could have heard anything.
    pub lag_whole_us: u64,
}

/// The own server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplicaServer {
    /// `@@SERVERNAME`.
    pub name: Option<String>,
    /// Name of the host as the system has it (`ComputerNamePhysicalNetBIOS`).
    pub host: Option<String>,
    /// Product version.
    pub version: Option<String>,
    /// Whether Always On is switched on.
    pub enabled: Option<bool>,
    /// May see the state of the server.
    pub sees_state: Option<bool>,
    /// May see what it does not own.
    pub sees_definitions: Option<bool>,
}

/// The own server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerClock {
    /// Asked, since the run's start.
    pub asked_us: u64,
    /// Answered, likewise.
    pub answered_us: u64,
    /// So much later than the agent's wall clock; negative when earlier.
    pub ahead_ms: i64,
    /// The server's time of day less UTC.
    pub zone_min: i64,
}

/// A replica as the own server sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplicaRow {
    /// Read, since the run's start.
    pub at_us: u64,
    /// Availability group.
    pub group: String,
    /// The replica's server.
    pub replica: String,
    /// Whether it is the own server.
    pub local: bool,
    /// `TCP://host:port`.
    pub endpoint_url: Option<String>,
    /// `SYNCHRONOUS_COMMIT`…
    pub availability_mode: Option<String>,
    /// `AUTOMATIC`…
    pub failover_mode: Option<String>,
    /// Session time-out.
    pub session_timeout_s: Option<u32>,
    /// Health-check time-out of the group.
    pub health_check_ms: Option<u32>,
    /// `PRIMARY`, `SECONDARY`, `RESOLVING`.
    pub role: Option<String>,
    /// `CONNECTED`, `DISCONNECTED`.
    pub connected: Option<String>,
    /// `HEALTHY`…
    pub health: Option<String>,
    /// `JOINED_STANDALONE`…
    pub joined: Option<String>,
    /// Its last connect error.
    pub last_error: Option<LastConnectError>,
}

/// The last error of connecting to a replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastConnectError {
    /// Error number.
    pub number: i32,
    /// The server's words.
    pub text: String,
    /// When, by the server's own time of day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// When, since the run's start; negative before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_us: Option<i64>,
}

/// An endpoint for replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointRow {
    /// Name.
    pub name: String,
    /// `STARTED`, `STOPPED`, `DISABLED`.
    pub state: Option<String>,
    /// Port that it listens on.
    pub port: Option<u16>,
    /// Address that it listens on; absent for all.
    pub address: Option<String>,
    /// `ALL`, `PARTNER`, `WITNESS`.
    pub role: Option<String>,
    /// How the other side proves who it is.
    pub authentication: Option<String>,
    /// `AES`…
    pub encryption: Option<String>,
    /// Who owns it.
    pub owner: Option<String>,
    /// Who may connect by a permission of its own, at most 50; absent when that was not told.
    pub may_connect: Option<Vec<String>>,
}

/// A line of the own server's error log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    /// By the server's own time of day.
    pub at: String,
    /// Since the run's start; negative before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_us: Option<i64>,
    /// The message's number, when its words are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i32>,
    /// Its words, at most 400 characters.
    pub text: String,
}

/// Something that the server did not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Untold {
    /// What was asked for.
    pub what: CatalogPart,
    /// The server's number; absent when the connection failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i32>,
    /// Its words, or what became of the connection.
    pub text: String,
}

/// A part of what a server knows of its replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CatalogPart {
    /// Its name, its version, and what the login may see.
    Server,
    /// Its clock.
    Clock,
    /// Groups, replicas and their states.
    Replicas,
    /// Endpoints for replicas.
    Endpoints,
    /// Who may connect to them.
    Permissions,
    /// The error log.
    ErrorLog,
    /// A part this reader does not know.
    #[serde(other)]
    Unknown,
}

/// Logins of one minute at the listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListenerMinute {
    /// All addresses at once, as with `MultiSubnetFailover`.
    pub at_once: bool,
    /// The logins.
    pub logins: LoopMinute,
    /// Where those that worked went, `ip:port`, and how many; at most 16.
    pub endpoints: Vec<(String, u32)>,
}

/// A login at the listener that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListenerFailure {
    /// All addresses at once, as with `MultiSubnetFailover`.
    pub at_once: bool,
    /// The login.
    pub login: LoopFailure,
}

#[cfg(test)]
mod tests {
    use super::ReplicaSession;
    use crate::lasting::Lasting;

    #[test]
    fn the_peer_is_enough_and_has_to_be_a_host() {
        let asked: Lasting = serde_json::from_str(r#"{"replica_session": {"peer": "sql-b"}}"#)
            .expect("the rest has defaults");
        assert_eq!(asked.replica_session, Some(ReplicaSession::with("sql-b")));
        assert_eq!(asked.reason_refused(), None);
        for wrong in [
            "",
            "a b",
            "host\\instance",
            "tcp:h,1",
            "пример",
            &"a".repeat(254),
        ] {
            let asked = Lasting {
                replica_session: Some(ReplicaSession::with(wrong)),
                ..Lasting::default()
            };
            let why = asked.reason_refused().expect(wrong);
            assert!(why.contains("replica_session.peer"), "{why}");
        }
    }
}
