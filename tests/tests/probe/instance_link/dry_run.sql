-- tcp:sql1.corp.example,1433: check, 1
SELECT CAST(SERVERPROPERTY(N'ProductVersion') AS nvarchar(128)) AS [version], CAST(SERVERPROPERTY(N'EngineEdition') AS int) AS [edition], IS_SRVROLEMEMBER(N'sysadmin') AS [sysadmin], HAS_PERMS_BY_NAME(N'[msdb].[dbo].[sp_add_job]', N'OBJECT', N'EXECUTE') AS [jobs];

-- tcp:sql1.corp.example,1433: check, 1
SELECT [host_platform] FROM [sys].[dm_os_host_info];

-- tcp:sql1.corp.example,1433: check, 1
SELECT [status_desc] FROM [sys].[dm_server_services] WHERE [servicename] LIKE N'SQL Server Agent%';

-- tcp:sql1.corp.example,1433: check, 1
SELECT [name] FROM [master].[sys].[symmetric_keys] WHERE [name] = N'##MS_DatabaseMasterKey##';

-- tcp:sql1.corp.example,1433: check, 1
SELECT [m].[name], [t].[port], [m].[state_desc] FROM [sys].[database_mirroring_endpoints] AS [m] INNER JOIN [sys].[tcp_endpoints] AS [t] ON [t].[endpoint_id] = [m].[endpoint_id];

-- tcp:sql1.corp.example,1433: check, if needed
SELECT [type_desc] FROM [sys].[dm_tcp_listener_states] WHERE [port] = 5022;

-- tcp:mi.abc123.database.windows.net,1433: check, 1
SELECT CAST(SERVERPROPERTY(N'ProductVersion') AS nvarchar(128)) AS [version], CAST(SERVERPROPERTY(N'EngineEdition') AS int) AS [edition], IS_SRVROLEMEMBER(N'sysadmin') AS [sysadmin], HAS_PERMS_BY_NAME(N'[msdb].[dbo].[sp_add_job]', N'OBJECT', N'EXECUTE') AS [jobs];

-- tcp:mi.abc123.database.windows.net,1433: check, 1
SELECT [section_name], [parameter_name], [value] FROM [sys].[dm_hadr_fabric_config_parameters] WHERE [parameter_name] IN (N'DnsRecordName', N'ClusterName', N'HadrPort', N'InstanceName');

-- tcp:mi.abc123.database.windows.net,1433: check, 1
SELECT [p].[service_name], [n].[node_name], [r].[replica_address] FROM [sys].[dm_hadr_fabric_partitions] AS [p] INNER JOIN [sys].[dm_hadr_fabric_replicas] AS [r] ON [r].[partition_id] = [p].[partition_id] INNER JOIN [sys].[dm_hadr_fabric_nodes] AS [n] ON [n].[node_name] = [r].[node_name] WHERE [r].[replica_role] = 2 AND [p].[service_name] LIKE N'%ManagedServer%';

-- tcp:sql1.corp.example,1433: check, 1
SELECT [name] FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_to_instance';

-- tcp:sql1.corp.example,1433: create, 1
EXEC [msdb].[dbo].[sp_add_job] @job_name = N'linecheck_019900000000700080000000000000aa_to_instance', @enabled = 1, @delete_level = 0;

-- tcp:sql1.corp.example,1433: create, 1
EXEC [msdb].[dbo].[sp_add_jobstep] @job_name = N'linecheck_019900000000700080000000000000aa_to_instance', @step_id = 1, @step_name = N'to the instance''s endpoint', @subsystem = N'PowerShell', @command = N'Test-NetConnection -ComputerName ''<the name that the instance tells>'' -Port 5022 -WarningAction SilentlyContinue | Format-List -Property RemoteAddress, RemotePort, TcpTestSucceeded', @on_success_action = 3, @on_fail_action = 3;

