//! What the store's statements are answered, as tokens.

use super::tables::Refused;
use crate::reply::{error, info, repeated};
use tds::rows::{Column, ColumnType, Value};
use tds::token::{Body, Change, Done, DoneStatus, EnvChange, EnvKind};

pub(super) fn done() -> Body {
    Body::Done(Done::new(DoneStatus::empty()))
}

pub(super) fn failed() -> Body {
    Body::Done(Done::new(DoneStatus::ERROR))
}

/// So many rows were changed.
pub(super) fn changed(rows: u64) -> Body {
    Body::Done(Done {
        rows,
        ..Done::new(DoneStatus::COUNT)
    })
}

pub(super) fn begun(number: u64) -> Body {
    transaction(EnvKind::BEGIN_TRANSACTION, Some(number), None)
}

pub(super) fn committed(number: u64) -> Body {
    transaction(EnvKind::COMMIT_TRANSACTION, None, Some(number))
}

pub(super) fn rolled_back(number: u64) -> Body {
    transaction(EnvKind::ROLLBACK_TRANSACTION, None, Some(number))
}

fn transaction(kind: EnvKind, new: Option<u64>, old: Option<u64>) -> Body {
    let bytes = |number: Option<u64>| number.map_or(Vec::new(), |n| n.to_le_bytes().to_vec());
    Body::EnvChange(EnvChange {
        kind,
        change: Change::Bytes {
            new: bytes(new),
            old: bytes(old),
        },
    })
}

fn int(value: i64) -> Value {
    i32::try_from(value).map_or(Value::Null, Value::Int)
}

fn table(columns: &[&str], rows: Vec<Vec<Value>>) -> Vec<Body> {
    let columns = columns
        .iter()
        .map(|name| Column::new(name, ColumnType::Int));
    let count = rows.len() as u64;
    let mut tokens = vec![Body::Columns(columns.collect())];
    tokens.extend(rows.into_iter().map(Body::Row));
    tokens.push(Body::Done(Done::rows(count)));
    tokens
}

/// The tracker's row, if there is one.
pub(super) fn result(row: Option<Option<i64>>) -> Vec<Body> {
    let value = |result: Option<i64>| result.map_or(Value::Null, int);
    let rows = row.map(|result| vec![value(result)]);
    table(&["result"], rows.into_iter().collect())
}

pub(super) fn values(rows: &[(i64, i64)]) -> Vec<Body> {
    let rows = rows.iter().map(|(n, times)| vec![int(*n), int(*times)]);
    table(&["operation", "times"], rows.collect())
}

/// What `OBJECT_ID` says.
pub(super) fn object(exists: bool) -> Vec<Body> {
    let id = if exists { Value::Int(1) } else { Value::Null };
    table(&[""], vec![vec![id]])
}

/// The messages of a refusal.
pub(super) fn refused(why: &Refused) -> Vec<Body> {
    let of = |name: &super::words::Name| repeated(&format!("{}.{}", name.schema, name.table));
    let (number, state, class, text) = match why {
        Refused::NoTable(name) => (208, 1, 16, format!("Invalid object name '{}'.", of(name))),
        Refused::NotPermitted => (
            262,
            1,
            14,
            "CREATE TABLE permission denied in this database.".to_owned(),
        ),
        Refused::Full => (
            1105,
            2,
            17,
            "Could not allocate space: the practice server keeps few rows.".to_owned(),
        ),
        Refused::Locked => (
            1222,
            45,
            16,
            "Lock request time out period exceeded.".to_owned(),
        ),
        Refused::Duplicate(name, key) => (
            2627,
            1,
            14,
            format!(
                "Violation of PRIMARY KEY constraint. Cannot insert duplicate key in object '{}'. The duplicate key \
                 value is ({}).",
                of(name),
                repeated(key)
            ),
        ),
        Refused::Exists(name) => (
            2714,
            6,
            16,
            format!(
                "There is already an object named '{}' in the database.",
                repeated(&name.table)
            ),
        ),
        Refused::NoSchema(schema) => (
            2760,
            1,
            16,
            format!(
                "The specified schema name \"{}\" either does not exist or you do not have permission to use it.",
                repeated(schema)
            ),
        ),
        Refused::NothingToCommit => (
            3902,
            1,
            16,
            "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.".to_owned(),
        ),
        Refused::NothingToRollBack => (
            3903,
            1,
            16,
            "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.".to_owned(),
        ),
        Refused::OtherTransaction => (
            3989,
            1,
            16,
            "New request is not allowed to start because it should come with valid transaction descriptor."
                .to_owned(),
        ),
    };
    let mut tokens = vec![error(number, state, class, text)];
    if matches!(why, Refused::Duplicate(..)) {
        tokens.push(info(3621, 0, "The statement has been terminated."));
    }
    tokens
}
