//! Statements about agents.

use super::{Connection, SqlRow, rows};
use crate::store::{AgentRow, StoreError, StoreResult};
use chrono::{DateTime, Utc};
use model::AgentId;
use sqlx::Row;

pub(super) async fn put(db: &mut Connection, agent: &AgentRow) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO agents (id, name, built_in, token_hash, public_key, fingerprint, version, created_us, \
         last_heartbeat_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET \
         name = excluded.name, built_in = excluded.built_in, token_hash = excluded.token_hash, \
         public_key = excluded.public_key, fingerprint = excluded.fingerprint, version = excluded.version",
    )
    .bind(agent.id.0)
    .bind(rows::text(&agent.name))
    .bind(agent.built_in)
    .bind(agent.token_hash.as_slice())
    .bind(rows::text(&agent.public_key))
    .bind(rows::text(&agent.fingerprint))
    .bind(rows::text(&agent.version))
    .bind(rows::to_us(agent.created_at))
    .bind(agent.last_heartbeat.map(rows::to_us))
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn all(db: &mut Connection) -> StoreResult<Vec<AgentRow>> {
    let found = sqlx::query("SELECT * FROM agents ORDER BY built_in DESC, name, id")
        .fetch_all(db)
        .await?;
    found.iter().map(agent_row).collect()
}

pub(super) async fn by_token(
    db: &mut Connection,
    token_hash: &[u8; 32],
) -> StoreResult<Option<AgentRow>> {
    sqlx::query("SELECT * FROM agents WHERE token_hash = $1")
        .bind(token_hash.as_slice())
        .fetch_optional(db)
        .await?
        .as_ref()
        .map(agent_row)
        .transpose()
}

pub(super) async fn delete(db: &mut Connection, agent: AgentId) -> StoreResult<bool> {
    let gone = sqlx::query("DELETE FROM agents WHERE id = $1")
        .bind(agent.0)
        .execute(db)
        .await?
        .rows_affected();
    Ok(gone > 0)
}

pub(super) async fn heard(
    db: &mut Connection,
    agent: AgentId,
    at: DateTime<Utc>,
    version: &str,
) -> StoreResult<()> {
    sqlx::query("UPDATE agents SET last_heartbeat_us = $1, version = $2 WHERE id = $3")
        .bind(rows::to_us(at))
        .bind(rows::text(version))
        .bind(agent.0)
        .execute(db)
        .await?;
    Ok(())
}

fn agent_row(row: &SqlRow) -> StoreResult<AgentRow> {
    let hash: Vec<u8> = row.try_get("token_hash")?;
    let heard: Option<i64> = row.try_get("last_heartbeat_us")?;
    Ok(AgentRow {
        id: AgentId(row.try_get("id")?),
        name: row.try_get("name")?,
        built_in: row.try_get("built_in")?,
        token_hash: hash
            .try_into()
            .map_err(|_| StoreError::Corrupt("a token hash of another length".into()))?,
        public_key: row.try_get("public_key")?,
        fingerprint: row.try_get("fingerprint")?,
        version: row.try_get("version")?,
        created_at: rows::from_us(row.try_get("created_us")?)?,
        last_heartbeat: heard.map(rows::from_us).transpose()?,
    })
}
