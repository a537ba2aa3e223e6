//! What drivers do with the settings of a connection string. A run does not use them: it says what that driver
//! would have done.
//!
//! The figures are those of the drivers' own documentation; each behaviour names its page.

use crate::{Dialect, Driver, Encrypt, Intent, Kind, OdbcDriver, SignIn};

/// What one driver does with a connection string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// The driver, with the versions that this holds for.
    pub driver: &'static str,
    /// What it does, in plain sentences.
    pub sentences: Vec<String>,
    /// Where that stands: title and address.
    pub source: (&'static str, &'static str),
}

/// What a driver does when the string says nothing.
struct Habits {
    name: &'static str,
    /// Longest wait for a connection that can be used, in seconds; `None`: the program sets it.
    timeout_s: Option<u32>,
    /// `None`: it never tries again by itself.
    retries: Option<Retries>,
    encrypt: Encrypt,
    /// Whether it checks the certificate when it encrypts without having been asked to.
    verifies: bool,
    multi_subnet: bool,
    source: (&'static str, &'static str),
}

/// Further tries of a failed connect.
struct Retries {
    usual: u32,
    azure: u32,
    on_demand: u32,
    interval_s: u32,
}

/// As Microsoft's drivers have it that know Azure's names.
const KNOWS_AZURE: Retries = Retries {
    usual: 1,
    azure: 2,
    on_demand: 5,
    interval_s: 10,
};
const ONCE: Retries = Retries {
    usual: 1,
    azure: 1,
    on_demand: 1,
    interval_s: 10,
};

const MICROSOFT_DATA: Habits = Habits {
    name: "Microsoft.Data.SqlClient 5 and newer",
    timeout_s: Some(15),
    retries: Some(KNOWS_AZURE),
    encrypt: Encrypt::Mandatory,
    verifies: true,
    multi_subnet: false,
    source: (
        "Microsoft: connection strings of Microsoft.Data.SqlClient",
        "https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconnection.connectionstring",
    ),
};
const SYSTEM_DATA: Habits = Habits {
    name: "System.Data.SqlClient",
    timeout_s: Some(15),
    retries: Some(ONCE),
    encrypt: Encrypt::Optional,
    verifies: false,
    multi_subnet: false,
    source: (
        "Microsoft: connection strings of System.Data.SqlClient",
        "https://learn.microsoft.com/dotnet/api/system.data.sqlclient.sqlconnection.connectionstring",
    ),
};
const JDBC: Habits = Habits {
    name: "Microsoft's JDBC driver 12 and newer",
    timeout_s: Some(30),
    retries: Some(KNOWS_AZURE),
    encrypt: Encrypt::Mandatory,
    verifies: true,
    multi_subnet: false,
    source: (
        "Microsoft: connection properties of the JDBC driver",
        "https://learn.microsoft.com/sql/connect/jdbc/setting-the-connection-properties",
    ),
};
const ODBC_PAGE: (&str, &str) = (
    "Microsoft: connection string keywords of the ODBC driver",
    "https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute",
);
const ODBC_18: Habits = Habits {
    name: "ODBC Driver 18",
    timeout_s: None,
    retries: Some(ONCE),
    encrypt: Encrypt::Mandatory,
    verifies: true,
    multi_subnet: false,
    source: ODBC_PAGE,
};
const ODBC_17: Habits = Habits {
    name: "ODBC Driver 17",
    encrypt: Encrypt::Optional,
    verifies: false,
    ..ODBC_18
};
const ODBC_OLD: Habits = Habits {
    name: "This old ODBC driver",
    retries: None,
    ..ODBC_17
};
const GO: Habits = Habits {
    name: "go-mssqldb",
    timeout_s: Some(15),
    retries: None,
    encrypt: Encrypt::Optional,
    verifies: false,
    multi_subnet: true,
    source: (
        "Microsoft: connecting with Go",
        "https://learn.microsoft.com/azure/azure-sql/database/connect-query-go",
    ),
};

