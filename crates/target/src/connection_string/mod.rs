//! A pasted connection string, taken apart: ADO.NET, ODBC, JDBC, a URL, or a PowerShell block of
//! `Key = 'value'`.
//!
//! The password never shows in `Debug`, and unknown keys are listed by name only. Where a key stands twice,
//! the last one holds, as in drivers.

mod dialect;
mod grammar;
mod parts;
mod powershell;
mod script;
mod url;

pub use dialect::{Dialect, OdbcDriver, SignIn};
pub use script::{Script, TlsChoice};

use crate::keywords::Driver;
use crate::{Error, Note, Parsed};
use parts::Parts;
use std::fmt;
use zeroize::Zeroizing;

/// Longest text that is read.
const LONGEST: usize = 20_000;

/// A password. Its bytes are cleared when it is dropped, and `Debug` does not show it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The password itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A connection string, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted {
    /// What it is.
    pub dialect: Dialect,
    /// The server.
    pub server: Parsed,
    /// `Database`, when given and not empty.
    pub database: Option<String>,
    /// How it signs in.
    pub sign_in: SignIn,
    /// `User ID`, likewise, where the way of signing in has one.
    pub user: Option<String>,
    /// `Password`, the application's secret or the token. For its own field only.
    pub password: Option<Password>,
    /// Application id of a service principal, or client id of a user-assigned identity.
    pub client_id: Option<String>,
    /// Tenant of a service principal, when its id names one.
    pub tenant: Option<String>,
    /// Driver settings.
    pub driver: Driver,
    /// What a PowerShell block sets beyond that.
    pub script: Script,
    /// Settings that say nothing about reaching a server, as they came.
    pub kept: Vec<(String, String)>,
    /// Names of keys that no driver is known to have, without their values.
    pub unknown: Vec<String>,
    /// What is odd about it, the server's notes included.
    pub notes: Vec<Note>,
}

impl Pasted {
    /// A string that names only a server.
    #[must_use]
    pub fn of(dialect: Dialect, server: Parsed) -> Self {
        Self {
            dialect,
            notes: server.notes(),
            server,
            database: None,
            sign_in: SignIn::None,
            user: None,
            password: None,
            client_id: None,
            tenant: None,
            driver: Driver::default(),
            script: Script::default(),
            kept: Vec::new(),
            unknown: Vec::new(),
        }
    }
}

/// Reads a pasted connection string. `None` when the text is none: a plain server string, for example.
///
/// The error repeats nothing of the text.
#[must_use]
pub fn connection_string(text: &str) -> Option<Result<Pasted, Error>> {
    let text = text.trim();
    let scheme = ["jdbc:sqlserver://", "sqlserver://"]
        .into_iter()
        .find(|scheme| {
            text.get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        });
    if scheme.is_none() && !text.contains('=') {
        return None;
    }
    Some(read(text, scheme))
}

fn read(text: &str, scheme: Option<&str>) -> Result<Pasted, Error> {
    if text.len() > LONGEST {
        return Err(Error::TooLong);
    }
    let (dialect, pairs) = match scheme {
        Some(scheme) => {
            let rest = text.get(scheme.len()..).unwrap_or_default();
            if scheme.starts_with("jdbc") {
                (Dialect::Jdbc, grammar::jdbc(rest)?)
            } else {
                (Dialect::Url, url::pairs(rest)?)
            }
        }
        None if powershell::looks_like(text) => (Dialect::PowerShell, powershell::pairs(text)?),
        None => grammar::ado_or_odbc(text)?,
    };
    Parts::from(dialect, pairs).finish()
}

#[cfg(test)]
mod tests;
