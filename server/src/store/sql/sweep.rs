//! Taking runs away: first they are hidden, at once and for every reader; then their rows go, some at a time, so
//! that no transaction is long.

use super::{Connection, rows};
use crate::store::{Retention, StoreResult};
use model::RunId;
use sqlx::Row;

pub(super) async fn hide_one(db: &mut Connection, run: RunId) -> StoreResult<bool> {
    let hidden = sqlx::query("UPDATE runs SET hidden = TRUE WHERE id = $1 AND NOT hidden")
        .bind(run.0)
        .execute(db)
        .await?
        .rows_affected();
    Ok(hidden > 0)
}

pub(super) async fn hide(
    db: &mut Connection,
    retention: &Retention,
    limit: u32,
) -> StoreResult<u64> {
    // The newest of those that are one too many; ids sort by time.
    let beyond: Option<uuid::Uuid> = match retention.most {
        None => None,
        Some(most) => {
            sqlx::query("SELECT id FROM runs WHERE NOT hidden ORDER BY id DESC LIMIT 1 OFFSET $1")
                .bind(rows::to_i64(most)?)
                .fetch_optional(&mut *db)
                .await?
                .map(|row| row.try_get("id"))
                .transpose()?
        }
    };
    let before = retention.made_before.map(rows::to_us);
    let hidden = sqlx::query(
        "UPDATE runs SET hidden = TRUE WHERE id IN (SELECT id FROM runs WHERE NOT hidden \
         AND state NOT IN ('queued', 'running') AND (created_us < $1 OR id <= $2) ORDER BY id LIMIT $3)",
    )
    .bind(before)
    .bind(beyond)
    .bind(i64::from(limit))
    .execute(db)
    .await?
    .rows_affected();
    Ok(hidden)
}

pub(super) async fn take_away(db: &mut Connection, limit: u32) -> StoreResult<u64> {
    // What hangs on a run goes first, then the run; shares, leases and secrets are few and go with it.
    const IN_ORDER: [&str; 3] = [
        "DELETE FROM events WHERE (run, seq) IN (SELECT e.run, e.seq FROM events e \
         JOIN runs r ON r.id = e.run WHERE r.hidden LIMIT $1)",
        "DELETE FROM run_findings WHERE (run, code) IN (SELECT f.run, f.code FROM run_findings f \
         JOIN runs r ON r.id = f.run WHERE r.hidden LIMIT $1)",
        "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE hidden LIMIT $1)",
    ];
    let limit = u64::from(limit);
    let mut gone = 0;
    for statement in IN_ORDER {
        if gone >= limit {
            break;
        }
        gone += sqlx::query(statement)
            .bind(rows::to_i64(limit - gone)?)
            .execute(&mut *db)
            .await?
            .rows_affected();
    }
    Ok(gone)
}
