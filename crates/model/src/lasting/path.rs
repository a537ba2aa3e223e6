//! Facts of the way to a server: what it carries, and how much at once.

use super::TcpCounters;
use crate::FailureCode;
use serde::{Deserialize, Serialize};

/// The host's own ports, before anything was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LocalPorts {
    /// Lowest and highest that the system hands out, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(u16, u16)>,
    /// Connections of all programs.
    pub connections: u32,
    /// Of those, ended ones that still hold their port (TIME_WAIT).
    pub waiting: u32,
    /// Of all, those to this server and port.
    pub to_endpoint: u32,
}

/// One second of opening connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RampStage {
    /// Its start, since the run's start.
    pub from_us: u64,
    /// Connects that were begun in it.
    pub tried: u32,
    /// Of those, established.
    pub established: u32,
    /// Open at its end.
    pub open: u32,
    /// Median of the established ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_us: Option<u64>,
    /// The longest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_us: Option<u64>,
    /// Of those begun in it, the ones that failed, by how.
    pub failed: Vec<(FailureCode, u32)>,
}

/// What opening more and more connections came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RampEnd {
    /// `ip:port`.
    pub endpoint: String,
    /// Connects that were begun.
    pub tried: u32,
    /// Most that were open at once.
    pub most_open: u32,
    /// Those that failed.
    pub failed: u32,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_failure: Option<RampFailure>,
    /// Ended by the other side while they were held.
    pub lost: u32,
    /// Whether one more connect worked once all were closed; absent when none had failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worked_after: Option<bool>,
}

/// A connect of the ramp that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RampFailure {
    /// How many were open when it began.
    pub open: u32,
    /// How it failed.
    pub code: FailureCode,
    /// The system's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Connects one after another, to count lost SYNs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SynTimes {
    /// `ip:port`.
    pub endpoint: String,
    /// Connects.
    pub tried: u32,
    /// Of those, established.
    pub established: u32,
    /// Of those, the ones whose SYN was sent more than once.
    pub again: u32,
    /// Of the established ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_us: Option<u64>,
    /// The longest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_us: Option<u64>,
}

/// Every address of the name, tried in one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddressesTried {
    /// How.
    pub order: AddressOrder,
    /// Until the first was connected; absent when none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_us: Option<u64>,
    /// Each that was tried; in turn, the first that works is the last.
    pub answers: Vec<AddressAnswer>,
}

/// How addresses are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AddressOrder {
    /// One after another, as they came, as many drivers do.
    InTurn,
    /// All at once, as with MultiSubnetFailover.
    AtOnce,
}

/// What became of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddressAnswer {
    /// `ip:port`.
    pub endpoint: String,
    /// How long it took.
    pub elapsed_us: u64,
    /// Absent when it connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FailureCode>,
}

/// One message of a known size, and whether it got through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SizeAnswer {
    /// What was large.
    pub message: SizedMessage,
    /// About how large; 0 for a handshake, whose size the server's certificates make.
    pub bytes: u32,
    /// Segments were held to so many bytes; absent for what the system chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<u32>,
    /// How long it took.
    pub elapsed_us: u64,
    /// Absent when it got through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FailureCode>,
    /// What the system counted of the connection by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counters: Option<TcpCounters>,
}

/// What is large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SizedMessage {
    /// PRELOGIN and TLS: the server's certificates are some kilobytes.
    Handshake,
    /// A query.
    Request,
    /// A query's answer.
    Answer,
}
