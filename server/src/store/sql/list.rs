//! The list of runs, newest first: each filter walks an index from its end and stops when the page is full.
//!
//! ```text
//!   finding   run_findings (code, run)   ─▶ its runs
//!   server    which servers begin so?    ─▶ of each the newest, by runs (server_key, id…) ─▶ the newest of these
//!   others    runs (outcome, id), (agent, id), (id)
//! ```
//!
//! A range of servers cannot be walked by id, but a history has few servers and many runs.

use super::{Connection, Db, rows};
use crate::store::{Filter, StoreResult, server_key};
use model::RunSummary;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

/// With more servers than this the runs themselves are walked: most of them will do.
const MOST_SERVERS: usize = 32;

pub(super) async fn list(
    db: &mut Connection,
    filter: &Filter,
    limit: u32,
) -> StoreResult<Vec<RunSummary>> {
    let key = filter.server.as_deref().map(server_key);
    let prefix = key.as_deref().map(rows::text).filter(|key| !key.is_empty());
    let mut query = match prefix {
        None => plain(filter, limit),
        Some(prefix) => {
            let end = after_prefix(&prefix);
            let servers = servers(&mut *db, &prefix, &end).await?;
            if servers.len() > MOST_SERVERS {
                walked(filter, &prefix, &end, limit)
            } else if servers.is_empty() {
                return Ok(Vec::new());
            } else {
                merged(filter, &servers, limit)
            }
        }
    };
    let found = query.build().fetch_all(db).await?;
    found.iter().map(rows::summary).collect()
}

/// The servers from `prefix` to before `end`, each once: every step goes straight to the next one.
async fn servers(db: &mut Connection, prefix: &str, end: &str) -> StoreResult<Vec<String>> {
    let found = sqlx::query(
        "WITH RECURSIVE servers (name) AS (\
         SELECT MIN(server_key) FROM runs WHERE server_key >= $1 AND server_key < $2 UNION ALL \
         SELECT (SELECT MIN(r.server_key) FROM runs r WHERE r.server_key > s.name AND r.server_key < $2) \
         FROM servers s WHERE s.name IS NOT NULL) \
         SELECT name FROM servers WHERE name IS NOT NULL LIMIT $3",
    )
    .bind(prefix)
    .bind(end)
    .bind(i64::try_from(MOST_SERVERS + 1).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await?;
    found.iter().map(|row| Ok(row.try_get("name")?)).collect()
}

/// Without a server: by finding if there is one, else by what the runs' own indexes have.
fn plain(filter: &Filter, limit: u32) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(rows::SUMMARY_COLUMNS);
    if let Some(finding) = &filter.finding {
        // The order of the join is given: SQLite takes CROSS JOIN by its word.
        query
            .push(" FROM run_findings f CROSS JOIN runs r WHERE r.id = f.run AND NOT r.hidden AND f.code = ")
            .push_bind(rows::text(finding).into_owned());
        narrow(&mut query, filter, "f.run", aside);
        ended(&mut query, "f.run", limit);
    } else {
        query.push(" FROM runs r WHERE NOT r.hidden");
        narrow(&mut query, filter, "r.id", str::to_owned);
        ended(&mut query, "r.id", limit);
    }
    query
}

/// The newest of each server, and of those the newest.
fn merged(filter: &Filter, servers: &[String], limit: u32) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT ");
    query
        .push(rows::SUMMARY_COLUMNS)
        .push(" FROM (SELECT id FROM (");
    for (number, server) in servers.iter().enumerate() {
        if number > 0 {
            query.push(" UNION ALL ");
        }
        query
            .push("SELECT id FROM (SELECT r.id FROM runs r WHERE NOT r.hidden AND r.server_key = ")
            .push_bind(server.clone());
        having(&mut query, filter);
        narrow(&mut query, filter, "r.id", aside);
        ended(&mut query, "r.id", limit);
        query.push(format!(") AS newest{number}"));
    }
    query.push(") AS every");
    ended(&mut query, "id", limit);
    query.push(") AS page JOIN runs r ON r.id = page.id");
    ended(&mut query, "r.id", limit);
    query
}

