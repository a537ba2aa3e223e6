//! Statements about share links.

use super::{Connection, SqlRow, rows};
use crate::store::{ShareRow, StoreError, StoreResult};
use model::{RunId, ShareId};
use sqlx::Row;

/// The run is locked: were it settled at the same time, the link would never be frozen.
pub(super) async fn put(db: &mut Connection, share: &ShareRow) -> StoreResult<bool> {
    let made = sqlx::query(
        "INSERT INTO shares (id, token_hash, run, redact, created_us, expires_us, last_seq, views) \
         SELECT $1, $2, r.id, $4, $5, $6, COALESCE($7, CASE WHEN r.state IN ('queued', 'running') THEN NULL \
         ELSE r.last_seq END), $8 FROM runs r WHERE r.id = $3 AND NOT r.hidden",
    )
    .bind(share.id.0)
    .bind(share.token_hash.as_slice())
    .bind(share.run.0)
    .bind(share.redact.as_str())
    .bind(rows::to_us(share.created_at))
    .bind(rows::to_us(share.expires_at))
    .bind(share.last_seq.map(rows::to_i64).transpose()?)
    .bind(rows::to_i64(share.views)?)
    .execute(db)
    .await?
    .rows_affected();
    Ok(made > 0)
}

pub(super) async fn by_token(
    db: &mut Connection,
    token_hash: &[u8; 32],
) -> StoreResult<Option<ShareRow>> {
    sqlx::query(
        "SELECT s.* FROM shares s JOIN runs r ON r.id = s.run WHERE s.token_hash = $1 AND NOT r.hidden",
    )
    .bind(token_hash.as_slice())
    .fetch_optional(db)
    .await?
    .as_ref()
    .map(share_row)
    .transpose()
}

pub(super) async fn of_run(db: &mut Connection, run: RunId) -> StoreResult<Vec<ShareRow>> {
    let found = sqlx::query(
        "SELECT s.* FROM shares s JOIN runs r ON r.id = s.run WHERE s.run = $1 AND NOT r.hidden \
         ORDER BY s.id DESC",
    )
    .bind(run.0)
    .fetch_all(db)
    .await?;
    found.iter().map(share_row).collect()
}

pub(super) async fn count_view(db: &mut Connection, share: ShareId) -> StoreResult<()> {
    sqlx::query("UPDATE shares SET views = views + 1 WHERE id = $1")
        .bind(share.0)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn delete(db: &mut Connection, share: ShareId) -> StoreResult<Option<ShareRow>> {
    sqlx::query("DELETE FROM shares WHERE id = $1 RETURNING *")
        .bind(share.0)
        .fetch_optional(db)
        .await?
        .as_ref()
        .map(share_row)
        .transpose()
}

/// What follows the run no longer: the run settled here.
pub(super) async fn freeze(db: &mut Connection, run: RunId, last_seq: u64) -> StoreResult<()> {
    sqlx::query("UPDATE shares SET last_seq = $1 WHERE run = $2 AND last_seq IS NULL")
        .bind(rows::to_i64(last_seq)?)
        .bind(run.0)
        .execute(db)
        .await?;
    Ok(())
}

fn share_row(row: &SqlRow) -> StoreResult<ShareRow> {
    let hash: Vec<u8> = row.try_get("token_hash")?;
    let last_seq: Option<i64> = row.try_get("last_seq")?;
    Ok(ShareRow {
        id: ShareId(row.try_get("id")?),
        token_hash: hash
            .try_into()
            .map_err(|_| StoreError::Corrupt("a token hash of another length".into()))?,
        run: RunId(row.try_get("run")?),
        redact: rows::from_word(row.try_get("redact")?)?,
        created_at: rows::from_us(row.try_get("created_us")?)?,
        expires_at: rows::from_us(row.try_get("expires_us")?)?,
        last_seq: last_seq.map(rows::to_u64).transpose()?,
        views: rows::to_u64(row.try_get("views")?)?,
    })
}
