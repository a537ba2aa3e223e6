//! The statements that the store understands, and no others: the T-SQL that Linecheck sends when it practises writes.

use super::words::{Found, Name, Word, fit, name, words};
use std::sync::LazyLock;

/// Statements of one batch.
const MOST: usize = 64;

/// A statement that is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// A setting, which changes nothing here: each error rolls back anyway.
    Set,
    Begin,
    Commit,
    Rollback,
    CreateValues(Name),
    CreateTracker(Name),
    /// Rows of the table of values.
    Seed(Name, Vec<(i64, i64)>),
    /// A row of the tracker.
    Track(Name, String),
    /// One more in a row of the table of values.
    Add(Name, i64),
    /// The value, kept in the tracker as the result.
    Keep {
        tracker: Name,
        values: Name,
        operation: i64,
        id: String,
    },
    /// The result that the tracker keeps.
    Ask(Name, String),
    /// Rows of the table of values: above this number, up to that one.
    Read(Name, i64, i64),
    /// Whether a table is there.
    Exists(Option<Name>),
    /// A table goes, if it is there.
    Drop(Name),
}

/// From what stands at a pattern's places to the statement.
type Make = fn(Vec<Found>) -> Option<Statement>;

/// Pattern and meaning of each, in no order.
const PATTERNS: [(&str, Make); 16] = [
    ("SET XACT_ABORT ON", |_| Some(Statement::Set)),
    ("SET NOCOUNT ON", |_| Some(Statement::Set)),
    ("SET LOCK_TIMEOUT @number", |_| Some(Statement::Set)),
    ("BEGIN TRANSACTION", |_| Some(Statement::Begin)),
    ("COMMIT TRANSACTION", |_| Some(Statement::Commit)),
    ("ROLLBACK TRANSACTION", |_| Some(Statement::Rollback)),
    (
        "CREATE TABLE @table ([operation] int NOT NULL PRIMARY KEY, [times] int NOT NULL)",
        |found| Some(Statement::CreateValues(table(found)?)),
    ),
    (
        "CREATE TABLE @table ([operation_id] uniqueidentifier NOT NULL PRIMARY KEY, [result] int NULL, \
         [at] datetime2 NOT NULL DEFAULT SYSUTCDATETIME())",
        |found| Some(Statement::CreateTracker(table(found)?)),
    ),
    (
        "INSERT INTO @table ([operation], [times]) VALUES @rows",
        |found| match <[Found; 2]>::try_from(found).ok()? {
            [Found::Table(table), Found::Rows(rows)] => Some(Statement::Seed(table, rows)),
            _ => None,
        },
    ),
    (
        "INSERT INTO @table ([operation_id]) VALUES (@text)",
        |found| match <[Found; 2]>::try_from(found).ok()? {
            [Found::Table(table), Found::Text(id)] => Some(Statement::Track(table, id)),
            _ => None,
        },
    ),
    (
        "UPDATE @table SET [times] = [times] + 1 WHERE [operation] = @number",
        |found| match <[Found; 2]>::try_from(found).ok()? {
            [Found::Table(table), Found::Number(n)] => Some(Statement::Add(table, n)),
            _ => None,
        },
    ),
    (
        "UPDATE @table SET [result] = (SELECT [times] FROM @table WHERE [operation] = @number) \
         WHERE [operation_id] = @text",
        |found| match <[Found; 4]>::try_from(found).ok()? {
            [
                Found::Table(tracker),
                Found::Table(values),
                Found::Number(operation),
                Found::Text(id),
            ] => Some(Statement::Keep {
                tracker,
                values,
                operation,
                id,
            }),
            _ => None,
        },
    ),
    (
        "SELECT [result] FROM @table WITH (READCOMMITTEDLOCK) WHERE [operation_id] = @text",
        |found| match <[Found; 2]>::try_from(found).ok()? {
            [Found::Table(table), Found::Text(id)] => Some(Statement::Ask(table, id)),
            _ => None,
        },
    ),
    (
        "SELECT [operation], [times] FROM @table WITH (READCOMMITTEDLOCK) WHERE [operation] > @number AND \
         [operation] <= @number ORDER BY [operation]",
        |found| match <[Found; 3]>::try_from(found).ok()? {
            [Found::Table(table), Found::Number(above), Found::Number(to)] => {
                Some(Statement::Read(table, above, to))
            }
            _ => None,
        },
    ),
    (
        "SELECT OBJECT_ID(@text, 'U')",
        |found| match <[Found; 1]>::try_from(found).ok()? {
            [Found::Text(text)] => Some(Statement::Exists(name(&text))),
            _ => None,
        },
    ),
    (
        "IF OBJECT_ID(@text, 'U') IS NOT NULL DROP TABLE @table",
        |found| match <[Found; 2]>::try_from(found).ok()? {
            [Found::Text(text), Found::Table(table)] if name(&text).as_ref() == Some(&table) => {
                Some(Statement::Drop(table))
            }
            _ => None,
        },
    ),
];

