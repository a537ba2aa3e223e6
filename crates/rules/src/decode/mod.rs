//! What an application's exception, stack trace or log lines mean: who wrote them, how far the connection was, what
//! happened, why that may be, and the run that tells the possible causes apart.
//!
//! ```text
//! text ──mask──▶ without secrets ──scan──▶ rows found ──read──▶ signs, numbers, names, times ──weigh──▶ causes ──plan──▶ a run
//! ```
//!
//! It works on the text alone: it knows no run, no network and no clock, and text alone proves nothing, so no cause
//! is ever more than likely. It reads at most [`MOST_READ`] bytes, in time that grows with their number alone.

mod against;
mod cause;
mod glob;
mod mask;
mod named;
mod numbers;
mod phases;
mod plan;
mod read;
mod rows;
mod scan;
mod sign;
#[cfg(test)]
mod tests;
mod weigh;
mod weights;
mod words;

pub use cause::Cause;
pub use numbers::NumberKind;
pub use plan::{Suggestion, Trial};
pub use sign::Sign;

use model::Confidence;
use serde::Serialize;

/// What is behind this is not read: 256 KiB.
pub const MOST_READ: usize = 256 * 1024;

/// A stretch of [`Decoded::text`], in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// First byte.
    pub from: usize,
    /// Behind the last.
    pub to: usize,
}

/// What a text means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decoded {
    /// What was read: at most [`MOST_READ`] bytes, secrets replaced. Every [`Span`] is of this.
    pub text: String,
    /// Whether there was more.
    pub cut: bool,
    /// How many secrets were replaced.
    pub secrets: usize,
    /// Who wrote it, as far as that can be told.
    pub driver: Option<Driver>,
    /// Libraries that it went through.
    pub through: Vec<&'static str>,
    /// Where the connection was.
    pub phase: Option<Phase>,
    /// What happened, the most telling first.
    pub said: Vec<Said>,
    /// Numbers and words for errors.
    pub numbers: Vec<Number>,
    /// Times that the text tells.
    pub timings: Vec<Timing>,
    /// Names, addresses and ids that it tells.
    pub named: Named,
    /// Why, the most likely first.
    pub causes: Vec<Ranked>,
    /// The run that tells the causes apart; `None` where no run can.
    pub run: Option<Suggestion>,
}

/// Who words errors so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    /// Microsoft.Data.SqlClient.
    MicrosoftData,
    /// System.Data.SqlClient.
    SystemData,
    /// One of the two.
    SqlClient,
    /// Microsoft's JDBC driver.
    Jdbc,
    /// jTDS.
    Jtds,
    /// An ODBC driver: msodbcsql, by itself or through pyodbc, PHP, sqlcmd.
    Odbc,
    /// OLE DB.
    OleDb,
    /// FreeTDS, pymssql.
    FreeTds,
    /// tedious, node-mssql.
    Tedious,
    /// go-mssqldb.
    Go,
    /// tiberius, or another program in Rust.
    Tiberius,
    /// SQL Server's own error log.
    ServerLog,
}

impl Driver {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MicrosoftData => "Microsoft.Data.SqlClient",
            Self::SystemData => "System.Data.SqlClient",
            Self::SqlClient => "SqlClient (.NET)",
            Self::Jdbc => "Microsoft JDBC driver",
            Self::Jtds => "jTDS",
            Self::Odbc => "ODBC driver",
            Self::OleDb => "OLE DB",
            Self::FreeTds => "FreeTDS",
            Self::Tedious => "tedious (Node.js)",
            Self::Go => "go-mssqldb",
            Self::Tiberius => "tiberius (Rust)",
            Self::ServerLog => "SQL Server's error log",
        }
    }
}

/// Where in its life a connection was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The name was looked up.
    Resolve,
    /// TCP was connecting.
    Connect,
    /// PRELOGIN: what both sides can do.
    Prelogin,
    /// The connection was made secure.
    Tls,
    /// The login was under way.
    Login,
    /// The login was sent, and its end awaited.
    PostLogin,
    /// The application waited for the pool.
    Pool,
    /// It had been idle, and was used again.
    Idle,
    /// A command was under way.
    Command,
    /// A transaction was committed or rolled back.
    Transaction,
}

