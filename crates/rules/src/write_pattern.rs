//! The tracker as a pattern for a person's own code: what the writes that are cut off practise.

/// T-SQL: the table once, then a procedure around each write.
pub const WRITE_PATTERN_SQL: &str = "\
-- Once.
CREATE TABLE dbo.OperationTracker (
    OperationId uniqueidentifier NOT NULL PRIMARY KEY,
    Result      int              NULL,
    DoneAt      datetime2        NOT NULL DEFAULT SYSUTCDATETIME()
);
GO
-- Around each write. Called again with the same id, it answers as it did the first time.
CREATE PROCEDURE dbo.DoOnce @OperationId uniqueidentifier, @Account int, @Amount int AS
BEGIN
    SET NOCOUNT ON;
    SET XACT_ABORT ON;
    BEGIN TRY
        BEGIN TRANSACTION;
        -- First: of two callers with one id the second waits here, then fails with 2627.
        INSERT INTO dbo.OperationTracker (OperationId) VALUES (@OperationId);
        -- The write itself.
        UPDATE dbo.Accounts SET Balance = Balance + @Amount WHERE AccountId = @Account;
        -- Its result, kept for whoever asks again.
        UPDATE dbo.OperationTracker
           SET Result = (SELECT Balance FROM dbo.Accounts WHERE AccountId = @Account)
         WHERE OperationId = @OperationId;
        COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        IF ERROR_NUMBER() <> 2627 THROW;
        -- A duplicate of another key is an error like any other.
        IF NOT EXISTS (SELECT 1 FROM dbo.OperationTracker WHERE OperationId = @OperationId) THROW;
    END CATCH;
    SELECT Result FROM dbo.OperationTracker WHERE OperationId = @OperationId;
END;
";

/// The client's side of it.
pub const WRITE_PATTERN_CLIENT: &str = "\
id = new random UUID            # before the first attempt, kept with the work, the same for every attempt
for wait in [0, 5, 10, 20, 40, 60] seconds, each 20 % more or less:
    sleep(wait)
    try:
        connection = open a new connection   # never the one that failed
        return connection.call('dbo.DoOnce', id, account, amount)
    catch error:
        if error is not transient: raise     # a connection that was lost is; 18456 is not
raise the last error            # the outcome is unknown: keep the id, and ask again later
# Keep ids for longer than anybody retries, 24 hours at least; delete older ones in batches.
";
