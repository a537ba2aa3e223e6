//! Statements about runs.

use super::{rows, shares};
use crate::store::{Filter, LiveRun, RunRow, StoreResult, Tail, server_key};
use model::{AgentId, GroupId, LeaseId, RunId, RunSummary};
use sqlx::{QueryBuilder, Row, SqliteConnection};

pub(super) async fn insert(
    db: &mut SqliteConnection,
    row: &RunRow,
    sealed: Option<&str>,
) -> StoreResult<()> {
    let target = &row.plan.target;
    sqlx::query(
        "INSERT INTO runs (id, group_id, agent, agent_name, server, server_key, database, kind, plan, state, \
         created_us, last_seq, log_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
    )
    .bind(row.id().0)
    .bind(row.group.map(|group| group.0))
    .bind(row.agent.0)
    .bind(&row.agent_name)
    .bind(&target.server)
    .bind(server_key(&target.server))
    .bind(&target.database)
    .bind(&target.kind)
    .bind(rows::to_json(&row.plan)?)
    .bind(row.state.as_str())
    .bind(rows::to_us(row.created_at))
    .execute(&mut *db)
    .await?;
    if let Some(sealed) = sealed {
        sqlx::query("INSERT INTO sealed_secrets (run, sealed) VALUES (?, ?)")
            .bind(row.id().0)
            .bind(sealed)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

pub(super) async fn get(db: &mut SqliteConnection, run: RunId) -> StoreResult<Option<RunRow>> {
    sqlx::query(rows::RUN_COLUMNS)
        .bind(run.0)
        .fetch_optional(db)
        .await?
        .as_ref()
        .map(rows::run_row)
        .transpose()
}

pub(super) async fn of_group(db: &mut SqliteConnection, group: GroupId) -> StoreResult<Vec<RunId>> {
    let found: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT id FROM runs WHERE group_id = $1 AND hidden = 0 ORDER BY id")
            .bind(group.0)
            .fetch_all(db)
            .await?;
    Ok(found.into_iter().map(RunId).collect())
}

pub(super) async fn update(db: &mut SqliteConnection, row: &RunRow) -> StoreResult<()> {
    let verdict = row.findings.first();
    sqlx::query(
        "UPDATE runs SET state = ?, interruption = ?, outcome = ?, cancelling = ?, started_us = ?, \
         settled_us = ?, truncated = ?, findings = ?, verdict_code = ?, verdict_title = ?, \
         rules_version = ? WHERE id = ?",
    )
    .bind(row.state.as_str())
    .bind(row.interruption.as_ref().map(rows::to_word).transpose()?)
    .bind(row.outcome.map(|outcome| outcome.as_str()))
    .bind(row.cancelling)
    .bind(row.started_at.map(rows::to_us))
    .bind(row.settled_at.map(rows::to_us))
    .bind(row.truncated)
    .bind(rows::to_json(&row.findings)?)
    .bind(verdict.map(|finding| finding.code.as_str()))
    .bind(verdict.map(|finding| finding.title.as_str()))
    .bind(i64::from(row.rules_version))
    .bind(row.id().0)
    .execute(&mut *db)
    .await?;
    if let Some(lease) = row.lease {
        sqlx::query(
            "INSERT INTO leases (id, run, agent, acked, ended) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (id) DO UPDATE SET acked = excluded.acked, ended = excluded.ended",
        )
        .bind(lease.id.0)
        .bind(row.id().0)
        .bind(row.agent.0)
        .bind(rows::to_i64(lease.acked)?)
        .bind(lease.ended)
        .execute(&mut *db)
        .await?;
    }
    if row.state.is_settled() {
        sqlx::query("DELETE FROM sealed_secrets WHERE run = ?")
            .bind(row.id().0)
            .execute(&mut *db)
            .await?;
        shares::freeze(db, row.id(), row.last_seq).await?;
    }
    index_findings(db, row).await
}

async fn index_findings(db: &mut SqliteConnection, row: &RunRow) -> StoreResult<()> {
    sqlx::query("DELETE FROM run_findings WHERE run = ?")
        .bind(row.id().0)
        .execute(&mut *db)
        .await?;
    for finding in &row.findings {
        sqlx::query("INSERT INTO run_findings (run, code) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(row.id().0)
            .bind(&finding.code)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

pub(super) async fn tail(db: &mut SqliteConnection, run: RunId) -> StoreResult<Option<Tail>> {
    let row = sqlx::query("SELECT state, last_seq FROM runs WHERE id = ? AND hidden = 0")
        .bind(run.0)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(Tail {
            state: rows::from_word(row.try_get("state")?)?,
            last_seq: rows::to_u64(row.try_get("last_seq")?)?,
        })
    })
    .transpose()
}

pub(super) async fn live(
    db: &mut SqliteConnection,
    agent: Option<AgentId>,
) -> StoreResult<Vec<LiveRun>> {
    let found = sqlx::query(
        "SELECT r.id, r.agent, r.state, r.cancelling, l.id AS lease FROM runs r \
         LEFT JOIN leases l ON l.run = r.id \
         WHERE r.hidden = 0 AND r.state IN ('queued', 'running') AND (?1 IS NULL OR r.agent = ?1) ORDER BY r.id",
    )
    .bind(agent.map(|agent| agent.0))
    .fetch_all(db)
    .await?;
    found
        .iter()
        .map(|row| {
            let lease: Option<uuid::Uuid> = row.try_get("lease")?;
            Ok(LiveRun {
                run: RunId(row.try_get("id")?),
                agent: AgentId(row.try_get("agent")?),
                state: rows::from_word(row.try_get("state")?)?,
                lease: lease.map(LeaseId),
                cancelling: row.try_get("cancelling")?,
            })
        })
        .collect()
}

pub(super) async fn list(
    db: &mut SqliteConnection,
    filter: &Filter,
    limit: u32,
) -> StoreResult<Vec<RunSummary>> {
    let mut query = QueryBuilder::new(rows::SUMMARY_COLUMNS);
    if let Some(server) = &filter.server {
        query
            .push(" AND r.server_key LIKE ")
            .push_bind(format!("{}%", escape_like(&server_key(server))))
            .push(" ESCAPE '\\'");
    }
    if let Some(outcome) = filter.outcome {
        query.push(" AND r.outcome = ").push_bind(outcome.as_str());
    }
    if let Some(finding) = &filter.finding {
        query
            .push(" AND EXISTS (SELECT 1 FROM run_findings f WHERE f.run = r.id AND f.code = ")
            .push_bind(finding)
            .push(")");
    }
    if let Some(agent) = filter.agent {
        query.push(" AND r.agent = ").push_bind(agent.0);
    }
    if let Some(since) = filter.since {
        query
            .push(" AND r.created_us >= ")
            .push_bind(rows::to_us(since));
    }
    if let Some(until) = filter.until {
        query
            .push(" AND r.created_us < ")
            .push_bind(rows::to_us(until));
    }
    if let Some(before) = filter.before {
        query.push(" AND r.id < ").push_bind(before.0);
    }
    query.push(" ORDER BY r.id DESC LIMIT ").push_bind(limit);
    let found = query.build().fetch_all(db).await?;
    found.iter().map(rows::summary).collect()
}

fn escape_like(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_")
}
