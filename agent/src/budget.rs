//! Failed logins that are still allowed, so that a diagnosis never trips a server's lock-out.
//!
//! At each endpoint, 3 in 10 minutes for each user; remembered over restarts. What is exempt (the lab's exact
//! endpoints) locks nobody out.

use crate::line_file::LineFile;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Failed logins allowed within the window.
const ALLOWED: usize = 3;

/// One failed login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Failure {
    endpoint: SocketAddr,
    user: String,
    at: DateTime<Utc>,
}

/// Counts failed logins by endpoint and user.
#[derive(Debug)]
pub(crate) struct Budget {
    window: TimeDelta,
    exempt: BTreeSet<SocketAddr>,
    state: Mutex<(Vec<Failure>, Option<LineFile>)>,
}

impl Budget {
    /// Reads what was remembered at `path`.
    pub(crate) fn open(
        path: &Path,
        window: Duration,
        exempt: impl IntoIterator<Item = SocketAddr>,
    ) -> io::Result<Self> {
        let window = TimeDelta::from_std(window).unwrap_or(TimeDelta::MAX);
        let now = Utc::now();
        let (file, failures) =
            LineFile::open(path, |failure: &Failure| counts(failure, now, window))?;
        Ok(Self {
            window,
            exempt: exempt.into_iter().collect(),
            state: Mutex::new((failures, Some(file))),
        })
    }

    /// Remembers nothing over the end of the process.
    pub(crate) fn in_memory(window: Duration) -> Self {
        Self {
            window: TimeDelta::from_std(window).unwrap_or(TimeDelta::MAX),
            exempt: BTreeSet::new(),
            state: Mutex::new((Vec::new(), None)),
        }
    }

    fn may_try_at(&self, endpoint: SocketAddr, user: &str, now: DateTime<Utc>) -> bool {
        if self.exempt.contains(&endpoint) {
            return true;
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        spent(&state.0, endpoint, user, now, self.window) < ALLOWED
    }

    fn failed_at(&self, endpoint: SocketAddr, user: &str, now: DateTime<Utc>) {
        if self.exempt.contains(&endpoint) {
            return;
        }
        let failure = Failure {
            endpoint,
            user: user.to_owned(),
            at: now,
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (failures, file) = &mut *state;
        failures.retain(|failure| counts(failure, now, self.window));
        if let Some(file) = file
            && let Err(error) = file.append(&failure)
        {
            tracing::error!(%error, "a failed login could not be remembered over a restart");
        }
        failures.push(failure);
    }
}

impl probe::LoginBudget for Budget {
    fn may_try(&self, endpoint: SocketAddr, user: &str) -> bool {
        self.may_try_at(endpoint, user, Utc::now())
    }

    fn failed(&self, endpoint: SocketAddr, user: &str) {
        self.failed_at(endpoint, user, Utc::now());
    }
}

/// Whether a failure still counts. One from the future (a clock was set back) does, for as long as the window.
fn counts(failure: &Failure, now: DateTime<Utc>, window: TimeDelta) -> bool {
    (now - failure.at).abs() < window
}

/// User names are compared without regard to case: most servers do.
fn spent(
    failures: &[Failure],
    endpoint: SocketAddr,
    user: &str,
    now: DateTime<Utc>,
    window: TimeDelta,
) -> usize {
    let user = user.to_lowercase();
    failures
        .iter()
        .filter(|failure| failure.endpoint == endpoint && failure.user.to_lowercase() == user)
        .filter(|failure| counts(failure, now, window))
        .count()
}

#[cfg(test)]
mod tests {
    use super::Budget;
    use chrono::{TimeDelta, Utc};
    use std::net::SocketAddr;
    use std::time::Duration;

    #[test]
    fn three_in_ten_minutes_for_each_endpoint_and_user_over_restarts() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("logins.jsonl");
        let [here, there, lab]: [SocketAddr; 3] =
            ["192.0.2.1:1433", "192.0.2.2:1433", "127.0.0.1:1433"]
                .map(|text| text.parse().expect("an endpoint"));
        let open = || Budget::open(&path, Duration::from_secs(600), [lab]).expect("opened");
        let now = Utc::now();
        let budget = open();
        for failed in 0..3 {
            assert!(budget.may_try_at(here, "sa", now), "after {failed}");
            budget.failed_at(here, "sa", now);
        }
        assert!(!budget.may_try_at(here, "SA", now));
        assert!(budget.may_try_at(here, "other", now));
        assert!(budget.may_try_at(there, "sa", now));
        drop(budget);
        let budget = open();
        assert!(!budget.may_try_at(here, "sa", now), "remembered");
        assert!(budget.may_try_at(here, "sa", now + TimeDelta::seconds(601)));
        for _ in 0..9 {
            budget.failed_at(lab, "sa", now);
        }
        assert!(budget.may_try_at(lab, "sa", now), "exempt");
    }
}
