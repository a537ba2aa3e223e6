//! A run, open for a change; and its log.

use super::{Connection, Db, rows, runs};
use crate::store::{Entry, RunRow, RunTx, StoreResult, within};
use async_trait::async_trait;
use chrono::SecondsFormat;
use model::{AgentEvent, LeaseId, RunEvent, RunId};
use sqlx::{QueryBuilder, Row, Transaction};

pub(super) struct OpenRun {
    tx: Transaction<'static, Db>,
    row: RunRow,
    last_seq: u64,
    log_bytes: u64,
}

impl OpenRun {
    pub(super) fn new(tx: Transaction<'static, Db>, row: RunRow) -> Self {
        Self {
            tx,
            last_seq: row.last_seq,
            log_bytes: row.log_bytes,
            row,
        }
    }
}

#[async_trait]
impl RunTx for OpenRun {
    fn row(&self) -> &RunRow {
        &self.row
    }

    async fn events(&mut self, after: u64, limit: u32) -> StoreResult<Vec<RunEvent>> {
        within(events(&mut self.tx, self.row.id(), after, limit)).await
    }

    async fn numbered(
        &mut self,
        lease: LeaseId,
        from: u64,
        to: u64,
    ) -> StoreResult<Vec<(u64, AgentEvent)>> {
        within(numbered(&mut self.tx, lease, from, to)).await
    }

    async fn append(&mut self, entries: &[Entry]) -> StoreResult<u64> {
        let run = self.row.id();
        let (last_seq, log_bytes) = within(append(
            &mut self.tx,
            run,
            self.last_seq,
            self.log_bytes,
            entries,
        ))
        .await?;
        self.last_seq = last_seq;
        self.log_bytes = log_bytes;
        Ok(last_seq)
    }

    async fn commit(mut self: Box<Self>, mut row: RunRow) -> StoreResult<RunRow> {
        row.last_seq = self.last_seq;
        row.log_bytes = self.log_bytes;
        within(async {
            runs::update(&mut self.tx, &self.row, &row).await?;
            self.tx.commit().await?;
            Ok(row)
        })
        .await
    }
}

const BATCH: usize = 500;

/// Appends after `last_seq`; the answer is the new end and the new size of the log.
pub(super) async fn append(
    db: &mut Connection,
    run: RunId,
    last_seq: u64,
    log_bytes: u64,
    entries: &[Entry],
) -> StoreResult<(u64, u64)> {
    let (mut seq, mut bytes) = (last_seq, log_bytes);
    for some in entries.chunks(BATCH) {
        let mut values = Vec::with_capacity(some.len());
        for entry in some {
            seq += 1;
            let body = rows::to_json(&entry.body)?;
            bytes += body.len() as u64;
            let elapsed = entry.elapsed_us.map(rows::to_i64).transpose()?;
            let number = match entry.number {
                None => None,
                Some((lease, n)) => Some((lease.0, rows::to_i64(n)?)),
            };
            let at = entry.at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            values.push((rows::to_i64(seq)?, at, elapsed, body, number));
        }
        let mut query =
            QueryBuilder::new("INSERT INTO events (run, seq, at, elapsed_us, body, lease, n) ");
        query.push_values(values, |mut row, (seq, at, elapsed, body, number)| {
            row.push_bind(run.0)
                .push_bind(seq)
                .push_bind(at)
                .push_bind(elapsed)
                .push_bind(body)
                .push_bind(number.map(|(lease, _)| lease))
                .push_bind(number.map(|(_, n)| n));
        });
        query.build().execute(&mut *db).await?;
    }
    sqlx::query("UPDATE runs SET last_seq = $1, log_bytes = $2 WHERE id = $3")
        .bind(rows::to_i64(seq)?)
        .bind(rows::to_i64(bytes)?)
        .bind(run.0)
        .execute(db)
        .await?;
    Ok((seq, bytes))
}

pub(super) async fn events(
    db: &mut Connection,
    run: RunId,
    after: u64,
    limit: u32,
) -> StoreResult<Vec<RunEvent>> {
    // A number beyond what a log can hold is behind every event there is.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let found = sqlx::query(
        "SELECT seq, at, elapsed_us, body FROM events WHERE run = $1 AND seq > $2 \
         AND EXISTS (SELECT 1 FROM runs r WHERE r.id = run AND NOT r.hidden) ORDER BY seq LIMIT $3",
    )
    .bind(run.0)
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    found.iter().map(rows::event).collect()
}

async fn numbered(
    db: &mut Connection,
    lease: LeaseId,
    from: u64,
    to: u64,
) -> StoreResult<Vec<(u64, AgentEvent)>> {
    let found = sqlx::query(
        "SELECT n, at, elapsed_us, body FROM events WHERE lease = $1 AND n BETWEEN $2 AND $3 ORDER BY n",
    )
    .bind(lease.0)
    .bind(rows::to_i64(from)?)
    .bind(rows::to_i64(to)?)
    .fetch_all(db)
    .await?;
    found
        .iter()
        .map(|row| {
            let event = AgentEvent {
                at: rows::time(row.try_get("at")?)?,
                elapsed_us: rows::to_u64(row.try_get("elapsed_us")?)?,
                body: rows::from_json(row.try_get("body")?)?,
            };
            Ok((rows::to_u64(row.try_get("n")?)?, event))
        })
        .collect()
}
