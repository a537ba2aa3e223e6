//! What the lab answers to SQL: a handful of SELECTs, SET and USE, and whether it has a database; error 102 for everything else.
//!
//! It reads statements by their words only: any case, any white space, aliases, several items or statements. It is no SQL parser
//! and does not become one.

use crate::reply::{SERVER_NAME, error, info, repeated};
use crate::statement::{split, statements, unquoted};
use tds::rows::{Column, ColumnType, Value};
use tds::token::{Body, Done, DoneStatus, EnvChange};

/// What `@@VERSION` says.
const VERSION_TEXT: &str =
    "Linecheck practice server 16.0.1000 (not Microsoft SQL Server: it only stands in for one)";

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guest {
    /// Login name.
    pub(crate) user: String,
    /// Database that is in use.
    pub(crate) database: String,
    /// Whether the server has databases beside its own four.
    pub(crate) has_others: bool,
}

/// The only question about a table that is answered, as statements are tidied.
const ENTRY: &str = "select name, state_desc from sys.databases where name=@p1";
/// Databases that every server has.
const SYSTEM: [&str; 4] = ["master", "tempdb", "model", "msdb"];

/// The reply to a batch. `USE` changes the guest's database.
pub(crate) fn batch(sql: &str, guest: &mut Guest) -> Vec<Body> {
    let mut tokens = Vec::new();
    for statement in statements(sql) {
        match answer(&statement, guest) {
            Some(answer) => tokens.extend(answer),
            None => {
                tokens.push(unknown(&statement));
                tokens.push(Body::Done(Done::new(DoneStatus::ERROR)));
                break;
            }
        }
    }
    if tokens.is_empty() {
        tokens.push(Body::Done(Done::new(DoneStatus::empty())));
    }
    more_but_last(&mut tokens);
    tokens
}

/// The same reply to a remote call: its statements end inside the call, then the call ends.
pub(crate) fn call(sql: &str, parameter: Option<&str>, guest: &mut Guest) -> Vec<Body> {
    use tds::token::DoneKind::{InProc, Proc};
    let entry = statements(sql)
        .first()
        .is_some_and(|one| one.eq_ignore_ascii_case(ENTRY));
    let mut tokens = match parameter {
        Some(name) if entry => self::entry(name, guest),
        _ => batch(sql, guest),
    };
    let mut status = DoneStatus::empty();
    for token in &mut tokens {
        if let Body::Done(done) = token {
            done.kind = InProc;
            done.status |= DoneStatus::MORE;
            status |= done.status & DoneStatus::ERROR;
        }
    }
    tokens.push(Body::ReturnStatus(0));
    tokens.push(Body::Done(Done {
        kind: Proc,
        ..Done::new(status)
    }));
    tokens
}

/// A database's row, if it is there.
fn entry(name: &str, guest: &Guest) -> Vec<Body> {
    let name = repeated(name);
    let text = || ColumnType::NVarChar { bytes: 256 };
    let mut tokens = vec![Body::Columns(vec![
        Column::new("name", text()),
        Column::new("state_desc", text()),
    ])];
    let is_there = guest.has_others || SYSTEM.iter().any(|one| one.eq_ignore_ascii_case(&name));
    if is_there {
        tokens.push(Body::Row(vec![
            Value::Text(name),
            Value::Text("ONLINE".to_owned()),
        ]));
    }
    tokens.push(Body::Done(Done::rows(u64::from(is_there))));
    tokens
}

/// A refusal of something that is no SQL at all.
pub(crate) fn not_understood() -> Vec<Body> {
    let text = "This practice server does not answer requests of that kind.".to_owned();
    vec![
        error(102, 1, 15, text),
        Body::Done(Done::new(DoneStatus::ERROR)),
    ]
}

fn answer(statement: &str, guest: &mut Guest) -> Option<Vec<Body>> {
    let (verb, rest) = statement.split_once(' ')?;
    match verb.to_ascii_lowercase().as_str() {
        "set" => Some(vec![Body::Done(Done::new(DoneStatus::empty()))]),
        "use" => Some(use_database(&unquoted(rest), guest)),
        "select" => select(rest, guest),
        _ => None,
    }
}

