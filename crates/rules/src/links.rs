//! Pages of documentation, each once. Only addresses that have been stable for years.

/// A title and its address.
pub(crate) type Page = (&'static str, &'static str);

pub(crate) const ARCHITECTURE: Page = (
    "Microsoft: connectivity architecture and connection policy",
    "https://learn.microsoft.com/azure/azure-sql/database/connectivity-architecture",
);
pub(crate) const MI_CONNECTION_TYPES: Page = (
    "Microsoft: connection types of a managed instance",
    "https://learn.microsoft.com/azure/azure-sql/managed-instance/connection-types-overview",
);
pub(crate) const MI_PUBLIC_ENDPOINT: Page = (
    "Microsoft: public endpoint of a managed instance",
    "https://learn.microsoft.com/azure/azure-sql/managed-instance/public-endpoint-configure",
);
pub(crate) const INSTANCE_LINK: Page = (
    "Microsoft: prepare the environment for a managed instance link",
    "https://learn.microsoft.com/azure/azure-sql/managed-instance/managed-instance-link-preparation",
);
pub(crate) const SPN: Page = (
    "Microsoft: service principal names for Kerberos connections",
    "https://learn.microsoft.com/sql/database-engine/configure-windows/register-a-service-principal-name-for-kerberos-connections",
);
pub(crate) const FIREWALL: Page = (
    "Microsoft: firewall rules of Azure SQL",
    "https://learn.microsoft.com/azure/azure-sql/database/firewall-configure",
);
pub(crate) const PRIVATE_ENDPOINT: Page = (
    "Microsoft: private endpoints for Azure SQL",
    "https://learn.microsoft.com/azure/azure-sql/database/private-endpoint-overview",
);
pub(crate) const COMMON_ERRORS: Page = (
    "Microsoft: common connection errors of Azure SQL",
    "https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues",
);
pub(crate) const REPLICA_SESSIONS: Page = (
    "Microsoft: failures of sessions between availability replicas",
    "https://learn.microsoft.com/sql/database-engine/availability-groups/windows/possible-failures-during-sessions-between-availability-replicas-sql-server",
);
pub(crate) const REPLICA_TIMEOUTS: Page = (
    "Microsoft: lease, cluster and health-check time-outs of availability groups",
    "https://learn.microsoft.com/sql/database-engine/availability-groups/windows/availability-group-lease-healthcheck-timeout",
);
pub(crate) const REPLICA_35250: Page = (
    "Microsoft: error 35250, the connection to the primary replica is not active",
    "https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-35250-database-engine-error",
);
pub(crate) const LISTENERS: Page = (
    "Microsoft: listeners, client connectivity and failover of availability groups",
    "https://learn.microsoft.com/sql/database-engine/availability-groups/windows/listeners-client-connectivity-application-failover",
);
pub(crate) const TRANSIENT: Page = (
    "Microsoft: transient connection errors and retry logic",
    "https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-connectivity-issues",
);
pub(crate) const LOGIN_FAILED: Page = (
    "Microsoft: error 18456 and its states",
    "https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-18456-database-engine-error",
);
pub(crate) const ERROR_LIST: Page = (
    "Microsoft: errors and events of the database engine",
    "https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors",
);
pub(crate) const CONNECTIVITY: Page = (
    "Microsoft: resolving connectivity errors of SQL Server",
    "https://learn.microsoft.com/troubleshoot/sql/database-engine/connect/resolve-connectivity-errors-overview",
);
pub(crate) const CONNECTION_CLOSED: Page = (
    "Microsoft: an existing connection was forcibly closed",
    "https://learn.microsoft.com/troubleshoot/sql/database-engine/connect/tls-exist-connection-closed",
);
pub(crate) const SERVER_FIREWALL: Page = (
    "Microsoft: opening the Windows firewall for SQL Server",
    "https://learn.microsoft.com/sql/sql-server/install/configure-the-windows-firewall-to-allow-sql-server-access",
);
pub(crate) const SERVER_ENCRYPTION: Page = (
    "Microsoft: certificates and encryption of SQL Server",
    "https://learn.microsoft.com/sql/database-engine/configure-windows/configure-sql-server-encryption",
);
pub(crate) const BROWSER: Page = (
    "Microsoft: the SQL Server Browser service",
    "https://learn.microsoft.com/sql/tools/configuration-manager/sql-server-browser-service",
);
pub(crate) const PROTOCOL: Page = (
    "Microsoft: the TDS protocol",
    "https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/b46a581a-39de-4745-b076-ec4dbb7d13ec",
);
pub(crate) const ENTRA_SQL: Page = (
    "Microsoft: Microsoft Entra authentication for Azure SQL",
    "https://learn.microsoft.com/azure/azure-sql/database/authentication-aad-overview",
);
pub(crate) const ENTRA_ERRORS: Page = (
    "Microsoft: error codes of Microsoft Entra sign-in",
    "https://learn.microsoft.com/entra/identity-platform/reference-error-codes",
);
pub(crate) const TLS_VERSIONS: Page = (
    "Microsoft: TLS 1.2 and 1.3 for SQL Server",
    "https://learn.microsoft.com/sql/relational-databases/security/networking/tls-1-3",
);
pub(crate) const STRICT: Page = (
    "Microsoft: TDS 8.0 and strict encryption",
    "https://learn.microsoft.com/sql/relational-databases/security/networking/tds-8",
);