/// The drivers that read this sort of string. A PowerShell block is the script's, which uses
/// `System.Data.SqlClient`.
fn drivers(dialect: Dialect) -> &'static [Habits] {
    match dialect {
        Dialect::Ado => const { &[MICROSOFT_DATA, SYSTEM_DATA] },
        Dialect::PowerShell => const { &[SYSTEM_DATA] },
        Dialect::Jdbc => const { &[JDBC] },
        Dialect::Url => const { &[GO] },
        Dialect::Odbc(OdbcDriver::V18) => const { &[ODBC_18] },
        Dialect::Odbc(OdbcDriver::V17) => const { &[ODBC_17] },
        Dialect::Odbc(OdbcDriver::Old) => const { &[ODBC_OLD] },
        Dialect::Odbc(OdbcDriver::Other) => &[],
    }
}

/// What the drivers that read such a string would do with it; none for one whose maker is not known.
#[must_use]
pub fn behaviours(
    dialect: Dialect,
    driver: &Driver,
    sign_in: SignIn,
    kind: Kind,
) -> Vec<Behaviour> {
    // The script sets its own, whatever the block says.
    let script = Driver {
        encrypt: Some(Encrypt::Mandatory),
        connect_timeout_s: Some(30),
        ..driver.clone()
    };
    let driver = if dialect == Dialect::PowerShell {
        &script
    } else {
        driver
    };
    drivers(dialect)
        .iter()
        .map(|habits| Behaviour {
            driver: habits.name,
            sentences: [
                Some(patience(habits, driver)),
                Some(retries(habits, driver, kind)),
                budget(habits, driver, kind),
                Some(addresses(habits, driver, kind)),
                Some(encryption(habits, driver, kind)),
                trust(habits, driver, kind),
                intent(driver),
                old_sign_in(habits, sign_in),
            ]
            .into_iter()
            .flatten()
            .collect(),
            source: habits.source,
        })
        .collect()
}

fn patience(habits: &Habits, driver: &Driver) -> String {
    match (driver.connect_timeout_s, habits.timeout_s) {
        (Some(0), _) => "It waits for a connection without end (time-out 0).".to_owned(),
        (Some(seconds), _) => {
            format!("It gives one try {seconds} s for everything up to the login (set in the string).")
        }
        (None, Some(seconds)) => {
            format!("It gives one try {seconds} s for everything up to the login (its default).")
        }
        (None, None) => {
            "How long it waits is not in the string: the program sets it (SQL_ATTR_LOGIN_TIMEOUT), 15 s by default."
                .to_owned()
        }
    }
}

fn count_of(habits: &Habits, driver: &Driver, kind: Kind) -> Option<(u32, u32)> {
    let retries = habits.retries.as_ref()?;
    let count = driver.connect_retry_count.unwrap_or(match kind {
        Kind::SynapseServerless => retries.on_demand,
        kind if kind.is_azure() => retries.azure,
        _ => retries.usual,
    });
    let interval = driver
        .connect_retry_interval_s
        .unwrap_or(retries.interval_s);
    Some((count, interval))
}

fn retries(habits: &Habits, driver: &Driver, kind: Kind) -> String {
    let set = if driver.connect_retry_count.is_some() {
        "set in the string"
    } else {
        "its default"
    };
    match count_of(habits, driver, kind) {
        None => "It does not try a failed connect again: the program has to.".to_owned(),
        Some((0, _)) => {
            "It does not try a failed connect again (ConnectRetryCount 0): the program has to."
                .to_owned()
        }
        Some((1, interval)) => format!(
            "After a failure that may pass it tries once more, {interval} s later ({set}). Errors that it does not \
             list end it at once."
        ),
        Some((count, interval)) => format!(
            "After a failure that may pass it tries {count} times more, {interval} s apart ({set}). Errors that it \
             does not list end it at once."
        ),
    }
}