fn use_database(name: &str, guest: &mut Guest) -> Vec<Body> {
    let name = repeated(name);
    let tokens = vec![
        Body::EnvChange(EnvChange::database(&name, &guest.database)),
        info(5701, 1, &format!("Changed database context to '{name}'.")),
        Body::Done(Done::new(DoneStatus::empty())),
    ];
    guest.database = name;
    tokens
}

fn select(items: &str, guest: &Guest) -> Option<Vec<Body>> {
    let (columns, values) = split(items, ',')
        .iter()
        .map(|item| self::item(item.trim(), guest))
        .collect::<Option<(Vec<Column>, Vec<Value>)>>()?;
    Some(vec![
        Body::Columns(columns),
        Body::Row(values),
        Body::Done(Done::rows(1)),
    ])
}

/// `expression`, `expression alias`, `expression AS alias` or `alias = expression`.
fn item(item: &str, guest: &Guest) -> Option<(Column, Value)> {
    let (alias, expression) = match item.split_once('=') {
        Some((alias, expression)) => (unquoted(alias), expression.trim()),
        None => match item.split_once(' ') {
            Some((expression, alias)) => {
                let (as_word, after) = alias.split_once(' ').unwrap_or_default();
                let alias = if as_word.eq_ignore_ascii_case("as") {
                    after
                } else {
                    alias
                };
                (unquoted(alias), expression)
            }
            None => (String::new(), item),
        },
    };
    let (kind, value) = evaluate(expression, guest)?;
    Some((Column::new(&repeated(&alias), kind), value))
}

fn evaluate(expression: &str, guest: &Guest) -> Option<(ColumnType, Value)> {
    let text = |text: &str| {
        let kind = ColumnType::NVarChar { bytes: 512 };
        Some((kind, Value::Text(text.to_owned())))
    };
    match expression.to_ascii_lowercase().as_str() {
        "@@version" => text(VERSION_TEXT),
        "@@servername" => text(SERVER_NAME),
        "db_name()" => text(&guest.database),
        "suser_sname()" | "original_login()" => text(&guest.user),
        other => match other.strip_prefix("space(") {
            Some(bytes) => space(bytes),
            None => Some((ColumnType::Int, Value::Int(other.parse().ok()?))),
        },
    }
}

/// As many bytes of spaces: an answer of a size that the client chooses, up to what one value holds.
fn space(bytes: &str) -> Option<(ColumnType, Value)> {
    let bytes: u16 = bytes.strip_suffix(')')?.trim().parse().ok()?;
    let kind = ColumnType::NVarChar { bytes: 8_000 };
    let text = " ".repeat(usize::from(bytes.min(8_000) / 2));
    Some((kind, Value::Text(text)))
}

fn unknown(statement: &str) -> Body {
    let near = statement.split(' ').next().unwrap_or_default();
    let near: String = near.chars().take(32).collect();
    let text = format!(
        "Incorrect syntax near '{near}'. This practice server answers SELECT @@VERSION, SELECT 1, SELECT DB_NAME(), SET and USE \
         only."
    );
    error(102, 1, 15, text)
}

