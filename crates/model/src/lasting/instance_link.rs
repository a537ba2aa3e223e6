//! The link between a SQL Server and a managed instance: what is asked for, and what is seen of it.
//!
//! The run's own target is the SQL Server. The managed instance is a second server with a sign-in of its own.

use super::choices::Bound;
use super::is_name;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Connects between a SQL Server, the run's target, and a managed instance, made by the two themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InstanceLink {
    /// The managed instance, as a person types a server.
    pub instance: String,
    /// Login name there. Its password comes sealed apart.
    pub user: String,
    /// From where to where.
    #[serde(default = "LinkDirection::all")]
    pub directions: Vec<LinkDirection>,
    /// Who connects from the SQL Server's side.
    #[serde(default)]
    pub way: LinkWay,
    /// Address or name under which the instance is to reach the SQL Server; only for that direction.
    #[serde(default)]
    pub address: String,
    /// The instance's subnet, `10.1.0.0/24`; where what answers lies outside it, that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet: Option<String>,
    /// Port of the SQL Server's mirroring endpoint, where none is there yet.
    #[serde(default = "mirroring_port")]
    pub server_port: u16,
    /// Port of the instance's mirroring endpoint.
    #[serde(default = "mirroring_port")]
    pub instance_port: u16,
    /// Jobs, a procedure, a certificate and an endpoint may be made, and are taken away again.
    #[serde(default)]
    pub objects_allowed: bool,
    /// A master key may be made in `master` of the SQL Server where there is none, and is taken away again.
    #[serde(default)]
    pub master_key_allowed: bool,
    /// State every statement of both sides and send none.
    #[serde(default = "yes")]
    pub dry_run: bool,
    /// Between two looks at a job that runs.
    #[serde(default = "poll")]
    pub poll_ms: u64,
    /// Longest that one job may run.
    #[serde(default = "limit")]
    pub limit_ms: u64,
}

/// From where to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LinkDirection {
    /// From the SQL Server to the instance.
    ToInstance,
    /// From the instance to the SQL Server.
    FromInstance,
}

impl LinkDirection {
    /// Both, in the order in which they are made.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![Self::ToInstance, Self::FromInstance]
    }
}

/// Who connects from the SQL Server's side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LinkWay {
    /// A job of SQL Server Agent, with PowerShell steps; only on Windows.
    #[default]
    ServerJob,
    /// The agent itself, which runs on the SQL Server's host, whatever system that has.
    Directly,
}

/// One of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LinkSide {
    /// The SQL Server.
    Server,
    /// The managed instance.
    Instance,
}

/// What one of the two servers says of itself before anything is made. What it did not say is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkReadiness {
    /// Which.
    pub side: LinkSide,
    /// `16.0.4185.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `EngineEdition`; 8 is a managed instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<i32>,
    /// `Windows`, `Linux`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The login is a sysadmin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sysadmin: Option<bool>,
    /// The login may make jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_make_jobs: Option<bool>,
    /// SQL Server Agent, as the server says: `Running`, `Stopped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_service: Option<String>,
    /// `master` has a master key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master_key: Option<bool>,
    /// The mirroring endpoint that was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<MirroringEndpoint>,
    /// What else has the port that an endpoint would need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port_taken_by: Option<String>,
}

/// A mirroring endpoint that a server has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MirroringEndpoint {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// `STARTED`, `STOPPED`, `DISABLED`.
    pub state: String,
}

/// Where the instance says that it is now. After a failover it says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InstanceAddresses {
    /// Its name in DNS.
    pub dns_name: String,
    /// The node that its primary replica is on.
    pub node: String,
    /// That node's port for replication.
    pub hadr_port: u16,
}

/// One connect of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LinkLeg {
    /// From the SQL Server to the instance's mirroring port.
    ToInstance,
    /// From the SQL Server to the port for replication of the instance's node.
    ToNode,
    /// From the SQL Server's own host to its mirroring port.
    ServerItself,
    /// From the instance to the SQL Server's mirroring port.
    ToServer,
}

/// Who made a connect of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LegBy {
    /// A job on the SQL Server.
    ServerJob,
    /// A job on the instance.
    InstanceJob,
    /// The agent, on the SQL Server's host.
    Agent,
}

/// What came of one connect of the link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LegEnd {
    /// Which.
    pub leg: LinkLeg,
    /// Who made it.
    pub by: LegBy,
    /// To which name or address.
    pub host: String,
    /// To which port.
    pub port: u16,
    /// Whether a connection came about; absent when nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<bool>,
    /// The address behind the name, as whoever connected saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_address: Option<String>,
    /// Whether that address lies in the instance's subnet; absent when one of the two is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_subnet: Option<bool>,
    /// What was said of it, at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

const fn yes() -> bool {
    true
}

const fn mirroring_port() -> u16 {
    5022
}

const fn poll() -> u64 {
    1_000
}

const fn limit() -> u64 {
    90_000
}

impl InstanceLink {
    /// Beside the jobs: both servers asked, objects made and taken away.
    const REST_MS: u64 = 120_000;

    /// Whether a direction is asked for.
    #[must_use]
    pub fn goes(&self, direction: LinkDirection) -> bool {
        self.directions.contains(&direction)
    }

    /// Whether something has to be made on a server for it.
    #[must_use]
    pub fn makes_objects(&self) -> bool {
        self.way == LinkWay::ServerJob || self.goes(LinkDirection::FromInstance)
    }

