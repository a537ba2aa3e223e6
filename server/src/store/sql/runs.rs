//! Statements about runs.

use super::{Connection, LOCK_RUN, rows, shares};
use crate::store::{LiveRun, RunRow, StoreResult, Tail, server_key};
use model::{AgentId, GroupId, LeaseId, RunId};
use sqlx::{QueryBuilder, Row};

pub(super) async fn insert(db: &mut Connection, row: &RunRow, practice: bool) -> StoreResult<()> {
    let target = &row.plan.target;
    sqlx::query(
        "INSERT INTO runs (id, group_id, agent, agent_name, server, server_key, database, kind, plan, state, \
         created_us, counted, last_seq, log_bytes) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0)",
    )
    .bind(row.id().0)
    .bind(row.group.map(|group| group.0))
    .bind(row.agent.0)
    .bind(rows::text(&row.agent_name))
    .bind(rows::text(&target.server))
    .bind(server_key(&rows::text(&target.server)))
    .bind(rows::text(&target.database))
    .bind(&target.kind)
    .bind(rows::to_json(&row.plan)?)
    .bind(row.state.as_str())
    .bind(rows::to_us(row.created_at))
    .bind(row.plan.options.usage_data && !practice)
    .execute(&mut *db)
    .await?;
    Ok(())
}

/// What is sealed for a run: its own, and for the managed instance of its link.
pub(super) async fn keep_sealed(
    db: &mut Connection,
    run: RunId,
    (own, instance): (Option<&str>, Option<&str>),
) -> StoreResult<()> {
    for (statement, sealed) in [
        (
            "INSERT INTO sealed_secrets (run, sealed) VALUES ($1, $2)",
            own,
        ),
        (
            "INSERT INTO sealed_instance_secrets (run, sealed) VALUES ($1, $2)",
            instance,
        ),
    ] {
        if let Some(sealed) = sealed {
            let insert = sqlx::query(statement).bind(run.0).bind(sealed);
            insert.execute(&mut *db).await?;
        }
    }
    Ok(())
}

/// Waits until nobody else changes the run. What is read after it is what they left: a statement that locked and
/// read at once would see the other tables as they were when it began to wait.
pub(super) async fn lock(db: &mut Connection, run: RunId) -> StoreResult<()> {
    if let Some(statement) = LOCK_RUN {
        sqlx::query(statement).bind(run.0).execute(db).await?;
    }
    Ok(())
}

pub(super) async fn get(db: &mut Connection, run: RunId) -> StoreResult<Option<RunRow>> {
    sqlx::query(rows::RUN_COLUMNS)
        .bind(run.0)
        .fetch_optional(db)
        .await?
        .as_ref()
        .map(rows::run_row)
        .transpose()
}

pub(super) async fn sealed(db: &mut Connection, run: RunId) -> StoreResult<Option<String>> {
    Ok(sqlx::query_scalar(
        "SELECT s.sealed FROM sealed_secrets s JOIN runs r ON r.id = s.run WHERE s.run = $1 AND NOT r.hidden",
    )
    .bind(run.0)
    .fetch_optional(db)
    .await?)
}

pub(super) async fn instance_sealed(
    db: &mut Connection,
    run: RunId,
) -> StoreResult<Option<String>> {
    Ok(sqlx::query_scalar(
        "SELECT s.sealed FROM sealed_instance_secrets s JOIN runs r ON r.id = s.run WHERE s.run = $1 AND NOT r.hidden",
    )
    .bind(run.0)
    .fetch_optional(db)
    .await?)
}

pub(super) async fn of_lease(db: &mut Connection, lease: LeaseId) -> StoreResult<Option<RunId>> {
    let run: Option<uuid::Uuid> = sqlx::query_scalar(
        "SELECT l.run FROM leases l JOIN runs r ON r.id = l.run WHERE l.id = $1 AND NOT r.hidden",
    )
    .bind(lease.0)
    .fetch_optional(db)
    .await?;
    Ok(run.map(RunId))
}

