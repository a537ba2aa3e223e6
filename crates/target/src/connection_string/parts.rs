//! The parts of a connection string as they are gathered, and what they come to.

use super::dialect::{Dialect, OdbcDriver, SignIn};
use super::grammar::Pair;
use super::script::{DUMMY_USER, Script};
use super::{Password, Pasted};
use crate::keywords::{self, Driver, Keyword, keyword};
use crate::{Error, Note, parse};
use zeroize::Zeroizing;

/// Longest name of an unknown key that is repeated, and how many are.
const LONGEST_KEY: usize = 40;
const MOST_UNKNOWN: usize = 20;
/// Longest value of a setting that is kept, and how many are.
const LONGEST_KEPT: usize = 200;
const MOST_KEPT: usize = 40;

const ACCESS_TOKEN: Note = Note {
    code: "secret_dropped",
    text: "A key that holds a secret other than the password was dropped.",
};
const UNREADABLE_VALUE: Note = Note {
    code: "unreadable_value",
    text: "A driver setting has a value that drivers do not take; it was left out.",
};
const UNKNOWN_SIGN_IN: Note = Note {
    code: "unknown_sign_in",
    text: "This names a way to sign in that no driver is known to have. The login is left out: choose one.",
};
const ENTRA_DEFAULT: Note = Note {
    code: "entra_default",
    text: "This lets the driver choose among several ways to sign in with Microsoft Entra. Choose the one that the \
           program uses in the end.",
};
const ENTRA_INTERACTIVE: Note = Note {
    code: "entra_interactive",
    text: "This signs in with a browser window. A run asks with a code instead, which can be typed in on any device.",
};
const DUMMY_LOGIN: Note = Note {
    code: "dummy_login",
    text: "This is the script's made-up user. A login that is meant to fail is made only when it is chosen: each one \
           counts against the server's limit.",
};
const URL_COMMA: Note = Note {
    code: "url_comma",
    text: "Read as host and port. This driver wants a colon between the two: host:1433.",
};
const URL_PROTOCOL: Note = Note {
    code: "url_protocol",
    text: "Read without tcp:, which this driver takes for a part of the name.",
};
const ODBC_OLD: Note = Note {
    code: "odbc_old",
    text: "This ODBC driver is no longer maintained: it lacks TLS 1.3, Microsoft Entra and connection retries. Install \
           ODBC Driver 18 for SQL Server.",
};

/// What was found so far.
pub(super) struct Parts {
    dialect: Dialect,
    server: Option<Zeroizing<String>>,
    port: Option<String>,
    instance: Option<String>,
    database: Option<String>,
    user: Option<String>,
    password: Option<Password>,
    sign_in: Option<SignIn>,
    windows: bool,
    token: Option<Password>,
    client_id: Option<String>,
    driver: Driver,
    script: Script,
    kept: Vec<(String, String)>,
    unknown: Vec<String>,
    notes: Vec<Note>,
}

impl Parts {
    pub(super) fn from(dialect: Dialect, pairs: Vec<Pair>) -> Self {
        let mut parts = Self {
            dialect,
            server: None,
            port: None,
            instance: None,
            database: None,
            user: None,
            password: None,
            sign_in: None,
            windows: false,
            token: None,
            client_id: None,
            driver: Driver::default(),
            script: Script::default(),
            kept: Vec::new(),
            unknown: Vec::new(),
            notes: Vec::new(),
        };
        for pair in &pairs {
            parts.take(&pair.key, &pair.value);
        }
        parts
    }

    fn take(&mut self, key: &str, value: &str) {
        let text = || Some(value.to_owned()).filter(|v| !v.is_empty());
        let secret = || Some(Password::from(value)).filter(|p| !p.expose().is_empty());
        let is_script = self.dialect == Dialect::PowerShell;
        match keyword(key) {
            Some(Keyword::Server) => self.server = Some(Zeroizing::new(value.to_owned())),
            Some(Keyword::Port) => self.port = text(),
            Some(Keyword::Instance) => self.instance = text(),
            Some(Keyword::Database) => self.database = text(),
            Some(Keyword::User) => self.user = text(),
            Some(Keyword::Password) => self.password = secret(),
            Some(Keyword::AccessToken) if self.dialect == Dialect::Jdbc => self.token = secret(),
            Some(Keyword::ClientId) => self.client_id = text(),
            Some(Keyword::Integrated) => self.windows |= keywords::boolean(value) == Some(true),
            Some(Keyword::Authentication) => {
                self.sign_in = SignIn::named(value);
                if self.sign_in.is_none() {
                    self.note(UNKNOWN_SIGN_IN);
                    self.sign_in = Some(SignIn::None);
                    self.windows = false;
                }
                self.sign_in = self
                    .sign_in
                    .filter(|way| *way != SignIn::None || !value.trim().is_empty());
            }
            Some(Keyword::Driver) => {}
            Some(Keyword::Script(parameter)) if is_script => {
                if !self.script.take(parameter, value) {
                    self.note(UNREADABLE_VALUE);
                }
            }
            Some(Keyword::Ignored) => self.keep(key, value),
            Some(Keyword::AccessToken | Keyword::Script(_)) | None => self.unknown_key(key),
            Some(setting) => {
                if !self.set(setting, value) {
                    self.note(UNREADABLE_VALUE);
                }
            }
        }
    }

