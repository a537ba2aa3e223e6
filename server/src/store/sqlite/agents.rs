//! Statements about agents.

use super::rows;
use crate::store::{AgentRow, StoreError, StoreResult};
use chrono::{DateTime, Utc};
use model::AgentId;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

pub(super) async fn put(db: &mut SqliteConnection, agent: &AgentRow) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO agents (id, name, built_in, token_hash, public_key, fingerprint, version, created_us, \
         last_heartbeat_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET \
         name = excluded.name, built_in = excluded.built_in, token_hash = excluded.token_hash, \
         public_key = excluded.public_key, fingerprint = excluded.fingerprint, version = excluded.version",
    )
    .bind(agent.id.0)
    .bind(&agent.name)
    .bind(agent.built_in)
    .bind(agent.token_hash.as_slice())
    .bind(&agent.public_key)
    .bind(&agent.fingerprint)
    .bind(&agent.version)
    .bind(rows::to_us(agent.created_at))
    .bind(agent.last_heartbeat.map(rows::to_us))
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn all(db: &mut SqliteConnection) -> StoreResult<Vec<AgentRow>> {
    let found = sqlx::query("SELECT * FROM agents ORDER BY built_in DESC, name, id")
        .fetch_all(db)
        .await?;
    found.iter().map(agent_row).collect()
}

pub(super) async fn by_token(
    db: &mut SqliteConnection,
    token_hash: &[u8; 32],
) -> StoreResult<Option<AgentRow>> {
    sqlx::query("SELECT * FROM agents WHERE token_hash = ?")
        .bind(token_hash.as_slice())
        .fetch_optional(db)
        .await?
        .as_ref()
        .map(agent_row)
        .transpose()
}

pub(super) async fn delete(db: &mut SqliteConnection, agent: AgentId) -> StoreResult<bool> {
    let gone = sqlx::query("DELETE FROM agents WHERE id = $1")
        .bind(agent.0)
        .execute(db)
        .await?
        .rows_affected();
    Ok(gone > 0)
}

pub(super) async fn heard(
    db: &mut SqliteConnection,
    agent: AgentId,
    at: DateTime<Utc>,
    version: &str,
) -> StoreResult<()> {
    sqlx::query("UPDATE agents SET last_heartbeat_us = ?, version = ? WHERE id = ?")
        .bind(rows::to_us(at))
        .bind(version)
        .bind(agent.0)
        .execute(db)
        .await?;
    Ok(())
}

fn agent_row(row: &SqliteRow) -> StoreResult<AgentRow> {
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
