//! The store in a PostgreSQL database.
//!
//! A run is locked by its row; a commit is durable when it returns. Connections are tested before each use and
//! given up when they are old or were idle for long; every statement has a deadline on the database's side, every
//! call one on ours. Nothing is tried twice here: whether a lost commit happened only its caller can find out, and
//! each caller (agent, page, deadline) repeats what is safe to repeat. It does not know SQLite.

mod address;
mod lock;
#[allow(
    clippy::duplicate_mod,
    reason = "one body of SQL, compiled for each database"
)]
#[path = "sql/mod.rs"]
mod sql;

use super::{Disturbance, StoreError, StoreResult, migrate};
use lock::Lock;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection as _, Transaction};
use std::time::Duration;

pub use address::Address;

type Own = Postgres;
type Db = sqlx::Postgres;
type Connection = sqlx::PgConnection;
type SqlRow = sqlx::postgres::PgRow;

const LOCK_RUN: Option<&str> = Some("SELECT 1 FROM runs WHERE id = $1 FOR UPDATE");

const WRITERS: u32 = 8;
const READERS: u32 = 8;
/// Longest wait for a connection while all are busy; a call that gets none is answered 503.
const ACQUIRE: Duration = Duration::from_secs(10);
/// Longest wait for one while the database is away.
const AWAY: Duration = Duration::from_secs(3);
/// No connection is older: what balances, masks or limits connections on the way forgets them now and then.
const OLDEST: Duration = Duration::from_secs(30 * 60);
/// Shorter than the idle limit of any such thing.
const IDLE: Duration = Duration::from_secs(3 * 60);
const TABLES: [(&str, &str); 3] = [
    (
        "start",
        include_str!("../../../migrations/postgres/0001_start.sql"),
    ),
    (
        "cleaning",
        include_str!("../../../migrations/postgres/0002_cleaning.sql"),
    ),
    (
        "instance_secret",
        include_str!("../../../migrations/postgres/0003_instance_secret.sql"),
    ),
];

/// The store in a PostgreSQL database.
#[derive(Debug)]
pub struct Postgres {
    writers: PgPool,
    readers: PgPool,
    /// Absent beside a portal: then the lock is that portal's.
    lock: Option<Lock>,
}

impl Postgres {
    /// Takes the database for this portal and brings its tables up to date.
    ///
    /// # Errors
    /// When it is not there, another portal works on it, or a newer version wrote it.
    pub async fn open(address: &Address) -> StoreResult<Self> {
        let lock = Lock::take(address)
            .await
            .map_err(|error| named(address, error))?;
        Self::opened(address, Some(lock)).await
    }

    /// Opens it beside the portal that works on it.
    ///
    /// # Errors
    /// When it is not there, or a newer version wrote it.
    pub async fn beside(address: &Address) -> StoreResult<Self> {
        Self::opened(address, None).await
    }

    async fn opened(address: &Address, lock: Option<Lock>) -> StoreResult<Self> {
        let made = make_tables(&address.options).await;
        made.map_err(|error| named(address, error))?;
        let options = address.options.clone().application_name("linecheck");
        let options = options.options([
            ("synchronous_commit", "on"),
            ("statement_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ]);
        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE)
                .test_before_acquire(true)
                .max_lifetime(OLDEST)
                .idle_timeout(IDLE)
        };
        let reading = options
            .clone()
            .options([("default_transaction_read_only", "on")]);
        Ok(Self {
            writers: pool(WRITERS).connect_lazy_with(options),
            readers: pool(READERS).connect_lazy_with(reading),
            lock,
        })
    }

    async fn begin(&self) -> StoreResult<Transaction<'static, Db>> {
        if let Some(lock) = &self.lock {
            lock.held(AWAY).await?;
        }
        self.unless_away(self.writers.begin()).await
    }

    async fn reader(&self) -> StoreResult<PoolConnection<Db>> {
        self.unless_away(self.readers.acquire()).await
    }

    /// Does not wait for a connection as long as it might, once the database is known to be away.
    async fn unless_away<T>(
        &self,
        acquired: impl Future<Output = sqlx::Result<T>>,
    ) -> StoreResult<T> {
        let away = async {
            match &self.lock {
                Some(lock) => lock.away(AWAY).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            acquired = acquired => Ok(acquired?),
            why = away => Err(why),
        }
    }

    async fn next_disturbance(&self) -> Disturbance {
        match &self.lock {
            Some(lock) => lock.disturbed().await,
            None => std::future::pending().await,
        }
    }

    async fn end(&self) {
        self.readers.close().await;
        self.writers.close().await;
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }
}

fn named(address: &Address, error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(why) => StoreError::Unavailable(format!("{address}: {why}")),
        other => other,
    }
}

/// On a connection of its own: an index may take longer to make than any other statement.
async fn make_tables(options: &PgConnectOptions) -> StoreResult<()> {
    let mut connection = options.connect().await?;
    migrate::migrator(&TABLES).run(&mut connection).await?;
    Ok(connection.close().await?)
}
