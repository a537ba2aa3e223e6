USE [master];
CREATE CERTIFICATE [linecheck_019900000000700080000000000000aa_certificate] WITH SUBJECT = N'linecheck_019900000000700080000000000000aa_certificate', EXPIRY_DATE = N'2099-12-31';

USE [master];
CREATE ENDPOINT [linecheck_019900000000700080000000000000aa_endpoint] STATE = STARTED AS TCP (LISTENER_PORT = 5022, LISTENER_IP = ALL) FOR DATABASE_MIRRORING (ROLE = ALL, AUTHENTICATION = CERTIFICATE [linecheck_019900000000700080000000000000aa_certificate], ENCRYPTION = REQUIRED ALGORITHM AES);

USE [master];
IF EXISTS (SELECT 1 FROM [sys].[certificates] WHERE [name] = N'linecheck_019900000000700080000000000000aa_certificate') DROP CERTIFICATE [linecheck_019900000000700080000000000000aa_certificate];

USE [master];
IF EXISTS (SELECT 1 FROM [sys].[endpoints] WHERE [name] = N'linecheck_019900000000700080000000000000aa_endpoint') DROP ENDPOINT [linecheck_019900000000700080000000000000aa_endpoint];

USE [master];
SET XACT_ABORT ON;
BEGIN TRANSACTION;
IF EXISTS (SELECT 1 FROM [sys].[extended_properties] AS [p] INNER JOIN [sys].[symmetric_keys] AS [k] ON CONVERT(nvarchar(36), [k].[key_guid]) = CONVERT(nvarchar(36), [p].[value]) WHERE [p].[class] = 0 AND [p].[name] = N'linecheck_019900000000700080000000000000aa_master_key' AND [k].[name] = N'##MS_DatabaseMasterKey##') DROP MASTER KEY;
IF EXISTS (SELECT 1 FROM [sys].[extended_properties] WHERE [class] = 0 AND [name] = N'linecheck_019900000000700080000000000000aa_master_key') EXEC [sys].[sp_dropextendedproperty] @name = N'linecheck_019900000000700080000000000000aa_master_key';
COMMIT TRANSACTION;