-- tcp:sql1.corp.example,1433: create, 1
EXEC [msdb].[dbo].[sp_add_jobstep] @job_name = N'linecheck_019900000000700080000000000000aa_to_instance', @step_id = 2, @step_name = N'to the instance''s node', @subsystem = N'PowerShell', @command = N'Test-NetConnection -ComputerName ''<the node that the instance tells>'' -Port <its HADR port> -WarningAction SilentlyContinue | Format-List -Property RemoteAddress, RemotePort, TcpTestSucceeded', @on_success_action = 1, @on_fail_action = 2;

-- tcp:sql1.corp.example,1433: create, 1
EXEC [msdb].[dbo].[sp_add_jobserver] @job_name = N'linecheck_019900000000700080000000000000aa_to_instance', @server_name = N'(local)';

-- tcp:sql1.corp.example,1433: start, 1
EXEC [msdb].[dbo].[sp_start_job] @job_name = N'linecheck_019900000000700080000000000000aa_to_instance';

-- tcp:sql1.corp.example,1433: poll, if needed
SELECT [h].[step_id], [h].[run_status], [h].[message] FROM [msdb].[dbo].[sysjobhistory] AS [h] INNER JOIN [msdb].[dbo].[sysjobs] AS [j] ON [j].[job_id] = [h].[job_id] WHERE [j].[name] = N'linecheck_019900000000700080000000000000aa_to_instance' ORDER BY [h].[instance_id];

