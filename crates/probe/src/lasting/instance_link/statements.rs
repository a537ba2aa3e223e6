//! The T-SQL of the link, and nothing that sends it. Names are quoted and hold the run's id; each text is one batch.
//!
//! What is made: a kind, a name, the batches that make it, and the two that take it away and look for it.

use crate::lasting::sql::{in_powershell, name, text};
use model::RunId;

/// Something that is made on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// `job`, `procedure`…
    pub(super) kind: &'static str,
    /// Where.
    pub(super) database: &'static str,
    /// Its name, quoted.
    pub(super) name: String,
    /// Batches, in their order.
    pub(super) create: Vec<String>,
    /// Takes it away if it is there.
    pub(super) drop: String,
    /// Has a row for as long as it is there.
    pub(super) look: String,
}

/// Where a connect goes, as PowerShell gets it. A dry run has words in place of what only the instance knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Goal {
    /// Name of the step that connects.
    pub(super) step: &'static str,
    /// Name or address.
    pub(super) host: String,
    /// Port.
    pub(super) port: String,
}

/// The names of a run's objects, unquoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) to_instance: String,
    pub(super) server_itself: String,
    pub(super) from_instance: String,
    pub(super) procedure: String,
    pub(super) certificate: String,
    pub(super) endpoint: String,
    /// Of the note beside a master key that says whose it is.
    pub(super) master_key: String,
}

impl Names {
    pub(super) fn of(run: RunId) -> Self {
        let id = run.0.simple();
        let of = |what: &str| format!("linecheck_{id}_{what}");
        Self {
            to_instance: of("to_instance"),
            server_itself: of("server_itself"),
            from_instance: of("from_instance"),
            procedure: of("start_and_wait"),
            certificate: of("certificate"),
            endpoint: of("endpoint"),
            master_key: of("master_key"),
        }
    }
}

/// Version, engine edition, whether this login is a sysadmin, and whether it may make jobs.
pub(super) const WHAT_IT_IS: &str = "SELECT CAST(SERVERPROPERTY(N'ProductVersion') AS nvarchar(128)) AS [version], \
     CAST(SERVERPROPERTY(N'EngineEdition') AS int) AS [edition], IS_SRVROLEMEMBER(N'sysadmin') AS [sysadmin], \
     HAS_PERMS_BY_NAME(N'[msdb].[dbo].[sp_add_job]', N'OBJECT', N'EXECUTE') AS [jobs];";

/// The operating system. A server that does not know the view is on Windows.
pub(super) const PLATFORM: &str = "SELECT [host_platform] FROM [sys].[dm_os_host_info];";

/// How SQL Server Agent is.
pub(super) const AGENT_SERVICE: &str = "SELECT [status_desc] FROM [sys].[dm_server_services] WHERE [servicename] LIKE \
     N'SQL Server Agent%';";

/// Whether `master` has a master key.
pub(super) const MASTER_KEY: &str = "SELECT [name] FROM [master].[sys].[symmetric_keys] WHERE [name] = \
     N'##MS_DatabaseMasterKey##';";

/// The mirroring endpoint, of which a server has one at most.
pub(super) const MIRRORING_ENDPOINT: &str = "SELECT [m].[name], [t].[port], [m].[state_desc] FROM \
     [sys].[database_mirroring_endpoints] AS [m] INNER JOIN [sys].[tcp_endpoints] AS [t] ON [t].[endpoint_id] = \
     [m].[endpoint_id];";

/// Who listens on a port.
pub(super) fn listener(port: u16) -> String {
    format!("SELECT [type_desc] FROM [sys].[dm_tcp_listener_states] WHERE [port] = {port};")
}

/// Where the instance says that it is: name, cluster, port for replication, and the name of its own service.
pub(super) const INSTANCE_PARAMETERS: &str = "SELECT [section_name], [parameter_name], [value] FROM \
     [sys].[dm_hadr_fabric_config_parameters] WHERE [parameter_name] IN (N'DnsRecordName', N'ClusterName', N'HadrPort', \
     N'InstanceName');";

/// The nodes of primary replicas.
pub(super) const PRIMARY_NODES: &str = "SELECT [p].[service_name], [n].[node_name], [r].[replica_address] FROM \
     [sys].[dm_hadr_fabric_partitions] AS [p] INNER JOIN [sys].[dm_hadr_fabric_replicas] AS [r] ON [r].[partition_id] = \
     [p].[partition_id] INNER JOIN [sys].[dm_hadr_fabric_nodes] AS [n] ON [n].[node_name] = [r].[node_name] WHERE \
     [r].[replica_role] = 2 AND [p].[service_name] LIKE N'%ManagedServer%';";