/// Says of every statement but the last that more follows.
pub(crate) fn more_but_last(tokens: &mut [Body]) {
    let Some((_, earlier)) = tokens.split_last_mut() else {
        return;
    };
    for token in earlier {
        if let Body::Done(done) = token {
            done.status |= DoneStatus::MORE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest() -> Guest {
        Guest {
            user: "practice".into(),
            database: "shop".into(),
            has_others: false,
        }
    }

    fn rows(sql: &str) -> Vec<Vec<Value>> {
        batch(sql, &mut guest())
            .into_iter()
            .filter_map(|token| match token {
                Body::Row(values) => Some(values),
                _ => None,
            })
            .collect()
    }

    fn names(sql: &str) -> Vec<String> {
        batch(sql, &mut guest())
            .into_iter()
            .find_map(|token| match token {
                Body::Columns(columns) => Some(columns.into_iter().map(|c| c.name).collect()),
                _ => None,
            })
            .unwrap_or_default()
    }

    fn errors(sql: &str) -> Vec<i32> {
        batch(sql, &mut guest())
            .into_iter()
            .filter_map(|token| match token {
                Body::Error(message) => Some(message.number),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn the_three_selects_however_written() {
        let shop = vec![vec![Value::Text("shop".into())]];
        for sql in [
            "SELECT DB_NAME()",
            "select\r\n\tDb_Name ( ) ;",
            " SELECT DB_NAME() AS [a, b]",
            "select x = db_name()",
        ] {
            assert_eq!(rows(sql), shop, "{sql}");
        }
        assert_eq!(
            rows("SELECT SPACE(6), SPACE ( 4 )"),
            [[Value::Text("   ".into()), Value::Text("  ".into())]]
        );
        assert_eq!(errors("SELECT SPACE(70000)"), [102]);
        assert_eq!(rows("SELECT 1"), [[Value::Int(1)]]);
        assert_eq!(rows("select 1 as one"), [[Value::Int(1)]]);
        assert_eq!(
            rows("SELECT @@version v"),
            [[Value::Text(VERSION_TEXT.into())]]
        );
    }

    #[test]
    fn aliases_name_columns() {
        assert_eq!(
            names("SELECT 1 AS [a, b], 2 two, 3, four = 4, 5 as \"fi;ve\""),
            ["a, b", "two", "", "four", "fi;ve"]
        );
    }

    #[test]
    fn set_use_and_several_statements() {
        assert_eq!(rows("SET NOCOUNT ON SELECT 1"), [[Value::Int(1)]]);
        assert_eq!(
            rows("set ansi_nulls on\nset textsize 2147483647"),
            Vec::<Vec<Value>>::new()
        );
        assert_eq!(errors("set ansi_nulls on\nset textsize 2147483647"), []);
        assert_eq!(
            rows("USE [other]; SELECT DB_NAME()"),
            [[Value::Text("other".into())]]
        );
        assert_eq!(
            rows("SELECT 1; SELECT 2"),
            [[Value::Int(1)], [Value::Int(2)]]
        );
        assert_eq!(errors(""), []);
    }

    #[test]
    fn only_the_last_done_ends_the_reply() {
        let dones = |tokens: Vec<Body>| -> Vec<bool> {
            let done = |token| match token {
                Body::Done(done) => Some(done.status.contains(DoneStatus::MORE)),
                _ => None,
            };
            tokens.into_iter().filter_map(done).collect()
        };
        assert_eq!(
            dones(batch("SELECT 1; SELECT 2", &mut guest())),
            [true, false]
        );
        assert_eq!(dones(call("SELECT 1", None, &mut guest())), [true, false]);
    }

    #[test]
    fn a_database_is_looked_up_by_its_name() {
        let sql = "SELECT name, state_desc\n FROM sys.databases WHERE name = @P1";
        let found = |name: &str, has_others| {
            let mut guest = Guest {
                has_others,
                ..guest()
            };
            let tokens = call(sql, Some(name), &mut guest);
            assert!(!tokens.iter().any(|token| matches!(token, Body::Error(_))));
            tokens.iter().any(|token| matches!(token, Body::Row(_)))
        };
        assert!(found("shop", true) && found("Master", false));
        assert!(!found("shop", false) && !found("'; DROP TABLE x", false));
    }

    #[test]
    fn anything_else_is_error_102() {
        for sql in [
            "DROP TABLE x",
            "SELECT",
            "SELECT * FROM sys.tables",
            "SELECT 1; boom",
            "select 99999999999",
            "\u{0}",
        ] {
            assert_eq!(errors(sql), [102], "{sql}");
        }
    }
}
