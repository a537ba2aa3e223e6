//! The batches of a link that are understood, and no others: the T-SQL that Linecheck sends.

use crate::store::words::{Found, Word, fit, words};
use std::sync::LazyLock;

/// A batch that is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    WhatItIs,
    Platform,
    AgentService,
    MasterKey,
    MirroringEndpoint,
    Listener(i64),
    InstanceParameters,
    PrimaryNodes,
    /// With the note beside it.
    CreateMasterKey(String),
    DropMasterKey(String),
    Note(String),
    CreateCertificate(String),
    DropCertificate(String),
    Certificate(String),
    CreateEndpoint {
        name: String,
        port: i64,
        certificate: String,
    },
    DropEndpoint(String),
    Endpoint(String),
    AddJob(String),
    AddStep {
        job: String,
        step: String,
        command: String,
    },
    AddJobServer(String),
    DropJob(String),
    Job(String),
    Start(String),
    History(String),
    CreateProcedure {
        name: String,
        job: String,
        limit: i64,
    },
    DropProcedure(String),
    Procedure(String),
    Execute(String),
}

impl Statement {
    /// Whether it needs a right beyond looking.
    pub(super) fn makes_something(&self) -> bool {
        matches!(
            self,
            Self::CreateMasterKey(_)
                | Self::CreateCertificate(_)
                | Self::CreateEndpoint { .. }
                | Self::AddJob(_)
                | Self::AddStep { .. }
                | Self::CreateProcedure { .. }
                | Self::Start(_)
        )
    }
}

/// From what stands at a pattern's places to the statement.
type Make = fn(Vec<Found>) -> Option<Statement>;