fn table(found: Vec<Found>) -> Option<Name> {
    match <[Found; 1]>::try_from(found).ok()? {
        [Found::Table(table)] => Some(table),
        _ => None,
    }
}

/// The patterns' words.
static WORDS: LazyLock<Vec<(Vec<Word>, Make)>> = LazyLock::new(|| {
    let all = PATTERNS.iter();
    all.filter_map(|(pattern, make)| Some((words(pattern)?, *make)))
        .collect()
});

/// The statements of a batch, when each of them is understood and there is one.
pub(super) fn read(sql: &str) -> Option<Vec<Statement>> {
    let all = words(sql)?;
    let mut rest = all.as_slice();
    let mut found = Vec::new();
    loop {
        while let [Word::Sign(';'), more @ ..] = rest {
            rest = more;
        }
        if rest.is_empty() {
            return Some(found).filter(|found| !found.is_empty());
        }
        let (statement, after) = WORDS.iter().find_map(|(pattern, make)| {
            let (places, after) = fit(pattern, rest)?;
            let ends = matches!(after, [] | [Word::Sign(';'), ..]);
            Some((make(places).filter(|_| ends)?, after))
        })?;
        found.push(statement);
        rest = after;
        if found.len() > MOST {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_understood_whole_or_not_at_all() {
        let write = "SET XACT_ABORT ON; BEGIN TRANSACTION; INSERT INTO [s].[t] ([operation_id]) VALUES ('a'); \
                     UPDATE [s].[v] SET [times] = [times] + 1 WHERE [operation] = 7;";
        let read_ = read(write).unwrap();
        assert_eq!(read_.len(), 4);
        assert!(matches!(&read_[3], Statement::Add(name, 7) if name.table == "v"));
        for not in [
            "",
            ";",
            "SELECT 1",
            "BEGIN TRANSACTION; SELECT 1",
            "BEGIN TRANSACTION COMMIT TRANSACTION",
            "UPDATE [s].[v] SET [times] = [times] + 2 WHERE [operation] = 7",
            "UPDATE [s].[v] SET [times] = [times] + 1",
            "DROP TABLE [s].[v]",
            "IF OBJECT_ID(N'[s].[other]', N'U') IS NOT NULL DROP TABLE [s].[v]",
            "INSERT INTO [s].[v] ([operation], [times]) VALUES",
        ] {
            assert_eq!(read(not), None, "{not}");
        }
        assert_eq!(WORDS.len(), PATTERNS.len());
    }

    #[test]
    fn more_than_a_batch_may_hold_is_not_understood() {
        assert!(read(&"BEGIN TRANSACTION;".repeat(MOST)).is_some());
        assert_eq!(read(&"BEGIN TRANSACTION;".repeat(MOST + 1)), None);
    }
}
