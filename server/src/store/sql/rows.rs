//! Columns to values and back: times, numbers, JSON, words.

use super::SqlRow;
use crate::store::{Lease, RunRow, StoreError, StoreResult};
use chrono::{DateTime, Utc};
use model::{
    AgentId, GroupId, Interruption, LeaseId, Outcome, RunEvent, RunId, RunState, RunSummary,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use std::borrow::Cow;
use uuid::Uuid;

fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(what.to_string())
}

pub(super) fn to_i64(number: u64) -> StoreResult<i64> {
    i64::try_from(number).map_err(|_| corrupt("a number over 2^63"))
}

pub(super) fn to_u64(number: i64) -> StoreResult<u64> {
    u64::try_from(number).map_err(|_| corrupt("a negative count"))
}

pub(super) fn to_us(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

pub(super) fn from_us(us: i64) -> StoreResult<DateTime<Utc>> {
    DateTime::from_timestamp_micros(us).ok_or_else(|| corrupt("a time out of range"))
}

pub(super) fn to_json(value: &impl Serialize) -> StoreResult<String> {
    serde_json::to_string(value).map_err(corrupt)
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> StoreResult<T> {
    serde_json::from_str(text).map_err(corrupt)
}

/// Text as every database takes it: PostgreSQL knows no NUL.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A word of the model (`queued`, `no_agent`…) as it is written in JSON, without the quotes.
pub(super) fn to_word(value: &impl Serialize) -> StoreResult<String> {
    match serde_json::to_value(value).map_err(corrupt)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(corrupt(format!("not a word: {other}"))),
    }
}

pub(super) fn from_word<T: DeserializeOwned>(word: String) -> StoreResult<T> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(corrupt)
}

pub(super) const RUN_COLUMNS: &str = "SELECT r.group_id, r.agent, r.agent_name, r.plan, r.state, r.interruption, r.outcome, \
     r.cancelling, r.cleaning, r.created_us, r.started_us, r.settled_us, r.last_seq, r.log_bytes, r.truncated, \
     r.findings, r.rules_version, l.id AS lease, l.acked, l.ended \
     FROM runs r LEFT JOIN leases l ON l.run = r.id WHERE r.id = $1 AND NOT r.hidden";

pub(super) fn run_row(row: &SqlRow) -> StoreResult<RunRow> {
    let lease: Option<Uuid> = row.try_get("lease")?;
    let lease = match lease {
        None => None,
        Some(id) => Some(Lease {
            id: LeaseId(id),
            acked: to_u64(row.try_get("acked")?)?,
            ended: row.try_get("ended")?,
        }),
    };
    let started: Option<i64> = row.try_get("started_us")?;
    let settled: Option<i64> = row.try_get("settled_us")?;
    let interruption: Option<String> = row.try_get("interruption")?;
    let outcome: Option<String> = row.try_get("outcome")?;
    let rules_version: i64 = row.try_get("rules_version")?;
    let group: Option<Uuid> = row.try_get("group_id")?;
    Ok(RunRow {
        plan: from_json(row.try_get("plan")?)?,
        group: group.map(GroupId),
        agent: AgentId(row.try_get("agent")?),
        agent_name: row.try_get("agent_name")?,
        state: from_word::<RunState>(row.try_get("state")?)?,
        interruption: interruption.map(from_word::<Interruption>).transpose()?,
        outcome: outcome.map(from_word::<Outcome>).transpose()?,
        cancelling: row.try_get("cancelling")?,
        cleaning: row.try_get("cleaning")?,
        created_at: from_us(row.try_get("created_us")?)?,
        started_at: started.map(from_us).transpose()?,
        settled_at: settled.map(from_us).transpose()?,
        lease,
        last_seq: to_u64(row.try_get("last_seq")?)?,
        log_bytes: to_u64(row.try_get("log_bytes")?)?,
        truncated: row.try_get("truncated")?,
        findings: from_json(row.try_get("findings")?)?,
        rules_version: u32::try_from(rules_version).map_err(corrupt)?,
    })
}

pub(super) const SUMMARY_COLUMNS: &str = "r.id, r.group_id, r.state, r.outcome, r.cleaning, r.server, r.database, r.kind, r.agent, r.agent_name, \
     r.created_us, r.settled_us, r.verdict_code, r.verdict_title";

pub(super) fn summary(row: &SqlRow) -> StoreResult<RunSummary> {
    let outcome: Option<String> = row.try_get("outcome")?;
    let settled: Option<i64> = row.try_get("settled_us")?;
    let group: Option<Uuid> = row.try_get("group_id")?;
    Ok(RunSummary {
        id: RunId(row.try_get("id")?),
        group: group.map(GroupId),
        state: from_word(row.try_get("state")?)?,
        outcome: outcome.map(from_word).transpose()?,
        cleaning: row.try_get("cleaning")?,
        server: row.try_get("server")?,
        database: row.try_get("database")?,
        kind: row.try_get("kind")?,
        agent: AgentId(row.try_get("agent")?),
        agent_name: row.try_get("agent_name")?,
        created_at: from_us(row.try_get("created_us")?)?,
        settled_at: settled.map(from_us).transpose()?,
        verdict_code: row.try_get("verdict_code")?,
        verdict_title: row.try_get("verdict_title")?,
    })
}

pub(super) fn event(row: &SqlRow) -> StoreResult<RunEvent> {
    let elapsed: Option<i64> = row.try_get("elapsed_us")?;
    Ok(RunEvent {
        seq: to_u64(row.try_get("seq")?)?,
        at: time(row.try_get("at")?)?,
        elapsed_us: elapsed.map(to_u64).transpose()?,
        body: from_json(row.try_get("body")?)?,
    })
}

pub(super) fn time(text: &str) -> StoreResult<DateTime<Utc>> {
    Ok(DateTime::parse_from_rfc3339(text)
        .map_err(corrupt)?
        .with_timezone(&Utc))
}
