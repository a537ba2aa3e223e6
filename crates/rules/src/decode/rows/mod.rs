//! The recognisers: one row for each wording, and what it means. Words as in `glob`, in lower case.

mod drivers;
mod established;
mod frames;
mod login;
mod named;
mod numbers;
mod opening;
mod server;
mod tls;

use super::{Driver, Phase, Sign};

/// One wording.
pub(super) struct Row {
    pub(super) words: &'static str,
    pub(super) means: &'static [Means],
}

/// What a wording means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    /// This driver words it so.
    By(Driver),
    /// It names this driver.
    Names(Driver),
    /// It went through this library.
    Via(&'static str),
    /// It happened.
    Is(Sign),
    /// It says in so many words where.
    In(Phase),
    /// It shows where, as a frame of a stack does.
    Near(Phase),
    /// The server's error with this number is worded so.
    Nr(i32),
    /// A word for an error of the operating system.
    Word(&'static str),
    /// What stands at the next open place.
    Take(Kind),
}

/// What stands at an open place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Server,
    Port,
    Database,
    Routed,
    RoutedPort,
    Address,
    ConnectionId,
    TracingId,
    /// Of SQL Server.
    Number,
    State,
    Class,
    /// After `provider:`.
    Provider,
    /// Of the operating system.
    Os,
    OsHex,
    /// What an ODBC driver or Hibernate calls the native number: the server's or the system's.
    Native,
    SqlState,
    PreloginStart,
    Handshake,
    LoginStart,
    Authentication,
    PostLogin,
    /// Milliseconds that were waited in all.
    Waited,
    WaitedSeconds,
    IdleMinutes,
    IdleSeconds,
    /// Of no use.
    Passed,
}

/// A row of a table.
const fn r(words: &'static str, means: &'static [Means]) -> Row {
    Row { words, means }
}

/// Every row.
pub(super) const ROWS: [&[Row]; 9] = [
    drivers::ROWS,
    named::ROWS,
    numbers::ROWS,
    opening::ROWS,
    tls::ROWS,
    login::ROWS,
    established::ROWS,
    server::ROWS,
    frames::ROWS,
];

#[cfg(test)]
mod tests {
    use super::{Means, ROWS};
    use std::collections::BTreeSet;

    #[test]
    fn rows_are_in_lower_case_stand_once_and_take_what_they_leave_open() {
        let mut seen = BTreeSet::new();
        for row in ROWS.iter().copied().flatten() {
            let words = row.words;
            assert_eq!(words, words.to_ascii_lowercase());
            assert!(words.len() >= 4, "{words}");
            assert!(seen.insert(words), "{words} stands twice");
            assert!(!row.means.is_empty(), "{words}");
            assert!(
                !words.starts_with(['#', '~', '@', '%', '*', ' ']),
                "{words}"
            );
            assert!(!words.ends_with(['*', ' ']), "{words}");
            assert!(words.matches('*').count() <= 4, "{words}");
            let open = words.matches(['#', '~', '@', '%']).count();
            let taken = row
                .means
                .iter()
                .filter(|means| matches!(means, Means::Take(_)))
                .count();
            assert_eq!(open, taken, "{words}");
        }
    }
}
