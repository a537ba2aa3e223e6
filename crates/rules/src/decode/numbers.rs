//! Numbers: whose they are, what they are called, and what they say happened.

use super::Sign;
use serde::Serialize;
use target::facts;

/// Whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberKind {
    /// An error of SQL Server.
    Server,
    /// Of the driver itself: `-2` is its own time-out.
    Driver,
    /// After `provider:` in a message of SqlClient.
    Provider,
    /// Of the operating system.
    System,
    /// A word for one of those.
    Word,
    /// SQLSTATE.
    SqlState,
}

impl NumberKind {
    /// In plain words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Server => "SQL Server",
            Self::Driver => "driver",
            Self::Provider => "driver's provider",
            Self::System | Self::Word => "operating system",
            Self::SqlState => "SQLSTATE",
        }
    }
}

/// The Windows number for what Linux, macOS and libuv number otherwise; itself for one of Windows.
fn of_system(number: i32) -> Option<i32> {
    Some(match number.checked_abs()? {
        104 | 54 | 4077 => 10054,
        110 | 60 | 4039 => 10060,
        111 | 61 | 4078 => 10061,
        113 | 65 | 112 => 10065,
        101 | 51 => 10051,
        103 | 4079 => 10053,
        99 | 49 | 4090 => 10049,
        98 | 48 => 10048,
        105 | 55 => 10055,
        13 => 10013,
        24 => 10024,
        3008 => 11001,
        3001 => 11002,
        known @ (64 | 109 | 121 | 232 | 233 | 258 | 995 | 1225 | 1236) => known,
        known @ 10_004..=11_004 if facts::error(known).is_some() => known,
        _ => return None,
    })
}

/// EPIPE, which Windows does not number.
fn is_broken_pipe(number: i32) -> bool {
    matches!(number, 32 | -32 | -4047)
}

/// Whether a number without a word that says whose it is can be the system's.
pub(super) fn is_system(number: i32) -> bool {
    of_system(number).is_some()
        && !matches!(number, 13 | 24 | 48 | 49 | 51 | 54 | 55 | 60 | 61 | 65)
}

/// What a number of the system says happened.
pub(super) fn system_sign(number: i32) -> Option<Sign> {
    if is_broken_pipe(number) {
        return Some(Sign::WriteAfterClose);
    }
    Some(match of_system(number)? {
        10054 | 1236 => Sign::Reset,
        10060 => Sign::Silent,
        10061 | 1225 => Sign::Refused,
        10065 | 10051 => Sign::Unreachable,
        10053 => Sign::AbortedHere,
        232 | 109 => Sign::WriteAfterClose,
        10048 | 10049 | 10055 => Sign::PortsUsedUp,
        10024 => Sign::FilesUsedUp,
        10013 => Sign::LocalDenied,
        11001 | 11004 => Sign::NameNotFound,
        11002 | 11003 => Sign::ResolverFailed,
        121 => Sign::Semaphore,
        64 => Sign::NetNameGone,
        233 => Sign::NoProcess,
        995 => Sign::Cancelled,
        _ => return None,
    })
}

/// What a number of the server says happened.
pub(super) fn server_sign(number: i32) -> Option<Sign> {
    Some(match number {
        40197 | 40613 | 40143 | 40540 | 40020 | 40166 | 49802 | 615 | 921 | 922 | 926 | 952
        | 955 | 956 | 982 | 983 | 988 | 4221 | 18401 | 17187 | 6005 | 35218 | 35256 => {
            Sign::DatabaseAway
        }
        927 | 942 | 945 | 954 => Sign::DatabaseDown,
        10928
        | 10929
        | 10930
        | 10936
        | 40189
        | 40501
        | 40544
        | 40642
        | 40648
        | 40675
        | 49918..=49920 => Sign::Throttled,
        17803 | 17809 | 17889 => Sign::ServerLimit,
        596 | 40549..=40553 | 4014 => Sign::SessionKilled,
        40615 | 40914 => Sign::FirewallRule,
        47073 => Sign::PublicDenied,
        40531 | 40532 => Sign::WrongServer,
        18456 | 18470 | 18486..=18488 | 18451 | 18461 | 17892 | 916 | 4064 | 40623 => {
            Sign::LoginRejected
        }
        18452 | 17806 => Sign::Kerberos,
        4060 | 911 => Sign::DatabaseMissing,
        42108 | 42109 | 42119 => Sign::Resuming,
        976 | 978 | 979 => Sign::NotReadable,
        3906 => Sign::ReadOnly,
        1205 => Sign::Deadlock,
        1222 => Sign::LockWait,
        35201 | 35206 | 35207 | 35250 | 35257 | 35267 => Sign::ReplicaLost,
        17828 | 17832 | 17836 | 17802 => Sign::NotSql,
        17835 | 20 => Sign::NoEncryption,
        -2 => return None,
        number if is_system(number) => return system_sign(number),
        number if number > 49 => Sign::ServerSaid,
        _ => return None,
    })
}

/// What an error of SqlClient's providers says happened.
pub(super) fn provider_sign(number: i32) -> Option<Sign> {
    Some(match number {
        2 | 18 | 20 => Sign::Closed,
        19 => Sign::DeadInPool,
        26 | 33 | 43 => Sign::BrowserSilent,
        _ => return None,
    })
}

/// What a class of SQLSTATE says happened, where it says more than that something failed.
pub(super) fn state_sign(state: &str) -> Option<Sign> {
    Some(match state {
        "08007" => Sign::OutcomeUnknown,
        "HYT01" => Sign::OpenTimeout,
        "28000" => Sign::LoginRejected,
        "40001" => Sign::Deadlock,
        _ => return None,
    })
}