/// Pattern and meaning of each, in no order.
const PATTERNS: [(&str, Make); 29] = [
    (
        "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS [version], CAST(SERVERPROPERTY('EngineEdition') \
         AS int) AS [edition], IS_SRVROLEMEMBER('sysadmin') AS [sysadmin], \
         HAS_PERMS_BY_NAME('[msdb].[dbo].[sp_add_job]', 'OBJECT', 'EXECUTE') AS [jobs];",
        |_| Some(Statement::WhatItIs),
    ),
    (
        "SELECT [host_platform] FROM [sys].[dm_os_host_info];",
        |_| Some(Statement::Platform),
    ),
    (
        "SELECT [status_desc] FROM [sys].[dm_server_services] WHERE [servicename] LIKE 'SQL Server Agent%';",
        |_| Some(Statement::AgentService),
    ),
    (
        "SELECT [name] FROM [master].[sys].[symmetric_keys] WHERE [name] = '##MS_DatabaseMasterKey##';",
        |_| Some(Statement::MasterKey),
    ),
    (
        "SELECT [m].[name], [t].[port], [m].[state_desc] FROM [sys].[database_mirroring_endpoints] AS [m] INNER JOIN \
         [sys].[tcp_endpoints] AS [t] ON [t].[endpoint_id] = [m].[endpoint_id];",
        |_| Some(Statement::MirroringEndpoint),
    ),
    (
        "SELECT [type_desc] FROM [sys].[dm_tcp_listener_states] WHERE [port] = @number;",
        |found| Some(Statement::Listener(number(found.first()?)?)),
    ),
    (
        "SELECT [section_name], [parameter_name], [value] FROM [sys].[dm_hadr_fabric_config_parameters] WHERE \
         [parameter_name] IN ('DnsRecordName', 'ClusterName', 'HadrPort', 'InstanceName');",
        |_| Some(Statement::InstanceParameters),
    ),
    (
        "SELECT [p].[service_name], [n].[node_name], [r].[replica_address] FROM [sys].[dm_hadr_fabric_partitions] AS [p] \
         INNER JOIN [sys].[dm_hadr_fabric_replicas] AS [r] ON [r].[partition_id] = [p].[partition_id] INNER JOIN \
         [sys].[dm_hadr_fabric_nodes] AS [n] ON [n].[node_name] = [r].[node_name] WHERE [r].[replica_role] = 2 AND \
         [p].[service_name] LIKE '%ManagedServer%';",
        |_| Some(Statement::PrimaryNodes),
    ),
    (
        "USE [master]; SET XACT_ABORT ON; BEGIN TRANSACTION; DECLARE @sql nvarchar(max); SET @sql = 'CREATE MASTER KEY \
         ENCRYPTION BY PASSWORD = N''' + CONVERT(nvarchar(36), NEWID()) + CONVERT(nvarchar(36), NEWID()) + 'x!'';'; EXEC \
         [sys].[sp_executesql] @sql; DECLARE @guid nvarchar(36); SET @guid = (SELECT CONVERT(nvarchar(36), [key_guid]) FROM \
         [sys].[symmetric_keys] WHERE [name] = '##MS_DatabaseMasterKey##'); EXEC [sys].[sp_addextendedproperty] @name = \
         @text, @value = @guid; COMMIT TRANSACTION;",
        |found| Some(Statement::CreateMasterKey(text(found.first()?)?)),
    ),
    (
        "USE [master]; SET XACT_ABORT ON; BEGIN TRANSACTION; IF EXISTS (SELECT 1 FROM [sys].[extended_properties] AS [p] \
         INNER JOIN [sys].[symmetric_keys] AS [k] ON CONVERT(nvarchar(36), [k].[key_guid]) = CONVERT(nvarchar(36), \
         [p].[value]) WHERE [p].[class] = 0 AND [p].[name] = @text AND [k].[name] = '##MS_DatabaseMasterKey##') DROP \
         MASTER KEY; IF EXISTS (SELECT 1 FROM [sys].[extended_properties] WHERE [class] = 0 AND [name] = @text) EXEC \
         [sys].[sp_dropextendedproperty] @name = @text; COMMIT TRANSACTION;",
        |found| Some(Statement::DropMasterKey(same(&found)?)),
    ),
    (
        "SELECT [name] FROM [master].[sys].[extended_properties] WHERE [class] = 0 AND [name] = @text;",
        |found| Some(Statement::Note(text(found.first()?)?)),
    ),
    (
        "USE [master]; CREATE CERTIFICATE @quoted WITH SUBJECT = @text, EXPIRY_DATE = '2099-12-31';",
        |found| Some(Statement::CreateCertificate(same(&found)?)),
    ),
    (
        "USE [master]; IF EXISTS (SELECT 1 FROM [sys].[certificates] WHERE [name] = @text) DROP CERTIFICATE @quoted;",
        |found| Some(Statement::DropCertificate(same(&found)?)),
    ),
    (
        "SELECT [name] FROM [master].[sys].[certificates] WHERE [name] = @text;",
        |found| Some(Statement::Certificate(text(found.first()?)?)),
    ),
    (
        "USE [master]; CREATE ENDPOINT @quoted STATE = STARTED AS TCP (LISTENER_PORT = @number, LISTENER_IP = ALL) FOR \
         DATABASE_MIRRORING (ROLE = ALL, AUTHENTICATION = CERTIFICATE @quoted, ENCRYPTION = REQUIRED ALGORITHM AES);",
        |found| match found.as_slice() {
            [name, port, certificate] => Some(Statement::CreateEndpoint {
                name: text(name)?,
                port: number(port)?,
                certificate: text(certificate)?,
            }),
            _ => None,
        },
    ),
    (
        "USE [master]; IF EXISTS (SELECT 1 FROM [sys].[endpoints] WHERE [name] = @text) DROP ENDPOINT @quoted;",
        |found| Some(Statement::DropEndpoint(same(&found)?)),
    ),
    (
        "SELECT [name] FROM [master].[sys].[endpoints] WHERE [name] = @text;",
        |found| Some(Statement::Endpoint(text(found.first()?)?)),
    ),
    (
        "EXEC [msdb].[dbo].[sp_add_job] @job_name = @text, @enabled = 1, @delete_level = 0;",
        |found| Some(Statement::AddJob(text(found.first()?)?)),
    ),
    (
        "EXEC [msdb].[dbo].[sp_add_job] @job_name = @text, @enabled = 1, @delete_level = 0, @owner_login_name = 'sa';",
        |found| Some(Statement::AddJob(text(found.first()?)?)),
    ),
    (
        "EXEC [msdb].[dbo].[sp_add_jobstep] @job_name = @text, @step_id = @number, @step_name = @text, @subsystem = \
         'PowerShell', @command = @text, @on_success_action = @number, @on_fail_action = @number;",
        step,
    ),
    (
        "EXEC [msdb].[dbo].[sp_add_jobstep] @job_name = @text, @step_id = @number, @step_name = @text, @subsystem = \
         'PowerShell', @command = @text, @on_success_action = @number, @on_fail_action = @number, @flags = 40;",
        step,
    ),
    (
        "EXEC [msdb].[dbo].[sp_add_jobserver] @job_name = @text, @server_name = '(local)';",
        |found| Some(Statement::AddJobServer(text(found.first()?)?)),
    ),
    (
        "IF EXISTS (SELECT 1 FROM [msdb].[dbo].[sysjobs] WHERE [name] = @text) EXEC [msdb].[dbo].[sp_delete_job] @job_name \
         = @text;",
        |found| Some(Statement::DropJob(same(&found)?)),
    ),
    (
        "SELECT [name] FROM [msdb].[dbo].[sysjobs] WHERE [name] = @text;",
        |found| Some(Statement::Job(text(found.first()?)?)),
    ),
    (
        "EXEC [msdb].[dbo].[sp_start_job] @job_name = @text;",
        |found| Some(Statement::Start(text(found.first()?)?)),
    ),
    (
        "SELECT [h].[step_id], [h].[run_status], [h].[message] FROM [msdb].[dbo].[sysjobhistory] AS [h] INNER JOIN \
         [msdb].[dbo].[sysjobs] AS [j] ON [j].[job_id] = [h].[job_id] WHERE [j].[name] = @text ORDER BY [h].[instance_id];",
        |found| Some(Statement::History(text(found.first()?)?)),
    ),
    (
        "CREATE PROCEDURE [dbo].@quoted AS BEGIN SET NOCOUNT ON; DECLARE @job uniqueidentifier; DECLARE @until datetime2; \
         SET @job = (SELECT [job_id] FROM [msdb].[dbo].[sysjobs] WHERE [name] = @text); SET @until = DATEADD(millisecond, \
         @number, SYSDATETIME()); EXEC [msdb].[dbo].[sp_start_job] @job_id = @job; WHILE NOT EXISTS (SELECT 1 FROM \
         [msdb].[dbo].[sysjobactivity] WHERE [job_id] = @job AND [stop_execution_date] IS NOT NULL) AND SYSDATETIME() < \
         @until BEGIN WAITFOR DELAY '00:00:01'; END; SELECT [s].[step_name], [l].[log] FROM [msdb].[dbo].[sysjobsteps] AS \
         [s] INNER JOIN [msdb].[dbo].[sysjobstepslogs] AS [l] ON [l].[step_uid] = [s].[step_uid] WHERE [s].[job_id] = \
         @job; END;",
        |found| match found.as_slice() {
            [name, job, limit] => Some(Statement::CreateProcedure {
                name: text(name)?,
                job: text(job)?,
                limit: number(limit)?,
            }),
            _ => None,
        },
    ),
    (
        "IF OBJECT_ID(@text, 'P') IS NOT NULL DROP PROCEDURE [dbo].@quoted;",
        |found| Some(Statement::DropProcedure(of_dbo(found.first()?)?)),
    ),
    (
        "SELECT [name] FROM [sys].[procedures] WHERE [object_id] = OBJECT_ID(@text, 'P');",
        |found| Some(Statement::Procedure(of_dbo(found.first()?)?)),
    ),
];

