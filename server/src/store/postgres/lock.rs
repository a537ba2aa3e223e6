//! One database, one portal: a lock of the database's own, held by a connection that does nothing else.
//!
//! ```text
//!   take ──▶ held ──the connection is lost──▶ away ──taken again──▶ held   (a disturbance: back)
//!                                              │
//!                                              └──another portal has it──▶ lost   (a disturbance: taken)
//! ```
//!
//! While it is away nothing is begun. A connection that only seems lost may still hold the lock on the
//! database's side; it is known by its name and ended.

use super::Address;
use crate::store::{Disturbance, StoreError, StoreResult};
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions, Connection as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// Any number that others are unlikely to lock: "linechck" in ASCII.
const KEY: i64 = 0x6c69_6e65_6368_636b;
/// How often the connection is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Longest wait for its answer.
const ANSWER: Duration = Duration::from_secs(5);
/// Pause between tries to have it back.
const PAUSE: Duration = Duration::from_millis(200);
/// A portal that was just killed may be seen for a moment more.
const LEAVING: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Held,
    Away,
    Lost,
}

/// The lock, and the task that keeps it.
#[derive(Debug)]
pub(super) struct Lock {
    standing: watch::Receiver<Standing>,
    back: Arc<Notify>,
    keeper: JoinHandle<()>,
}

impl Lock {
    /// Takes it.
    ///
    /// # Errors
    /// When another portal has it, or the database is not there.
    pub(super) async fn take(address: &Address) -> StoreResult<Self> {
        let me = format!("linecheck {}", Uuid::now_v7().simple());
        let start = tokio::time::Instant::now();
        let held = loop {
            if let Some(held) = try_take(address, &me).await? {
                break held;
            }
            if start.elapsed() > LEAVING {
                return Err(StoreError::Unavailable(format!(
                    "another portal already works on it ({address})"
                )));
            }
            sleep(PAUSE).await;
        };
        let (say, standing) = watch::channel(Standing::Held);
        let back = Arc::new(Notify::new());
        let keeper = tokio::spawn(keep(address.clone(), me, held, say, Arc::clone(&back)));
        Ok(Self {
            standing,
            back,
            keeper,
        })
    }

    /// Ready when it has been away for so long.
    pub(super) async fn away(&self, longest: Duration) -> StoreError {
        let mut standing = self.standing.clone();
        loop {
            let away = standing.wait_for(|now| *now == Standing::Away).await;
            if away.map(|now| *now).is_err() {
                // Nobody keeps it any more: the store is closed, or lost, and its pools say so.
                return std::future::pending().await;
            }
            if let Err(why) = self.held(longest).await {
                return why;
            }
        }
    }

    /// Waits until it is held.
    pub(super) async fn held(&self, longest: Duration) -> StoreResult<()> {
        let mut standing = self.standing.clone();
        let held = timeout(longest, standing.wait_for(|now| *now != Standing::Away)).await;
        match held {
            Ok(Ok(now)) if *now == Standing::Held => Ok(()),
            Ok(_) => Err(StoreError::Unavailable(
                "another portal works on it now".to_owned(),
            )),
            Err(_) => Err(StoreError::Unavailable(
                "the connection to it was lost".to_owned(),
            )),
        }
    }

    /// Waits for the next disturbance.
    pub(super) async fn disturbed(&self) -> Disturbance {
        let mut standing = self.standing.clone();
        let lost = async {
            let said = standing.wait_for(|now| *now == Standing::Lost).await;
            said.is_ok()
        };
        tokio::select! {
            true = lost => Disturbance::Taken,
            () = self.back.notified() => Disturbance::Back,
        }
    }

    /// Lets go of it.
    pub(super) fn release(&self) {
        self.keeper.abort();
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.release();
    }
}

async fn keep(
    address: Address,
    me: String,
    mut held: PgConnection,
    say: watch::Sender<Standing>,
    back: Arc<Notify>,
) {
    loop {
        sleep(LOOK).await;
        let Err(error) = answers(&mut held).await else {
            continue;
        };
        say.send_replace(Standing::Away);
        tracing::warn!(database = %address, error = %error, "the database is away");
        held = loop {
            match timeout(ANSWER, take_again(&address, &me)).await {
                Ok(Ok(Some(held))) => break held,
                Ok(Ok(None)) => {
                    tracing::error!(database = %address, "another portal has taken the database");
                    say.send_replace(Standing::Lost);
                    return;
                }
                Ok(Err(error)) => tracing::debug!(error = %error, "the database is still away"),
                Err(_) => tracing::debug!("the database does not answer"),
            }
            sleep(PAUSE).await;
        };
        say.send_replace(Standing::Held);
        back.notify_one();
        tracing::info!(database = %address, "the database is back");
    }
}

async fn answers(held: &mut PgConnection) -> StoreResult<()> {
    match timeout(ANSWER, held.ping()).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(StoreError::Unavailable("it does not answer".to_owned())),
    }
}

/// One try; none when it is held elsewhere.
async fn try_take(address: &Address, me: &str) -> StoreResult<Option<PgConnection>> {
    let mut connection = connect(address, me).await?;
    let taken = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(KEY)
        .fetch_one(&mut connection)
        .await?;
    if taken {
        return Ok(Some(connection));
    }
    connection.close().await?;
    Ok(None)
}

/// The same, after ending what may be left of our own old connection.
async fn take_again(address: &Address, me: &str) -> StoreResult<Option<PgConnection>> {
    let mut connection = connect(address, "linecheck").await?;
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
    )
    .bind(me)
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    let start = tokio::time::Instant::now();
    loop {
        let taken = try_take(address, me).await?;
        if taken.is_some() || start.elapsed() > ANSWER / 2 {
            return Ok(taken);
        }
        sleep(PAUSE).await;
    }
}

async fn connect(address: &Address, me: &str) -> StoreResult<PgConnection> {
    // The database notices within half a minute that the portal's host has gone.
    let options = address.options.clone().application_name(me).options([
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
        ("statement_timeout", "5s"),
    ]);
    Ok(options.connect().await?)
}
