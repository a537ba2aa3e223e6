//! A pasted connection string, taken apart: ADO.NET, ODBC, JDBC, or a PowerShell block of `Key = 'value'`.
//!
//! The password never shows in `Debug`, and unknown keys are listed by name only. Where a key stands twice,
//! the last one holds, as in drivers.

mod grammar;
mod powershell;

use crate::keywords::{self, Driver, Keyword, keyword};
use crate::{Error, Note, Parsed, parse};
use std::fmt;
use zeroize::Zeroizing;

/// Longest text that is read.
const LONGEST: usize = 20_000;
/// Longest name of an unknown key that is repeated, and how many are.
const LONGEST_KEY: usize = 40;
const MOST_UNKNOWN: usize = 20;

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
    /// The server.
    pub server: Parsed,
    /// `Database`, when given and not empty.
    pub database: Option<String>,
    /// `User ID`, likewise.
    pub user: Option<String>,
    /// `Password`, likewise. For its own field only.
    pub password: Option<Password>,
    /// Driver settings.
    pub driver: Driver,
    /// Names of keys that no driver is known to have, without their values.
    pub unknown: Vec<String>,
    /// What is odd about it, the server's notes included.
    pub notes: Vec<Note>,
}

const NOT_SQL_LOGIN: Note = Note {
    code: "not_sql_login",
    text: "This string signs in with Windows or Entra. Linecheck signs in with SQL logins only, so the login is \
           left out.",
};
const ACCESS_TOKEN: Note = Note {
    code: "secret_dropped",
    text: "A key that holds a secret other than the password was dropped.",
};
const UNREADABLE_VALUE: Note = Note {
    code: "unreadable_value",
    text: "A driver setting has a value that drivers do not take; it was left out.",
};

/// Reads a pasted connection string. `None` when the text is none: a plain server string, for example.
///
/// The error repeats nothing of the text.
#[must_use]
pub fn connection_string(text: &str) -> Option<Result<Pasted, Error>> {
    let text = text.trim();
    let jdbc = text
        .get(..17)
        .is_some_and(|head| head.eq_ignore_ascii_case("jdbc:sqlserver://"));
    if !jdbc && !text.contains('=') {
        return None;
    }
    Some(read(text, jdbc))
}

fn read(text: &str, jdbc: bool) -> Result<Pasted, Error> {
    if text.len() > LONGEST {
        return Err(Error::TooLong);
    }
    let pairs = if jdbc {
        grammar::jdbc(text.get(17..).unwrap_or_default())?
    } else if powershell::looks_like(text) {
        powershell::pairs(text)?
    } else {
        grammar::ado_or_odbc(text)?
    };
    Parts::from(pairs).finish()
}

/// The parts as they are gathered.
#[derive(Default)]
struct Parts {
    server: Option<Zeroizing<String>>,
    port: Option<String>,
    instance: Option<String>,
    database: Option<String>,
    user: Option<String>,
    password: Option<Password>,
    other_sign_in: bool,
    driver: Driver,
    unknown: Vec<String>,
    notes: Vec<Note>,
}

impl Parts {
    fn from(pairs: Vec<grammar::Pair>) -> Self {
        let mut parts = Self::default();
        for pair in &pairs {
            parts.take(&pair.key, &pair.value);
        }
        parts
    }

    fn take(&mut self, key: &str, value: &str) {
        let text = || Some(value.to_owned()).filter(|v| !v.is_empty());
        match keyword(key) {
            Some(Keyword::Server) => self.server = Some(Zeroizing::new(value.to_owned())),
            Some(Keyword::Port) => self.port = text(),
            Some(Keyword::Instance) => self.instance = text(),
            Some(Keyword::Database) => self.database = text(),
            Some(Keyword::User) => self.user = text(),
            Some(Keyword::Password) => {
                self.password = Some(Password::from(value)).filter(|p| !p.expose().is_empty());
            }
            Some(Keyword::Encrypt) => {
                self.driver.encrypt = keywords::encrypt(value);
                self.noted(self.driver.encrypt.is_some());
            }
            Some(Keyword::Trust) => {
                self.driver.trust_server_certificate = keywords::boolean(value);
                self.noted(self.driver.trust_server_certificate.is_some());
            }
            Some(Keyword::Timeout) => {
                self.driver.connect_timeout_s = value.trim().parse().ok();
                self.noted(self.driver.connect_timeout_s.is_some());
            }
            Some(Keyword::MultiSubnet) => {
                self.driver.multi_subnet_failover = keywords::boolean(value);
                self.noted(self.driver.multi_subnet_failover.is_some());
            }
            Some(Keyword::Intent) => {
                self.driver.application_intent = keywords::intent(value);
                self.noted(self.driver.application_intent.is_some());
            }
            Some(Keyword::Integrated) => {
                self.other_sign_in |= keywords::boolean(value) == Some(true)
            }
            Some(Keyword::Authentication) => {
                let plain = value.replace(' ', "").to_ascii_lowercase();
                self.other_sign_in |=
                    !matches!(plain.as_str(), "" | "sqlpassword" | "notspecified");
            }
            Some(Keyword::Driver | Keyword::Ignored) => {}
            None => self.unknown_key(key),
        }
    }

    fn noted(&mut self, readable: bool) {
        if !readable && !self.notes.contains(&UNREADABLE_VALUE) {
            self.notes.push(UNREADABLE_VALUE);
        }
    }

    /// A key that is not known may be the tail of an unquoted password: only what reads like a keyword is
    /// repeated.
    fn unknown_key(&mut self, key: &str) {
        if crate::holds_secret(&format!("{key}=")) && !self.notes.contains(&ACCESS_TOKEN) {
            self.notes.push(ACCESS_TOKEN);
        }
        let readable = !key.is_empty()
            && key.len() <= LONGEST_KEY
            && key
                .chars()
                .all(|c| c.is_ascii_alphabetic() || c == ' ' || c == '_');
        let name = if readable { key } else { "(unreadable)" };
        if self.unknown.len() < MOST_UNKNOWN && !self.unknown.iter().any(|seen| seen == name) {
            self.unknown.push(name.to_owned());
        }
    }

    fn finish(mut self) -> Result<Pasted, Error> {
        let server = self.server.take().ok_or(Error::NoServer)?;
        let mut server_text = Zeroizing::new(server.trim().to_owned());
        if let Some(instance) = &self.instance
            && !server_text.contains('\\')
        {
            server_text.push('\\');
            server_text.push_str(instance);
        }
        if let Some(port) = &self.port
            && !server_text.contains(',')
        {
            server_text.push(',');
            server_text.push_str(port);
        }
        let server = parse(&server_text)?;
        if self.other_sign_in {
            self.notes.push(NOT_SQL_LOGIN);
            self.user = None;
            self.password = None;
        }
        let mut notes = server.notes();
        notes.append(&mut self.notes);
        Ok(Pasted {
            server,
            database: self.database,
            user: self.user,
            password: self.password,
            driver: self.driver,
            unknown: self.unknown,
            notes,
        })
    }
}

#[cfg(test)]
mod tests;