impl Phase {
    /// In plain words, behind "it happened".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Resolve => "while the name was looked up",
            Self::Connect => "while TCP connected",
            Self::Prelogin => "in the PRELOGIN handshake",
            Self::Tls => "while the connection was made secure",
            Self::Login => "at the login",
            Self::PostLogin => "after the login was sent, before it was done",
            Self::Pool => "while the application waited for the pool",
            Self::Idle => "when a connection that had been idle was used again",
            Self::Command => "while a command was under way",
            Self::Transaction => "around a commit",
        }
    }
}

/// Something that the text says happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// What.
    pub sign: Sign,
    /// Where the connection was.
    pub phase: Option<Phase>,
    /// How often it is said.
    pub count: usize,
    /// Where, the first few places.
    pub places: Vec<Span>,
}

/// A number, or a word for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Number {
    /// Whose.
    pub kind: NumberKind,
    /// As it is known: `40613`, `ECONNRESET`, `08S01`.
    pub value: String,
    /// State of the server's error.
    pub state: Option<i64>,
    /// Class (severity) of the server's error.
    pub class: Option<i64>,
    /// A few words; empty when it is not known.
    pub name: &'static str,
    /// What lies behind it; empty when that is not known.
    pub means: String,
    /// What to do about it; empty when that is not known.
    pub action: &'static str,
    /// Whether it stands in the text, or only the words for it do.
    pub worded: bool,
    /// How often.
    pub count: usize,
    /// Where first.
    pub place: Span,
}

/// A time that the text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Timing {
    /// Of what.
    pub kind: TimingKind,
    /// How long.
    pub ms: u64,
    /// Where it stands.
    pub place: Span,
}

/// What a time is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimingKind {
    /// Name and connect.
    PreloginStart,
    /// PRELOGIN and TLS.
    Handshake,
    /// Before the login was sent.
    LoginStart,
    /// The login's own exchange.
    Authentication,
    /// From there to its end.
    PostLogin,
    /// Waited in all.
    Waited,
    /// Idle before.
    Idle,
}

impl TimingKind {
    /// In plain words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PreloginStart => "Looking up the name and connecting",
            Self::Handshake => "PRELOGIN and TLS",
            Self::LoginStart => "Preparing the login",
            Self::Authentication => "The login's exchange",
            Self::PostLogin => "The end of the login",
            Self::Waited => "The whole wait",
            Self::Idle => "Being idle",
        }
    }

    /// Whether it is one of the parts that SqlClient counts.
    #[must_use]
    pub fn is_part(self) -> bool {
        !matches!(self, Self::Waited | Self::Idle)
    }
}

/// Names and ids that the text tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The server, as a run takes it: `tcp:host,1433`.
    pub server: Option<String>,
    /// Whether its suffix was added because only Azure SQL words an error so.
    pub completed: bool,
    /// The database.
    pub database: Option<String>,
    /// Where the gateway routed the client: `host:port`.
    pub routed: Option<String>,
    /// The client's address as the server saw it.
    pub client_address: Option<String>,
    /// ClientConnectionId and session tracing ids: what support asks for.
    pub ids: Vec<String>,
}

/// A cause, and what speaks for and against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// Which.
    pub cause: &'static Cause,
    /// Of a hundred; only good for comparing.
    pub weight: u32,
    /// How sure: never `proven`.
    pub sure: Confidence,
    /// What speaks for it.
    pub why: Vec<Reason>,
    /// What speaks against it, or is missing.
    pub against: Vec<String>,
}

/// Words that speak for a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What they say.
    pub says: String,
    /// Where they stand.
    pub places: Vec<Span>,
}

/// Decodes a text.
#[must_use]
pub fn decode(text: &str) -> Decoded {
    let (start, cut) = start_of(text);
    let (text, secrets) = mask::masked(start);
    read::read(text, cut, secrets)
}

/// As much as is read, ending with a whole letter.
fn start_of(text: &str) -> (&str, bool) {
    let mut end = text.len().min(MOST_READ);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (text.get(..end).unwrap_or_default(), end < text.len())
}

impl Decoded {
    /// The words at a place.
    #[must_use]
    pub fn quote(&self, place: Span) -> &str {
        self.text.get(place.from..place.to).unwrap_or_default()
    }
}
