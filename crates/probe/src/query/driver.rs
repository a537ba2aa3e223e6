//! The driver's side: logs in, asks, reports as it goes. Runs as a task of its own and may panic.

use crate::context::Secret;
use crate::record::bounded;
use std::time::Duration;
use tiberius::{AuthMethod, Client, ColumnData, Config, EncryptionLevel, Row};
use tokio::io::DuplexStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::compat::TokioAsyncReadCompatExt;

/// A statement that this crate wrote.
pub(super) type Statement = &'static str;

const MOST_ROWS: usize = 10;
const MOST_COLUMNS: usize = 64;
const CELL_CHARS: usize = 1_000;
const NAME_CHARS: usize = 128;

/// Who logs in where. TLS is not the driver's business: its stream is a pipe in memory.
pub(super) struct Login {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) database: String,
    pub(super) application: String,
    pub(super) who: Who,
    pub(super) limit: Duration,
}

/// As whom.
pub(super) enum Who {
    Password { user: String, secret: Secret },
    Token(Secret),
}

impl Who {
    fn method(&self) -> AuthMethod {
        match self {
            Self::Password { user, secret } => AuthMethod::sql_server(user, secret.expose()),
            Self::Token(token) => AuthMethod::aad_token(token.expose()),
        }
    }
}

/// What is asked for.
pub(super) enum Work {
    /// These, one after the other.
    Statements(&'static [Statement]),
    /// This database's entry in the server's list.
    Database(String),
}

/// Its only parameter is the name.
const ENTRY: Statement = "SELECT name, state_desc FROM sys.databases WHERE name = @P1";

/// What the driver reports.
pub(super) enum Said {
    LoggedIn,
    Sending(Statement),
    Result {
        columns: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    /// The entry that was looked for, if it is there: its state.
    Entry(Option<String>),
}

/// The driver's error.
pub(super) struct Failed {
    /// Of the server's ERROR, when it was one.
    pub(super) number: Option<i32>,
    /// Where the server routes to, when it does.
    pub(super) routed: Option<(String, u16)>,
    pub(super) text: String,
}

impl From<tiberius::error::Error> for Failed {
    fn from(error: tiberius::error::Error) -> Self {
        Self {
            routed: match &error {
                tiberius::error::Error::Routing { host, port } => Some((host.clone(), *port)),
                _ => None,
            },
            number: error.code().and_then(|code| i32::try_from(code).ok()),
            text: bounded(&error.to_string(), CELL_CHARS),
        }
    }
}

pub(super) async fn ask(
    login: Login,
    stream: DuplexStream,
    work: Work,
    say: UnboundedSender<Said>,
) -> Result<(), Failed> {
    let mut config = Config::new();
    config.host(&login.host);
    config.port(login.port);
    config.database(&login.database);
    config.application_name(&login.application);
    config.authentication(login.who.method());
    config.encryption(EncryptionLevel::NotSupported);
    config.handshake_timeout(Some(login.limit));
    config.command_timeout(Some(login.limit));
    drop(login);
    // A report that nobody takes means that the run is over; the task is aborted then.
    let report = |said| drop(say.send(said));
    let mut client = Client::connect(config, stream.compat()).await?;
    report(Said::LoggedIn);
    match work {
        Work::Statements(statements) => {
            for statement in statements {
                report(Said::Sending(statement));
                let rows = client
                    .simple_query(*statement)
                    .await?
                    .into_first_result()
                    .await?;
                report(result(rows));
            }
        }
        Work::Database(name) => {
            report(Said::Sending(ENTRY));
            let rows = client
                .query(ENTRY, &[&name])
                .await?
                .into_first_result()
                .await?;
            report(Said::Entry(rows.into_iter().next().map(state)));
        }
    }
    client.close().await?;
    Ok(())
}

fn result(rows: Vec<Row>) -> Said {
    let columns = rows.first().map_or_else(Vec::new, |row| {
        row.columns()
            .iter()
            .take(MOST_COLUMNS)
            .map(|column| bounded(column.name(), NAME_CHARS))
            .collect()
    });
    let rows = rows
        .into_iter()
        .take(MOST_ROWS)
        .map(|row| row.into_iter().take(MOST_COLUMNS).map(cell).collect())
        .collect();
    Said::Result { columns, rows }
}

/// The second column of an entry.
fn state(row: Row) -> String {
    row.into_iter().nth(1).map_or_else(String::new, cell)
}

fn cell(value: ColumnData<'static>) -> String {
    match value {
        ColumnData::String(Some(text)) => bounded(&text, CELL_CHARS),
        ColumnData::I32(Some(number)) => number.to_string(),
        ColumnData::I64(Some(number)) => number.to_string(),
        ColumnData::Bit(Some(bit)) => bit.to_string(),
        ColumnData::String(None) | ColumnData::I32(None) | ColumnData::I64(None) => {
            "NULL".to_owned()
        }
        other => bounded(&format!("{other:?}"), CELL_CHARS),
    }
}
