//! Kinds of endpoint, by exact suffix.

use crate::facts;
use std::fmt;

/// What sort of endpoint a name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Azure SQL Database, or a dedicated pool on a logical server.
    SqlDatabase,
    /// The private-link alias of one; connecting by it fails.
    SqlDatabasePrivatelink,
    /// Azure SQL Managed Instance, inside its network.
    ManagedInstanceVnetLocal,
    /// Its public endpoint.
    ManagedInstancePublic,
    /// The private-link alias of one.
    ManagedInstancePrivateEndpoint,
    /// Azure Synapse workspace, dedicated pools.
    SynapseDedicated,
    /// Azure Synapse workspace, serverless pool.
    SynapseServerless,
    /// Microsoft Fabric warehouse or SQL analytics endpoint.
    FabricWarehouse,
    /// SQL database in Microsoft Fabric.
    FabricSqlDatabase,
    /// A full name under no known suffix: an alias of an Azure name, or a server of one's own.
    CustomDomain,
    /// SQL Server: a short name, an address, or a named instance.
    SqlServer,
}

impl Kind {
    /// The key, as plans and runs carry it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SqlDatabase => "sql_database",
            Self::SqlDatabasePrivatelink => "sql_database_privatelink",
            Self::ManagedInstanceVnetLocal => "managed_instance_vnet_local",
            Self::ManagedInstancePublic => "managed_instance_public",
            Self::ManagedInstancePrivateEndpoint => "managed_instance_private_endpoint",
            Self::SynapseDedicated => "synapse_dedicated",
            Self::SynapseServerless => "synapse_serverless",
            Self::FabricWarehouse => "fabric_warehouse",
            Self::FabricSqlDatabase => "fabric_sql_database",
            Self::CustomDomain => "custom_domain",
            Self::SqlServer => "sql_server",
        }
    }

    /// The kind with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == key)
    }

    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::SqlDatabase,
        Self::SqlDatabasePrivatelink,
        Self::ManagedInstanceVnetLocal,
        Self::ManagedInstancePublic,
        Self::ManagedInstancePrivateEndpoint,
        Self::SynapseDedicated,
        Self::SynapseServerless,
        Self::FabricWarehouse,
        Self::FabricSqlDatabase,
        Self::CustomDomain,
        Self::SqlServer,
    ];

    /// In words, for a person.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SqlDatabase => "Azure SQL Database",
            Self::SqlDatabasePrivatelink => "Azure SQL Database, private-link name",
            Self::ManagedInstanceVnetLocal => "Azure SQL Managed Instance",
            Self::ManagedInstancePublic => "Azure SQL Managed Instance, public endpoint",
            Self::ManagedInstancePrivateEndpoint => "Azure SQL Managed Instance, private-link name",
            Self::SynapseDedicated => "Azure Synapse, dedicated pool",
            Self::SynapseServerless => "Azure Synapse, serverless pool",
            Self::FabricWarehouse => "Microsoft Fabric warehouse",
            Self::FabricSqlDatabase => "SQL database in Microsoft Fabric",
            Self::CustomDomain => "custom domain name",
            Self::SqlServer => "SQL Server",
        }
    }

    /// Whether Microsoft runs it.
    #[must_use]
    pub fn is_azure(self) -> bool {
        !matches!(self, Self::CustomDomain | Self::SqlServer)
    }

    /// Whether it is a managed instance.
    #[must_use]
    pub fn is_managed_instance(self) -> bool {
        matches!(
            self,
            Self::ManagedInstanceVnetLocal
                | Self::ManagedInstancePublic
                | Self::ManagedInstancePrivateEndpoint
        )
    }

    /// Whether clients reach it by the gateways of a region.
    #[must_use]
    pub fn has_gateways(self) -> bool {
        matches!(
            self,
            Self::SqlDatabase | Self::SynapseDedicated | Self::SynapseServerless
        )
    }

    /// Where a login may be routed to, as people write it in firewall rules; `None` when it never is.
    #[must_use]
    pub fn redirect_ports(self) -> Option<&'static str> {
        match self {
            Self::ManagedInstancePublic
            | Self::ManagedInstancePrivateEndpoint
            | Self::FabricWarehouse => None,
            Self::SqlDatabasePrivatelink => Some("1433-65535"),
            _ => Some("11000-11999"),
        }
    }

    /// The port that is used when none is given.
    #[must_use]
    pub fn default_port(self) -> u16 {
        if self == Self::ManagedInstancePublic {
            3342
        } else {
            1433
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const FABRIC_SQL: &str = "database.fabric.microsoft.com";
const FABRIC_WAREHOUSE: &[&str] = &[
    "datawarehouse.fabric.microsoft.com",
    "datawarehouse.pbidedicated.microsoft.com",
    "pbidedicated.microsoft.com",
    "pbidedicated.windows.net",
];

/// What stands before a suffix, when the name ends in exactly that suffix.
fn before<'a>(host: &'a str, suffix: &str) -> Option<&'a str> {
    let head = host.strip_suffix(suffix)?;
    if head.is_empty() {
        Some(head)
    } else {
        head.strip_suffix('.')
    }
}

