//! Where a PostgreSQL database is: a URL that holds a password, so it is never shown or logged.

use crate::store::StoreError;
use sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::str::FromStr;

/// What a URL may say after its `?`.
const KNOWN: [&str; 8] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "port",
    "user",
    "dbname",
];

/// Where a PostgreSQL database is: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full`. Shown, it
/// names host and database only.
#[derive(Clone)]
pub struct Address {
    pub(super) options: PgConnectOptions,
}

impl FromStr for Address {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let refused = |why: &str| StoreError::Unavailable(format!("its URL cannot be used: {why}"));
        let url = url::Url::parse(text.trim()).map_err(|error| refused(&error.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(refused("it does not begin with postgres://"));
        }
        // What is not known would be ignored, and its value logged.
        if let Some((name, _)) = url
            .query_pairs()
            .find(|(name, _)| !KNOWN.contains(&&**name))
        {
            return Err(refused(&format!("{name} is not known in it")));
        }
        let options: PgConnectOptions = url
            .as_str()
            .parse()
            .map_err(|_| refused("a part of it is of the wrong form"))?;
        if options.get_database().is_none() {
            return Err(refused("it names no database"));
        }
        Ok(Self { options })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PostgreSQL at {}:{}, database {}",
            self.options.get_host(),
            self.options.get_port(),
            self.options.get_database().unwrap_or_default()
        )
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn host_and_database_are_shown_and_nothing_else() {
        let url = "postgres://me:hunter2@db.example.test:5433/lines?sslmode=verify-full";
        let address: Address = url.parse().expect("a URL");
        assert_eq!(
            format!("{address} {address:?}")
                .replace("PostgreSQL at db.example.test:5433, database lines", "it"),
            "it it"
        );
    }

    #[test]
    fn what_is_wrong_is_said_without_what_was_given() {
        for (url, why) in [
            ("mysql://me:hunter2@host/lines", "postgres://"),
            ("me:hunter2@host/lines", "postgres://"),
            ("postgres://me:hunter2@host:99999/lines", "port"),
            (
                "postgres://me:hunter2@host/lines?pasword=hunter2",
                "pasword",
            ),
            ("postgres://me:hunter2@host/lines?sslmode=hunter2", "form"),
            ("postgres://me:hunter2@host", "no database"),
            ("hunter2", "relative"),
        ] {
            let error = url.parse::<Address>().expect_err(url).to_string();
            assert!(error.contains(why), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
