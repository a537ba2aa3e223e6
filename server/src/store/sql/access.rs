//! Statements about enrolments and logins. Both are known by the hash of their token alone.

use super::{Connection, rows};
use crate::store::StoreResult;
use chrono::{DateTime, Utc};

pub(super) async fn put_enrolment(
    db: &mut Connection,
    token_hash: &[u8; 32],
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> StoreResult<()> {
    sqlx::query("DELETE FROM enrolments WHERE expires_us <= $1")
        .bind(rows::to_us(now))
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO enrolments (token_hash, expires_us) VALUES ($1, $2)")
        .bind(token_hash.as_slice())
        .bind(rows::to_us(expires_at))
        .execute(db)
        .await?;
    Ok(())
}

/// Takes the enrolment away, if it is still good: whoever took it has used it.
pub(super) async fn use_enrolment(
    db: &mut Connection,
    token_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> StoreResult<bool> {
    let used = sqlx::query("DELETE FROM enrolments WHERE token_hash = $1 AND expires_us > $2")
        .bind(token_hash.as_slice())
        .bind(rows::to_us(now))
        .execute(db)
        .await?
        .rows_affected();
    Ok(used > 0)
}

pub(super) async fn put_session(
    db: &mut Connection,
    cookie_hash: &[u8; 32],
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> StoreResult<()> {
    sqlx::query("DELETE FROM sessions WHERE expires_us <= $1")
        .bind(rows::to_us(now))
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO sessions (cookie_hash, expires_us) VALUES ($1, $2)")
        .bind(cookie_hash.as_slice())
        .bind(rows::to_us(expires_at))
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn session(
    db: &mut Connection,
    cookie_hash: &[u8; 32],
) -> StoreResult<Option<DateTime<Utc>>> {
    let expires: Option<i64> =
        sqlx::query_scalar("SELECT expires_us FROM sessions WHERE cookie_hash = $1")
            .bind(cookie_hash.as_slice())
            .fetch_optional(db)
            .await?;
    expires.map(rows::from_us).transpose()
}

pub(super) async fn delete_session(
    db: &mut Connection,
    cookie_hash: &[u8; 32],
) -> StoreResult<bool> {
    let gone = sqlx::query("DELETE FROM sessions WHERE cookie_hash = $1")
        .bind(cookie_hash.as_slice())
        .execute(db)
        .await?
        .rows_affected();
    Ok(gone > 0)
}