/// A master key whose password nobody knows: the server makes it up. A note beside it holds its GUID, so that no
/// other one is ever taken for it; both come and go in one transaction.
pub(super) fn master_key(note: &str) -> Made {
    let noted = text(note);
    let key = "[name] = N'##MS_DatabaseMasterKey##'";
    Made {
        kind: "master key",
        database: "master",
        name: name(note),
        create: vec![format!(
            "USE [master];\nSET XACT_ABORT ON;\nBEGIN TRANSACTION;\nDECLARE @sql nvarchar(max);\nSET @sql = N'CREATE MASTER \
             KEY ENCRYPTION BY PASSWORD = N''' + CONVERT(nvarchar(36), NEWID()) + CONVERT(nvarchar(36), NEWID()) + \
             N'x!'';';\nEXEC [sys].[sp_executesql] @sql;\nDECLARE @guid nvarchar(36);\nSET @guid = (SELECT \
             CONVERT(nvarchar(36), [key_guid]) FROM [sys].[symmetric_keys] WHERE {key});\nEXEC \
             [sys].[sp_addextendedproperty] @name = {noted}, @value = @guid;\nCOMMIT TRANSACTION;"
        )],
        drop: format!(
            "USE [master];\nSET XACT_ABORT ON;\nBEGIN TRANSACTION;\nIF EXISTS (SELECT 1 FROM [sys].[extended_properties] AS \
             [p] INNER JOIN [sys].[symmetric_keys] AS [k] ON CONVERT(nvarchar(36), [k].[key_guid]) = \
             CONVERT(nvarchar(36), [p].[value]) WHERE [p].[class] = 0 AND [p].[name] = {noted} AND [k].{key}) DROP MASTER \
             KEY;\nIF EXISTS (SELECT 1 FROM [sys].[extended_properties] WHERE [class] = 0 AND [name] = {noted}) EXEC \
             [sys].[sp_dropextendedproperty] @name = {noted};\nCOMMIT TRANSACTION;"
        ),
        look: format!(
            "SELECT [name] FROM [master].[sys].[extended_properties] WHERE [class] = 0 AND [name] = {noted};"
        ),
    }
}

/// A certificate for the endpoint, good for long.
pub(super) fn certificate(certificate: &str) -> Made {
    let (quoted, told) = (name(certificate), text(certificate));
    Made {
        kind: "certificate",
        database: "master",
        create: vec![format!(
            "USE [master];\nCREATE CERTIFICATE {quoted} WITH SUBJECT = {told}, EXPIRY_DATE = N'2099-12-31';"
        )],
        drop: format!(
            "USE [master];\nIF EXISTS (SELECT 1 FROM [sys].[certificates] WHERE [name] = {told}) DROP CERTIFICATE {quoted};"
        ),
        look: format!("SELECT [name] FROM [master].[sys].[certificates] WHERE [name] = {told};"),
        name: quoted,
    }
}

/// An endpoint like the one that a link needs.
pub(super) fn endpoint(endpoint: &str, certificate: &str, port: u16) -> Made {
    let (quoted, told) = (name(endpoint), text(endpoint));
    Made {
        kind: "endpoint",
        database: "master",
        create: vec![format!(
            "USE [master];\nCREATE ENDPOINT {quoted} STATE = STARTED AS TCP (LISTENER_PORT = {port}, LISTENER_IP = ALL) FOR \
             DATABASE_MIRRORING (ROLE = ALL, AUTHENTICATION = CERTIFICATE {}, ENCRYPTION = REQUIRED ALGORITHM AES);",
            name(certificate)
        )],
        drop: format!(
            "USE [master];\nIF EXISTS (SELECT 1 FROM [sys].[endpoints] WHERE [name] = {told}) DROP ENDPOINT {quoted};"
        ),
        look: format!("SELECT [name] FROM [master].[sys].[endpoints] WHERE [name] = {told};"),
        name: quoted,
    }
}

/// A job of the SQL Server with a step for each connect; each goes on to the next whatever came of it.
pub(super) fn server_job(job: &str, goals: &[Goal]) -> Made {
    let named = text(job);
    let mut create = vec![format!(
        "EXEC [msdb].[dbo].[sp_add_job] @job_name = {named}, @enabled = 1, @delete_level = 0;"
    )];
    for (number, goal) in (1..).zip(goals) {
        let last = number == goals.len();
        let command = format!(
            "Test-NetConnection -ComputerName {} -Port {} -WarningAction SilentlyContinue | Format-List -Property \
             RemoteAddress, RemotePort, TcpTestSucceeded",
            in_powershell(&goal.host),
            goal.port
        );
        create.push(format!(
            "EXEC [msdb].[dbo].[sp_add_jobstep] @job_name = {named}, @step_id = {number}, @step_name = {}, @subsystem = \
             N'PowerShell', @command = {}, @on_success_action = {}, @on_fail_action = {};",
            text(goal.step),
            text(&command),
            if last { 1 } else { 3 },
            if last { 2 } else { 3 },
        ));
    }
    create.push(for_this_server(&named));
    job_made(job, create)
}