-- tcp:sql1.corp.example,1433: drop, 1
IF EXISTS (SELECT 1 FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_to_instance') EXEC [msdb].[dbo].[sp_delete_job] @job_name = N'linecheck_019900000000700080000000000000aa_to_instance';

-- tcp:sql1.corp.example,1433: look_up, 1
SELECT [name] FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_to_instance';

-- tcp:sql1.corp.example,1433: check, if needed
SELECT [name] FROM [master].[sys].[extended_properties] WHERE [class] = 0 AND [name] = N'linecheck_019900000000700080000000000000aa_master_key';

-- tcp:sql1.corp.example,1433: create, if needed
USE [master];
SET XACT_ABORT ON;
BEGIN TRANSACTION;
DECLARE @sql nvarchar(max);
SET @sql = N'CREATE MASTER KEY ENCRYPTION BY PASSWORD = N''' + CONVERT(nvarchar(36), NEWID()) + CONVERT(nvarchar(36), NEWID()) + N'x!'';';
EXEC [sys].[sp_executesql] @sql;
DECLARE @guid nvarchar(36);
SET @guid = (SELECT CONVERT(nvarchar(36), [key_guid]) FROM [sys].[symmetric_keys] WHERE [name] = N'##MS_DatabaseMasterKey##');
EXEC [sys].[sp_addextendedproperty] @name = N'linecheck_019900000000700080000000000000aa_master_key', @value = @guid;
COMMIT TRANSACTION;

-- tcp:sql1.corp.example,1433: check, if needed
SELECT [name] FROM [master].[sys].[certificates] WHERE [name] = N'linecheck_019900000000700080000000000000aa_certificate';

-- tcp:sql1.corp.example,1433: create, if needed
USE [master];
CREATE CERTIFICATE [linecheck_019900000000700080000000000000aa_certificate] WITH SUBJECT = N'linecheck_019900000000700080000000000000aa_certificate', EXPIRY_DATE = N'2099-12-31';

-- tcp:sql1.corp.example,1433: check, if needed
SELECT [name] FROM [master].[sys].[endpoints] WHERE [name] = N'linecheck_019900000000700080000000000000aa_endpoint';

-- tcp:sql1.corp.example,1433: create, if needed
USE [master];
CREATE ENDPOINT [linecheck_019900000000700080000000000000aa_endpoint] STATE = STARTED AS TCP (LISTENER_PORT = 5022, LISTENER_IP = ALL) FOR DATABASE_MIRRORING (ROLE = ALL, AUTHENTICATION = CERTIFICATE [linecheck_019900000000700080000000000000aa_certificate], ENCRYPTION = REQUIRED ALGORITHM AES);

-- tcp:sql1.corp.example,1433: check, 1
SELECT [name] FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_server_itself';

-- tcp:sql1.corp.example,1433: create, 1
EXEC [msdb].[dbo].[sp_add_job] @job_name = N'linecheck_019900000000700080000000000000aa_server_itself', @enabled = 1, @delete_level = 0;

-- tcp:sql1.corp.example,1433: create, 1
EXEC [msdb].[dbo].[sp_add_jobstep] @job_name = N'linecheck_019900000000700080000000000000aa_server_itself', @step_id = 1, @step_name = N'to this server''s own endpoint', @subsystem = N'PowerShell', @command = N'Test-NetConnection -ComputerName ''localhost'' -Port 5022 -WarningAction SilentlyContinue | Format-List -Property RemoteAddress, RemotePort, TcpTestSucceeded', @on_success_action = 1, @on_fail_action = 2;

-- tcp:sql1.corp.example,1433: create, 1
EXEC [msdb].[dbo].[sp_add_jobserver] @job_name = N'linecheck_019900000000700080000000000000aa_server_itself', @server_name = N'(local)';

-- tcp:sql1.corp.example,1433: start, 1
EXEC [msdb].[dbo].[sp_start_job] @job_name = N'linecheck_019900000000700080000000000000aa_server_itself';

-- tcp:sql1.corp.example,1433: poll, if needed
SELECT [h].[step_id], [h].[run_status], [h].[message] FROM [msdb].[dbo].[sysjobhistory] AS [h] INNER JOIN [msdb].[dbo].[sysjobs] AS [j] ON [j].[job_id] = [h].[job_id] WHERE [j].[name] = N'linecheck_019900000000700080000000000000aa_server_itself' ORDER BY [h].[instance_id];

-- tcp:mi.abc123.database.windows.net,1433: check, 1
SELECT [name] FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_from_instance';

-- tcp:mi.abc123.database.windows.net,1433: create, 1
EXEC [msdb].[dbo].[sp_add_job] @job_name = N'linecheck_019900000000700080000000000000aa_from_instance', @enabled = 1, @delete_level = 0, @owner_login_name = N'sa';

-- tcp:mi.abc123.database.windows.net,1433: create, 1
EXEC [msdb].[dbo].[sp_add_jobstep] @job_name = N'linecheck_019900000000700080000000000000aa_from_instance', @step_id = 1, @step_name = N'to the SQL Server''s endpoint', @subsystem = N'PowerShell', @command = N'Test-NetConnection -ComputerName ''10.0.0.4'' -Port 5022 -InformationLevel Quiet -WarningAction SilentlyContinue', @on_success_action = 1, @on_fail_action = 2, @flags = 40;

-- tcp:mi.abc123.database.windows.net,1433: create, 1
EXEC [msdb].[dbo].[sp_add_jobserver] @job_name = N'linecheck_019900000000700080000000000000aa_from_instance', @server_name = N'(local)';

-- tcp:mi.abc123.database.windows.net,1433: check, 1
SELECT [name] FROM [sys].[procedures] WHERE [object_id] = OBJECT_ID(N'[dbo].[linecheck_019900000000700080000000000000aa_start_and_wait]', N'P');

-- tcp:mi.abc123.database.windows.net,1433: create, 1
CREATE PROCEDURE [dbo].[linecheck_019900000000700080000000000000aa_start_and_wait] AS
BEGIN
SET NOCOUNT ON;
DECLARE @job uniqueidentifier;
DECLARE @until datetime2;
SET @job = (SELECT [job_id] FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_from_instance');
SET @until = DATEADD(millisecond, 90000, SYSDATETIME());
EXEC [msdb].[dbo].[sp_start_job] @job_id = @job;
WHILE NOT EXISTS (SELECT 1 FROM [msdb].[dbo].[sysjobactivity] WHERE [job_id] = @job AND [stop_execution_date] IS NOT NULL) AND SYSDATETIME() < @until
BEGIN
WAITFOR DELAY '00:00:01';
END;
SELECT [s].[step_name], [l].[log] FROM [msdb].[dbo].[sysjobsteps] AS [s] INNER JOIN [msdb].[dbo].[sysjobstepslogs] AS [l] ON [l].[step_uid] = [s].[step_uid] WHERE [s].[job_id] = @job;
END;

-- tcp:mi.abc123.database.windows.net,1433: start, 1
EXEC [dbo].[linecheck_019900000000700080000000000000aa_start_and_wait];

-- tcp:mi.abc123.database.windows.net,1433: drop, 1
IF OBJECT_ID(N'[dbo].[linecheck_019900000000700080000000000000aa_start_and_wait]', N'P') IS NOT NULL DROP PROCEDURE [dbo].[linecheck_019900000000700080000000000000aa_start_and_wait];

-- tcp:mi.abc123.database.windows.net,1433: look_up, 1
SELECT [name] FROM [sys].[procedures] WHERE [object_id] = OBJECT_ID(N'[dbo].[linecheck_019900000000700080000000000000aa_start_and_wait]', N'P');

-- tcp:mi.abc123.database.windows.net,1433: drop, 1
IF EXISTS (SELECT 1 FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_from_instance') EXEC [msdb].[dbo].[sp_delete_job] @job_name = N'linecheck_019900000000700080000000000000aa_from_instance';

-- tcp:mi.abc123.database.windows.net,1433: look_up, 1
SELECT [name] FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_from_instance';

-- tcp:sql1.corp.example,1433: drop, 1
IF EXISTS (SELECT 1 FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_server_itself') EXEC [msdb].[dbo].[sp_delete_job] @job_name = N'linecheck_019900000000700080000000000000aa_server_itself';

-- tcp:sql1.corp.example,1433: look_up, 1
SELECT [name] FROM [msdb].[dbo].[sysjobs] WHERE [name] = N'linecheck_019900000000700080000000000000aa_server_itself';

-- tcp:sql1.corp.example,1433: drop, if needed
USE [master];
IF EXISTS (SELECT 1 FROM [sys].[endpoints] WHERE [name] = N'linecheck_019900000000700080000000000000aa_endpoint') DROP ENDPOINT [linecheck_019900000000700080000000000000aa_endpoint];

-- tcp:sql1.corp.example,1433: look_up, if needed
SELECT [name] FROM [master].[sys].[endpoints] WHERE [name] = N'linecheck_019900000000700080000000000000aa_endpoint';

-- tcp:sql1.corp.example,1433: drop, if needed
USE [master];
IF EXISTS (SELECT 1 FROM [sys].[certificates] WHERE [name] = N'linecheck_019900000000700080000000000000aa_certificate') DROP CERTIFICATE [linecheck_019900000000700080000000000000aa_certificate];

-- tcp:sql1.corp.example,1433: look_up, if needed
SELECT [name] FROM [master].[sys].[certificates] WHERE [name] = N'linecheck_019900000000700080000000000000aa_certificate';

-- tcp:sql1.corp.example,1433: drop, if needed
USE [master];
SET XACT_ABORT ON;
BEGIN TRANSACTION;
IF EXISTS (SELECT 1 FROM [sys].[extended_properties] AS [p] INNER JOIN [sys].[symmetric_keys] AS [k] ON CONVERT(nvarchar(36), [k].[key_guid]) = CONVERT(nvarchar(36), [p].[value]) WHERE [p].[class] = 0 AND [p].[name] = N'linecheck_019900000000700080000000000000aa_master_key' AND [k].[name] = N'##MS_DatabaseMasterKey##') DROP MASTER KEY;
IF EXISTS (SELECT 1 FROM [sys].[extended_properties] WHERE [class] = 0 AND [name] = N'linecheck_019900000000700080000000000000aa_master_key') EXEC [sys].[sp_dropextendedproperty] @name = N'linecheck_019900000000700080000000000000aa_master_key';
COMMIT TRANSACTION;

-- tcp:sql1.corp.example,1433: look_up, if needed
SELECT [name] FROM [master].[sys].[extended_properties] WHERE [class] = 0 AND [name] = N'linecheck_019900000000700080000000000000aa_master_key';