/// The time-out has to hold the retries' waits.
fn budget(habits: &Habits, driver: &Driver, kind: Kind) -> Option<String> {
    let (count, interval) = count_of(habits, driver, kind)?;
    let timeout = driver.connect_timeout_s.or(habits.timeout_s)?;
    let waits = count.saturating_mul(interval);
    (count > 0 && timeout > 0 && timeout < waits).then(|| {
        format!(
            "The waits between its tries alone come to {waits} s, more than its {timeout} s: the later tries are never \
             made. The time-out should be at least ConnectRetryCount × ConnectRetryInterval."
        )
    })
}

fn addresses(habits: &Habits, driver: &Driver, kind: Kind) -> String {
    let together = driver.multi_subnet_failover.unwrap_or(habits.multi_subnet);
    if together {
        "It connects to all addresses of the name at once and takes the first that answers, so one dead address costs \
         nothing (up to 64 addresses)."
            .to_owned()
    } else if kind.is_azure() {
        "It connects to the name's addresses one after another. Azure's names have one, so that is enough.".to_owned()
    } else {
        "It connects to the name's addresses one after another: a dead one in front uses up most of the time-out. For \
         the listener of an availability group set MultiSubnetFailover=True."
            .to_owned()
    }
}

fn encryption(habits: &Habits, driver: &Driver, kind: Kind) -> String {
    let set = if driver.encrypt.is_some() {
        "set in the string"
    } else {
        "its default"
    };
    match driver.encrypt.unwrap_or(habits.encrypt) {
        Encrypt::Strict => {
            "It starts with TLS before any TDS packet (TDS 8) and always verifies the certificate."
                .to_owned()
        }
        Encrypt::Mandatory => format!("It encrypts everything, or does not connect ({set})."),
        Encrypt::Optional if kind.is_azure() => format!(
            "It does not ask for encryption ({set}). Azure SQL encrypts all the same, but then this driver does not \
             check whose certificate it is."
        ),
        Encrypt::Optional => format!(
            "It does not ask for encryption ({set}): only the login is encrypted, unless the server insists, and the \
             certificate is not checked."
        ),
    }
}

fn trust(habits: &Habits, driver: &Driver, kind: Kind) -> Option<String> {
    let encrypt = driver.encrypt.unwrap_or(habits.encrypt);
    match (driver.trust_server_certificate, encrypt) {
        (Some(true), Encrypt::Strict) => {
            Some("TrustServerCertificate has no effect with Encrypt=Strict.".to_owned())
        }
        (Some(true), _) => Some(
            "It takes any certificate, that of a device in between included (TrustServerCertificate).".to_owned(),
        ),
        (_, Encrypt::Mandatory) if !kind.is_azure() && habits.verifies => Some(
            "It refuses a certificate that this host does not trust: a SQL Server without one of its own presents one \
             that nobody trusts."
                .to_owned(),
        ),
        _ => None,
    }
}

fn intent(driver: &Driver) -> Option<String> {
    (driver.application_intent == Some(Intent::ReadOnly)).then(|| {
        "It asks for a readable secondary (ApplicationIntent=ReadOnly), where writes fail with error 3906 or 978 and \
         data may be a little old."
            .to_owned()
    })
}