/// Whether five characters are a SQLSTATE that drivers of SQL Server use.
pub(super) fn is_state(text: &str) -> bool {
    let known = [
        "08", "HY", "28", "01", "42", "40", "22", "23", "24", "25", "IM", "S0", "S1", "3D",
    ];
    let class = text.get(..2).unwrap_or_default();
    text.len() == 5
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && known.contains(&class)
}

/// What a number is called, and what lies behind it; both empty when nothing is known.
pub(super) fn known(kind: NumberKind, value: &str) -> (&'static str, &'static str) {
    let number = value.parse::<i32>().ok();
    let fact = |number: i32| facts::error(number).map(|fact| (fact.name.as_str(), fact.cause));
    match kind {
        NumberKind::Server | NumberKind::Driver => number.and_then(fact),
        NumberKind::System if number.is_some_and(is_broken_pipe) => Some((
            "broken pipe",
            "Something was written to a connection that was closed already.",
        )),
        NumberKind::System => number.and_then(of_system).and_then(fact),
        NumberKind::Word => word(value).and_then(fact),
        NumberKind::Provider => number.and_then(provider),
        NumberKind::SqlState => sql_state(value),
    }
    .unwrap_or_default()
}

/// The Windows number for a word.
fn word(word: &str) -> Option<i32> {
    Some(match word.strip_prefix("WSA").unwrap_or(word) {
        "ECONNRESET" => 10054,
        "ECONNREFUSED" => 10061,
        "ETIMEDOUT" => 10060,
        "ECONNABORTED" => 10053,
        "EHOSTUNREACH" | "EHOSTDOWN" => 10065,
        "ENETUNREACH" => 10051,
        "ENOTFOUND" => 11001,
        "EAI_AGAIN" => 11002,
        "EADDRNOTAVAIL" => 10049,
        "EADDRINUSE" => 10048,
        "ENOBUFS" => 10055,
        "EMFILE" => 10024,
        "EACCES" => 10013,
        _ => return None,
    })
}

fn provider(number: i32) -> Option<(&'static str, &'static str)> {
    Some(match number {
        0 => (
            "no error of the provider itself",
            "The reason is the operating system's, and stands behind the dash.",
        ),
        2 => (
            "connection terminated",
            "The other side ended the connection.",
        ),
        19 => (
            "physical connection is not usable",
            "The pool's check found the connection dead.",
        ),
        20 => ("connection closed", "The other side closed the connection."),
        25 => (
            "connection string is not valid",
            "The server cannot be read from the connection string.",
        ),
        26 => (
            "error locating server or instance",
            "SQL Browser gave no port for the named instance.",
        ),
        31 => (
            "TLS handshake failed",
            "The connection could not be made secure.",
        ),
        35 => (
            "an internal exception was caught",
            "The reason is in the inner exception, mostly of TLS, DNS or the socket.",
        ),
        40 => (
            "could not open a connection",
            "No way to the server worked: protocol, name or port.",
        ),
        _ => return None,
    })
}

fn sql_state(state: &str) -> Option<(&'static str, &'static str)> {
    Some(match state {
        "08S01" => (
            "communication link failure",
            "The connection broke, or could not be used.",
        ),
        "08001" => ("client unable to connect", "No connection could be made."),
        "08004" => (
            "server rejected the connection",
            "The server answered, and refused.",
        ),
        "08006" => (
            "connection failure",
            "The connection broke while it was used.",
        ),
        "08007" => (
            "failure during a transaction",
            "Whether the transaction was committed is not known.",
        ),
        "HYT00" => (
            "time-out expired",
            "The driver's own patience ended, at the login or in a command.",
        ),
        "HYT01" => (
            "connection time-out expired",
            "The driver's own patience ended while it connected.",
        ),
        "HY000" => ("general error", "Only the text says more."),
        "28000" => (
            "authorisation refused",
            "The server refused user, password or token.",
        ),
        "42000" => (
            "access or syntax",
            "The server refused the statement or the database.",
        ),
        "40001" => (
            "serialisation failure",
            "A deadlock or conflict ended the transaction.",
        ),
        "IM002" => (
            "data source not found",
            "The driver's name or DSN is not installed on this host.",
        ),
        "S0001" | "S0002" => (
            "error of the server",
            "The server answered with an error; its number says more.",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{NumberKind, is_state, is_system, known, server_sign, system_sign};
    use crate::decode::Sign;

    #[test]
    fn the_same_error_by_every_system_s_number() {
        for number in [10054, 104, 54, -4077, -104] {
            assert_eq!(system_sign(number), Some(Sign::Reset), "{number}");
            let (name, means) = known(NumberKind::System, &number.to_string());
            assert!(!name.is_empty() && !means.is_empty());
        }
        assert_eq!(system_sign(121), Some(Sign::Semaphore));
        assert_eq!(system_sign(7), None);
        assert!(is_system(104) && !is_system(18456) && !is_system(i32::MIN));
    }

    #[test]
    fn every_number_of_a_sign_is_known() {
        for number in [
            40613, 40197, 40501, 10928, 18456, 40615, 4060, 4221, 976, 983, 47073,
        ] {
            assert!(server_sign(number).is_some(), "{number}");
            assert!(
                !known(NumberKind::Server, &number.to_string()).1.is_empty(),
                "{number}"
            );
        }
        assert_eq!(server_sign(208), Some(Sign::ServerSaid));
        assert!(is_state("08S01") && is_state("HYT00") && !is_state("08s01") && !is_state("12345"));
    }
}
