//! When a failed operation is tried again. Waits have no jitter: the same record and the same policy give the same
//! answer every time.

use super::transient::{Transients, is_throttling};

/// Least wait after a number that says that the service is asked too much.
const THROTTLED_WAIT_MS: u64 = 10_000;
/// Nobody tries more often.
const MOST_ATTEMPTS: u32 = 256;

/// A policy, of one layer or of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// In all, the first included; 1 tries nothing again.
    pub attempts: u32,
    /// Wait before the second attempt.
    pub first_delay_ms: u64,
    /// Each further wait is so much of the one before, in percent: 200 doubles it.
    pub growth_percent: u32,
    /// No wait is longer.
    pub longest_delay_ms: u64,
    /// From the operation's start; a wait that would pass it is not begun, and an attempt that would pass it fails
    /// there.
    pub limit_ms: Option<u64>,
    /// Whether a number that says "too much" is waited after for 10 s at least.
    pub heeds_throttling: bool,
    /// What is tried again.
    pub transients: Transients,
    /// A second layer beneath: each attempt of this one is an operation of that one.
    pub beneath: Option<Box<Policy>>,
}

impl Policy {
    /// Nothing is tried again.
    #[must_use]
    pub fn none() -> Self {
        Self {
            attempts: 1,
            first_delay_ms: 0,
            growth_percent: 100,
            longest_delay_ms: 0,
            limit_ms: None,
            heeds_throttling: false,
            transients: Transients::Any,
            beneath: None,
        }
    }

    /// What `SqlClient` does while it opens a connection, left as it is: another attempt 10 s later, two of them at
    /// Azure SQL, inside `Connect Timeout`.
    #[must_use]
    pub fn sql_client(azure: bool) -> Self {
        Self {
            attempts: if azure { 3 } else { 2 },
            first_delay_ms: 10_000,
            longest_delay_ms: 10_000,
            limit_ms: Some(15_000),
            transients: Transients::List("sqlclient_open_netcore".to_owned()),
            ..Self::none()
        }
    }

    /// What mssql-jdbc does while it opens a connection, left as it is; likewise inside `loginTimeout`.
    #[must_use]
    pub fn jdbc(azure: bool) -> Self {
        Self {
            limit_ms: Some(30_000),
            transients: Transients::List("mssql_jdbc_2026".to_owned()),
            ..Self::sql_client(azure)
        }
    }

    /// What Microsoft recommends: after 5 s, then after twice as long each time, 60 s at most; for three minutes.
    #[must_use]
    pub fn exponential() -> Self {
        Self {
            attempts: 6,
            first_delay_ms: 5_000,
            growth_percent: 200,
            longest_delay_ms: 60_000,
            limit_ms: Some(180_000),
            heeds_throttling: true,
            ..Self::none()
        }
    }

    /// The same with another layer beneath it.
    #[must_use]
    pub fn over(self, beneath: Self) -> Self {
        Self {
            beneath: Some(Box::new(beneath)),
            ..self
        }
    }

    /// Those that are worth comparing, against a target of this kind, each with its name.
    #[must_use]
    pub fn usual(kind: &str) -> [(&'static str, Self); 5] {
        let azure = target::Kind::from_key(kind).is_some_and(target::Kind::is_azure);
        [
            ("No retry", Self::none()),
            ("SqlClient as it is", Self::sql_client(azure)),
            ("mssql-jdbc as it is", Self::jdbc(azure)),
            ("5 s, doubled up to 60 s", Self::exponential()),
            (
                "The same over SqlClient's own",
                Self::exponential().over(Self::sql_client(azure)),
            ),
        ]
    }

    pub(super) fn most_attempts(&self) -> u32 {
        self.attempts.clamp(1, MOST_ATTEMPTS)
    }

    pub(super) fn limit_us(&self) -> u64 {
        self.limit_ms
            .map_or(u64::MAX, |ms| ms.saturating_mul(1_000))
    }

    /// The wait after the attempt with this number (from 1), which failed so.
    pub(super) fn wait_us(&self, attempt: u32, number: Option<i32>) -> u64 {
        let mut wait = self.first_delay_ms.min(self.longest_delay_ms);
        for _ in 1..attempt {
            let grown = u128::from(wait) * u128::from(self.growth_percent) / 100;
            let grown = u64::try_from(grown)
                .unwrap_or(u64::MAX)
                .min(self.longest_delay_ms);
            if grown == wait {
                break;
            }
            wait = grown;
        }
        if self.heeds_throttling && number.is_some_and(is_throttling) {
            wait = wait.max(THROTTLED_WAIT_MS);
        }
        wait.saturating_mul(1_000)
    }

    pub(super) fn retries(&self, number: Option<i32>) -> bool {
        number.is_some_and(|number| self.transients.has(number))
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;

    #[test]
    fn waits_grow_to_their_bound_and_heed_what_the_service_says() {
        let policy = Policy::exponential();
        let waits: Vec<_> = (1..=6)
            .map(|n| policy.wait_us(n, Some(40_613)) / 1_000_000)
            .collect();
        assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
        assert_eq!(policy.wait_us(1, Some(40_501)), 10_000_000);
        assert_eq!(policy.wait_us(3, Some(40_501)), 20_000_000);
        assert_eq!(
            Policy::sql_client(true).wait_us(2, Some(40_501)),
            10_000_000
        );
        let shrinking = Policy {
            growth_percent: 50,
            ..Policy::exponential()
        };
        assert_eq!(shrinking.wait_us(3, None), 1_250_000);
    }

    #[test]
    fn a_driver_tries_again_what_its_own_list_says() {
        assert!(Policy::jdbc(false).retries(Some(10_054)));
        assert!(!Policy::sql_client(true).retries(Some(10_054)));
        assert!(!Policy::exponential().retries(None));
        assert_eq!(Policy::sql_client(true).most_attempts(), 3);
        assert_eq!(
            Policy {
                attempts: 0,
                ..Policy::none()
            }
            .most_attempts(),
            1
        );
    }
}
