//! The store in one SQLite file under the data directory.
//!
//! Write-ahead log with `synchronous = FULL`, so that a commit is on the disk when it returns. One connection
//! writes, in `BEGIN IMMEDIATE` transactions; a few others read. It does not know PostgreSQL.

#[allow(
    clippy::duplicate_mod,
    reason = "one body of SQL, compiled for each database"
)]
#[path = "sql/mod.rs"]
mod sql;

use super::{Disturbance, StoreResult, migrate};
use sqlx::Transaction;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::Path;
use std::time::Duration;

type Own = Sqlite;
type Db = sqlx::Sqlite;
type Connection = sqlx::SqliteConnection;
type SqlRow = sqlx::sqlite::SqliteRow;

/// There is one writer: whoever has begun has locked everything.
const LOCK_RUN: Option<&str> = None;

const READERS: u32 = 4;
const BUSY: Duration = Duration::from_secs(5);
const TABLES: [(&str, &str); 3] = [
    (
        "start",
        include_str!("../../../migrations/sqlite/0001_start.sql"),
    ),
    (
        "cleaning",
        include_str!("../../../migrations/sqlite/0002_cleaning.sql"),
    ),
    (
        "instance_secret",
        include_str!("../../../migrations/sqlite/0003_instance_secret.sql"),
    ),
];

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
        migrate::migrator(&TABLES).run(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Self { writer, readers })
    }

    async fn begin(&self) -> StoreResult<Transaction<'static, Db>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn reader(&self) -> StoreResult<PoolConnection<Db>> {
        Ok(self.readers.acquire().await?)
    }

    /// A file does not go away and come back.
    async fn next_disturbance(&self) -> Disturbance {
        std::future::pending().await
    }

    async fn end(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
