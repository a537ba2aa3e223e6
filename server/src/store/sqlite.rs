//! The store in one SQLite file under the data directory.
//!
//! Write-ahead log with `synchronous = FULL`, so that a commit is on the disk when it returns. One connection
//! writes, in `BEGIN IMMEDIATE` transactions; a few others read. It does not know PostgreSQL.

mod agents;
mod rows;
mod runs;
mod tx;

use super::{
    AgentRow, Entry, Filter, LiveRun, RunRow, RunTx, Store, StoreError, StoreResult, Tail,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{AgentId, LeaseId, RunEvent, RunId, RunSummary};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{SqlSafeStr, Transaction};
use std::path::Path;
use std::time::Duration;

const READERS: u32 = 4;
const BUSY: Duration = Duration::from_secs(5);

/// The store in one SQLite file.
#[derive(Clone, Debug)]
pub struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Sqlite {
    /// Opens the file, makes it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// When it cannot be opened, or was written by a newer version.
    pub async fn open(path: &Path) -> StoreResult<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("secure_delete", "ON");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY)
            .connect_with(options.clone())
            .await?;
        migrator().run(&writer).await.map_err(|error| {
            StoreError::Unavailable(format!("its tables cannot be brought up to date: {error}"))
        })?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Self { writer, readers })
    }

    async fn begin(&self) -> StoreResult<Transaction<'static, sqlx::Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

fn migrator() -> Migrator {
    let files = [(
        1,
        "start",
        include_str!("../../../migrations/sqlite/0001_start.sql"),
    )];
    Migrator::with_migrations(
        files
            .into_iter()
            .map(|(version, name, sql)| {
                Migration::new(
                    version,
                    name.into(),
                    MigrationType::Simple,
                    sql.into_sql_str(),
                    false,
                )
            })
            .collect(),
    )
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        const SQLITE_FULL: &str = "13";
        match &error {
            sqlx::Error::Database(inner) if inner.code().as_deref() == Some(SQLITE_FULL) => {
                Self::Full
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn create_run(
        &self,
        row: &RunRow,
        sealed: Option<&str>,
        entries: &[Entry],
    ) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        runs::insert(&mut tx, row, sealed).await?;
        tx::append(&mut tx, row.id(), 0, 0, entries).await?;
        Ok(tx.commit().await?)
    }

    async fn run(&self, run: RunId) -> StoreResult<Option<RunRow>> {
        runs::get(&mut *self.readers.acquire().await?, run).await
    }

    async fn runs(&self, filter: &Filter, limit: u32) -> StoreResult<Vec<RunSummary>> {
        runs::list(&mut *self.readers.acquire().await?, filter, limit).await
    }

    async fn delete_run(&self, run: RunId) -> StoreResult<bool> {
        let mut tx = self.begin().await?;
        let gone = sqlx::query("DELETE FROM runs WHERE id = ?")
            .bind(run.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        tx.commit().await?;
        Ok(gone > 0)
    }

    async fn tail(&self, run: RunId) -> StoreResult<Option<Tail>> {
        runs::tail(&mut *self.readers.acquire().await?, run).await
    }

    async fn events(&self, run: RunId, after: u64, limit: u32) -> StoreResult<Vec<RunEvent>> {
        tx::events(&mut *self.readers.acquire().await?, run, after, limit).await
    }

    async fn sealed(&self, run: RunId) -> StoreResult<Option<String>> {
        Ok(
            sqlx::query_scalar("SELECT sealed FROM sealed_secrets WHERE run = ?")
                .bind(run.0)
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    async fn live_runs(&self, agent: Option<AgentId>) -> StoreResult<Vec<LiveRun>> {
        runs::live(&mut *self.readers.acquire().await?, agent).await
    }

    async fn run_of_lease(&self, lease: LeaseId) -> StoreResult<Option<RunId>> {
        let run: Option<uuid::Uuid> = sqlx::query_scalar("SELECT run FROM leases WHERE id = ?")
            .bind(lease.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(run.map(RunId))
    }

    async fn open(&self, run: RunId) -> StoreResult<Option<Box<dyn RunTx>>> {
        let mut tx = self.begin().await?;
        let row = runs::get(&mut tx, run).await?;
        Ok(row.map(|row| Box::new(tx::SqliteRunTx::new(tx, row)) as Box<dyn RunTx>))
    }

    async fn put_agent(&self, agent: &AgentRow) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        agents::put(&mut tx, agent).await?;
        Ok(tx.commit().await?)
    }

    async fn agents(&self) -> StoreResult<Vec<AgentRow>> {
        agents::all(&mut *self.readers.acquire().await?).await
    }

    async fn agent_by_token(&self, token_hash: &[u8; 32]) -> StoreResult<Option<AgentRow>> {
        agents::by_token(&mut *self.readers.acquire().await?, token_hash).await
    }

    async fn heard(&self, agent: AgentId, at: DateTime<Utc>, version: &str) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        agents::heard(&mut tx, agent, at, version).await?;
        Ok(tx.commit().await?)
    }

    async fn ready(&self) -> StoreResult<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        let tx = self.begin().await?;
        Ok(tx.rollback().await?)
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