pub(super) async fn of_group(db: &mut Connection, group: GroupId) -> StoreResult<Vec<RunId>> {
    let found: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT id FROM runs WHERE group_id = $1 AND NOT hidden ORDER BY id")
            .bind(group.0)
            .fetch_all(db)
            .await?;
    Ok(found.into_iter().map(RunId).collect())
}

/// Writes the rest of a run that is over already when it is made.
pub(super) async fn complete(
    db: &mut Connection,
    row: &RunRow,
    last_seq: u64,
    log_bytes: u64,
) -> StoreResult<()> {
    let row = RunRow {
        last_seq,
        log_bytes,
        ..row.clone()
    };
    let before = RunRow {
        lease: None,
        findings: Vec::new(),
        ..row.clone()
    };
    update(db, &before, &row).await
}

/// Writes what changed of a run, and of what hangs on it.
pub(super) async fn update(db: &mut Connection, before: &RunRow, row: &RunRow) -> StoreResult<()> {
    let verdict = row.findings.first();
    sqlx::query(
        "UPDATE runs SET state = $1, interruption = $2, outcome = $3, cancelling = $4, started_us = $5, \
         settled_us = $6, truncated = $7, findings = $8, verdict_code = $9, verdict_title = $10, \
         rules_version = $11, cleaning = $12 WHERE id = $13",
    )
    .bind(row.state.as_str())
    .bind(row.interruption.as_ref().map(rows::to_word).transpose()?)
    .bind(row.outcome.map(|outcome| outcome.as_str()))
    .bind(row.cancelling)
    .bind(row.started_at.map(rows::to_us))
    .bind(row.settled_at.map(rows::to_us))
    .bind(row.truncated)
    .bind(rows::to_json(&row.findings)?)
    .bind(verdict.map(|finding| rows::text(&finding.code)))
    .bind(verdict.map(|finding| rows::text(&finding.title)))
    .bind(i64::from(row.rules_version))
    .bind(row.cleaning)
    .bind(row.id().0)
    .execute(&mut *db)
    .await?;
    if let Some(lease) = row.lease.filter(|_| row.lease != before.lease) {
        sqlx::query(
            "INSERT INTO leases (id, run, agent, acked, ended) VALUES ($1, $2, $3, $4, $5) \
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
        for statement in [
            "DELETE FROM sealed_secrets WHERE run = $1",
            "DELETE FROM sealed_instance_secrets WHERE run = $1",
        ] {
            let delete = sqlx::query(statement).bind(row.id().0);
            delete.execute(&mut *db).await?;
        }
        shares::freeze(db, row.id(), row.last_seq).await?;
    }
    if row.findings != before.findings {
        index_findings(db, row).await?;
    }
    Ok(())
}

async fn index_findings(db: &mut Connection, row: &RunRow) -> StoreResult<()> {
    sqlx::query("DELETE FROM run_findings WHERE run = $1")
        .bind(row.id().0)
        .execute(&mut *db)
        .await?;
    for finding in &row.findings {
        sqlx::query("INSERT INTO run_findings (run, code) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(row.id().0)
            .bind(rows::text(&finding.code))
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

pub(super) async fn tail(db: &mut Connection, run: RunId) -> StoreResult<Option<Tail>> {
    let row = sqlx::query("SELECT state, last_seq FROM runs WHERE id = $1 AND NOT hidden")
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

pub(super) async fn live(db: &mut Connection, agent: Option<AgentId>) -> StoreResult<Vec<LiveRun>> {
    let mut query = QueryBuilder::new(
        "SELECT r.id, r.agent, r.state, r.cancelling, l.id AS lease FROM runs r \
         LEFT JOIN leases l ON l.run = r.id WHERE NOT r.hidden AND r.state IN ('queued', 'running')",
    );
    if let Some(agent) = agent {
        query.push(" AND r.agent = ").push_bind(agent.0);
    }
    let found = query.push(" ORDER BY r.id").build().fetch_all(db).await?;
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
