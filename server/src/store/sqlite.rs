//! The store in one SQLite file under the data directory.
//!
//! Write-ahead log with `synchronous = FULL`, so that a commit is on the disk when it returns. One connection
//! writes, in `BEGIN IMMEDIATE` transactions; a few others read. It does not know PostgreSQL.

mod access;
mod agents;
mod rows;
mod runs;
mod shares;
mod sweep;
mod tx;

use super::{
    AgentRow, Filter, FirstRun, LiveRun, Retention, RunRow, RunTx, ShareRow, Store, StoreError,
    StoreResult, Tail,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{AgentId, GroupId, LeaseId, RunEvent, RunId, RunSummary, ShareId};
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
    async fn create_runs(&self, runs: &[FirstRun]) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        for FirstRun {
            row,
            sealed,
            entries,
        } in runs
        {
            runs::insert(&mut tx, row, sealed.as_deref()).await?;
            tx::append(&mut tx, row.id(), 0, 0, entries).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn group(&self, group: GroupId) -> StoreResult<Vec<RunId>> {
        runs::of_group(&mut *self.readers.acquire().await?, group).await
    }

    async fn run(&self, run: RunId) -> StoreResult<Option<RunRow>> {
        runs::get(&mut *self.readers.acquire().await?, run).await
    }

    async fn runs(&self, filter: &Filter, limit: u32) -> StoreResult<Vec<RunSummary>> {
        runs::list(&mut *self.readers.acquire().await?, filter, limit).await
    }

    async fn hide_run(&self, run: RunId) -> StoreResult<bool> {
        let mut tx = self.begin().await?;
        let hidden = sweep::hide_one(&mut tx, run).await?;
        tx.commit().await?;
        Ok(hidden)
    }

    async fn hide_runs(&self, retention: &Retention, limit: u32) -> StoreResult<u64> {
        let mut tx = self.begin().await?;
        let hidden = sweep::hide(&mut tx, retention, limit).await?;
        tx.commit().await?;
        Ok(hidden)
    }

    async fn sweep(&self, limit: u32) -> StoreResult<u64> {
        let mut tx = self.begin().await?;
        let gone = sweep::take_away(&mut tx, limit).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn tail(&self, run: RunId) -> StoreResult<Option<Tail>> {
        runs::tail(&mut *self.readers.acquire().await?, run).await
    }

    async fn events(&self, run: RunId, after: u64, limit: u32) -> StoreResult<Vec<RunEvent>> {
        tx::events(&mut *self.readers.acquire().await?, run, after, limit).await
    }

    async fn sealed(&self, run: RunId) -> StoreResult<Option<String>> {
        Ok(
            sqlx::query_scalar("SELECT s.sealed FROM sealed_secrets s JOIN runs r ON r.id = s.run WHERE s.run = ? AND r.hidden = 0")
                .bind(run.0)
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    async fn live_runs(&self, agent: Option<AgentId>) -> StoreResult<Vec<LiveRun>> {
        runs::live(&mut *self.readers.acquire().await?, agent).await
    }

    async fn run_of_lease(&self, lease: LeaseId) -> StoreResult<Option<RunId>> {
        let run: Option<uuid::Uuid> = sqlx::query_scalar("SELECT l.run FROM leases l JOIN runs r ON r.id = l.run WHERE l.id = ? AND r.hidden = 0")
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

    async fn delete_agent(&self, agent: AgentId) -> StoreResult<bool> {
        let mut tx = self.begin().await?;
        let gone = agents::delete(&mut tx, agent).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn put_enrolment(
        &self,
        token_hash: &[u8; 32],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        access::put_enrolment(&mut tx, token_hash, expires_at, now).await?;
        Ok(tx.commit().await?)
    }

    async fn enrol(
        &self,
        token_hash: &[u8; 32],
        now: DateTime<Utc>,
        agent: &AgentRow,
    ) -> StoreResult<bool> {
        let mut tx = self.begin().await?;
        if !access::use_enrolment(&mut tx, token_hash, now).await? {
            return Ok(false);
        }
        agents::put(&mut tx, agent).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn put_session(
        &self,
        cookie_hash: &[u8; 32],
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        access::put_session(&mut tx, cookie_hash, expires_at, now).await?;
        Ok(tx.commit().await?)
    }

    async fn session(&self, cookie_hash: &[u8; 32]) -> StoreResult<Option<DateTime<Utc>>> {
        access::session(&mut *self.readers.acquire().await?, cookie_hash).await
    }

    async fn delete_session(&self, cookie_hash: &[u8; 32]) -> StoreResult<bool> {
        let mut tx = self.begin().await?;
        let gone = access::delete_session(&mut tx, cookie_hash).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn put_share(&self, share: &ShareRow) -> StoreResult<bool> {
        let mut tx = self.begin().await?;
        let made = shares::put(&mut tx, share).await?;
        tx.commit().await?;
        Ok(made)
    }

    async fn share(&self, token_hash: &[u8; 32]) -> StoreResult<Option<ShareRow>> {
        shares::by_token(&mut *self.readers.acquire().await?, token_hash).await
    }

    async fn shares(&self, run: RunId) -> StoreResult<Vec<ShareRow>> {
        shares::of_run(&mut *self.readers.acquire().await?, run).await
    }

    async fn count_view(&self, share: ShareId) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        shares::count_view(&mut tx, share).await?;
        Ok(tx.commit().await?)
    }

    async fn delete_share(&self, share: ShareId) -> StoreResult<Option<ShareRow>> {
        let mut tx = self.begin().await?;
        let was = shares::delete(&mut tx, share).await?;
        tx.commit().await?;
        Ok(was)
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