/// A job of the instance with one connect, whose output is kept.
pub(super) fn instance_job(job: &str, goal: &Goal) -> Made {
    let named = text(job);
    let command = format!(
        "Test-NetConnection -ComputerName {} -Port {} -InformationLevel Quiet -WarningAction SilentlyContinue",
        in_powershell(&goal.host),
        goal.port
    );
    let create = vec![
        format!(
            "EXEC [msdb].[dbo].[sp_add_job] @job_name = {named}, @enabled = 1, @delete_level = 0, @owner_login_name = N'sa';"
        ),
        format!(
            "EXEC [msdb].[dbo].[sp_add_jobstep] @job_name = {named}, @step_id = 1, @step_name = {}, @subsystem = \
             N'PowerShell', @command = {}, @on_success_action = 1, @on_fail_action = 2, @flags = 40;",
            text(goal.step),
            text(&command),
        ),
        for_this_server(&named),
    ];
    job_made(job, create)
}

fn for_this_server(named: &str) -> String {
    format!("EXEC [msdb].[dbo].[sp_add_jobserver] @job_name = {named}, @server_name = N'(local)';")
}

fn job_made(job: &str, create: Vec<String>) -> Made {
    let named = text(job);
    Made {
        kind: "job",
        database: "msdb",
        name: name(job),
        create,
        drop: format!(
            "IF EXISTS (SELECT 1 FROM [msdb].[dbo].[sysjobs] WHERE [name] = {named}) EXEC [msdb].[dbo].[sp_delete_job] \
             @job_name = {named};"
        ),
        look: format!("SELECT [name] FROM [msdb].[dbo].[sysjobs] WHERE [name] = {named};"),
    }
}

/// Starts a job.
pub(super) fn start(job: &str) -> String {
    format!(
        "EXEC [msdb].[dbo].[sp_start_job] @job_name = {};",
        text(job)
    )
}

/// What a job's steps said so far. The row of step 0 comes last, once the job has ended.
pub(super) fn history(job: &str) -> String {
    format!(
        "SELECT [h].[step_id], [h].[run_status], [h].[message] FROM [msdb].[dbo].[sysjobhistory] AS [h] INNER JOIN \
         [msdb].[dbo].[sysjobs] AS [j] ON [j].[job_id] = [h].[job_id] WHERE [j].[name] = {} ORDER BY [h].[instance_id];",
        text(job)
    )
}

/// A procedure that starts the instance's job, waits for its end, at most so long, and answers with its log.
pub(super) fn procedure(procedure: &str, job: &str, limit_ms: u64) -> Made {
    let quoted = format!("[dbo].{}", name(procedure));
    let told = text(&quoted);
    Made {
        kind: "procedure",
        database: "master",
        create: vec![format!(
            "CREATE PROCEDURE {quoted} AS\nBEGIN\nSET NOCOUNT ON;\nDECLARE @job uniqueidentifier;\nDECLARE @until \
             datetime2;\nSET @job = (SELECT [job_id] FROM [msdb].[dbo].[sysjobs] WHERE [name] = {});\nSET @until = \
             DATEADD(millisecond, {limit_ms}, SYSDATETIME());\nEXEC [msdb].[dbo].[sp_start_job] @job_id = @job;\nWHILE NOT \
             EXISTS (SELECT 1 FROM [msdb].[dbo].[sysjobactivity] WHERE [job_id] = @job AND [stop_execution_date] IS NOT \
             NULL) AND SYSDATETIME() < @until\nBEGIN\nWAITFOR DELAY '00:00:01';\nEND;\nSELECT [s].[step_name], [l].[log] \
             FROM [msdb].[dbo].[sysjobsteps] AS [s] INNER JOIN [msdb].[dbo].[sysjobstepslogs] AS [l] ON [l].[step_uid] = \
             [s].[step_uid] WHERE [s].[job_id] = @job;\nEND;",
            text(job)
        )],
        drop: format!("IF OBJECT_ID({told}, N'P') IS NOT NULL DROP PROCEDURE {quoted};"),
        look: format!(
            "SELECT [name] FROM [sys].[procedures] WHERE [object_id] = OBJECT_ID({told}, N'P');"
        ),
        name: quoted,
    }
}

/// Runs the procedure.
pub(super) fn execute(procedure: &str) -> String {
    format!("EXEC [dbo].{};", name(procedure))
}

#[cfg(test)]
mod tests;
