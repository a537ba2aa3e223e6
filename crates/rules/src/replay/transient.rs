//! Which failures a policy tries again: those whose number stands on a published list. A failure without a number
//! of the server's has the one that applications get for it.

use model::FailureCode;
use target::facts::{lists_with, transient_list};

/// Numbers that nobody tries again, whatever a list says: the login, the database or the firewall has to change first,
/// and another try can lock the account.
const NEVER: [i32; 12] = [
    916, 18_452, 18_456, 18_470, 18_486, 18_487, 18_488, 40_531, 40_532, 40_615, 40_914, 47_073,
];

/// Numbers by which a service says that it is asked too much.
const THROTTLED: [i32; 7] = [40_501, 10_928, 10_929, 10_936, 49_918, 49_919, 49_920];

/// Whose list decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transients {
    /// A number on any of the lists.
    Any,
    /// A number on the list with this id; on an unknown one there is none.
    List(String),
}

impl Transients {
    /// Whether a failure with this number is tried again.
    #[must_use]
    pub fn has(&self, number: i32) -> bool {
        let listed = match self {
            Self::Any => lists_with(number).next().is_some(),
            Self::List(id) => transient_list(id).is_some_and(|list| list.has(number)),
        };
        listed && !NEVER.contains(&number)
    }
}

/// Whether the number says that the service is asked too much, so that trying sooner makes it worse.
#[must_use]
pub fn is_throttling(number: i32) -> bool {
    THROTTLED.contains(&number)
}

/// The number that an application sees: the server's, or for a failed connection the one of its driver or system.
#[must_use]
pub fn number_of(code: &FailureCode, server: Option<i32>) -> Option<i32> {
    use FailureCode as C;
    if server.is_some() {
        return server;
    }
    Some(match code {
        C::NameNotFound
        | C::NameNoAddress
        | C::DnsServerFailure
        | C::DnsRefused
        | C::DnsTimeout
        | C::DnsError => 11_001,
        C::TcpRefused => 10_061,
        C::TcpTimeout => 10_060,
        C::TcpUnreachable => 10_065,
        C::TcpReset | C::PreloginReset | C::TlsReset | C::ResetDuringLogin | C::QueryReset => {
            10_054
        }
        C::PreloginClosed | C::TlsClosed | C::ClosedDuringLogin => 233,
        C::QueryClosed => 64,
        C::PreloginNoReply | C::TlsNoReply | C::LoginNoReply | C::QueryTimeout => -2,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{NEVER, THROTTLED, Transients, is_throttling, number_of};
    use model::FailureCode;

    #[test]
    fn a_list_decides_and_some_numbers_are_on_none() {
        let driver = Transients::List("sqlclient_open_netcore".into());
        assert!(driver.has(40_613) && !driver.has(10_060));
        assert!(Transients::Any.has(10_060) && Transients::Any.has(10_054));
        for number in NEVER.into_iter().chain([-2, 10_061, 10_065, 1]) {
            assert!(!Transients::Any.has(number), "{number}");
        }
        assert!(!Transients::List("nobody_s".into()).has(40_613));
    }

    #[test]
    fn what_says_that_too_much_is_asked_is_transient_too() {
        for number in THROTTLED {
            assert!(is_throttling(number));
            assert!(Transients::Any.has(number), "{number}");
        }
        assert!(!is_throttling(40_613));
    }

    #[test]
    fn a_failed_connection_has_the_number_that_applications_get() {
        assert_eq!(
            number_of(&FailureCode::LoginRejected, Some(40_613)),
            Some(40_613)
        );
        assert_eq!(number_of(&FailureCode::TcpTimeout, None), Some(10_060));
        assert_eq!(number_of(&FailureCode::TlsUntrusted, None), None);
    }
}