/// Whether a name is a known suffix and nothing more.
pub(crate) fn is_bare_suffix(host: &str) -> bool {
    host == FABRIC_SQL
        || FABRIC_WAREHOUSE.contains(&host)
        || facts::clouds()
            .iter()
            .any(|cloud| host == cloud.sql || host == cloud.synapse)
}

/// Whether a name is that of a node behind a gateway, which no client should be given.
pub(crate) fn is_node(host: &str) -> bool {
    facts::clouds()
        .iter()
        .filter_map(|cloud| before(host, &cloud.sql))
        .any(|head| head.rsplit('.').next() == Some("worker"))
}

/// The kind of a host name that is no address literal.
pub(crate) fn of_name(host: &str) -> Kind {
    if before(host, FABRIC_SQL).is_some() {
        return Kind::FabricSqlDatabase;
    }
    if FABRIC_WAREHOUSE.iter().any(|s| before(host, s).is_some()) {
        return Kind::FabricWarehouse;
    }
    for cloud in facts::clouds() {
        if let Some(head) = before(host, &cloud.sql) {
            return of_sql(head);
        }
        if !cloud.synapse.is_empty()
            && let Some(head) = before(host, &cloud.synapse)
        {
            return if head.ends_with("-ondemand") || head.contains("-ondemand.") {
                Kind::SynapseServerless
            } else {
                Kind::SynapseDedicated
            };
        }
    }
    if host.contains('.') {
        Kind::CustomDomain
    } else {
        Kind::SqlServer
    }
}

/// The kind by the labels before `database.<cloud>`.
fn of_sql(head: &str) -> Kind {
    let labels: Vec<&str> = head.split('.').collect();
    match labels.as_slice() {
        [server] if server.ends_with("-ondemand") => Kind::SynapseServerless,
        // A lone suffix, a server, or the read-only listener of a failover group.
        [_] | [_, "secondary"] => Kind::SqlDatabase,
        [_, "privatelink"] => Kind::SqlDatabasePrivatelink,
        [.., "worker"] => Kind::SqlDatabase,
        [_, "public", _] => Kind::ManagedInstancePublic,
        [_, "privatelink", _] => Kind::ManagedInstancePrivateEndpoint,
        [_, _] | [_, "secondary", _] => Kind::ManagedInstanceVnetLocal,
        _ => Kind::CustomDomain,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, of_name};

    #[test]
    fn kinds_by_exact_suffix() {
        use Kind::{
            CustomDomain, FabricSqlDatabase, FabricWarehouse, ManagedInstancePrivateEndpoint,
            ManagedInstancePublic, ManagedInstanceVnetLocal, SqlDatabase, SqlDatabasePrivatelink,
            SqlServer, SynapseDedicated, SynapseServerless,
        };
        for (host, kind) in [
            ("contoso.database.windows.net", SqlDatabase),
            ("contoso.database.chinacloudapi.cn", SqlDatabase),
            ("contoso.database.usgovcloudapi.net", SqlDatabase),
            ("contoso.database.cloudapi.de", SqlDatabase),
            ("group.secondary.database.windows.net", SqlDatabase),
            ("tr1.westeurope1-a.worker.database.windows.net", SqlDatabase),
            (
                "contoso.privatelink.database.windows.net",
                SqlDatabasePrivatelink,
            ),
            ("mi.0a1b2c.database.windows.net", ManagedInstanceVnetLocal),
            (
                "fog.secondary.0a1b2c.database.windows.net",
                ManagedInstanceVnetLocal,
            ),
            (
                "mi.public.0a1b2c.database.windows.net",
                ManagedInstancePublic,
            ),
            (
                "mi.privatelink.0a1b2c.database.windows.net",
                ManagedInstancePrivateEndpoint,
            ),
            ("ws.sql.azuresynapse.net", SynapseDedicated),
            ("ws-ondemand.sql.azuresynapse.net", SynapseServerless),
            ("ws-ondemand.database.windows.net", SynapseServerless),
            ("x.datawarehouse.fabric.microsoft.com", FabricWarehouse),
            ("x.pbidedicated.windows.net", FabricWarehouse),
            ("x.database.fabric.microsoft.com", FabricSqlDatabase),
            ("db.example.com", CustomDomain),
            ("databaseXwindows.net", CustomDomain),
            ("contoso.database.windows.net.example.com", CustomDomain),
            ("evildatabase.windows.net", CustomDomain),
            ("localhost", SqlServer),
        ] {
            assert_eq!(of_name(host), kind, "{host}");
        }
    }

    #[test]
    fn every_key_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_key(kind.as_str()), Some(*kind));
        }
    }
}