fn old_sign_in(habits: &Habits, sign_in: SignIn) -> Option<String> {
    let entra = !matches!(sign_in, SignIn::None | SignIn::Sql | SignIn::Windows);
    let old = [SYSTEM_DATA.name, ODBC_OLD.name].contains(&habits.name);
    (entra && old).then(|| {
        "It knows few of Microsoft Entra's ways to sign in, or none: use Microsoft's current driver.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::behaviours;
    use crate::{Kind, connection_string};

    fn told(text: &str) -> Vec<(&'static str, String)> {
        let pasted = connection_string(text).expect("a string").expect("read");
        behaviours(
            pasted.dialect,
            &pasted.driver,
            pasted.sign_in,
            pasted.server.kind,
        )
        .into_iter()
        .map(|one| {
            assert!(one.source.1.starts_with("https://learn.microsoft.com/"));
            for sentence in &one.sentences {
                assert!(
                    sentence.ends_with('.') && !sentence.contains("  "),
                    "{sentence}"
                );
            }
            (one.driver, one.sentences.join(" "))
        })
        .collect()
    }

    /// String, driver, and what is said of it.
    #[test]
    fn what_each_driver_would_have_done() {
        const AZURE: &str = "contoso.database.windows.net";
        let rows: [(String, usize, &str, &[&str]); 13] = [
            (
                format!("Server={AZURE};UID=u"),
                0,
                "Microsoft.Data",
                &[
                    "15 s for everything",
                    "2 times more, 10 s apart",
                    "more than its 15 s",
                    "encrypts everything",
                ],
            ),
            (
                format!("Server={AZURE};UID=u"),
                1,
                "System.Data",
                &[
                    "once more, 10 s later",
                    "does not ask for encryption",
                    "does not check whose",
                ],
            ),
            (
                "Server=ws-ondemand.sql.azuresynapse.net;Connect Timeout=60".into(),
                0,
                "Microsoft.Data",
                &["60 s for everything", "5 times more"],
            ),
            (
                "Server=sql01;Encrypt=Mandatory".into(),
                0,
                "Microsoft.Data",
                &[
                    "one after another: a dead one",
                    "once more",
                    "nobody trusts",
                ],
            ),
            (
                format!(
                    "Server={AZURE};ConnectRetryCount=3;ConnectRetryInterval=20;Connect Timeout=30"
                ),
                0,
                "Microsoft.Data",
                &[
                    "3 times more, 20 s apart (set in the string)",
                    "come to 60 s, more than its 30 s",
                ],
            ),
            (
                format!("Server={AZURE};ConnectRetryCount=0;Connect Timeout=0"),
                0,
                "Microsoft.Data",
                &["ConnectRetryCount 0", "without end"],
            ),
            (
                "Server=ag-listener;MultiSubnetFailover=True;ApplicationIntent=ReadOnly".into(),
                0,
                "Microsoft.Data",
                &["all addresses of the name at once", "3906"],
            ),
            (
                format!("Server={AZURE};Encrypt=Strict;TrustServerCertificate=True"),
                0,
                "Microsoft.Data",
                &["TDS 8", "no effect"],
            ),
            (
                format!("Server={AZURE};TrustServerCertificate=True"),
                0,
                "Microsoft.Data",
                &["takes any certificate"],
            ),
            (
                format!("jdbc:sqlserver://{AZURE};loginTimeout=10"),
                0,
                "JDBC",
                &["10 s for everything", "2 times more"],
            ),
            (
                format!("Driver={{ODBC Driver 17 for SQL Server}};Server={AZURE}"),
                0,
                "ODBC Driver 17",
                &["SQL_ATTR_LOGIN_TIMEOUT", "does not ask for encryption"],
            ),
            (
                format!(
                    "Driver={{SQL Server}};Server={AZURE};Authentication=ActiveDirectoryPassword"
                ),
                0,
                "old ODBC",
                &["has to", "few of Microsoft Entra's ways"],
            ),
            (
                format!("sqlserver://u@{AZURE}"),
                0,
                "go-mssqldb",
                &[
                    "the program has to",
                    "all addresses of the name at once",
                    "does not ask for encryption",
                ],
            ),
        ];
        for (text, at, driver, parts) in rows {
            let told = told(&text);
            let (name, said) = &told[at];
            assert!(name.contains(driver), "{text}: {name}");
            for part in parts {
                assert!(said.contains(part), "{text}: {part}: {said}");
            }
        }
        assert!(told("Driver=FreeTDS;Server=h").is_empty());
        let script = told(&format!("@{{ Server = '{AZURE}' }}"));
        assert!(script[0].1.contains("30 s for everything"));
    }

    #[test]
    fn every_kind_and_dialect_is_told_about() {
        for dialect in crate::Dialect::ALL {
            for kind in Kind::ALL {
                let driver = crate::Driver::default();
                let all = behaviours(*dialect, &driver, crate::SignIn::Sql, *kind);
                assert!(all.iter().all(|one| one.sentences.len() >= 4));
            }
        }
    }
}