    /// Takes a driver setting; false when its value cannot be read.
    fn set(&mut self, setting: Keyword, value: &str) -> bool {
        let driver = &mut self.driver;
        let number = || value.trim().parse::<u32>().ok();
        match setting {
            Keyword::Encrypt => {
                driver.encrypt = keywords::encrypt(value);
                driver.encrypt.is_some()
            }
            Keyword::Trust => {
                driver.trust_server_certificate = keywords::boolean(value);
                driver.trust_server_certificate.is_some()
            }
            Keyword::Timeout => {
                driver.connect_timeout_s = number();
                driver.connect_timeout_s.is_some()
            }
            Keyword::MultiSubnet => {
                driver.multi_subnet_failover = keywords::boolean(value);
                driver.multi_subnet_failover.is_some()
            }
            Keyword::Intent => {
                driver.application_intent = keywords::intent(value);
                driver.application_intent.is_some()
            }
            Keyword::RetryCount => {
                driver.connect_retry_count = number().filter(|n| *n <= 255);
                driver.connect_retry_count.is_some()
            }
            Keyword::RetryInterval => {
                driver.connect_retry_interval_s = number().filter(|n| (1..=60).contains(n));
                driver.connect_retry_interval_s.is_some()
            }
            _ => true,
        }
    }

    fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A known key that says nothing about reaching a server.
    fn keep(&mut self, key: &str, value: &str) {
        let plain = !value.chars().any(char::is_control) && !crate::holds_secret(value);
        if plain
            && self.dialect != Dialect::PowerShell
            && value.len() <= LONGEST_KEPT
            && self.kept.len() < MOST_KEPT
        {
            self.kept.push((key.to_owned(), value.to_owned()));
        }
    }

    /// A key that is not known may be the tail of an unquoted password: only what reads like a keyword is
    /// repeated.
    fn unknown_key(&mut self, key: &str) {
        if crate::holds_secret(&format!("{key}=")) {
            self.note(ACCESS_TOKEN);
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

    pub(super) fn finish(mut self) -> Result<Pasted, Error> {
        let server = parse(&self.server_text()?)?;
        self.settle_sign_in();
        if self.dialect == Dialect::Odbc(OdbcDriver::Old) {
            self.note(ODBC_OLD);
        }
        let mut notes = server.notes();
        notes.append(&mut self.notes);
        let sign_in = self.sign_in.unwrap_or_default();
        Ok(Pasted {
            dialect: self.dialect,
            server,
            database: self.database,
            sign_in,
            user: self.user,
            password: self.password,
            tenant: tenant(&mut self.client_id),
            client_id: self.client_id,
            driver: self.driver,
            script: self.script,
            kept: self.kept,
            unknown: self.unknown,
            notes,
        })
    }

    /// Server, instance and port as one server string.
    fn server_text(&mut self) -> Result<Zeroizing<String>, Error> {
        let server = self.server.take().ok_or(Error::NoServer)?;
        let mut text = Zeroizing::new(server.trim().to_owned());
        if matches!(self.dialect, Dialect::Jdbc | Dialect::Url) {
            if text
                .get(..4)
                .is_some_and(|head| head.eq_ignore_ascii_case("tcp:"))
            {
                self.note(URL_PROTOCOL);
            }
            // The colon has become a comma by now; a comma that stood before it is one too many.
            if text.matches(',').count() > 1 {
                self.note(URL_COMMA);
                if let Some((host, _)) = text.clone().rsplit_once(',') {
                    text.truncate(host.len());
                }
            }
        }
        if let Some(instance) = &self.instance
            && !text.contains('\\')
        {
            let at = text.find(',').unwrap_or(text.len());
            text.insert_str(at, &format!("\\{instance}"));
        }
        if let Some(port) = &self.port
            && !text.contains(',')
        {
            text.push(',');
            text.push_str(port);
        }
        Ok(text)
    }

    /// How it signs in, and which of user, secret and ids belong to that.
    fn settle_sign_in(&mut self) {
        let way = match self.sign_in {
            Some(way) => way,
            None if self.token.is_some() => SignIn::EntraToken,
            None if self.windows => SignIn::Windows,
            None if self.user.is_some() || self.password.is_some() => SignIn::Sql,
            None => SignIn::None,
        };
        let dummy = |user: &String| user.eq_ignore_ascii_case(DUMMY_USER);
        if way == SignIn::Sql && self.user.as_ref().is_some_and(dummy) {
            self.script.dummy_login = true;
            self.note(DUMMY_LOGIN);
            self.sign_in = Some(SignIn::None);
            (self.user, self.password) = (None, None);
            return;
        }
        self.sign_in = Some(way);
        match way {
            SignIn::EntraManagedIdentity => {
                self.client_id = self.client_id.take().or_else(|| self.user.take());
            }
            SignIn::EntraServicePrincipal => {
                self.client_id = self.user.take().or_else(|| self.client_id.take());
            }
            SignIn::EntraToken => self.password = self.token.take(),
            SignIn::EntraDefault => self.note(ENTRA_DEFAULT),
            SignIn::EntraInteractive => self.note(ENTRA_INTERACTIVE),
            _ => {}
        }
        if !way.has_user() && way != SignIn::EntraInteractive {
            self.user = None;
        }
        if !way.has_secret() {
            self.password = None;
        }
    }
}

/// Takes the tenant off an id that is written `application@tenant`.
fn tenant(client_id: &mut Option<String>) -> Option<String> {
    let (id, tenant) = client_id.as_deref()?.split_once('@')?;
    let (id, tenant) = (id.to_owned(), tenant.to_owned());
    *client_id = Some(id);
    Some(tenant).filter(|tenant| !tenant.is_empty())
}
