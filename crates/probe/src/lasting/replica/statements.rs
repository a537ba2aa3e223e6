//! The T-SQL that asks a server about its availability replicas. Only questions; every value comes as text.

/// Every question, in the order they are asked.
pub(crate) fn all() -> Vec<String> {
    let fixed = [
        SERVER,
        CLOCK,
        REPLICAS,
        REPLICAS_BARE,
        ENDPOINTS,
        PERMISSIONS,
    ];
    let fixed = fixed.into_iter().map(str::to_owned);
    fixed.chain([error_log(60)]).collect()
}

/// Who it is, and what this login may see.
pub(super) const SERVER: &str = "SELECT CONVERT(nvarchar(128), @@SERVERNAME), \
CONVERT(nvarchar(128), SERVERPROPERTY('ComputerNamePhysicalNetBIOS')), \
CONVERT(nvarchar(128), SERVERPROPERTY('ProductVersion')), \
CONVERT(nvarchar(8), SERVERPROPERTY('IsHadrEnabled')), \
CONVERT(nvarchar(8), HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE')), \
CONVERT(nvarchar(8), HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW ANY DEFINITION'));";

/// Its clock in UTC, and its time of day less UTC in minutes.
pub(super) const CLOCK: &str = "SELECT CONVERT(nvarchar(33), SYSUTCDATETIME(), 126), \
CONVERT(nvarchar(8), DATEPART(TZOFFSET, SYSDATETIMEOFFSET()));";

/// Every replica with its state.
pub(super) const REPLICAS: &str = "SELECT TOP (64) g.name, r.replica_server_name, CONVERT(nvarchar(8), s.is_local), \
r.endpoint_url, r.availability_mode_desc, r.failover_mode_desc, CONVERT(nvarchar(12), r.session_timeout), \
CONVERT(nvarchar(12), g.health_check_timeout), s.role_desc, s.connected_state_desc, s.synchronization_health_desc, \
c.join_state_desc, CONVERT(nvarchar(12), s.last_connect_error_number), \
CONVERT(nvarchar(400), s.last_connect_error_description), CONVERT(nvarchar(33), s.last_connect_error_timestamp, 126) \
FROM sys.availability_replicas AS r \
JOIN sys.availability_groups AS g ON g.group_id = r.group_id \
LEFT JOIN sys.dm_hadr_availability_replica_states AS s ON s.replica_id = r.replica_id \
LEFT JOIN sys.dm_hadr_availability_replica_cluster_states AS c ON c.replica_id = r.replica_id \
ORDER BY g.name, r.replica_server_name;";

/// The same without states, for who may not see those.
pub(super) const REPLICAS_BARE: &str = "SELECT TOP (64) g.name, r.replica_server_name, \
CONVERT(nvarchar(8), CASE WHEN r.replica_server_name = @@SERVERNAME THEN 1 ELSE 0 END), \
r.endpoint_url, r.availability_mode_desc, r.failover_mode_desc, CONVERT(nvarchar(12), r.session_timeout), \
CONVERT(nvarchar(12), g.health_check_timeout) \
FROM sys.availability_replicas AS r \
JOIN sys.availability_groups AS g ON g.group_id = r.group_id \
ORDER BY g.name, r.replica_server_name;";

/// Endpoints for replicas.
pub(super) const ENDPOINTS: &str = "SELECT TOP (16) m.name, m.state_desc, CONVERT(nvarchar(8), t.port), \
CONVERT(nvarchar(64), t.ip_address), m.role_desc, m.connection_auth_desc, m.encryption_algorithm_desc, p.name \
FROM sys.database_mirroring_endpoints AS m \
JOIN sys.tcp_endpoints AS t ON t.endpoint_id = m.endpoint_id \
LEFT JOIN sys.server_principals AS p ON p.principal_id = m.principal_id \
ORDER BY m.name;";

/// Who may connect to them by a permission of its own.
pub(super) const PERMISSIONS: &str = "SELECT TOP (50) e.name, g.name \
FROM sys.server_permissions AS p \
JOIN sys.database_mirroring_endpoints AS e ON p.class = 105 AND p.major_id = e.endpoint_id \
JOIN sys.server_principals AS g ON g.principal_id = p.grantee_principal_id \
WHERE p.type = 'CO' AND p.state IN ('G', 'W') \
ORDER BY e.name, g.name;";

/// What the error log says of availability groups in the last minutes, the newest first.
pub(super) fn error_log(minutes: u64) -> String {
    format!(
        "SET NOCOUNT ON; \
DECLARE @log TABLE ([at] datetime, [by] nvarchar(64), [text] nvarchar(max)); \
INSERT @log EXEC sys.sp_readerrorlog 0, 1, N'availability'; \
INSERT @log EXEC sys.sp_readerrorlog 0, 1, N'primary replica is not active'; \
SELECT TOP (200) CONVERT(nvarchar(33), [at], 126), CONVERT(nvarchar(400), [text]) FROM @log \
WHERE [at] >= DATEADD(minute, -{minutes}, SYSDATETIME()) ORDER BY [at] DESC;"
    )
}