/// The runs one by one, those of other servers left out.
fn walked(filter: &Filter, prefix: &str, end: &str, limit: u32) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT ");
    query
        .push(rows::SUMMARY_COLUMNS)
        .push(format!(
            " FROM runs r WHERE NOT r.hidden AND {} >= ",
            aside("r.server_key")
        ))
        .push_bind(prefix.to_owned())
        .push(format!(" AND {} < ", aside("r.server_key")))
        .push_bind(end.to_owned());
    having(&mut query, filter);
    narrow(&mut query, filter, "r.id", aside);
    ended(&mut query, "r.id", limit);
    query
}

fn having(query: &mut QueryBuilder<Db>, filter: &Filter) {
    if let Some(finding) = &filter.finding {
        query
            .push(" AND EXISTS (SELECT 1 FROM run_findings f WHERE f.run = r.id AND f.code = ")
            .push_bind(rows::text(finding).into_owned())
            .push(")");
    }
}

/// What the page is narrowed by besides; `id` is the run's, as the index that is walked has it.
/// `column` says whether outcome and agent may be what is walked.
fn narrow(
    query: &mut QueryBuilder<Db>,
    filter: &Filter,
    id: &str,
    column: impl Fn(&str) -> String,
) {
    if let Some(outcome) = filter.outcome {
        query
            .push(format!(" AND {} = ", column("r.outcome")))
            .push_bind(outcome.as_str());
    }
    if let Some(agent) = filter.agent {
        query
            .push(format!(" AND {} = ", column("r.agent")))
            .push_bind(agent.0);
    }
    if let Some(since) = filter.since {
        query
            .push(" AND r.created_us >= ")
            .push_bind(rows::to_us(since))
            .push(format!(" AND {id} >= "))
            .push_bind(first_id(since.timestamp_millis()));
    }
    if let Some(until) = filter.until {
        query
            .push(" AND r.created_us < ")
            .push_bind(rows::to_us(until))
            .push(format!(" AND {id} < "))
            .push_bind(first_id(until.timestamp_millis().saturating_add(1)));
    }
    if let Some(before) = filter.before {
        query.push(format!(" AND {id} < ")).push_bind(before.0);
    }
}

/// A column whose index is not to be walked: another one has the rows in the order that is wanted.
fn aside(column: &str) -> String {
    format!("COALESCE({column}, {column})")
}

fn ended(query: &mut QueryBuilder<Db>, id: &str, limit: u32) {
    query.push(format!(" ORDER BY {id} DESC LIMIT {limit}"));
}

/// No run made at or after this millisecond has a lower id: version 7 begins with it.
pub(super) fn first_id(millis: i64) -> Uuid {
    let millis = u128::try_from(millis).unwrap_or_default();
    Uuid::from_u128((millis & 0xffff_ffff_ffff) << 80)
}

/// The least text that comes after all that begin so, by code points.
fn after_prefix(prefix: &str) -> String {
    let mut end: Vec<char> = prefix.chars().collect();
    while let Some(last) = end.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return end.into_iter().collect();
        }
    }
    // Nothing comes after the last code point of all; servers are not named so.
    "\u{10ffff}\u{10ffff}".to_owned()
}

#[cfg(test)]
mod tests {
    use super::{after_prefix, first_id};

    #[test]
    fn the_end_of_a_prefix_is_just_behind_it() {
        for (prefix, end) in [
            ("db", "dc"),
            ("al%", "al&"),
            ("z", "{"),
            ("\u{d7ff}", "\u{e000}"),
            ("a\u{10ffff}", "b"),
        ] {
            assert_eq!(after_prefix(prefix), end);
            assert!(format!("{prefix}\u{fffd}").as_str() < end);
        }
    }

    #[test]
    fn ids_of_a_millisecond_begin_with_it() {
        let first = first_id(1_795_000_000_123).to_string();
        assert!(first.starts_with("01a1ee56-5e7b-0000"), "{first}");
        assert_eq!(first_id(-5).as_u128(), 0);
    }
}