    pub(super) fn lasts_ms(&self) -> u64 {
        if self.dry_run {
            return 0;
        }
        // One job to the instance, one for the SQL Server itself, one from the instance.
        let jobs = self.limit_ms.saturating_mul(3);
        jobs.saturating_add(Self::REST_MS)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        vec![
            (
                "instance_link.directions (their number)",
                self.directions.len() as u64,
                1,
                2,
            ),
            (
                "instance_link.server_port",
                self.server_port.into(),
                1,
                65_535,
            ),
            (
                "instance_link.instance_port",
                self.instance_port.into(),
                1,
                65_535,
            ),
            ("instance_link.poll_ms", self.poll_ms, 10, 10_000),
            ("instance_link.limit_ms", self.limit_ms, 100, 600_000),
        ]
    }

    pub(super) fn reason_refused(&self) -> Option<&'static str> {
        if !is_name(&self.instance) || !is_name(&self.user) {
            return Some(
                "instance and user must be 1 to 128 characters without control characters",
            );
        }
        if self.goes(LinkDirection::FromInstance) && !is_host(&self.address) {
            return Some(
                "address must be the name or address under which the instance reaches the SQL Server: letters, digits, \
                 dots, hyphens, colons",
            );
        }
        if self
            .subnet
            .as_deref()
            .is_some_and(|text| subnet(text).is_none())
        {
            return Some("subnet must be an address and a length, like 10.1.0.0/24");
        }
        if !self.dry_run && self.makes_objects() && !self.objects_allowed {
            return Some(
                "objects_allowed must be true: jobs, a procedure, a certificate and an endpoint are made and taken away \
                 again. A dry run states every statement and makes nothing",
            );
        }
        None
    }

    /// Whether an address lies in the instance's subnet; `None` when there is no subnet, or this is no address.
    #[must_use]
    pub fn in_subnet(&self, address: &str) -> Option<bool> {
        let (network, length) = subnet(self.subnet.as_deref()?)?;
        let address: IpAddr = address.trim().parse().ok()?;
        Some(match (network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                leading(u128::from(network.to_bits()), length, 32)
                    == leading(u128::from(address.to_bits()), length, 32)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                leading(network.to_bits(), length, 128) == leading(address.to_bits(), length, 128)
            }
            _ => false,
        })
    }
}

/// Name or address of a host, and nothing that any language could take for something else.
#[must_use]
pub fn is_host(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':'))
        && !text.starts_with('-')
}

fn subnet(text: &str) -> Option<(IpAddr, u32)> {
    let (network, length) = text.trim().split_once('/')?;
    let network: IpAddr = network.parse().ok()?;
    let length: u32 = length.parse().ok()?;
    let most = if network.is_ipv4() { 32 } else { 128 };
    (length <= most).then_some((network, length))
}

/// The leading bits.
fn leading(bits: u128, length: u32, of: u32) -> u128 {
    bits.checked_shr(of.saturating_sub(length)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(more: &str) -> InstanceLink {
        let json = format!(
            r#"{{"instance": "mi.example.net", "user": "u", "address": "10.0.0.4"{more}}}"#
        );
        serde_json::from_str(&json).expect("a link")
    }

    #[test]
    fn it_is_a_dry_run_of_both_directions_unless_somebody_says_otherwise() {
        let link = link("");
        assert!(link.dry_run && !link.objects_allowed && !link.master_key_allowed);
        assert_eq!(link.directions, LinkDirection::all());
        assert_eq!((link.server_port, link.instance_port), (5022, 5022));
        assert_eq!((link.lasts_ms(), link.reason_refused()), (0, None));
    }

    #[test]
    fn nothing_is_made_without_consent() {
        let refused = |more: &str| link(more).reason_refused();
        assert!(refused(r#","dry_run":false"#).is_some());
        assert!(refused(r#","dry_run":false,"objects_allowed":true"#).is_none());
        let directly = r#","dry_run":false,"way":"directly","directions":["to_instance"]"#;
        assert!(refused(directly).is_none(), "it makes nothing");
        assert!(refused(r#","dry_run":false,"way":"directly""#).is_some());
    }

    #[test]
    fn addresses_and_subnets_are_read_strictly() {
        for odd in ["", "a b", "a';", "a]", "-a", "ä", "$(x)", &"a".repeat(254)] {
            assert!(!is_host(odd), "{odd}");
        }
        assert!(is_host("fe80::1") && is_host("sql-1.corp.example"));
        for odd in ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/129", "x/8"] {
            assert!(
                link(&format!(r#","subnet":"{odd}""#))
                    .reason_refused()
                    .is_some()
            );
        }
        let v4 = link(r#","subnet":"10.1.2.0/23""#);
        for (address, inside) in [
            ("10.1.3.255", Some(true)),
            ("10.1.4.0", Some(false)),
            ("::ffff:10.1.2.9", Some(true)),
            ("fd00::1", Some(false)),
            ("nowhere", None),
        ] {
            assert_eq!(v4.in_subnet(address), inside, "{address}");
        }
        assert_eq!(
            link(r#","subnet":"0.0.0.0/0""#).in_subnet("8.8.8.8"),
            Some(true)
        );
        assert_eq!(
            link(r#","subnet":"fd00::/8""#).in_subnet("fdab::1"),
            Some(true)
        );
        assert_eq!(link("").in_subnet("10.0.0.1"), None);
    }
}