/// Of what is executed: a place of its own, since nothing comes before the name.
const EXECUTE: &str = "EXEC [dbo].@quoted;";

fn text(found: &Found) -> Option<String> {
    match found {
        Found::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn number(found: &Found) -> Option<i64> {
    match found {
        Found::Number(number) => Some(*number),
        _ => None,
    }
}

/// One name that stands at every place.
fn same(found: &[Found]) -> Option<String> {
    let first = text(found.first()?)?;
    let all = found.iter().all(|one| text(one).as_ref() == Some(&first));
    all.then_some(first)
}

/// The name in `[dbo].[name]`.
fn of_dbo(found: &Found) -> Option<String> {
    match words(&text(found)?)?.as_slice() {
        [Word::Quoted(schema), Word::Sign('.'), Word::Quoted(name)] if schema == "dbo" => {
            Some(name.clone())
        }
        _ => None,
    }
}

fn step(found: Vec<Found>) -> Option<Statement> {
    match found.as_slice() {
        [job, _, name, command, ..] => Some(Statement::AddStep {
            job: text(job)?,
            step: text(name)?,
            command: text(command)?,
        }),
        _ => None,
    }
}

/// The patterns' words.
static WORDS: LazyLock<Vec<(Vec<Word>, Make)>> = LazyLock::new(|| {
    let execute: (&str, Make) = (EXECUTE, |found| {
        Some(Statement::Execute(text(found.first()?)?))
    });
    let all = PATTERNS.iter().chain([&execute]);
    all.filter_map(|(pattern, make)| Some((words(pattern)?, *make)))
        .collect()
});

/// The statement that a batch is.
pub(super) fn read(sql: &str) -> Option<Statement> {
    let all = words(sql)?;
    WORDS.iter().find_map(|(pattern, make)| {
        let (found, rest) = fit(pattern, &all)?;
        rest.is_empty().then(|| make(found)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_understood_whole_or_not_at_all() {
        assert_eq!(WORDS.len(), PATTERNS.len() + 1);
        let start = "EXEC [msdb].[dbo].[sp_start_job] @job_name = N'a''b';";
        assert_eq!(read(start), Some(Statement::Start("a'b".into())));
        let drop = "IF OBJECT_ID(N'[dbo].[a]]b]', N'P') IS NOT NULL DROP PROCEDURE [dbo].[a]]b];";
        assert_eq!(read(drop), Some(Statement::DropProcedure("a]b".into())));
        for not in [
            "",
            "DROP ENDPOINT [x];",
            "EXEC [msdb].[dbo].[sp_start_job] @job_name = N'a'; SHUTDOWN;",
            "EXEC [msdb].[dbo].[sp_delete_job] @job_name = N'a';",
            "USE [master]; IF EXISTS (SELECT 1 FROM [sys].[endpoints] WHERE [name] = N'a') DROP ENDPOINT [b];",
        ] {
            assert_eq!(read(not), None, "{not}");
        }
    }
}
