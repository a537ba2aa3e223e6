//! Facts of the further checks: what a run sees beside the path of its own login.

use crate::{FailureCode, PhaseTime};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How the host would send to an address, from its routing table. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Route {
    /// The address asked about.
    pub destination: String,
    /// Next router; absent when the address is on the link, or there is no route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// Interface that it leaves by; absent when there is no route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Address that it would come from; absent when there is no route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Largest packet of the route, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

/// The region that a connection enters by, from the table of gateways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GatewayRegion {
    /// Its name in the table.
    pub region: String,
    /// Cloud: `public`, `china`, `usgov`…
    pub cloud: String,
    /// How it was told.
    pub by: RegionSource,
    /// The address or alias that told it.
    pub told_by: String,
    /// The region's gateway addresses that are connected to.
    pub gateways: Vec<String>,
    /// Date of the table, `YYYY-MM-DD`.
    pub as_of: String,
}

/// How a region was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RegionSource {
    /// The resolved address is in one of the region's ranges.
    Address,
    /// An alias on the way to the address names the region.
    Alias,
}

/// One of the addresses that Microsoft Entra sign-in needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInHost {
    /// Its name.
    pub host: String,
    /// Addresses it has.
    pub addresses: Vec<String>,
    /// Phases that were reached, with their clocks.
    pub phases: Vec<PhaseTime>,
    /// Issuer of its certificate; absent without a handshake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// A database as `sys.databases` of `master` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatabaseEntry {
    /// The name that was looked for.
    pub name: String,
    /// Whether it stands there, for this login.
    pub found: bool,
    /// `ONLINE`, `RECOVERING`…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// What one endpoint does with one version of TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TlsOffer {
    /// `ip:port`.
    pub endpoint: String,
    /// `TLSv1.0` to `TLSv1.3`, inside TDS packets; `strict` for TDS 8, where TLS comes first.
    pub version: String,
    /// Whether a ServerHello of that version came.
    pub accepted: bool,
    /// Chosen cipher suite, IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FailureCode>,
    /// The alert or the system's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What an address named in a certificate answered about its revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevocationAnswer {
    /// `ocsp` or `crl`.
    pub kind: String,
    /// The address.
    pub url: String,
    /// Subject of the certificate that is asked about.
    pub subject: String,
    /// `good`, `revoked`, `unknown`; absent without an answer that can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Bytes of the answer.
    pub bytes: u64,
    /// How long it took.
    pub elapsed_us: u64,
}

/// What answered a probe with a limited number of hops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RouteHop {
    /// Hops it was allowed.
    pub ttl: u8,
    /// Who answered; absent when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `time_exceeded`, `unreachable`, `prohibited`, `connected`, `refused`, `silent`.
    pub answer: String,
    /// How long it took.
    pub elapsed_us: u64,
}

/// One instance as SQL Browser tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SqlInstance {
    /// Server name.
    pub server: String,
    /// Instance name.
    pub instance: String,
    /// TCP port, when it listens on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Version as told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether it is clustered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clustered: Option<bool>,
}

/// An access token, without the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenFacts {
    /// Where it came from.
    pub source: TokenSource,
    /// Address that gave it; absent when it was pasted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Audience, by its `aud` claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Tenant, by its `tid` claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Application, by its `appid` or `azp` claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Start of validity, by its `nbf` claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// End of validity, by its `exp` claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Where an access token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TokenSource {
    /// A person pasted it.
    Pasted,
    /// User name and password.
    Password,
    /// Application id and its secret.
    ServicePrincipal,
    /// The managed identity of the agent's host.
    ManagedIdentity,
    /// A person signed in with a code on another device.
    DeviceCode,
}

/// Why a token service gave none, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRefusal {
    /// Address that was asked.
    pub authority: String,
    /// OAuth error, for example `invalid_client`.
    pub error: String,
    /// Numbers of Entra (`AADSTS…`).
    pub numbers: Vec<u32>,
    /// Its description, at most 4,000 characters.
    pub description: String,
    /// Ids that Microsoft support asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The service's clock, by its `Date` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_time: Option<DateTime<Utc>>,
}

/// What a person has to do so that the run can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceCode {
    /// To be typed in.
    pub user_code: String,
    /// Where.
    pub verification_url: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// The file of a network trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceFile {
    /// Its name in the bundle.
    pub name: String,
    /// Packets in it.
    pub packets: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Packets that the system or the file's limit left out.
    pub dropped: u64,
}

/// One connection as the network trace shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TracedConnection {
    /// `ip:port`.
    pub endpoint: String,
    /// Local `ip:port`.
    pub local: String,
    /// SYNs sent.
    pub syns: u32,
    /// Whether one was answered by SYN and ACK.
    pub answered: bool,
    /// Segments sent again, by us.
    pub retransmitted: u32,
    /// Segments sent again, by the peer.
    pub peer_retransmitted: u32,
    /// First FIN or RST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<TracedEnd>,
    /// Hop limit of the peer's RST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rst_ttl: Option<u8>,
    /// Hop limit of the peer's other segments, the last one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_ttl: Option<u8>,
    /// ICMP errors about it, as `type/code from address`.
    pub icmp: Vec<String>,
}

/// What ended a traced connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TracedEnd {
    /// Our FIN.
    OurFin,
    /// Our RST.
    OurRst,
    /// The peer's FIN.
    PeerFin,
    /// An RST from the peer's address.
    PeerRst,
}
