//! What runs found, counted. Walks the runs from a time on, and of each its findings by their key.

use super::list::first_id;
use super::{Connection, rows};
use crate::store::{Counts, FindingCount, StoreResult, Week};
use chrono::{DateTime, Utc};
use sqlx::Row;

/// More different rows than this are not counted: a portal has a few kinds, agents and codes.
const MOST_ROWS: i64 = 100_000;

/// Settled runs that may be counted, made at or after `$1`, which is in microseconds; `$2` is the first id that can be.
const COUNTED: &str = "NOT r.hidden AND r.counted AND r.state NOT IN ('queued', 'running') \
                       AND r.created_us >= $1 AND r.id >= $2";

/// Weeks since Monday, 5 January 1970.
const WEEK: &str = "(r.created_us - 345600000000) / 604800000000";

pub(super) async fn counts(db: &mut Connection, since: DateTime<Utc>) -> StoreResult<Counts> {
    let first = first_id(since.timestamp_millis());
    let weeks =
        format!("SELECT {WEEK} AS week, COUNT(*) AS runs FROM runs r WHERE {COUNTED} GROUP BY 1");
    let weeks = sqlx::query(sqlx::AssertSqlSafe(weeks))
        .bind(rows::to_us(since))
        .bind(first)
        .fetch_all(&mut *db)
        .await?;
    let findings = format!(
        "SELECT {WEEK} AS week, r.kind, r.agent_name, f.code, COUNT(*) AS found, \
         SUM(CASE WHEN r.outcome = 'problem' AND r.verdict_code = f.code THEN 1 ELSE 0 END) AS explains \
         FROM runs r JOIN run_findings f ON f.run = r.id WHERE {COUNTED} GROUP BY 1, 2, 3, 4 LIMIT {MOST_ROWS}"
    );
    let findings = sqlx::query(sqlx::AssertSqlSafe(findings))
        .bind(rows::to_us(since))
        .bind(first)
        .fetch_all(db)
        .await?;
    let runs: StoreResult<Vec<(Week, u64)>> = weeks
        .iter()
        .map(|row| Ok((row.try_get("week")?, rows::to_u64(row.try_get("runs")?)?)))
        .collect();
    let findings: StoreResult<Vec<FindingCount>> = findings
        .iter()
        .map(|row| {
            Ok(FindingCount {
                week: row.try_get("week")?,
                kind: row.try_get("kind")?,
                agent: row.try_get("agent_name")?,
                code: row.try_get("code")?,
                found: rows::to_u64(row.try_get("found")?)?,
                explains: rows::to_u64(row.try_get("explains")?)?,
            })
        })
        .collect();
    Ok(Counts {
        runs: runs?,
        findings: findings?,
    })
}
